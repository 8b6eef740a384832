"""A message to a person, as its nouns write it: plain facts, no markup. `messages` renders and delivers it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

DELIVERED = "(delivered)"


@dataclass(frozen=True)
class Letter:
    """To staff, in English. `action` is one button: (label, address).

    `secret` letters carry a key and are blanked once delivered.
    """

    to: str
    name: str
    subject: str
    lines: list[str]
    action: tuple[str, str] | None = None
    sender: str = "arbill"
    secret: bool = False
    about: str = ""
    language: str = field(default="en")

    def payload(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Message:
    """To a customer's people, in the partner's words and their language: one message for all of `to`.

    `kind` is one of messages.wording.KINDS, which says the names of `values`; these are written for people of that
    language already. `to` holds (name, email), `attach` the ids of what goes along, `link` is where the button leads.
    Messages of one `thread` (the id of what they are about) answer each other. `secret` as in a Letter.
    """

    kind: str
    to: list[tuple[str, str]]
    language: str
    values: dict[str, str]
    link: str = ""
    cc: list[str] = field(default_factory=list)
    attach: list[str] = field(default_factory=list)
    thread: str = ""
    secret: bool = False

    def payload(self) -> dict[str, Any]:
        return asdict(self)


SECRETS = {"code"}


def blanked(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a secret letter or message once it was delivered: who got what, but no key."""
    if "kind" not in payload:
        return dict(payload) | {"lines": [DELIVERED], "action": None}
    values = {name: DELIVERED if name in SECRETS else text for name, text in payload["values"].items()}
    return dict(payload) | {"values": values, "link": ""}
