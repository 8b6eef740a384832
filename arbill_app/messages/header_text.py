"""Texts as they stand in an email's header: pure rules of RFC 5322, 2047 and 2231.

A header's value becomes parts that stand one after the other, with a space or a fold between them. A part is never
longer than a line may be, and no part is ever cut. Encoded words stand for display names and unstructured text only,
never for an address or for what separates addresses.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from ..kernel.text.mailbox import domain_key

LINE = 76  # characters of a line with an encoded word: RFC 2047, section 2
WORD = 64  # characters of an encoded word: at most 75, and the name of its header stands on the first line
WORD_BYTES = (WORD - len("=?utf-8?b??=")) // 4 * 3
PLAIN = re.compile(r"[\x21-\x7e]{1,60}(?: [\x21-\x7e]{1,60})*")
ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
PHRASE = re.compile(rf"{ATEXT}{{1,60}}(?: {ATEXT}{{1,60}})*")
LOCAL = rf"(?:{ATEXT}|[^\x00-\x7f\s])+"
DOT_ATOM = re.compile(rf"{LOCAL}(?:\.{LOCAL})*")
DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
LONGEST_QUOTED = 60


class BadAddress(ValueError):
    """No mail can be sent to this text."""


@dataclass(frozen=True)
class Mailbox:
    """A person in a header: what they are called ("" for nobody's name) and the address that mail travels to."""

    name: str
    address: str

    @classmethod
    def of(cls, name: str, email: str) -> "Mailbox":
        """`email` as it was typed. BadAddress where it is none."""
        return cls(name, wire_address(email))

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


def wire_address(email: str) -> str:
    """The address that a mail server is told: the domain in A-labels, the local part as it is. BadAddress.

    A local part that is not ASCII stays so: only a server that offers SMTPUTF8 takes it.
    """
    local, at, domain = email.strip().rpartition("@")
    domain = domain if domain.isascii() else domain_key(domain)
    if not at or not DOT_ATOM.fullmatch(local) or not DOMAIN.fullmatch(domain) or len(email) > 320:
        raise BadAddress(f"{email[:100]} is no email address.")
    return f"{local}@{domain}"


# ---------------------------------------------------------------- parts


def text_parts(text: str) -> list[str]:
    """Of unstructured text such as a subject."""
    if PLAIN.fullmatch(text) and "=?" not in text:
        return text.split(" ")
    return encoded_words(text)


def people_parts(people: Iterable[Mailbox]) -> list[str]:
    """Of a list of mailboxes, the comma at the end of each but the last."""
    each = [_person_parts(person) for person in people]
    return [part for parts in each[:-1] for part in _ended(parts, ",")] + (each[-1] if each else [])


def _person_parts(person: Mailbox) -> list[str]:
    return [*_phrase_parts(person.name), f"<{person.address}>"] if person.name else [person.address]


def _phrase_parts(name: str) -> list[str]:
    """A display name: as it is, quoted, or in encoded words."""
    if "=?" not in name:
        if PHRASE.fullmatch(name):
            return name.split(" ")
        if re.fullmatch(r"[\x20-\x7e]*", name) and len(name) <= LONGEST_QUOTED:
            return ['"' + re.sub(r'(["\\])', r"\\\1", name) + '"']
    return encoded_words(name)


def encoded_words(text: str) -> list[str]:
    """Each holds whole characters; readers put them together without a space between them."""
    return [f"=?utf-8?b?{b64encode(piece).decode()}?=" for piece in _pieces(text, WORD_BYTES)]


def _pieces(text: str, most: int) -> list[bytes]:
    """UTF-8 in pieces of at most so many bytes, no character cut in two."""
    pieces = [b""]
    for character in text:
        added = character.encode(errors="replace")
        if len(pieces[-1]) + len(added) > most:
            pieces.append(b"")
        pieces[-1] += added
    return pieces


def file_parts(name: str) -> list[str]:
    """Content-Disposition of an attachment: a quoted name, or one in numbered sections."""
    if re.fullmatch(r"[\x20-\x7e]*", name) and len(name) <= LONGEST_QUOTED and "=?" not in name:
        return ["attachment;", 'filename="' + re.sub(r'(["\\])', r"\\\1", name) + '"']
    sections = [quote(piece, safe="") for piece in _pieces(name, 16)]
    numbered = [f"filename*{at}*={section}" for at, section in enumerate(["utf-8''" + sections[0], *sections[1:]])]
    return ["attachment;", *(f"{one};" for one in numbered[:-1]), numbered[-1]]


def _ended(parts: Sequence[str], mark: str) -> list[str]:
    return [*parts[:-1], parts[-1] + mark]


# ---------------------------------------------------------------- lines


def folded(name: str, parts: Sequence[str], linesep: str = "\r\n") -> str:
    """The header's lines: folded between parts only, at most LINE characters unless a part alone is longer."""
    lines = [f"{name}:"]
    for part in parts:
        if len(lines[-1]) + 1 + len(part) > LINE and not lines[-1].endswith(":"):
            lines.append("")
        lines[-1] += f" {part}"
    return linesep.join(lines) + linesep
