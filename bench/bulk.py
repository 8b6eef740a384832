"""Makes many customers at once, past the verbs: a list of a million is for reading, not for how it came to be."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from arbill_app.kernel.db.transactions import CROCKFORD, engine
from arbill_app.kernel.text.search_keys import fold, name_key
from arbill_app.tables import metadata

ADJECTIVES = [
    "Amber",
    "Brisk",
    "Cedar",
    "Dusty",
    "Eager",
    "Fern",
    "Golden",
    "Hollow",
    "Ivory",
    "Jolly",
    "Keen",
    "Lunar",
    "Maple",
    "North",
    "Olive",
    "Prime",
    "Quiet",
    "River",
    "Silver",
    "Tidal",
]
NOUNS = [
    "Anchor",
    "Beacon",
    "Canyon",
    "Dental",
    "Eagle",
    "Forge",
    "Garden",
    "Harbor",
    "Island",
    "Journal",
    "Kettle",
    "Lantern",
    "Meadow",
    "Needle",
    "Orchard",
    "Physio",
    "Quarry",
    "Roofing",
    "Studio",
    "Timber",
]
LAST = [
    "Alder",
    "Brook",
    "Crane",
    "Dove",
    "Ember",
    "Finch",
    "Grove",
    "Heath",
    "Isle",
    "Jay",
    "Kite",
    "Lark",
    "Moss",
    "Nettle",
    "Oak",
    "Pike",
    "Quill",
    "Reed",
    "Stone",
    "Tremblay",
]
BEGAN = datetime(2020, 1, 1, tzinfo=UTC)
BATCH = 20_000
TABLES = ("customer", "alias", "contact", "customer_search", "customer_tag")


def fill(partner_id: str, entity: str, group: str, tag: str, many: int) -> None:
    """`many` customers with a contact and an alias each; about a third in Canada, a tenth tagged, half grouped."""
    dice = random.Random(7)
    with engine().connect().execution_options(write=True) as connection, connection.begin():
        for start in range(0, many, BATCH):
            rows: dict[str, list[dict[str, Any]]] = {table: [] for table in TABLES}
            for i in range(start, min(start + BATCH, many)):
                for table, row in _one(i, dice, partner_id, group, tag):
                    rows[table].append(row)
            for table in TABLES:
                insert(connection, table, rows[table])
    analyse()


def id_of(prefix: str, i: int) -> str:
    """Ids in the order of birth, as new_id makes them."""
    number = (i << 40) + i
    return f"{prefix}_" + "".join(CROCKFORD[(number >> shift) & 31] for shift in range(105, -1, -5))


def _one(i: int, dice: random.Random, partner: str, group: str, tag: str) -> Iterator[tuple[str, dict[str, Any]]]:
    company = f"{dice.choice(ADJECTIVES)} {dice.choice(NOUNS)} {dice.choice(LAST)} {i:07d}"
    last, at = dice.choice(LAST), BEGAN + timedelta(minutes=i)
    canada = dice.random() < 0.3
    id, email = id_of("cus", i), f"{last.lower()}{i}@{name_key(company)}.example"
    yield "customer", _customer(id, partner, company, canada, group if dice.random() < 0.5 else None, at)
    yield (
        "alias",
        {"id": id_of("ali", i), "partner_id": partner, "alias": f"C-{i:07d}", "customer_id": id, "is_own": False},
    )
    yield "contact", _contact(id_of("con", i), partner, id, last, email, at)
    found_by = fold(f"{company} · C-{i:07d} · Robin {last} · {email}")
    yield "customer_search", {"id": id, "partner_id": partner, "found_by": found_by}
    if dice.random() < 0.1:
        yield "customer_tag", {"id": id_of("ctg", i), "partner_id": partner, "customer_id": id, "tag_id": tag}


def _customer(id: str, partner: str, company: str, canada: bool, group: str | None, at: datetime) -> dict[str, Any]:
    place = ("Toronto", "ON", "M5V 2T6", "CA", "CAD") if canada else ("Columbus", "OH", "43215", "US", "USD")
    city, region, postal, country, currency = place
    empty = dict.fromkeys(
        ("legal_name", "ein", "language", "address_line2", "tax_country", "tax_id", "tax_certificate"), ""
    )
    return empty | {
        "id": id,
        "partner_id": partner,
        "company": company,
        "sort_key": fold(company),
        "near_key": name_key(company),
        "draft_key": id,
        "address_line1": "1 Main Street",
        "city": city,
        "region": region,
        "postal_code": postal,
        "country": country,
        "currency": currency,
        "flow": "manual",
        "terms_days": None,
        "legal_entity_id": None,
        "group_id": group,
        "tax_rate": 0,
        "tax_exempt": False,
        "auto_pay": False,
        "created_at": at,
        "ready_at": at,
        "archived_at": None,
        "merged_into": None,
    }


def _contact(id: str, partner: str, customer: str, last: str, email: str, at: datetime) -> dict[str, Any]:
    return {
        "id": id,
        "partner_id": partner,
        "customer_id": customer,
        "first_name": "Robin",
        "last_name": last,
        "email": email,
        "email_key": email,
        "domain": email.partition("@")[2],
        "phone": "",
        "position": "",
        "mail_billing": True,
        "mail_updates": True,
        "mail_legal": False,
        "portal_access": True,
        "permissions": json.dumps(["invoices"]),
        "is_primary": True,
        "created_at": at,
        "last_sign_in_at": None,
        "welcomed_at": None,
    }


def insert(connection: Connection, table: str, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    columns = list(rows[0])
    if connection.dialect.name == "postgresql":
        raw = connection.connection.cursor()
        with raw.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([row[name] for name in columns])
        return
    known = metadata.tables[table]
    marks = ", ".join("?" for _ in columns)
    values = [tuple(_plain(row[name]) for name in columns) for row in rows]
    raw = connection.connection.cursor()
    raw.executemany(f"INSERT INTO {known.name} ({', '.join(columns)}) VALUES ({marks})", values)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ", "microseconds")
    return value.isoformat() if isinstance(value, date) else value


def analyse() -> None:
    """What PostgreSQL does by itself before long; SQLite has no statistics here, as it has none in life."""
    if engine().dialect.name == "postgresql":
        with engine().connect().execution_options(isolation_level="AUTOCOMMIT", write=True) as connection:
            connection.execute(text("VACUUM ANALYZE"))
