"""The screen "Your profile", handler by handler; what is secret is looked for in everything that stays."""

import pyotp
import pytest

from arbill_app.dashboard.screens.account import me
from arbill_app.dashboard.screens.account.me import Account, TwoFactor
from arbill_app.dashboard.screens.overview import Overview
from arbill_app.dashboard.shell.base import Base
from arbill_app.dashboard.shell.confirming import Confirming
from arbill_app.kernel.db.transactions import read
from arbill_app.kernel.errors import Invalid
from arbill_app.partners.auth.sign_in import give_code, sign_in
from arbill_app.partners.security_log.log import SecurityEvent
from tests import world
from tests.world import PASSWORD

NEW = "amber lantern prairie"
OWN = {
    Account.load: {},
    Account.edit: {},
    Account.cancel: {},
    Account.save: {"form": {"name": "Eve"}},
    Account.change_password: {"form": {"current": PASSWORD, "password": NEW}},
    Account.ask_leave: {},
    Account.stay: {},
    Account.sign_out_everywhere: {},
    TwoFactor.close: {},
    TwoFactor.begin: {},
    TwoFactor.prove: {"form": {"code": "123456"}},
    TwoFactor.ask_renew: {},
    TwoFactor.renew: {"form": {"password": PASSWORD}},
    TwoFactor.ask_end: {},
    TwoFactor.end: {"form": {"password": PASSWORD}},
    TwoFactor.gone: {"dialog": "codes"},
    TwoFactor.expire: {},
}


@pytest.fixture
def rhea(two, pipeline, monkeypatch):
    """Read-only: one's own account is one's own in every role. What is shown stays until the test says otherwise."""

    async def never(_seconds):
        return None

    monkeypatch.setattr(me, "sleep", never)
    return pipeline.tab("rhea@northwind.example", path="/account").do(Account.load)


def kept(tab):
    """All that the server still holds of this tab."""
    return repr([vars(tab.state(state)) for state in (Base, Account, TwoFactor)])


def code(tab):
    return pyotp.TOTP(tab.state(TwoFactor).secret.replace(" ", "")).now()


@pytest.fixture
def proved(rhea):
    """With two-factor on; the codes are on the screen."""
    rhea.do(TwoFactor.begin)
    return rhea.do(TwoFactor.prove, form={"code": code(rhea), "password": PASSWORD})


# ---------------------------------------------------------------- name, password, browsers


def test_a_new_name_is_shown_at_once(two, rhea):
    rhea.do(Account.edit).do(Account.save, form={"name": " "})
    assert rhea.state(Account).errors == {"name": "Enter the name."}
    rhea.do(Account.save, form={"name": "Rhea Q. Lane"})
    assert (rhea.state(Account).view.name, rhea.state(Base).me) == ("Rhea Q. Lane", "Rhea Q. Lane")
    assert rhea.do(Base.arrive).state(Base).initials == "RQ"


def test_a_new_password_ends_other_browsers_and_is_kept_nowhere(two, pipeline, rhea):
    other, cleared = pipeline.tab("rhea@northwind.example"), rhea.state(Account).cleared
    rhea.do(Account.change_password, form={"current": PASSWORD, "password": NEW})
    assert rhea.notice == "Password changed. Every other browser was signed out."
    assert rhea.state(Account).cleared > cleared, "the fields start empty again"
    assert NEW not in kept(rhea)
    assert PASSWORD not in kept(rhea)
    assert other.do(Overview.load).went_to == ["/login"]
    assert rhea.do(Overview.load).went_to == []
    assert pipeline.tab("rhea@northwind.example", NEW).do(Overview.load).went_to == []


def test_a_refused_password_is_said_under_its_field(two, rhea):
    rhea.do(Account.change_password, form={"current": "wrong", "password": NEW})
    assert rhea.state(Account).errors == {"current": "This is not your current password."}
    rhea.do(Account.change_password, form={"current": PASSWORD, "password": "short"})
    assert rhea.state(Account).errors == {"password": "Use at least 10 characters."}


def test_a_browser_left_open_is_no_place_to_guess_the_password(two, rhea):
    for _ in range(8):
        rhea.do(Account.change_password, form={"current": "guess", "password": NEW})
    rhea.do(Account.change_password, form={"current": PASSWORD, "password": NEW})
    assert rhea.notice == "Too many tries. Wait a second and try again."
    with pytest.raises(Invalid):
        sign_in("rhea@northwind.example", NEW)


def test_right_passwords_use_up_no_tries(two, rhea, proved):
    """Also where the password is right and something else is refused; three wrong ones before are forgotten, too."""
    for _ in range(3):
        for _ in range(3):
            rhea.do(TwoFactor.ask_renew).do(TwoFactor.renew, form={"password": "guess"})
        rhea.do(TwoFactor.ask_renew).do(TwoFactor.renew, form={"password": PASSWORD})
        assert rhea.state(TwoFactor).dialog == "codes"
        rhea.do(Account.change_password, form={"current": PASSWORD, "password": "short"})
        assert rhea.state(Account).errors == {"password": "Use at least 10 characters."}
        rhea.do(Confirming.ask, event="x", payload={}).do(Confirming.give, form={"password": PASSWORD})
        assert not rhea.state(Confirming).open


def test_sign_out_everywhere_asks_first_and_means_this_browser_too(two, pipeline, rhea):
    other = pipeline.tab("rhea@northwind.example")
    rhea.do(Account.load).do(Account.ask_leave)
    assert (rhea.state(Account).leaving, len(rhea.state(Account).sessions)) == (True, 2)
    assert rhea.do(Account.sign_out_everywhere).went_to == ["/login"]
    assert rhea.do(Overview.load).went_to == ["/login?next=%2Faccount"]
    assert other.do(Overview.load).went_to == ["/login"]


# ---------------------------------------------------------------- two-factor


def test_two_factor_is_on_once_a_code_has_proved_it(two, rhea):
    rhea.do(TwoFactor.begin)
    assert rhea.state(TwoFactor).qr.startswith("data:image/svg+xml")
    rhea.do(TwoFactor.prove, form={"code": "000000", "password": PASSWORD})
    assert list(rhea.state(TwoFactor).errors) == ["code"]
    assert not world.person_of(two.rhea).totp_since
    rhea.do(TwoFactor.prove, form={"code": code(rhea), "password": PASSWORD})
    assert (rhea.state(TwoFactor).dialog, len(rhea.state(TwoFactor).codes)) == ("codes", 10)
    assert (rhea.state(TwoFactor).secret, rhea.state(TwoFactor).qr) == ("", "")
    assert rhea.state(Account).view.two_factor


@pytest.mark.parametrize("leaving", [(TwoFactor.close, {}), (TwoFactor.gone, {"dialog": "codes"}), (Account.load, {})])
def test_recovery_codes_stay_no_longer_than_they_are_shown(two, proved, leaving):
    codes = proved.state(TwoFactor).codes
    proved.do(leaving[0], **leaving[1])
    assert codes
    assert not any(shown in kept(proved) for shown in codes)


def test_the_key_of_a_set_up_that_was_left_is_gone(two, rhea):
    secret = rhea.do(TwoFactor.begin).state(TwoFactor).secret
    rhea.do(TwoFactor.gone, dialog="prove")
    assert secret
    assert secret not in kept(rhea)
    assert (rhea.state(TwoFactor).qr, rhea.state(TwoFactor).dialog) == ("", "")


def test_leaving_the_first_dialog_does_not_take_the_codes_away(two, proved):
    """The one with the key disappears as the codes appear, and says that it is gone."""
    proved.do(TwoFactor.gone, dialog="prove")
    assert len(proved.state(TwoFactor).codes) == 10


def test_a_tab_that_is_gone_forgets_after_a_while(two, rhea, monkeypatch):
    monkeypatch.setattr(me, "SHOWN_FOR", -1.0)
    rhea.do(TwoFactor.begin)
    assert (rhea.state(TwoFactor).secret, rhea.state(TwoFactor).dialog) == ("", "")


def test_new_recovery_codes_want_the_password_and_end_the_old(two, proved):
    old = proved.state(TwoFactor).codes
    proved.do(TwoFactor.close).do(TwoFactor.ask_renew).do(TwoFactor.renew, form={"password": "wrong"})
    assert proved.state(TwoFactor).errors == {"password": "This is not your password."}
    proved.do(TwoFactor.renew, form={"password": PASSWORD})
    new = proved.state(TwoFactor).codes
    assert len(new) == 10
    assert PASSWORD not in kept(proved)
    with pytest.raises(Invalid):
        give_code(sign_in("rhea@northwind.example", PASSWORD).secret, old[0])
    assert give_code(sign_in("rhea@northwind.example", PASSWORD).secret, new[0])


def test_two_factor_ends_with_the_password(two, proved):
    proved.do(TwoFactor.close).do(TwoFactor.ask_end).do(TwoFactor.end, form={"password": "wrong"})
    assert world.person_of(two.rhea).totp_since
    proved.do(TwoFactor.end, form={"password": PASSWORD})
    assert (world.person_of(two.rhea).totp_since, proved.notice) == (None, "Two-factor sign-in is off.")
    assert not proved.state(Account).view.two_factor


# ---------------------------------------------------------------- who may


def test_strangers_are_sent_to_sign_in(two, pipeline):
    stranger = pipeline.tab()
    for handler, payload in OWN.items():
        assert stranger.do(handler, **payload).went_to == ["/login"]
    assert stranger.state(Account).view == me.NOBODY


@pytest.mark.parametrize("form", ["x", ["a"], {"password": {"$gt": 1}}, {"password": "y" * 20_000}, None])
@pytest.mark.parametrize("handler", [Account.change_password, TwoFactor.end, TwoFactor.renew, TwoFactor.prove])
def test_what_is_no_form_is_refused(two, proved, handler, form):
    before = world.person_of(two.rhea)
    proved.do(handler, form=form)
    after = world.person_of(two.rhea)
    assert (after.password_hash, after.totp_since) == (before.password_hash, before.totp_since)


def refusals(actor):
    rows = read(actor, lambda tx: tx.all(tx.own(SecurityEvent).where(SecurityEvent.action == "confirm_failed")))
    return [(row.name, row.detail) for row in rows]


def test_a_wrong_password_of_somebody_signed_in_stands_in_the_security_log(two, rhea):
    """The 1st, 2nd and 4th of five; neither a weak new password nor a right one is a failure."""
    for _ in range(4):
        rhea.do(Account.change_password, form={"current": "wrong wrong wrong", "password": NEW})
    rhea.do(Confirming.ask, event="x", payload={}).do(Confirming.give, form={"password": "wrong wrong wrong"})
    rhea.do(Account.change_password, form={"current": PASSWORD, "password": "short"})
    assert refusals(two.nora) == [("Rhea Lane", f"Try {n}") for n in (1, 2, 4)]


def test_so_does_one_where_two_factor_is_turned_off(two, proved):
    for ask, give in ((TwoFactor.ask_end, TwoFactor.end), (TwoFactor.ask_renew, TwoFactor.renew)):
        proved.do(ask).do(give, form={"password": "wrong wrong wrong"})
    assert refusals(two.nora) == [("Rhea Lane", "Try 1"), ("Rhea Lane", "Try 2")]
