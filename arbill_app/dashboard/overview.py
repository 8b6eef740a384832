import reflex as rx
from ..kernel.actor import STAFF
from .access import allow
from .base import Base
from .frame import head, screen


class Overview(Base):
    @rx.event
    @allow(*STAFF)
    async def load(self):
        pass


def page() -> rx.Component:
    return screen(head("Overview"), here="")
