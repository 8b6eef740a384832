"""Who is let in when a process has more tabs than it can serve."""

import asyncio
from typing import Any

import pytest

from arbill_app.web import admission as module
from arbill_app.web import shield
from arbill_app.web.admission import FEW, FULL, LATE, MOST, Admission
from arbill_app.web.shield import Shield
from tests.world import World

COOKIE = "arbill_session=held"


@pytest.mark.parametrize(
    ("tabs", "late", "full"),
    [(0, 60, False), (FEW - 1, 60, False), (FEW, LATE, False), (FEW, LATE * 2, True), (MOST, 0, True)],
)
def test_few_tabs_are_always_let_in_and_many_while_questions_are_answered_in_time(
    tabs: int, late: float, full: bool
) -> None:
    made = Admission()
    made.tabs, made.late = tabs, late
    assert made.is_full == full


def test_how_long_a_question_waits_is_measured_and_forgotten_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        made, slow = Admission(), asyncio.Event()

        async def turn() -> None:
            await asyncio.sleep(0 if slow.is_set() else 0.05)

        monkeypatch.setattr(module, "LOOK", 0.001)
        monkeypatch.setattr(module, "take_turn", turn)
        watch = asyncio.create_task(made.watch())
        while made.late < 0.03:
            await asyncio.sleep(0.001)
        slow.set()
        while made.late > 0.01:
            await asyncio.sleep(0.001)
        watch.cancel()

    asyncio.run(asyncio.wait_for(story(), 20))


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch, two: World) -> Admission:
    made = Admission()
    made.tabs, made.late = FEW, LATE * 2
    monkeypatch.setattr(shield, "admission", made)

    class Held:
        actor = two.nora
        is_in = True

    async def held(*_: Any, **__: Any) -> Held:
        return Held()

    monkeypatch.setattr(shield, "let_in", held)
    monkeypatch.setattr(shield, "who_holds", held)
    return made


def ask(scope: dict[str, Any]) -> list[dict[str, Any]]:
    """What is sent, by the Shield or by the application behind it, which says "let in"."""
    sent: list[dict[str, Any]] = []

    async def app(*_: Any) -> None:
        sent.append({"type": "let in"})

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect" if scope["type"] == "websocket" else "http.request"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    said = [(b"host", b"localhost:3000"), (b"origin", b"http://localhost:3000"), (b"cookie", COOKIE.encode())]
    same = {"headers": said, "query_string": b"", "client": ("127.0.0.1", 1), "method": "GET"}
    asyncio.run(Shield(app)({**same, **scope}, receive, send))
    return sent


def test_a_new_page_is_told_and_tries_again_by_itself(full: Admission) -> None:
    head, body = ask({"type": "http", "path": "/customers"})
    assert head["status"] == 503
    told = dict(head["headers"])
    assert told[b"retry-after"] == told[b"refresh"] == b"10"
    assert FULL in body["body"].decode()
    full.late = 0
    assert ask({"type": "http", "path": "/customers"}) == [{"type": "let in"}]


def test_what_needs_no_tab_is_let_in(full: Admission) -> None:
    for path in ("/login", "/portal", "/pay/x", "/webhooks/stripe", "/healthz", "/readyz", "/export/customers.csv"):
        assert ask({"type": "http", "path": path}) == [{"type": "let in"}], path


def test_a_new_websocket_comes_again_later_and_is_not_counted(full: Admission) -> None:
    assert ask({"type": "websocket", "path": "/_event/"})[-1] == {"type": "websocket.close", "code": 1013}
    assert full.tabs == FEW
    full.late = 0
    assert ask({"type": "websocket", "path": "/_event/"}) == [{"type": "let in"}]
    assert full.tabs == FEW
