"""The texts of a Document in its language, in the order of the page, as the template prints them."""

import re
from collections.abc import Callable, Iterator
from copy import copy
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import NumberPattern, format_decimal, format_percent

from ...kernel.money import Money
from ...kernel.text.i18n import locale_of, speech, spoken
from ...partners.rules.colour import INK, READABLE, WHITE, contrast, ink_on
from ..rules.taxes import TAX
from .fonts import missing
from .model import Document, Item, Letterhead, Party, Tax
from .text_layout import breakable, clean

Say = Callable[[str], str]
Head = Letterhead | Document

ONE_WHOLE = 1_000_000  # both a quantity of one and a rate of 100 %
LETTER = {"US", "CA"}
RIGHT_TO_LEFT = {"ar", "he", "iw", "fa", "ur", "yi"}
REGIONS = {"en": "US", "fr": "CA", "es": "US"}


def file_name(document: Document) -> str:
    """ "Facture INV-0042.pdf": letters of its language, so a header needs `filename*`."""
    number = re.sub(r"[^\w.-]+", "-", clean(document.number)).strip("-.") or _say(document)("Draft")
    return f"{_title(document)} {number}.pdf"


def warnings_of(document: Document) -> list[str]:
    """Warnings for staff: characters of this document that no font can show."""
    lost = missing("".join(texts(paper(document))))
    return [f"The paper cannot show {_listed(lost)}: an empty box is printed instead."] if lost else []


def _listed(characters: str) -> str:
    shown = " ".join(characters[:10])
    return f"{shown} and {len(characters) - 10} more" if len(characters) > 10 else shown


def texts(value: Any) -> Iterator[str]:
    """Every text in what is printed."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts(part)


# ---------------------------------------------------------------- the page


def paper(document: Document) -> dict[str, Any]:
    """What the template prints, as JSON can carry it."""
    say, title = _say(document), _title(document)
    head, number, shown = letterhead(document, title), breakable(document.number), _shown(document)
    return head | {
        "date": date_parts(document.issued_on),
        "accent_ink": ink_on(head["accent"]),
        "number": number,
        "name": f"{title} {clean(document.number) or say('Draft')}",
        "draft": "" if number else say("Draft"),
        "void": say("Void") if document.voided else "",
        "foot": f"{_short(document.seller.name)} · {title} {_short(document.number) or say('Draft')}",
        "parties": [*head["parties"], *_ship_to(document, say)],
        "facts": _facts(document, say),
        "columns": _columns(shown, say),
        "rows": [_row(document, item, shown, say) for item in document.items],
        "sums": _sums(document, say),
        "notes": _notes(document, say),
        "pay": _pay(document, say),
    }


def letterhead(head: Head, title: str) -> dict[str, Any]:
    """What letterhead.typ prints around everything we write; a paper without a `date` is no archive."""
    say, spoken_in, accent = _say(head), spoken(head.language), _accent(head)
    return {
        "lang": spoken_in,
        "region": REGIONS[spoken_in],
        "rtl": head.language.replace("_", "-").partition("-")[0].lower() in RIGHT_TO_LEFT,
        "paper": "us-letter" if head.seller.country in LETTER else "a4",
        "date": None,
        "accent": accent,
        "accent_text": accent if contrast(accent, WHITE) >= READABLE else INK,
        "logo_alt": say("Logo of %(name)s") % {"name": clean(head.seller.name)},
        "title": title,
        "name": title,
        "seller": clean(head.seller.name),
        "foot": f"{_short(head.seller.name)} · {title}",
        "parties": [_party(say("From"), head.seller, say), _party(say("To"), head.buyer, say)],
        "page": say("Page %(page)s of %(pages)s"),
    }


def date_parts(day: date | None) -> list[int] | None:
    return [day.year, day.month, day.day] if day else None


def _say(head: Head) -> Say:
    return speech(head.language, "documents")


def _accent(head: Head) -> str:
    return head.accent if re.fullmatch("#[0-9a-fA-F]{6}", head.accent) else Document.accent


def _title(document: Document) -> str:
    return _say(document)("Credit note" if document.is_credit else "Invoice")


def _short(text: str) -> str:
    """For one line with others beside it."""
    cleaned = clean(text)
    return cleaned if len(cleaned) <= 40 else f"{cleaned[:39]}…"


def _ship_to(document: Document, say: Say) -> list[dict[str, Any]]:
    return [_party(say("Ship to"), document.ship_to, say)] if document.ship_to else []


def _party(label: str, party: Party, say: Say) -> dict[str, Any]:
    tax_ids = [say("Tax ID %(number)s") % {"number": number} for number in party.tax_ids if clean(number)]
    return {
        "label": label,
        "name": breakable(party.name),
        "lines": [breakable(text) for text in party.lines if clean(text)],
        "small": [breakable(text) for text in [*tax_ids, party.email] if clean(text)],
    }


def _facts(document: Document, say: Say) -> list[list[str]]:
    """Labels and values under the title: those that there are."""
    due = (say("Due date"), _day(document, document.due_on)), (say("Terms"), _terms(document, say))
    said = [
        (say("Issued"), _day(document, document.issued_on)),
        *(() if document.is_credit else due),
        (say("PO number"), breakable(document.po_number)),
        (say("For invoice"), breakable(document.about)),
    ]
    return [[label, value] for label, value in said if value]


def _terms(document: Document, say: Say) -> str:
    if document.terms_days is None:
        return ""
    known = {0: say("Due on receipt"), 1: say("Net 1")}
    return known.get(document.terms_days) or say("Net %(days)s") % {"days": document.terms_days}


def _notes(document: Document, say: Say) -> list[list[str]]:
    said = [(say("Reason"), document.reason), (say("Notes"), document.memo)]
    return [[label, breakable(text)] for label, text in said if clean(text)]


def _pay(document: Document, say: Say) -> dict[str, str]:
    url = clean(document.pay_url)
    return {"url": url, "words": say("Pay online")} if url.startswith(("https://", "http://")) else {}


# ---------------------------------------------------------------- lines and sums


def _shown(document: Document) -> dict[str, bool]:
    """The columns that can be left out, and whether they are there."""
    return {
        "quantity": document.itemised,
        "unit_price": document.itemised,
        "discount": any(item.discount for item in document.items),
        "tax": len({item.tax_rate for item in document.items}) > 1,
    }


def _columns(shown: dict[str, bool], say: Say) -> list[str]:
    heads = {
        "quantity": say("Quantity"),
        "unit_price": say("Unit price"),
        "discount": say("Discount"),
        "tax": say("Tax"),
    }
    return [say("Description"), *(text for name, text in heads.items() if shown[name]), say("Amount")]


def _row(document: Document, item: Item, shown: dict[str, bool], say: Say) -> list[Any]:
    locale = locale_of(document.language)
    cells = {
        "quantity": lambda: _quantity(item.quantity, locale),
        "unit_price": lambda: _amount(document, item.unit_price),
        "discount": lambda: _amount(document, -item.discount) if item.discount else "",
        "tax": lambda: _rate(item.tax_rate, locale),
    }
    lead, *rest = breakable(item.description).split("\n") if clean(item.description) else [say("Services")]
    return [[lead, *rest], *(write() for name, write in cells.items() if shown[name]), _amount(document, item.net)]


def _sums(document: Document, say: Say) -> list[list[Any]]:
    """[label, amount, whether it is the sum that counts]"""
    rows: list[list[Any]] = []
    if document.itemised or document.discount or len(document.items) > 1:
        rows.append([say("Subtotal"), _amount(document, document.subtotal), False])
    if document.discount:
        rows.append([say("Discount"), _amount(document, -document.discount), False])
    rows += [[*row, False] for row in _tax_rows(document, say)]
    total = say("Total credit") if document.is_credit else say("Total")
    rows.append([total, _amount(document, document.total), True])
    return rows + (_settled_rows(document, say) if document.paid > 0 else [])


def _tax_rows(document: Document, say: Say) -> Iterator[list[Any]]:
    """The tax base is shown only where there are several taxes."""
    taxes = document.taxes or [Tax(0, document.subtotal - document.discount, 0)]
    words = say("%(name)s %(rate)s on %(base)s") if len(taxes) > 1 else "%(name)s %(rate)s"
    for tax in taxes:
        rate, base = _rate(tax.rate, locale_of(document.language)), _amount(document, tax.base)
        yield [words % {"name": _tax_name(tax.name, say), "rate": rate, "base": base}, _amount(document, tax.amount)]


def _tax_name(name: str, say: Say) -> str:
    """Well-known names in the document's language, others as they are."""
    known = {
        TAX: say("Tax"),
        "Sales tax": say("Sales tax"),
        "GST": say("GST"),
        "HST": say("HST"),
        "PST": say("PST"),
        "QST": say("QST"),
        "VAT": say("VAT"),
    }
    return known.get(name) or breakable(name)


def _settled_rows(document: Document, say: Say) -> list[list[Any]]:
    paid, left = (say("Used"), say("Credit left")) if document.is_credit else (say("Paid"), say("Amount due"))
    return [
        [paid, _amount(document, -document.paid), False],
        [left, _amount(document, document.total - document.paid), True],
    ]


# ---------------------------------------------------------------- how it is written


def _amount(document: Document, minor: int) -> str:
    return Money(minor, document.currency).text(locale_of(document.language))


def _day(document: Document, day: date | None) -> str:
    return format_date(day, "medium", locale=locale_of(document.language)) if day else ""


@lru_cache(maxsize=1024)
def _quantity(millionths: int, locale: str) -> str:
    return format_decimal(Decimal(millionths) / ONE_WHOLE, locale=locale, decimal_quantization=False)


@lru_cache(maxsize=1024)
def _rate(rate: int, locale: str) -> str:
    """At least two decimals, at most four."""
    return format_percent(Decimal(rate) / ONE_WHOLE, _percent(locale), locale=locale)


@cache
def _percent(locale: str) -> NumberPattern:
    pattern = copy(Locale.parse(locale).percent_formats[None])
    pattern.frac_prec = (2, 4)
    return pattern
