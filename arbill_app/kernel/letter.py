"""A message to a person, as its nouns write it: plain facts, no markup. `messages` renders and delivers it."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Letter:
    """`action` is one button: (label, address). `secret` letters carry a key and are blanked once delivered."""

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
