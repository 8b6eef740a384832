"""A contact invites a colleague: nothing that they may write reaches a stranger as subject, greeting or name."""

from collections import Counter
from contextlib import suppress
from datetime import timedelta

import time_machine

from arbill_app.customers.commands.contacts import WELCOMES_A_DAY, invite_colleague, resend_welcome
from arbill_app.customers.models import Customer
from arbill_app.kernel.clock import now
from arbill_app.kernel.db.transactions import write
from arbill_app.kernel.errors import Conflict
from tests.together import together
from tests.world import contacts, letters_to


def test_an_invitation_quotes_nothing_that_whoever_invites_may_write(ada, two):
    write(two.nora, lambda tx: setattr(tx.get(Customer, two.ada), "company", "Click https://evil.example now"))
    spam = {"first_name": "WIN 500", "last_name": "https://evil.example", "email": "stranger@x.example"}
    assert ada.post(f"/portal/{two.ada}/details/invite", spam).status_code == 303
    letter = letters_to("stranger@x.example")[0]
    assert "evil.example" not in str(letter)
    assert "WIN 500" not in str(letter)
    assert letter.people.strip() == "<stranger@x.example>", "no name beside the address"
    assert letter.subject == "Northwind has set up an account for stranger@x.example"


def test_invitations_of_a_customer_are_limited_by_the_day(two):
    invited = Counter()
    for hour in (0, 1, 2, 30):
        with time_machine.travel(now() + timedelta(hours=hour), tick=False):
            for n in range(6):
                fields = {"first_name": "P", "last_name": "Q", "email": f"p{hour}-{n}@x.example"}
                with suppress(Conflict):
                    write(two.nora, invite_colleague, two.ada, fields)
                    invited[hour] += 1
    assert invited == {0: 6, 1: 4, 30: 6}


def test_a_contact_is_welcomed_so_often_within_a_day(two):
    ada = contacts(two.nora, two.ada)[0]

    def again():
        try:
            write(two.nora, resend_welcome, ada.id)
        except Conflict as refused:
            return refused.message
        return ""

    before = len(letters_to(ada.email))
    said = together(*[again] * (WELCOMES_A_DAY + 4))
    assert said.count("") == WELCOMES_A_DAY - before
    assert {*said} - {""} == {f"{ada.name} got this message 5 times within a day. Try again tomorrow."}
    with time_machine.travel(now() + timedelta(hours=25), tick=False):
        assert again() == ""
