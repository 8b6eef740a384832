"""The page "Security log": what is in it by kind and person, the newest first, a page at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from ...kernel.actor import MANAGERS
from ...kernel.db.transactions import Tx
from ...kernel.paging import Found, Narrowing, Order, Page, every, narrowed, page, plainly, shown
from ..models import Staff
from ..views import browser, timezone
from .log import ACTIONS, SecurityEvent

PAGE = 50
COLUMNS: tuple[Any, ...] = tuple(
    getattr(SecurityEvent, name) for name in ("id", "at", "action", "staff_id", "name", "ip", "agent", "detail")
)


@dataclass(frozen=True)
class Filter:
    """What the page's address says: `action` is one of ACTIONS, `person` the id of somebody of the team."""

    action: str = ""
    person: str = ""
    after: str = ""
    before: str = ""


@dataclass(frozen=True)
class EventRow:
    """`at` is a day and a time in the partner's zone, `bad` says that something failed."""

    id: str
    at: str
    what: str
    who: str
    device: str
    ip: str
    detail: str
    bad: bool


def list_events(tx: Tx, wanted: Filter, size: int = PAGE) -> Page[EventRow]:
    """Owners and admins only."""
    wanted, found = _asked(tx, wanted)
    at, zone = page(tx, COLUMNS, found, _order(wanted), size), timezone(tx)
    return shown(tx, SecurityEvent.id, at, found, [_row(row, zone) for row in at.rows])


def every_event(tx: Tx, wanted: Filter) -> Iterator[EventRow]:
    """All of a filter, some in memory at a time. Owners and admins only."""
    wanted, found = _asked(tx, wanted)
    zone = timezone(tx)
    for rows in every(tx, COLUMNS, found, _order(wanted)):
        yield from (_row(row, zone) for row in rows)


def people(tx: Tx) -> list[tuple[str, str]]:
    """(id, name) of everybody of the team, those who left too."""
    tx.actor.must_be(*MANAGERS)
    return [(row.id, row.name) for row in tx.all(tx.own(Staff).order_by(Staff.name))]


def _asked(tx: Tx, wanted: Filter) -> tuple[Filter, Found]:
    tx.actor.must_be(*MANAGERS)
    wanted = plainly(wanted)
    own = SecurityEvent.owned_by(tx.actor)
    narrowings = [
        Narrowing(select(SecurityEvent.id).where(own, is_so), is_so)
        for column, value in (("action", wanted.action), ("staff_id", wanted.person))
        if value
        for is_so in [col(getattr(SecurityEvent, column)) == value]
    ]
    return wanted, narrowed(tx, col(SecurityEvent.id), [own], narrowings)


def _order(wanted: Filter) -> Order:
    return Order([SecurityEvent.id], True, wanted.after, wanted.before)


def _row(row: Any, zone: str) -> EventRow:
    return EventRow(
        id=row.id,
        at=_moment(row.at, zone),
        what=ACTIONS.get(row.action, row.action),
        who=row.name,
        device=browser(row.agent) if row.agent else "",
        ip=row.ip,
        detail=row.detail,
        bad=row.action.endswith("_failed"),
    )


def _moment(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"
