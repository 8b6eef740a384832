"""A message as the email that leaves: words, layout, headers, attachments."""

import base64
import re
from email import message_from_bytes, policy

import pytest

from arbill_app.kernel import clock
from arbill_app.kernel.actor import job
from arbill_app.kernel.db.outbox import Effect
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.message import Message, StaffMessage, blanked
from arbill_app.kernel.settings import settings
from arbill_app.messages import attachments, headers
from arbill_app.messages.render import email_for, rendered, sender_address
from arbill_app.messages.templates import save_template
from arbill_app.messages.wording import KINDS
from arbill_app.partners.commands import change_company
from arbill_app.partners.entities import save_legal_entity
from arbill_app.partners.models import Logo, Partner
from arbill_app.partners.views import default_entity_id
from tests.messages import strict

ADA, BEN = ("Ada Quill", "ada@adainteriors.example"), ("Ben Ochre", "ben@adainteriors.example")
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
VALUES = {
    "customer": "Ada Interiors",
    "number": "INV-0042",
    "total": "$1,250.00",
    "balance": "$1,250.00",
    "due_date": "Dec 21, 2026",
    "memo": "",
    "po_number": "",
}


def invoice(**changes):
    given = {"kind": "invoice", "to": [ADA], "language": "en", "values": VALUES, "link": "https://pay.example/x"}
    return Message(**(given | changes))


def show(two, message):
    return read(job(two.nora.partner_id), rendered, message.payload())


def sent(two, message, id="eff_1"):
    """What arrives: through bytes and back."""
    effect = Effect(
        id=id, partner_id=two.nora.partner_id, kind="email", key="k", payload=message.payload(), due_at=clock.now()
    )
    email = read(job(two.nora.partner_id), email_for, effect, f"<{id}@mail.northwind.example>")
    return message_from_bytes(email.as_bytes(), policy=policy.default)


def people(two, message):
    """(name, address) of To, by a strict reader: Python's own puts spaces into long names."""
    effect = Effect(id="eff_1", partner_id=two.nora.partner_id, kind="email", key="k", payload=message.payload())
    email = read(job(two.nora.partner_id), email_for, effect, "<1@mail.northwind.example>")
    return strict.people(strict.headers(email.as_bytes())["To"])


def change(two, **values):
    def verb(tx):
        partner = tx.get(Partner, two.nora.partner_id)
        for name, value in values.items():
            setattr(partner, name, value)

    write(two.nora, verb)


# ---------------------------------------------------------------- what it says


def test_an_invoice_says_the_same_in_text_and_html(two):
    mail = sent(two, invoice())
    assert mail["Subject"] == "Invoice INV-0042 from Northwind"
    text, html = (mail.get_body([kind]).get_content() for kind in ("plain", "html"))
    for said in ("Hello Ada,", "INV-0042", "$1,250.00", "Dec 21, 2026", "View and pay", "https://pay.example/x"):
        assert said in text
        assert said in html
    assert "PO number" not in html
    assert re.search(r'<a href="https://pay.example/x"', html)


@pytest.mark.parametrize(
    ("language", "lang", "hello", "button"),
    [
        ("en", "en-US", "Hello Ada,", "View and pay"),
        ("fr", "fr-CA", "Bonjour Ada,", "Consulter et payer"),
        ("fr-CA", "fr-CA", "Bonjour Ada,", "Consulter et payer"),
        ("es", "es-US", "Hola, Ada:", "Ver y pagar"),
        ("es_MX", "es-US", "Hola, Ada:", "Ver y pagar"),
    ],
)
def test_a_message_speaks_the_customers_language(two, language, lang, hello, button):
    done = show(two, invoice(language=language))
    assert f'<html lang="{lang}" dir="ltr"' in done.html
    assert hello in done.text
    assert button in done.html
    assert done.warnings == []


def test_a_language_we_do_not_speak_is_english_and_staff_are_told(two):
    done = show(two, invoice(language="de"))
    assert done.language == "en"
    assert "Hello Ada," in done.text
    assert done.warnings == ["There is no Deutsch wording yet: this message is in English."]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_every_kind_in_every_language_leaves_no_brace_behind(two, kind, language):
    values = {name: f"<{name}>" for name in KINDS[kind].known}
    done = show(two, invoice(kind=kind, language=language, values=values))
    assert not re.search(r"\{\w+\}|\{%|\{\{", done.html.partition("<body")[2] + done.text + done.subject)
    assert not re.search(r"<(number|total|customer|memo|reason|code|email)>", done.html)


def test_several_people_get_one_message_that_calls_nobody_by_name(two):
    mail = sent(two, invoice(to=[ADA, BEN], cc=["books@adainteriors.example"]))
    assert mail["To"] == "Ada Quill <ada@adainteriors.example>, Ben Ochre <ben@adainteriors.example>"
    assert mail["Cc"] == "books@adainteriors.example"
    assert mail.get_body(["plain"]).get_content().splitlines()[0] == "Hello,"


def test_the_partners_own_words_win_in_their_language_only(two):
    write(two.nora, save_template, "invoice", "fr", "La facture {number}", "Salut {name}!\n\nMerci, **{customer}**.")
    french, english = show(two, invoice(language="fr")), show(two, invoice())
    assert french.subject == "La facture INV-0042"
    assert "<strong>Ada Interiors</strong>" in french.html
    assert english.subject == "Invoice INV-0042 from Northwind"


def test_another_partners_words_are_not_ours(two):
    write(two.sol, save_template, "invoice", "en", "Southgate says {number}", "Pay.")
    assert show(two, invoice()).subject == "Invoice INV-0042 from Northwind"


def test_a_code_stands_out_and_has_a_button_only_with_a_link(two):
    code = Message("code", [ADA], "en", {"code": "482913", "minutes": "10"}, secret=True)
    done = show(two, code)
    assert done.subject == "Your sign-in code for Northwind"
    assert re.search(r"font-size:30px[^>]*>482913<", done.html)
    assert "Open the portal" not in done.html + done.text


# ---------------------------------------------------------------- the partner's look


def test_the_button_is_in_the_accent_with_letters_that_can_be_read(two):
    for accent, ink in (("#047857", "#ffffff"), ("#facc15", "#1c1917")):
        change(two, accent=accent)
        assert re.search(f'<a href="[^"]+"[^>]*background:{accent};color:{ink}', show(two, invoice()).html)


def test_a_logo_stands_instead_of_the_name_and_travels_with_the_message(two):
    def verb(tx):
        return tx.create(Logo, kind="image/png", content=PIXEL, created_at=clock.now()).id

    change(two, logo_id=write(two.nora, verb))
    mail = sent(two, invoice())
    html = mail.get_body(["html"]).get_content()
    assert re.search(r'<img src="cid:logo@arbill" alt="Northwind"', html)
    (picture,) = (part for part in mail.walk() if part.get_content_maintype() == "image")
    assert (picture["Content-ID"], picture.get_content()) == ("<logo@arbill>", PIXEL)
    assert 'src="data:image/png;base64,' in show(two, invoice()).html


def test_a_drawing_that_mail_programs_do_not_show_is_replaced_by_the_name(two):
    drawing = {"kind": "image/svg+xml", "content": b"<svg/>", "created_at": clock.now()}
    change(two, logo_id=write(two.nora, lambda tx: tx.create(Logo, **drawing).id))
    assert ">Northwind</div>" in show(two, invoice()).html


def test_without_a_logo_the_name_stands_at_the_top(two):
    assert "<img" not in show(two, invoice()).html
    assert ">Northwind</div>" in show(two, invoice()).html


def test_the_address_stands_below_while_there_is_only_one_legal_entity(two):
    place = {"address_line1": "5 Elm St", "city": "Columbus", "region": "OH", "postal_code": "43215", "country": "US"}
    default = read(two.nora, default_entity_id)
    write(two.nora, save_legal_entity, default, place | {"name": "Northwind Inc."})
    assert "5 Elm St, Columbus, OH 43215, États-Unis" in show(two, invoice(language="fr")).text
    write(two.nora, save_legal_entity, "", place | {"name": "Northwind Canada", "country": "CA"})
    assert "5 Elm St" not in show(two, invoice()).text


def test_the_layout_fetches_nothing_from_anywhere(two):
    html = show(two, invoice()).html.replace("http://www.w3.org/1999/xhtml", "")
    assert re.findall(r"https?://[^\"'\s)]+", html) == ["https://pay.example/x"]
    assert "@import" not in html
    assert "<script" not in html


# ---------------------------------------------------------------- headers


BAD = 'Eve "<x@y.example>",\r\nBcc: all@x.example'


def test_no_name_value_or_subject_makes_a_header(two):
    change(two, name=BAD)
    write(two.nora, save_template, "invoice", "en", "{memo} {number}", "{memo}")
    values = VALUES | {"memo": "1\r\nX-Evil: yes", "number": "2\u2028\x85X-Evil: yes\r\rX-Evil: yes"}
    message = invoice(
        to=[(BAD + "\x00", "eve@x.example")], values=values, cc=["b@x.example"], thread="inv_1\r\nX-Evil: yes"
    )
    mail = sent(two, message)
    assert mail["X-Evil"] is None
    assert mail["Bcc"] is None
    assert [address.addr_spec for address in mail["To"].addresses] == ["eve@x.example"]
    assert mail["From"].addresses[0].addr_spec == "billing@localhost"
    assert mail["Subject"] == "1 X-Evil: yes 2 X-Evil: yes X-Evil: yes"


@pytest.mark.parametrize(
    "name", ["Müller, Jürgen", 'Ada "the" Quill', "O’Brien; Sean <a@b.example>", "山田 太郎", "x" * 300]
)
def test_a_name_arrives_as_it_is_written(two, name):
    assert people(two, invoice(to=[(name, "p@x.example")])) == [(name, "p@x.example")]


def test_an_international_domain_travels_in_ascii(two):
    mail = sent(two, invoice(to=[("Ada", "ada@bücher.example")], cc=["b@bücher.example"]))
    assert mail["To"] == "Ada <ada@xn--bcher-kva.example>"
    assert mail["Cc"] == "b@xn--bcher-kva.example"


def test_messages_of_one_thread_answer_the_same_root_and_have_ids_of_their_own(two):
    first, second = sent(two, invoice(thread="inv_9"), "eff_1"), sent(two, invoice(thread="inv_9"), "eff_2")
    assert first["Message-ID"] == "<eff_1@mail.northwind.example>"
    assert second["Message-ID"] == "<eff_2@mail.northwind.example>"
    for mail in (first, second):
        assert mail["References"] == mail["In-Reply-To"] == "<inv_9@mail.northwind.example>"
    assert sent(two, invoice())["References"] is None


def test_what_answers_a_debt_or_a_sign_in_has_no_unsubscribe(two):
    assert [kind for kind in KINDS if KINDS[kind].optional] == []
    mail = sent(two, invoice())
    assert mail["List-Unsubscribe"] is None
    assert mail["Auto-Submitted"] == "auto-generated"


def test_what_is_optional_has_one(two, monkeypatch):
    monkeypatch.setitem(KINDS, "updates", type(KINDS["welcome"])("Updates", "News", "News", "Read", (), (), True))
    assert sent(two, invoice(kind="updates"))["List-Unsubscribe"] == "<http://localhost:3000/portal>"


def test_the_sender_is_the_mail_servers_and_the_name_the_partners(two, monkeypatch):
    monkeypatch.setenv("ARBILL_SMTP_URL", "smtp://u:p@mail.example:25?from=ar@northwind.example")
    settings.cache_clear()
    assert sender_address() == "ar@northwind.example"
    assert sent(two, invoice())["From"] == "Northwind <ar@northwind.example>"
    monkeypatch.setenv("ARBILL_SMTP_URL", "smtp://mail.example:25")
    settings.cache_clear()
    assert sender_address() == "billing@mail.example"


def test_answers_go_to_whom_the_partner_named(two):
    assert sent(two, invoice())["Reply-To"] is None
    values = {"name": "Northwind", "reply_to": "ar@northwind.example"}
    write(two.nora, change_company, values, ["US", "CA"])
    assert sent(two, invoice())["Reply-To"] == "Northwind <ar@northwind.example>"


# ---------------------------------------------------------------- attachments and letters


def test_attachments_come_from_who_makes_them(two, monkeypatch):
    monkeypatch.setitem(
        attachments.PRODUCERS,
        "inv",
        lambda tx, id: (f"Facture é\r\n{id}.pdf", "application/pdf", tx.actor.partner_id.encode()),
    )
    mail = sent(two, invoice(attach=["inv_1", "inv_2"]))
    papers = list(mail.iter_attachments())
    assert [paper.get_filename() for paper in papers] == ["Facture é inv_1.pdf", "Facture é inv_2.pdf"]
    assert papers[0].get_content_type() == "application/pdf"
    assert papers[0].get_content() == two.nora.partner_id.encode()
    assert mail.get_body(["html"])


def test_what_nobody_makes_is_an_error_not_a_message_without_it(two):
    with pytest.raises(LookupError):
        sent(two, invoice(attach=["zzz_1"]))


def test_staff_letters_go_the_same_way(two):
    letter = StaffMessage(
        to="nora@northwind.example", name="Nora West", subject="Hi\r\nX-Evil: 1", lines=["A <b>line</b>."]
    )
    mail = sent(two, letter)
    assert mail["To"] == "Nora West <nora@northwind.example>"
    assert mail["From"] == "arbill <billing@localhost>"
    assert mail["X-Evil"] is None
    assert "A &lt;b&gt;line" in mail.get_body(["html"]).get_content()


def test_a_delivered_secret_is_blanked_and_the_rest_kept(two):
    code = Message(
        "code", [ADA], "en", {"code": "482913", "minutes": "10"}, link="https://x.example/in?t=1", secret=True
    )
    kept = blanked(code.payload())
    assert "482913" not in str(kept)
    assert kept["link"] == ""
    assert kept["values"]["minutes"] == "10"
    letter = StaffMessage(
        "n@x.example", "Nora", "Hi", ["Key"], action=("Open", "https://x.example/?token=1"), secret=True
    )
    assert (blanked(letter.payload())["lines"], blanked(letter.payload())["action"]) == (["(delivered)"], None)


def test_no_line_is_longer_than_mail_allows():
    email = headers.new("S" * 3000, "N" * 300, "a@x.example", [("é" * 300, "b@x.example")] * 3, "<1@x>")
    headers.write(email, "x" * 5000, "<p>" + "y" * 5000)
    assert max(map(len, email.as_bytes().splitlines())) <= 998
