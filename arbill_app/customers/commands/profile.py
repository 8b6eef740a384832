"""The profile's sections, each saved by itself.

Two people editing the same section: the second save is refused with what changed meanwhile (`Stale`), by comparing the
values the editor started from with the ones now stored; nothing is overwritten silently.
"""

from collections.abc import Sequence
from typing import Any

from ...kernel.db.activity import changed
from ...kernel.db.transactions import Tx
from ...kernel.errors import Invalid
from ...partners.models import LegalEntity
from ..dependents import currency_lock
from ..models import BusinessFields, Customer, CustomerTag, Group, ShippingAddress, Tag, TaxFields
from ..validation import ADDRESS, check_business, check_place, check_tax
from ..views import search
from .changing import Stale as Stale
from .changing import Values, customer_to_change, unchanged
from .lifecycle import change_group, rewrite, set_shipping, set_tags

BUSINESS = tuple(BusinessFields.model_fields)
TAX = tuple(TaxFields.model_fields)


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
    customer = customer_to_change(tx, customer_id)
    now = business_of(customer)
    unchanged(tx, customer, now, base)
    after = check_business(now | dict(typed)).accepted()
    if after["currency"] != customer.currency and (reason := currency_lock(tx, customer_id)):
        raise Invalid(currency=reason)
    if after["legal_entity_id"]:
        tx.get(LegalEntity, after["legal_entity_id"])
    return _save(tx, customer, "customer.business", now, after)


def change_billing(tx: Tx, customer_id: str, typed: Values, base: Values) -> Customer:
    customer = customer_to_change(tx, customer_id)
    now = billing_of(customer)
    unchanged(tx, customer, now, base)
    return _save(tx, customer, "customer.billing", now, check_place(typed).accepted())


def change_shipping(tx: Tx, customer_id: str, typed: Values, base: Values) -> Customer:
    customer = customer_to_change(tx, customer_id)
    now = shipping_of(tx, customer)
    unchanged(tx, customer, now, base)
    place = None if typed.get("same") else check_place(typed).accepted()
    set_shipping(tx, customer, {name: place[name] for name in ADDRESS} if place else None)
    after = {"same": place is None} | ({name: place[name] for name in ADDRESS} if place else dict.fromkeys(ADDRESS, ""))
    if differs := changed(now, after):
        tx.record("customer.shipping", customer, differs)
    return customer


def change_tax(tx: Tx, customer_id: str, typed: Values, base: Values) -> Customer:
    customer = customer_to_change(tx, customer_id)
    now = tax_of(customer)
    unchanged(tx, customer, now, base)
    return _save(tx, customer, "customer.tax", now, check_tax(typed, customer.country).accepted())


def labels_of(tx: Tx, customer: Customer) -> dict[str, str]:
    """Tags and group by name, as the activity writes them."""
    group = tx.get(Group, customer.group_id).name if customer.group_id else ""
    return {"tags": _tag_names(tx, customer.id), "group": group}


def change_labels(
    tx: Tx, customer_id: str, tag_ids: Sequence[str], group_id: str, base: Values | None = None
) -> Customer:
    """Tags and group of one customer; `base`: both as the editor saw them (labels_of)."""
    customer = customer_to_change(tx, customer_id)
    now = labels_of(tx, customer)
    unchanged(tx, customer, now, base or {})
    set_tags(tx, customer, tag_ids)
    tx.flush()
    after = _tag_names(tx, customer_id)
    if now["tags"] != after:
        tx.record("customer.tags", customer, {"tags": [now["tags"], after]})
    change_group(tx, customer, group_id)
    return customer


def _tag_names(tx: Tx, customer_id: str) -> str:
    statement = tx.own(Tag).join(CustomerTag, CustomerTag.tag_id == Tag.id)  # type: ignore[arg-type]
    tags = tx.all(statement.where(CustomerTag.customer_id == customer_id).order_by(Tag.name_key))
    return ", ".join(tag.name for tag in tags)


def _save(tx: Tx, customer: Customer, action: str, now: Values, after: Values) -> Customer:
    after = {name: after[name] for name in now}
    if differs := changed(dict(now), after):
        rewrite(customer, after)
        search.index(tx, customer)
        tx.record(action, customer, differs)
    return customer
