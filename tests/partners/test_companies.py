"""One person in several companies: invited without anybody learning of the others, switching, being removed."""

import time
from datetime import timedelta

import pyotp
import pytest
import time_machine
from sqlalchemy import event
from sqlmodel import select

from arbill_app.kernel import clock
from arbill_app.kernel.actor import Role
from arbill_app.kernel.db.transactions import across_partners, engine, read, write
from arbill_app.kernel.errors import Invalid, NotFound
from arbill_app.messages.views import outbox
from arbill_app.partners import commands as partners
from arbill_app.partners import operator
from arbill_app.partners.auth import account
from arbill_app.partners.auth.idle import set_idle_timeout
from arbill_app.partners.auth.joining import use_link
from arbill_app.partners.auth.links import open_link
from arbill_app.partners.auth.sign_in import give_code, resolve, sign_in, switch_company
from arbill_app.partners.auth.two_factor_policy import required_of
from arbill_app.partners.models import Person
from arbill_app.partners.security_log.log import SecurityEvent
from arbill_app.partners.views import my_sessions, team
from tests.world import PASSWORD, letters_to, person_of, signed_in, staff_of, token_to

MIA, KIM, SOL = "mia@northwind.example", "kim@new.example", "sol@southgate.example"
OTHER = "copper lantern drifts"
WRONG = "wrong wrong wrong"


def invite(by, email, role=Role.MEMBER, name="Kim Doe"):
    return write(by, partners.invite_staff, {"name": name, "email": email}, role)


def people():
    with across_partners() as session:
        return {person.email_key for person in session.scalars(select(Person))}


def log_of(actor):
    rows = read(actor, lambda tx: tx.all(tx.own(SecurityEvent).order_by(SecurityEvent.id)))
    return [(row.action, row.name) for row in rows]


@pytest.fixture
def both(two):
    """Mia, a member of Northwind, is an admin of Southgate, too: her place there."""
    invite(two.sol, MIA, Role.ADMIN, "Mia F.")
    return resolve(use_link(token_to(MIA), PASSWORD).secret).actor


@pytest.fixture
def codes(two):
    """Mia has two-factor on: (the app, recovery codes)."""
    mia = signed_in(MIA)
    app = pyotp.TOTP(write(mia, account.begin_two_factor))
    with time_machine.travel(time.time() - 90):
        return app, write(mia, account.confirm_two_factor, app.at(time.time()), PASSWORD)


# ---------------------------------------------------------------- invitations


def test_inviting_says_the_same_of_an_address_that_works_elsewhere(two):
    before = len(read(two.sol, team))
    for email in (MIA, KIM):
        staff = invite(two.sol, email)
        row = next(row for row in read(two.sol, team) if row.id == staff.id)
        assert (row.status, row.email, row.two_factor, row.last_sign_in) == ("Invited", email, False, "")
    known, new = letters_to(MIA)[0], letters_to(KIM)[0]
    assert (known.subject, known.action_label) == (new.subject, new.action_label)
    assert len(read(two.sol, team)) == before + 2
    assert [entry for entry in log_of(two.nora) if entry[0] == "staff_invited" and "Kim" in entry[1]] == []


def test_inviting_asks_the_database_the_same_whoever_it_is(two):
    asked = {MIA: [], KIM: []}
    for email, said in asked.items():
        note = lambda _c, _cursor, statement, *_, said=said: said.append(statement)  # noqa: E731
        event.listen(engine(), "before_cursor_execute", note)
        invite(two.sol, email)
        event.remove(engine(), "before_cursor_execute", note)
    assert asked[MIA] == asked[KIM]
    assert len(asked[MIA]) > 3


def test_an_invitation_makes_nobody_and_reserves_nothing(two):
    before = people()
    invite(two.nora, KIM, name="Kim at Northwind")
    first = token_to(KIM)
    invite(two.sol, KIM, name="Kim at Southgate")
    second = token_to(KIM)
    assert people() == before
    with pytest.raises(Invalid):
        sign_in(KIM, PASSWORD)
    assert resolve(use_link(first, PASSWORD).secret).partner_name == "Northwind"
    assert open_link(second).known
    assert resolve(use_link(second, PASSWORD).secret).partner_name == "Southgate"
    assert people() == before | {KIM}


def test_who_has_a_password_joins_by_it_and_no_other(two):
    invite(two.sol, MIA)
    token = token_to(MIA)
    with pytest.raises(Invalid):
        use_link(token, OTHER)
    with pytest.raises(Invalid):
        sign_in(MIA, OTHER)
    assert resolve(use_link(token, PASSWORD).secret).partner_name == "Southgate"
    with pytest.raises(Invalid, match="has been used"):
        use_link(token, PASSWORD)


def test_wrong_passwords_on_an_invitation_are_counted_like_any(two):
    invite(two.sol, MIA)
    token, said = token_to(MIA), set()
    for _ in range(10):
        with pytest.raises(Invalid) as refused:
            use_link(token, WRONG, "203.0.113.9")
        said.add(refused.value.status)
    assert said == {422, 429}
    assert ("sign_in_failed", "Mia Ford") in log_of(two.nora)
    assert ("sign_in_failed", "Kim Doe") not in log_of(two.sol)


def test_with_two_factor_the_code_joins_and_not_the_password(two, codes):
    staff = invite(two.sol, MIA)
    entry = use_link(token_to(MIA), PASSWORD)
    assert entry.needs_code
    assert resolve(entry.secret).needs_code
    assert read(two.sol, lambda tx: tx.get(partners.Staff, staff.id)).person_id is None
    with pytest.raises(Invalid):
        switch_company(entry.secret, two.mia.id)
    who = resolve(give_code(entry.secret, codes[1][0]))
    assert (who.partner_name, who.needs_code) == ("Southgate", False)
    assert open_link(token_to(MIA)) is None


def test_an_invitation_taken_back_between_password_and_code_is_over(two, codes):
    staff = invite(two.sol, MIA)
    entry = use_link(token_to(MIA), PASSWORD)
    write(two.sol, partners.disable_staff, staff.id)
    with pytest.raises(Invalid):
        give_code(entry.secret, codes[1][0])
    assert resolve(entry.secret) is None
    assert resolve(give_code(sign_in(MIA, PASSWORD).secret, codes[1][0])).partner_name == "Northwind"


def test_turning_two_factor_off_elsewhere_does_not_join(two, codes):
    invite(two.sol, MIA)
    entry = use_link(token_to(MIA), PASSWORD)
    write(two.mia, account.end_two_factor, PASSWORD)
    assert resolve(entry.secret) is None


def test_an_invitation_is_over_after_a_week_and_when_taken_back(two):
    staff = invite(two.sol, MIA)
    token = token_to(MIA)
    with time_machine.travel(time.time() + 7 * 86400 + 1), pytest.raises(Invalid, match="expired"):
        use_link(token, PASSWORD)
    write(two.sol, partners.disable_staff, staff.id)
    with pytest.raises(Invalid, match="used or has expired"):
        use_link(token, PASSWORD)


def test_who_was_removed_everywhere_may_choose_a_new_password_by_an_invitation(two, codes):
    """They cannot ask for a reset: their mailbox is proved by the invitation. The second factor stays."""
    write(two.nora, partners.disable_staff, two.mia.id)
    invite(two.sol, MIA)
    entry = use_link(token_to(MIA), OTHER)
    assert entry.needs_code
    assert resolve(give_code(entry.secret, codes[1][0])).partner_name == "Southgate"
    assert sign_in(MIA, OTHER).needs_code


def test_who_is_on_the_team_already_is_not_invited_twice(two, both):
    for by, email in ((two.sol, MIA), (two.nora, MIA.upper())):
        with pytest.raises(Invalid) as refused:
            invite(by, email)
        assert refused.value.errors == {"email": "Somebody with this email is on the team already."}


# ---------------------------------------------------------------- switching


def test_signing_in_opens_the_company_used_last(two, both):
    assert resolve(sign_in(MIA, PASSWORD).secret).partner_name == "Southgate"
    secret = switch_company(sign_in(MIA, PASSWORD).secret, two.mia.id)
    who = resolve(secret)
    assert (who.partner_name, who.actor.role, who.actor.name) == ("Northwind", "member", "Mia Ford")
    assert who.companies == ((two.mia.id, "Northwind"), (both.id, "Southgate"))
    assert resolve(sign_in(MIA, PASSWORD).secret).partner_name == "Northwind"


def test_a_switch_ends_the_former_session(two, both):
    former = sign_in(MIA, PASSWORD, "203.0.113.7", "Firefox").secret
    before = resolve(former)
    secret = switch_company(former, two.mia.id)
    assert resolve(former) is None
    after = resolve(secret)
    assert after.actor.session_id != before.actor.session_id
    assert after.confirmed_at == before.confirmed_at
    with pytest.raises(NotFound):
        read(after.actor, lambda tx: tx.get(partners.LegalEntity, read(both, partners_entity)))
    assert [row.here for row in read(after.actor, my_sessions)].count(True) == 1
    assert switch_company(secret, two.mia.id) == secret


def partners_entity(tx):
    return tx.first(tx.own(partners.LegalEntity)).id


def test_where_one_cannot_switch_to(two, both):
    secret = sign_in(MIA, PASSWORD).secret
    for forged in (two.sol.id, two.nora.id, "", "stf_", "x" * 5000, "\0", two.sol.partner_id, "' OR 1=1 --"):
        with pytest.raises(NotFound):
            switch_company(secret, forged)
    write(two.nora, partners.disable_staff, two.mia.id)
    with pytest.raises(NotFound):
        switch_company(secret, two.mia.id)
    assert resolve(secret).partner_name == "Southgate"
    for nobody in ("", "x", "\0"):
        with pytest.raises(Invalid):
            switch_company(nobody, two.mia.id)


def test_a_session_that_still_owes_the_code_does_not_switch(two, both, codes):
    half = sign_in(MIA, PASSWORD).secret
    with pytest.raises(Invalid):
        switch_company(half, two.mia.id)
    whole = give_code(half, codes[1][0])
    assert not resolve(switch_company(whole, two.mia.id)).needs_code


def test_each_company_notes_its_own_sign_ins(two, both):
    before = len(log_of(two.nora)), len(log_of(two.sol))
    switch_company(signed_secret := sign_in(MIA, PASSWORD).secret, two.mia.id)
    assert resolve(signed_secret) is None
    assert log_of(two.nora)[before[0] :] == [("sign_in", "Mia Ford")]
    assert [action for action, _ in log_of(two.sol)[before[1] :] if action != "new_device"] == ["sign_in", "sign_out"]


def test_the_idle_time_out_is_that_of_the_company_opened(two, both):
    write(signed_in(SOL), set_idle_timeout, 15)
    here = switch_company(sign_in(MIA, PASSWORD).secret, two.mia.id)
    there = switch_company(switch_company(here, both.id), two.mia.id)
    elsewhere = sign_in(MIA, PASSWORD).secret
    elsewhere = switch_company(elsewhere, both.id)
    with time_machine.travel(time.time() + 17 * 60):
        assert resolve(there).partner_name == "Northwind"
        assert resolve(elsewhere) is None
        with pytest.raises(Invalid):
            switch_company(elsewhere, two.mia.id)


# ---------------------------------------------------------------- removed from one of them


def test_who_is_removed_from_one_company_goes_on_in_the_other(two, both):
    there, here = sign_in(MIA, PASSWORD).secret, switch_company(sign_in(MIA, PASSWORD).secret, two.mia.id)
    session = resolve(here).actor.session_id
    write(two.nora, partners.disable_staff, two.mia.id)
    moved = resolve(here)
    assert (moved.partner_name, moved.companies) == ("Southgate", ((both.id, "Southgate"),))
    assert moved.actor.session_id != session, "tabs and views of the former company end with its session"
    assert resolve(there).partner_name == "Southgate"
    assert resolve(sign_in(MIA, PASSWORD).secret).partner_name == "Southgate"
    assert ("session_ended", "Mia Ford") in log_of(two.nora)


def test_who_is_removed_from_the_last_one_is_signed_out(two, both):
    secret = sign_in(MIA, PASSWORD).secret
    write(two.nora, partners.disable_staff, two.mia.id)
    write(two.sol, partners.disable_staff, both.id)
    assert resolve(secret) is None
    with pytest.raises(Invalid, match="do not match"):
        sign_in(MIA, PASSWORD)


def test_an_unattended_browser_is_not_kept_awake_by_being_moved(two, both):
    write(signed_in(SOL), set_idle_timeout, 15)
    here = switch_company(sign_in(MIA, PASSWORD).secret, two.mia.id)
    with time_machine.travel(time.time() + 3600):
        write(two.nora, partners.disable_staff, two.mia.id)
        assert resolve(here) is None


# ---------------------------------------------------------------- whose the password and the factors are


def test_a_change_is_noted_in_each_company_and_names_no_other(two, both):
    mia = signed_in(MIA)
    write(mia, account.change_password, PASSWORD, OTHER)
    for by, name in ((two.nora, "Mia Ford"), (two.sol, "Mia F.")):
        assert log_of(by).count(("password_changed", name)) == 1
    everything = read(two.nora, lambda tx: [str(row) for row in tx.all(tx.own(SecurityEvent))])
    assert not [row for row in everything if "Southgate" in row or "Mia F." in row]
    assert len([letter for letter in outbox(1000) if letter.subject == "Your arbill password was changed"]) == 1


def test_signing_out_everywhere_means_every_company(two, both):
    one, other = sign_in(MIA, PASSWORD).secret, switch_company(sign_in(MIA, PASSWORD).secret, two.mia.id)
    write(resolve(one).actor, account.sign_out_everywhere)
    assert resolve(one) is None
    assert resolve(other) is None


def test_no_owner_has_power_over_the_person(two, both):
    """Nothing that a team's managers do touches the password, the second factor or what is open elsewhere."""
    before, there = person_of(both), sign_in(MIA, PASSWORD).secret
    for verb in (partners.disable_staff, partners.enable_staff):
        write(two.nora, verb, two.mia.id)
    write(two.nora, partners.change_role, two.mia.id, Role.READ_ONLY)
    with pytest.raises(Exception, match="joined already"):
        write(two.nora, partners.invite_again, two.mia.id)
    assert person_of(both) == before
    assert (resolve(there).actor.role, staff_of(both).role) == ("admin", "admin")


def test_the_operator_helps_the_person_and_each_company_is_told(two, both, codes):
    assert operator.reset_two_factor(MIA)
    assert not sign_in(MIA, PASSWORD).needs_code
    for by, name in ((two.nora, "Mia Ford"), (two.sol, "Mia F.")):
        assert ("two_factor_off", name) in log_of(by)


def test_the_operator_says_which_invitation(two):
    invite(two.nora, KIM)
    invite(two.sol, KIM)
    with pytest.raises(NotFound, match="Northwind and Southgate"):
        operator.join_link(KIM)
    link = operator.join_link(KIM, "south")
    assert resolve(use_link(link.partition("token=")[2], PASSWORD).secret).partner_name == "Southgate"


def test_a_second_factor_that_one_company_wants_is_not_turned_off_from_another(two, both, codes):
    write_required(two.sol)
    with pytest.raises(Exception, match="Southgate requires two-factor"):
        write(two.mia, account.end_two_factor, PASSWORD)
    assert read(two.mia, required_of, person_of(two.mia).id) == "Southgate"


def write_required(actor):
    def require(tx):
        tx.get(partners.Partner, actor.partner_id).two_factor_required_at = clock.now()

    write(actor, require)


def test_a_browser_that_had_timed_out_stays_out_when_its_person_is_removed(two, both):
    secret = sign_in(MIA, PASSWORD).secret
    secret = switch_company(secret, two.mia.id) if resolve(secret).actor.id != two.mia.id else secret
    write(signed_in("nora@northwind.example"), set_idle_timeout, 15)
    before = log_of(two.sol)
    with time_machine.travel(clock.now() + timedelta(days=2)):
        assert resolve(secret) is None
        write(signed_in("nora@northwind.example"), partners.disable_staff, two.mia.id)
        assert resolve(secret) is None
    assert log_of(two.sol) == before


def test_going_on_elsewhere_after_a_removal_is_no_sign_in_there(two, both):
    secret = sign_in(MIA, PASSWORD).secret
    secret = switch_company(secret, two.mia.id) if resolve(secret).actor.id != two.mia.id else secret
    before = log_of(two.sol)
    write(signed_in("nora@northwind.example"), partners.disable_staff, two.mia.id)
    assert resolve(secret).partner_name == "Southgate"
    assert log_of(two.sol) == before
