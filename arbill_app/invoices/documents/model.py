"""A document (invoice or credit note) as plain values: no database, no clock."""

from dataclasses import dataclass, field
from datetime import date

from ..rules.taxes import Tax as Tax


@dataclass(frozen=True)
class Party:
    """`lines` are address lines as printed, legal name, "Attn"; `tax_ids` the bare numbers."""

    name: str
    lines: list[str]
    tax_ids: list[str] = field(default_factory=list)
    email: str = ""
    country: str = "US"


@dataclass(frozen=True)
class Letterhead:
    """Seller, buyer, language and colours; shared by invoices, receipts and statements. Document has the same fields
    and more."""

    language: str
    seller: Party
    buyer: Party
    accent: str = "#047857"
    logo: bytes = b""
    logo_kind: str = ""


@dataclass(frozen=True)
class Item:
    """`quantity` in millionths, `tax_rate` in ten-thousandths of a percent, amounts in minor units.

    `net` is after `discount` (>= 0) and before tax; `tax_rate` is that of all its taxes together.
    """

    description: str
    quantity: int
    unit_price: int
    discount: int
    tax_rate: int
    net: int


@dataclass(frozen=True)
class Document:
    """`kind` is "invoice" or "credit_note"; a draft has no `number`. `subtotal` - `discount` + `tax` is `total`.

    `paid` is what is settled already: for a credit note, what of it is used. `about` is the number of the invoice that
    a credit note corrects. `itemised` False leaves out quantity and unit price.
    """

    kind: str
    number: str
    language: str
    currency: str
    issued_on: date | None
    due_on: date | None
    seller: Party
    buyer: Party
    ship_to: Party | None
    items: list[Item]
    subtotal: int
    discount: int
    taxes: list[Tax]
    tax: int
    total: int
    paid: int = 0
    memo: str = ""
    po_number: str = ""
    terms_days: int | None = None
    about: str = ""
    reason: str = ""
    voided: bool = False
    accent: str = "#047857"
    logo: bytes = b""
    logo_kind: str = ""
    itemised: bool = True
    pay_url: str = ""

    @property
    def is_credit(self) -> bool:
        return self.kind == "credit_note"
