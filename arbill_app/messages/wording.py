"""What our messages say, in English, and how words with {variables} become sentences. Pure: knows no database.

The English here are the msgids of the catalogue "messages"; a partner's own words go through the same functions.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache

from markupsafe import Markup, escape

from ..kernel.text.formatting import SECRETS
from ..kernel.text.i18n import speech

DOMAIN = "messages"
COMMON = ("customer", "partner", "name")
FOOTER = "Sent with arbill"
FACT = "{label}: {value}"


@dataclass(frozen=True)
class Kind:
    """`facts` are (label, variable), shown beside each other. `optional`: people may unsubscribe from it."""

    label: str
    subject: str
    body: str
    button: str
    variables: tuple[str, ...]
    facts: tuple[tuple[str, str], ...] = ()
    optional: bool = False

    @property
    def known(self) -> tuple[str, ...]:
        return (*self.variables, *COMMON)


_INVOICE = ("number", "total", "due_date", "balance", "memo", "po_number")
_INVOICE_FACTS = (
    ("Invoice number", "number"),
    ("Total", "total"),
    ("Balance due", "balance"),
    ("Due date", "due_date"),
    ("PO number", "po_number"),
)

# All of these answer what somebody did or owes: nobody can unsubscribe from them.
KINDS: dict[str, Kind] = {
    "welcome": Kind(
        "Welcome",
        "{partner} has set up an account for {customer}",
        "Hello {name},\n\n"
        "{partner} sends invoices to {customer} through this portal. You can see what is open and pay it there.\n\n"
        "Sign in with {email}: a code comes by email each time, there is no password to remember.",
        "Open the portal",
        ("email",),
    ),
    "code": Kind(
        "One-time code",
        "Your sign-in code for {partner}",
        "Hello {name},\n\n"
        "Enter this code to sign in to the portal of {partner}. It works once, for {minutes} minutes.\n\n"
        "If you did not ask for it, ignore this message: nobody gets in without the code.",
        "Open the portal",
        ("code", "minutes"),
        (("Your code", "code"),),
    ),
    "invoice": Kind(
        "New invoice",
        "Invoice {number} from {partner}",
        "Hello {name},\n\n"
        "{partner} has sent {customer} invoice {number} for {total}. It is due on {due_date}.\n\n"
        "{memo}",
        "View and pay",
        _INVOICE,
        _INVOICE_FACTS,
    ),
    "invoice_charged": Kind(
        "New invoice that is charged by itself",
        "Invoice {number} from {partner}",
        "Hello {name},\n\n"
        "{partner} has sent {customer} invoice {number} for {total}.\n\n"
        "{partner} charges {method} for it on {charge_date}. There is nothing for you to do.\n\n"
        "{memo}",
        "View the invoice",
        (*_INVOICE, "method", "charge_date"),
        _INVOICE_FACTS,
    ),
    "payment_link": Kind(
        "Payment link",
        "Pay invoice {number} from {partner}",
        "Hello {name},\n\n"
        "Here is the link to pay invoice {number}. The balance is {balance}, due on {due_date}.\n\n"
        "{memo}",
        "Pay {balance}",
        _INVOICE,
        _INVOICE_FACTS,
    ),
    "credit_note": Kind(
        "Credit note",
        "Credit note {number} from {partner}",
        "Hello {name},\n\n"
        "{partner} has issued credit note {number} for {total} to {customer}.\n\n"
        "It belongs to invoice {invoice_number}.\n\n"
        "Reason: {reason}",
        "View the credit note",
        ("number", "total", "invoice_number", "reason"),
        (("Credit note number", "number"), ("Total", "total"), ("Invoice", "invoice_number")),
    ),
    "receipt": Kind(
        "Receipt",
        "Payment received: {amount}",
        "Hello {name},\n\nThank you: {partner} has received {amount} from {customer}.",
        "Open the portal",
        ("amount", "method", "date", "reference", "invoices", "on_account"),
        (
            ("Amount", "amount"),
            ("Paid with", "method"),
            ("Date", "date"),
            ("Reference", "reference"),
            ("Invoices", "invoices"),
            ("Kept on account", "on_account"),
        ),
    ),
    "payment_failed": Kind(
        "Payment failed",
        "Your payment of {amount} did not go through",
        "Hello {name},\n\n{reason}\n\n{advice}\n\nNothing was charged.",
        "Pay another way",
        ("amount", "method", "invoices", "reason", "advice"),
        (("Amount", "amount"), ("Payment method", "method"), ("Invoices", "invoices")),
    ),
    "refund": Kind(
        "Refund",
        "Refund of {amount} from {partner}",
        "Hello {name},\n\n{partner} has refunded {amount}. Banks take a few days to show it.\n\nReason: {reason}",
        "Open the portal",
        ("amount", "method", "reason"),
        (("Amount", "amount"), ("Refunded to", "method")),
    ),
    "card_expiring": Kind(
        "Card expiring",
        "{method} expires soon",
        "Hello {name},\n\n{method} expires in {expiry}. Add a new card, so that payments to {partner} go on.",
        "Add payment method",
        ("method", "expiry"),
    ),
    "payment_processing": Kind(
        "Bank payment processing",
        "Your bank payment of {amount} is on its way",
        "Hello {name},\n\nYour bank is moving {amount}. That takes a few business days; you get a receipt then.",
        "Open the portal",
        ("amount", "method", "invoices"),
        (("Amount", "amount"), ("Bank account", "method"), ("Invoices", "invoices")),
    ),
    "method_added": Kind(
        "Payment method added",
        "{method} was added",
        "Hello {name},\n\n{method} can now be used to pay {partner}.\n\nWas it none of you? Tell {partner} at once.",
        "Open the portal",
        ("method",),
    ),
    "method_to_approve": Kind(
        "Payment method to approve",
        "Please approve {method}",
        "Hello {name},\n\n"
        "{partner} has added {method} for {customer}, to be debited for its invoices. Nothing is debited before you "
        "approve it in the portal.\n\n"
        "You do not know this account? Do not approve it, and tell {partner}.",
        "Approve it",
        ("method",),
    ),
}


def msgids() -> list[str]:
    """Everything a catalogue has to hold."""
    kinds = KINDS.values()
    words = (text for kind in kinds for text in (kind.subject, kind.body, kind.button))
    labels = (label for kind in kinds for label, _ in kind.facts)
    return list(dict.fromkeys((*words, *labels, FOOTER, FACT)))


@cache
def ours(kind: str, language: str) -> tuple[str, str]:
    """(subject, body) in the words that come with arbill."""
    say = speech(language, DOMAIN)
    return say(KINDS[kind].subject), say(KINDS[kind].body)


# ---------------------------------------------------------------- variables

VARIABLE = re.compile(r"\{([^{}\n]*)\}")
# An empty variable takes the space before it along: "Hello {name}," is "Hello," when several people are meant.
_IN_ITS_PLACE = re.compile("(?P<before>,?[ \N{NO-BREAK SPACE}])?\\{ *(?P<name>[a-z_]+) *\\}")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_GAP = re.compile(r"\n[ \t]*\n")

Values = Mapping[str, str]


def variables_in(text: str) -> list[str]:
    return [name.strip() for name in VARIABLE.findall(text)]


def complaint(kind: str, text: str) -> str:
    """What is wrong with the variables of somebody's words, or "": names the first one there is not."""
    known = KINDS[kind].known
    wrong = next((name for name in variables_in(text) if name not in known), None)
    if wrong is None:
        return ""
    near = get_close_matches(wrong, known, n=1)
    hint = f"Did you mean {{{near[0]}}}?" if near else "Use one of the variables listed here."
    return f"There is no variable {{{wrong}}}. {hint}"


def subject_complaint(kind: str, text: str) -> str:
    """Subjects stay readable in logs and on locked phones: no secret belongs there."""
    secret = next((name for name in variables_in(text) if name in SECRETS), None)
    if secret in KINDS[kind].known:
        return f"Leave {{{secret}}} out of the subject: locked phones show it. It belongs in the message."
    return complaint(kind, text)


def fill(text: str, values: Values) -> str:
    """One line with its variables filled in; unknown ones stay as they are."""

    def put(found: re.Match[str]) -> str:
        if found["name"] not in values:
            return found[0]
        value = values[found["name"]].strip()
        return (found["before"] or "") + value if value else ""

    return _IN_ITS_PLACE.sub(put, text)


def subject_line(text: str, values: Values) -> str:
    """One line, whatever stands in the values."""
    return " ".join(fill(text, values).split())


# ---------------------------------------------------------------- paragraphs


def paragraphs(body: str, values: Values) -> list[list[str]]:
    """Lines by paragraph, variables still in them. A line that is only about something empty is left out."""
    kept = [[line for line in block if _says_something(line, values)] for block in _split(body)]
    return [lines for lines in kept if lines]


@lru_cache(maxsize=256)
def _split(body: str) -> tuple[tuple[str, ...], ...]:
    return tuple(
        tuple(line.strip() for line in block.split("\n") if line.strip())
        for block in _GAP.split(body.replace("\r\n", "\n").strip())
    )


def _says_something(line: str, values: Values) -> bool:
    about = [name for name in variables_in(line) if name not in COMMON]
    return not about or any(values.get(name, name).strip() for name in about)


def as_text(lines: list[str], values: Values) -> str:
    return "\n".join(fill(_BOLD.sub(r"\1", line), values) for line in lines)


def as_markup(lines: list[str], values: Values) -> Markup:
    """Escaped, but for `**bold**` in the words themselves and line breaks."""
    return Markup("<br>").join(_marked(line, values) for line in lines)


def _marked(line: str, values: Values) -> Markup:
    pieces = [escape(fill(piece, values)).replace("\n", Markup("<br>")) for piece in _BOLD.split(line)]
    return Markup("").join(Markup("<strong>{}</strong>").format(p) if i % 2 else p for i, p in enumerate(pieces))


# ---------------------------------------------------------------- facts


def facts(kind: str, language: str, values: Values) -> Iterator[tuple[str, str]]:
    """(label, value) of what there is; the balance is left out when it equals the total."""
    say = speech(language, DOMAIN)
    for label, name in KINDS[kind].facts:
        value = values.get(name, "").strip()
        if value and not (name == "balance" and value == values.get("total")):
            yield say(label), value


def fact_line(label: str, value: str, language: str) -> str:
    """In text: French has a space before the colon."""
    return speech(language, DOMAIN)(FACT).format(label=label, value=value)


def button(kind: str, language: str, values: Values) -> str:
    return fill(speech(language, DOMAIN)(KINDS[kind].button), values)
