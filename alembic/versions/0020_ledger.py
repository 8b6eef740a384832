"""The ledger, made of the invoices, credit notes, payments, refunds and disputes that there are

Before, nothing said by which refund or dispute an invoice was owed again. Where that has to be found out it is the one
that ended at that moment and has so much left; see `_causes`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count, islice, zip_longest
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import sqlmodel
from alembic import op

from arbill_app.kernel.db.columns import Moment
from arbill_app.kernel.db.transactions import CROCKFORD, first_id

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

BATCH = 5000
MOMENT = timedelta(seconds=10)  # what was written within this time of each other may be of one transaction
REFUSED = "the ledger is only ever added to"
COLUMNS = (
    *("id", "partner_id", "invoice_id", "kind", "cause_kind", "cause_id", "amount", "currency", "counts_on"),
    *("created_at", "actor_kind", "actor_id", "actor_name"),
)
SAME = " AND ".join(f"NEW.{name} IS OLD.{name}" for name in COLUMNS)
MERGED = "EXISTS (SELECT 1 FROM customer WHERE id = OLD.customer_id AND merged_into = NEW.customer_id)"

# A later migration that lets alembic copy this table on SQLite must make the triggers again, and one that adds a column
# must add it to COLUMNS there.
SQLITE = (
    # The only change: entries of a customer that was merged follow its invoices to the other.
    f"""CREATE TRIGGER ledger_entry_no_update BEFORE UPDATE ON ledger_entry
        WHEN NOT ({SAME} AND {MERGED})
        BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END""",
    f"""CREATE TRIGGER ledger_entry_no_delete BEFORE DELETE ON ledger_entry
        BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END""",
    # INSERT OR REPLACE deletes the row that stands in its way without asking the trigger above.
    f"""CREATE TRIGGER ledger_entry_no_replace BEFORE INSERT ON ledger_entry
        WHEN EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.id OR rowid = NEW.rowid)
        BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END""",
)
POSTGRESQL = (
    f"""CREATE FUNCTION ledger_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'customer_id' = to_jsonb(OLD) - 'customer_id' AND {MERGED}
            THEN RETURN NEW; END IF;
            RAISE EXCEPTION '{REFUSED}';
        END $$""",
    """CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE ON ledger_entry
        FOR EACH ROW EXECUTE FUNCTION ledger_entry_refuse()""",
    f"""CREATE FUNCTION ledger_entry_refuse_all() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '{REFUSED}'; END $$""",
    """CREATE TRIGGER ledger_entry_no_truncate BEFORE TRUNCATE ON ledger_entry
        FOR EACH STATEMENT EXECUTE FUNCTION ledger_entry_refuse_all()""",
)


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    made = op.create_table(
        "ledger_entry",
        sa.Column("id", text(length=32), nullable=False),
        sa.Column("partner_id", text(length=32), nullable=False),
        sa.Column("customer_id", text(length=32), nullable=False),
        sa.Column("invoice_id", text(length=32), nullable=True),
        sa.Column("kind", text(length=20), nullable=False),
        sa.Column("cause_kind", text(length=20), nullable=False),
        sa.Column("cause_id", text(length=32), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", text(length=3), nullable=False),
        sa.Column("counts_on", sa.Date(), nullable=False),
        sa.Column("created_at", Moment(timezone=True), nullable=False),
        sa.Column("actor_kind", text(length=10), nullable=False),
        sa.Column("actor_id", text(length=32), nullable=False),
        sa.Column("actor_name", text(length=200), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_ledger_entry_partner_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_ledger_entry_customer_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_ledger_entry_invoice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
    )
    found = entries(op.get_bind())
    while batch := list(islice(found, BATCH)):
        op.get_bind().execute(made.insert(), batch)
    statement = ["partner_id", "customer_id", "currency", "counts_on", "amount"]
    ageing = ["partner_id", "customer_id", "invoice_id", "currency", "counts_on", "amount"]
    op.create_index("ix_ledger_entry_statement", "ledger_entry", statement)
    op.create_index("ix_ledger_entry_ageing", "ledger_entry", ageing)
    op.create_index("ix_ledger_entry_invoice_id_id", "ledger_entry", ["invoice_id", "id"])
    for trigger in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(trigger)


def downgrade() -> None:
    op.drop_table("ledger_entry")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION ledger_entry_refuse()")
        op.execute("DROP FUNCTION ledger_entry_refuse_all()")


# ---------------------------------------------------------------- what there is


def table(name: str, *columns: str) -> sa.TableClause:
    kinds: dict[str, Any] = {"issued_on": sa.Date(), "received_on": sa.Date(), "owed_again": sa.Boolean()}
    typed = [sa.column(c, Moment() if c.endswith("_at") else kinds.get(c)) for c in ("id", "partner_id", *columns)]
    return sa.table(name, *typed)


PAPER = ("customer_id", "currency", "total", "issued_on", "issued_at", "created_at", "number")
PARTNER = sa.table("partner", sa.column("id"), sa.column("timezone"))
INVOICE = table("invoice", *PAPER, "stage", "voided_at")
CREDIT = table("credit_note", *PAPER)
PAYMENT = table("payment", "customer_id", "currency", "amount", "received_on", "created_at")
REFUND = table("refund", "payment_id", "amount", "state", "owed_again", "created_at", "ended_at")
DISPUTE = table("dispute", "payment_id", "amount", "state", "opened_at", "ended_at")
ALLOCATION = table("allocation", "invoice_id", "source_kind", "source_id", "amount", "created_at")


@dataclass
class Cause:
    """A refund or dispute. `left` is what has not been found at invoices yet: in the end that came from account."""

    kind: str
    row: Any
    at: datetime
    left: int
    parts: list[Any] = field(default_factory=list)


class Days:
    """On which day of its partner a moment falls."""

    def __init__(self, connection: sa.Connection) -> None:
        self.zones = {row.id: ZoneInfo(row.timezone) for row in connection.execute(sa.select(PARTNER))}

    def day(self, partner_id: str, at: datetime) -> date:
        return at.astimezone(self.zones[partner_id]).date()


def entries(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    """All entries that the rows there are call for; those of an invoice in the order in which they came about."""
    numbers, days = count(), Days(connection)
    for found in (_issued, _credited, _paid, _applied, _gone):
        for at, row in found(connection, days):
            yield (
                row
                | {"id": _id(at, next(numbers)), "created_at": at}
                | {
                    "actor_kind": "job",
                    "actor_id": "migration",
                    "actor_name": "arbill",
                }
            )


Found = Iterator[tuple[datetime, dict[str, Any]]]


def _id(at: datetime, number: int) -> str:
    """Sorts by the moment; within one moment by the number."""
    return first_id("led", at)[:-12] + "".join(CROCKFORD[(number >> shift) & 31] for shift in range(55, -1, -5))


def _entry(whose: Any, invoice_id: str | None, kind: str, cause: tuple[str, str], amount: int, on: date) -> Any:
    return {
        "partner_id": whose.partner_id,
        "customer_id": whose.customer_id,
        "invoice_id": invoice_id,
        "kind": kind,
        "cause_kind": cause[0],
        "cause_id": cause[1],
        "amount": amount,
        "currency": whose.currency,
        "counts_on": on,
    }


def _pages(connection: sa.Connection, query: sa.Select[Any], id: sa.ColumnElement[Any]) -> Iterator[Any]:
    last = ""
    while rows := connection.execute(query.where(id > last).order_by(id).limit(BATCH)).all():
        yield from rows
        last = rows[-1].id


def _issued(connection: sa.Connection, days: Days) -> Found:
    for row in _pages(connection, sa.select(INVOICE).where(INVOICE.c.stage != "draft"), INVOICE.c.id):
        cause = "invoice", row.id
        yield row.issued_at or row.created_at, _entry(row, row.id, "invoice", cause, row.total, row.issued_on)
        if row.stage == "voided":
            on = days.day(row.partner_id, row.voided_at)
            yield row.voided_at, _entry(row, row.id, "void", cause, -row.total, on)


def _credited(connection: sa.Connection, _days: Days) -> Found:
    for row in _pages(connection, sa.select(CREDIT).where(CREDIT.c.number != ""), CREDIT.c.id):
        cause = "credit_note", row.id
        yield row.issued_at or row.created_at, _entry(row, None, "credit_note", cause, -row.total, row.issued_on)


def _paid(connection: sa.Connection, _days: Days) -> Found:
    for row in _pages(connection, sa.select(PAYMENT), PAYMENT.c.id):
        yield row.created_at, _entry(row, None, "payment", ("payment", row.id), -row.amount, row.received_on)


def _allocations(*wanted: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """With their invoice's customer and currency, and with their payment where they have one."""
    invoice = (INVOICE.c.customer_id, INVOICE.c.currency, INVOICE.c.issued_on)
    paid = (PAYMENT.c.received_on, PAYMENT.c.created_at.label("paid_at"))
    other = ALLOCATION.alias("other")
    earlier = other.c.invoice_id == ALLOCATION.c.invoice_id, other.c.created_at < ALLOCATION.c.created_at
    again = sa.select(sa.func.max(other.c.created_at)).where(*earlier, other.c.amount < 0).scalar_subquery()
    joined = ALLOCATION.join(INVOICE, INVOICE.c.id == ALLOCATION.c.invoice_id)
    joined = joined.outerjoin(PAYMENT, PAYMENT.c.id == ALLOCATION.c.source_id)
    return sa.select(ALLOCATION, *invoice, *paid, again.label("opened_again")).select_from(joined).where(*wanted)


def _applied(connection: sa.Connection, days: Days) -> Found:
    """From account to an invoice: see payments/recording.py for the day."""
    applied = _allocations(ALLOCATION.c.amount > 0, ALLOCATION.c.source_kind != "refund")
    for row in _pages(connection, applied, ALLOCATION.c.id):
        kind = "credit_note" if row.source_kind == "credit" else "payment"
        on = days.day(row.partner_id, row.created_at)
        if kind == "payment" and days.day(row.partner_id, row.paid_at) == on:
            again = days.day(row.partner_id, row.opened_again) if row.opened_again else row.issued_on
            on = max(row.received_on, row.issued_on, again)
        yield row.created_at, _entry(row, row.invoice_id, "applied", (kind, row.source_id), -row.amount, on)
        yield row.created_at, _entry(row, None, "applied", (kind, row.source_id), row.amount, on)


# ---------------------------------------------------------------- what went back


def _gone(connection: sa.Connection, days: Days) -> Found:
    """A payment at a time: few have refunds or disputes."""
    causes: dict[str, list[Cause]] = defaultdict(list)
    for row in connection.execute(sa.select(REFUND).where(REFUND.c.state.in_(("succeeded", "failed")))):
        causes[row.payment_id].append(Cause("refund", row, row.ended_at or row.created_at, row.amount))
    for row in connection.execute(sa.select(DISPUTE)):
        causes[row.payment_id].append(Cause("dispute", row, row.opened_at, row.amount))
    for payment_id in sorted(causes):
        payment = connection.execute(sa.select(PAYMENT).where(PAYMENT.c.id == payment_id)).one()
        back = (ALLOCATION.c.amount < 0) | (ALLOCATION.c.source_kind == "refund")
        mine = _allocations(ALLOCATION.c.source_id == payment_id, back).order_by(ALLOCATION.c.id)
        yield from _from_invoices(connection.execute(mine).all(), causes[payment_id], days)
        for cause in causes[payment_id]:
            yield from _from_account(payment, cause, days)


def _from_invoices(rows: Sequence[Any], causes: list[Cause], days: Days) -> Found:
    """What is not asked for again is settled right after it went back, by the same refund."""
    for row, after in zip_longest(rows, rows[1:]):
        if row.source_kind == "refund":
            continue
        settled = after is not None and (after.source_kind, after.invoice_id, after.amount) == (
            "refund",
            row.invoice_id,
            -row.amount,
        )
        cause = _cause_of(row, settled, causes)
        cause.left += row.amount
        cause.parts.append(row)
        at = cause.at if abs(row.created_at - cause.at) < MOMENT else row.created_at
        named, on = (cause.kind, cause.row.id), days.day(row.partner_id, at)
        yield row.created_at, _entry(row, row.invoice_id, cause.kind, named, -row.amount, on)
        if settled:
            yield after.created_at, _entry(row, row.invoice_id, "settled", named, row.amount, on)


def _cause_of(row: Any, settled: bool, causes: Iterable[Cause]) -> Cause:
    """A refund that is not asked for again where it was settled, and none of those where not; with enough left; the one
    that was written down at the same moment, else one that succeeded then and failed later, else the nearest."""

    def unlikely(cause: Cause) -> tuple[bool, bool, int, timedelta]:
        apart, failed = abs(row.created_at - cause.at), cause.row.state == "failed"
        other = settled != (cause.kind == "refund" and not cause.row.owed_again)
        at_once = apart < MOMENT and not failed
        later = failed and cause.row.created_at <= row.created_at <= cause.at
        return other, cause.left < -row.amount, 0 if at_once else 1 if later else 2, apart

    return min(causes, key=unlikely)


def _from_account(payment: Any, cause: Cause, days: Days) -> Found:
    named, failed = (cause.kind, cause.row.id), cause.row.state == "failed"
    if failed and not cause.parts:
        return  # it never succeeded, or took nothing from any invoice before it came back
    at = cause.parts[0].created_at if failed else cause.at
    if cause.left:
        yield at, _entry(payment, None, cause.kind, named, cause.left, days.day(payment.partner_id, at))
    ended = "refund_failed" if failed else "dispute_won" if cause.row.state == "won" else ""
    if ended and cause.row.amount:
        on = days.day(payment.partner_id, cause.row.ended_at)
        yield cause.row.ended_at, _entry(payment, None, ended, named, -cause.row.amount, on)
