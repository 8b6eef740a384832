"""An email as the other packages write it: values, no markup. The package `messages` renders and delivers it.

In the database its links and codes are encrypted: `payload()` seals them, `opened` reads them.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .encryption.values import decrypt, encrypt
from .text.formatting import SECRETS

DELIVERED = "(delivered)"
PURPOSE = "letter"


@dataclass(frozen=True)
class StaffMessage:
    """To staff, in English. `action` is one button: (label, address).

    `secret` letters carry a key and are blanked once delivered. After `expires_at` (ISO, "" never) a letter is of no
    use, and is not sent any more.
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
    expires_at: str = ""

    def payload(self) -> dict[str, Any]:
        return sealed(asdict(self))


@dataclass(frozen=True)
class Message:
    """To a customer's people, in the partner's words and their language: one message for all of `to`.

    `kind` is one of messages.wording.KINDS, which says the names of `values`; these are written for people of that
    language already. `to` holds (name, email), `attach` the ids of what goes along, `link` is where the button leads.
    Messages of one `thread` (the id of what they are about) answer each other. `secret` and `expires_at` as in a
    StaffMessage.
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
    expires_at: str = ""

    def payload(self) -> dict[str, Any]:
        return sealed(asdict(self))


def sealed(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Ready to be stored: the link and codes of a message, the text and button of a secret letter stand encrypted
    under "sealed", and their own places are empty. The rest stays readable, for lists and history."""
    hidden: dict[str, Any]
    if "kind" not in payload:
        hidden = {name: payload[name] for name in ("lines", "action")} if payload["secret"] else {}
        shown: dict[str, Any] = {"lines": [], "action": None} if hidden else {}
    else:
        codes = {name: text for name, text in payload["values"].items() if name in SECRETS}
        hidden = {"link": payload["link"], "values": codes} if payload["link"] or codes else {}
        shown = {"link": "", "values": payload["values"] | dict.fromkeys(codes, "")}
    if not hidden:
        return dict(payload)
    return {**payload, **shown, "sealed": encrypt(json.dumps(hidden), PURPOSE)}


def opened(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the StaffMessage or Message with this `payload()`. WrongKey when the secret key is another one."""
    plain = {name: value for name, value in payload.items() if name != "sealed"}
    if "sealed" not in payload:
        return plain
    hidden: dict[str, Any] = json.loads(decrypt(payload["sealed"], PURPOSE))
    if "values" in hidden:
        hidden["values"] = plain["values"] | hidden["values"]
    return plain | hidden


def blanked(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a secret letter or message once it was delivered: who got what, but no key."""
    kept = {name: value for name, value in payload.items() if name != "sealed"}
    if "kind" not in kept:
        return kept | {"lines": [DELIVERED], "action": None}
    values = {name: DELIVERED if name in SECRETS else text for name, text in kept["values"].items()}
    return kept | {"values": values, "link": ""}
