"""Makes many invoices at once, past the verbs, of customers that are made so too."""

import json
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any

from arbill_app.customers.models import Customer
from arbill_app.invoices.models import with_link
from arbill_app.kernel import money
from arbill_app.kernel.actor import Actor
from arbill_app.kernel.db.transactions import engine, read
from arbill_app.kernel.text.search_keys import fold

from .bulk import BATCH, BEGAN, analyse, id_of, insert

EACH = 20  # invoices a customer
MEMOS = ["December managed IT", "Backup and monitoring", "Cabling", "Licences", "On-site support", "Hardware"]
PARTY = json.dumps({"name": "Bench", "lines": ["1 Main Street"], "tax_ids": [], "country": "US"})
TODAY = datetime.now(UTC).date()  # as the lists see it, or nothing would be overdue


def fill_invoices(owner: Actor, entity: str, many: int) -> None:
    """`many` invoices of the customers there are: 3 % drafts, 2 % void, 70 % paid, the rest open, half overdue."""
    customers = _customers(owner)
    dice = random.Random(11)
    _insert(_one(i, dice, owner.partner_id, entity, dice.choice(customers), dice.random()) for i in range(many))


def fill_owed(owner: Actor, entity: str, each: int) -> None:
    """`each` open invoices for every customer there is, half of them overdue; nothing was ever paid."""
    dice = random.Random(12)
    owed = enumerate(customer for customer in _customers(owner) for _ in range(each))
    _insert((_one(i, dice, owner.partner_id, entity, customer, fate=1) for i, customer in owed), ledger=True)


def _customers(owner: Actor) -> list[Any]:
    def asked(tx: Any) -> list[Any]:
        return list(tx.rows(tx.own(Customer).with_only_columns(Customer.id, Customer.company, Customer.currency)))

    return read(owner, asked)


def _insert(made: Iterable[tuple[dict[str, Any], ...]], ledger: bool = False) -> None:
    rows = iter(made)
    with engine().connect().execution_options(write=True) as connection, connection.begin():
        while batch := list(islice(rows, BATCH)):
            insert(connection, "invoice", [invoice for invoice, _ in batch])
            insert(connection, "invoice_search", [found for _, found in batch])
            if ledger:
                issued = (ledger_entry("invoice", one, one["total"], one["issued_on"], one["id"]) for one, _ in batch)
                insert(connection, "ledger_entry", list(issued))
    analyse()


def ledger_entry(kind: str, cause: dict[str, Any], amount: int, on: date, invoice_id: str | None) -> dict[str, Any]:
    """What issuing an invoice or recording a payment leaves in the ledger."""
    same = {name: cause[name] for name in ("partner_id", "customer_id", "currency", "created_at")}
    made = {"id": f"led_{kind[0]}{cause['id'][4:]}", "kind": kind, "cause_kind": kind}
    by = {"actor_kind": "job", "actor_id": "bench", "actor_name": "Bench"}
    return same | made | by | {"cause_id": cause["id"], "amount": amount, "counts_on": on, "invoice_id": invoice_id}


def _one(
    i: int, dice: random.Random, partner: str, entity: str, customer: Any, fate: float
) -> tuple[dict[str, Any], ...]:
    """An invoice and what it is found by. `fate` 0 to 1: draft, void, paid, open."""
    customer_id, company, currency = customer
    total, at = dice.randrange(1_000, 5_000_000), BEGAN + timedelta(minutes=i)
    stage = "draft" if fate < 0.03 else "voided" if fate < 0.05 else "open"
    owed = total if fate > 0.75 else 0
    due = TODAY + timedelta(days=dice.randrange(-60, 60) if owed else -dice.randrange(1, 2000))
    number, memo = "" if stage == "draft" else f"INV-{i + 1:07d}", dice.choice(MEMOS)
    id = id_of("inv", i)
    grouped = money.Money(total, currency).text()
    found_by = fold(f"{number} · {company} · {memo} · {money.plain(total, currency)} · {grouped}")
    columns = dict(_columns(stage, at, due)) | {
        "id": id,
        "partner_id": partner,
        "legal_entity_id": entity,
        "customer_id": customer_id,
        "number": number,
        "memo": memo,
        "currency": currency,
        "subtotal": total,
        "total": total,
        "balance": owed,
        "draft_key": id,
        "link_hash": id,
        "link_sealed": _any_link(),
        "option": "link" if dice.random() < 0.3 else "later",
    }
    return columns, {"id": id, "partner_id": partner, "found_by": found_by}


@cache
def _any_link() -> str:
    """The same on all of them, since nobody opens them; mails name it."""
    return str(with_link()["link_sealed"])


def _columns(stage: str, at: datetime, due: date) -> Iterator[tuple[str, Any]]:
    """What is alike on all of them."""
    yield from dict.fromkeys(("po_number", "note", "void_reason"), "").items()
    yield from dict.fromkeys(("discount", "tax", "refunded"), 0).items()
    yield from dict.fromkeys(("payment_method_id", "logo_id", "sent_at", "duplicate_of"), None).items()
    yield from {"language": "en", "rounding": "line", "itemised": False, "accent": "#047857", "terms_days": 30}.items()
    yield from {"seller": PARTY, "buyer": PARTY, "ship_to": "{}", "stage": stage, "due_on": due}.items()
    yield from {"issued_on": at.date(), "issued_at": at, "created_at": at}.items()
    yield "voided_at", at if stage == "voided" else None
