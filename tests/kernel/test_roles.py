"""Who may do what: every verb of every service is found by looking, so that a new one cannot be forgotten."""

import inspect
from types import ModuleType
from typing import Any

import pytest

from arbill_app.customers.commands import contacts, labels, lifecycle, merging, profile
from arbill_app.customers.models import Customer
from arbill_app.invoices.commands import attachments, credit_notes, drafts, sending
from arbill_app.invoices.commands import issuing as invoices
from arbill_app.kernel.actor import Actor, Kind, Role, job
from arbill_app.kernel.db.transactions import Tx, read, write
from arbill_app.kernel.errors import Forbidden
from arbill_app.messages import templates
from arbill_app.partners import branding, entities
from arbill_app.partners import commands as partners
from arbill_app.partners.auth import account
from arbill_app.payments import recording, refunding
from arbill_app.payments.methods import methods
from tests.world import make_tag

SERVICES: tuple[ModuleType, ...] = (
    *(partners, account, entities, branding),
    *(lifecycle, contacts, profile, labels, merging),
    *(invoices, drafts, sending, credit_notes, attachments),
    *(recording, refunding, methods),
    templates,
)
PERSONAL = {
    "change_password",
    "sign_out_everywhere",
    "rename_me",
    "begin_two_factor",
    "confirm_two_factor",
    "renew_recovery_codes",
    "end_two_factor",
}
FOR_MANAGERS: dict[str, tuple[Any, ...]] = {
    "invite_staff": ({}, Role.MEMBER),
    "invite_again": ("stf",),
    "change_role": ("stf", Role.ADMIN),
    "disable_staff": ("stf",),
    "enable_staff": ("stf",),
    "change_company": ({}, ["US"]),
    "save_legal_entity": ("", {}),
    "make_default_entity": ("ent",),
    "change_branding": ({},),
    "save_logo": (b"",),
    "remove_logo": (),
    "save_template": ("invoice", "en", "Subject", "Body"),
    "reset_template": ("invoice", "en"),
}


def verbs():
    for module in SERVICES:
        for name, function in inspect.getmembers(module, inspect.isfunction):
            first = next(iter(inspect.signature(function).parameters.values()), None)
            if function.__module__ == module.__name__ and not name.startswith("_") and first and first.annotation is Tx:
                yield function


VERBS = {verb.__name__: verb for verb in verbs()}


def test_the_look_finds_verbs():
    assert {"start_customer", "finish_customer", "add_contact", "merge_customer", "save_tag"} <= set(VERBS)
    assert len(VERBS) > 40


def test_personal_verbs_are_few_and_named():
    assert {name for name, verb in VERBS.items() if getattr(verb, "personal", False)} == PERSONAL


@pytest.mark.parametrize("name", sorted(set(VERBS) - PERSONAL))
def test_somebody_read_only_changes_nothing(name):
    reader = Actor("par_1", Kind.STAFF, "stf_1", "Rhea Lane", Role.READ_ONLY)
    with pytest.raises(Forbidden, match="read-only"):
        write(reader, VERBS[name])


@pytest.mark.parametrize("role", ["", "nobody", "OWNER", "read_only"])
def test_a_role_that_is_not_known_writes_nothing(role):
    with pytest.raises(Forbidden):
        write(Actor("par_1", Kind.STAFF, "stf_1", "X", role), lifecycle.start_customer)


def test_somebody_read_only_still_reads(two):
    assert read(two.rhea, lambda tx: tx.get(Customer, two.ada)).company == "Ada Interiors"


def test_somebody_read_only_changes_their_own_account(two):
    write(two.rhea, account.rename_me, "Rhea Laine")
    assert read(two.rhea, lambda tx: tx.get(partners.Staff, two.rhea.id)).name == "Rhea Laine"


@pytest.mark.parametrize("name", sorted(FOR_MANAGERS))
def test_a_member_does_not_touch_settings_or_staff(two, name):
    with pytest.raises(Forbidden):
        write(two.mia, VERBS[name], *FOR_MANAGERS[name])


def test_a_member_keeps_customers(two):
    assert make_tag(two.mia, "Late")


def test_a_member_does_not_delete_a_customer(two):
    with pytest.raises(Forbidden):
        write(two.mia, lifecycle.delete_customer, two.ada)


def test_arbill_itself_may_what_an_owner_may(two):
    write(job(two.nora.partner_id), partners.change_company, {"name": "Northwind"}, ["US"])


def test_roles_are_written_for_people():
    assert [role.label for role in Role] == ["Owner", "Admin", "Member", "Read-only"]
