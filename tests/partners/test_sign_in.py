import pytest
from sqlmodel import select

from arbill_app.kernel.db.transactions import across_partners, write
from arbill_app.kernel.errors import Invalid
from arbill_app.partners import commands as partners
from arbill_app.partners.auth import account, secrets, sign_in
from arbill_app.partners.models import Person, StaffSession
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
    meanwhile(lambda: write(two.mia, account.change_password, PASSWORD, "copper lantern drifts"))
    assert refusal("mia@northwind.example") == sign_in.WRONG
    assert sign_in.sign_in("mia@northwind.example", "copper lantern drifts").secret


def test_one_email_is_one_person(two):
    assert sign_in.find_member(" Nora@northwind.example").staff.id == two.nora.id
    assert sign_in.find_member("nobody@northwind.example") is None
    assert sign_in.find_member("\0") is None
    with across_partners() as session:
        assert len({row.email_key for row in session.scalars(select(Person))}) == 5
