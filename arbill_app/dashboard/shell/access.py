"""`@allow(*roles)`: who may call a handler. Stands below `@rx.event`; a handler without it is refused by guard.py."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator

F = TypeVar("F", bound=Callable[..., Any])


def _given(value: Any) -> Any:
    """Beside the form's own fields Reflex sends one entry for every id on the page: None or a bool, never text."""
    if not isinstance(value, dict):
        return value
    return {name: text for name, text in value.items() if text is not None and not isinstance(text, bool)}


# What a submitted form holds: text by the control's name.
Form = Annotated[dict[str, str], BeforeValidator(_given)]


def allow(*roles: str, confirmed: bool = False, automatic: bool = False) -> Callable[[F], F]:
    """`confirmed`: the password must have been given lately, because the handler runs a verb marked `@confirmed`.

    `automatic`: an open page calls it by itself, so that it is no use of the session (see partners/auth/idle.py).
    """

    def mark(handler: F) -> F:
        handler.__access__ = frozenset(roles)  # type: ignore[attr-defined]
        handler.__confirmed__ = confirmed  # type: ignore[attr-defined]
        handler.__automatic__ = automatic  # type: ignore[attr-defined]
        return handler

    return mark
