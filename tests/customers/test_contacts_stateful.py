"""Whatever order the verbs come in, a customer has exactly one primary contact and no email twice."""

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from arbill_app.customers.commands import contacts as people
from arbill_app.customers.commands import lifecycle, merging
from arbill_app.customers.commands.contacts import WouldStop
from arbill_app.kernel.db.transactions import write
from arbill_app.kernel.errors import Conflict, Invalid, NotFound
from tests.world import contacts, make_customer, make_partner, user

EMAILS = [f"{name}@{place}.example" for name in ("ada", "Ada", "ben", "cy") for place in ("one", "two")]
flags = st.fixed_dictionaries({name: st.booleans() for name in ("mail_billing", "portal_access")})


class Team(RuleBasedStateMachine):
    ids = Bundle("ids")

    @initialize(target=ids)
    def begin(self):
        self.nora = make_partner()
        self.customers = [make_customer(self.nora, name) for name in ("One", "Two")]
        self.merged = False
        return multiple(*(contact.id for id in self.customers for contact in contacts(self.nora, id)))

    def attempt(self, verb, *args, **kwargs):
        try:
            return write(self.nora, verb, *args, **kwargs)
        except (Invalid, NotFound, Conflict):
            return None

    @rule(target=ids, which=st.integers(0, 1), email=st.sampled_from(EMAILS), ticks=flags)
    def add(self, which, email, ticks):
        added = self.attempt(people.add_contact, self.customers[which], user("New Name", email) | ticks)
        return added.id if added else multiple()

    @rule(id=ids, email=st.sampled_from(EMAILS), ticks=flags, confirmed=st.booleans())
    def change(self, id, email, ticks, confirmed):
        self.attempt(people.change_contact, id, user("Other Name", email) | ticks, confirmed=confirmed)

    @rule(id=ids, confirmed=st.booleans())
    def remove(self, id, confirmed):
        self.attempt(people.remove_contact, id, confirmed=confirmed)

    @rule(id=ids)
    def make_primary(self, id):
        self.attempt(people.make_primary, id)

    @rule(which=st.integers(0, 1))
    def archive_and_restore(self, which):
        self.attempt(lifecycle.archive_customer, self.customers[which])
        self.attempt(lifecycle.restore_customer, self.customers[which])

    @rule()
    def merge(self):
        self.merged |= self.attempt(merging.merge_customer, *self.customers) is not None

    @invariant()
    def one_primary_and_no_email_twice(self):
        for i, id in enumerate(self.customers):
            team = contacts(self.nora, id)
            emails = [contact.email.casefold() for contact in team]
            assert len(set(emails)) == len(emails)
            if i == 1 or not self.merged:
                assert [contact.is_primary for contact in team] == [True] + [False] * (len(team) - 1)

    @invariant()
    def a_warning_is_never_missing(self):
        for id in self.customers[int(self.merged) :]:
            team = contacts(self.nora, id)
            for flag in ("mail_billing", "portal_access"):
                able = [contact for contact in team if getattr(contact, flag)]
                if len(able) == 1 and len(team) > 1:
                    self.refuses_silently_removing(able[0].id)

    def refuses_silently_removing(self, id):
        with pytest.raises(WouldStop):
            write(self.nora, people.remove_contact, id)


def test_a_team_keeps_its_order(database):
    few = settings(max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Team, settings=few)
