"""A customer's life: set up in two steps, finished or discarded, archived and restored, deleted."""

from collections.abc import Mapping, Sequence
from typing import Any

from ...kernel import clock
from ...kernel.actor import MANAGERS
from ...kernel.db.transactions import Tx
from ...kernel.errors import Conflict, Invalid, NotFound
from ...kernel.fields import check
from ...kernel.problems import Problem
from ...kernel.text.search_keys import fold, name_key, printable
from ...partners.models import LegalEntity
from ..dependents import ties
from ..models import (
    AddressFields,
    Alias,
    AliasFields,
    Contact,
    Customer,
    CustomerFields,
    CustomerSearch,
    CustomerTag,
    Group,
    ShippingAddress,
    Tag,
)
from ..validation import ADDRESS, Checked, check_customer, check_place
from ..views import search
from . import contacts as people
from .changing import customer_to_change

SHIPPING = "shipping_"


class SetupFinished(Conflict):
    """This setup was finished before; `customer_id` is the customer."""

    def __init__(self, customer_id: str) -> None:
        super().__init__(Problem("customer.setup_finished"))
        self.customer_id = customer_id


def check_new(typed: Mapping[str, Any]) -> Checked:
    """All of step one: `typed` holds CustomerFields as text, `shipping_same` with `shipping_…`, and `external_ids`."""
    checked = check_customer(typed)
    if not typed.get("shipping_same", True):
        place = check_place({name: typed.get(SHIPPING + name, "") for name in ADDRESS})
        checked.problems |= {SHIPPING + name: problem for name, problem in place.problems.items()}
        checked.warnings |= {SHIPPING + name: said for name, said in place.warnings.items()}
        checked.values["shipping"] = {name: place.values[name] for name in ADDRESS}
    seen: set[str] = set()
    aliases = [printable(str(alias)).strip() for alias in typed.get("external_ids", [])]
    for i, alias in enumerate(aliases):
        if alias and alias in seen:
            checked.problems[f"external_id_{i}"] = Problem("alias.twice")
        seen.add(alias)
    checked.values["external_ids"] = aliases
    return checked


def start_customer(tx: Tx, draft_key: str, typed: Mapping[str, Any], *, customer_id: str = "") -> Customer:
    """Continue: saves the customer as "setup not finished", at most one for a `draft_key`; `customer_id` is a customer
    that was saved before and is edited again. `typed`: see check_new, plus `group_id` and `tag_ids`."""
    group = group_of(tx, typed)
    values = check_new(with_defaults(typed, group)).accepted()
    fields = fields_of(tx, values)
    customer = _draft(tx, draft_key, customer_id)
    if customer is None:
        customer = write_customer(tx, fields, values, group, typed.get("tag_ids", []), draft_key=draft_key)
        search.index_new(tx, customer, values["external_ids"], [])
        tx.record("customer.started", customer)
        return customer
    rewrite(customer, fields.model_dump())
    customer.group_id = group.id if group else None
    set_shipping(tx, customer, values.get("shipping"))
    _set_aliases(tx, customer, values["external_ids"])
    set_tags(tx, customer, typed.get("tag_ids", []))
    search.index(tx, customer)
    return customer


def group_of(tx: Tx, typed: Mapping[str, Any]) -> Group | None:
    return tx.get(Group, str(typed["group_id"])) if typed.get("group_id") else None


def fields_of(tx: Tx, values: Mapping[str, Any]) -> CustomerFields:
    """The columns among what check_new accepted; NotFound for a legal entity of another partner."""
    if values["legal_entity_id"]:
        tx.get(LegalEntity, values["legal_entity_id"])
    return CustomerFields.model_validate({k: v for k, v in values.items() if k in CustomerFields.model_fields})


def write_customer(
    tx: Tx,
    fields: CustomerFields,
    values: Mapping[str, Any],
    group: Group | None,
    tag_ids: Sequence[str],
    **columns: Any,
) -> Customer:
    """A new customer with everything but its contacts, which are written by contacts.create_first.

    What it does not have is not asked for: there is no shipping address, alias or tag to replace.
    """
    group_id = group.id if group else None
    keys = _keys(fields.company)
    customer = tx.create(Customer, fields, created_at=clock.now(), group_id=group_id, **keys, **columns)
    tx.flush()
    tx.append(Alias, alias=customer.id, customer_id=customer.id, is_own=True)
    if values.get("shipping"):
        set_shipping(tx, customer, values["shipping"])
    if any(values["external_ids"]):
        _set_aliases(tx, customer, values["external_ids"])
    if tag_ids:
        set_tags(tx, customer, tag_ids)
    return customer


def _draft(tx: Tx, draft_key: str, customer_id: str) -> Customer | None:
    known = Customer.id == printable(customer_id) if customer_id else Customer.draft_key == draft_key
    customer: Customer | None = tx.first(tx.own(Customer).where(known).with_for_update())
    if customer is None and customer_id:
        raise NotFound(Problem("customer.setup_discarded"))
    if customer and customer.ready_at:
        raise SetupFinished(customer.id)
    return customer


def with_defaults(typed: Mapping[str, Any], group: Group | None) -> Mapping[str, Any]:
    """A currency left open is the group's, before it is the country's. Terms and language go on being inherited."""
    return {**typed, "currency": typed.get("currency") or (group.currency if group else "")}


def _keys(company: str) -> dict[str, str]:
    return {"sort_key": fold(company)[:220], "near_key": name_key(company)[:200]}


def rewrite(customer: Customer, values: Mapping[str, Any]) -> None:
    """Sets columns and whatever follows from them."""
    for name, value in values.items():
        setattr(customer, name, value)
    for name, value in _keys(customer.company).items():
        setattr(customer, name, value)


def set_shipping(tx: Tx, customer: Customer, place: Mapping[str, str] | None) -> None:
    """Its own shipping address, or None: same as billing."""
    row = tx.first(tx.own(ShippingAddress).where(ShippingAddress.customer_id == customer.id))
    if place is None:
        tx.delete(*([row] if row else []))
    elif row is None:
        tx.create(ShippingAddress, AddressFields(**place), customer_id=customer.id)
    else:
        for name, value in place.items():
            setattr(row, name, value)


def _set_aliases(tx: Tx, customer: Customer, wanted: Sequence[str]) -> None:
    """A complaint is keyed by the place in `wanted`, where empty ones count too: `external_id_2`."""
    statement = tx.own(Alias).where(Alias.customer_id == customer.id, Alias.is_own.is_(False))  # type: ignore[attr-defined]
    kept = {row.alias: row for row in tx.all(statement)}
    tx.delete(*(row for alias, row in kept.items() if alias not in wanted))
    for i, alias in enumerate(wanted):
        if alias and alias not in kept:
            _add_alias(tx, customer, alias, field=f"external_id_{i}")


def _add_alias(tx: Tx, customer: Customer, alias: str, field: str) -> Alias:
    try:
        fields = check(AliasFields, {"alias": alias})
    except Invalid as refused:
        raise Invalid.of({field: refused.problem}) from None
    taken = tx.first(tx.own(Alias).where(Alias.alias == fields.alias))
    if taken and taken.customer_id == customer.id:
        raise Invalid.of({field: Problem("alias.has_it")})
    if taken:
        owner = tx.get(Customer, taken.customer_id)
        raise Invalid.of({field: Problem("alias.taken", company=owner.company)})
    return tx.create(Alias, fields, customer_id=customer.id)


def set_tags(tx: Tx, customer: Customer, tag_ids: Sequence[str]) -> None:
    wanted = {tx.get(Tag, tag_id).id for tag_id in tag_ids}
    kept = {row.tag_id: row for row in tx.all(tx.own(CustomerTag).where(CustomerTag.customer_id == customer.id))}
    tx.delete(*(row for tag_id, row in kept.items() if tag_id not in wanted))
    for tag_id in sorted(wanted - set(kept)):
        tx.create(CustomerTag, customer_id=customer.id, tag_id=tag_id)


def finish_customer(tx: Tx, customer_id: str, users: Sequence[Mapping[str, Any]], *, welcome: bool) -> Customer:
    """Create Customer: at least one user, the first is the primary contact. Errors are keyed `email_0`, `email_1`, …"""
    customer = tx.get(Customer, customer_id, lock=True)
    if customer.ready_at:
        raise SetupFinished(customer.id)
    contacts = people.add_first(tx, customer, users)
    customer.ready_at = clock.now()
    search.index(tx, customer)
    tx.record("customer.created", customer)
    if welcome:
        people.welcome_all(tx, customer, contacts)
    return customer


def discard_customer(tx: Tx, customer_id: str) -> None:
    """Removes a set-up that was never finished, with everything typed."""
    customer = tx.get(Customer, customer_id, lock=True)
    if customer.ready_at:
        raise SetupFinished(customer.id)
    remove(tx, customer)


def archive_customer(tx: Tx, customer_id: str) -> Customer:
    customer = tx.get(Customer, customer_id, lock=True)
    if not customer.ready_at:
        raise Conflict(Problem("customer.setup_unfinished"))
    if not customer.archived_at:
        customer.archived_at = clock.now()
        tx.record("customer.archived", customer)
    return customer


def restore_customer(tx: Tx, customer_id: str) -> Customer:
    customer = tx.get(Customer, customer_id, lock=True)
    if customer.merged_into:
        raise Conflict(Problem("customer.merged_for_good"))
    if customer.archived_at:
        customer.archived_at = None
        tx.record("customer.restored", customer)
    return customer


def delete_customer(tx: Tx, customer_id: str) -> None:
    """For good, and only while nothing depends on it."""
    tx.actor.must_be(*MANAGERS)
    customer = tx.get(Customer, customer_id, lock=True)
    if found := ties(tx, customer_id):
        raise Conflict(Problem("customer.not_empty", company=customer.company, ties=found))
    tx.record("customer.deleted", customer, note=customer.company)
    remove(tx, customer)


def remove(tx: Tx, customer: Customer) -> None:
    for model in (Contact, Alias, CustomerTag, ShippingAddress):
        tx.delete(*tx.all(tx.own(model).where(model.customer_id == customer.id)))
    tx.delete(*tx.all(tx.own(CustomerSearch).where(CustomerSearch.id == customer.id)))
    tx.flush()
    tx.delete(customer)


# ---------------------------------------------------------------- aliases and group


def add_alias(tx: Tx, customer_id: str, alias: str) -> Alias:
    customer = customer_to_change(tx, customer_id)
    row = _add_alias(tx, customer, alias, field="alias")
    search.index(tx, customer)
    tx.record("customer.alias_added", customer, {"alias": ["", row.alias]})
    return row


def remove_alias(tx: Tx, alias_id: str) -> None:
    row = tx.get(Alias, alias_id)
    if row.is_own:
        raise Conflict(Problem("alias.own"))
    customer = tx.get(Customer, row.customer_id, lock=True)
    tx.delete(row)
    search.index(tx, customer)
    tx.record("customer.alias_removed", customer, {"alias": [row.alias, ""]})


def customer_by_alias(tx: Tx, alias: str) -> Customer:
    """By any of its identifiers, its own id among them; NotFound else."""
    alias = printable(alias).strip()
    found = tx.first(tx.own(Alias).where(Alias.alias == alias))
    return tx.get(Customer, found.customer_id if found else alias)


def change_group(tx: Tx, customer: Customer, group_id: str) -> None:
    before, group = customer.group_id, tx.get(Group, group_id) if group_id else None
    customer.group_id = group.id if group else None
    if before != customer.group_id:
        old = tx.get(Group, before).name if before else ""
        tx.record("customer.grouped", customer, {"group": [old, group.name if group else ""]})
