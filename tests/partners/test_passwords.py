import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from arbill_app.kernel.actor import job
from arbill_app.kernel.db.transactions import write
from arbill_app.kernel.errors import Forbidden, Invalid
from arbill_app.partners.auth import account
from arbill_app.partners.auth.joining import use_link
from arbill_app.partners.auth.links import open_link
from arbill_app.partners.auth.secrets import digest, hash_password, new_token, password_complaint, password_matches
from arbill_app.partners.auth.sign_in import resolve, sign_in
from tests.world import PASSWORD, letters_to, token_to

NORA = "nora@northwind.example"
FRESH = "copper lantern drifts"


def asked(two):
    """The link somebody gets who forgot the password."""
    write(job(two.nora.partner_id), account.ask_reset, two.nora.id)
    return token_to(NORA)


def test_a_reset_sets_the_password_and_signs_in(two):
    before = sign_in(NORA, PASSWORD).secret
    entry = use_link(asked(two), FRESH)
    assert resolve(entry.secret).actor.id == two.nora.id
    assert resolve(before) is None
    assert sign_in(NORA, FRESH).secret
    with pytest.raises(Invalid):
        sign_in(NORA, PASSWORD)


def test_a_reset_link_works_once(two):
    token = asked(two)
    use_link(token, FRESH)
    with pytest.raises(Invalid, match="has been used"):
        use_link(token, "another lantern drifts")
    assert sign_in(NORA, FRESH).secret


def test_a_reset_link_works_for_an_hour(two):
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False) as clock:
        token = asked(two)
        clock.shift(3599)
        assert open_link(token)
        clock.shift(2)
        assert open_link(token) is None


def test_using_one_link_ends_the_others(two):
    older, newer = asked(two), asked(two)
    use_link(newer, FRESH)
    assert open_link(older) is None


def test_changing_the_password_ends_links_that_lie_about(two):
    token = asked(two)
    write(two.nora, account.change_password, PASSWORD, FRESH)
    assert open_link(token) is None


def test_a_changed_password_is_told(two):
    write(two.nora, account.change_password, PASSWORD, FRESH)
    assert letters_to(NORA)[0].subject == "Your arbill password was changed"


def test_changing_it_needs_the_current_one(two):
    with pytest.raises(Invalid) as refused:
        write(two.nora, account.change_password, "wrong wrong wrong", FRESH)
    assert list(refused.value.errors) == ["current"]


def test_only_a_person_has_an_account(two):
    with pytest.raises(Forbidden):
        write(job(two.nora.partner_id), account.change_password, PASSWORD, FRESH)


@pytest.mark.parametrize("token", ["", "\0", "\ud800", "x", "' OR 1=1"])
def test_a_forged_link_is_none(two, token):
    assert open_link(token) is None
    with pytest.raises(Invalid):
        use_link(token, FRESH)


def test_a_links_key_is_not_in_the_database(two):
    secret, hashed = new_token()
    assert hashed == digest(secret) != secret
    assert len(secret) > 40


@pytest.mark.parametrize(
    ("password", "complaint"),
    [
        ("short one", "Use at least 10 characters."),
        ("x" * 201, "Use at most 200 characters."),
        ("password123", "easy to guess"),
        ("qwertyuiop", "easy to guess"),
        ("1111111111", "easy to guess"),
        ("Nora West 1", "easy to guess"),
        ("nora@northwind.example", "easy to guess"),
    ],
)
def test_which_passwords_will_not_do(password, complaint):
    assert complaint in str(password_complaint(password, "Nora West", NORA))


@pytest.mark.parametrize("password", [PASSWORD, FRESH, "demo-arbill", "Ünïcödé wörks tøø"])
def test_which_do(password):
    assert password_complaint(password, "Nora West", NORA) is None


@given(st.text(st.characters(), min_size=1, max_size=30), st.text(st.characters(), min_size=1, max_size=30))
def test_only_the_same_password_matches(one, other):
    hashed = hash_password(one)
    assert password_matches(one, hashed)
    assert password_matches(other, hashed) == (one == other)
    assert not password_matches(one, "")
