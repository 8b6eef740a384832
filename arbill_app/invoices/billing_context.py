"""The parties of an invoice (partner, legal entity, customer, group), and the terms and language it inherits from
them."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, or_, select
from sqlmodel import col

from ..customers.models import Customer, Group, ShippingAddress
from ..kernel import clock
from ..kernel.db.transactions import Tx
from ..kernel.errors import Invalid
from ..kernel.problems import Problem
from ..kernel.text.search_keys import printable
from ..partners.models import LegalEntity, Partner
from .rules.taxes import TAX
from .validation import InvoiceDefaults

# Built once: building this statement takes longer than running it.
EVERYBODY: Any = (
    select(Partner, LegalEntity, Customer, Group, ShippingAddress)
    .select_from(Customer)
    .join(Partner, col(Partner.id) == Customer.partner_id)
    .join(
        LegalEntity,
        or_(
            col(LegalEntity.id) == Customer.legal_entity_id,
            and_(
                col(Customer.legal_entity_id).is_(None),
                col(LegalEntity.partner_id) == Customer.partner_id,
                col(LegalEntity.is_default),
            ),
        ),
    )
    .outerjoin(Group, col(Group.id) == Customer.group_id)
    .outerjoin(ShippingAddress, col(ShippingAddress.customer_id) == Customer.id)
)


@dataclass(frozen=True)
class Parties:
    """Everybody an invoice is between, with what it inherits from them; without a `place`, goods go to the billing
    address."""

    partner: Partner
    entity: LegalEntity
    customer: Customer
    group: Group | None
    place: ShippingAddress | None

    @property
    def terms_days(self) -> int:
        own = self.customer.terms_days
        groups = self.group.terms_days if self.group else None
        return next(days for days in (own, groups, self.partner.terms_days) if days is not None)

    @property
    def language(self) -> str:
        return self.customer.language or (self.group.language if self.group else "") or self.partner.language

    def defaults(self) -> InvoiceDefaults:
        rate = 0 if self.customer.tax_exempt else self.customer.tax_rate
        today = clock.today(self.partner.timezone)
        name, exempt = self.entity.tax_name or TAX, self.customer.tax_exempt
        return InvoiceDefaults(self.customer.currency, rate, self.partner.tax_rounding, today, name, exempt)


def parties_of(tx: Tx, customer_id: str, *, hold: bool = True) -> Parties:
    """Invalid when the customer does not exist or cannot be invoiced.

    `hold` keeps the customer from being changed meanwhile, but not others from invoicing it at the same time.
    """
    who = parties_with(tx, customer_id, hold=hold)
    if who is None:
        raise Invalid(customer=Problem("customer.missing"))
    if not who.customer.ready_at:
        raise Invalid(customer=Problem("customer.setup_of_unfinished", company=who.customer.company))
    if who.customer.archived_at:
        raise Invalid(customer=Problem("customer.archived", company=who.customer.company))
    return who


def parties_with(tx: Tx, customer_id: str, *, hold: bool = False) -> Parties | None:
    """As parties_of, also for customers that cannot be invoiced; None for an unknown one. One query."""
    statement = EVERYBODY.where(Customer.owned_by(tx.actor), col(Customer.id) == printable(customer_id))
    rows = tx.rows(statement.with_for_update(read=True, of=Customer) if hold else statement)
    return Parties(*rows[0]) if rows else None


def due_date(who: Parties) -> date:
    """By the payment terms: calendar days after today."""
    return clock.today(who.partner.timezone) + timedelta(days=who.terms_days)
