"""One story over all nouns: a colleague joins, adds a customer that is there already, tidies up, and lets it go."""

from datetime import timedelta

import pytest
import time_machine

from arbill_app.customers.commands import contacts as people
from arbill_app.customers.commands import lifecycle
from arbill_app.customers.commands.contacts import WouldStop
from arbill_app.customers.commands.merging import merge_customer, plan_merge
from arbill_app.customers.views.customers import customer_view
from arbill_app.customers.views.duplicates import find_duplicate
from arbill_app.customers.views.history import activity, recent_activity
from arbill_app.customers.views.listing import Filter, every_customer, list_customers
from arbill_app.kernel.actor import Role
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Conflict, Forbidden
from arbill_app.messages.jobs import deliver_due
from arbill_app.partners import commands as partners
from arbill_app.partners.auth.joining import use_link
from arbill_app.partners.auth.sign_in import resolve, sign_in
from tests.world import PASSWORD, contacts, letters_to, make_partner, token_to, typed, user

IVY = "ivy@northwind.example"


def test_a_customer_comes_twice_and_goes(database):
    with time_machine.travel("2027-03-01T09:00:00Z", tick=False) as clock:
        nora = make_partner("Northwind", "Nora West")

        # Nora invites Ivy, who opens the letter three days later.
        write(nora, partners.invite_staff, {"name": "Ivy Moor", "email": IVY}, Role.MEMBER)
        deliver_due()
        clock.shift(timedelta(days=3))
        ivy = resolve(use_link(token_to(IVY), PASSWORD).secret).actor
        assert (ivy.name, ivy.role) == ("Ivy Moor", Role.MEMBER)

        # Ivy adds a customer and its people, who are welcomed.
        started = write(ivy, lifecycle.start_customer, "ivy-1", typed("Bluebird Dental", external_ids=["PSA-1042"]))
        users = [user("Ada Quill", "ada@bluebird.example"), user("Rowan Pike", "rowan@bluebird.example")]
        bluebird = write(ivy, lifecycle.finish_customer, started.id, users, welcome=True).id
        clock.shift(60)
        assert deliver_due() == 2
        assert letters_to("ada@bluebird.example")[0].state == "Sent"

        # A week later Nora adds it once more: she was told that it looks like one she has.
        clock.shift(timedelta(days=7))
        assert read(nora, find_duplicate, "Blue Bird Dental, Inc.").id == bluebird
        again = write(
            nora, lifecycle.start_customer, "nora-1", typed("Blue Bird Dental, Inc.", external_ids=["SAGE-7"])
        )
        users = [user("Ada Quill", "Ada@bluebird.example"), user("Petra Lowe", "petra@bluebird.example")]
        twin = write(nora, lifecycle.finish_customer, again.id, users, welcome=False).id

        # She sees it and merges the two. Ivy's customer is the one that stays.
        plan = read(nora, plan_merge, twin, bluebird)
        assert "Petra Lowe (petra@bluebird.example) becomes a contact of Bluebird Dental." in plan.moves
        write(nora, merge_customer, twin, bluebird)
        assert [c.name for c in contacts(ivy, bluebird)] == ["Ada Quill", "Rowan Pike", "Petra Lowe"]
        for alias in ("PSA-1042", "SAGE-7", twin):
            assert read(ivy, lifecycle.customer_by_alias, alias).id == bluebird
        assert [row.company for row in read(ivy, list_customers, Filter()).rows] == ["Bluebird Dental"]

        # Ada leaves the practice: what would stop is said, somebody else becomes primary.
        with pytest.raises(WouldStop, match="Rowan Pike becomes the primary contact"):
            write(ivy, people.remove_contact, contacts(ivy, bluebird)[0].id)
        write(ivy, people.remove_contact, contacts(ivy, bluebird)[0].id, confirmed=True)
        assert contacts(ivy, bluebird)[0].name == "Rowan Pike"

        # The practice closes. A member archives it, and only a manager may delete.
        clock.shift(timedelta(days=90))
        ivy = resolve(sign_in(IVY, PASSWORD).secret).actor
        write(ivy, lifecycle.archive_customer, bluebird)
        with pytest.raises(Forbidden):
            write(ivy, lifecycle.delete_customer, bluebird)
        assert read(ivy, list_customers, Filter()).rows == []
        exported = read(ivy, lambda tx: list(every_customer(tx, Filter(status="archived"))))
        assert sorted(row.company for row in exported) == ["Blue Bird Dental, Inc.", "Bluebird Dental"]
        with pytest.raises(Conflict):
            write(ivy, lifecycle.restore_customer, twin)

        # All of it is written down: who, what, when.
        told = [(row.who, row.what) for row in read(nora, activity, bluebird)]
        assert told == [
            ("Ivy Moor", "Archived"),
            ("Ivy Moor", "Contact removed: Ada Quill"),
            ("Nora West", "Merged: Blue Bird Dental, Inc. into Bluebird Dental"),
            ("Ivy Moor", "Customer created"),
            ("Ivy Moor", "Setup started"),
        ]
        assert read(nora, activity, bluebird)[0].at.startswith("Jun 9, 2027")
        assert read(nora, recent_activity)[0][2] == "Bluebird Dental"
        assert read(nora, customer_view, twin).merged_into == bluebird
