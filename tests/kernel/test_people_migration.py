"""0017: everybody who joined becomes a person with their place, browser and codes; invitations stay invitations."""

from datetime import UTC, datetime, timedelta

import pytest
from alembic import command

from tests.kernel.test_mailbox_migration import NOW, Before
from tests.kernel.test_migrations import config

JOINED = NOW + timedelta(days=1)


@pytest.fixture
def before(bare_database):
    made = Before(bare_database, "0016")
    secrets = {"password_hash": "hash of nora", "totp_sealed": "sealed", "totp_since": JOINED, "totp_last_step": 7}
    made.staff("stf_1", "Nora@Northwind.example", "nora@northwind.example", JOINED, name="Nora", **secrets)
    made.staff("stf_2", "kim@new.example", "kim@new.example", None, name="Kim", totp_since=None)
    made.staff("stf_3", "sol@south.example", "sol@south.example", JOINED, partner_id="par_2", password_hash="x")
    of_nora = {"partner_id": "par_1", "staff_id": "stf_1"}
    made.add("staff_session", id="ses_1", token_hash="s1", **of_nora)
    made.add("recovery_code", id="rec_1", code_sealed="c1", **of_nora)
    made.add("one_time_link", id="otl_1", kind="reset", token_hash="t1", **of_nora)
    made.add("one_time_link", id="otl_2", kind="invite", token_hash="t2", partner_id="par_1", staff_id="stf_2")
    made.add("one_time_link", id="otl_3", kind="reset", token_hash="t3", partner_id="par_1", staff_id="stf_2")
    yield made
    made.engine.dispose()


def aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def test_who_joined_becomes_a_person_with_everything(before):
    before.migrate("0017")
    assert before.rows("person", "id", "email", "email_key", "password_hash", "totp_sealed", "totp_last_step") == [
        ("per_1", "Nora@Northwind.example", "nora@northwind.example", "hash of nora", "sealed", 7),
        ("per_3", "sol@south.example", "sol@south.example", "x", "", 0),
    ]
    since, created = before.rows("person", "totp_since", "created_at")[0]
    assert (aware(since), aware(created)) == (JOINED, JOINED)
    assert before.rows("staff_session", "person_id", "staff_id", "partner_id") == [("per_1", "stf_1", "par_1")]
    assert before.rows("recovery_code", "person_id", "code_sealed") == [("per_1", "c1")]


def test_places_keep_their_ids_and_invitations_stay_invitations(before):
    before.migrate("0017")
    assert before.rows("staff", "id", "partner_id", "name", "person_id", "invited_email", "invited_key") == [
        ("stf_1", "par_1", "Nora", "per_1", "", None),
        ("stf_2", "par_1", "Kim", None, "kim@new.example", "kim@new.example"),
        ("stf_3", "par_2", "", "per_3", "", None),
    ]
    assert before.rows("one_time_link", "id", "kind", "staff_id", "person_id") == [
        ("otl_1", "reset", None, "per_1"),
        ("otl_2", "invite", "stf_2", None),
        ("otl_3", "invite", "stf_2", None),  # asked for by somebody who had not joined: it lets them join
    ]


def test_an_address_may_be_invited_by_two_partners_and_by_each_once(before):
    before.migrate("0017")
    kim = {"invited_email": "kim@new.example", "invited_key": "kim@new.example", "role": "member"}
    before.add("staff", id="stf_4", partner_id="par_2", **kim)
    with pytest.raises(Exception, match=r"(?i)unique"):
        before.add("staff", id="stf_5", partner_id="par_2", **kim)


def test_back_again_only_the_oldest_place_keeps_the_address(before):
    before.migrate("0017")
    before.add("staff", id="stf_4", partner_id="par_2", person_id="per_1", role="member")
    kim = {"invited_email": "kim@new.example", "invited_key": "kim@new.example", "role": "member"}
    before.add("staff", id="stf_5", partner_id="par_2", **kim)
    command.downgrade(config(before.url), "0016")
    before.known.clear()
    before.known.reflect(before.engine)
    assert before.rows("staff", "id", "email", "email_key", "password_hash", "totp_last_step") == [
        ("stf_1", "Nora@Northwind.example", "nora@northwind.example", "hash of nora", 7),
        ("stf_2", "kim@new.example", "kim@new.example", "", 0),
        ("stf_3", "sol@south.example", "sol@south.example", "x", 0),
        ("stf_4", "Nora@Northwind.example", "twice:stf_4", "hash of nora", 7),
        ("stf_5", "kim@new.example", "twice:stf_5", "", 0),
    ]
    assert before.rows("recovery_code", "staff_id", "partner_id") == [("stf_1", "par_1")]
    assert before.rows("one_time_link", "id", "staff_id", "partner_id") == [
        ("otl_1", "stf_1", "par_1"),
        ("otl_2", "stf_2", "par_1"),
        ("otl_3", "stf_2", "par_1"),
    ]
