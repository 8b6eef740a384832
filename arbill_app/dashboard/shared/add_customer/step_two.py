"""Step two of the modal: the users, and Create Customer."""

import reflex as rx

from ....customers.commands.lifecycle import SetupFinished, finish_customer
from ....kernel.actor import WRITERS
from ....kernel.errors import NotFound
from ...shell import routes
from ...shell.access import Form, allow
from .draft import PREFIX, ROW, Draft


class StepTwo(Draft, mixin=True):
    @rx.event
    @allow(*WRITERS)
    async def user_left(self, index: int, name: str, value: str):
        if 0 <= index < len(self.users) and name in ROW:
            self.users[index][name] = value
            self.errors.pop(f"{name}_{index}", None)
            if name == "email":
                await self._look_for_duplicate(value)

    @rx.event
    @allow(*WRITERS)
    async def add_user(self):
        if len(self.users) < 50:
            self.users = [*self.users, dict.fromkeys(ROW, "")]
            self._look_at(f"{PREFIX}first_name_{len(self.users) - 1}")

    @rx.event
    @allow(*WRITERS)
    async def remove_user(self, index: int):
        if 0 < index < len(self.users):
            self.users = [user for i, user in enumerate(self.users) if i != index]
            self.errors, self.version = {}, self.version + 1
            self._look_at(f"{PREFIX}first_name_{index - 1}")

    @rx.event
    @allow(*WRITERS)
    async def choose_welcome(self, on: bool):
        self.welcome = on

    @rx.event
    @allow(*WRITERS)
    async def back(self):
        self.step, self.errors = 1, {}
        self._redraw()
        self._look_at(PREFIX + "company")

    @rx.event
    @allow(*WRITERS)
    async def submit_users(self, form: Form):
        """Create Customer: finishes the setup; a second click or another window finds it finished."""
        if not self.open or not self.customer_id:
            return None  # a second Enter: the first one is already redirecting
        for i, user in enumerate(self.users):
            user.update({name: form.get(f"{name}_{i}", user[name]) for name in ROW})
        with self._refusals(PREFIX) as refused:
            await self._run(finish_customer, self.customer_id, self.users, welcome=self.welcome)
        self.errors = refused.errors
        finished = isinstance(refused.error, SetupFinished)
        if refused and not finished and not isinstance(refused.error, NotFound):
            return None
        done = self.customer_id
        self._finished = "" if finished else done
        self._blank()
        self._draft_key, self.open, self.step = "", False, 1
        if isinstance(refused.error, NotFound):
            return rx.redirect(self._guest_of or routes.CUSTOMERS)
        if self._guest_of:
            return rx.redirect(f"{self._guest_of}?customer={done}")
        return rx.redirect(routes.profile(done) + ("" if finished else "?created=1"))
