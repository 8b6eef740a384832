"""Passkeys under "Your profile": added in this browser, listed, removed."""

from typing import Any

import anyio.to_thread
import reflex as rx

from ....kernel.actor import STAFF
from ....partners.passkeys.challenges import Purpose, take
from ....partners.passkeys.models import PasskeyFields
from ....partners.passkeys.passkeys import PasskeyRow, add_passkey, ask_to_add, may_add, my_passkeys, remove_passkey
from ....partners.passkeys.protocol import is_possible
from ....ui.elements import PasskeyPrompt, icon
from ....ui.forms import button, error_line, text_field
from ....ui.layout import bone, card, form_dialog, question
from ...shell.access import Form, allow
from ...shell.base import Base, next_count
from ...shell.passkey_errors import failure
from ...shell.session import forget
from .me import Account, TwoFactor

PREFIX = "passkey-"


class Passkeys(Base):
    """`dialog` is add, remove or none. `asked` is what the browser is to sign, JSON; new with each `asked_count`."""

    rows: list[PasskeyRow] = []
    possible: bool = True
    dialog: str = ""
    removing: str = ""
    removing_name: str = ""
    typed: str = ""
    asked: str = ""
    asked_count: int = 0
    errors: dict[str, str] = {}

    @rx.event
    @allow(*STAFF)
    async def load(self):
        self._show("")
        with self._refusals():
            await self._refresh()

    async def _refresh(self) -> None:
        self.possible, self.rows = is_possible(), await self._ask(my_passkeys)
        await (await self.get_state(Account))._refresh()

    def _show(self, dialog: str) -> None:
        self.dialog, self.typed, self.asked, self.errors = dialog, "", "", {}

    @rx.event
    @allow(*STAFF)
    async def close(self):
        self._show("")

    # ---- adding

    @rx.event
    @allow(*STAFF, confirmed=True)
    async def ask_add(self):
        self._show("add")

    @rx.event
    @allow(*STAFF, confirmed=True)
    async def begin(self, form: Form):
        if self.dialog != "add":
            return
        self.typed = form.get("name", "")
        with self._refusals(PREFIX) as refused:
            wanted = await self._run(may_add, self.typed)
            self.asked = await anyio.to_thread.run_sync(ask_to_add, wanted, self._actor().session_id)
            self.asked_count = next_count(self.asked_count)
        self.errors = refused.errors

    @rx.event
    @allow(*STAFF, confirmed=True)
    async def answered(self, answer: str):
        if self.dialog != "add" or not self.asked:
            return None
        self.asked = ""
        with self._refusals(PREFIX) as refused:
            proof = await anyio.to_thread.run_sync(take, answer, Purpose.ADD, self._actor().session_id)
            codes = await self._run(add_passkey, self.typed, proof)
        self.errors = refused.errors
        if refused:
            return None
        self._show("")
        forget()  # a session knows whether a second factor is set up
        await self._refresh()
        if not codes:
            self._say("Passkey added.")
            return None
        await (await self.get_state(TwoFactor))._show(codes, "Passkey added. Every other browser was signed out.")
        return TwoFactor.expire

    @rx.event
    @allow(*STAFF)
    async def failed(self, why: str):
        """The authenticator gave no answer; `why` is the name of the browser's error."""
        if self.asked:
            self.asked, self.errors = "", {"passkey": failure(why)}

    # ---- removing

    @rx.event
    @allow(*STAFF, confirmed=True)
    async def ask_remove(self, passkey_id: str):
        if row := next((row for row in self.rows if row.id == passkey_id), None):
            self._show("remove")
            self.removing, self.removing_name = row.id, row.name

    @rx.event
    @allow(*STAFF, confirmed=True)
    async def remove(self):
        if self.dialog != "remove":
            return
        with self._refusals() as refused:
            left = await self._run(remove_passkey, self.removing)
            await self._refresh()
        self._show("")
        if not refused:
            forget()
            self._say("Passkey removed." if left else "Passkey removed. Your password alone lets in now.")


S = Passkeys


def passkeys_card() -> rx.Component:
    def one(row: Any) -> rx.Component:
        used = rx.cond(row.last_used != "", rx.fragment(" · last used ", row.last_used), " · not used yet")
        remove = button(
            "Remove", kind="g sm", on_click=S.ask_remove(row.id), custom_attrs={"aria-label": "Remove " + row.name}
        )
        return rx.el.li(
            icon("key-round"),
            rx.el.div(
                rx.el.div(row.name, class_name="wrap"),
                rx.el.div("Added ", row.created, used, class_name="muted small num"),
                class_name="grow",
            ),
            remove,
            class_name="person centred",
            key=row.id,
        )

    words = "Your fingerprint, face or PIN signs you in: no password, no code, and nothing that a false page can steal."
    impossible = "Browsers have passkeys only where arbill is reached over https and by a name."
    none = rx.el.p(rx.cond(S.possible, words, impossible), class_name="quiet in-card")
    body = rx.cond(
        Account.loading,
        rx.el.div(bone("60%"), class_name="in-card"),
        rx.cond(S.rows.length() > 0, rx.el.ul(rx.foreach(S.rows, one)), none),
    )
    add = rx.cond(S.possible & ~Account.loading, button("Add passkey", kind="g sm", on_click=S.ask_add))
    return card("Passkeys", body, actions=[add], padded=False, custom_attrs={"aria-label": "Passkeys"})


def passkey_dialogs() -> list[rx.Component]:
    hint = rx.el.p("So that you know it again, such as “Laptop”.", class_name="muted small")
    adding = form_dialog(
        S.dialog == "add",
        "Add a passkey",
        text_field(PasskeyFields, "name", S.typed, S.errors, prefix=PREFIX, auto_complete="off", below=[hint]),
        error_line(S.errors, "passkey", PREFIX),
        PasskeyPrompt.create(
            options=S.asked, kind="create", count=S.asked_count, on_answer=S.answered, on_failed=S.failed
        ),
        verbs=[button("Continue", kind="p", type="submit")],
        on_submit=S.begin,
        on_close=S.close,
        small=True,
    )
    removing = question(
        S.dialog == "remove",
        "Remove passkey",
        "Remove this passkey?",
        rx.el.p(S.removing_name, " will no longer sign you in.", class_name="quiet"),
        verb=button("Remove", kind="bad", on_click=S.remove),
        on_close=S.close,
        no="Keep it",
    )
    return [adding, removing]
