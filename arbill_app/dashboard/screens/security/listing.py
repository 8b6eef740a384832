"""The security log: what its address asks for."""

import reflex as rx

from ....kernel.actor import MANAGERS
from ....kernel.db.transactions import Tx
from ....partners.security_log.listing import EventRow, Filter, Page, list_events, people
from ....partners.security_log.log import ACTIONS
from ...shell import routes
from ...shell.access import allow
from ...shell.base import Base
from ...shell.list_state import ListState, Ways

KINDS = sorted(([action, label] for action, label in ACTIONS.items()), key=lambda pair: pair[1])
WAYS = Ways(names=("action", "person"), choices=("action", "person"), usual="", sorts=(), address=routes.security)


class SecurityLog(ListState, Base):
    rows: list[EventRow] = []
    action: str = ""
    person: str = ""
    people: list[list[str]] = []

    def _ways(self) -> Ways:
        return WAYS

    @rx.event
    @allow(*MANAGERS)
    async def load(self):
        asked = WAYS.asked(self.router.url.query_parameters)
        asked.pop("sort")
        wanted = Filter(**asked)
        with self._refusals():
            page, self.people = await self._ask(_everything, wanted)
            self.rows, self.action, self.person = page.rows, wanted.action, wanted.person
            self._take(page)
            export = routes.export_security(action=self.action, person=self.person)
            self.hrefs = self._steps(page) | {"export": export, "clear": routes.SECURITY}
        self.loading = False


def _everything(tx: Tx, wanted: Filter) -> tuple[Page, list[list[str]]]:
    return list_events(tx, wanted), [list(pair) for pair in people(tx)]
