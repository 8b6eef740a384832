"""A customer in one call, as programs add it. The two steps of the screens are in lifecycle.py."""

from collections.abc import Mapping, Sequence
from typing import Any

from ...kernel import clock
from ...kernel.db.transactions import Tx
from ...kernel.errors import Conflict, Invalid
from ...kernel.problems import Problem
from ..models import ContactFields, Customer
from ..views import search
from . import contacts
from .lifecycle import check_new, fields_of, group_of, with_defaults, write_customer


def create_customer(
    tx: Tx, key: str, typed: Mapping[str, Any], users: Sequence[Mapping[str, Any]], *, welcome: bool = False
) -> Customer:
    """Once for a `key`: the same key again returns the customer that it made.

    `typed` as for start_customer and `users` as for finish_customer; all problems of both at once. `welcome` invites
    the contacts with portal access by email.
    """
    known = tx.first(tx.own(Customer).where(Customer.draft_key == key))
    if known:
        return _finished(known)
    group = group_of(tx, typed)
    values, people = _checked(with_defaults(typed, group), users)
    fields, tag_ids = fields_of(tx, values), typed.get("tag_ids", [])
    customer = write_customer(tx, fields, values, group, tag_ids, draft_key=key, ready_at=clock.now())
    made = contacts.create_first(tx, customer, people)
    search.index_new(tx, customer, values["external_ids"], made)
    tx.record("customer.created", customer)
    if welcome:
        contacts.welcome_all(tx, customer, made)
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
