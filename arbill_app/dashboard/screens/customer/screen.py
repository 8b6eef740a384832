"""The screen of one customer."""

import reflex as rx

from ....ui.elements import Menu, icon, item, link
from ....ui.forms import button
from ....ui.layout import badge, bone, card, figures, missing, question, steps, tag_chip
from ...shared.record_payment.record_dialog import record_dialog
from ...shell import routes
from ...shell.base import Base
from ...shell.frame import head, screen
from . import invoices, places, sections
from .contacts import contact_dialog, contacts, merge_dialog, removal_dialog
from .methods_cards import auto_pay, methods, methods_dialogs
from .people import Merging
from .profile import METHODS, Profile

S = Profile


def page() -> rx.Component:
    return screen(
        rx.cond(
            S.missing,
            _missing(),
            rx.fragment(
                _head(),
                rx.cond(S.created_now, _created()),
                _kpis(),
                _tabs(),
                rx.cond(S.loading, _skeleton(), rx.cond(S.tab == METHODS, _methods(), _body())),
            ),
        ),
        contact_dialog(),
        removal_dialog(),
        merge_dialog(),
        methods_dialogs(),
        record_dialog(f"{routes.CUSTOMERS}/" + S.view.id),
        _delete_dialog(),
        here=routes.CUSTOMERS,
    )


def _missing() -> rx.Component:
    way = link("All customers", to=routes.CUSTOMERS, class_name="btn p")
    return missing("Customer", "It may have been deleted, or the address is mistyped.", way)


def _head() -> rx.Component:
    status = rx.cond(S.view.status != "active", badge(S.view.status_label, S.view.status))
    under = rx.el.div(
        rx.el.span(S.texts["under"], class_name="muted"),
        status,
        rx.foreach(S.view.tags, tag_chip),
        class_name="row wraps",
        style={"min-height": "20px", "margin-top": "2px"},
    )
    return head(
        rx.cond(S.loading, "Customer", S.view.company),
        rx.cond(
            (S.view.status == "setup") & Base.may_write,
            button("Finish setup", kind="p", on_click=rx.redirect("/customers?finish=" + S.view.id)),
        ),
        rx.cond(
            (S.view.status == "active") & Base.may_write,
            link(icon("plus", 15), "Create invoice", to=invoices.create_href(), class_name="btn p"),
        ),
        rx.cond(S.view.status == "active", _view_as()),
        rx.cond(Base.may_write & (S.view.id != ""), _verbs()),
        crumb=link("Customers", to=routes.CUSTOMERS, class_name="crumb"),
        below=under,
    )


def _view_as() -> rx.Component:
    return rx.el.a(
        icon("eye", 15),
        "View as customer",
        href="/portal/as/" + S.view.id,
        target="_blank",
        rel="noopener",
        class_name="btn",
    )


def _verbs() -> rx.Component:
    return Menu.create(
        icon("ellipsis"),
        rx.cond(S.view.status == "active", item(icon("archive"), "Archive", on_click=S.archive)),
        rx.cond(
            (S.view.status == "archived") & (S.view.merged_into == ""),
            item(icon("archive-restore"), "Restore", on_click=S.restore),
        ),
        rx.cond(
            Base.may_manage & (S.view.merged_into == ""),
            item(icon("merge"), "Merge into another customer", on_click=Merging.begin),
        ),
        rx.cond(
            Base.may_manage & S.view.deletable,
            item(icon("trash-2"), "Delete", on_click=S.ask_delete, class_name="bad"),
        ),
        label="Customer actions",
        class_name="icb b",
    )


def _created() -> rx.Component:
    return rx.el.p(
        icon("circle-check"),
        rx.el.span(rx.el.b(S.view.company), " is ready. Next steps are listed under “What happens next”."),
        class_name="hint ok",
        role="status",
    )


def _kpis() -> rx.Component:
    return figures(
        S.loading,
        ("Balance", S.view.balance),
        ("Payment terms", S.view.terms_text),
        ("Contacts", S.view.contacts.length().to_string()),
        ("Customer since", S.view.created),
    )


def _tabs() -> rx.Component:
    """Links, so that the address says which one is shown."""

    def tab(key: str, label: str, to: str) -> rx.Component:
        attributes = {"aria-current": rx.cond(S.tab == key, "page", "false")}
        return link(label, to=f"{routes.CUSTOMERS}/" + S.view.id + to, custom_attrs=attributes)

    tabs = (tab("", "Profile", ""), tab(METHODS, "Payment methods", f"?tab={METHODS}"))
    return rx.el.nav(*tabs, class_name="tabs", custom_attrs={"aria-label": "Customer"})


def _methods() -> rx.Component:
    return rx.el.div(rx.el.div(methods()), rx.el.div(auto_pay()), class_name="cols")


def _body() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.cond(S.view.merged_into != "", _merged()),
            rx.cond(S.view.status != "setup", rx.fragment(invoices.invoices(), invoices.payments())),
            sections.business(),
            places.billing(),
            places.shipping(),
            places.tax(),
            contacts(),
            sections.aliases(),
            sections.labels(),
        ),
        rx.el.div(_next(), sections.activity()),
        class_name="cols",
    )


def _merged() -> rx.Component:
    return rx.el.p(
        icon("merge"),
        rx.el.span("This customer was merged into ", link("another one", to="/customers/" + S.view.merged_into), "."),
        class_name="hint info",
    )


def _next() -> rx.Component:
    """What a new customer can do now; once it was invoiced, what is going to happen and why."""

    def step(on: object, title: rx.Component | str, text: str) -> rx.Component:
        return rx.el.li(
            rx.el.span(class_name=rx.cond(on, "dot on", "dot")),
            rx.el.div(rx.el.div(title), rx.el.div(text, class_name="muted")),
        )

    setup = rx.el.ul(
        step(
            True,
            link("Finish the setup", to="/customers?finish=" + S.view.id, class_name="link"),
            "Add at least one user.",
        ),
        class_name="steps-next",
    )
    ready = rx.el.ul(
        step(True, link("Create an invoice", to=invoices.create_href(), class_name="link"), "Bill for what was done."),
        step(False, "Automation", "Reminders and payment notices go to contacts with Billing ticked."),
        step(True, rx.el.a("Portal access", href="#contacts", class_name="link"), "Who may sign in, and to what."),
        step(True, rx.el.a("Tags", href="#labels", class_name="link"), "Filter and organise by them."),
        step(
            True,
            link("Payment methods", to=f"{routes.CUSTOMERS}/" + S.view.id + f"?tab={METHODS}", class_name="link"),
            "Add one here, or let the customer do it in the portal.",
        ),
        class_name="steps-next",
    )
    return card(
        "What happens next",
        rx.cond(S.view.status == "setup", setup, rx.cond(S.steps.length() > 0, steps(S.steps), ready)),
        custom_attrs={"aria-label": "What happens next"},
    )


def _skeleton() -> rx.Component:
    def block(lines: int) -> rx.Component:
        rows = [rx.el.div(bone(f"{35 + i * 13 % 40}%"), style={"height": "28px"}) for i in range(lines)]
        return rx.el.div(
            rx.el.div(*rows, class_name="in-card"), class_name="card", custom_attrs={"aria-hidden": "true"}
        )

    return rx.el.div(rx.el.div(block(10), block(6), block(6)), rx.el.div(block(6)), class_name="cols")


def _delete_dialog() -> rx.Component:
    return question(
        S.confirm == "delete",
        "Delete customer",
        rx.fragment("Delete ", S.view.company, "?"),
        rx.el.p("For good, with its contacts and external IDs. Archiving hides it instead.", class_name="quiet"),
        verb=button("Delete customer", kind="bad", on_click=S.delete),
        on_close=S.unask,
    )
