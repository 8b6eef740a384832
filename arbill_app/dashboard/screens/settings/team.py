"""Settings of the team: who may come in, and as what. What changes a role or ends a session is believed at once."""

from typing import Any

import reflex as rx

from ....kernel.actor import MANAGERS, Role
from ....kernel.errors import Invalid
from ....partners import commands
from ....partners.views import StaffRow
from ...shell import routes
from ...shell.access import Form, allow
from ...shell.base import Base
from ...shell.choices import Pairs
from ...shell.record_page import Dialogs
from ...shell.session import forget
from .company import Settings

PREFIX = "team-"
MAY = {
    Role.OWNER: "Everything, owners included.",
    Role.ADMIN: "Everything but the owners: settings, team, customers.",
    Role.MEMBER: "Works with customers; sees neither settings nor bank details.",
    Role.READ_ONLY: "Sees what members see, changes nothing.",
}


class Team(Dialogs, Base):
    """`dialog` is the one that is open: invite, role, remove, or none."""

    staff_id: str = ""
    who: str = ""
    typed: dict[str, str] = {}
    roles: Pairs = []

    async def _row(self, staff_id: str) -> StaffRow | None:
        team = (await self.get_state(Settings)).team
        return next((row for row in team if row.id == staff_id), None)

    def _open(self, dialog: str, row: StaffRow | None = None) -> None:
        """Only an owner may make owners: nobody else is offered it."""
        self.dialog, self.errors = dialog, {}
        self.staff_id, self.who = (row.id, row.name) if row else ("", "")
        self.typed = {"name": "", "email": "", "role": row.role if row else Role.MEMBER.value}
        offered = [role for role in Role if role != Role.OWNER or self._actor().role == Role.OWNER]
        self.roles = [[role.value, role.label] for role in offered]

    async def _tell(self, said: str) -> None:
        self.dialog = ""
        await (await self.get_state(Settings))._refresh()
        self._say(said)

    @rx.event
    @allow(*MANAGERS)
    async def ask_invite(self):
        self._open("invite")

    @rx.event
    @allow(*MANAGERS)
    async def ask_role(self, staff_id: str):
        if row := await self._row(staff_id):
            self._open("role", row)

    @rx.event
    @allow(*MANAGERS)
    async def ask_remove(self, staff_id: str):
        if row := await self._row(staff_id):
            self._open("remove", row)

    @rx.event
    @allow(*MANAGERS)
    async def choose_role(self, role: str):
        self.typed["role"] = role

    @rx.event
    @allow(*MANAGERS, confirmed=True)
    async def invite(self, form: Form):
        if self.dialog != "invite":
            return
        self.typed = {name: form.get(name, "") for name in ("name", "email", "role")}
        with self._refusals(PREFIX) as refused:
            staff = await self._run(commands.invite_staff, self.typed, _role(self.typed["role"]))
        self.errors = refused.errors
        if not refused:
            await self._tell(f"Invitation sent to {staff.invited_email}.")

    @rx.event
    @allow(*MANAGERS, confirmed=True)
    async def change_role(self, form: Form) -> Any:
        if self.dialog != "role":
            return None
        with self._refusals(PREFIX) as refused:
            staff = await self._run(commands.change_role, self.staff_id, _role(form.get("role", "")))
        self.errors = refused.errors
        if refused:
            return None
        forget()
        self.dialog = ""
        self._say(f"{staff.name} is now {Role(staff.role).label.lower()}.")
        if staff.id == self._actor().id and staff.role not in MANAGERS:
            return rx.redirect(routes.OVERVIEW)  # these screens are no longer theirs
        return Settings.load

    @rx.event
    @allow(*MANAGERS, confirmed=True)
    async def invite_again(self, staff_id: str):
        with self._refusals() as refused:
            staff = await self._run(commands.invite_again, staff_id)
        if not refused:
            await self._tell(f"Invitation sent again to {staff.invited_email}.")

    @rx.event
    @allow(*MANAGERS, confirmed=True)
    async def remove(self):
        if self.dialog != "remove":
            return
        with self._refusals() as refused:
            staff = await self._run(commands.disable_staff, self.staff_id)
        self.dialog = ""
        if not refused:
            forget()
            await self._tell(f"{staff.name} was removed and signed out.")

    @rx.event
    @allow(*MANAGERS, confirmed=True)
    async def bring_back(self, staff_id: str):
        with self._refusals() as refused:
            staff = await self._run(commands.enable_staff, staff_id)
        if not refused:
            forget()
            await self._tell(f"{staff.name} is back on the team.")


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise Invalid(role="Choose a role.") from None
