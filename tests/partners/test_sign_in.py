import pytest
import time_machine
from sqlmodel import select

from arbill_app.kernel import db
from arbill_app.kernel.db import across_partners, write
from arbill_app.kernel.errors import Invalid
from arbill_app.partners import secrets, sign_in
from arbill_app.partners import service as partners
from arbill_app.partners.models import SignInTry, Staff, StaffSession
from tests.together import together
from tests.world import PASSWORD, staff_of

NORA = "nora@northwind.example"


def refusal(email, password=PASSWORD, ip="203.0.113.7"):
    with pytest.raises(Invalid) as refused:
        sign_in.sign_in(email, password, ip)
    return str(refused.value)


def sessions():
    with across_partners() as session:
        return list(session.scalars(select(StaffSession)))


def test_who_knows_the_password_gets_in(two):
    entry = sign_in.sign_in(NORA, PASSWORD, "203.0.113.7", "Firefox")
    who = sign_in.resolve(entry.secret)
    assert (who.actor.id, who.actor.role, who.partner_name) == (two.nora.id, "owner", "Northwind")
    assert (entry.needs_code, who.needs_code) == (False, False)
    assert staff_of(two.nora).last_sign_in_at


@pytest.mark.parametrize("typed", [" Nora@Northwind.Example ", "NORA@NORTHWIND.EXAMPLE"])
def test_case_and_blanks_around_the_email_do_not_matter(two, typed):
    assert sign_in.sign_in(typed, PASSWORD).secret


@pytest.fixture
def compared(monkeypatch):
    """How often a password was really compared: that is what takes the time."""
    hasher, hashes = secrets._hasher(), []

    class Counting:
        def verify(self, hashed, password):
            hashes.append(hashed)
            return hasher.verify(hashed, password)

        hash = staticmethod(hasher.hash)

    secrets._nobody()
    monkeypatch.setattr(secrets, "_hasher", Counting)
    return hashes


def test_wrong_disabled_unknown_and_not_joined_all_take_the_same_path(two, compared):
    write(two.nora, partners.disable_staff, two.mia.id)
    write(two.nora, partners.invite_staff, {"name": "New", "email": "new@northwind.example"}, partners.Role.MEMBER)
    people = ("mia@northwind.example", "nobody@northwind.example", "new@northwind.example")
    said = {refusal(NORA, "wrong wrong wrong")} | {refusal(email) for email in people}
    assert said == {sign_in.WRONG}
    assert len(compared) == 4


@pytest.mark.parametrize("email", ["", "\0", "a\0@x.example", "\ud800@x.example", "x" * 5000, "' OR 1=1 --", "%@%"])
@pytest.mark.parametrize("password", ["", "\0", "\ud800", "x" * 100_000])
def test_nonsense_is_only_wrong(two, email, password):
    assert refusal(email, password, ip="x" * 500) == sign_in.WRONG


def test_the_cookies_secret_is_not_in_the_database(two):
    secret = sign_in.sign_in(NORA, PASSWORD).secret
    newest = max(sessions(), key=lambda row: row.id)
    assert secret not in {str(value) for value in newest.model_dump().values()}
    assert newest.token_hash == secrets.digest(secret)


def test_a_forged_cookie_is_nobody(two):
    secret = sign_in.sign_in(NORA, PASSWORD).secret
    newest = max(sessions(), key=lambda row: row.id)
    for forged in ("", "x", secret[:-1], secret + "x", newest.token_hash, newest.id, "\0", "\ud800"):
        assert sign_in.resolve(forged) is None


# ---------------------------------------------------------------- how often one may try


def test_one_browser_may_try_eight_times(two):
    said = [refusal(NORA, "wrong wrong wrong") for _ in range(9)]
    assert said == [sign_in.WRONG] * 8 + ["Too many tries. Wait 15 minutes and try again."]


def test_past_the_limit_even_the_right_password_is_not_tried(two):
    for _ in range(8):
        refusal(NORA, "wrong wrong wrong")
    assert "Too many" in refusal(NORA, PASSWORD)
    assert sign_in.sign_in(NORA, PASSWORD, "198.51.100.1").secret


def test_the_limit_ends_after_a_quarter_of_an_hour(two):
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False) as clock:
        for _ in range(9):
            refusal(NORA, "wrong wrong wrong")
        clock.shift(15 * 60 + 1)
        assert sign_in.sign_in(NORA, PASSWORD, "203.0.113.7").secret


def test_getting_in_forgets_the_tries(two):
    for _ in range(3):
        for _ in range(7):
            refusal(NORA, "wrong wrong wrong")
        sign_in.sign_in(NORA, PASSWORD, "203.0.113.7")


def test_one_address_may_not_try_everybody(two):
    said = [refusal(f"person{i}@x.example", "wrong wrong wrong") for i in range(61)]
    assert said[59:] == [sign_in.WRONG, "Too many tries. Wait 15 minutes and try again."]


def test_everybody_together_may_not_try_one_person_for_ever(two, monkeypatch):
    monkeypatch.setitem(sign_in.LIMITS, "email", 10)
    said = [refusal(NORA, "wrong wrong wrong", ip=f"203.0.113.{i}") for i in range(11)]
    assert said[9:] == [sign_in.WRONG, "Too many tries. Wait 15 minutes and try again."]


def test_all_web_processes_count_together(two, database, monkeypatch):
    """Two engines on one database are two processes, as far as counting goes."""
    engines = [db.make_engine(database), db.make_engine(database)]
    said = []
    for i in range(9):
        monkeypatch.setattr(db, "engine", lambda i=i: engines[i % 2])
        said.append(refusal(NORA, "wrong wrong wrong"))
    for engine in engines:
        engine.dispose()
    monkeypatch.undo()
    assert said[8] == "Too many tries. Wait 15 minutes and try again."


def test_guesses_at_the_same_moment_do_not_slip_through(two):
    tried = together(*[lambda: sign_in.limit_resets(NORA, "203.0.113.7")] * 20)
    assert sum(end is None for end in tried) <= 8
    assert {type(end) for end in tried} <= {type(None), Invalid}


@pytest.fixture
def meanwhile(monkeypatch):
    """Something that happens while the password is being compared, which takes a while."""

    def set_up(happens):
        def matches(password, hashed):
            monkeypatch.setattr(sign_in, "password_matches", secrets.password_matches)
            happens()
            return secrets.password_matches(password, hashed)

        monkeypatch.setattr(sign_in, "password_matches", matches)

    return set_up


def test_who_is_removed_while_signing_in_stays_out(two, meanwhile):
    meanwhile(lambda: write(two.nora, partners.disable_staff, two.mia.id))
    assert refusal("mia@northwind.example") == sign_in.WRONG
    assert staff_of(two.mia).disabled_at


def test_a_role_changed_while_signing_in_stays_changed(two, meanwhile):
    meanwhile(lambda: write(two.nora, partners.change_role, two.mia.id, partners.Role.READ_ONLY))
    assert sign_in.resolve(sign_in.sign_in("mia@northwind.example", PASSWORD).secret).actor.role == "read_only"
    assert staff_of(two.mia).role == "read_only"


def test_a_password_changed_while_signing_in_with_the_old_one_keeps_it_out(two, meanwhile):
    meanwhile(lambda: write(two.mia, partners.change_password, PASSWORD, "copper lantern drifts"))
    assert refusal("mia@northwind.example") == sign_in.WRONG
    assert sign_in.sign_in("mia@northwind.example", "copper lantern drifts").secret


def test_old_tries_do_not_pile_up(two):
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False) as clock:
        for _ in range(3):
            refusal(NORA, "wrong wrong wrong")
        clock.shift(3600)
        refusal("other@x.example")
    with across_partners() as session:
        assert len(list(session.scalars(select(SignInTry)))) == 3


def test_asking_for_reset_links_is_counted_too(two):
    for _ in range(8):
        sign_in.limit_resets(NORA, "203.0.113.7")
    with pytest.raises(Invalid, match="Too many"):
        sign_in.limit_resets(NORA.upper(), "203.0.113.7")


def test_one_email_is_one_person(two):
    assert sign_in.find_staff(" Nora@northwind.example").id == two.nora.id
    assert sign_in.find_staff("nobody@northwind.example") is None
    assert sign_in.find_staff("\0") is None
    with across_partners() as session:
        assert len({row.email_key for row in session.scalars(select(Staff))}) == 5
