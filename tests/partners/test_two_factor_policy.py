"""Two-factor sign-in that a partner requires of everyone: who may require it, whom it holds up, who is not touched."""

from datetime import timedelta

import pyotp
import pytest
import time_machine

from arbill_app.kernel.actor import Role
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Conflict, Forbidden, Invalid
from arbill_app.partners import operator
from arbill_app.partners.auth import account
from arbill_app.partners.auth.confirming import FOR, Reconfirm
from arbill_app.partners.auth.sign_in import give_code, resolve, sign_in
from arbill_app.partners.auth.two_factor_policy import require_two_factor
from arbill_app.partners.models import Partner
from arbill_app.partners.security_log.log import SecurityEvent
from tests.world import PASSWORD, make_staff, signed_in

NORA, MIA, SOL = "nora@northwind.example", "mia@northwind.example", "sol@southgate.example"


def set_up(email):
    """Turns on two-factor sign-in, as under "Your profile": (actor, TOTP, recovery codes)."""
    me = signed_in(email)
    totp = pyotp.TOTP(write(me, account.begin_two_factor))
    return me, totp, write(me, account.confirm_two_factor, totp.now(), PASSWORD)


@pytest.fixture
def required(two):
    nora = set_up(NORA)[0]
    write(nora, require_two_factor, True)
    return nora


def log_of(actor):
    rows = read(actor, lambda tx: tx.all(tx.own(SecurityEvent).order_by(SecurityEvent.id)))
    return [(row.name, row.detail) for row in rows if row.action == "security_settings"]


def test_who_has_no_second_factor_is_held_up_and_nobody_else(two, required):
    mia, sol = resolve(sign_in(MIA, PASSWORD).secret), resolve(sign_in(SOL, PASSWORD).secret)
    assert (mia.must_set_up, mia.needs_code, mia.is_in) == (True, False, False)
    assert sol.is_in


def test_who_has_one_is_not(two):
    secret = sign_in(NORA, PASSWORD).secret
    nora = resolve(secret).actor
    totp = pyotp.TOTP(write(nora, account.begin_two_factor))
    write(nora, account.confirm_two_factor, totp.now(), PASSWORD)
    write(nora, require_two_factor, True)
    assert resolve(secret).is_in


def test_browsers_that_were_signed_in_before_are_held_up_too(two):
    before = sign_in(MIA, PASSWORD).secret
    nora = set_up(NORA)[0]
    assert resolve(before).is_in
    write(nora, require_two_factor, True)
    assert not resolve(before).is_in
    write(nora, require_two_factor, False)
    assert resolve(before).is_in


def test_setting_one_up_lets_in_and_from_then_on_the_code_is_asked(two, required):
    secret = sign_in(MIA, PASSWORD).secret
    mia = resolve(secret).actor
    totp = pyotp.TOTP(write(mia, account.begin_two_factor))
    assert not resolve(secret).is_in
    codes = write(mia, account.confirm_two_factor, totp.now(), PASSWORD)
    assert resolve(secret).is_in
    again = sign_in(MIA, PASSWORD)
    assert again.needs_code
    assert resolve(give_code(again.secret, codes[0])).is_in


def test_a_colleague_invited_later_is_held_up_as_well(two, required):
    make_staff(required, Role.MEMBER, "Kim Doe", "kim@northwind.example")
    assert resolve(sign_in("kim@northwind.example", PASSWORD).secret).must_set_up


def test_who_requires_it_has_a_second_factor(two):
    with pytest.raises(Invalid) as refused:
        write(signed_in(NORA), require_two_factor, True)
    assert refused.value.errors == {"two_factor": "Set up two-factor sign-in for yourself first, under “Your profile”."}
    write(set_up("adam@northwind.example")[0], require_two_factor, True)


def test_nobody_turns_it_off_for_themselves_while_it_is_required(two, required):
    with pytest.raises(Conflict) as refused:
        write(required, account.end_two_factor, PASSWORD)
    assert refused.value.message == "Northwind requires two-factor sign-in of everyone. Ask an owner or admin."
    write(required, require_two_factor, False)
    write(required, account.end_two_factor, PASSWORD)
    assert resolve(sign_in(NORA, PASSWORD).secret).is_in


def test_who_lost_the_phone_is_helped_by_the_operator_and_sets_up_another(two, required):
    operator.reset_two_factor(NORA)
    assert resolve(sign_in(NORA, PASSWORD).secret).must_set_up


def test_owners_and_admins_require_it_with_their_password(two):
    nora = set_up(NORA)[0]
    for actor in (two.mia, two.rhea):
        with pytest.raises(Forbidden):
            write(actor, require_two_factor, True)
    with time_machine.travel(FOR + timedelta(seconds=1)), pytest.raises(Reconfirm):
        write(nora, require_two_factor, True)


def test_it_stands_in_the_security_log_once_for_each_change(two, required):
    write(required, require_two_factor, True)
    write(required, require_two_factor, False)
    write(required, require_two_factor, False)
    off, on = "each person chooses", "required for everyone"
    assert log_of(two.nora) == [
        ("Nora West", f"Two-factor sign-in: {off} to {on}"),
        ("Nora West", f"Two-factor sign-in: {on} to {off}"),
    ]


def test_it_is_the_partners_own(two, required):
    assert read(two.nora, lambda tx: tx.get(Partner, two.nora.partner_id).requires_two_factor)
    assert not read(two.sol, lambda tx: tx.get(Partner, two.sol.partner_id).requires_two_factor)
