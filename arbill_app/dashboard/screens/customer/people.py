"""The profile's contacts: adding, changing, removing, and what would stop without somebody; merging a duplicate."""

from typing import Any

import reflex as rx

from ....customers.commands import contacts, merging
from ....customers.commands.changing import Stale
from ....customers.models import PREFERENCES, Permission
from ....customers.views.customers import Found, find
from ....customers.views.history import field_label, value_text
from ....kernel.actor import MANAGERS, STAFF, WRITERS
from ...shell import routes
from ...shell.access import Form, allow
from ...shell.base import Base
from .profile import Profile

PREFIX = "contact-"
TEXTS = ("first_name", "last_name", "email", "phone", "position")
MAILS = tuple(f"mail_{name}" for name in PREFERENCES)


class People(Base):
    open: bool = False
    contact_id: str = ""
    contact_version: int = 0
    typed: dict[str, str] = {}
    ticks: dict[str, bool] = {}
    errors: dict[str, str] = {}
    warned: list[str] = []
    stale_who: str = ""
    stale: list[str] = []
    removing: str = ""
    removing_name: str = ""

    _base: dict[str, Any] = {}

    async def _customer(self) -> str:
        return (await self.get_state(Profile)).view.id

    async def _again(self) -> None:
        profile = await self.get_state(Profile)
        await profile._refresh()

    @rx.event
    @allow(*WRITERS)
    async def add(self):
        self._show("", dict.fromkeys(TEXTS, ""), {"mail_billing": True, "mail_updates": True, "mail_legal": False})
        self._base = {}
        self.ticks |= {"portal_access": True, "welcome": True} | {p.value: True for p in Permission}

    @rx.event
    @allow(*WRITERS)
    async def edit(self, contact_id: str):
        view = (await self.get_state(Profile)).view
        contact = next((contact for contact in view.contacts if contact.id == contact_id), None)
        if contact is None:
            return
        self._show(contact.id, {n: getattr(contact, n) for n in TEXTS}, {n: getattr(contact, n) for n in MAILS})
        self.ticks |= {"portal_access": contact.portal_access, "welcome": False}
        self.ticks |= {p.value: p.value in contact.permissions for p in Permission}
        self._base = {name: getattr(contact, name) for name in (*TEXTS, *MAILS, "portal_access", "permissions")}

    def _show(self, contact_id: str, typed: dict[str, str], ticks: dict[str, bool]) -> None:
        self.contact_id, self.typed, self.ticks = contact_id, typed, ticks
        self.errors, self.warned, self.stale, self.open = {}, [], [], True
        self.contact_version += 1

    @rx.event
    @allow(*STAFF)
    async def close(self):
        self.open, self.removing, self.warned = False, "", []

    @rx.event
    @allow(*WRITERS)
    async def left(self, name: str, value: str):
        if name in TEXTS:
            self.typed[name] = value

    @rx.event
    @allow(*WRITERS)
    async def tick(self, name: str, on: bool):
        if name in self.ticks:
            self.ticks[name] = on
            self.warned = []

    @rx.event
    @allow(*WRITERS)
    async def save(self, form: Form):
        """A second save after a warning is the consent to it."""
        self.typed |= {name: value for name, value in form.items() if name in TEXTS}
        values: dict[str, Any] = self.typed | {name: self.ticks[name] for name in (*MAILS, "portal_access")}
        values["permissions"] = [p.value for p in Permission if self.ticks.get(p.value)]
        with self._refusals(PREFIX) as refused:
            if self.contact_id:
                sure = bool(self.warned)
                await self._run(contacts.change_contact, self.contact_id, values, self._base, confirmed=sure)
            else:
                welcome = self.ticks.get("welcome", False)
                await self._run(contacts.add_contact, await self._customer(), values, send_welcome=welcome)
        self.errors = refused.errors
        self.warned = (
            [str(one) for one in refused.error.consequences] if isinstance(refused.error, contacts.WouldStop) else []
        )
        self.stale = []
        if isinstance(refused.error, Stale):
            self._show_stale(refused.error)
        if not refused:
            self.open = False
            await self._again()
            self._say(f"{self.typed['first_name']} {self.typed['last_name']} saved.")

    def _show_stale(self, error: Stale) -> None:
        """Says what somebody else saved meanwhile; saving again overwrites it."""
        self.stale_who = error.who
        self.stale = [
            f"{field_label(name)}: {value_text(name, before)} → {value_text(name, now)}"
            for name, (before, now) in error.theirs.items()
        ]
        self._base = {name: error.now[name] for name in self._base}

    @rx.event
    @allow(*WRITERS)
    async def take_theirs(self):
        await self._again()
        return People.edit(self.contact_id)

    @rx.event
    @allow(*WRITERS)
    async def make_primary(self, contact_id: str):
        with self._refusals() as refused:
            contact = await self._run(contacts.make_primary, contact_id)
            await self._again()
        if not refused:
            self._say(f"{contact.name} is the primary contact now.")

    @rx.event
    @allow(*WRITERS)
    async def resend_welcome(self, contact_id: str):
        with self._refusals() as refused:
            contact = await self._run(contacts.resend_welcome, contact_id)
            await self._again()
        if not refused:
            self._say(f"Welcome email sent to {contact.email}.")

    @rx.event
    @allow(*WRITERS)
    async def ask_remove(self, contact_id: str):
        """Shows what would stop; nothing is removed yet."""
        view = (await self.get_state(Profile)).view
        contact = next((contact for contact in view.contacts if contact.id == contact_id), None)
        if contact is None:
            return
        self.removing, self.removing_name, self.warned = contact.id, contact.name, []
        others = [other for other in view.contacts if other.id != contact.id]
        self.warned = [str(one) for one in contacts.what_stops(view.contacts, contact, None)]
        if contact.is_primary and others:
            self.warned = [*self.warned, f"{others[0].name} becomes the primary contact."]

    @rx.event
    @allow(*WRITERS)
    async def remove(self):
        with self._refusals() as refused:
            await self._run(contacts.remove_contact, self.removing, confirmed=True)
            await self._again()
        self.removing, self.warned = "", []
        if not refused:
            self._say(f"{self.removing_name} removed.")


class Merging(Base):
    """Merge this customer into another one: choose, see what would happen, say yes."""

    open: bool = False
    hits: list[Found] = []
    into_id: str = ""
    into: str = ""
    moves: list[str] = []
    stays: list[str] = []

    @rx.event
    @allow(*MANAGERS)
    async def begin(self):
        self.open, self.hits, self.into_id = True, [], ""

    @rx.event
    @allow(*STAFF)
    async def close(self):
        self.open = False

    @rx.event
    @allow(*MANAGERS)
    async def look(self, words: str):
        me = (await self.get_state(Profile)).view.id
        self.hits = [hit for hit in await self._ask(find, words[:100]) if hit.id != me]

    @rx.event
    @allow(*MANAGERS)
    async def choose(self, customer_id: str):
        me = (await self.get_state(Profile)).view.id
        with self._refusals():
            plan = await self._ask(merging.plan_merge, me, customer_id)
            self.into_id, self.into, self.moves, self.stays = customer_id, plan.into, plan.moves, plan.stays

    @rx.event
    @allow(*MANAGERS)
    async def merge(self):
        view = (await self.get_state(Profile)).view
        with self._refusals() as refused:
            await self._run(merging.merge_customer, view.id, self.into_id)
        if not refused:
            self.open = False
            self._say(f"{view.company} merged into {self.into}.")
            return rx.redirect(routes.profile(self.into_id))
