"""An email's headers and parts. Whatever somebody is called, a header stays one line and an address one address."""

from collections.abc import Iterable
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage
from email.policy import EmailPolicy
from functools import cache
from typing import Any

from ..kernel.fields import wire_address
from ..kernel.settings import settings
from ..kernel.text import printable
from .wording import KINDS


class Remembering(HeaderRegistry):
    """The library makes a new class for each header of each message: half of what a message costs."""

    @cache  # noqa: B019 - there is one registry, for ever
    def __getitem__(self, name: str) -> Any:
        return super().__getitem__(name)


POLICY = EmailPolicy(header_factory=Remembering())


def new(
    subject: str, name: str, sender: str, to: Iterable[tuple[str, str]], message_id: str, cc: Iterable[str] = ()
) -> EmailMessage:
    email = EmailMessage(POLICY)
    email["Subject"] = one_line(subject)
    email["From"] = _address(name, sender)
    email["To"] = [_address(*person) for person in to]
    if copies := [_address("", address) for address in cc]:
        email["Cc"] = copies
    email["Message-ID"] = message_id
    email["Auto-Submitted"] = "auto-generated"
    return email


def reply_to(email: EmailMessage, name: str, address: str) -> None:
    if address:
        email["Reply-To"] = _address(name, address)


def answer(email: EmailMessage, thread: str, message_id: str) -> None:
    """All messages about one thing answer the same root, which was never sent: mail programs show them together."""
    if thread:
        root = f"<{one_line(thread)}@{message_id.strip('<>').partition('@')[2]}>"
        email["In-Reply-To"] = root
        email["References"] = root


def unsubscribe(email: EmailMessage, kind: str) -> None:
    if KINDS[kind].optional:
        email["List-Unsubscribe"] = f"<{settings().origin}/portal>"


def write(email: EmailMessage, text: str, html: str) -> None:
    """Base64 for the HTML: some of its lines are longer than mail allows, and quoted-printable costs a millisecond."""
    email.set_content(text)
    email.add_alternative(html, subtype="html", cte="base64")


def attach(email: EmailMessage, name: str, kind: str, content: bytes) -> None:
    main, _, sub = kind.partition("/")
    email.add_attachment(content, main, sub, filename=one_line(name))


def one_line(text: str) -> str:
    return " ".join(printable(str(text)).split())


def _address(name: str, email: str) -> Address:
    local, _, domain = one_line(email if email.isascii() else wire_address(email)).rpartition("@")
    return Address(one_line(name), local, domain)
