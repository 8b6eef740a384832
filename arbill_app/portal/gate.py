"""The one gate of the portal: every row that a page or verb touches comes through here.

Second line of defence: the transaction itself is narrowed to the customer, or to the invoice of a payment link (Owned).

A row passes when it belongs to the seat's customer, is no draft, and the contact has the permission, checked in every
transaction: what is switched off stops at once, for those who are signed in too. What is not allowed raises NotFound.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlmodel import col

from ..customers.commands.contacts import contacts_of
from ..customers.emails import language_of
from ..customers.models import Contact, Customer, Permission
from ..customers.portal_auth.sign_in import Seat
from ..invoices.models import Attachment, CreditNote, Invoice
from ..invoices.rules.lifecycle import Stage
from ..kernel.db.transactions import Owned, Tx
from ..kernel.errors import Forbidden, NotFound
from ..kernel.problems import Problem
from ..kernel.text.search_keys import printable
from ..partners.models import Logo, Partner
from ..payments.charging.attempts import attempt_by_key
from ..payments.charging.charge_schedule import planned_of
from ..payments.methods.method_labels import label_of
from ..payments.methods.methods import methods_of
from ..payments.models import LINK_OF, Attempt, AttemptPart, AutoPayChange, Payment, PaymentMethod, Setup
from .i18n import Words

T = TypeVar("T", bound=Owned)
GONE = Problem("row.not_found")
NOT_YOURS = Problem("portal.not_yours")
MOST = 100  # open invoices on one screen


class Gate:
    """`language` is the reader's; "" speaks the customer's. Staff who look on have a seat without a contact."""

    def __init__(self, tx: Tx, seat: Seat, language: str = "") -> None:
        self.tx, self.seat = tx, seat
        self.customer = tx.get(Customer, seat.customer_id)
        if not self.customer.ready_at or self.customer.archived_at:
            raise NotFound(GONE)
        self.contact = self._contact() if seat.contact_id else None
        self.permissions = self._permissions()
        self.partner = tx.get(Partner, seat.partner_id)
        self.say = Words(language or language_of(tx, self.customer))

    def _contact(self) -> Contact:
        contact = self.tx.get(Contact, self.seat.contact_id)
        known = contact.email_key == self.seat.email_key and contact.customer_id == self.customer.id
        if not (known and contact.portal_access):
            raise NotFound(GONE)
        return contact

    def _permissions(self) -> frozenset[str]:
        """Staff who view as the customer see what the primary contact sees."""
        primary = next(iter(contacts_of(self.tx, self.customer.id)), None) if self.contact is None else None
        shown = self.contact or (primary if primary and primary.portal_access else None)
        return frozenset(shown.permissions if shown else [p.value for p in Permission])

    @property
    def for_verbs(self) -> Tx:
        """A transaction for commands on rows that passed this gate: not narrowed, because commands also write effects
        and activity."""
        return self.tx.as_partner()

    # ------------------------------------------------------------ what this person may

    def may(self, *permissions: Permission) -> bool:
        return self.permissions.issuperset(permissions)

    def must(self, *permissions: Permission) -> None:
        if not self.may(*permissions):
            raise Forbidden(NOT_YOURS)

    @property
    def may_invite(self) -> bool:
        """The primary contact speaks for the customer."""
        return bool(self.contact and self.contact.is_primary)

    @property
    def may_pay(self) -> bool:
        return self.may(Permission.INVOICES, Permission.PAYMENTS)

    # ------------------------------------------------------------ rows

    def _one(self, model: type[T], id: str, *, lock: bool = False) -> T:
        row = self.tx.get(model, id[:40], lock=lock)
        if row.customer_id != self.customer.id:  # type: ignore[attr-defined]
            raise NotFound(GONE)
        return row

    def _mine(self, model: Any) -> Any:
        return self.tx.own(model).where(model.customer_id == self.customer.id)

    def invoice(self, id: str) -> Invoice:
        self.must(Permission.INVOICES)
        invoice = self._one(Invoice, id)
        if invoice.stage == Stage.DRAFT:
            raise NotFound(GONE)
        return invoice

    def payable(self, id: str) -> Invoice:
        """An open invoice, as it is now."""
        self.must(Permission.INVOICES, Permission.PAYMENTS)
        invoice = self._one(Invoice, id)
        if invoice.stage != Stage.OPEN:
            raise NotFound(GONE)
        return invoice

    def open_invoices(self) -> Sequence[Invoice]:
        """The oldest due date first."""
        self.must(Permission.INVOICES)
        owed = self._mine(Invoice).where(col(Invoice.balance) > 0)
        return self.tx.all(owed.order_by(col(Invoice.due_on), col(Invoice.id)).limit(MOST))

    def planned_charges(self, invoice_ids: Sequence[str]) -> dict[str, datetime]:
        """When which of these invoices is charged by itself."""
        self.must(Permission.INVOICES)
        return {invoice_id: plan.due_at for invoice_id, plan in planned_of(self.for_verbs, invoice_ids).items()}

    def invoices(self, before: str, most: int) -> Sequence[Invoice]:
        """Issued ones, the newest first, after the one called `before`."""
        self.must(Permission.INVOICES)
        issued = self._mine(Invoice).where(Invoice.stage != Stage.DRAFT)
        return self._page(issued, Invoice, before, most)

    def credit_notes(self, before: str, most: int) -> Sequence[CreditNote]:
        self.must(Permission.INVOICES)
        return self._page(self._mine(CreditNote).where(CreditNote.number != ""), CreditNote, before, most)

    def payments(self, before: str, most: int) -> Sequence[Payment]:
        self.must(Permission.PAYMENTS)
        return self._page(self._mine(Payment), Payment, before, most)

    def _page(self, statement: Any, model: Any, before: str, most: int) -> Sequence[Any]:
        after = statement.where(col(model.id) < printable(before)[:40]) if before else statement
        return self.tx.all(after.order_by(col(model.id).desc()).limit(most))

    def credit_note(self, id: str) -> CreditNote:
        self.must(Permission.INVOICES)
        credit = self._one(CreditNote, id)
        if not credit.number:
            raise NotFound(GONE)
        return credit

    def attachment(self, id: str) -> Attachment:
        attachment = self.tx.get(Attachment, id[:40])
        self.invoice(attachment.invoice_id)
        return attachment

    def payment(self, id: str) -> Payment:
        self.must(Permission.PAYMENTS)
        return self._one(Payment, id)

    def attempt(self, id: str) -> Attempt:
        self.must(Permission.PAYMENTS)
        return self._one(Attempt, id)

    def attempts(self) -> Any:
        """A statement over this customer's."""
        self.must(Permission.PAYMENTS)
        return self._mine(Attempt)

    def label_of(self, attempt: Attempt) -> str:
        """What an attempt charges, removed since or not."""
        return label_of(self._one(PaymentMethod, attempt.method_id), self.say)

    def parts(self, attempt: Attempt) -> list[tuple[Invoice, int]]:
        """What an attempt is for."""
        return parts_of(self.tx, attempt)

    def payment_of(self, attempt: Attempt) -> Payment | None:
        found: Payment | None = self.tx.first(self._mine(Payment).where(Payment.attempt_id == attempt.id))
        return found

    def methods(self) -> list[PaymentMethod]:
        """For paying or looking after them; the default first."""
        if not (self.may_pay or self.may(Permission.PAYMENT_METHODS)):
            raise Forbidden(NOT_YOURS)
        return methods_of(self.tx, self.customer.id)

    def method_to_pay(self, id: str) -> PaymentMethod:
        self.must(Permission.INVOICES, Permission.PAYMENTS)
        return self._kept(id)

    def method(self, id: str) -> PaymentMethod:
        self.must(Permission.PAYMENT_METHODS)
        return self._kept(id)

    def _kept(self, id: str) -> PaymentMethod:
        method = self._one(PaymentMethod, id)
        if method.removed_at:
            raise NotFound(GONE)
        return method

    def setup(self, id: str) -> Setup:
        self.must(Permission.PAYMENT_METHODS)
        return self._one(Setup, id)

    def auto_pay_since(self) -> AutoPayChange | None:
        self.must(Permission.PAYMENT_METHODS)
        found: AutoPayChange | None = self.tx.first(self._mine(AutoPayChange).order_by(col(AutoPayChange.id).desc()))
        return found

    def me(self) -> Contact:
        if self.contact is None:
            raise Forbidden(NOT_YOURS)
        return self.contact

    def colleagues(self) -> list[Contact]:
        return contacts_of(self.tx, self.customer.id)

    def logo(self, id: str) -> Logo:
        """The partner's own, as the pages show it."""
        if id != self.partner.logo_id:
            raise NotFound(GONE)
        return self.tx.get(Logo, id)


class LinkGate:
    """What the holder of a payment link may touch: this one invoice, and what this link itself began to pay it.

    No other invoice, no saved method and no names of people.
    """

    def __init__(self, tx: Tx, invoice_id: str, language: str = "") -> None:
        self.tx = tx
        self.invoice = tx.get(Invoice, invoice_id)
        if self.invoice.stage != Stage.OPEN:
            raise NotFound(GONE)
        self.say = Words(language or self.invoice.language)

    @property
    def for_verbs(self) -> Tx:
        """As Gate.for_verbs."""
        return self.tx.as_partner()

    @property
    def by_name(self) -> str:
        """Who set up methods and payments of this link."""
        return LINK_OF + self.invoice.number

    def setup(self, id: str) -> Setup:
        setup = self.tx.get(Setup, id[:40])
        if (setup.customer_id, setup.by_name) != (self.invoice.customer_id, self.by_name):
            raise NotFound(GONE)
        return setup

    def setup_by_form(self, key: str) -> Setup | None:
        """The gateway's page that this form of the link opened."""
        found: Setup | None = self.tx.first(self.tx.own(Setup).where(Setup.form_key == key))
        return found

    def method(self, setup: Setup) -> PaymentMethod | None:
        """What was typed on the gateway's page of a setup."""
        return self.tx.get(PaymentMethod, setup.method_id) if setup.method_id else None

    def known(self, key: str) -> str:
        """The attempt that this form began already."""
        found = attempt_by_key(self.tx, key)
        return found.id if found else ""

    def method_of(self, attempt: Attempt) -> PaymentMethod:
        return self.tx.get(PaymentMethod, attempt.method_id)

    def attempt(self, id: str) -> Attempt:
        attempt = self.tx.get(Attempt, id[:40])
        ours = attempt.source == "link" and attempt.by_name == self.by_name
        if not ours or [invoice.id for invoice, _ in parts_of(self.tx, attempt)] != [self.invoice.id]:
            raise NotFound(GONE)
        return attempt

    def payment_of(self, attempt: Attempt) -> Payment | None:
        """What one of this link's own attempts brought in."""
        found: Payment | None = self.tx.first(self.tx.own(Payment).where(Payment.attempt_id == attempt.id))
        return found


def parts_of(tx: Tx, attempt: Attempt) -> list[tuple[Invoice, int]]:
    rows = tx.all(tx.own(AttemptPart).where(AttemptPart.attempt_id == attempt.id))
    return [(tx.get(Invoice, row.invoice_id), row.amount) for row in rows]
