"""`@allow(*roles)`: who may call a handler. Stands below `@rx.event`; a handler without it is refused by guard.py."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator

F = TypeVar("F", bound=Callable[..., Any])


def _given(value: Any) -> Any:
    """Reflex adds an empty entry for every control that has an id but is not on the screen."""
    return {name: text for name, text in value.items() if text is not None} if isinstance(value, dict) else value


# What a submitted form holds: text by the control's name.
Form = Annotated[dict[str, str], BeforeValidator(_given)]


def allow(*roles: str) -> Callable[[F], F]:
    def mark(handler: F) -> F:
        handler.__access__ = frozenset(roles)  # type: ignore[attr-defined]
        return handler

    return mark
