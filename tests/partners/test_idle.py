"""The idle time-out of a partner: who is signed out when, and who may set it."""

from datetime import timedelta

import pytest
import time_machine

from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Forbidden, Invalid
from arbill_app.partners.auth.confirming import FOR, Reconfirm
from arbill_app.partners.auth.idle import NOTED, note_use, set_idle_timeout
from arbill_app.partners.auth.sign_in import LASTS, resolve, sign_in
from arbill_app.partners.security_log.log import SecurityEvent
from arbill_app.partners.views import my_sessions
from tests.world import PASSWORD, signed_in

MIA, SOL = "mia@northwind.example", "sol@southgate.example"


@pytest.fixture
def now(two):
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False) as moved:
        yield moved


def test_without_one_a_sign_in_lasts_its_two_weeks_unused(now, two):
    secret = sign_in(MIA, PASSWORD).secret
    now.shift(LASTS - timedelta(seconds=1))
    assert resolve(secret)


@pytest.mark.parametrize("minutes", [15, 30, 60, 480])
def test_who_does_nothing_for_that_long_is_signed_out(now, two, minutes):
    write(two.nora, set_idle_timeout, minutes)
    idle, other = sign_in(MIA, PASSWORD).secret, sign_in(SOL, PASSWORD).secret
    now.shift(timedelta(minutes=minutes))
    assert resolve(idle)
    now.shift(NOTED)
    assert resolve(idle) is None
    assert resolve(other)


def test_who_does_something_in_between_stays(now, two):
    write(two.nora, set_idle_timeout, 15)
    secret = sign_in(MIA, PASSWORD).secret
    for _ in range(5):
        now.shift(timedelta(minutes=14))
        write(resolve(secret).actor, note_use)
    assert resolve(secret)
    now.shift(timedelta(minutes=16))
    assert resolve(secret) is None


def test_use_makes_no_sign_in_last_longer_than_two_weeks(now, two):
    write(two.nora, set_idle_timeout, 480)
    secret = sign_in(MIA, PASSWORD).secret
    for _ in range(14 * 4):
        assert resolve(secret)
        write(resolve(secret).actor, note_use)
        now.shift(timedelta(hours=6))
    assert resolve(secret) is None


def test_setting_one_signs_nobody_out_at_once(now, two):
    secret = sign_in(MIA, PASSWORD).secret
    now.shift(timedelta(days=2))
    write(two.nora, set_idle_timeout, 15)
    now.shift(timedelta(minutes=15))
    assert resolve(secret)
    now.shift(NOTED)
    assert resolve(secret) is None


def test_a_session_that_is_idle_is_not_listed(now, two):
    write(two.nora, set_idle_timeout, 15)
    sign_in(MIA, PASSWORD)
    now.shift(timedelta(minutes=20))
    assert len(read(signed_in(MIA), my_sessions)) == 1


def test_owners_and_admins_set_it_with_their_password(now, two):
    write(two.adam, set_idle_timeout, 30)
    write(two.adam, set_idle_timeout, 30)
    for actor in (two.mia, two.rhea):
        with pytest.raises(Forbidden):
            write(actor, set_idle_timeout, 0)
    nora = signed_in("nora@northwind.example")
    now.shift(FOR)
    with pytest.raises(Reconfirm):
        write(nora, set_idle_timeout, 0)
    changes = [row for row in log_of(two.nora) if row.action == "security_settings"]
    assert [(row.name, row.detail) for row in changes] == [("Adam Hill", "Sign out when idle: Never to 30 minutes")]


def log_of(actor):
    return read(actor, lambda tx: tx.all(tx.own(SecurityEvent)))


@pytest.mark.parametrize("minutes", [-1, 1, 14, 481, 10**12])
def test_only_what_is_offered_can_be_set(two, minutes):
    with pytest.raises(Invalid) as refused:
        write(two.nora, set_idle_timeout, minutes)
    assert refused.value.errors == {"idle": "Choose a time."}


@pytest.mark.parametrize("chosen", [0, 480])
def test_who_has_timed_out_stays_out_whatever_is_chosen_then(now, two, chosen):
    write(signed_in("nora@northwind.example"), set_idle_timeout, 15)
    secret = sign_in(MIA, PASSWORD).secret
    now.shift(timedelta(hours=1))
    assert resolve(secret) is None
    write(signed_in("nora@northwind.example"), set_idle_timeout, chosen)
    assert resolve(secret) is None
    write(signed_in("nora@northwind.example"), set_idle_timeout, 60)
    assert resolve(secret) is None
