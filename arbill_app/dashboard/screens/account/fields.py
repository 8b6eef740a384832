"""Fields for passwords, which several dialogs of "Your profile" have."""

from typing import Any

import reflex as rx

from ....partners.auth.secrets import MOST
from ....ui.forms import described, field
from ...shell.base import Base


def secret_field(
    label: str, name: str, errors: Any, prefix: str, kind: str, *below: rx.Component, first: bool = True
) -> rx.Component:
    """`first`: a dialog opens with the focus here."""
    control = rx.el.input(
        id=prefix + name,
        name=name,
        type="password",
        auto_complete=kind,
        max_length=MOST,
        class_name="in",
        custom_attrs=described(errors, name, prefix)
        | {"aria-required": "true"}
        | ({"data-first": ""} if first else {}),
    )
    return field(label, name, control, errors, prefix=prefix, below=below)


def whose() -> rx.Component:
    """Tells a password manager whose password this is."""
    return rx.el.input(
        type="text", name="username", value=Base.my_email, read_only=True, auto_complete="username", hidden=True
    )
