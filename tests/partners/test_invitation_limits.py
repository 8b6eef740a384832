"""A company's own staff cannot flood anybody's mailbox with invitations."""

from datetime import timedelta

import pytest
import time_machine

from arbill_app.kernel.actor import Role
from arbill_app.kernel.clock import now
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Conflict
from arbill_app.kernel.mail_limits import mailed_within_a_day
from arbill_app.partners import commands as partners
from arbill_app.partners import invitation_limits
from arbill_app.partners.invitation_limits import A_DAY, TO_ONE
from tests.together import together
from tests.world import letters_to

NIA = "nia@northwind.example"


@pytest.fixture(autouse=True)
def a_day_later(two):
    """The team of this world was invited before."""
    with time_machine.travel(now() + timedelta(hours=25)):
        yield


def invite(by, number):
    """What it says; "" when it was sent."""
    return said(by, partners.invite_staff, {"name": f"P {number}", "email": f"p{number}@x.example"}, Role.MEMBER)


def said(by, verb, *args):
    try:
        write(by, verb, *args)
    except Conflict as refused:
        return refused.message
    return ""


def test_one_person_is_invited_five_times_a_day(two):
    nia = write(two.nora, partners.invite_staff, {"name": "Nia Bell", "email": NIA}, Role.MEMBER)
    answers = [said(two.nora, partners.invite_again, nia.id) for _ in range(TO_ONE + 2)]
    enough = "Nia Bell was invited 5 times within a day. Try again tomorrow."
    assert answers == [""] * (TO_ONE - 1) + [enough] * 3
    assert len(letters_to(NIA)) == TO_ONE
    with time_machine.travel(now() + timedelta(hours=25), tick=False):
        assert said(two.nora, partners.invite_again, nia.id) == ""


def test_all_invitations_of_a_company_have_a_limit_and_those_of_others_go_on(two, monkeypatch):
    monkeypatch.setattr(invitation_limits, "A_DAY", 4)
    answers = [invite(two.nora, number) for number in range(7)]
    assert answers == [""] * 4 + ["Northwind sent 4 invitations within a day. Try again tomorrow."] * 3
    assert letters_to("p5@x.example") == []
    assert invite(two.sol, 99) == ""


def test_many_at_one_moment_do_not_slip_through(two, monkeypatch):
    monkeypatch.setattr(invitation_limits, "A_DAY", 4)
    answers = together(*[lambda number=number: invite(two.nora, number) for number in range(12)])
    assert answers.count("") == 4


def test_a_new_team_of_ordinary_size_is_invited_in_a_day(two):
    assert A_DAY >= 50
    assert {invite(two.nora, number) for number in range(20)} == {""}


def test_signs_of_patterns_in_a_key_count_for_nothing(two):
    invite(two.nora, 1)
    assert read(two.nora, mailed_within_a_day, "invite:%") == 0
    assert read(two.nora, mailed_within_a_day, "invit_:") == 0
    assert read(two.nora, mailed_within_a_day, "invite:") == 1
