import time

import pyotp
import pytest
import time_machine
from sqlmodel import select

from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Conflict, Invalid
from arbill_app.partners.auth import account
from arbill_app.partners.auth.joining import use_link
from arbill_app.partners.auth.secrets import totp_step, totp_uri
from arbill_app.partners.auth.sign_in import give_code, resolve, sign_in
from arbill_app.partners.models import RecoveryCode
from tests.world import PASSWORD, person_of, signed_in

NORA = "nora@northwind.example"
NOON = "2026-11-21T12:00:00Z"


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as moved:
        yield moved


@pytest.fixture
def guarded(clock, two):
    """Nora with two-factor on: (TOTP, recovery codes). The first step has passed."""
    me = signed_in(NORA)
    totp = pyotp.TOTP(write(me, account.begin_two_factor))
    codes = write(me, account.confirm_two_factor, code_of(totp), PASSWORD)
    clock.shift(60)
    return totp, codes


def code_of(totp, shift=0):
    return totp.at(int(time.time()) + shift)


def half_in():
    """A browser that has given the password only."""
    entry = sign_in(NORA, PASSWORD)
    assert entry.needs_code
    return entry.secret


def test_a_secret_counts_only_once_a_code_has_proved_it(two, clock):
    write(two.nora, account.begin_two_factor)
    assert not sign_in(NORA, PASSWORD).needs_code
    with pytest.raises(Invalid, match="not right"):
        write(two.nora, account.confirm_two_factor, "000000", PASSWORD)
    assert not sign_in(NORA, PASSWORD).needs_code


def test_confirming_without_beginning_is_refused(two, clock):
    with pytest.raises(Invalid):
        write(two.nora, account.confirm_two_factor, "123456", PASSWORD)


def test_turning_it_on_ends_other_sessions_and_keeps_this_one(two, clock):
    there = sign_in(NORA, PASSWORD).secret
    here = sign_in(NORA, PASSWORD).secret
    totp = pyotp.TOTP(write(resolve(here).actor, account.begin_two_factor))
    write(resolve(here).actor, account.confirm_two_factor, code_of(totp), PASSWORD)
    assert resolve(there) is None
    assert not resolve(here).needs_code


def test_it_cannot_be_begun_again_while_it_is_on(two, guarded):
    for verb, *args in ((account.begin_two_factor,), (account.confirm_two_factor, "123456", PASSWORD)):
        with pytest.raises(Conflict, match="on already"):
            write(two.nora, verb, *args)


def test_the_password_alone_is_not_enough(two, guarded):
    assert resolve(half_in()).needs_code


def test_the_right_code_lets_in_and_gives_a_new_secret(two, guarded):
    before = half_in()
    after = give_code(before, code_of(guarded[0]))
    assert after != before
    assert resolve(before) is None
    assert not resolve(after).needs_code


def test_a_code_is_accepted_once(two, guarded):
    code = code_of(guarded[0])
    give_code(half_in(), code)
    with pytest.raises(Invalid, match="used already"):
        give_code(half_in(), code)


def test_the_code_that_turned_it_on_does_not_also_let_in(two, clock):
    me = signed_in(NORA)
    totp = pyotp.TOTP(write(me, account.begin_two_factor))
    write(me, account.confirm_two_factor, code_of(totp), PASSWORD)
    with pytest.raises(Invalid, match="used already"):
        give_code(half_in(), code_of(totp))


def test_an_older_code_is_not_accepted_after_a_newer_one(two, guarded):
    totp = guarded[0]
    give_code(half_in(), code_of(totp, 30))
    for shift in (-30, 0, 30):
        with pytest.raises(Invalid):
            give_code(half_in(), code_of(totp, shift))


@pytest.mark.parametrize(("drift", "accepted"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_phones_clock_may_be_half_a_minute_off(drift, accepted):
    totp = pyotp.TOTP(pyotp.random_base32())
    assert (totp_step(totp.secret, totp.at(1_800_000_000 + drift), after=0, at=1_800_000_000) is not None) == accepted


@pytest.mark.parametrize("code", ["", "12345", "000000000", "abcdef", "١٢٣٤٥٦", "\0", "\ud800", "1" * 10_000])
def test_a_code_that_is_none_is_only_wrong(two, guarded, code):
    with pytest.raises(Invalid):
        give_code(half_in(), code)


def test_a_code_may_be_typed_with_a_gap(two, guarded):
    code = code_of(guarded[0])
    assert give_code(half_in(), f" {code[:3]} {code[3:]} ")


def test_a_code_without_a_session_is_nothing(two, guarded):
    with pytest.raises(Invalid, match="Sign in again"):
        give_code("forged", code_of(guarded[0]))


# ---------------------------------------------------------------- recovery codes


def test_each_recovery_code_lets_in_once(two, guarded):
    code = guarded[1][3]
    assert give_code(half_in(), code.upper())
    with pytest.raises(Invalid, match="used already"):
        give_code(half_in(), code)
    assert give_code(half_in(), guarded[1][4].replace("-", " "))


def test_recovery_codes_are_ten_and_not_in_the_database(two, guarded):
    rows = read(two.nora, lambda tx: tx.all(select(RecoveryCode)))
    assert len(set(guarded[1])) == len(rows) == 10
    assert not {row.code_sealed for row in rows} & set(guarded[1])


def test_new_recovery_codes_replace_the_old(two, guarded):
    fresh = write(two.nora, account.renew_recovery_codes, PASSWORD)
    with pytest.raises(Invalid):
        give_code(half_in(), guarded[1][0])
    assert give_code(half_in(), fresh[0])


def test_a_colleagues_recovery_code_is_none(two, guarded, clock):
    adam = signed_in("adam@northwind.example")
    totp = pyotp.TOTP(write(adam, account.begin_two_factor))
    codes = write(adam, account.confirm_two_factor, code_of(totp), PASSWORD)
    with pytest.raises(Invalid):
        give_code(half_in(), codes[0])


# ---------------------------------------------------------------- turning it off


def test_turning_it_off_needs_the_password(two, guarded):
    for verb in (account.end_two_factor, account.renew_recovery_codes):
        with pytest.raises(Invalid) as refused:
            write(two.nora, verb, "wrong wrong wrong")
        assert list(refused.value.errors) == ["password"]


def test_off_is_off(two, guarded):
    write(two.nora, account.end_two_factor, PASSWORD)
    assert not sign_in(NORA, PASSWORD).needs_code
    assert read(two.nora, lambda tx: tx.all(select(RecoveryCode))) == []
    assert person_of(two.nora).totp_secret == ""
    with pytest.raises(Conflict):
        write(two.nora, account.renew_recovery_codes, PASSWORD)


def test_a_reset_by_email_does_not_get_round_the_second_factor(two, guarded):
    from tests.world import token_to

    write(two.nora, account.ask_reset, two.nora.id)
    entry = use_link(token_to(NORA), "copper lantern drifts")
    assert entry.needs_code
    assert resolve(entry.secret).needs_code


def test_a_phone_is_told_who_and_where():
    secret = "ABCDEFGH" * 4
    assert totp_uri(secret, NORA) == f"otpauth://totp/arbill:nora%40northwind.example?secret={secret}&issuer=arbill"


def test_an_app_that_was_not_proved_opens_and_confirms_nothing(two, clock):
    """Whoever sits at an open browser can begin an app, and knows its key: no password was asked for it."""
    secret = sign_in(NORA, PASSWORD).secret
    totp = pyotp.TOTP(write(resolve(secret).actor, account.begin_two_factor))
    before = resolve(secret).confirmed_at
    clock.shift(3600)
    with pytest.raises(Invalid, match="Sign in again"):
        give_code(secret, code_of(totp))
    assert resolve(secret).confirmed_at == before


def test_a_session_that_owes_no_code_is_not_confirmed_by_one(two, guarded, clock):
    secret = give_code(half_in(), code_of(guarded[0]))
    before = resolve(secret).confirmed_at
    clock.shift(3600)
    for code in (code_of(guarded[0]), guarded[1][0]):
        with pytest.raises(Invalid, match="Sign in again"):
            give_code(secret, code)
    assert resolve(secret).confirmed_at == before
