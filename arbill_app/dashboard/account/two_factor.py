"""Two-factor sign-in: begin, prove, recovery codes, end. Secrets are in the state only while they are on the screen."""

import anyio.to_thread
import reflex as rx
import segno

from ...kernel.actor import STAFF
from ...partners import service
from ...partners.secrets import totp_uri
from ...partners.sign_in import limit_guesses
from ..access import Form, allow
from ..base import Base
from ..session import forget
from .me import Account

PREFIX = "factor-"


class TwoFactor(Base):
    """`dialog` is the one that is open: prove, codes, renew, end, or none."""

    dialog: str = ""
    qr: str = ""
    secret: str = ""
    codes: list[str] = []
    errors: dict[str, str] = {}

    def _open(self, dialog: str) -> None:
        self.dialog, self.errors = dialog, {}
        self.qr, self.secret, self.codes = "", "", []

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

    @rx.event
    @allow(*STAFF)
    async def begin(self):
        self._open("")
        with self._refusals() as refused:
            secret = await self._run(service.begin_two_factor)
        if not refused:
            self.dialog, self.qr = "prove", _drawn(totp_uri(secret, self.my_email))
            self.secret = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))

    @rx.event
    @allow(*STAFF)
    async def prove(self, form: Form):
        if self.dialog != "prove":
            return
        with self._refusals(PREFIX) as refused:
            codes = await self._run(service.confirm_two_factor, form.get("code", ""))
        self.errors = refused.errors
        if not refused:
            await self._show(codes, "Two-factor sign-in is on. Every other browser was signed out.")

    async def _show(self, codes: list[str], said: str) -> None:
        forget()
        self._open("codes")
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
        with self._refusals(PREFIX) as refused:
            await anyio.to_thread.run_sync(limit_guesses, self._actor().id)
            codes = await self._run(service.renew_recovery_codes, form.get("password", ""))
        self.errors = refused.errors
        if not refused:
            await self._show(codes, "The old recovery codes no longer work.")

    @rx.event
    @allow(*STAFF)
    async def ask_end(self):
        self._open("end")

    @rx.event
    @allow(*STAFF)
    async def end(self, form: Form):
        if self.dialog != "end":
            return
        with self._refusals(PREFIX) as refused:
            await anyio.to_thread.run_sync(limit_guesses, self._actor().id)
            await self._run(service.end_two_factor, form.get("password", ""))
        self.errors = refused.errors
        if not refused:
            forget()
            self._open("")
            await self._account()
            self._say("Two-factor sign-in is off.")


def _drawn(uri: str) -> str:
    """The QR code as an image that is its own address."""
    return segno.make(uri, error="m").svg_data_uri(scale=5, border=3, light="#fff")
