"""A list whose filter, sort and page live in the address: reload, Back and a restart show the same."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx

from ...kernel.actor import STAFF
from . import routes
from .access import allow
from .base import Base

LONGEST, FURTHEST = 100, 2000  # characters of a filter, and of a cursor


@dataclass(frozen=True)
class Ways:
    """`names` are the filters as the address has them, `choices` those that a select sets; `usual` is the sort that the
    address does not mention, `address` makes the address."""

    names: tuple[str, ...]
    choices: tuple[str, ...]
    usual: str
    sorts: Collection[str]
    address: Callable[..., str]

    def asked(self, query: Mapping[str, str]) -> dict[str, str]:
        """Whatever stands in the address, without what is none of ours: filters by name, sort, after, before."""
        text = {name: str(query.get(name) or "")[:LONGEST].replace("\0", "") for name in self.names}
        sort = str(query.get("sort") or self.usual)
        place = {name: str(query.get(name) or "")[:FURTHEST] for name in ("after", "before")}
        return text | place | {"sort": sort if sort in self.sorts else self.usual}


class ListState(Base, mixin=True):
    """`finds` draws the search box afresh; `hrefs` are the addresses that the screen links to."""

    loading: bool = True
    total: str = ""
    first: int = 0
    last: int = 0
    q: str = ""
    sort: str = ""
    hrefs: dict[str, str] = {}
    finds: int = 0

    _typed: list[str] = [""]

    def _ways(self) -> Ways:
        """Which list it is."""
        return Ways(("q",), (), "", (), routes.customers)

    def _take(self, page: Any) -> None:
        """A page of rows, and what the search box must say beside it."""
        self.total, self.first, self.last = page.total, page.first, page.last
        if self.q in self._typed:
            # The box keeps what is being typed; words from elsewhere (Back, Clear, a link) draw it afresh.
            self._typed = self._typed[self._typed.index(self.q) :]
        else:
            self._typed, self.finds = [self.q], self.finds + 1

    def _steps(self, page: Any) -> dict[str, str]:
        return {
            "next": self._href(after=page.next) if page.next else "",
            "previous": self._href(before=page.previous) if page.previous else "",
        }

    def _asked(self, **changes: str) -> dict[str, str]:
        now = {name: getattr(self, name) for name in self._ways().names}
        return now | {"sort": "" if self.sort == self._ways().usual else self.sort} | changes

    def _href(self, **changes: str) -> str:
        return self._ways().address(**self._asked(**changes))

    @rx.event
    @allow(*STAFF)
    async def search(self, words: str):
        self._typed = [*self._typed, words.strip()]
        return rx.redirect(self._href(q=words.strip()), replace=True)

    @rx.event
    @allow(*STAFF)
    async def narrow(self, name: str, value: str):
        """`name` is one of the list's choices; an empty value takes the filter away."""
        if name in self._ways().choices:
            return rx.redirect(self._href(**{name: value}), replace=True)


def turned(key: str, now: str, usual: str, *, upwards: bool = False) -> str:
    """What a click on a column's head asks for: the newest or greatest first, then the other way round.

    `upwards` begins with the least instead: the earliest due date.
    """
    first, second = (key, f"-{key}") if upwards else (f"-{key}", key)
    wanted = second if now == first else first
    return "" if wanted == usual else wanted
