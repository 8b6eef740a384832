"""`@allow(*roles)`: who may call a handler. Stands below `@rx.event`; a handler without it is refused by guard.py."""

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def allow(*roles: str) -> Callable[[F], F]:
    def mark(handler: F) -> F:
        handler.__access__ = frozenset(roles)  # type: ignore[attr-defined]
        return handler

    return mark
