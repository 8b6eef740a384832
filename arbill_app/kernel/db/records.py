"""What every table's row is, and which rows an actor sees: each table says it here or overrides it."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ColumnElement, and_, false
from sqlmodel import Field, SQLModel, col

from ..actor import Actor, Kind
from .columns import last_change

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING


class Record(SQLModel):
    """A table's row. `prefix` begins its ids."""

    prefix: ClassVar[str] = "row"
    id: str = Field(primary_key=True, max_length=32)


class Changing(SQLModel):
    """A row with `updated_at`, so that programs can ask for the rows changed since a moment."""

    updated_at: datetime = last_change()

    @classmethod
    def changed_since(cls, moment: datetime) -> ColumnElement[bool]:
        """IS NOT NULL is repeated because SQLite uses a partial index only when the query contains the index's
        condition."""
        return and_(col(cls.updated_at).is_not(None), col(cls.updated_at) >= moment)


class Owned(Record):
    """A row that belongs to a partner.

    A portal actor and a payment link see no row of a table, unless the table says which by overriding
    `seen_by_customer` or `seen_by_link`.
    """

    partner_id: str = Field(foreign_key="partner.id", max_length=32)

    @classmethod
    def owned_by(cls, actor: Actor) -> ColumnElement[bool]:
        of_partner: ColumnElement[bool] = cls.partner_id == actor.partner_id  # type: ignore[assignment]
        if not actor.narrowed or actor.kind in (Kind.STAFF, Kind.KEY, Kind.JOB):
            return of_partner
        if actor.kind == Kind.PORTAL:
            return and_(of_partner, cls.seen_by_customer(actor.customer_id))
        return and_(of_partner, cls.seen_by_link(actor.customer_id, actor.invoice_id))

    @classmethod
    def seen_by_customer(cls, customer_id: str) -> ColumnElement[bool]:
        """Which of a partner's rows are shown to a customer in its portal, before a contact's permissions."""
        return false()

    @classmethod
    def seen_by_link(cls, customer_id: str, invoice_id: str) -> ColumnElement[bool]:
        """Which of a partner's rows are shown to the holder of the payment link of an invoice of this customer."""
        return false()


class OfCustomer(Owned):
    """A row that its customer sees in the portal; the table has a `customer_id`."""

    @classmethod
    def seen_by_customer(cls, customer_id: str) -> ColumnElement[bool]:
        return col(cls.customer_id) == customer_id  # type: ignore[attr-defined]
