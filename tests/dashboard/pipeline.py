"""Browsers in process: the real guard, handlers, chains and database; only the socket is missing."""

import asyncio
import itertools
from typing import Any

import reflex as rx
from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.token import BaseStateToken
from reflex_base.event import Event
from reflex_base.event.processor import BaseStateEventProcessor
from reflex_base.utils.format import format_event_handler

import arbill_app.arbill_app as composed
from arbill_app.dashboard.shell.base import Base
from arbill_app.dashboard.shell.session import cookie_name, forget
from arbill_app.partners.auth.sign_in import sign_in
from tests.world import PASSWORD

HYDRATE = "reflex___state____state.hydrate"
_tokens = (f"00000000-0000-0000-0000-{n:012}" for n in itertools.count(1))


class Pipeline:
    """Also stands in for the sockets: `emit_update` gets what would go to the browsers."""

    def __init__(self) -> None:
        composed.app._set_contexts_internal()
        forget()
        self.sent: list[Any] = []
        self.crashes: list[Exception] = []
        self.states = StateManagerMemory()
        self.runner = asyncio.Runner()
        self.runner.run(self._start())

    async def _start(self) -> None:
        self.processor = BaseStateEventProcessor(middleware=composed.app, backend_exception_handler=self.crashes.append)
        await self.processor.configure(state_manager=self.states, event_namespace=self).__aenter__()  # type: ignore[arg-type]

    async def emit_update(self, update: Any, token: str) -> None:
        self.sent.append(update)

    def close(self) -> None:
        self.runner.run(self.processor.__aexit__(None, None, None))
        self.runner.run(self.states.close())
        self.runner.close()
        assert self.crashes == []

    def tab(self, email: str = "", password: str = PASSWORD, path: str = "/") -> "Tab":
        """A tab signed in as somebody, or as nobody."""
        secret = sign_in(email, password).secret if email else ""
        tab = Tab(self, {"cookie": f"{cookie_name()}={secret}"}, path)
        tab.send(HYDRATE)
        return tab if not email else tab.do(Base.arrive)


class Tab:
    def __init__(self, pipeline: Pipeline, headers: dict[str, str], path: str) -> None:
        self.pipeline, self.token = pipeline, next(_tokens)
        self.router = {"pathname": path.partition("?")[0], "asPath": path, "query": {}, "headers": headers, "ip": ""}

    def do(self, handler: Any, **payload: Any) -> "Tab":
        """Runs an event and everything it leads to; `sent` holds what this one sent."""
        self.send(format_event_handler(handler), payload)
        return self

    def denies(self, handler: Any, **payload: Any) -> bool:
        """Whether it was refused because of the role, once more."""
        before = self.state(Base).notice_count
        self.do(handler, **payload)
        return self.notice == "Your role does not allow this." and self.state(Base).notice_count > before

    def send(self, name: str, payload: dict[str, Any] | None = None) -> None:
        self.pipeline.sent.clear()
        event = Event(name=name, payload=payload or {}, router_data=self.router)
        self.pipeline.runner.run(self._enqueue(event))

    async def _enqueue(self, event: Event) -> None:
        await (await self.pipeline.processor.enqueue(self.token, event)).wait_all()

    def state(self, cls: type[Any]) -> Any:
        root = self.pipeline.states._get_or_create_state(BaseStateToken(ident=self.token, cls=rx.State))
        return self.pipeline.runner.run(root.get_state(cls))

    @property
    def notice(self) -> str:
        return str(self.state(Base).notice)

    @property
    def went_to(self) -> list[str]:
        events = [event for update in self.pipeline.sent for event in update.events or []]
        return [event.payload["path"] for event in events if event.name == "_redirect"]
