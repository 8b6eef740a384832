"""Passkeys: added, used alone and after the password, and every answer that must not let anybody in."""

import json
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
import time_machine
from sqlmodel import select

from arbill_app.kernel.db.transactions import across_partners, read, write
from arbill_app.kernel.errors import Conflict, Invalid, NotFound
from arbill_app.kernel.settings import settings
from arbill_app.partners import operator
from arbill_app.partners.auth import account, limits
from arbill_app.partners.auth.confirming import FOR, Reconfirm, WrongPassword
from arbill_app.partners.auth.joining import use_link
from arbill_app.partners.auth.sign_in import give_code, resolve, sign_in
from arbill_app.partners.auth.two_factor_policy import require_two_factor
from arbill_app.partners.passkeys import passkeys
from arbill_app.partners.passkeys import sign_in as door
from arbill_app.partners.passkeys.challenges import PasskeyChallenge, Purpose, issue, take
from arbill_app.partners.passkeys.models import Passkey
from arbill_app.partners.passkeys.protocol import LASTS, is_possible
from arbill_app.partners.security_log.log import SecurityEvent
from tests.authenticator import PRESENT, Authenticator
from tests.world import PASSWORD, letters_to, person_of, signed_in, token_to

NORA, MIA, SOL = "nora@northwind.example", "mia@northwind.example", "sol@southgate.example"
BROWSER = "b" * 43


def add(actor, key, name="Laptop"):
    """Adds a passkey in the actor's browser: the recovery codes, if it brings any."""
    wanted = write(actor, passkeys.may_add, name)
    answer = key.create(passkeys.ask_to_add(wanted, actor.session_id))
    return write(actor, passkeys.add_passkey, name, take(answer, Purpose.ADD, actor.session_id))


def enter(key, browser=BROWSER, ip=""):
    """Signs in with the passkey alone."""
    return door.sign_in_with_passkey(key.get(door.ask_to_sign_in(browser, ip)), browser, ip)


@pytest.fixture
def nora(two):
    return signed_in(NORA)


@pytest.fixture
def key(nora):
    """Nora's passkey."""
    made = Authenticator()
    add(nora, made)
    return made


def log_of(actor, *actions):
    rows = read(actor, lambda tx: tx.all(tx.own(SecurityEvent).order_by(SecurityEvent.id)))
    return [(row.action, row.detail) for row in rows if row.action in actions]


def challenges():
    with across_partners() as session:
        return session.scalars(select(PasskeyChallenge)).all()


# ---------------------------------------------------------------- adding


def test_the_first_one_brings_recovery_codes_and_ends_other_sessions(two, nora):
    other = sign_in(NORA, PASSWORD).secret
    codes = add(nora, Authenticator())
    assert len(codes) == 10
    assert resolve(other) is None
    assert add(nora, Authenticator(), "Phone") == []
    assert [row.name for row in read(nora, passkeys.my_passkeys)] == ["Laptop", "Phone"]


def test_the_person_is_told_and_it_stands_in_the_log(two, nora, key):
    assert letters_to(NORA)[0].subject == "A passkey was added to your arbill account"
    assert log_of(nora, "passkey_added") == [("passkey_added", "Laptop")]


def test_adding_asks_for_the_password_again(two, nora):
    with time_machine.travel(FOR + timedelta(seconds=1)):
        for verb, *args in ((passkeys.may_add, "Laptop"), (passkeys.add_passkey, "Laptop", None)):
            with pytest.raises(Reconfirm):
                write(nora, verb, *args)


@pytest.mark.parametrize("name", ["", " ", "x" * 61])
def test_it_has_a_name(two, nora, name):
    with pytest.raises(Invalid) as refused:
        write(nora, passkeys.may_add, name)
    assert list(refused.value.errors) == ["name"]


def test_the_same_passkey_is_not_added_twice_nor_by_two_people(two, nora, key):
    for actor in (nora, signed_in(MIA)):
        with pytest.raises(Invalid, match="known already"):
            add(actor, key)
    with across_partners() as session:
        assert len(session.scalars(select(Passkey)).all()) == 1


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:3001"},
        {"rp": "evil.example"},
        {"flags": PRESENT},
        {"flags": 0},
    ],
)
def test_what_another_site_made_or_nobody_verified_is_not_added(two, nora, lie):
    with pytest.raises(Invalid, match="was not accepted"):
        add(nora, Authenticator(**lie))
    assert not person_of(nora).second_factor_since


# ---------------------------------------------------------------- signing in


def test_a_passkey_alone_is_both_factors(two, nora, key):
    who = resolve(enter(key))
    assert (who.email, who.is_in) == (NORA, True)
    assert read(nora, passkeys.my_passkeys)[0].last_used


def test_it_satisfies_a_company_that_requires_two_factor(two, nora, key):
    write(nora, require_two_factor, True)
    assert resolve(enter(key)).is_in
    mia = signed_in(MIA)
    assert resolve(sign_in(MIA, PASSWORD).secret).must_set_up
    add(mia, Authenticator())
    half = resolve(sign_in(MIA, PASSWORD).secret)
    assert (half.must_set_up, half.needs_code) == (False, True)


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://evil.example"},
        {"rp": "evil.example"},
        {"flags": PRESENT},
        {"flags": 0},
        {"key": Authenticator().key},
        {"id": Authenticator().id},
        {"user_id": b"per_somebody"},
        {"count": 0},
    ],
    ids=["origin", "rp", "not verified", "not present", "key", "id", "user", "count"],
)
def test_an_answer_that_lies_lets_nobody_in(two, nora, key, lie):
    enter(key)
    with pytest.raises(Invalid, match="was not accepted"):
        enter(replace(key, **lie))
    resolve(enter(key))


def test_a_challenge_is_answered_once(two, key):
    options = door.ask_to_sign_in(BROWSER, "")
    door.sign_in_with_passkey(key.get(options), BROWSER)
    with pytest.raises(Invalid, match="took too long"):
        door.sign_in_with_passkey(key.get(options), BROWSER)


def test_also_when_the_answer_did_not_hold(two, key):
    options = door.ask_to_sign_in(BROWSER, "")
    with pytest.raises(Invalid, match="was not accepted"):
        door.sign_in_with_passkey(replace(key, flags=PRESENT).get(options), BROWSER)
    with pytest.raises(Invalid, match="took too long"):
        door.sign_in_with_passkey(key.get(options), BROWSER)


def test_an_answer_is_worth_nothing_in_another_browser_or_for_another_purpose(two, nora, key):
    options = door.ask_to_sign_in(BROWSER, "")
    with pytest.raises(Invalid, match="took too long"):
        door.sign_in_with_passkey(key.get(options), "c" * 43)
    for purpose, bound_to in ((Purpose.CONFIRM, nora.session_id), (Purpose.ADD, nora.session_id)):
        with pytest.raises(Invalid, match="took too long"):
            take(key.get(options), purpose, bound_to)


def test_a_made_up_challenge_is_none(two, key):
    options = door.ask_to_sign_in(BROWSER, "")
    with pytest.raises(Invalid, match="took too long"):
        door.sign_in_with_passkey(key.get(options, "AAAA"), BROWSER)


def test_a_challenge_does_not_wait_longer_than_minutes(two, key):
    options = door.ask_to_sign_in(BROWSER, "")
    with time_machine.travel(timedelta(seconds=LASTS + 1)), pytest.raises(Invalid, match="took too long"):
        door.sign_in_with_passkey(key.get(options), BROWSER)


def test_of_many_questions_to_one_browser_one_is_kept(two):
    for _ in range(5):
        issue(Purpose.SIGN_IN, "x")
    assert len(challenges()) == 1
    with time_machine.travel(timedelta(seconds=LASTS + 1)):
        issue(Purpose.SIGN_IN, "y")
        assert [row.bound_to for row in challenges()] == ["y"]


@pytest.mark.parametrize(
    "answer", ["", "{}", "[]", "null", "x" * 20_000, '{"response": {"clientDataJSON": "AAAA"}}', "[" * 9_000, "\ud800"]
)
def test_what_is_no_answer_is_refused(two, key, answer):
    door.ask_to_sign_in(BROWSER, "")
    with pytest.raises(Invalid):
        door.sign_in_with_passkey(answer, BROWSER)


def test_parts_of_an_answer_may_be_anything(two, key):
    for part in ("id", "rawId", "type", "response"):
        for odd in (None, 1, "", [], {}, "\0", "é"):
            options = door.ask_to_sign_in(BROWSER, "")
            answer = json.loads(key.get(options)) | {part: odd}
            with pytest.raises(Invalid):
                door.sign_in_with_passkey(json.dumps(answer), BROWSER)
    for part in ("authenticatorData", "signature", "userHandle", "clientDataJSON"):
        for odd in (1, "AAAA", [], "é"):
            options = door.ask_to_sign_in(BROWSER, "")
            answer = json.loads(key.get(options))
            answer["response"][part] = odd
            with pytest.raises(Invalid):
                door.sign_in_with_passkey(json.dumps(answer), BROWSER)


def test_who_was_removed_from_the_team_does_not_come_in(two, nora):
    mia, key = signed_in(MIA), Authenticator()
    add(mia, key)
    from arbill_app.partners.commands import disable_staff

    write(nora, disable_staff, two.mia.id)
    with pytest.raises(Invalid, match="was not accepted"):
        enter(key)


def test_failures_are_counted_by_the_account_and_stand_in_the_log(two, nora, key):
    liar = replace(key, flags=PRESENT)
    for _ in range(limits.PAIR.free):
        with pytest.raises(Invalid, match="was not accepted"):
            enter(liar)
    with pytest.raises(Invalid, match="Too many tries"):
        enter(liar)
    assert [detail for _, detail in log_of(nora, "sign_in_failed")] == ["Try 1", "Try 2", "Try 4"]


def test_strangers_cannot_ask_without_end(two, key):
    for n in range(limits.QUESTIONS.free):
        door.ask_to_sign_in(f"browser {n}", "198.51.100.7")
    with pytest.raises(Invalid, match="Too many tries"):
        door.ask_to_sign_in("one more", "198.51.100.7")


def test_signing_in_uses_up_no_questions(two, key):
    for _ in range(limits.QUESTIONS.free + 5):
        enter(key, ip="198.51.100.9")


# ---------------------------------------------------------------- after the password


def test_after_the_password_a_passkey_is_asked_for(two, nora, key):
    half = sign_in(NORA, PASSWORD)
    assert half.needs_code
    assert door.factors_of(half.secret) == (False, True)
    whole = door.give_passkey(half.secret, key.get(door.ask_for_second(half.secret)))
    assert resolve(half.secret) is None
    assert resolve(whole).is_in


def test_or_a_code_of_the_app_or_a_recovery_code(two, nora):
    key = Authenticator()
    codes = add(nora, key)
    phone = pyotp.TOTP(write(nora, account.begin_two_factor))
    assert write(nora, account.confirm_two_factor, phone.now(), PASSWORD) == [], "the codes are good for both"
    half = sign_in(NORA, PASSWORD).secret
    assert door.factors_of(half) == (True, True)
    assert resolve(give_code(half, codes[0])).is_in


def test_another_persons_passkey_is_no_second_factor(two, nora, key):
    mia, other = signed_in(MIA), Authenticator()
    add(mia, other)
    half = sign_in(NORA, PASSWORD).secret
    with pytest.raises(Invalid, match="was not accepted"):
        door.give_passkey(half, other.get(door.ask_for_second(half)))
    assert not resolve(half).is_in
    assert log_of(nora, "second_factor_failed") == [("second_factor_failed", "Try 1")]


def test_nor_is_an_answer_that_another_session_was_asked_for(two, nora, key):
    one, two_ = sign_in(NORA, PASSWORD).secret, sign_in(NORA, PASSWORD).secret
    options = door.ask_for_second(one)
    door.ask_for_second(two_)
    with pytest.raises(Invalid, match="took too long"):
        door.give_passkey(two_, key.get(options))


def test_nobody_without_the_password_is_asked(two, nora, key):
    for secret in ("", "forged", enter(key), sign_in(SOL, PASSWORD).secret):
        with pytest.raises(Invalid, match="Sign in again"):
            door.ask_for_second(secret)


def test_a_new_password_by_mail_keeps_passkeys_and_tells_of_them(two, nora, key):
    write(two.nora, account.ask_reset, two.nora.id)
    entry = use_link(token_to(NORA), "copper lantern drifts")
    assert entry.needs_code
    told = next(letter for letter in letters_to(NORA) if letter.subject == "Your arbill password was changed")
    assert "Your passkey still signs in without it" in repr(told)
    assert resolve(enter(key)).is_in


# ---------------------------------------------------------------- confirming


def test_it_confirms_in_place_of_the_password(two, nora, key):
    with time_machine.travel(FOR + timedelta(seconds=1)):
        known = read(nora, passkeys.known_to_actor)
        answer = key.get(passkeys.ask_to_confirm(nora.session_id, known))
        write(nora, passkeys.confirm_with_passkey, take(answer, Purpose.CONFIRM, nora.session_id))
        write(nora, passkeys.may_add, "Phone")


def test_another_persons_confirms_nothing(two, nora, key):
    mia, other = signed_in(MIA), Authenticator()
    add(mia, other)
    answer = other.get(passkeys.ask_to_confirm(nora.session_id, read(nora, passkeys.known_to_actor)))
    with pytest.raises(WrongPassword) as refused:
        write(nora, passkeys.confirm_with_passkey, take(answer, Purpose.CONFIRM, nora.session_id))
    assert list(refused.value.errors) == ["passkey"]


# ---------------------------------------------------------------- removing


def test_a_removed_one_signs_in_no_more(two, nora, key):
    [row] = read(nora, passkeys.my_passkeys)
    assert write(nora, passkeys.remove_passkey, row.id) is False
    with pytest.raises(Invalid, match="was not accepted"):
        enter(key)
    assert not sign_in(NORA, PASSWORD).needs_code
    assert "A passkey of your arbill account was removed" in [letter.subject for letter in letters_to(NORA)]
    assert log_of(nora, "passkey_removed") == [("passkey_removed", "Laptop")]
    with pytest.raises(NotFound):
        write(nora, passkeys.remove_passkey, row.id)


def test_nobody_removes_another_persons(two, nora, key):
    [row] = read(nora, passkeys.my_passkeys)
    for actor in (signed_in(MIA), signed_in(SOL)):
        with pytest.raises(NotFound):
            write(actor, passkeys.remove_passkey, row.id)
        assert read(actor, passkeys.my_passkeys) == []


def test_the_last_second_factor_stays_while_one_is_required(two, nora, key):
    write(nora, require_two_factor, True)
    [row] = read(nora, passkeys.my_passkeys)
    with pytest.raises(Conflict, match="Northwind requires two-factor"):
        write(nora, passkeys.remove_passkey, row.id)
    phone = pyotp.TOTP(write(nora, account.begin_two_factor))
    write(nora, account.confirm_two_factor, phone.now(), PASSWORD)
    assert write(nora, passkeys.remove_passkey, row.id) is True
    with pytest.raises(Conflict, match="Northwind requires two-factor"):
        write(nora, account.end_two_factor, PASSWORD)


def test_turning_the_app_off_leaves_the_passkey_as_second_factor(two, nora, key):
    phone = pyotp.TOTP(write(nora, account.begin_two_factor))
    write(nora, account.confirm_two_factor, phone.now(), PASSWORD)
    assert write(nora, account.end_two_factor, PASSWORD) is True
    assert door.factors_of(sign_in(NORA, PASSWORD).secret) == (False, True)


def test_the_operator_removes_all_of_them(two, nora, key):
    operator.reset_two_factor(NORA)
    with pytest.raises(Invalid, match="was not accepted"):
        enter(key)
    assert not sign_in(NORA, PASSWORD).needs_code
    assert person_of(nora).second_factor_since is None


def test_where_browsers_have_passkeys(monkeypatch):
    for origin, possible in {
        "https://billing.example.com": True,
        "http://localhost:3000": True,
        "http://127.0.0.1:3000": False,
        "https://192.0.2.7": False,
        "http://billing.example.com": False,
    }.items():
        monkeypatch.setenv("ARBILL_ORIGIN", origin)
        settings.cache_clear()
        assert is_possible() == possible, origin
    settings.cache_clear()
