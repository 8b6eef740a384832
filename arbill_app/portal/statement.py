"""The statement of account: for any period, on the screen and as a PDF."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response, StreamingResponse

from ..customers.models import Permission
from ..kernel import clock
from ..kernel.db.transactions import write
from ..kernel.errors import Invalid
from ..kernel.problems import Problem
from ..kernel.text.i18n import spoken
from ..kernel.text.spreadsheet import MARK, batched, csv_lines
from ..partners.security_log.log import note_export
from ..reports.statement import currencies, statement
from ..reports.statement_paper import MOST_PRINTED, Sheet, render, sheet, table
from ..web_forms import disposition
from ..web_papers import paper_of
from .gate import Gate
from .pages import HOME, PortalRoute, asking, show
from .session import Seated, Visit

router = APIRouter(prefix=HOME + "/{customer}/statement", route_class=PortalRoute)
SHOWN = 200  # rows on the screen; the PDF has all
EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True)
class Period:
    first: date
    last: date

    @property
    def query(self) -> str:
        return f"from={self.first}&to={self.last}"


From = Annotated[str, Query(alias="from")]


@router.get("")
def show_statement(visit: Seated, since: From = "", to: str = "", currency: str = "") -> Response:
    return show(visit, "statement.html", statement_page, since, to, currency)


@router.get(".pdf")
async def statement_pdf(visit: Seated, since: From = "", to: str = "", currency: str = "") -> Response:
    def statement() -> Sheet:
        found: Sheet = asking(visit, _printable, since, to, currency)
        _note(visit, found.name)
        return found

    return await paper_of(visit.here.actor, statement, render, lambda shown: shown.name)


def _note(visit: Visit, name: str) -> None:
    """In the security log of the partner: the customer's person, or the member of staff who looks on."""
    write(visit.here.actor, note_export, f"{visit.here.company}: {name}")


def _printable(gate: Gate, since: str, to: str, currency: str) -> Sheet:
    shown = _sheet(gate, period_of(gate, since, to)[0], _currency(gate, currency), MOST_PRINTED)
    if shown.left_out:
        raise Invalid(_too_many(MOST_PRINTED + shown.left_out))
    return shown


def _too_many(entries: int) -> Problem:
    return Problem("statement.too_many_entries", count=entries, most=MOST_PRINTED)


@router.get(".csv")
def statement_csv(visit: Seated, since: From = "", to: str = "", currency: str = "") -> Response:
    """Every entry, however many."""
    rows, name = asking(visit, _rows, since, to, currency)
    _note(visit, name)
    pieces = (csv_lines(piece) for piece in batched(rows, 500))
    headers = {"content-disposition": disposition(name)}
    return StreamingResponse(chain([MARK], pieces), media_type="text/csv; charset=utf-8", headers=headers)


def _rows(gate: Gate, since: str, to: str, currency: str) -> tuple[Iterator[list[str]], str]:
    gate.must(Permission.STATEMENTS)
    period = period_of(gate, since, to)[0]
    found = statement(gate.tx, gate.customer.id, _currency(gate, currency), period.first, period.last)
    language = spoken(gate.say.language)
    return table(found, language), f"{gate.say('Statement of account')} {period.first} {period.last}.csv"


def statement_page(gate: Gate, since: str, to: str, currency: str) -> dict[str, Any]:
    gate.must(Permission.STATEMENTS)
    period, wrong = period_of(gate, since, to)
    chosen = _currency(gate, currency)
    shown = _sheet(gate, period, chosen, SHOWN)
    entries = len(shown.rows) + shown.left_out
    return {
        "too_many": gate.say.problem(_too_many(entries)) if entries > MOST_PRINTED else "",
        "sheet": shown,
        "rows": shown.rows,
        "left_out": shown.left_out,
        "period": period,
        "presets": [(label, each, each == period) for label, each in presets(gate)],
        "currency": chosen,
        "currencies": currencies(gate.tx, gate.customer.id),
        "error": gate.say.problem(wrong),
    }


def _sheet(gate: Gate, period: Period, currency: str, most: int = 0) -> Sheet:
    gate.must(Permission.STATEMENTS)
    found = statement(gate.tx, gate.customer.id, currency, period.first, period.last)
    return sheet(gate.tx, gate.customer.id, found, gate.say.language, most)


def _currency(gate: Gate, wanted: str) -> str:
    known = currencies(gate.tx, gate.customer.id)
    return wanted if wanted in known else known[0]


def period_of(gate: Gate, since: str, to: str) -> tuple[Period, Problem | None]:
    """(the period that was asked for, or this year so far; what is wrong with what was asked)"""
    default = presets(gate)[2][1]
    if not since and not to:
        return default, None
    try:
        period = Period(date.fromisoformat(since or str(EARLIEST)), date.fromisoformat(to or str(default.last)))
    except ValueError:
        return default, Problem("statement.days_missing")
    if not EARLIEST <= period.first <= period.last <= default.last + timedelta(days=3650):
        return default, Problem("statement.days_reversed")
    return period, None


def presets(gate: Gate) -> list[tuple[str, Period]]:
    today = clock.today(gate.partner.timezone)
    month = today.replace(day=1)
    before = month - timedelta(days=1)
    year = today.replace(month=1, day=1)
    return [
        (gate.say("This month"), Period(month, today)),
        (gate.say("Last month"), Period(before.replace(day=1), before)),
        (gate.say("This year"), Period(year, today)),
        (gate.say("Last year"), Period(date(year.year - 1, 1, 1), date(year.year - 1, 12, 31))),
    ]
