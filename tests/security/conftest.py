"""Two running servers: the embedded one (SQLite, one process), the grown-up one (PostgreSQL, Redis, two processes)."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import pytest
from sqlalchemy import select, text
from sqlmodel import col

from arbill_app.kernel import clock
from arbill_app.kernel.db import transactions
from arbill_app.kernel.db.outbox import Effect
from arbill_app.kernel.settings import settings
from arbill_app.payments.charging import webhooks
from arbill_app.tables import metadata
from tests import services, world
from tests.server import Server, running

MARK = "Zanzibar"  # stands in everything of Southgate's: seen by anybody else, it has leaked


@dataclass
class Site:
    server: Server
    people: world.World

    @cached_property
    def cookies(self) -> dict[str, str]:
        names = ("nora", "adam", "mia", "rhea")
        emails = {name: f"{name}@northwind.example" for name in names} | {"sol": "sol@southgate.example"}
        return {name: self.server.cookie(email, world.PASSWORD) for name, email in emails.items()}

    @property
    def origin(self) -> str:
        return self.server.origin


@pytest.fixture(scope="session", params=["embedded", "grown"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp(request.param)
    url, more = "", {}
    if request.param == "grown":
        url, redis = services.postgres() or "", services.redis() or ""
        if not (url and redis):
            pytest.skip("PostgreSQL and Redis are not installed here")
        more = {"REDIS_URL": redis}
    with running(home, url, **more) as server, pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment.items():
            patch.setenv(name, value)
        _forget()
        yield Site(server, _two_partners())
        transactions.engine().dispose()
    _forget()


def _two_partners() -> world.World:
    people = world.build()
    world.make_customer(people.sol, f"{MARK} Books", [world.user(f"{MARK} Page", f"{MARK.lower()}@clara.example")])
    world.make_tag(people.sol, f"{MARK} tag")
    world.make_group(people.sol, f"{MARK} group")
    world.make_tag(people.nora, "Managed IT")
    invoice = world.make_invoice(people.sol, people.clara, memo=f"{MARK} shelves")
    world.make_method(people.sol, people.clara, source="staff")
    world.make_payment(people.sol, people.clara, "250.00", parts={invoice: "60.00"}, receipt=False)
    webhooks.run_sandbox_bank(clock.now())  # tells of the method now, not in the middle of an attack
    return people


def settled() -> None:
    """Waits until nothing is due now: what happens by itself then is no attack's doing. What is planned for later
    (a retry, a reminder) may stay."""
    begun = (col(Effect.state) == "running") | ((col(Effect.state) == "due") & (col(Effect.due_at) <= clock.now()))
    for _ in range(300):
        with transactions.engine().connect() as connection:
            waiting = connection.execute(select(Effect.kind, Effect.state, Effect.last_error).where(begun)).all()
        if not waiting:
            return
        time.sleep(0.1)
    raise AssertionError(f"due for thirty seconds: {waiting}")


def _forget() -> None:
    settings.cache_clear()
    transactions.engine.cache_clear()


# Heartbeats and sweeps; and what signing in, and a session that is used, leave.
BY_ITSELF = ("worker", "sweep_run", "staff_session", "portal_session", "try_count", "known_device", "security_event")


def everything() -> dict[str, list[str]]:
    """Every row of every table that only people and attacks change: what an attack must leave as it was."""
    with transactions.engine().connect() as connection:
        return {
            table.name: sorted(str(tuple(row)) for row in connection.execute(text(f'SELECT * FROM "{table.name}"')))
            for table in metadata.sorted_tables
            if table.name not in BY_ITSELF
        }
