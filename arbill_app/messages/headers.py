"""An email's headers and parts. Whatever somebody is called, a header stays one line and an address one address.

What is written stands in header_text.py. The library's own folding is not used: what it makes of long names in other
scripts differs between its versions, and some of them lose recipients.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any

from ..kernel.settings import settings
from ..kernel.text.search_keys import printable
from .header_text import BadAddress, Mailbox, file_parts, folded, people_parts, text_parts
from .wording import KINDS

PEOPLE = ("To", "Cc")
BREAKS = dict.fromkeys([*range(32), 0x7F, 0x85, 0x2028, 0x2029], "\n")
CONTROLS = re.compile(" *\n[ \n]*")


class Header(str):
    """A header as people read it, with what it is made of: `parts` go on the wire, `people` are its mailboxes."""

    parts: Sequence[str]
    people: tuple[Mailbox, ...]

    def __new__(cls, text: str, parts: Sequence[str], people: Iterable[Mailbox] = ()) -> "Header":
        made = super().__new__(cls, text)
        made.parts, made.people = parts, tuple(people)
        return made


class Written(EmailPolicy):
    """Headers are written as they were put together, one that the library made itself as it is."""

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        return name, value

    def header_fetch_parse(self, name: str, value: Any) -> Any:
        return value

    def fold(self, name: str, value: Any) -> str:
        return folded(name, value.parts if isinstance(value, Header) else [value], self.linesep)

    def fold_binary(self, name: str, value: Any) -> bytes:
        """UTF-8 where an address's local part is not ASCII, which goes to servers with SMTPUTF8 only."""
        return self.fold(name, value).encode()


POLICY = Written(linesep="\r\n")


def new(
    subject: str, name: str, sender: str, to: Iterable[tuple[str, str]], message_id: str, cc: Iterable[str] = ()
) -> "Email":
    """BadAddress where the sender's is none; of the recipients they are left out, see `Email.refused`."""
    email = Email(POLICY)
    put_text(email, "Subject", subject)
    put_people(email, "From", [(name, sender)])
    put_recipients(email, "To", to)
    put_recipients(email, "Cc", [("", address) for address in cc])
    email["Message-ID"] = message_id
    email["Auto-Submitted"] = "auto-generated"
    return email


class Email(EmailMessage):
    """`refused` says why of recipients that no mail can be sent to: they are in no header."""

    def __init__(self, policy: EmailPolicy = POLICY) -> None:
        super().__init__(policy)
        self.refused: dict[str, str] = {}


def put_text(email: EmailMessage, header: str, text: str) -> None:
    line = one_line(text)
    email[header] = Header(line, text_parts(line))


def put_people(email: EmailMessage, header: str, people: Iterable[tuple[str, str]]) -> None:
    _put(email, header, [Mailbox.of(one_line(name), one_line(address)) for name, address in people])


def put_recipients(email: Email, header: str, people: Iterable[tuple[str, str]]) -> None:
    kept = []
    for name, address in people:
        try:
            kept.append(Mailbox.of(one_line(name), one_line(address)))
        except BadAddress as wrong:
            email.refused[one_line(address)] = str(wrong)
    _put(email, header, kept)


def _put(email: EmailMessage, header: str, people: Sequence[Mailbox]) -> None:
    if people:
        email[header] = Header(", ".join(map(str, people)), people_parts(people), people)


def people_of(email: EmailMessage, header: str) -> tuple[Mailbox, ...]:
    return getattr(email[header], "people", ())


def keep_only(email: EmailMessage, wanted: Callable[[str], bool]) -> None:
    """Leaves out of To and Cc whose address is not wanted."""
    for header in PEOPLE:
        kept = [person for person in people_of(email, header) if wanted(person.address)]
        if len(kept) < len(people_of(email, header)):
            del email[header]
            _put(email, header, kept)


def reply_to(email: EmailMessage, name: str, address: str) -> None:
    """Without a usable address, answers go to the sender."""
    with suppress(BadAddress):
        put_people(email, "Reply-To", [(name, address)])


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
    email.add_attachment(content, main, sub)
    part: Any = email.get_payload()[-1]  # type: ignore[index]
    name = one_line(name)
    del part["Content-Disposition"]
    part["Content-Disposition"] = Header(f"attachment; filename={name}", file_parts(name))


def one_line(text: str) -> str:
    """Line breaks and other control characters become a space; every other character stays as it was typed."""
    return CONTROLS.sub(" ", printable(str(text).translate(BREAKS))).strip()
