"""Form controls: a visible label, the control, and under it in words what is wrong or worth a look.

Labels, limits and required come from the one declaration of the field. `prefix` begins the ids, so that two forms on a
screen do not clash; `errors` and `warnings` are the state's dicts by field name.
"""

from collections.abc import Sequence
from typing import Any

import reflex as rx
from sqlmodel import SQLModel

from ..kernel.fields import is_required, label_of, limit_of
from .elements import Combobox, icon


def field(
    label: Any,
    name: Any,
    control: rx.Component,
    errors: Any,
    *,
    prefix: str = "",
    optional: bool = False,
    below: Sequence[rx.Component] = (),
) -> rx.Component:
    """`control` must carry the id prefix + name."""
    id = prefix + name
    return rx.el.div(
        rx.el.div(
            rx.el.label(label, html_for=id),
            *([rx.el.span("optional", class_name="opt")] if optional else []),
            class_name="lab-row",
        ),
        control,
        error_line(errors, name, prefix),
        *below,
        class_name="f",
    )


def error_line(errors: Any, name: Any, prefix: str = "") -> rx.Component:
    return rx.cond(
        errors.contains(name),
        rx.el.p(
            icon("circle-alert", 13),
            rx.el.span(errors[name]),
            id=prefix + name + "-error",
            role="alert",
            class_name="msg",
        ),
    )


def described(errors: Any, name: Any, prefix: str = "") -> dict[str, Any]:
    """What ties a control to its error."""
    wrong = errors.contains(name)
    return {
        "aria-invalid": rx.cond(wrong, "true", "false"),
        "aria-describedby": rx.cond(wrong, prefix + name + "-error", ""),
    }


# A browser's own email control gives the domain in A-labels (xn--…) instead of the letters that were typed.
AN_EMAIL = {"type": "text", "input_mode": "email", "auto_capitalize": "none", "spell_check": False}


def text_field(
    model: type[SQLModel],
    name: str,
    value: Any,
    errors: Any,
    *,
    prefix: str = "",
    named: Any = None,
    label: Any = None,
    required: bool | None = None,
    below: Sequence[rx.Component] = (),
    **props: Any,
) -> rx.Component:
    """A line of text as `model` declares it; `named` is the control's name where it differs from the field's."""
    if props.get("type") == "email":
        props |= AN_EMAIL
    needed = is_required(model, name) if required is None else required
    as_name = name if named is None else named
    control = rx.el.input(
        id=prefix + as_name,
        name=as_name,
        default_value=value,
        class_name="in",
        custom_attrs=described(errors, as_name, prefix) | {"aria-required": "true" if needed else "false"},
        **({"auto_complete": "off", "type": "text", "max_length": limit_of(model, name)} | props),
    )
    return field(
        label_of(model, name) if label is None else label,
        as_name,
        control,
        errors,
        prefix=prefix,
        optional=not needed,
        below=below,
    )


def plain_field(
    label: str, name: str, value: Any, errors: Any, *, prefix: str = "", optional: bool = False, **props: Any
) -> rx.Component:
    """A line of text that belongs to no model: days beside "Custom days", the name of a new tag."""
    control = rx.el.input(
        id=prefix + name,
        name=name,
        default_value=value,
        class_name="in",
        auto_complete="off",
        custom_attrs=described(errors, name, prefix),
        **props,
    )
    return field(label, name, control, errors, prefix=prefix, optional=optional)


def amount_field(
    label: str,
    name: str,
    value: Any,
    errors: Any,
    *,
    prefix: str = "",
    unit: Any = None,
    optional: bool = False,
    attrs: dict[str, Any] | None = None,
    **props: Any,
) -> rx.Component:
    """An amount of money as somebody types it; `unit` is its currency, shown at the end."""
    required = {} if optional else {"aria-required": "true"}
    control = rx.el.input(
        id=prefix + name,
        name=name,
        default_value=value,
        input_mode="decimal",
        auto_complete="off",
        class_name="in num",
        custom_attrs=described(errors, name, prefix) | required | (attrs or {}),
        **({"max_length": 30} | props),
    )
    if unit is not None:
        shown = rx.el.span(unit, class_name="unit", custom_attrs={"aria-hidden": "true"})
        control = rx.el.div(control, shown, class_name="with-unit")
    return field(label, name, control, errors, prefix=prefix, optional=optional)


def date_field(label: str, name: str, value: Any, errors: Any, *, prefix: str = "", **props: Any) -> rx.Component:
    control = rx.el.input(
        id=prefix + name,
        name=name,
        type="date",
        default_value=value,
        class_name="in num",
        custom_attrs=described(errors, name, prefix) | {"aria-required": "true"},
        **props,
    )
    return field(label, name, control, errors, prefix=prefix)


def days_field(value: Any, errors: Any, prefix: str, **props: Any) -> rx.Component:
    """The days of "Custom days"."""
    return plain_field("Days", "custom_days", value, errors, prefix=prefix, input_mode="numeric", max_length=3, **props)


def tick_list(legend: str, name: str, options: Any, chosen: Any, on_toggle: Any) -> rx.Component:
    """Any number of [value, label] pairs, as ticks."""

    def one(pair: Any) -> rx.Component:
        box = rx.el.input(
            type="checkbox",
            name=name + "_" + pair[0],
            default_checked=chosen.contains(pair[0]),
            on_change=lambda _: on_toggle(pair[0]),
        )
        return rx.el.label(box, rx.el.span(pair[1]), class_name="check", key=pair[0])

    return rx.el.fieldset(
        rx.el.legend(legend, class_name="lab"), rx.el.div(rx.foreach(options, one), class_name="checks below")
    )


def select_field(
    label: Any,
    name: str,
    value: Any,
    options: Any,
    errors: Any,
    *,
    prefix: str = "",
    optional: bool = False,
    first: str = "",
    below: Sequence[rx.Component] = (),
    **props: Any,
) -> rx.Component:
    """A native select of [value, label] pairs; `first` is the label of the empty choice."""
    choices = rx.foreach(options, lambda pair: rx.el.option(pair[1], value=pair[0]))
    control = rx.el.select(
        *([rx.el.option(first, value="")] if first else []),
        choices,
        id=prefix + name,
        name=name,
        default_value=value,
        class_name="in",
        custom_attrs=described(errors, name, prefix),
        **props,
    )
    return field(label, name, control, errors, prefix=prefix, optional=optional, below=below)


def combobox_field(
    label: Any,
    name: str,
    value: Any,
    options: Any,
    errors: Any,
    *,
    prefix: str = "",
    optional: bool = False,
    below: Sequence[rx.Component] = (),
    **props: Any,
) -> rx.Component:
    control = Combobox.create(
        id=prefix + name,
        name=name,
        default_value=value,
        options=options,
        custom_attrs=described(errors, name, prefix) | {"aria-required": "false" if optional else "true"},
        **props,
    )
    return field(label, name, control, errors, prefix=prefix, optional=optional, below=below)


def tick(label: Any, name: str, checked: Any, **props: Any) -> rx.Component:
    """A checkbox with its words; posted as "on" or not at all."""
    return rx.el.label(
        rx.el.input(type="checkbox", name=name, default_checked=checked, **props), rx.el.span(label), class_name="check"
    )


def warning_line(warnings: Any, name: str, on_fix: Any = None) -> rx.Component:
    """A quiet warning with its one-click correction: `warnings[name]` has message, action, field, value."""
    found = warnings[name]
    fix = (
        rx.cond(found["action"] != "", rx.el.button(found["action"], type="button", on_click=on_fix))
        if on_fix
        else None
    )
    return rx.cond(
        warnings.contains(name),
        rx.el.p(
            icon("triangle-alert", 13),
            rx.el.span(found["message"], " ", fix) if fix is not None else rx.el.span(found["message"]),
            class_name="msg warn",
            role="status",
        ),
    )


def form(*children: Any, on_submit: Any, **props: Any) -> rx.Component:
    """Validation is ours, in words under the fields: the browser's bubbles stay away."""
    return rx.el.form(*children, on_submit=on_submit, no_validate=True, **props)


def button(*children: Any, kind: str = "", type: str = "button", **props: Any) -> rx.Component:
    return rx.el.button(*children, type=type, class_name=f"btn {kind}".strip(), **props)
