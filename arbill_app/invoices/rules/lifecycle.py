"""Which verb an invoice takes in which state: the one table that the screens and the commands ask.

Two axes: the stage (draft -> open -> voided) and how far it is settled. Overdue is computed, never stored.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ...kernel.problems import Problem
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
    refusal: Problem | None = None


ANY = tuple(Settlement)
OWED = (Settlement.UNPAID, Settlement.PARTLY_PAID)
ISSUED = (Stage.OPEN,)
RULES: dict[Verb, Rule] = {
    Verb.EDIT: Rule("Edit", (Stage.DRAFT,), ANY, Problem("invoice.frozen")),
    Verb.DISCARD: Rule("Discard draft", (Stage.DRAFT,), ANY, Problem("invoice.no_draft")),
    Verb.ISSUE: Rule("Create invoice", (Stage.DRAFT,), ANY, Problem("invoice.issued_already")),
    Verb.SEND: Rule("Send", ISSUED, ANY, Problem("invoice.not_issued_to_send")),
    Verb.COPY_LINK: Rule("Copy payment link", ISSUED, OWED, Problem("invoice.nothing_to_pay")),
    Verb.DOWNLOAD: Rule("Download PDF", tuple(Stage), ANY),
    Verb.VOID: Rule("Void", ISSUED, (Settlement.UNPAID,), Problem("invoice.settled_in_part")),
    Verb.CREDIT: Rule("Credit", ISSUED, ANY, Problem("invoice.not_issued_to_credit")),
    Verb.DUPLICATE: Rule("Duplicate", tuple(Stage), ANY),
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


def refusal(verb: Verb, stage: Stage, settled: Settlement) -> Problem | None:
    """Why not; None when it may."""
    rule = RULES[verb]
    if stage == Stage.VOIDED and stage not in rule.stages:
        return Problem("invoice.void")
    return None if stage in rule.stages and settled in rule.settled else rule.refusal


def allowed(stage: Stage, settled: Settlement) -> Iterator[Verb]:
    """The verbs that are possible now, in the order of the table."""
    return (verb for verb in RULES if not refusal(verb, stage, settled))
