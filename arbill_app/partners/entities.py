"""The legal entities that a partner invoices as: their names, addresses, tax ids and how their papers are numbered."""

from collections.abc import Mapping
from typing import Any

from ..kernel.actor import MANAGERS
from ..kernel.db.activity import apply
from ..kernel.db.transactions import Tx
from ..kernel.errors import Invalid
from ..kernel.fields import check
from .auth.confirming import confirmed
from .models import LegalEntity, LegalEntityFields
from .rules import number_pattern
from .rules.tax_names import usual_tax_name


@confirmed
def save_legal_entity(tx: Tx, entity_id: str, values: Mapping[str, Any]) -> LegalEntity:
    """Adds one (`entity_id` empty) or changes it. Confirmed, because customers send checks to its address.

    A new one without `tax_name` calls its tax as is usual where it is.
    """
    tx.actor.must_be(*MANAGERS)
    fields = _checked(values)
    if not entity_id and "tax_name" not in values:
        fields.tax_name = usual_tax_name(fields.country, fields.region)
    same = tx.own(LegalEntity).where(LegalEntity.name == fields.name, LegalEntity.id != entity_id)
    if tx.first(same):
        raise Invalid(name="There is a legal entity of this name already.")
    if not entity_id:
        entity = tx.create(LegalEntity, fields)
        tx.record("legal_entity.added", entity, note=entity.name)
        return entity
    entity = tx.get(LegalEntity, entity_id, lock=True)
    tx.record("legal_entity.changed", entity, apply(entity, fields.model_dump()), note=entity.name)
    return entity


def _checked(values: Mapping[str, Any]) -> LegalEntityFields:
    fields = check(LegalEntityFields, values)
    errors = {
        name: text for name in ("invoice_pattern", "credit_pattern") if (text := _complaint(getattr(fields, name)))
    }
    invoices = fields.invoice_pattern or number_pattern.INVOICE
    credits = fields.credit_pattern or number_pattern.CREDIT_NOTE
    if not errors and invoices == credits:
        errors = {"credit_pattern": "Invoices are numbered like this. Choose another pattern for credit notes."}
    if errors:
        raise Invalid.of(errors)
    return fields


def _complaint(typed: str) -> str:
    """About a pattern; empty is the default one."""
    try:
        number_pattern.check(typed or number_pattern.INVOICE)
    except ValueError as wrong:
        return str(wrong)
    return ""


def make_default_entity(tx: Tx, entity_id: str) -> None:
    tx.actor.must_be(*MANAGERS)
    # All of them, in one order: two who choose at once must not each leave theirs.
    tx.all(tx.own(LegalEntity).order_by(LegalEntity.id).with_for_update())
    chosen = tx.get(LegalEntity, entity_id)
    for entity in tx.all(tx.own(LegalEntity)):
        entity.is_default = entity.id == chosen.id
    tx.record("legal_entity.default", chosen, note=chosen.name)
