"""Delivery to a real SMTP server: what arrives, what happens when it does not, and that nothing arrives twice."""

import socket
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine

from arbill_app.customers.commands import contacts as people
from arbill_app.kernel.actor import job
from arbill_app.kernel.clock import now
from arbill_app.kernel.db.outbox import Effect, EffectTry
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.jobs import effects
from arbill_app.kernel.jobs.claiming import CLAIM
from arbill_app.kernel.message import Message, StaffMessage
from arbill_app.kernel.settings import settings
from arbill_app.messages import headers, jobs
from arbill_app.messages.jobs import WAITS, deliver_due
from arbill_app.partners.auth import account
from tests.together import together
from tests.world import contacts, letters_to

NORA = "nora@northwind.example"


@pytest.fixture(autouse=True)
def nothing_waits(mailbox):
    """Invitations of the world are sent before each test begins."""
    deliver_due()
    mailbox.messages.clear()
    mailbox.recipients.clear()
    mailbox.greetings = 0


def letter(two, to=NORA, **changes):
    """Writes one down and returns its effect."""
    values = {"name": "Nora West", "subject": "Hello", "lines": ["A line."]} | changes
    made = StaffMessage(to=to, **values)
    write(two.nora, lambda tx: tx.later("email", f"test:{len(all_effects(two))}", made.payload()))
    return max(all_effects(two), key=lambda effect: effect.id)


def all_effects(two):
    return read(two.nora, lambda tx: tx.all(tx.own(Effect)))


def effect(two, id):
    return read(two.nora, lambda tx: tx.get(Effect, id))


def tries(two, id):
    rows = read(two.nora, lambda tx: tx.all(tx.own(EffectTry).where(EffectTry.effect_id == id).order_by(EffectTry.id)))
    return [row.outcome for row in rows]


@contextmanager
def silent_server():
    """Takes connections and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


# ---------------------------------------------------------------- what arrives


def test_a_welcome_arrives_in_text_and_html(two, mailbox):
    write(two.nora, people.resend_welcome, contacts(two.nora, two.ada)[0].id)
    deliver_due()
    (mail,) = mailbox.messages
    assert mailbox.recipients == ["ada@adainteriors.example"]
    assert (mail["From"], mail["To"]) == (
        "Northwind <billing@northwind.example>",
        "Ada Quill <ada@adainteriors.example>",
    )
    assert mail["Subject"] == "Northwind has set up an account for Ada Interiors"
    text, html = (part.get_content().replace("\r\n", "\n") for part in mail.iter_parts())
    assert text.startswith("Hello Ada,\n\n")
    assert "Open the portal: http://localhost:3000/portal" in text
    assert '<a href="http://localhost:3000/portal"' in html


def test_what_somebody_is_called_is_text_in_every_header_and_in_the_html(two, mailbox):
    letter(two, name='Eve "<b>" \r\nBcc: all@x.example', subject="Two\r\nlines: é", lines=["<script>alert(1)</script>"])
    deliver_due()
    (mail,) = mailbox.messages
    assert mailbox.recipients == [NORA]
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Two lines: é"
    html = mail.get_body(["html"]).get_content()
    assert "<script>" not in html
    assert "<b>" not in html


@pytest.mark.parametrize(
    ("to", "recipient"),
    [
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("ada@bu\u0308cher.example", "ada@xn--bcher-kva.example"),
        ("ada@straße.example", "ada@xn--strae-oqa.example"),
        ("ada@strasse.example", "ada@strasse.example"),
    ],
)
def test_an_international_domain_arrives(two, mailbox, to, recipient):
    """Not at another domain that only looks alike after folding."""
    letter(two, to=to)
    deliver_due()
    assert mailbox.recipients == [recipient]


def test_each_message_has_an_id_of_its_own_that_a_repeat_would_share(two, mailbox):
    sent = [letter(two).id for _ in range(2)]
    deliver_due()
    assert [mail["Message-ID"] for mail in mailbox.messages] == [f"<{id}@localhost>" for id in sent]


def test_a_server_with_a_password_gets_it(two, mailbox, monkeypatch):
    monkeypatch.setenv("ARBILL_SMTP_URL", mailbox.url.replace("//", "//mail%40northwind:p%2Fw@"))
    settings.cache_clear()
    letter(two)
    deliver_due()
    assert mailbox.logins == [(b"mail@northwind", b"p/w")]
    assert len(mailbox.messages) == 1


# ---------------------------------------------------------------- when it does not


def test_a_failed_delivery_is_tried_again_later_and_later(two, mailbox):
    with time_machine.travel("2027-01-01T00:00:00Z", tick=False) as clock:
        sent = letter(two)
        mailbox.answers += ["451 busy"] * 2
        for wait in WAITS[:2]:
            assert deliver_due() == 1
            assert deliver_due() == 0
            assert letters_to(NORA)[0].state == "Waiting"
            assert "busy" in effect(two, sent.id).last_error
            clock.shift(wait - timedelta(seconds=1))
            assert deliver_due() == 0
            clock.shift(1)
        assert deliver_due() == 1
    assert len(mailbox.messages) == 1
    assert tries(two, sent.id) == ["failed", "failed", "done"]
    assert effect(two, sent.id).last_error == ""


def test_after_the_last_try_it_has_failed(two, mailbox):
    with time_machine.travel("2027-01-01T00:00:00Z", tick=False) as clock:
        sent = letter(two)
        mailbox.answers += ["451 busy"] * (len(WAITS) + 1)
        for wait in [*WAITS, timedelta(days=30)]:
            assert deliver_due() == 1
            clock.shift(wait)
        assert deliver_due() == 0
    assert letters_to(NORA)[0].state == "Failed"
    assert len(tries(two, sent.id)) == len(WAITS) + 1


def test_a_server_that_is_away_loses_nothing(two, mailbox, monkeypatch):
    monkeypatch.setenv("ARBILL_SMTP_URL", "smtp://127.0.0.1:1")
    settings.cache_clear()
    with time_machine.travel("2027-01-01T00:00:00Z", tick=False) as clock:
        sent = letter(two)
        deliver_due()
        assert "ConnectionRefusedError" in effect(two, sent.id).last_error
        monkeypatch.setenv("ARBILL_SMTP_URL", mailbox.url)
        settings.cache_clear()
        clock.shift(WAITS[0])
        deliver_due()
    assert len(mailbox.messages) == 1


def test_one_message_that_cannot_be_written_does_not_hold_up_the_others(two, mailbox):
    write(two.nora, lambda tx: tx.later("email", "broken", {"to": "x"}))
    letter(two)
    assert deliver_due() == 2
    assert len(mailbox.messages) == 1


# ---------------------------------------------------------------- keys


def test_a_letter_with_a_key_is_blanked_once_it_was_delivered(two, mailbox):
    mailbox.answers.append("451 busy")
    with time_machine.travel("2027-01-01T00:00:00Z", tick=False) as clock:
        write(job(two.nora.partner_id), account.ask_reset, two.nora.id)
        deliver_due()
        assert "token=" in letters_to(NORA)[0].action_url
        clock.shift(WAITS[0])
        deliver_due()
    assert "token=" in mailbox.messages[0].get_body(["plain"]).get_content()
    kept = letters_to(NORA)[0]
    assert (kept.lines, kept.action_url) == (["(delivered)"], "")


def test_a_letter_without_a_key_stays_readable(two, mailbox):
    letter(two, secret=False)
    deliver_due()
    assert letters_to(NORA)[0].lines == ["A line."]


# ---------------------------------------------------------------- bounces


def test_what_is_refused_for_good_is_not_tried_again(two, mailbox):
    sent = letter(two)
    mailbox.answers.append("550 no such person")
    assert deliver_due() == 1
    row = effect(two, sent.id)
    assert (row.state, row.last_error) == ("failed", "550 no such person")
    assert deliver_due() == 0


def test_a_recipient_who_does_not_exist_is_a_bounce_with_the_servers_words(two, mailbox):
    sent = letter(two)
    mailbox.refused[NORA] = "550 5.1.1 no such person"
    deliver_due()
    row = effect(two, sent.id)
    assert row.state == "failed"
    assert row.result["refused"] == {NORA: "550 5.1.1 no such person"}


def test_a_recipient_who_is_only_busy_is_tried_again(two, mailbox):
    sent = letter(two)
    mailbox.refused[NORA] = "450 mailbox busy"
    deliver_due()
    assert effect(two, sent.id).state == "due"


def test_some_recipients_refused_does_not_send_it_twice_to_the_others(two, mailbox, monkeypatch):
    def to_both(*facts):
        email = written(*facts)
        del email["To"]
        headers.put_people(email, "To", [("", NORA), ("", "gone@x.example")])
        return email

    written = jobs.email_for
    monkeypatch.setattr(jobs, "email_for", to_both)
    mailbox.refused["gone@x.example"] = "550 gone"
    sent = letter(two)
    deliver_due()
    row = effect(two, sent.id)
    assert (row.state, mailbox.recipients) == ("done", [NORA])
    assert row.result == {"refused": {"gone@x.example": "550 gone"}, "subject": "Hello"}


def test_a_wrong_password_is_not_the_messages_fault(two, mailbox, monkeypatch):
    mailbox.accepts_logins = False
    monkeypatch.setenv("ARBILL_SMTP_URL", mailbox.url.replace("//", "//someone:wrong@"))
    settings.cache_clear()
    sent = letter(two)
    deliver_due()
    assert effect(two, sent.id).state == "due"


# ---------------------------------------------------------------- one connection


def test_many_messages_share_a_connection(two, mailbox):
    for _ in range(7):
        letter(two)
    deliver_due()
    assert (len(mailbox.messages), mailbox.greetings) == (7, 1)


def test_after_a_connection_broke_the_next_message_opens_another(two, mailbox):
    for _ in range(3):
        letter(two)
    mailbox.answers += ["250 OK", "421 going away", "250 OK"]
    deliver_due()
    states = [effect(two, row.id).state for row in sorted(all_effects(two), key=lambda row: row.id)[-3:]]
    assert states == ["done", "due", "done"]
    assert mailbox.greetings == 2


def test_a_server_that_says_nothing_is_asked_once_for_many_messages(two, mailbox, monkeypatch):
    with silent_server() as port:
        monkeypatch.setenv("ARBILL_SMTP_URL", f"smtp://127.0.0.1:{port}?timeout=1")
        settings.cache_clear()
        for _ in range(5):
            letter(two)
        began = time.monotonic()
        assert deliver_due() == 5
    assert time.monotonic() - began < 3
    assert all("imed out" in row.last_error for row in all_effects(two) if row.state == "due")


# ---------------------------------------------------------------- never twice


def test_many_senders_send_each_message_once(two, mailbox):
    sent = {f"<{letter(two).id}@localhost>" for _ in range(12)}
    counts = together(*[deliver_due] * 4)
    assert sum(counts) == 12
    assert sorted(mail["Message-ID"] for mail in mailbox.messages) == sorted(sent)


def test_a_message_under_way_is_nobody_elses(two, mailbox):
    letter(two)
    effects.begin("email", 50)
    assert deliver_due() == 0
    assert mailbox.messages == []


def test_who_died_on_the_way_is_replaced_and_who_was_only_slow_says_nothing_any_more(two, mailbox):
    with time_machine.travel("2027-01-01T00:00:00Z", tick=False) as clock:
        sent = letter(two)
        (slow,) = effects.begin("email", 50)
        clock.shift(CLAIM + timedelta(seconds=1))
        effects.reconcile(now())
        assert deliver_due() == 1
        assert not effects.hold(slow)
        write(two.nora, effects.settle, slow, effects.Outcome("failed", "slow"), WAITS)
    assert len(mailbox.messages) == 1
    assert (effect(two, sent.id).state, tries(two, sent.id)) == ("done", ["lost", "done"])


# ---------------------------------------------------------------- addresses


def test_a_local_part_in_other_letters_goes_to_a_server_that_takes_it(two, mailbox):
    sent = letter(two, to="jürgen@bücher.example", name="Jürgen")
    deliver_due()
    assert effect(two, sent.id).state == "done"
    assert mailbox.recipients == ["jürgen@xn--bcher-kva.example"]


def test_a_local_part_in_other_letters_is_refused_for_good_elsewhere(two, mailbox, monkeypatch):
    monkeypatch.setattr("smtplib.SMTP.has_extn", lambda _, name: False)
    sent = letter(two, to="jürgen@bücher.example")
    deliver_due()
    row = effect(two, sent.id)
    assert (row.state, row.last_error.startswith("553 The mail server takes no addresses")) == ("failed", True)


def test_what_is_no_address_is_refused_at_once(two, mailbox):
    sent = letter(two, to="nobody at all")
    deliver_due()
    row = effect(two, sent.id)
    assert (row.state, row.last_error) == ("failed", "553 nobody at all is no email address.")


def test_an_address_that_is_none_does_not_hold_up_the_other_recipients(two, mailbox):
    made = Message("code", [("Ada", "ada@x.example"), ("Ben", "ben@@x")], "en", {"code": "1", "minutes": "10"})
    write(two.nora, lambda tx: tx.later("email", "two", made.payload()))
    deliver_due()
    row = max(all_effects(two), key=lambda effect: effect.id)
    assert (row.state, mailbox.recipients) == ("done", ["ada@x.example"])
    assert row.result["refused"] == {"ben@@x": "553 ben@@x is no email address."}


# ---------------------------------------------------------------- while the server is away, and after that


def test_it_is_tried_for_five_days_while_the_server_is_away(two, mailbox, monkeypatch):
    assert timedelta(days=5) <= sum(WAITS, timedelta()) < timedelta(days=6)
    away(monkeypatch)
    with time_machine.travel("2027-01-01T00:00:00Z", tick=False) as clock:
        sent = letter(two)
        for wait in WAITS:
            assert deliver_due() == 1
            assert effect(two, sent.id).state == "due"
            clock.shift(wait)
        monkeypatch.setenv("ARBILL_SMTP_URL", mailbox.url)
        settings.cache_clear()
        assert deliver_due() == 1
    assert len(mailbox.messages) == 1


def away(monkeypatch):
    monkeypatch.setenv("ARBILL_SMTP_URL", "smtp://127.0.0.1:1")
    settings.cache_clear()


@pytest.mark.parametrize("answer", ["530 5.7.0 Authentication required", "535 5.7.8 Wrong password"])
def test_a_password_that_is_wanted_at_the_recipient_is_an_operators_matter(two, mailbox, answer):
    sent = letter(two)
    mailbox.refused[NORA] = answer
    deliver_due()
    assert effect(two, sent.id).state == "due"


def test_a_sender_that_the_server_does_not_take_is_an_operators_matter(two, mailbox, monkeypatch):
    async def mail(*_):
        return "550 5.7.1 You may not send as this"

    monkeypatch.setattr(type(mailbox), "handle_MAIL", mail, raising=False)
    sent = letter(two)
    deliver_due()
    assert effect(two, sent.id).state == "due"


def group(two, *addresses):
    made = Message("code", [("", one) for one in addresses], "en", {"code": "1", "minutes": "10"})
    write(two.nora, lambda tx: tx.later("email", "group", made.payload()))
    return max(all_effects(two), key=lambda effect: effect.id).id


def test_who_was_busy_gets_it_later_and_who_got_it_does_not_get_it_again(two, mailbox):
    ada, ben, gone = "ada@x.example", "ben@x.example", "gone@x.example"
    with time_machine.travel("2027-01-01T00:00:00Z", tick=False) as clock:
        id = group(two, ada, ben, gone)
        mailbox.refused |= {ben: "450 mailbox busy", gone: "550 no such person"}
        deliver_due()
        assert (effect(two, id).state, mailbox.recipients) == ("due", [ada])
        clock.shift(WAITS[0])
        deliver_due()
        assert (effect(two, id).state, mailbox.recipients) == ("due", [ada])
        del mailbox.refused[ben]
        clock.shift(WAITS[1])
        deliver_due()
    row = effect(two, id)
    assert (row.state, mailbox.recipients) == ("done", [ada, ben])
    assert row.result["refused"] == {gone: "550 no such person"}
    assert [mail["To"] for mail in mailbox.messages] == [f"{ada}, {ben}, {gone}"] * 2, "the same message"


def test_a_server_that_goes_away_among_the_recipients_gave_it_to_nobody(two, mailbox):
    ada, ben = "ada@x.example", "ben@x.example"
    mailbox.refused[ada] = "421 going away"
    with time_machine.travel("2027-01-01T00:00:00Z", tick=False) as clock:
        id = group(two, ada, ben)
        deliver_due()
        assert (effect(two, id).state, mailbox.recipients) == ("due", [])
        mailbox.refused.clear()
        clock.shift(WAITS[0])
        deliver_due()
    assert mailbox.recipients == [ada, ben]


def test_a_link_that_has_run_out_is_not_sent_late(two, mailbox, monkeypatch):
    away(monkeypatch)
    with time_machine.travel("2027-01-01T00:00:00Z", tick=False) as clock:
        write(job(two.nora.partner_id), account.ask_reset, two.nora.id)
        deliver_due()
        monkeypatch.setenv("ARBILL_SMTP_URL", mailbox.url)
        settings.cache_clear()
        clock.shift(timedelta(minutes=61))
        deliver_due()
    row = max(all_effects(two), key=lambda effect: effect.id)
    assert (row.state, row.last_error, mailbox.messages) == ("cancelled", jobs.TOO_LATE, [])
    assert "sealed" not in row.payload, "what it carried is not kept"


def test_all_that_failed_are_tried_again_at_once(two, mailbox):
    sent = [letter(two, to=f"p{n}@x.example").id for n in range(3)]
    other = write(
        two.sol, lambda tx: tx.later("email", "theirs", StaffMessage("s@x.example", "S", "S", ["."]).payload())
    ).id
    mailbox.answers += ["550 no"] * 4
    deliver_due()
    assert read(two.nora, effects.failed, "email") == 3
    assert write(two.nora, effects.retry_failed, "email") == 3
    deliver_due()
    assert {effect(two, id).state for id in sent} == {"done"}
    assert read(two.sol, lambda tx: tx.get(Effect, other)).state == "failed"
    assert write(two.nora, effects.retry_failed, "email") == 0
