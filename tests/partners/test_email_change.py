"""Another address to sign in with: asked for with the password, done in the new mailbox, stopped from the old."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine

from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Conflict, Invalid
from arbill_app.partners.auth import account
from arbill_app.partners.auth.email_change import (
    CONFIRM_FOR,
    MOST,
    UNDO_FOR,
    ask_email_change,
    confirm_email,
    open_confirmation,
    open_stop,
    stop_email_change,
)
from arbill_app.partners.auth.joining import use_link
from arbill_app.partners.auth.sign_in import resolve, sign_in
from arbill_app.partners.security_log.log import SecurityEvent
from tests.world import PASSWORD, letters_to, signed_in

MIA, NEW, SOL = "mia@northwind.example", "mia.ford@people.example", "sol@southgate.example"
FRESH = "copper lantern drifts"


@pytest.fixture
def now(two):
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1), tick=False) as moved:
        yield moved


@pytest.fixture
def mia(now):
    return signed_in(MIA)


def token_in(letter):
    return parse_qs(urlsplit(letter.action_url).query)["token"][0]


def asked(actor, new=NEW):
    """(the link in the new mailbox, the one in the old)."""
    write(actor, ask_email_change, new, PASSWORD)
    return token_in(letters_to(new)[0]), token_in(letters_to(MIA)[0])


def signs_in(email, password=PASSWORD):
    try:
        return resolve(sign_in(email, password).secret) is not None
    except Invalid:
        return False


def log_of(actor):
    rows = read(actor, lambda tx: tx.all(tx.own(SecurityEvent).order_by(SecurityEvent.id)))
    return [(row.action, row.detail) for row in rows if row.action.startswith("email_")]


# ---------------------------------------------------------------- asking


def test_nothing_changes_before_the_link_is_used(two, mia):
    confirm, stop = asked(mia)
    for _ in range(2):
        assert (open_confirmation(confirm).new, open_stop(stop).done) == (NEW, False)
    assert signs_in(MIA)
    assert not signs_in(NEW)


def test_the_password_is_asked_for(two, mia):
    with pytest.raises(Invalid) as refused:
        write(mia, ask_email_change, NEW, "wrong wrong wrong")
    assert list(refused.value.errors) == ["password"]
    assert not letters_to(NEW)


@pytest.mark.parametrize("email", ["", "mia", "mia@", MIA, "a@b\nbcc: c@d"])
def test_an_address_that_is_none_or_ones_own_is_refused(two, mia, email):
    with pytest.raises(Invalid) as refused:
        write(mia, ask_email_change, email, PASSWORD)
    assert list(refused.value.errors) == ["email"]


def test_nobody_learns_whether_an_address_signs_in_already(two, mia):
    """Asking for the address of somebody else looks like any other; only who reads that mailbox is told."""
    confirm, _ = asked(mia, SOL)
    assert open_confirmation(confirm).new == SOL
    with pytest.raises(Conflict, match="Somebody signs in with this address already"):
        confirm_email(confirm)
    assert signs_in(MIA)
    assert signs_in(SOL)
    assert resolve(sign_in(SOL, PASSWORD).secret).actor.partner_id == two.sol.partner_id


def test_what_was_asked_for_reserves_nothing(two, mia):
    confirm, _ = asked(mia)
    sol = signed_in(SOL)
    write(sol, ask_email_change, NEW, PASSWORD)
    confirm_email(token_in(letters_to(NEW)[0]))
    assert signs_in(NEW)
    with pytest.raises(Conflict):
        confirm_email(confirm)
    assert signs_in(MIA)


def test_asking_again_voids_what_was_asked_before(two, mia):
    first, _ = asked(mia)
    second, _ = asked(mia, "m.ford@people.example")
    with pytest.raises(Invalid):
        confirm_email(first)
    confirm_email(second)
    assert signs_in("m.ford@people.example")


def test_strangers_are_not_mailed_without_end(two, mia, now):
    for n in range(MOST):
        write(mia, ask_email_change, f"stranger{n}@people.example", PASSWORD)
    with pytest.raises(Invalid) as refused:
        write(mia, ask_email_change, NEW, PASSWORD)
    assert refused.value.errors == {"email": "You asked 5 times today. Try again tomorrow."}
    now.shift(timedelta(days=1))
    write(mia, ask_email_change, NEW, PASSWORD)


def test_the_letter_to_a_stranger_quotes_nobody(two, mia):
    asked(mia)
    text = repr(letters_to(NEW)[0])
    assert "Mia" not in text
    assert "Northwind" not in text


# ---------------------------------------------------------------- the link in the new mailbox


def test_the_link_changes_the_address_and_ends_other_sessions(two, mia, now):
    other = sign_in(MIA, PASSWORD).secret
    here = sign_in(MIA, PASSWORD).secret
    confirm, _ = asked(resolve(here).actor)
    confirm_email(confirm)
    assert (signs_in(NEW), signs_in(MIA)) == (True, False)
    assert resolve(here).email == NEW
    assert resolve(other) is None
    assert log_of(two.nora) == [
        ("email_change_asked", f"{MIA} to {NEW}"),
        ("email_changed", f"{MIA} to {NEW}"),
    ]
    assert letters_to(MIA)[0].subject == "Your arbill email address was changed"


def test_the_link_works_once_and_for_an_hour(two, mia, now):
    confirm, _ = asked(mia)
    now.shift(CONFIRM_FOR)
    assert open_confirmation(confirm) is None
    with pytest.raises(Invalid):
        confirm_email(confirm)
    confirm, _ = asked(mia)
    confirm_email(confirm)
    with pytest.raises(Invalid):
        confirm_email(confirm)


@pytest.mark.parametrize("token", ["", "x", "forged" * 10, "\ud800"])
def test_a_forged_link_is_over(two, token):
    assert (open_confirmation(token), open_stop(token)) == (None, None)
    for verb in (confirm_email, stop_email_change):
        with pytest.raises(Invalid, match="has been used or has expired"):
            verb(token)


def test_neither_link_does_what_the_other_does(two, mia):
    confirm, stop = asked(mia)
    with pytest.raises(Invalid):
        stop_email_change(confirm)
    with pytest.raises(Invalid):
        confirm_email(stop)


def test_a_reset_link_that_was_mailed_before_is_over(two, mia):
    write(two.nora, account.ask_reset, two.mia.id)
    reset = token_in(letters_to(MIA)[0])
    confirm, _ = asked(mia)
    confirm_email(confirm)
    with pytest.raises(Invalid):
        use_link(reset, FRESH)


# ---------------------------------------------------------------- the link in the old mailbox


def test_it_is_stopped_before_it_is_done(two, mia):
    confirm, stop = asked(mia)
    open_one = sign_in(MIA, PASSWORD).secret
    reset = stop_email_change(stop)
    with pytest.raises(Invalid):
        confirm_email(confirm)
    assert resolve(open_one) is None
    assert not signs_in(MIA), "whoever asked knew the password"
    use_link(reset, FRESH)
    assert signs_in(MIA, FRESH)
    with pytest.raises(Invalid):
        stop_email_change(stop)


@pytest.mark.parametrize("which", ["asked", "done"])
def test_it_is_taken_back_for_seven_days(two, mia, now, which):
    confirm, stop = asked(mia)
    confirm_email(confirm)
    taker = sign_in(NEW, PASSWORD).secret
    link = stop if which == "asked" else token_in(letters_to(MIA)[0])
    now.shift(UNDO_FOR - timedelta(seconds=1))
    assert open_stop(link).done
    use_link(stop_email_change(link), FRESH)
    assert resolve(taker) is None
    assert (signs_in(MIA, FRESH), signs_in(NEW, PASSWORD), signs_in(NEW, FRESH)) == (True, False, False)
    assert log_of(two.nora)[-1] == ("email_changed", f"{NEW} to {MIA}, taken back")


def test_after_seven_days_it_stays(two, mia, now):
    confirm, stop = asked(mia)
    confirm_email(confirm)
    now.shift(UNDO_FOR)
    for link in (stop, token_in(letters_to(MIA)[0])):
        with pytest.raises(Invalid):
            stop_email_change(link)
    assert signs_in(NEW)


def test_it_is_taken_back_also_after_a_second_change_and_a_new_password(two, mia):
    """What a thief would do next."""
    confirm, stop = asked(mia)
    confirm_email(confirm)
    thief = signed_in(NEW)
    write(thief, account.change_password, PASSWORD, "harbour violin cinder")
    write(thief, ask_email_change, "thief@people.example", "harbour violin cinder")
    confirm_email(token_in(letters_to("thief@people.example")[0]))
    use_link(stop_email_change(stop), FRESH)
    assert signs_in(MIA, FRESH)
    assert not signs_in("thief@people.example", "harbour violin cinder")
