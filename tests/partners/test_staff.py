import pytest
import time_machine

from arbill_app.kernel.actor import Role
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from arbill_app.partners import commands as partners
from arbill_app.partners.auth.joining import use_link
from arbill_app.partners.auth.links import open_link
from arbill_app.partners.auth.sign_in import find_member, resolve, sign_in
from arbill_app.partners.views import team
from tests.world import PASSWORD, letters_to, make_staff, signed_in, staff_of, token_to

NEW = {"name": "Nia Bell", "email": "nia@northwind.example"}


def invite(by, role=Role.MEMBER, **changes):
    return write(by, partners.invite_staff, NEW | changes, role)


# ---------------------------------------------------------------- founding


def test_a_founder_without_a_password_gets_a_link(database):
    _, token = partners.found_partner("Westhill", "Will West", "will@westhill.example")
    assert resolve(use_link(token, PASSWORD).secret).actor.role == Role.OWNER


def test_a_founders_password_must_do(database):
    with pytest.raises(Invalid) as refused:
        partners.found_partner("Westhill", "Will West", "will@westhill.example", "password123")
    assert list(refused.value.errors) == ["password"]


def test_a_founder_who_has_a_password_keeps_it_and_joins_by_a_link(two):
    with pytest.raises(Invalid, match="a password of their own"):
        partners.found_partner("Westhill", "Nora Hill", "Nora@Northwind.example", "a new horse in town")
    _, token = partners.found_partner("Westhill", "Nora Hill", "Nora@Northwind.example")
    assert resolve(use_link(token, PASSWORD).secret).partner_name == "Westhill"


# ---------------------------------------------------------------- inviting


def test_who_is_invited_chooses_a_password_and_is_in(two):
    invite(two.nora)
    who = resolve(use_link(token_to(NEW["email"]), PASSWORD).secret)
    assert (who.actor.name, who.actor.role, who.actor.partner_id) == ("Nia Bell", "member", two.nora.partner_id)
    assert sign_in(NEW["email"], PASSWORD).secret


def test_an_invitation_says_who_invites_where(two):
    invite(two.adam)
    letter = letters_to(NEW["email"])[0]
    assert letter.subject == "Adam Hill invites you to Northwind on arbill"


def test_looking_at_an_invitation_does_not_use_it_up(two):
    invite(two.nora)
    token = token_to(NEW["email"])
    assert open_link(token).email == open_link(token).email == NEW["email"]
    assert use_link(token, PASSWORD)


def test_an_invitation_works_once_for_seven_days(two):
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False) as clock:
        invite(two.nora)
        token = token_to(NEW["email"])
        clock.shift(7 * 86400 + 1)
        assert open_link(token) is None
        with pytest.raises(Invalid, match="has expired"):
            use_link(token, PASSWORD)


def test_a_password_that_will_not_do_leaves_the_invitation_open(two):
    invite(two.nora)
    token = token_to(NEW["email"])
    with pytest.raises(Invalid, match="at least 10"):
        use_link(token, "short")
    assert use_link(token, PASSWORD)


def test_being_invited_again_sends_a_new_link_and_joining_ends_both(two):
    staff = invite(two.nora)
    old = token_to(NEW["email"])
    write(two.nora, partners.invite_again, staff.id)
    new = token_to(NEW["email"])
    assert old != new
    use_link(new, PASSWORD)
    assert open_link(old) is None
    with pytest.raises(Conflict, match="has joined already"):
        write(two.nora, partners.invite_again, staff.id)


@pytest.mark.parametrize(
    ("email", "said"),
    [
        ("mia@NORTHWIND.example", "Somebody with this email is on the team already."),
        ("nobody", "Enter an email address such as name@company.com."),
    ],
)
def test_whom_one_cannot_invite(two, email, said):
    with pytest.raises(Invalid) as refused:
        invite(two.nora, email=email)
    assert refused.value.errors == {"email": said}
    assert len(read(two.nora, team)) == 4


def test_only_an_owner_invites_an_owner(two):
    with pytest.raises(Forbidden):
        invite(two.adam, Role.OWNER)
    invite(two.nora, Role.OWNER)


# ---------------------------------------------------------------- roles


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN])
def test_nobody_raises_themselves(two, role):
    for who in (two.mia, two.rhea):
        with pytest.raises(Forbidden):
            write(who, partners.change_role, who.id, role)
    with pytest.raises(Forbidden):
        write(two.adam, partners.change_role, two.adam.id, Role.OWNER)


def test_an_admin_does_not_touch_an_owner(two):
    for verb, *args in ((partners.change_role, Role.MEMBER), (partners.disable_staff,), (partners.enable_staff,)):
        with pytest.raises(Forbidden):
            write(two.adam, verb, two.nora.id, *args)
    with pytest.raises(Forbidden):
        write(two.adam, partners.change_role, two.mia.id, Role.OWNER)


def test_an_admin_manages_everybody_else(two):
    write(two.adam, partners.change_role, two.mia.id, Role.ADMIN)
    write(two.adam, partners.disable_staff, two.rhea.id)
    assert staff_of(two.mia).role == Role.ADMIN


def test_the_last_owner_stays_one(two):
    with pytest.raises(Conflict, match="only owner"):
        write(two.nora, partners.change_role, two.nora.id, Role.ADMIN)
    other = make_staff(two.nora, Role.OWNER)
    write(two.nora, partners.change_role, two.nora.id, Role.ADMIN)
    assert staff_of(two.nora).role == Role.ADMIN
    with pytest.raises(Conflict, match="only owner"):
        write(other, partners.change_role, other.id, Role.MEMBER)


def test_an_owner_who_never_came_or_was_removed_is_not_another_owner(two):
    invited = invite(two.nora, Role.OWNER)
    gone = make_staff(two.nora, Role.OWNER)
    write(two.nora, partners.disable_staff, gone.id)
    with pytest.raises(Conflict, match="only owner"):
        write(two.nora, partners.change_role, two.nora.id, Role.ADMIN)
    write(two.nora, partners.disable_staff, invited.id)


def test_one_cannot_remove_oneself(two):
    make_staff(two.nora, Role.OWNER)
    for who in (two.nora, two.adam):
        with pytest.raises(Conflict, match="cannot remove yourself"):
            write(who, partners.disable_staff, who.id)


def test_somebody_removed_cannot_use_an_old_link(two):
    staff = invite(two.nora)
    write(two.nora, partners.disable_staff, staff.id)
    assert open_link(token_to(NEW["email"])) is None


def test_another_partners_staff_does_not_exist(two):
    for verb, *args in ((partners.change_role, Role.MEMBER), (partners.disable_staff,), (partners.invite_again,)):
        with pytest.raises(NotFound):
            write(two.nora, verb, two.sol.id, *args)


def test_the_team_is_listed_with_roles(two):
    invite(two.nora)
    write(two.nora, partners.disable_staff, two.rhea.id)
    rows = {row.name: (row.role_label, row.status, row.me) for row in read(two.nora, team)}
    assert rows == {
        "Nora West": ("Owner", "Active", True),
        "Adam Hill": ("Admin", "Active", False),
        "Mia Ford": ("Member", "Active", False),
        "Rhea Lane": ("Read-only", "Removed", False),
        "Nia Bell": ("Member", "Invited", False),
    }


def test_staff_sign_in_by_their_mailbox(two):
    """A browser's email field sends the A-label; the letters are what was invited, shown and mailed."""
    ida = make_staff(two.nora, Role.MEMBER, "Ida Moss", "ida@bücher.example")
    for typed in ("ida@bücher.example", "IDA@xn--bcher-kva.example", "ida@bu\u0308cher.example"):
        assert signed_in(typed).id == ida.id
        found = find_member(typed)
        assert found
        assert (found.staff.id, found.email) == (ida.id, "ida@bücher.example")
    assert len([letter for letter in letters_to("ida@bücher.example") if "invites you" in letter.subject]) == 1
    with pytest.raises(Invalid):
        invite(two.nora, email="ida@xn--bcher-kva.example")


def test_domains_that_fold_alike_are_two_people(two):
    one = make_staff(two.nora, Role.MEMBER, "Kim One", "kim@straße.example")
    other = make_staff(two.sol, Role.MEMBER, "Kim Two", "kim@strasse.example")
    assert signed_in("kim@straße.example").id == one.id
    assert signed_in("kim@strasse.example").id == other.id


def test_only_the_newest_invitation_opens_and_none_after_it_was_taken_back(two):
    nora = signed_in("nora@northwind.example")
    staff = write(nora, partners.invite_staff, {"name": "Kim Doe", "email": "kim@northwind.example"}, Role.MEMBER)
    first = token_to("kim@northwind.example")
    write(nora, partners.invite_again, staff.id)
    second = token_to("kim@northwind.example")
    assert open_link(first) is None
    assert open_link(second) is not None
    write(nora, partners.disable_staff, staff.id)
    write(nora, partners.enable_staff, staff.id)
    assert open_link(second) is None
