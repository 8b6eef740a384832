"""The screen "Create invoice"."""

from typing import Any

import reflex as rx

from ....invoices.models import InvoiceLine, PaperFields
from ....kernel.fields import limit_of
from ....ui.elements import Radio, Sortable, icon, link
from ....ui.forms import amount_field, button, date_field, described, error_line, field, form, select_field, text_field
from ....ui.layout import card
from ...shared.add_customer.add_form import add_customer_dialog
from ...shared.customer_picker import customer_field
from ...shell import routes
from ...shell.frame import head, screen
from .editor import InvoiceEditor
from .files import files
from .held import PREFIX
from .paper import paper

S = InvoiceEditor
SOON = 120  # milliseconds of not typing


def page() -> rx.Component:
    return screen(
        form(
            head(
                "Create invoice",
                rx.cond(S.began, button("Start over", kind="g", on_click=S.start_over)),
                button("Save draft", kind="g", on_click=S.save),
                button("Create invoice", kind="p", type="submit"),
                crumb=link("Invoices", to=routes.INVOICES, class_name="crumb"),
            ),
            rx.el.div(
                rx.el.div(_what(), _options(), key=S.version),
                paper(),
                class_name="cols paper-cols",
            ),
            on_submit=S.submit,
            id="create-invoice",
        ),
        add_customer_dialog(),
        here=routes.INVOICES,
    )


# ---------------------------------------------------------------- who, when, what


def _what() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            _customer(),
            rx.el.div(_due_date(), rx.cond(S.itemised, rx.fragment(), _amount()), class_name="g2"),
            rx.cond(S.itemised, _lines()),
            _text("memo", key="memo"),
            rx.cond(
                S.itemised,
                rx.cond(S.lines.length() == 1, _link_button("minus", "Single amount", S.single_amount)),
                _link_button("list-plus", "Itemise", S.itemise),
            ),
            _more(),
            class_name="in-card",
        ),
        class_name="card",
        custom_attrs={"aria-label": "Invoice"},
    )


def _customer() -> rx.Component:
    return customer_field(S, PREFIX, action="Add a new customer", on_action=S.new_customer)


def _typed(name: str) -> dict[str, Any]:
    """Controls keep their own text; the state follows while somebody types, and at the latest when they leave."""
    return {
        "on_change": lambda value: S.type(name, value).debounce(SOON),
        "on_blur": lambda value: S.left(name, value),
    }


def _due_date() -> rx.Component:
    return date_field("Due date", "due_on", S.typed["due_on"], S.errors, prefix=PREFIX, **_typed("due_on"))


def _amount() -> rx.Component:
    shown = {"unit": _currency(), "placeholder": "0.00"}
    return amount_field("Amount", "amount", S.typed["amount"], S.errors, prefix=PREFIX, **shown, **_typed("amount"))


def _currency() -> Any:
    return rx.cond(S.customer, S.customer["currency"], "")


def _text(name: str, **props: Any) -> rx.Component:
    return text_field(PaperFields, name, S.typed[name], S.errors, prefix=PREFIX, **_typed(name), **props)


def _link_button(symbol: str, label: str, handler: Any) -> rx.Component:
    return rx.el.button(icon(symbol, 14), label, type="button", on_click=handler, class_name="quiet-verb")


def _more() -> rx.Component:
    note = rx.el.textarea(
        id=PREFIX + "note",
        name="note",
        default_value=S.typed["note"],
        rows="2",
        max_length=limit_of(PaperFields, "note"),
        class_name="in",
        custom_attrs=described(S.errors, "note", PREFIX),
        **_typed("note"),
    )
    return rx.el.details(
        rx.el.summary(icon("chevron-right", 14), "PO number, internal note, attachments"),
        rx.el.div(
            _text("po_number"),
            field("Internal note", "note", note, S.errors, prefix=PREFIX, optional=True),
            files(),
        ),
        open=S.more_open,
        class_name="more",
    )


# ---------------------------------------------------------------- lines

COLUMNS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("description", "Description", {}),
    ("quantity", "Quantity", {"input_mode": "decimal"}),
    ("unit_price", "Unit price", {"input_mode": "decimal"}),
    ("discount", "Discount", {"placeholder": "10% or 5.00"}),
    ("tax_rate", "Tax rate", {"input_mode": "decimal"}),
)


def _lines() -> rx.Component:
    heads = [rx.el.span(label, class_name="r" if name != "description" else "") for name, label, _ in COLUMNS]
    return rx.el.div(
        rx.el.div(rx.el.span(), *heads, rx.el.span(), class_name="line-head", custom_attrs={"aria-hidden": "true"}),
        Sortable.create(rx.foreach(S.lines, _line), on_move=S.move_line, class_name="stack tight"),
        error_line(S.errors, "lines", PREFIX),
        button(icon("plus", 14), "Add line", kind="sm", on_click=S.add_line),
        class_name="lines",
    )


def _line(line: Any, i: Any) -> rx.Component:
    key = line["key"]
    place = (i + 1).to_string()

    def control(name: str, label: str, props: dict[str, Any]) -> rx.Component:
        at = name + "_" + key
        return rx.el.input(
            id=PREFIX + at,
            name=at,
            default_value=line[name],
            auto_complete="off",
            max_length=limit_of(InvoiceLine, "description") if name == "description" else 30,
            class_name="in" if name == "description" else "in num r",
            custom_attrs=described(S.errors, at, PREFIX) | {"aria-label": label},
            on_change=lambda value: S.type_line(key, name, value).debounce(SOON),
            on_blur=lambda value: S.left_line(key, name, value),
            **props,
        )

    grip = rx.el.button(
        icon("grip-vertical", 14),
        type="button",
        draggable=True,
        class_name="grip",
        title="Drag, or press the arrow keys",
        custom_attrs={"data-grip": "", "aria-label": "Move line " + place},
    )
    remove = rx.el.button(
        icon("x", 14),
        type="button",
        on_click=S.remove_line(key),
        disabled=S.lines.length() == 1,
        class_name="icb",
        custom_attrs={"aria-label": "Remove line " + place},
    )
    return rx.el.div(
        rx.el.div(grip, *(control(*column) for column in COLUMNS), remove, class_name="line"),
        *(error_line(S.errors, name + "_" + key, PREFIX) for name, _, _ in COLUMNS),
        key=key,
        role="group",
        custom_attrs={"data-key": key, "aria-label": "Line " + place},
    )


# ---------------------------------------------------------------- payment option


def _options() -> rx.Component:
    return card(
        "Payment option",
        rx.el.div(
            rx.foreach(S.options, _option),
            role="radiogroup",
            class_name="options",
            custom_attrs={"aria-label": "Payment option"},
        ),
        error_line(S.errors, "option", PREFIX),
        rx.cond(
            S.typed["option"] == "method",
            select_field(
                "Payment method",
                "payment_method_id",
                S.typed["payment_method_id"],
                S.methods,
                S.errors,
                prefix=PREFIX,
                first="Choose a method",
                on_change=lambda value: S.type("payment_method_id", value),
            ),
        ),
        custom_attrs={"aria-label": "Payment options"},
    )


def _option(option: Any) -> rx.Component:
    id = PREFIX + "option-" + option.value
    chosen = S.typed["option"] == option.value
    return rx.el.label(
        Radio.create(
            name="option",
            value=option.value,
            id=id,
            checked=chosen,
            disabled=option.why != "",
            on_pick=lambda value: S.type("option", value),
            custom_attrs={"aria-labelledby": id + "-label", "aria-describedby": id + "-text"},
        ),
        rx.el.span(
            rx.el.span(option.label, id=id + "-label", class_name="strong"),
            rx.el.span(rx.cond(option.why != "", option.why, option.text), id=id + "-text", class_name="muted small"),
            class_name="stack none",
        ),
        class_name=rx.cond(option.why != "", "option off", "option"),
        key=option.value,
    )
