"""A customer in one call, as programs add it. The two steps of the screens are in lifecycle.py."""

from collections.abc import Mapping, Sequence
from typing import Any

from ...kernel import clock
from ...kernel.db.transactions import Tx
from ...kernel.errors import Conflict, Invalid
from ...kernel.problems import Problem
from ...partners.models import LegalEntity
from ..models import ContactFields, Customer, CustomerFields, Group
from ..views import search
from . import contacts
from .lifecycle import check_new, set_aliases, set_shipping, set_tags, with_defaults, write_customer


def create_customer(
    tx: Tx, key: str, typed: Mapping[str, Any], users: Sequence[Mapping[str, Any]], *, welcome: bool = False
) -> Customer:
    """Once for a `key`: the same key again returns the customer that it made.

    `typed` as for start_customer and `users` as for finish_customer; every complaint of both at once. `welcome` invites
    the contacts with portal access by email.
    """
    known = tx.first(tx.own(Customer).where(Customer.draft_key == key))
    if known:
        return _finished(known)
    group = tx.get(Group, str(typed["group_id"])) if typed.get("group_id") else None
    values, people = _checked(with_defaults(typed, group), users)
    if values["legal_entity_id"]:
        tx.get(LegalEntity, values["legal_entity_id"])
    fields = CustomerFields.model_validate({k: v for k, v in values.items() if k in CustomerFields.model_fields})
    group_id = group.id if group else None
    customer = write_customer(tx, fields, draft_key=key, ready_at=clock.now(), group_id=group_id)
    if values.get("shipping"):
        set_shipping(tx, customer, values["shipping"])
    if any(values["external_ids"]):
        set_aliases(tx, customer, values["external_ids"])
    if typed.get("tag_ids"):
        set_tags(tx, customer, typed["tag_ids"])
    made = contacts.create_first(tx, customer, people)
    search.index_new(tx, customer, [alias for alias in values["external_ids"] if alias], made)
    tx.record("customer.created", customer)
    for contact in made if welcome else []:
        if contact.portal_access:
            contacts.welcome(tx, customer, contact)
    return customer


def _finished(known: Customer) -> Customer:
    if not known.ready_at:
        raise Conflict(Problem("customer.key_of_unfinished", company=known.company))
    return known


def _checked(
    typed: Mapping[str, Any], users: Sequence[Mapping[str, Any]]
) -> tuple[dict[str, Any], list[ContactFields]]:
    checked, problems = check_new(typed), dict[str, Problem]()
    people: list[ContactFields] = []
    try:
        people = contacts.check_first(users)
    except Invalid as refused:
        problems = refused.problems
    if checked.problems or problems:
        raise Invalid.of(checked.problems | problems)
    return checked.accepted(), people
