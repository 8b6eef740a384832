"""A partner's own words: what staff see, change and put back in Settings."""

from dataclasses import dataclass
from datetime import timedelta

from babel.dates import format_date
from sqlmodel import func, select

from ..customers.models import Customer, Group
from ..kernel import clock
from ..kernel.actor import MANAGERS
from ..kernel.db.activity import apply
from ..kernel.db.transactions import Tx
from ..kernel.errors import Invalid, NotFound
from ..kernel.fields import check
from ..kernel.message import Message
from ..kernel.money import Money
from ..kernel.settings import settings
from ..kernel.text.i18n import LOCALES, locale_of
from ..partners.auth.confirming import confirmed
from ..partners.views import company
from .brand import Brand, brand_of
from .models import MessageTemplate, TemplateFields
from .render import Rendered, is_spoken, language_name, with_logo, words
from .wording import KINDS, complaint, ours, subject_complaint

LANGUAGES = {"en": "English", "fr": "Français", "es": "Español"}


@dataclass(frozen=True)
class TemplateView:
    """The words of one kind in one language; `own` when the partner changed them."""

    kind: str
    language: str
    language_label: str
    subject: str
    body: str
    own: bool


@dataclass(frozen=True)
class KindView:
    kind: str
    label: str
    variables: list[str]
    languages: list[TemplateView]

    @property
    def changed(self) -> bool:
        return any(view.own for view in self.languages)


def templates(tx: Tx) -> list[KindView]:
    tx.actor.must_be(*MANAGERS)
    brand = brand_of(tx)
    return [
        KindView(kind, KINDS[kind].label, list(KINDS[kind].known), [_view(kind, code, brand) for code in LANGUAGES])
        for kind in KINDS
    ]


def _view(kind: str, language: str, brand: Brand) -> TemplateView:
    subject, body = words(kind, language, brand)
    return TemplateView(kind, language, LANGUAGES[language], subject, body, (kind, language) in (brand.words or {}))


@confirmed
def save_template(tx: Tx, kind: str, language: str, subject: str, body: str) -> None:
    """Saves a template. A text equal to the default is not stored: the default is used.

    Confirmed, because a template may say to which bank account customers pay.
    """
    tx.actor.must_be(*MANAGERS)
    _known(kind, language)
    fields = check_words(kind, subject, body)
    if (fields.subject, fields.body) == ours(kind, language):
        return reset_template(tx, kind, language)
    row = _row(tx, kind, language)
    if row is None:
        before, after = _words(*ours(kind, language)), fields.model_dump()
        row = tx.create(MessageTemplate, fields, kind=kind, language=language, changed_at=clock.now())
        changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    else:
        changes = apply(row, fields.model_dump())
        row.changed_at = clock.now()
    if changes:
        tx.record("template.changed", row, changes, note=_called(kind, language))


def reset_template(tx: Tx, kind: str, language: str) -> None:
    """Back to the words that come with arbill."""
    tx.actor.must_be(*MANAGERS)
    _known(kind, language)
    row = _row(tx, kind, language)
    if row is None:
        return
    after = _words(*ours(kind, language))
    changes = {name: [getattr(row, name), after[name]] for name in after if getattr(row, name) != after[name]}
    tx.record("template.reset", row, changes, note=_called(kind, language))
    tx.delete(row)


def check_words(kind: str, subject: str, body: str) -> TemplateFields:
    """Lengths and variables, every complaint at once."""
    errors: dict[str, str] = {}
    fields = TemplateFields.model_construct(subject=subject, body=body)
    try:
        fields = check(TemplateFields, {"subject": " ".join(subject.split()), "body": body.replace("\r\n", "\n")})
    except Invalid as refused:
        errors |= refused.errors
    for name, said in (("subject", subject_complaint(kind, subject)), ("body", complaint(kind, body))):
        if said:
            errors.setdefault(name, said)
    if errors:
        raise Invalid.of({name: errors[name] for name in ("subject", "body") if name in errors})
    return fields


def _known(kind: str, language: str) -> None:
    if kind not in KINDS or language not in LANGUAGES:
        raise NotFound("There is no such message.")


def _row(tx: Tx, kind: str, language: str) -> MessageTemplate | None:
    mine = tx.own(MessageTemplate).where(MessageTemplate.kind == kind, MessageTemplate.language == language)
    row: MessageTemplate | None = tx.first(mine.with_for_update())
    return row


def _words(subject: str, body: str) -> dict[str, str]:
    return {"subject": subject, "body": body}


def _called(kind: str, language: str) -> str:
    return f"{KINDS[kind].label}, {LANGUAGES[language]}"


# ---------------------------------------------------------------- preview


def preview(tx: Tx, kind: str, language: str, subject: str | None = None, body: str | None = None) -> Rendered:
    """As a customer would get it, with made-up values; `subject` and `body` are what somebody is typing."""
    tx.actor.must_be(*MANAGERS)
    _known(kind, language)
    return _preview(kind, language, brand_of(tx), company(tx).currency, subject, body)


def previews(tx: Tx, kind: str) -> list[Rendered]:
    """Every language of one kind, in the order of LANGUAGES."""
    tx.actor.must_be(*MANAGERS)
    _known(kind, "en")
    brand, currency = brand_of(tx), company(tx).currency
    return [_preview(kind, language, brand, currency) for language in LANGUAGES]


def _preview(
    kind: str, language: str, brand: Brand, currency: str, subject: str | None = None, body: str | None = None
) -> Rendered:
    now = words(kind, language, brand)
    typed = (now[0] if subject is None else subject, now[1] if body is None else body)
    return with_logo(sample(kind, language, currency), brand.saying(kind, language, typed))


def sample(kind: str, language: str, currency: str) -> Message:
    """A sample message with made-up values."""
    locale = locale_of(language)
    values = {
        "customer": "Bluebird Dental",
        "number": "CN-0007" if kind == "credit_note" else "INV-0042",
        "total": Money(125_000, currency).text(locale),
        "balance": Money(100_000 if kind == "payment_link" else 125_000, currency).text(locale),
        "due_date": format_date(clock.today() + timedelta(days=30), "medium", locale=locale),
        "charge_date": format_date(clock.today() + timedelta(days=30), "medium", locale=locale),
        "memo": _MEMO[language],
        "po_number": "PO-1187",
        "invoice_number": "INV-0042",
        "reason": _REASON[language],
        "code": "482913",
        "minutes": "10",
        "email": "ada@bluebird.example",
        "amount": Money(125_000, currency).text(locale),
        "method": "Visa ending 4242",
        "date": format_date(clock.today(), "medium", locale=locale),
        "reference": "1042",
        "invoices": "INV-0042",
        "advice": _ADVICE[language],
        "expiry": "12/2027",
        "on_account": Money(25_000, currency).text(locale),
    }
    known = {name: value for name, value in values.items() if name in KINDS[kind].known}
    link = f"{settings().origin}/portal"
    return Message(kind, [("Ada Quill", "ada@bluebird.example")], language, known, link=link)


_MEMO = {"en": "Thank you for your business.", "fr": "Merci de votre confiance.", "es": "Gracias por su preferencia."}
_REASON = {"en": "Billed twice", "fr": "Facturé en double", "es": "Facturado dos veces"}
_ADVICE = {
    "en": "Please pay with another card.",
    "fr": "Veuillez payer avec une autre carte.",
    "es": "Pague con otra tarjeta.",
}
assert set(LANGUAGES) == set(LOCALES) == set(_MEMO) == set(_REASON) == set(_ADVICE)


# ---------------------------------------------------------------- languages without a catalogue


def warnings(tx: Tx) -> list[str]:
    """A sentence for each language that customers have and we do not: "3 customers have Deutsch: they get English."."""
    counts = _customers_by_language(tx)
    return [_warning(code, count) for code, count in sorted(counts.items()) if not is_spoken(code)]


def _warning(code: str, count: int) -> str:
    who = "1 customer has" if count == 1 else f"{count:,} customers have"
    return f"{who} {language_name(code)}: {'it gets' if count == 1 else 'they get'} English."


def _customers_by_language(tx: Tx) -> dict[str, int]:
    """Their own, else their group's, else the partner's; archived customers get no messages."""
    language = func.coalesce(func.nullif(Customer.language, ""), func.nullif(Group.language, ""), company(tx).language)
    each = (
        select(language.label("language"))
        .select_from(Customer)
        .outerjoin(Group, Group.id == Customer.group_id)  # type: ignore[arg-type]
        .where(Customer.owned_by(tx.actor), Customer.archived_at.is_(None))  # type: ignore[union-attr]
        .subquery()
    )
    rows = tx.rows(select(each.c.language, func.count()).group_by(each.c.language))
    return {str(code): int(count) for code, count in rows}
