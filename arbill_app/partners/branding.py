"""How a partner’s papers and messages look: the accent and the logos, a legal entity’s own before the company’s."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..kernel import clock
from ..kernel.actor import MANAGERS
from ..kernel.db.activity import apply
from ..kernel.db.transactions import Tx
from ..kernel.errors import Invalid
from ..kernel.fields import check
from ..kernel.typesetting.pool import Requester
from .models import BrandingFields, LegalEntity, Logo, Partner
from .printable_logo import printable
from .rules import picture, svg

LARGEST = 512 * 1024  # bytes


def change_branding(tx: Tx, values: Mapping[str, Any]) -> Partner:
    tx.actor.must_be(*MANAGERS)
    fields = check(BrandingFields, values)
    partner = tx.get(Partner, tx.actor.partner_id, lock=True)
    tx.record("partner.branding", partner, apply(partner, fields.model_dump()))
    return partner


@dataclass(frozen=True)
class Picture:
    """What was sent, checked; `printed` is what papers print for it, None when that is the content."""

    kind: str
    content: bytes
    printed: bytes | None = None


def prepare_logo(content: bytes, requester: Requester) -> Picture:
    """Before the transaction, because drawing may take seconds. `Invalid(file=…)` for what is no harmless PNG, JPEG or
    SVG, or takes too much to draw."""
    kind = checked(content)
    drawn = printable(content, kind, requester)
    return Picture(kind, content, drawn if kind == picture.SVG else None)


def save_logo(tx: Tx, sent: Picture | bytes, entity_id: str = "") -> Logo:
    """Of the company, or of one legal entity."""
    tx.actor.must_be(*MANAGERS)
    chosen = sent if isinstance(sent, Picture) else prepare_logo(sent, Requester(tx.actor.partner_id))
    whose = _whose(tx, entity_id)
    logo = tx.create(Logo, **vars(chosen), created_at=clock.now())
    tx.record("logo.saved", whose, apply(whose, {"logo_id": logo.id}), note=whose.name)
    return logo


def remove_logo(tx: Tx, entity_id: str = "") -> None:
    """Papers issued with it keep it."""
    tx.actor.must_be(*MANAGERS)
    whose = _whose(tx, entity_id)
    tx.record("logo.removed", whose, apply(whose, {"logo_id": None}), note=whose.name)


def on_paper(logo: Logo) -> tuple[bytes, str]:
    """(content, kind) as papers take it."""
    return (logo.printed, picture.PNG) if logo.printed else (logo.content, logo.kind)


def logo(tx: Tx, logo_id: str) -> Logo:
    return tx.get(Logo, logo_id)


def _whose(tx: Tx, entity_id: str) -> Partner | LegalEntity:
    if entity_id:
        return tx.get(LegalEntity, entity_id, lock=True)
    return tx.get(Partner, tx.actor.partner_id, lock=True)


def checked(content: bytes) -> str:
    """The kind of a picture that may be a logo."""
    if not content:
        raise Invalid(file="Choose a file.")
    if len(content) > LARGEST:
        raise Invalid(file=f"Choose a file of at most {LARGEST // 1024} KB.")
    kind = picture.kind_of(content)
    if not kind:
        raise Invalid(file="Choose a PNG, JPEG or SVG picture.")
    if complaint := svg.complaint_about(content) if kind == picture.SVG else _too_large(content, kind):
        raise Invalid(file=complaint)
    return kind


def _too_large(content: bytes, kind: str) -> str:
    try:
        sides = picture.size_of(content, kind)
    except ValueError as damaged:
        return str(damaged)
    most = picture.LARGEST_SIDE
    return f"Choose a picture of at most {most} pixels on each side." if max(sides) > most else ""
