"""One's own account: name, password, signed-in browsers. A password passes through and is never kept."""

import anyio.to_thread
import reflex as rx

from ...kernel.actor import STAFF
from ...kernel.db import Tx
from ...partners import service
from ...partners.queries import SessionRow, StaffRow, my_account, my_sessions
from ...partners.sign_in import limit_guesses
from .. import routes
from ..access import Form, allow
from ..base import Base
from ..session import forget

PREFIX = "me-"
NOBODY = StaffRow("", "", "", "", "", "", False, "", True)


class Account(Base):
    """`cleared` is new each time the password fields start empty again."""

    loading: bool = True
    view: StaffRow = NOBODY
    sessions: list[SessionRow] = []
    editing: bool = False
    leaving: bool = False
    cleared: int = 0
    errors: dict[str, str] = {}

    @rx.event
    @allow(*STAFF)
    async def load(self):
        self.editing, self.leaving, self.errors = False, False, {}
        self.cleared += 1
        with self._refusals():
            await self._refresh()
        self.loading = False

    async def _refresh(self) -> None:
        self.view, self.sessions = await self._ask(_mine)

    # ---- name

    @rx.event
    @allow(*STAFF)
    async def edit(self):
        self.editing, self.errors = True, {}
        self._look_at(PREFIX + "name")

    @rx.event
    @allow(*STAFF)
    async def cancel(self):
        self.editing = False
        self._look_at("edit-me")

    @rx.event
    @allow(*STAFF)
    async def save(self, form: Form):
        if not self.editing:
            return
        with self._refusals(PREFIX) as refused:
            await self._run(service.rename_me, form.get("name", ""))
            await self._refresh()
        self.errors = refused.errors
        if not refused:
            forget()  # a session knows its person's name
            self.editing, self.me, self.initials = False, self.view.name, _initials(self.view.name)
            self._say("Name saved.")
            self._look_at("edit-me")

    # ---- password

    @rx.event
    @allow(*STAFF)
    async def change_password(self, form: Form):
        with self._refusals(PREFIX) as refused:
            await anyio.to_thread.run_sync(limit_guesses, self._actor().id)
            await self._run(service.change_password, form.get("current", ""), form.get("password", ""))
            await self._refresh()
        self.errors = refused.errors
        if not refused:
            forget()
            self.cleared += 1
            self._say("Password changed. Every other browser was signed out.")

    # ---- signed-in browsers

    @rx.event
    @allow(*STAFF)
    async def ask_leave(self):
        self.leaving = True

    @rx.event
    @allow(*STAFF)
    async def stay(self):
        self.leaving = False

    @rx.event
    @allow(*STAFF)
    async def sign_out_everywhere(self):
        with self._refusals() as refused:
            await self._run(service.sign_out_everywhere)
        self.leaving = False
        if not refused:
            forget()
            return rx.redirect(routes.LOGIN)


def _mine(tx: Tx) -> tuple[StaffRow, list[SessionRow]]:
    return my_account(tx), my_sessions(tx)


def _initials(name: str) -> str:
    return "".join(word[0] for word in name.split()[:2]).upper()
