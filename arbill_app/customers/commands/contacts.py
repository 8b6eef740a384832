"""Contacts: the people at a customer. Exactly one is primary. Before a change leaves nobody to get invoices or sign in,
the caller must confirm it."""

from collections.abc import Mapping, Sequence
from typing import Any

from ...kernel import clock
from ...kernel.db.activity import apply
from ...kernel.db.transactions import Tx
from ...kernel.errors import Conflict, Invalid
from ...kernel.fields import check
from ...kernel.mail_limits import mailed_within_a_day
from ...kernel.problems import Problem, listed
from ...kernel.text.mailbox import domain_of, mailbox_key
from ...partners.models import Partner
from .. import emails
from ..models import Contact, ContactFields, Customer
from ..views import search
from .changing import Values, contact_to_change, customer_to_change, unchanged

INVITATIONS_A_DAY = 10  # that a customer's own people may send
WELCOMES_A_DAY = 5  # to one contact


class WouldStop(Conflict):
    """Doing this stops something; `consequences` say what. Call again with `confirmed=True`."""

    def __init__(self, consequences: list[Problem]) -> None:
        super().__init__(listed(consequences))
        self.consequences = consequences


def add_first(tx: Tx, customer: Customer, users: Sequence[Mapping[str, Any]]) -> list[Contact]:
    """Step two's users; empty rows beyond the first are left out."""
    return create_first(tx, customer, check_first(users))


def create_first(tx: Tx, customer: Customer, users: Sequence[ContactFields]) -> list[Contact]:
    return [_create(tx, customer, fields, is_primary=i == 0) for i, fields in enumerate(users)]


def check_first(users: Sequence[Mapping[str, Any]]) -> list[ContactFields]:
    """Complaints are keyed by the place in `users`: `email_0`, `email_1`, …"""
    rows = list(enumerate(users))
    filled = [(i, user) for i, user in rows if i == 0 or any(str(value).strip() for value in user.values())]
    if not filled:
        raise Invalid(first_name_0=Problem("contact.none"))
    checked: list[ContactFields] = []
    problems: dict[str, Problem] = {}
    seen: set[str] = set()
    for i, user in filled:
        try:
            fields = check(ContactFields, user)
        except Invalid as refused:
            problems |= {f"{name}_{i}": problem for name, problem in refused.problems.items()}
            continue
        key = mailbox_key(fields.email)
        if key in seen:
            problems[f"email_{i}"] = Problem("contact.email_twice")
        seen.add(key)
        checked.append(fields)
    if problems:
        raise Invalid.of(problems)
    return checked


def _create(tx: Tx, customer: Customer, fields: ContactFields, *, is_primary: bool) -> Contact:
    key = mailbox_key(fields.email)
    return tx.create(
        Contact,
        fields,
        customer_id=customer.id,
        email_key=key,
        domain=domain_of(key),
        is_primary=is_primary,
        created_at=clock.now(),
    )


def welcome_all(tx: Tx, customer: Customer, contacts: Sequence[Contact]) -> None:
    """Invites those with portal access by email."""
    for contact in contacts:
        if contact.portal_access:
            welcome(tx, customer, contact)


def welcome(tx: Tx, customer: Customer, contact: Contact) -> None:
    partner = tx.get(Partner, tx.actor.partner_id)
    contact.welcomed_at = clock.now()
    message = emails.welcome(contact, customer, partner.name, emails.language_of(tx, customer))
    key = f"welcome:{contact.id}:{contact.welcomed_at.timestamp()}"
    tx.later("email", key, message.payload(), about=customer.id)


def invite_colleague(tx: Tx, customer_id: str, values: Mapping[str, Any]) -> Contact:
    """By a contact in the portal, who is not staff: Conflict after INVITATIONS_A_DAY of one customer."""
    customer = customer_to_change(tx, customer_id)
    keys = f"invitation:{customer.id}:"
    if mailed_within_a_day(tx, keys) >= INVITATIONS_A_DAY:
        raise Conflict(Problem("contact.enough_invited"))
    contact = add_contact(tx, customer_id, values)
    contact.welcomed_at = clock.now()
    partner = tx.get(Partner, tx.actor.partner_id)
    message = emails.invitation(contact, partner.name, emails.language_of(tx, customer))
    tx.later("email", keys + contact.id, message.payload(), about=customer.id)
    return contact


def resend_welcome(tx: Tx, contact_id: str) -> Contact:
    contact, customer = contact_to_change(tx, contact_id)
    if not contact.portal_access:
        raise Conflict(Problem("contact.no_portal_access", contact=contact.name))
    if mailed_within_a_day(tx, f"welcome:{contact.id}:") >= WELCOMES_A_DAY:
        raise Conflict(Problem("contact.enough_welcomed", contact=contact.name, count=WELCOMES_A_DAY))
    welcome(tx, customer, contact)
    tx.record("contact.welcomed", customer, note=contact.name)
    return contact


def add_contact(tx: Tx, customer_id: str, values: Mapping[str, Any], *, send_welcome: bool = False) -> Contact:
    customer = customer_to_change(tx, customer_id)
    if not customer.ready_at:
        raise Conflict(Problem("contact.setup_unfinished"))
    fields = check(ContactFields, values)
    team = contacts_of(tx, customer_id)
    _unused(team, fields.email)
    contact = _create(tx, customer, fields, is_primary=not team)
    search.index(tx, customer)
    tx.record("contact.added", customer, note=contact.name)
    if send_welcome and contact.portal_access:
        welcome(tx, customer, contact)
    return contact


def contact_of(contact: Contact) -> dict[str, Any]:
    """The contact's fields, as the editor loads them."""
    return contact.model_dump(include=set(ContactFields.model_fields))


def change_contact(
    tx: Tx, contact_id: str, values: Values, base: Values | None = None, *, confirmed: bool = False
) -> Contact:
    """`base`: the contact as the editor saw it, as far as it shows it (contact_of)."""
    contact, customer = contact_to_change(tx, contact_id)
    unchanged(tx, customer, contact_of(contact), base or {})
    fields = check(ContactFields, values)
    team = contacts_of(tx, customer.id)
    _unused([other for other in team if other.id != contact.id], fields.email)
    if not confirmed:
        _warn(what_stops(team, contact, fields))
    changes = apply(contact, fields.model_dump())
    contact.email_key = mailbox_key(fields.email)
    contact.domain = domain_of(contact.email_key)
    search.index(tx, customer)
    tx.record("contact.changed", customer, changes, note=contact.name)
    return contact


def remove_contact(tx: Tx, contact_id: str, *, confirmed: bool = False) -> None:
    """The next one becomes primary when the primary goes; the last contact of all stays."""
    contact, customer = contact_to_change(tx, contact_id)
    team = contacts_of(tx, customer.id)
    others = [other for other in team if other.id != contact.id]
    if not others:
        raise Conflict(Problem("contact.last"))
    if not confirmed:
        successor = [Problem("contact.next_primary", contact=others[0].name)] if contact.is_primary else []
        _warn(what_stops(team, contact, None) + successor)
    tx.delete(contact)
    tx.flush()
    if contact.is_primary:
        others[0].is_primary = True
    search.index(tx, customer)
    tx.record("contact.removed", customer, note=contact.name)


def make_primary(tx: Tx, contact_id: str) -> Contact:
    contact, customer = contact_to_change(tx, contact_id)
    for other in contacts_of(tx, customer.id):
        if other.is_primary and other.id != contact.id:
            other.is_primary = False
            tx.flush()  # the unique index allows no moment with two
            tx.record("contact.primary", customer, {"primary": [other.name, contact.name]})
    contact.is_primary = True
    return contact


def contacts_of(tx: Tx, customer_id: str) -> list[Contact]:
    """The primary first, then in the order they came."""
    statement = tx.own(Contact).where(Contact.customer_id == customer_id)
    return list(tx.all(statement.order_by(Contact.is_primary.desc(), Contact.id)))  # type: ignore[attr-defined]


def what_stops(team: Sequence[Any], contact: Any, after: ContactFields | None) -> list[Problem]:
    """The consequences of changing `contact` to `after` (None: removed), in sentences; `team` are all contacts."""
    others = [other for other in team if other is not contact]
    stops: list[Problem] = []
    if _was_last(others, contact, after, "mail_billing"):
        stops.append(Problem("contact.nobody_gets_invoices"))
    if _was_last(others, contact, after, "portal_access"):
        stops.append(Problem("contact.nobody_can_pay"))
    return stops


def _was_last(others: Sequence[ContactFields], before: ContactFields, after: ContactFields | None, flag: str) -> bool:
    kept = after is not None and getattr(after, flag)
    return getattr(before, flag) and not kept and not any(getattr(other, flag) for other in others)


def _warn(consequences: list[Problem]) -> None:
    if consequences:
        raise WouldStop(consequences)


def _unused(team: Sequence[Contact], email: str) -> None:
    if any(other.email_key == mailbox_key(email) for other in team):
        raise Invalid(email=Problem("contact.email_taken"))
