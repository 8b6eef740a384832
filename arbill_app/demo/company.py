"""The demo company, built with the nouns' own verbs, so that it cannot rot: everybody and everything is invented.

The ZIP and postal codes are real ones of their cities: what the address check says of them is part of what is shown.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from sqlmodel import func, select

from ..customers.commands import contacts as people
from ..customers.commands import labels, lifecycle, profile
from ..customers.models import Flow, Permission
from ..customers.rules.postal import normalise_postal
from ..kernel.actor import Actor, Kind, Role, job
from ..kernel.db.transactions import Tx, across_partners, transaction
from ..kernel.text.mailbox import mailbox_key
from ..kernel.text.search_keys import fold
from ..messages.views import outbox
from ..partners import commands as partners
from ..partners.auth.joining import use_link
from ..partners.auth.sign_in import sign_out
from ..partners.models import Partner, Person, Staff
from ..partners.views import default_entity_id, entity_names
from .bills import TIMEZONE, add_card, add_invoices, by_name
from .customers import ARCHIVED, CITIES, CUSTOMERS, GROUPS, TAGS, UNFINISHED

COMPANY, OWNER, EMAIL, PASSWORD = "Northgate IT", "Mara Kent", "demo@arbill.example", "demo-arbill"
STAFF = (
    ("Jonas Vale", "jonas@northgate.example", Role.ADMIN),
    ("Tess Arden", "tess@northgate.example", Role.MEMBER),
    ("Wes Lund", "wes@northgate.example", Role.READ_ONLY),
)
CANADA = "Northgate IT Canada"
REPLY_TO = "billing@northgate.example"
# (name, tax id, street, city)
ENTITIES = (
    (COMPANY, "31-5550142", "200 Northgate Plaza", "Columbus"),
    (CANADA, "123456782 RT0001", "88 Wellford Lane", "Toronto"),
    ("Northgate Cabling", "34-5550187", "17 Foundry Row", "Cleveland"),
)
WELCOMED = 8  # so many customers' users got their welcome email: a full outbox teaches nothing


class Line(NamedTuple):
    """One customer as the table writes it: see customers.py."""

    company: str
    street: str
    city: str
    domain: str
    people: str
    tags: str = ""
    group: str = ""
    options: str = ""

    def option(self, name: str) -> str:
        return dict(part.split("=", 1) for part in self.options.split(";") if part).get(name, "")


def is_empty() -> bool:
    """Nobody has founded anything here yet."""
    with across_partners() as session:
        return not session.scalar(select(func.count()).select_from(Partner))


def is_there() -> bool:
    """Whether somebody can sign in as the demo's owner: not where a company was founded by hand."""
    with across_partners() as session:
        return session.scalar(select(Person.id).where(Person.email_key == mailbox_key(EMAIL))) is not None


def build_demo() -> None:
    """Does nothing where there is a company already."""
    if not is_empty():
        return
    partner_id, _ = partners.found_partner(COMPANY, OWNER, EMAIL, PASSWORD)
    with transaction(job(partner_id)) as tx:
        owner = _acting(tx.first(tx.own(Staff)))
    with transaction(owner) as tx:
        _set_up(tx)
        team = [owner, *(_acting(partners.invite_staff(tx, {"name": n, "email": e}, role)) for n, e, role in STAFF)]
    _join()
    for who, share in zip(team[:3], _shares(len(CUSTOMERS)), strict=True):
        with transaction(who) as tx:
            _add_customers(tx, share)
    with transaction(owner) as tx:
        _leave_open(tx)
        add_invoices(tx)
    add_card(owner)


def _acting(staff: Staff) -> Actor:
    return Actor(staff.partner_id, Kind.STAFF, staff.id, staff.name, staff.role)


def _join() -> None:
    """Everybody opens their invitation and chooses the password."""
    for message in outbox():
        tokens = parse_qs(urlsplit(message.action_url).query).get("token")
        if tokens:
            sign_out(use_link(tokens[0], PASSWORD).secret)


def _shares(count: int) -> Iterator[range]:
    """Who added whom: the owner half of them, two colleagues the rest."""
    half, most = count // 2, count * 5 // 6
    yield from (range(half), range(half, most), range(most, count))


# ---------------------------------------------------------------- the company


def _set_up(tx: Tx) -> None:
    partners.change_company(tx, {"name": COMPANY, "timezone": TIMEZONE, "reply_to": REPLY_TO}, ["US", "CA"])
    for name, tax_id, street, city in ENTITIES:
        values = _place(street, city) | {"name": name, "tax_id": tax_id}
        partners.save_legal_entity(tx, default_entity_id(tx) if name == COMPANY else "", values)
    for name, colour, description in TAGS:
        labels.save_tag(tx, "", {"name": name, "colour": colour, "description": description})
    for name, terms in GROUPS:
        labels.save_group(tx, "", {"name": name, "terms_days": terms})


def _place(street: str, city: str) -> dict[str, str]:
    region, postal_code, country = CITIES[city]
    line1, _, line2 = street.partition(", ")
    return {
        "address_line1": line1,
        "address_line2": line2,
        "city": city,
        "region": region,
        "postal_code": normalise_postal(country, postal_code),
        "country": country,
    }


# ---------------------------------------------------------------- its customers


def _add_customers(tx: Tx, share: range) -> None:
    known = _known(tx)
    for number in share:
        line = Line(*CUSTOMERS[number].split("|"))
        customer = lifecycle.start_customer(tx, f"demo-{number}", _typed(line, number, known))
        lifecycle.finish_customer(tx, customer.id, _users(line, number), welcome=number < WELCOMED)
        if line.option("flow"):
            seen = profile.business_of(customer)
            profile.change_business(tx, customer.id, {"flow": Flow.AUTOMATIC}, seen)


def _known(tx: Tx) -> dict[str, str]:
    """Names of tags, groups and legal entities to their ids."""
    named = [*tx.all(tx.own(labels.Tag)), *tx.all(tx.own(labels.Group))]
    return {row.name: row.id for row in named} | {name: id for id, name in entity_names(tx)}


def _typed(line: Line, number: int, known: dict[str, str]) -> dict[str, Any]:
    """What somebody would have typed in step one."""
    _, _, country = CITIES[line.city]
    shipping = _place(*line.option("ship").split(" @ ")) if line.option("ship") else {}
    return {
        "company": line.company,
        "legal_name": line.option("legal"),
        "ein": line.option("ein"),
        "tax_rate": line.option("tax") or "0",
        "terms_days": line.option("net"),
        "language": "fr" if CITIES[line.city][0] == "QC" else "",
        "legal_entity_id": known[CANADA] if country == "CA" else "",
        "external_ids": [f"PSA-{1001 + 7 * number}"] if number % 3 != 1 else [],
        "group_id": known[line.group] if line.group else "",
        "tag_ids": [known[name] for name in line.tags.split(",") if name],
        "shipping_same": not shipping,
        **_place(line.street, line.city),
        **{f"shipping_{name}": value for name, value in shipping.items()},
    }


def _users(line: Line, number: int) -> list[dict[str, Any]]:
    return [_user(line, who.strip(), 10 * number + i) for i, who in enumerate(line.people.split(";"))]


def _user(line: Line, who: str, number: int) -> dict[str, Any]:
    """`Rowan Pike/Bookkeeper*`: the star marks somebody who gets invoices but has no portal access."""
    name, _, position = who.rstrip("*").partition("/")
    first, _, last = name.partition(" ")
    inside = not who.endswith("*")
    return {
        "first_name": first,
        "last_name": last,
        "email": f"{fold(first).replace(' ', '')}@{line.domain}.example",
        "position": position,
        "phone": f"+1 614 555 {100 + number % 100:04}" if position else "",
        "mail_updates": inside,
        "portal_access": inside,
        "permissions": [p.value for p in Permission] if inside else [],
    }


def _leave_open(tx: Tx) -> None:
    """Two set-ups that somebody was called away from, a customer that has gone, a contact that came later."""
    known = _known(tx)
    for i, text in enumerate(UNFINISHED):
        line = Line(*text.split("|"))
        lifecycle.start_customer(tx, f"demo-open-{i}", _typed(line, len(CUSTOMERS) + i, known))
    lifecycle.archive_customer(tx, by_name(tx, ARCHIVED).id)
    bluebird = by_name(tx, "Bluebird Dental")
    later = {"first_name": "Petra", "last_name": "Lowe", "email": "petra@bluebird.example", "position": "Dentist"}
    people.add_contact(tx, bluebird.id, later | {"mail_billing": False})
