import reflex as rx

class Modal(rx.Component):
    library = "$/public/kit.jsx"
    tag = "Modal"
    open: rx.Var[bool]
    label: rx.Var[str]
    on_close: rx.EventHandler[rx.event.no_args_event_spec]

class S(rx.State):
    open: bool = False
    name: str = ""
    @rx.event
    async def toggle(self):
        self.open = not self.open
    @rx.event
    async def close(self):
        self.open = False
    @rx.event
    async def norm(self, v: str):
        self.name = v.upper()
        return rx.set_value("n", v.upper())

def index():
    return rx.el.main(rx.el.h1("Hi"), rx.el.button("open", on_click=S.toggle),
      rx.el.input(id="n", name="n", default_value="", on_blur=S.norm), rx.el.p(S.name),
      Modal.create(rx.el.button("x", on_click=S.close), open=S.open, label="Dialog", on_close=S.close))

app = rx.App(stylesheets=["/arbill.css"])
app.add_page(index, route="/")
