"""Finding a probable duplicate of the customer being typed, to warn before it is added twice."""

import difflib
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from ...kernel.db.transactions import Tx
from ...kernel.text.mailbox import domain_of, mailbox_key
from ...kernel.text.search_keys import name_key, printable
from ..models import Contact, Customer
from ..rules.ein import normalise_ein

ALIKE = 0.86  # of difflib's ratio: "bluebirddental" ~ "bluebirddentals"
COMPARED = 500
PUBLIC_MAIL = frozenset(
    (
        *("gmail.com", "outlook.com", "hotmail.com", "yahoo.com", "icloud.com"),
        *("aol.com", "proton.me", "live.com", "msn.com", "gmx.com"),
    )
)


@dataclass(frozen=True)
class Duplicate:
    id: str
    company: str
    why: str


def find_duplicate(tx: Tx, company_name: str, ein: str = "", email: str = "", but: str = "") -> Duplicate | None:
    """A customer that may be the one being typed: the same EIN, a nearly equal name, the same email domain."""
    others = tx.own(Customer).where(Customer.id != but, col(Customer.merged_into).is_(None))
    if ein and (same := tx.first(others.where(Customer.ein == _written(ein)))):
        return Duplicate(same.id, same.company, "same EIN")
    if same := _nearly(tx, others, name_key(printable(company_name))[:200]):
        return Duplicate(same.id, same.company, "nearly the same name")
    domain = domain_of(mailbox_key(email))
    if domain and domain not in PUBLIC_MAIL:
        ids = select(Contact.customer_id).where(Contact.owned_by(tx.actor), Contact.domain == domain)
        if same := tx.first(others.where(col(Customer.id).in_(ids))):
            return Duplicate(same.id, same.company, "same email domain")
    return None


def _written(ein: str) -> str:
    try:
        return normalise_ein(ein)
    except ValueError:
        return printable(ein)


def _nearly(tx: Tx, others: Any, key: str) -> Customer | None:
    same: Customer | None = tx.first(others.where(Customer.near_key == key)) if key else None
    if same or len(key) < 4:
        return same
    start = key[:4]
    near = others.where(Customer.near_key >= start, Customer.near_key < start + "\uffff").limit(COMPARED)
    scored = [(_alike(key, row.near_key), row) for row in tx.all(near)]
    best = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    return best[1] if best[0] >= ALIKE else None


def _alike(one: str, other: str) -> float:
    """1.0 for equal keys and for a name that goes on ("Bluebird Dental" and "Bluebird Dental Care")."""
    short, long = sorted((one, other), key=len)
    if len(short) >= 8 and long.startswith(short):
        return 1.0
    return difflib.SequenceMatcher(None, one, other).ratio()
