"""Coming into the portal: codes by email, passwords, sessions, on both databases."""

import re
from contextlib import suppress
from datetime import timedelta

import pytest
import time_machine
from sqlmodel import col, select

from arbill_app.customers.commands import contacts as people
from arbill_app.customers.commands import lifecycle
from arbill_app.customers.portal_auth import sign_in as portal_sign_in
from arbill_app.customers.portal_auth.models import PortalCode, PortalSession
from arbill_app.customers.portal_auth.sign_in import (
    DEAD_CODE,
    WRONG_CODE,
    WRONG_PASSWORD,
    enter_code,
    resolve,
    send_code,
    set_language,
    set_password,
    sign_in,
    sign_out,
)
from arbill_app.kernel import clock
from arbill_app.kernel.db.outbox import Effect
from arbill_app.kernel.db.transactions import across_partners, write
from arbill_app.kernel.encryption.values import is_sealed
from arbill_app.kernel.errors import Invalid
from arbill_app.kernel.message import opened
from arbill_app.partners.auth.limits import PORTAL_CODE, PORTAL_LONG_CODE
from arbill_app.partners.auth.tries import TooMany
from arbill_app.partners.rules.throttle import DAY
from tests.world import PASSWORD, contacts, letters_to, make_contact, make_customer, make_partner, user

ADA = "ada@adainteriors.example"
NOON = "2026-11-21T12:00:00Z"
DEVICE = "d" * 43


def code_for(email: str) -> str:
    """The newest one in their mailbox."""
    return codes_sent(email)[0]


def codes_sent(email: str) -> list[str]:
    with across_partners() as session:
        rows = session.scalars(select(Effect).where(col(Effect.key).like("code:%")).order_by(col(Effect.id).desc()))
        sent = [row for row in rows if email.lower() in str(row.payload["to"]).lower()]
        return [opened(row.payload)["values"]["code"] for row in sent]


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def signed_in(email: str = ADA) -> str:
    return enter_code(send_code(email), code_for(email))


def companies(secret: str) -> list[str]:
    login = resolve(secret)
    return [seat.company for seat in login.seats] if login else []


# ---------------------------------------------------------------- codes


def test_a_code_from_the_mailbox_signs_in(two):
    challenge = send_code(ADA)
    login = resolve(enter_code(challenge, code_for(ADA)))
    assert login
    assert [(seat.company, seat.name) for seat in login.seats] == [("Ada Interiors", "Ada Quill")]
    assert login.seats[0].actor.kind == "portal"
    assert contacts(two.nora, two.ada)[0].last_sign_in_at is not None


def test_a_code_may_be_typed_with_spaces_and_the_address_in_any_case(two):
    challenge = send_code("  ADA@AdaInteriors.example ")
    code = code_for(ADA)
    assert companies(enter_code(challenge, f" {code[:3]} {code[3:]} ")) == ["Ada Interiors"]


def test_an_unknown_address_gets_the_same_answer_and_no_message(two):
    challenge = send_code("nobody@nowhere.example")
    assert re.fullmatch("pco_.{22}", challenge)
    assert codes_sent("nobody@nowhere.example") == []
    with pytest.raises(Invalid) as refused:
        enter_code(challenge, "000000")
    assert refused.value.problems == {"code": WRONG_CODE}


def test_a_code_works_once(two):
    challenge = send_code(ADA)
    code = code_for(ADA)
    enter_code(challenge, code)
    with pytest.raises(Invalid, match=re.escape(str(DEAD_CODE))):
        enter_code(challenge, code)


def test_a_code_lives_ten_minutes(two):
    challenge = send_code(ADA)
    code = code_for(ADA)
    with time_machine.travel(clock.now() + timedelta(minutes=10, seconds=1)), pytest.raises(Invalid) as refused:
        enter_code(challenge, code)
    assert refused.value.problem == DEAD_CODE


def test_after_five_wrong_ones_the_right_code_is_dead_too(two):
    challenge = send_code(ADA)
    code = code_for(ADA)
    said = []
    for _ in range(5):
        with pytest.raises(Invalid) as refused:
            enter_code(challenge, another(code))
        said.append(refused.value.problem)
    assert said == [WRONG_CODE] * 4 + [DEAD_CODE]
    with pytest.raises(Invalid, match=re.escape(str(DEAD_CODE))):
        enter_code(challenge, code)


def test_a_code_is_for_the_browser_that_asked(two):
    """Somebody who asks for my code too can neither use mine nor use it up."""
    mine = send_code(ADA)
    code = code_for(ADA)
    theirs = send_code(ADA)
    for _ in range(5):
        with pytest.raises(Invalid):
            enter_code(theirs, another(code_for(ADA)))
    with pytest.raises(Invalid):
        enter_code(theirs, code)
    assert companies(enter_code(mine, code)) == ["Ada Interiors"]


@pytest.mark.parametrize("challenge", ["", "pco_0", "x" * 500, "pco_\x00"])
def test_a_made_up_challenge_opens_nothing(two, challenge):
    with pytest.raises(Invalid, match=re.escape(str(DEAD_CODE))):
        enter_code(challenge, "123456")


def test_only_the_hash_of_a_code_is_kept(two):
    send_code(ADA)
    with across_partners() as session:
        row = session.query(PortalCode).one()
    assert code_for(ADA) not in str(row.model_dump())
    assert is_sealed(row.code_sealed)


@pytest.mark.parametrize("email", [ADA, "nobody@nowhere.example"])
def test_nobodys_mailbox_is_flooded_from_one_place(two, email):
    with time_machine.travel(NOON, tick=False):
        for _ in range(5):
            send_code(email, "192.0.2.7")
        with pytest.raises(TooMany, match="Wait 15 seconds"):
            send_code(email, "192.0.2.99")
    assert len(codes_sent(email)) == (5 if email == ADA else 0)


def flood(email: str, networks: int = 13) -> int:
    """Codes asked for from many networks, more often than each of them may: how many mails that made."""
    before = len(codes_sent(email))
    for i in range(networks):
        for _ in range(6):
            with suppress(TooMany):
                send_code(email, f"198.51.{i}.1")
    return len(codes_sent(email)) - before


def test_a_mailbox_gets_a_bounded_number_of_codes_from_however_many_networks(two):
    with time_machine.travel(NOON, tick=False) as now:
        assert flood(ADA) == 30 + PORTAL_LONG_CODE.free
        for _ in range(12):
            now.shift(20 * 60)
            flood(ADA, networks=2)
        most = PORTAL_CODE.most_within(4 * 3600 + 1) + PORTAL_LONG_CODE.most_within(4 * 3600 + 1)
        assert len(codes_sent(ADA)) <= most
    assert PORTAL_CODE.most_within(DAY) + PORTAL_LONG_CODE.most_within(DAY) < 260


IPV6 = [f"2001:db8:0:{i:x}::1" for i in range(80)]  # networks of one subscriber, which cost nothing
IPV4 = [f"198.{i // 250}.{i % 250}.1" for i in range(80)]
NEW_PLACES = ["203.0.113.50", "2001:db8:77:1::5", "192.0.2.1"]


@pytest.mark.parametrize("networks", [IPV4[:30], IPV4, IPV6], ids=["30", "80", "80 of IPv6"])
def test_strangers_from_any_number_of_networks_keep_no_contact_out_of_a_new_place(two, networks):
    with time_machine.travel(NOON, tick=False) as now:
        for minutes in (0, 19, 24 * 60):
            now.shift(minutes * 60)
            for ip in networks:
                with suppress(TooMany):
                    send_code(ADA, ip)
            challenge = send_code(ADA, NEW_PLACES[minutes % 3])
            now.shift(9 * 60)  # as long as the page says that a code works
            assert companies(enter_code(challenge, code_for(ADA))) == ["Ada Interiors"], minutes


def used_up(email: str = ADA) -> None:
    """So many codes were sent that no mail goes out at this moment."""
    for ip in IPV4[:40]:
        send_code(email, ip)


@pytest.mark.parametrize("typed", [str, lambda code: code.replace(" ", ""), lambda code: f" {code}\t"])
def test_a_long_code_is_written_in_groups_and_typed_in_any_way(two, typed):
    with time_machine.travel(NOON, tick=False):
        used_up()
        assert re.fullmatch(r"\d{4} \d{4} \d{4} \d{4}", code_for(ADA))
        assert "20 minutes" in str(letters_to(ADA)[0])
        assert companies(enter_code(send_code(ADA, NEW_PLACES[0]), typed(code_for(ADA)))) == ["Ada Interiors"]


def test_a_long_code_works_once_and_five_tries_are_all_that_a_browser_has(two):
    with time_machine.travel(NOON, tick=False):
        used_up()
        code, mine, strangers = code_for(ADA), send_code(ADA, NEW_PLACES[0]), send_code(ADA, NEW_PLACES[1])
        for _ in range(5):
            with pytest.raises(Invalid):
                enter_code(strangers, "0000 0000 0000 0000")
        with pytest.raises(Invalid, match="expired"):
            enter_code(strangers, code)
        other = send_code(ADA, NEW_PLACES[2])
        assert companies(enter_code(mine, code)) == ["Ada Interiors"]
        with pytest.raises(Invalid, match="expired"):
            enter_code(other, code)


def test_whichever_long_code_the_person_takes_from_the_mailbox_is_right(two):
    with time_machine.travel(NOON, tick=False) as now:
        asked_before = send_code(ADA, NEW_PLACES[1])
        used_up()
        mine = send_code(ADA, NEW_PLACES[0])
        now.shift(5 * 60)
        used_up()  # another mail came since
        newer, older = [code for code in codes_sent(ADA) if " " in code][:2]
        assert older != newer
        assert companies(enter_code(mine, older)) == ["Ada Interiors"]
        now.shift(60)
        used_up()
        assert companies(enter_code(asked_before, code_for(ADA))) == ["Ada Interiors"]


def test_a_long_code_opens_nobody_elses_account(two):
    bruno = "bruno@brunomotors.example"
    with time_machine.travel(NOON, tick=False):
        used_up()
        used_up(bruno)
        with pytest.raises(Invalid):
            enter_code(send_code(bruno, NEW_PLACES[0]), code_for(ADA))


def test_an_address_without_access_gets_no_mail_and_no_other_answer(two):
    with time_machine.travel(NOON, tick=False):
        used_up("nobody@nowhere.example")
        assert codes_sent("nobody@nowhere.example") == []
        with pytest.raises(Invalid, match="not right"):
            enter_code(send_code("nobody@nowhere.example", NEW_PLACES[0]), "0000000000000000")


def test_neighbours_who_ask_for_many_codes_keep_nobody_of_their_network_out(two):
    with time_machine.travel(NOON, tick=False):
        for i in range(60):
            with suppress(TooMany):
                send_code(f"person{i}@x.example", "192.0.2.7")
        assert companies(enter_code(send_code(ADA, "192.0.2.8"), code_for(ADA))) == ["Ada Interiors"]


def test_a_flooded_contact_gets_in_with_the_browser_they_use(two):
    with time_machine.travel(NOON, tick=False):
        enter_code(send_code(ADA, "192.0.2.7"), code_for(ADA), "192.0.2.7", device=DEVICE)
        flood(ADA)
        challenge = send_code(ADA, "203.0.113.50", device=DEVICE)
        assert companies(enter_code(challenge, code_for(ADA))) == ["Ada Interiors"]


def test_and_from_the_network_they_use(two):
    with time_machine.travel(NOON, tick=False):
        enter_code(send_code(ADA, "192.0.2.7"), code_for(ADA), "192.0.2.7", device=DEVICE)
        flood(ADA)
        challenge = send_code(ADA, "192.0.2.200")
        assert companies(enter_code(challenge, code_for(ADA))) == ["Ada Interiors"]


def test_and_with_a_code_they_had_before(two):
    with time_machine.travel(NOON, tick=False):
        challenge = send_code(ADA, "203.0.113.50")
        code = code_for(ADA)
        flood(ADA)
        assert companies(enter_code(challenge, code)) == ["Ada Interiors"]


def test_codes_of_yesterday_are_not_kept(two):
    send_code(ADA)
    with time_machine.travel(clock.now() + timedelta(days=1, seconds=1)):
        send_code("other@people.example")
    with across_partners() as session:
        assert [row.email_key for row in session.query(PortalCode)] == ["other@people.example"]


def test_the_message_speaks_the_language_of_the_page_else_the_customers(two):
    clinic = make_customer(two.nora, "Clinique", [user("Luc Roy", "luc@clinique.example")], language="fr-CA")
    send_code("luc@clinique.example")
    assert "connexion" in letters_to("luc@clinique.example")[0].subject
    send_code("luc@clinique.example", language="en")
    assert letters_to("luc@clinique.example")[0].subject == "Your sign-in code for Northwind"
    set_language("luc@clinique.example", "es")
    send_code("luc@clinique.example")
    assert "código" in letters_to("luc@clinique.example")[0].subject.lower()
    assert clinic


# ---------------------------------------------------------------- who


def test_one_login_sits_for_every_customer_of_any_partner(two):
    make_contact(two.nora, two.bruno, "Ada Quill", email=ADA)
    make_contact(two.sol, two.clara, "Ada Q.", email="ADA@adainteriors.example")
    login = resolve(signed_in())
    assert login
    assert [(seat.company, seat.partner) for seat in login.seats] == [
        ("Ada Interiors", "Northwind"),
        ("Bruno Motors", "Northwind"),
        ("Clara Books", "Southgate"),
    ]


def test_no_portal_access_no_code_and_a_session_ends_with_it(two):
    ada = contacts(two.nora, two.ada)[0]
    secret = signed_in()
    without = people.contact_of(ada) | {"portal_access": False}
    write(two.nora, people.change_contact, ada.id, without, confirmed=True)
    assert resolve(secret) is None
    before = len(codes_sent(ADA))
    challenge = send_code(ADA)
    assert len(codes_sent(ADA)) == before
    with pytest.raises(Invalid):
        enter_code(challenge, "123456")


def test_a_code_on_its_way_is_worth_nothing_once_access_is_off(two):
    challenge = send_code(ADA)
    code, ada = code_for(ADA), contacts(two.nora, two.ada)[0]
    without = people.contact_of(ada) | {"portal_access": False}
    write(two.nora, people.change_contact, ada.id, without, confirmed=True)
    with pytest.raises(Invalid, match=re.escape(str(DEAD_CODE))):
        enter_code(challenge, code)


def test_an_archived_customer_has_no_portal(two):
    secret = signed_in()
    write(two.nora, lifecycle.archive_customer, two.ada)
    assert resolve(secret) is None


def test_a_customer_whose_setup_is_not_finished_has_none_either(two):
    make_partner("Elsewhere", email="owner@elsewhere.example")
    assert send_code("owner@elsewhere.example")
    assert codes_sent("owner@elsewhere.example") == [], "staff have no seat in the portal"


# ---------------------------------------------------------------- sessions


def test_signing_out_ends_this_session_alone(two):
    one, other = signed_in(), signed_in()
    sign_out(one)
    assert resolve(one) is None
    assert companies(other) == ["Ada Interiors"]


def test_a_session_ends_after_two_weeks(two):
    secret = signed_in()
    with time_machine.travel(clock.now() + portal_sign_in.LASTS + timedelta(seconds=1)):
        assert resolve(secret) is None


def test_the_database_does_not_hold_what_the_cookie_holds(two):
    secret = signed_in()
    with across_partners() as session:
        assert secret not in str(session.query(PortalSession).one().model_dump())
    assert resolve("") is None
    assert resolve("x" * 5000) is None


# ---------------------------------------------------------------- passwords


def test_a_password_is_optional_and_works_once_chosen(two):
    with pytest.raises(Invalid, match=re.escape(str(WRONG_PASSWORD))):
        sign_in(ADA, "")
    set_password(signed_in(), PASSWORD)
    assert companies(sign_in(ADA, PASSWORD)) == ["Ada Interiors"]
    for wrong in ("", "wrong", PASSWORD + " "):
        with pytest.raises(Invalid, match=re.escape(str(WRONG_PASSWORD))):
            sign_in(ADA, wrong)
    with pytest.raises(Invalid, match=re.escape(str(WRONG_PASSWORD))):
        sign_in("nobody@nowhere.example", PASSWORD)


def test_choosing_a_password_signs_every_other_browser_out(two):
    other, here = signed_in(), signed_in()
    set_password(here, PASSWORD)
    assert (companies(other), companies(here)) == ([], ["Ada Interiors"])


def test_a_password_is_changed_only_soon_after_signing_in(two):
    secret = signed_in()
    with time_machine.travel(clock.now() + timedelta(minutes=16)), pytest.raises(Invalid, match="Sign in again"):
        set_password(secret, PASSWORD)


def test_a_weak_password_is_refused_and_none_goes_back_to_codes(two):
    secret = signed_in()
    with pytest.raises(Invalid, match="at least 10"):
        set_password(secret, "short")
    set_password(secret, PASSWORD)
    set_password(secret, "")
    with pytest.raises(Invalid):
        sign_in(ADA, PASSWORD)


def test_a_password_opens_nothing_without_portal_access(two):
    set_password(signed_in(), PASSWORD)
    write(two.nora, lifecycle.archive_customer, two.ada)
    with pytest.raises(Invalid, match=re.escape(str(WRONG_PASSWORD))):
        sign_in(ADA, PASSWORD)


def test_passwords_are_not_guessed_for_long(two):
    with time_machine.travel(NOON, tick=False):
        for _ in range(5):
            with pytest.raises(Invalid, match=re.escape(str(WRONG_PASSWORD))):
                sign_in(ADA, "wrong", "192.0.2.7")
        with pytest.raises(TooMany):
            sign_in(ADA, "wrong", "192.0.2.7")


# ---------------------------------------------------------------- which mailbox an address is


IDA = ["ida@bücher.example", "ida@xn--bcher-kva.example", "ida@bu\u0308cher.example", "IDA@BÜCHER.example"]


@pytest.mark.parametrize("stored", IDA)
def test_a_domain_in_letters_and_in_ascii_is_one_mailbox(two, stored):
    """Browsers' email fields send the A-label, whatever was typed."""
    (contact,) = contacts(two.nora, make_customer(two.nora, "Ida Books", [user("Ida Moss", stored)]))
    assert (contact.email, contact.domain) == (stored, "xn--bcher-kva.example")
    for typed in IDA:
        challenge = send_code(typed)
        code = code_for(stored)
        assert companies(enter_code(challenge, code)) == ["Ida Books"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ida@straße.example", "ida@strasse.example"),
        ("ida@fass.example", "ida@xn--fa-hia.example"),
        ("ida@σίγμας.example", "ida@σίγμασ.example"),
        ("ida@ıx.example", "ida@ix.example"),
        ("ida@bücher.example", "ida@bucher.example"),
    ],
)
def test_domains_that_fold_alike_never_see_each_others_customers(two, one, other):
    """At two partners: whoever owns the one domain must not read the invoices of the other's customer."""
    make_customer(two.nora, "Of One", [user("Ida One", one)])
    make_customer(two.sol, "Of Other", [user("Ida Other", other)])
    set_password(signed_in(one), PASSWORD)
    for email, company in ((one, "Of One"), (other, "Of Other")):
        secret = enter_code(send_code(email), code_for(email))
        assert companies(secret) == [company]
    with pytest.raises(Invalid, match=str(WRONG_PASSWORD)):
        sign_in(other, PASSWORD)
    assert companies(sign_in(one, PASSWORD)) == ["Of One"]


def test_tries_of_one_spelling_count_for_the_others(two):
    make_customer(two.nora, "Ida Books", [user("Ida Moss", IDA[0])])
    with time_machine.travel(NOON, tick=False):
        for number in range(30):
            send_code(IDA[number % 4], ip=f"10.0.{number}.1")
        assert all(" " not in code for code in codes_sent(IDA[0]))
        for typed in IDA:
            send_code(typed, ip="10.1.1.1")
        assert [code for code in codes_sent(IDA[0]) if " " in code], "so many were sent: now they are long ones"
