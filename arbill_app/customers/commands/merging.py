"""Merging a duplicate into another customer: everything it had moves over, and it is archived for good."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlmodel import col

from ...kernel import clock
from ...kernel.actor import MANAGERS
from ...kernel.db.transactions import Tx
from ...kernel.errors import Conflict
from ...kernel.problems import Problem
from ..models import Alias, Contact, Customer, CustomerTag
from ..views import search
from .contacts import contacts_of

# invoices and payments register here how their rows move: called with (tx, from id, to id).
MOVERS: list[Callable[[Tx, str, str], None]] = []


@dataclass(frozen=True)
class MergePlan:
    """What merging would do, in sentences, before anybody says yes."""

    duplicate: str
    into: str
    moves: list[str]
    stays: list[str]


def plan_merge(tx: Tx, duplicate_id: str, into_id: str) -> MergePlan:
    duplicate, into = _pair(tx, duplicate_id, into_id)
    people, twice = _contacts_to_move(tx, duplicate, into)
    aliases = _aliases(tx, duplicate)
    tags = tx.all(tx.own(CustomerTag).where(CustomerTag.customer_id == duplicate.id))
    moves = [f"{contact.name} ({contact.email}) becomes a contact of {into.company}." for contact in people]
    moves += [f"External ID {alias.alias} will find {into.company}." for alias in aliases]
    if tags:
        moves.append(f"{len(tags)} tag{'s' if len(tags) > 1 else ''} move over.")
    stays = [f"{contact.name} ({contact.email}) is there already: not moved." for contact in twice]
    stays.append(f"Name, address, tax and terms of {into.company} stay as they are.")
    stays.append(f"{duplicate.company} is archived and cannot be restored.")
    return MergePlan(duplicate.company, into.company, moves, stays)


def merge_customer(tx: Tx, duplicate_id: str, into_id: str) -> Customer:
    """Afterwards every identifier of the duplicate finds `into`."""
    tx.actor.must_be(*MANAGERS)
    duplicate, into = _pair(tx, duplicate_id, into_id, lock=True)
    people, twice = _contacts_to_move(tx, duplicate, into)
    for contact in (*people, *twice):
        contact.is_primary = False
    tx.flush()
    for contact in people:
        contact.customer_id = into.id
    for alias in _aliases(tx, duplicate):
        # The duplicate's arbill ID goes on working, as an alias.
        alias.customer_id, alias.is_own = into.id, False
    _move_tags(tx, duplicate, into)
    duplicate.archived_at, duplicate.merged_into = duplicate.archived_at or clock.now(), into.id
    tx.flush()  # the ledger's entries may only move to the customer that it was merged into
    for move in MOVERS:
        move(tx, duplicate.id, into.id)
    search.index(tx, duplicate)
    search.index(tx, into)
    tx.record("customer.merged", into, note=f"{duplicate.company} into {into.company}")
    tx.record("customer.merged", duplicate, note=f"into {into.company}")
    return into


def _pair(tx: Tx, duplicate_id: str, into_id: str, *, lock: bool = False) -> tuple[Customer, Customer]:
    if duplicate_id == into_id:
        raise Conflict(Problem("merge.itself"))
    # Locked in the order of ids: two opposite merges at once must not deadlock.
    rows = {id: tx.get(Customer, id, lock=lock) for id in sorted((duplicate_id, into_id))}
    duplicate, into = rows[duplicate_id], rows[into_id]
    for row in (duplicate, into):
        if row.merged_into:
            raise Conflict(Problem("merge.merged_already", company=row.company))
    if not duplicate.ready_at:
        raise Conflict(Problem("merge.setup_unfinished", company=duplicate.company))
    if not into.ready_at or into.archived_at:
        raise Conflict(Problem("merge.not_active", company=into.company))
    return duplicate, into


def _contacts_to_move(tx: Tx, duplicate: Customer, into: Customer) -> tuple[list[Contact], list[Contact]]:
    known = {contact.email_key for contact in contacts_of(tx, into.id)}
    people = contacts_of(tx, duplicate.id)
    return [p for p in people if p.email_key not in known], [p for p in people if p.email_key in known]


def _move_tags(tx: Tx, duplicate: Customer, into: Customer) -> None:
    has = {row.tag_id for row in tx.all(tx.own(CustomerTag).where(CustomerTag.customer_id == into.id))}
    for row in tx.all(tx.own(CustomerTag).where(CustomerTag.customer_id == duplicate.id)):
        if row.tag_id in has:
            tx.delete(row)
        else:
            row.customer_id = into.id


def _aliases(tx: Tx, customer: Customer) -> Sequence[Alias]:
    """Its own id first."""
    theirs = tx.own(Alias).where(Alias.customer_id == customer.id)
    return tx.all(theirs.order_by(col(Alias.is_own).desc(), col(Alias.id)))
