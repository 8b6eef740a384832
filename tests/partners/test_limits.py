"""Guessing gets slow, and nobody can lock out somebody else."""

import time
from contextlib import suppress

import pyotp
import pytest
import time_machine
from sqlmodel import func, select

from arbill_app.kernel.db import transactions
from arbill_app.kernel.db.transactions import across_partners, read, write
from arbill_app.kernel.errors import Invalid
from arbill_app.partners.auth import account, limits, sign_in
from arbill_app.partners.auth.devices import MOST, KnownDevice
from arbill_app.partners.auth.joining import use_link
from arbill_app.partners.auth.sign_in import WRONG, WRONG_CODE, forget_failures, give_code
from arbill_app.partners.auth.tries import TooMany, TryCount
from arbill_app.partners.security_log.log import SecurityEvent
from tests.together import together
from tests.world import PASSWORD, letters_to, signed_in, token_to

NORA = "nora@northwind.example"
HOME, DEVICE = "192.0.2.10", "d" * 43
ELSEWHERE = "203.0.113.99"  # a network that nobody has tried anything from


@pytest.fixture
def now(two):
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False) as moved:
        yield moved


def attempt(password="wrong wrong wrong", ip=HOME, device="", email=NORA):
    """What it says; "" when it lets in."""
    try:
        sign_in.sign_in(email, password, ip, "Firefox", device)
    except Invalid as refused:
        return refused.message
    return ""


def attack(networks=13, rounds=8, email=NORA):
    return [attempt(ip=f"198.51.{i}.{n}", email=email) for n in range(rounds) for i in range(networks)]


def rows(model=TryCount):
    with across_partners() as session:
        return session.scalar(select(func.count()).select_from(model))


# ---------------------------------------------------------------- slower and slower


def test_after_five_wrong_passwords_one_has_to_wait_a_little_longer_each_time(now):
    assert [attempt() for _ in range(6)] == [WRONG] * 5 + ["Too many tries. Wait 2 seconds and try again."]
    for wait in (2, 4, 8, 16, 32, 64):
        assert f"Wait {wait} seconds" in attempt(PASSWORD)
        now.shift(wait)
        assert attempt() == WRONG
    now.shift(128)
    assert attempt(PASSWORD) == ""


def test_neighbours_in_one_network_wait_together(now):
    said = [attempt(ip=f"192.0.2.{i}") for i in range(6)]
    assert said[5].startswith("Too many tries")
    said = [attempt(ip=f"2001:db8:1:1::{i}") for i in range(6)]
    assert said[5].startswith("Too many tries")
    assert attempt(ip="::ffff:192.0.2.77").startswith("Too many tries")


def test_one_network_does_not_try_everybody(now):
    said = [attempt(email=f"person{i}@x.example") for i in range(31)]
    assert said == [WRONG] * 30 + ["Too many tries. Wait a second and try again."]


def test_an_office_that_signs_in_all_morning_is_not_slowed_down(now):
    assert {attempt(PASSWORD, email=f"{who}@northwind.example") for _ in range(20) for who in ("nora", "adam")} == {""}


def test_trying_too_early_does_not_make_it_longer(now):
    for _ in range(50):
        attempt()
    now.shift(2)
    assert attempt(PASSWORD) == ""


def test_getting_in_forgets_ones_own_failures(now):
    for _ in range(6):
        assert [attempt() for _ in range(4)] == [WRONG] * 4
        assert attempt(PASSWORD) == ""


def test_all_web_processes_count_together(now, database, monkeypatch):
    """Two engines on one database are two processes, as far as counting goes."""
    engines = [transactions.make_engine(database), transactions.make_engine(database)]
    said = []
    for i in range(6):
        monkeypatch.setattr(transactions, "engine", lambda i=i: engines[i % 2])
        said.append(attempt())
    for engine in engines:
        engine.dispose()
    monkeypatch.undo()
    assert said[5].startswith("Too many tries")


def test_guesses_at_the_same_moment_do_not_slip_through(now):
    said = together(*[attempt] * 20)
    assert said.count(WRONG) == 5
    assert sum(text.startswith("Too many") for text in said) == 15


def test_nobody_guesses_more_than_the_budgets_allow(now):
    """Three hours of trying from twenty networks."""
    tried = 0
    for _ in range(12):
        tried += sum(attempt(ip=f"198.51.{i}.1") == WRONG for i in range(20))
        now.shift(15 * 60)
    hours = 3 * 3600
    assert tried <= limits.PASSWORD.most_within(hours) + min(limits.PASSWORD_FRESH.most_within(hours), 20 * 2)


# ---------------------------------------------------------------- nobody locks out somebody else


def test_thirteen_networks_do_not_keep_the_owner_off_the_browser_they_use(now):
    assert attempt(PASSWORD, HOME, DEVICE) == ""
    said = attack()
    assert said[-1].startswith("Too many tries")
    assert attempt(PASSWORD, ELSEWHERE, DEVICE) == ""


def test_nor_out_of_the_network_they_use(now):
    assert attempt(PASSWORD, HOME, DEVICE) == ""
    attack()
    assert attempt(PASSWORD, "192.0.2.200") == ""


def test_nor_off_a_new_browser_in_a_new_network(now):
    attack()
    assert attempt(PASSWORD, ELSEWHERE) == ""


def test_nor_do_they_after_hours(now):
    for _ in range(6):
        attack()
        now.shift(3600)
    attack()
    assert attempt(PASSWORD, ELSEWHERE) == ""


def test_a_reset_link_always_gets_in_and_forgets_the_failures(now, two):
    attack(networks=30)
    write(two.nora, account.ask_reset, two.nora.id)
    assert use_link(token_to(NORA), "copper lantern drifts", "198.51.0.1").secret
    assert attempt("copper lantern drifts", ELSEWHERE) == ""


def test_a_known_device_has_a_budget_too(now):
    attempt(PASSWORD, HOME, DEVICE)
    assert [attempt(device=DEVICE) for _ in range(11)][-1].startswith("Too many tries")


def test_the_device_of_one_person_is_not_known_to_another(now):
    attempt(PASSWORD, HOME, DEVICE)
    assert [attempt(device=DEVICE, email="adam@northwind.example") for _ in range(6)][5].startswith("Too many tries")


@pytest.mark.parametrize("device", ["", "x" * 43, "\0", "\ud800", "d" * 42])
def test_a_made_up_device_is_no_known_one(now, device):
    attempt(PASSWORD, HOME, DEVICE)
    assert [attempt(ip=ELSEWHERE, device=device) for _ in range(6)][5].startswith("Too many tries")


def test_the_command_line_unlocks(now):
    attack(networks=110, rounds=2)
    for _ in range(5):
        attempt(ip=ELSEWHERE)
    assert attempt(PASSWORD, ELSEWHERE) != ""
    assert forget_failures(f" {NORA.upper()} ") > 0
    assert attempt(PASSWORD, ELSEWHERE) == ""
    assert forget_failures("nobody@x.example") == 0


# ---------------------------------------------------------------- the second factor


@pytest.fixture
def guarded(now, two):
    me = signed_in(NORA)
    totp = pyotp.TOTP(write(me, account.begin_two_factor))
    codes = write(me, account.confirm_two_factor, totp.at(int(time.time())), PASSWORD)
    now.shift(60)
    return totp, codes


def half_in(ip="203.0.113.1", device=""):
    return sign_in.sign_in(NORA, PASSWORD, ip, device=device).secret


def wrong_codes(secret, many=20, ip=HOME):
    for _ in range(many):
        with suppress(Invalid):
            give_code(secret, "000000", ip)


def test_wrong_codes_get_slow(guarded):
    secret = half_in()
    said = []
    for _ in range(6):
        with pytest.raises(Invalid) as refused:
            give_code(secret, "000000", HOME)
        said.append(refused.value.message)
    assert said == [WRONG_CODE] * 5 + ["Too many tries. Wait 2 seconds and try again."]


def test_wrong_codes_leave_the_recovery_codes_as_they_were(guarded):
    secret = half_in()
    wrong_codes(secret)
    assert give_code(secret, guarded[1][0], HOME)


def test_made_up_recovery_codes_are_slowed_down_by_network(guarded):
    secret = half_in()
    for _ in range(10):
        with pytest.raises(Invalid, match="not right"):
            give_code(secret, "abcde-fghjk", HOME)
    with pytest.raises(TooMany):
        give_code(secret, guarded[1][0], HOME)
    assert give_code(secret, guarded[1][0], ELSEWHERE)


def test_whoever_knows_the_password_does_not_keep_the_owner_from_giving_a_code(guarded):
    give_code(half_in(), guarded[0].at(int(time.time())), HOME, device=DEVICE)
    for i in range(13):
        wrong_codes(half_in(ip=f"198.51.{i}.1"), many=6, ip=f"198.51.{i}.1")
    assert give_code(half_in(device=DEVICE), guarded[0].at(int(time.time()) + 30), ELSEWHERE, device=DEVICE)


# ---------------------------------------------------------------- who is told, and what is written


def mails(subject):
    return [letter for letter in letters_to(NORA) if subject in letter.subject]


def test_after_many_failures_the_person_is_told_once_a_day(now):
    attack()
    attack()
    assert len(mails("Failed sign-ins")) == 1
    now.shift(24 * 3600)
    attack()
    assert len(mails("Failed sign-ins")) == 2


def test_a_few_failures_are_told_nobody(now):
    for i in range(9):
        attempt(ip=f"198.51.{i}.1")
    assert mails("Failed") == []


def test_strangers_addresses_get_no_mail(now):
    attack(email="nobody@x.example")
    assert letters_to("nobody@x.example") == []


def test_a_sign_in_from_a_new_device_is_told_by_mail(now):
    attempt(PASSWORD, HOME, DEVICE)
    before = len(mails("New sign-in"))
    attempt(PASSWORD, HOME, DEVICE)
    assert len(mails("New sign-in")) == before
    attempt(PASSWORD, ELSEWHERE, "e" * 43)
    assert len(mails("New sign-in")) == before + 1
    assert ELSEWHERE in str(mails("New sign-in")[0])


def test_the_log_has_sign_ins_and_some_of_the_failures(now, two):
    attempt(PASSWORD, HOME, DEVICE)
    attack(networks=30)
    log = [row for row in read(two.nora, lambda tx: tx.all(tx.own(SecurityEvent))) if row.staff_id == two.nora.id]
    failed = [row.detail for row in log if row.action == "sign_in_failed"]
    assert "Try 1" in failed
    assert "Try 8" in failed
    assert len(failed) < 40
    assert [(row.ip, row.agent) for row in log if row.action == "sign_in" and row.ip] == [(HOME, "Firefox")]
    assert not [row for row in read(two.sol, lambda tx: tx.all(tx.own(SecurityEvent))) if row.staff_id == two.nora.id]


def test_refused_tries_write_nothing(now, two):
    attack(networks=20)
    before = rows(), rows(SecurityEvent)
    for _ in range(2):
        attack(networks=20)
    assert (rows(), rows(SecurityEvent)) == before


def test_counts_do_not_pile_up(now):
    attack()
    now.shift(3 * 24 * 3600)
    attempt(email="other@x.example")
    assert rows() == 3


def test_an_account_keeps_its_twenty_newest_devices(now):
    for i in range(MOST + 3):
        now.shift(1)
        assert attempt(PASSWORD, HOME, f"{i:043}") == ""
    assert rows(KnownDevice) == MOST
    assert attempt(ip=HOME, device=f"{MOST + 2:043}") == WRONG


def test_no_secret_of_a_device_is_in_the_database(now):
    attempt(PASSWORD, HOME, DEVICE)
    attempt(device=DEVICE)
    with across_partners() as session:
        kept = [*session.scalars(select(KnownDevice)), *session.scalars(select(TryCount))]
    assert DEVICE not in str([row.model_dump() for row in kept])


# ---------------------------------------------------------------- reset links


def test_asking_for_reset_links_is_counted_too(now):
    for _ in range(3):
        assert sign_in.may_mail_reset(NORA, HOME)
    with pytest.raises(TooMany):
        sign_in.may_mail_reset(NORA.upper(), "192.0.2.99")


def ask_reset(two, ip):
    """As the page does; whether a mail went out."""
    if mails := sign_in.may_mail_reset(NORA, ip):
        write(two.nora, account.ask_reset, two.nora.id)
    return mails


@pytest.mark.parametrize("minutes", [0, 29, 58, 300])
def test_strangers_who_ask_for_resets_from_anywhere_leave_the_owner_a_link_that_works(now, two, minutes):
    for _ in range(minutes // 29 + 1):
        for i in range(60):
            ask_reset(two, f"198.51.{i}.1")
            ask_reset(two, f"2001:db8:0:{i:x}::1")
        now.shift(29 * 60)
    assert len(letters_to(NORA)) <= limits.RESET.most_within(minutes * 60 + 60 * 60)
    ask_reset(two, ELSEWHERE)  # says nothing of wait: look into the mailbox
    assert use_link(token_to(NORA), "copper lantern drifts", ELSEWHERE).secret


def test_neighbours_keep_nobody_from_a_reset_link(now, two):
    for i in range(60):
        with suppress(TooMany):
            sign_in.may_mail_reset(f"person{i}@x.example", "192.0.2.7")
    assert ask_reset(two, "192.0.2.8")


def test_one_network_does_not_mail_everybody(now):
    asked = 0
    with suppress(TooMany):
        for i in range(400):
            sign_in.may_mail_reset(f"person{i}@x.example", HOME)
            asked += 1
    assert asked <= limits.NETWORK.free + limits.NEWCOMERS.free


def test_the_networks_of_one_subscriber_are_one_place_when_it_comes_to_fresh_tries(now):
    attack()
    for i in range(300):
        attempt(ip=f"2001:db8:0:{i:x}::1")
    assert attempt(PASSWORD, ELSEWHERE) == ""


def test_a_browser_left_open_is_no_place_to_guess_the_password(now):
    for _ in range(8):
        limits.for_session("ses_1")
    with pytest.raises(TooMany):
        limits.for_session("ses_1")
    limits.for_session("ses_2")
