"""Which verb an invoice takes in which state: the one table that buttons, REST and verbs ask.

Two axes: the stage (draft -> open -> voided) and how far it is settled. Overdue is computed, never stored.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ...sentences.marks import N_


class Stage(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    VOIDED = "voided"


class Settlement(StrEnum):
    UNPAID = "unpaid"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    REFUNDED = "refunded"


class Verb(StrEnum):
    EDIT = "edit"
    DISCARD = "discard"
    ISSUE = "issue"
    SEND = "send"
    COPY_LINK = "copy_link"
    DOWNLOAD = "download"
    VOID = "void"
    CREDIT = "credit"
    DUPLICATE = "duplicate"


class Status(StrEnum):
    """What people read: the two axes and the calendar in one word."""

    DRAFT = "draft"
    OPEN = "open"
    OVERDUE = "overdue"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    REFUNDED = "refunded"
    VOIDED = "voided"

    @property
    def label(self) -> str:
        return STATUS_LABELS[self]


STATUS_LABELS = {
    Status.DRAFT: N_("Draft"),
    Status.OPEN: N_("Open"),
    Status.OVERDUE: N_("Overdue"),
    Status.PARTLY_PAID: N_("Partly paid"),
    Status.PAID: N_("Paid"),
    Status.REFUNDED: N_("Refunded"),
    Status.VOIDED: N_("Voided"),
}


@dataclass(frozen=True)
class Rule:
    """Where a verb is possible; `refusal` is what is said elsewhere."""

    label: str
    stages: tuple[Stage, ...]
    settled: tuple[Settlement, ...]
    refusal: str


ANY = tuple(Settlement)
OWED = (Settlement.UNPAID, Settlement.PARTLY_PAID)
ISSUED = (Stage.OPEN,)
RULES: dict[Verb, Rule] = {
    Verb.EDIT: Rule("Edit", (Stage.DRAFT,), ANY, "An issued invoice is frozen: void it, credit it or duplicate it."),
    Verb.DISCARD: Rule("Discard draft", (Stage.DRAFT,), ANY, "Only a draft can be discarded: void this invoice."),
    Verb.ISSUE: Rule("Create invoice", (Stage.DRAFT,), ANY, "This invoice was issued already."),
    Verb.SEND: Rule("Send", ISSUED, ANY, "Only an issued invoice can be sent."),
    Verb.COPY_LINK: Rule("Copy payment link", ISSUED, OWED, "There is nothing to pay on this invoice."),
    Verb.DOWNLOAD: Rule("Download PDF", tuple(Stage), ANY, ""),
    Verb.VOID: Rule(
        "Void", ISSUED, (Settlement.UNPAID,), "Something was paid or credited already: credit the rest instead."
    ),
    Verb.CREDIT: Rule("Credit", ISSUED, ANY, "Only an issued invoice can be credited."),
    Verb.DUPLICATE: Rule("Duplicate", tuple(Stage), ANY, ""),
}


def settlement(total: int, balance: int, refunded: int = 0) -> Settlement:
    """Minor units: what was asked, what is still owed, what was given back of it. What is owed is never settled."""
    if balance > 0:
        return Settlement.PARTLY_PAID if balance < total else Settlement.UNPAID
    return Settlement.REFUNDED if refunded and refunded >= total else Settlement.PAID


def status(stage: Stage, settled: Settlement, due_on: date, today: date) -> Status:
    if stage != Stage.OPEN:
        return Status(stage.value)
    if settled in (Settlement.PAID, Settlement.REFUNDED):
        return Status(settled.value)
    if due_on < today:
        return Status.OVERDUE
    return Status.PARTLY_PAID if settled == Settlement.PARTLY_PAID else Status.OPEN


def refusal(verb: Verb, stage: Stage, settled: Settlement) -> str:
    """Why not, in a sentence; "" when it may."""
    rule = RULES[verb]
    if stage == Stage.VOIDED and stage not in rule.stages:
        return "This invoice is void."
    return "" if stage in rule.stages and settled in rule.settled else rule.refusal


def allowed(stage: Stage, settled: Settlement) -> Iterator[Verb]:
    """The verbs that are possible now, in the order of the table."""
    return (verb for verb in RULES if not refusal(verb, stage, settled))
