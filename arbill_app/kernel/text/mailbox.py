"""Which mailbox an email address names. Two addresses are one mailbox when mail to both arrives at the same place."""

import unicodedata
from string import ascii_lowercase, ascii_uppercase

import idna

from .search_keys import printable

LONGEST = 254  # characters: RFC 5321's limit on a path, and the width of every column that holds a key
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)


def mailbox_key(email: str) -> str:
    """The key that identifies a mailbox: `Ida@Bücher.example` -> `ida@xn--bcher-kva.example`.

    The domain becomes its IDNA 2008 A-label, the form that mail is delivered by, so the key is equal exactly when the
    mail server is. In the local part only A to Z are lower-cased: what else is equal there is up to its mail server.
    For any text, also one that is no address: never raises. "" for what is longer than an address may be.
    """
    local, at, domain = printable(email).strip().rpartition("@")
    key = local.translate(_LOWER) + at + domain_key(domain)
    return key if len(key) <= LONGEST else ""


def domain_key(domain: str) -> str:
    """The A-labels of a domain; what is no valid domain is only lower-cased (A to Z) and composed (NFC)."""
    lower = unicodedata.normalize("NFC", domain).translate(_LOWER)
    if len(lower) > LONGEST or (lower.isascii() and "xn--" not in lower):
        return lower
    try:
        # UTS 46 maps what keyboards produce (capitals, full-width letters). Its "transitional" form, which turned
        # ß into ss and a final sigma into a sigma, would name another domain.
        return idna.encode(lower, uts46=True, transitional=False).decode("ascii")
    except UnicodeError:  # idna.IDNAError is one
        return lower


def ascii_address(email: str) -> str:
    """For services that know ASCII only: the domain in A-labels, the local part as typed, "" if that is not ASCII."""
    local, at, domain = email.strip().rpartition("@")
    found = local + at + (domain if domain.isascii() else domain_key(domain))
    return found if found.isascii() else ""


def domain_of(key: str) -> str:
    """The domain of a mailbox key; "" where there is none."""
    return key.rpartition("@")[2] if "@" in key else ""


def spellings(email: str) -> list[str]:
    """The address as it is written, and its domain in A-labels and in letters where these differ: for searching."""
    key = mailbox_key(email)
    if email.translate(_LOWER) == key and "xn--" not in key:
        return [email]
    local, at, domain = key.rpartition("@")
    try:
        letters = local + at + idna.decode(domain)
    except UnicodeError:
        letters = key
    return list(dict.fromkeys([email, key, letters]))
