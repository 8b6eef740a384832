"""Every event handler that browsers can name, with arguments that fit its signature."""

import inspect
import typing
from functools import cache
from typing import Any

from reflex_base.registry import RegistrationContext

import arbill_app.arbill_app as composed
from arbill_app.dashboard.shell.guard import FRAMEWORK, access

SAMPLES: dict[Any, Any] = {str: "x", int: 0, bool: True}


@cache
def ours() -> dict[str, Any]:
    """Full name -> function, of the handlers marked with `@allow`."""
    composed.app._set_contexts_internal()
    found = RegistrationContext.get().event_handlers
    return {name: it.handler.fn for name, it in found.items() if access(it.handler.fn) is not None}


@cache
def others() -> list[str]:
    """Those nobody may call: the framework's setvar on every state, and the like."""
    composed.app._set_contexts_internal()
    found = RegistrationContext.get().event_handlers
    return [name for name, it in found.items() if access(it.handler.fn) is None and name not in FRAMEWORK]


def arguments(fn: Any, text: str = "x") -> dict[str, Any]:
    """One fitting value for each; every text is `text`."""
    hints = typing.get_type_hints(fn)
    names = list(inspect.signature(fn).parameters)[1:]
    return {name: _value(hints.get(name), text) for name in names}


def _value(hint: Any, text: str) -> Any:
    if typing.get_origin(hint) is dict:
        return dict.fromkeys(FORM, text)
    return text if hint is str else SAMPLES.get(hint, text)


FORM = (
    "name",
    "email",
    "company",
    "alias",
    "group_id",
    "first_name_0",
    "last_name_0",
    "email_0",
    "into",
    "role",
    "password",
)


def wrong(fn: Any) -> list[dict[str, Any]]:
    """Payloads of the wrong kind, one argument at a time, and some that are wrong as a whole."""
    fitting = arguments(fn)
    bad: list[dict[str, Any]] = [fitting | {"self": "x"}, fitting | {"unknown": 1}]
    for name in fitting:
        for value in ({"$gt": 1}, [["x"]], None, 1.5, "y" * 20_000, {"__reflex_form_data__": "x"}):
            bad.append(fitting | {name: value})
    return bad
