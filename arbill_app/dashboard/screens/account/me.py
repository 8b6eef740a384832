"""One's own account: name, password, signed-in browsers, two-factor sign-in.

A password passes through and is never kept; a secret is in the state only while it is on the screen.
"""

import time
from asyncio import sleep

import reflex as rx

from ....kernel.actor import STAFF
from ....kernel.db.transactions import Tx
from ....partners.auth import account
from ....partners.auth.secrets import totp_uri
from ....partners.views import SessionRow, StaffRow, my_account, my_app, my_sessions, required_by
from ...shell import routes
from ...shell.access import Form, allow
from ...shell.authenticator import drawn, grouped
from ...shell.base import Base
from ...shell.passwords import with_password
from ...shell.session import forget

PREFIX = "me-"
FACTOR = "factor-"
SHOWN_FOR = 600.0  # seconds after which a secret is removed from the state, also of a closed tab
NOBODY = StaffRow("", "", "", "", "", "", False, "", True)


class Account(Base):
    """`cleared` is new each time the password fields start empty again. `required_by` is the company that requires
    two-factor sign-in, or "". `app`: an authenticator app is in force."""

    loading: bool = True
    view: StaffRow = NOBODY
    sessions: list[SessionRow] = []
    required_by: str = ""
    app: bool = False
    editing: bool = False
    leaving: bool = False
    cleared: int = 0
    errors: dict[str, str] = {}

    @rx.event
    @allow(*STAFF)
    async def load(self):
        self.editing, self.leaving, self.errors = False, False, {}
        self.cleared += 1
        (await self.get_state(TwoFactor))._open("")
        with self._refusals():
            await self._refresh()
        self.loading = False

    async def _refresh(self) -> None:
        self.view, self.sessions, self.required_by, self.app = await self._ask(_mine)

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
            await self._run(account.rename_me, form.get("name", ""))
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
            await with_password(self, account.change_password, form.get("current", ""), form.get("password", ""))
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
            await self._run(account.sign_out_everywhere)
        self.leaving = False
        if not refused:
            forget()
            return rx.redirect(routes.LOGIN)


class TwoFactor(Base):
    """`dialog` is the one that is open: prove, codes, renew, end, or none."""

    dialog: str = ""
    qr: str = ""
    secret: str = ""
    codes: list[str] = []
    errors: dict[str, str] = {}

    _until: float = 0.0

    def _open(self, dialog: str) -> None:
        self.dialog, self.errors = dialog, {}
        self.qr, self.secret, self.codes = "", "", []
        self._until = time.monotonic() + SHOWN_FOR

    async def _account(self) -> None:
        await (await self.get_state(Account))._refresh()

    @rx.event
    @allow(*STAFF)
    async def close(self):
        self._open("")

    @rx.event
    @allow(*STAFF)
    async def gone(self, dialog: str):
        """The screen was left with a dialog open: what it showed must not outlive it."""
        if dialog == self.dialog:
            self._open("")

    @rx.event(background=True)
    @allow(*STAFF)
    async def expire(self):
        """A tab that was closed says nothing more."""
        await sleep(SHOWN_FOR + 1)
        async with self:
            if time.monotonic() > self._until:
                self._open("")

    @rx.event
    @allow(*STAFF)
    async def begin(self):
        self._open("")
        with self._refusals() as refused:
            secret = await self._run(account.begin_two_factor)
        if not refused:
            self.dialog, self.qr = "prove", drawn(totp_uri(secret, self.my_email))
            self.secret = grouped(secret)
            return TwoFactor.expire

    @rx.event
    @allow(*STAFF)
    async def prove(self, form: Form):
        if self.dialog != "prove":
            return
        with self._refusals(FACTOR) as refused:
            codes = await with_password(
                self, account.confirm_two_factor, form.get("code", ""), form.get("password", "")
            )
        self.errors = refused.errors
        if not refused:
            await self._show(codes, "Two-factor sign-in is on. Every other browser was signed out.")
            return TwoFactor.expire

    async def _show(self, codes: list[str], said: str) -> None:
        """Codes are shown this once; none are new when there is another second factor already."""
        forget()
        self._open("codes" if codes else "")
        self.codes = codes
        await self._account()
        self._say(said)

    @rx.event
    @allow(*STAFF)
    async def ask_renew(self):
        self._open("renew")

    @rx.event
    @allow(*STAFF)
    async def renew(self, form: Form):
        if self.dialog != "renew":
            return
        with self._refusals(FACTOR) as refused:
            codes = await with_password(self, account.renew_recovery_codes, form.get("password", ""))
        self.errors = refused.errors
        if not refused:
            await self._show(codes, "The old recovery codes no longer work.")
            return TwoFactor.expire

    @rx.event
    @allow(*STAFF)
    async def ask_end(self):
        self._open("end")

    @rx.event
    @allow(*STAFF)
    async def end(self, form: Form):
        if self.dialog != "end":
            return
        with self._refusals(FACTOR) as refused:
            left = await with_password(self, account.end_two_factor, form.get("password", ""))
        self.errors = refused.errors
        if not refused:
            forget()
            self._open("")
            await self._account()
            self._say("The authenticator app is removed." if left else "Two-factor sign-in is off.")


def _mine(tx: Tx) -> tuple[StaffRow, list[SessionRow], str, bool]:
    return my_account(tx), my_sessions(tx), required_by(tx), my_app(tx)


def _initials(name: str) -> str:
    return "".join(word[0] for word in name.split()[:2]).upper()
