"""Refunds, the team, where customers answer and pay: the password again, fifteen minutes after it was last given."""

import importlib
import pkgutil
from datetime import timedelta

import pytest
import time_machine

import arbill_app
from arbill_app.kernel.actor import Role
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Invalid
from arbill_app.messages.templates import save_template
from arbill_app.partners import commands as partners
from arbill_app.partners.auth import account
from arbill_app.partners.auth.confirming import FOR, Reconfirm, confirm
from arbill_app.partners.entities import save_legal_entity
from arbill_app.partners.security_log.log import SecurityEvent
from arbill_app.payments.refunding import refund_payment
from tests.world import PASSWORD, letters_to, make_payment, signed_in

NORA = "nora@northwind.example"
KIM = {"name": "Kim Doe", "email": "kim@northwind.example"}

# Every verb that wants the password again; whoever adds one writes it down here.
CONFIRMED = {
    "partners.commands.invite_staff",
    "partners.commands.invite_again",
    "partners.commands.change_role",
    "partners.commands.disable_staff",
    "partners.commands.enable_staff",
    "partners.commands.change_company",
    "partners.entities.save_legal_entity",
    "messages.templates.save_template",
    "partners.auth.idle.set_idle_timeout",
    "partners.auth.two_factor_policy.require_two_factor",
    "partners.passkeys.passkeys.may_add",
    "partners.passkeys.passkeys.add_passkey",
    "partners.passkeys.passkeys.remove_passkey",
    "payments.refunding.refund_payment",
}


@pytest.fixture
def now(two):
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False) as moved:
        yield moved


def test_which_verbs_want_the_password_again():
    found = set()
    for package in ("partners", "payments", "customers", "invoices", "messages", "portal"):
        folder = f"{arbill_app.__path__[0]}/{package}"
        for module in pkgutil.walk_packages([folder], f"arbill_app.{package}."):
            loaded = importlib.import_module(module.name)
            verbs = [verb for verb in vars(loaded).values() if getattr(verb, "confirmed", False) is True]
            found |= {f"{verb.__module__.removeprefix('arbill_app.')}.{verb.__name__}" for verb in verbs}
    assert found == CONFIRMED


def verbs_of(two):
    payment = make_payment(two.nora, two.ada)
    return {
        "invite": (partners.invite_staff, KIM, Role.MEMBER),
        "role": (partners.change_role, two.mia.id, Role.READ_ONLY),
        "remove": (partners.disable_staff, two.mia.id),
        "bring back": (partners.enable_staff, two.mia.id),
        "answers go to": (partners.change_company, {"name": "Northwind", "reply_to": "kim@northwind.example"}, ["US"]),
        "checks go to": (save_legal_entity, "", {"name": "Northwind Two", "country": "US"}),
        "what customers read": (save_template, "invoice", "en", "Your invoice", "Pay to another account."),
        "refund": (refund_payment, payment, {"amount": "1.00", "reason": "Damaged", "owed_again": False}, "key"),
    }


def test_soon_after_signing_in_nobody_is_asked(now, two):
    nora = signed_in(NORA)
    now.shift(FOR - timedelta(seconds=1))
    for verb, *args in verbs_of(two).values():
        write(nora, verb, *args)


def test_after_a_quarter_of_an_hour_the_password_is_asked_for(now, two):
    nora = signed_in(NORA)
    now.shift(FOR)
    for verb, *args in verbs_of(two).values():
        with pytest.raises(Reconfirm):
            write(nora, verb, *args)
    write(nora, confirm, PASSWORD)
    for verb, *args in verbs_of(two).values():
        write(nora, verb, *args)


def test_a_wrong_password_confirms_nothing(now, two):
    nora = signed_in(NORA)
    now.shift(FOR)
    with pytest.raises(Invalid) as refused:
        write(nora, confirm, "wrong wrong wrong")
    assert list(refused.value.errors) == ["password"]
    with pytest.raises(Reconfirm):
        write(nora, partners.invite_staff, KIM, Role.MEMBER)


def test_one_browser_does_not_confirm_for_another(now, two):
    here, there = signed_in(NORA), signed_in(NORA)
    now.shift(FOR)
    write(here, confirm, PASSWORD)
    with pytest.raises(Reconfirm):
        write(there, partners.invite_staff, KIM, Role.MEMBER)


def test_a_clock_that_ran_ahead_confirms_nothing(now, two):
    now.shift(3600)
    nora = signed_in(NORA)
    now.shift(-1800)
    with pytest.raises(Reconfirm):
        write(nora, partners.invite_staff, KIM, Role.MEMBER)


def test_jobs_and_programs_are_not_asked(now, two):
    now.shift(timedelta(days=3))
    write(two.nora, partners.invite_staff, KIM, Role.MEMBER)


# ---------------------------------------------------------------- what is told and written down


@pytest.mark.parametrize(
    ("act", "action"),
    [
        (lambda two: write(two.nora, partners.invite_staff, KIM, Role.MEMBER), "staff_invited"),
        (lambda two: write(two.nora, partners.change_role, two.mia.id, Role.ADMIN), "role_changed"),
        (lambda two: write(two.nora, partners.disable_staff, two.mia.id), "staff_removed"),
        (lambda two: write(two.nora, partners.enable_staff, two.mia.id), "staff_restored"),
        (lambda two: write(two.nora, account.ask_reset, two.mia.id), "reset_asked"),
        (lambda two: write(two.nora, account.sign_out_everywhere), "session_ended"),
        (lambda two: write(two.nora, account.change_password, PASSWORD, "copper lantern drifts"), "password_changed"),
    ],
)
def test_it_stands_in_the_security_log(two, act, action):
    act(two)
    log = read(two.nora, lambda tx: tx.all(tx.own(SecurityEvent).order_by(SecurityEvent.id)))
    assert log[-1].action == action


def test_a_password_that_was_changed_is_told_by_mail(two):
    write(two.nora, account.change_password, PASSWORD, "copper lantern drifts")
    assert letters_to(NORA)[0].subject == "Your arbill password was changed"
