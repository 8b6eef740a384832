"""Whose message it is: the partner's name, colours, logo and address, and its own words."""

from dataclasses import dataclass, replace
from functools import lru_cache

from ..customers.rules.countries import country_name
from ..kernel.db.transactions import Tx
from ..partners.models import ACCENT, LegalEntity, Logo, Partner
from ..partners.rules.colour import WHITE, contrast, ink_on
from .models import MessageTemplate

PICTURES = {"png", "jpeg", "jpg", "gif"}  # no mail program shows an SVG reliably


@dataclass(frozen=True)
class Brand:
    """`words` are the partner's own (subject, body) by (kind, language); `logo` is (subtype, content).

    `reply_to` is who reads answers, "" where they go to wherever the message came from.
    """

    name: str
    reply_to: str = ""
    accent: str = ACCENT
    logo: tuple[str, bytes] | None = None
    entity: LegalEntity | None = None
    words: dict[tuple[str, str], tuple[str, str]] | None = None

    @property
    def ink(self) -> str:
        """The text colour on the accent."""
        return _look(self.accent)[0]

    @property
    def edge(self) -> str:
        """The border of a button whose colour is as light as the background."""
        return _look(self.accent)[1]

    def saying(self, kind: str, language: str, words: tuple[str, str]) -> "Brand":
        """The same, with these words instead."""
        return replace(self, words={**(self.words or {}), (kind, language): words})

    def footer(self, language: str) -> list[str]:
        """Name and address; with several legal entities the name alone, as the sending entity is not known here."""
        found = self.entity
        if found is None or not found.address_line1:
            return [self.name]
        place = " ".join(part for part in (found.region, found.postal_code) if part)
        town = ", ".join(part for part in (found.city, place) if part)
        address = (found.address_line1, found.address_line2, town, country_name(found.country, language))
        return [found.name, ", ".join(part for part in address if part)]


@lru_cache(maxsize=1024)
def _look(accent: str) -> tuple[str, str]:
    return ink_on(accent), "1px solid #8a8580" if contrast(accent, WHITE) < 2 else "none"


def brand_of(tx: Tx) -> Brand:
    partner = tx.get(Partner, tx.actor.partner_id)
    entities = tx.all(tx.own(LegalEntity).limit(2))
    entity = entities[0] if len(entities) == 1 else None
    return Brand(
        name=partner.name,
        reply_to=partner.reply_to,
        accent=partner.accent,
        logo=_logo(tx, (entity and entity.logo_id) or partner.logo_id),
        entity=entity,
        words={(row.kind, row.language): (row.subject, row.body) for row in tx.all(tx.own(MessageTemplate))},
    )


def _logo(tx: Tx, logo_id: str | None) -> tuple[str, bytes] | None:
    logo = tx.first(tx.own(Logo).where(Logo.id == logo_id)) if logo_id else None
    subtype = logo.kind.rpartition("/")[2] if logo else ""
    return (subtype.replace("jpg", "jpeg"), logo.content) if logo and subtype in PICTURES else None
