"""What happens next with an invoice, and why: plain sentences from plain facts."""

from dataclasses import dataclass
from datetime import date

from ...kernel.text.formatting import date_text, days_between
from ..rules.lifecycle import Status
from ..rules.options import Option

DONE = {
    Status.PAID: "This invoice is settled in full.",
    Status.REFUNDED: "What was paid has gone back, and is not asked for again.",
}


@dataclass(frozen=True)
class Step:
    """`kind` is "", "warn" or "done"."""

    title: str
    why: str
    kind: str = ""


@dataclass(frozen=True)
class Facts:
    status: Status
    option: Option
    due_on: date
    today: date
    company: str
    automatic: bool
    recipients: int
    waiting: str = ""  # what is on its way: "to 2 people"
    sent: str = ""  # when it was last sent
    void_reason: str = ""


def next_steps(facts: Facts) -> list[Step]:
    if facts.status == Status.DRAFT:
        return [*_draft(facts), *_nobody(facts)]
    if facts.status == Status.VOIDED:
        return [Step("Nothing is owed", facts.void_reason or "This invoice is void. Its number stays used.", "done")]
    if facts.status in DONE:
        return [Step("Nothing more to do", DONE[facts.status], "done")]
    return [*_sending(facts), *_due(facts), *_nobody(facts)]


def _draft(facts: Facts) -> list[Step]:
    after = "It gets its number then, and cannot be changed any more."
    if facts.option == Option.LINK:
        return [Step("Create invoice", f"{after} The payment link goes out at once.")]
    if facts.automatic:
        return [Step("Create invoice", f"{after} {facts.company} is sent its invoices automatically.")]
    return [Step("Create invoice", f"{after} Nothing is sent by itself.")]


def _sending(facts: Facts) -> list[Step]:
    if facts.waiting:
        return [Step(f"On its way {facts.waiting}", "The message leaves within half a minute.")]
    if facts.sent:
        return [Step(f"Sent on {facts.sent}", "Press Send to send it again.", "done")]
    return [Step("Not sent yet", f"{facts.option.label}: nothing goes out by itself. Press Send to notify them.")]


def _due(facts: Facts) -> list[Step]:
    when = f"{date_text(facts.due_on)}, {days_between(facts.due_on, facts.today)}"
    if facts.status == Status.OVERDUE:
        return [Step(f"Was due on {when}", "It is overdue: send it again, or call.", "warn")]
    return [Step(f"Due on {when}", f"Payment option: {facts.option.label}.")]


def _nobody(facts: Facts) -> list[Step]:
    if facts.recipients:
        return []
    return [Step("Nobody would get it", f"No contact of {facts.company} has Billing emails on.", "warn")]
