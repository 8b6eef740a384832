"""Many invoices without issuing them one by one: rows of a partner of their own, as the verbs would leave them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from arbill_app.customers.models import Customer
from arbill_app.invoices.commands import issuing
from arbill_app.invoices.models import Invoice, with_link
from arbill_app.invoices.rules.lifecycle import Stage
from arbill_app.invoices.views import search
from arbill_app.invoices.views.listing import Filter, Page, list_invoices
from arbill_app.kernel import clock
from arbill_app.kernel.actor import Actor
from arbill_app.kernel.db.transactions import Tx, new_id, read, write
from arbill_app.partners.models import LegalEntity
from tests.customers import crowd

CUSTOMERS = ("Ada Interiors", "Bruno Motors")


@dataclass(frozen=True)
class Row:
    """What an invoice is found and sorted by. `due` counts days from today; `paid` is in minor units too."""

    total: int = 10_000
    due: int = 30
    stage: str = Stage.OPEN
    paid: int = 0
    customer: int = 0
    currency: str = "USD"
    option: str = "later"
    memo: str = ""
    po_number: str = ""

    @property
    def balance(self) -> int:
        return self.total - self.paid if self.stage == Stage.OPEN else 0


@dataclass(frozen=True)
class Ledger:
    actor: Actor
    customers: list[str]
    entity: str
    rows: dict[str, Row]

    def add(self, row: Row) -> str:
        id = write(self.actor, _add, self, row)
        self.rows[id] = row
        return id

    def void(self, id: str) -> None:
        write(self.actor, issuing.void_invoice, id)
        self.rows[id] = replace(self.rows[id], stage=Stage.VOIDED)

    def page(self, wanted: Filter, size: int = 50) -> Page:
        return read(self.actor, list_invoices, wanted, size)


def ledger(rows: Sequence[Row] = ()) -> Ledger:
    """All of New York, where partners are unless they say something else."""
    people = crowd.crowd([crowd.Row(name) for name in CUSTOMERS], labels=0)

    def found(tx: Tx) -> Ledger:
        entity = tx.create(LegalEntity, name="Crowd", country="US", is_default=True)
        tx.flush()
        made = Ledger(people.actor, list(people.rows), entity.id, {})
        for row in rows:
            made.rows[_add(tx, made, row)] = row
        return made

    return write(people.actor, found)


def today() -> date:
    return clock.today("America/New_York")


def _add(tx: Tx, made: Ledger, row: Row) -> str:
    at, issued = clock.now(), row.stage != Stage.DRAFT
    invoice = tx.create(
        Invoice,
        customer_id=made.customers[row.customer],
        legal_entity_id=made.entity,
        number=f"INV-{len(made.rows) + 1:04}" if issued else "",
        currency=row.currency,
        memo=row.memo,
        po_number=row.po_number,
        option=row.option,
        total=row.total,
        subtotal=row.total,
        balance=row.balance,
        stage=row.stage,
        due_on=today() + timedelta(days=row.due),
        issued_on=today() if issued else None,
        issued_at=at if issued else None,
        created_at=at,
        draft_key=new_id("key"),
        **with_link(),
    )
    tx.flush()
    search.index(tx, invoice, tx.get(Customer, invoice.customer_id).company, fresh=True)
    return invoice.id
