from datetime import timedelta

import time_machine

from arbill_app.kernel.db.transactions import read, write
from arbill_app.partners import commands as partners
from arbill_app.partners.auth import account
from arbill_app.partners.auth.joining import use_link
from arbill_app.partners.auth.sign_in import LASTS, resolve, sign_in, sign_out
from arbill_app.partners.security_log.log import SecurityEvent
from arbill_app.partners.views import browser, my_sessions
from tests.world import PASSWORD, token_to

NORA = "nora@northwind.example"


def test_a_session_expires(two):
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False) as clock:
        secret = sign_in(NORA, PASSWORD).secret
        clock.shift(LASTS - timedelta(seconds=1))
        assert resolve(secret)
        clock.shift(2)
        assert resolve(secret) is None


def test_signing_out_ends_this_session_only(two):
    here, there = sign_in(NORA, PASSWORD).secret, sign_in(NORA, PASSWORD).secret
    sign_out(here)
    sign_out(here)
    sign_out("no such secret")
    assert resolve(here) is None
    assert resolve(there)


def test_signing_out_everywhere_ends_all_of_ones_own(two):
    mine = [sign_in(NORA, PASSWORD).secret for _ in range(3)]
    other = sign_in("adam@northwind.example", PASSWORD).secret
    write(resolve(mine[0]).actor, account.sign_out_everywhere)
    assert [resolve(secret) for secret in mine] == [None] * 3
    assert resolve(other)


def test_a_person_who_is_removed_is_out_at_once_and_for_good(two):
    secret = sign_in("mia@northwind.example", PASSWORD).secret
    write(two.nora, partners.disable_staff, two.mia.id)
    assert resolve(secret) is None
    write(two.nora, partners.enable_staff, two.mia.id)
    assert resolve(secret) is None


def test_a_changed_role_counts_from_the_next_click(two):
    secret = sign_in("mia@northwind.example", PASSWORD).secret
    write(two.nora, partners.change_role, two.mia.id, partners.Role.READ_ONLY)
    assert not resolve(secret).actor.may_write


def test_changing_the_password_ends_every_other_session(two):
    here, there = sign_in(NORA, PASSWORD).secret, sign_in(NORA, PASSWORD).secret
    write(resolve(here).actor, account.change_password, PASSWORD, "copper lantern drifts")
    assert resolve(here)
    assert resolve(there) is None
    assert sign_in(NORA, "copper lantern drifts").secret


def test_ones_sessions_are_listed_the_newest_first(two):
    sign_in(NORA, PASSWORD, agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
    here = resolve(sign_in(NORA, PASSWORD, agent="Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537 Edg/140").secret)
    rows = read(here.actor, my_sessions)
    assert [(row.agent, row.here) for row in rows] == [("Edge on Windows", True), ("Firefox on Linux", False)]
    assert read(two.adam, my_sessions) == []


def test_an_unknown_browser_is_a_browser():
    assert (browser(""), browser("curl/8")) == ("A browser", "A browser")


def ended(actor):
    rows = read(actor, lambda tx: tx.all(tx.own(SecurityEvent).where(SecurityEvent.action == "session_ended")))
    return [(row.name, row.detail) for row in rows]


def test_how_many_sessions_a_reset_ended_stands_in_the_security_log(two):
    for _ in range(3):
        sign_in(NORA, PASSWORD)
    write(two.adam, account.ask_reset, two.nora.id)
    use_link(token_to(NORA), "copper lantern drifts")
    assert ended(two.nora) == [("Nora West", "3 sessions")]


def test_so_do_those_of_somebody_who_is_removed(two):
    sign_in("mia@northwind.example", PASSWORD)
    write(two.nora, partners.disable_staff, two.mia.id)
    assert ended(two.nora) == [("Mia Ford", "1 session")]
    assert not ended(two.sol)


def test_sessions_that_had_run_out_are_not_counted(two):
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False) as clock:
        sign_in("mia@northwind.example", PASSWORD)
        clock.shift(LASTS + timedelta(seconds=1))
        write(two.nora, partners.disable_staff, two.mia.id)
    assert ended(two.nora) == []
