"""The profile's sections, each saved by itself.

Two people editing the same section: the second save is refused with what changed meanwhile (`Stale`), by comparing the
values the editor started from with the ones now stored; nothing is overwritten silently.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ..kernel.activity import Activity, changed
from ..kernel.db import Tx
from ..kernel.errors import Conflict, Invalid
from ..partners.models import LegalEntity
from . import search
from .details import ADDRESS, check_business, check_place, check_tax
from .models import BusinessFields, Customer, CustomerTag, ShippingAddress, Tag, TaxFields
from .service import change_group, rewrite, set_shipping, set_tags
from .ties import currency_lock

BUSINESS = tuple(BusinessFields.model_fields)
TAX = tuple(TaxFields.model_fields)
Values = Mapping[str, Any]


class Stale(Conflict):
    """`theirs` maps a field to [what the editor started from, what is stored now]; `now` is the whole section."""

    def __init__(self, who: str, theirs: dict[str, list[Any]], now: dict[str, Any]) -> None:
        super().__init__(f"{who} changed this section while you were editing.")
        self.who, self.theirs, self.now = who, theirs, now


def business_of(customer: Customer) -> dict[str, Any]:
    return {name: getattr(customer, name) for name in BUSINESS}


def billing_of(customer: Customer) -> dict[str, Any]:
    return {name: getattr(customer, name) for name in ADDRESS}


def tax_of(customer: Customer) -> dict[str, Any]:
    return {name: getattr(customer, name) for name in TAX}


def shipping_of(tx: Tx, customer: Customer) -> dict[str, Any]:
    """`same` is True while there is no shipping address of its own."""
    row = tx.first(tx.own(ShippingAddress).where(ShippingAddress.customer_id == customer.id))
    place = {name: getattr(row, name) for name in ADDRESS} if row else dict.fromkeys(ADDRESS, "")
    return {"same": row is None} | place


def change_business(tx: Tx, customer_id: str, typed: Values, base: Values) -> Customer:
    """`base`: the section as the editor saw it (business_of)."""
    customer = tx.get(Customer, customer_id, lock=True)
    now = business_of(customer)
    _still(tx, customer, now, base)
    after = check_business(now | dict(typed)).accepted()
    if after["currency"] != customer.currency and (reason := currency_lock(tx, customer_id)):
        raise Invalid(currency=reason)
    if not after["currency"]:
        raise Invalid(currency="Choose a currency.")
    if after["legal_entity_id"]:
        tx.get(LegalEntity, after["legal_entity_id"])
    return _save(tx, customer, "customer.business", now, after)


def change_billing(tx: Tx, customer_id: str, typed: Values, base: Values) -> Customer:
    customer = tx.get(Customer, customer_id, lock=True)
    now = billing_of(customer)
    _still(tx, customer, now, base)
    return _save(tx, customer, "customer.billing", now, check_place(typed).accepted())


def change_shipping(tx: Tx, customer_id: str, typed: Values, base: Values) -> Customer:
    customer = tx.get(Customer, customer_id, lock=True)
    now = shipping_of(tx, customer)
    _still(tx, customer, now, base)
    place = None if typed.get("same") else check_place(typed).accepted()
    set_shipping(tx, customer, {name: place[name] for name in ADDRESS} if place else None)
    after = {"same": place is None} | ({name: place[name] for name in ADDRESS} if place else dict.fromkeys(ADDRESS, ""))
    if differs := changed(now, after):
        tx.record("customer.shipping", customer, differs)
    return customer


def change_tax(tx: Tx, customer_id: str, typed: Values, base: Values) -> Customer:
    customer = tx.get(Customer, customer_id, lock=True)
    now = tax_of(customer)
    _still(tx, customer, now, base)
    return _save(tx, customer, "customer.tax", now, check_tax(typed, customer.country).accepted())


def change_labels(tx: Tx, customer_id: str, tag_ids: Sequence[str], group_id: str) -> Customer:
    """Tags and group of one customer."""
    customer = tx.get(Customer, customer_id, lock=True)
    before = _tag_names(tx, customer_id)
    set_tags(tx, customer, tag_ids)
    tx.flush()
    after = _tag_names(tx, customer_id)
    if before != after:
        tx.record("customer.tags", customer, {"tags": [before, after]})
    change_group(tx, customer, group_id)
    return customer


def _tag_names(tx: Tx, customer_id: str) -> str:
    statement = tx.own(Tag).join(CustomerTag, CustomerTag.tag_id == Tag.id)  # type: ignore[arg-type]
    return ", ".join(tag.name for tag in tx.all(statement.where(CustomerTag.customer_id == customer_id).order_by(Tag.name_key)))


def _still(tx: Tx, customer: Customer, now: Values, base: Values) -> None:
    theirs = {name: pair for name, pair in changed(dict(base), dict(now)).items() if name in base}
    if theirs:
        latest = tx.first(tx.own(Activity).where(Activity.subject_id == customer.id).order_by(Activity.id.desc()))  # type: ignore[attr-defined]
        raise Stale(latest.actor_name if latest else "Somebody", theirs, dict(now))


def _save(tx: Tx, customer: Customer, action: str, now: Values, after: Values) -> Customer:
    after = {name: after[name] for name in now}
    if differs := changed(dict(now), after):
        rewrite(customer, after)
        search.index(tx, customer)
        tx.record(action, customer, differs)
    return customer
