"""Papers to print: plain functions with everything that a test may want to change."""

from datetime import date
from typing import Any

from arbill_app.invoices.documents.model import Document, Item, Party, Tax

NORTHGATE = Party(
    "Northgate IT, Inc.",
    ["90 Harbor Way", "Portland, ME 04101"],
    ["31-5550142"],
    "billing@northgate.example",
)
BLUEBIRD = Party(
    "Bluebird Dental", ["Attn Ada Quill", "480 Juniper Street", "Columbus, OH 43215"], email="ada@bluebird.example"
)


def make_item(description: str = "Managed IT", **changes: Any) -> Item:
    values: dict[str, Any] = {"quantity": 1_000_000, "unit_price": 10000, "discount": 0, "tax_rate": 0, "net": 10000}
    return Item(description=description, **(values | changes))


def make_document(**changes: Any) -> Document:
    """One line of $1,180.00 without tax, as in the simplest invoice."""
    values: dict[str, Any] = {
        "kind": "invoice",
        "number": "INV-0042",
        "language": "en",
        "currency": "USD",
        "issued_on": date(2026, 11, 21),
        "due_on": date(2026, 12, 6),
        "seller": NORTHGATE,
        "buyer": BLUEBIRD,
        "ship_to": None,
        "items": [make_item("December managed IT services", unit_price=118000, net=118000)],
        "subtotal": 118000,
        "discount": 0,
        "taxes": [Tax(0, 118000, 0)],
        "tax": 0,
        "total": 118000,
        "itemised": False,
    }
    return Document(**(values | changes))


def many_lines(count: int, **changes: Any) -> Document:
    """Every third line has a discount, every other one tax of 8.875 %, the others of 5 %."""
    items = [line(i) for i in range(1, count + 1)]
    bases = {rate: sum(item.net for item in items if item.tax_rate == rate) for rate in (88750, 50000)}
    taxes = [Tax(rate, base, base * rate // 1_000_000) for rate, base in bases.items()]
    discount, tax = sum(item.discount for item in items), sum(tax.amount for tax in taxes)
    net = sum(item.net for item in items)
    values = {"items": items, "subtotal": net + discount, "discount": discount, "taxes": taxes, "tax": tax}
    return make_document(**(values | {"total": net + tax, "itemised": True} | changes))


def line(number: int) -> Item:
    discount = 500 if number % 3 == 0 else 0
    text = f"Line {number}: monitoring and backup of workstations\nNovember 1 to November 30, 2026"
    gross = 1_500_000 * 4995 // 1_000_000
    return Item(text, 1_500_000, 4995, discount, 88750 if number % 2 else 50000, gross - discount)
