"""What a seat may see and do: its own customer's, as far as its permissions go at this moment, and nothing else."""

from pathlib import Path

import pytest

from arbill_app.customers.commands import contacts as people
from arbill_app.invoices.commands.attachments import attach
from arbill_app.invoices.commands.credit_notes import credit_invoice
from arbill_app.kernel.db.transactions import write
from arbill_app.partners import branding
from arbill_app.payments.models import Attempt, Payment
from arbill_app.portal import pages
from tests.portal.conftest import BRUNO, balance, charge, found, make_method, permit, row, rows
from tests.world import contacts, make_contact, make_draft_invoice, make_invoice

ALL = ("invoices", "payments", "payment_methods", "statements", "estimates", "support")
PDF = b"%PDF-1.7 nothing much"


class Everything:
    """A customer with one of each, and where the portal shows it."""

    def __init__(self, by, customer):
        self.customer, self.home = customer, f"/portal/{customer}"
        self.invoice = make_invoice(by, customer, "100.00", memo="Garden")
        self.paid = make_invoice(by, customer, "30.00")
        self.draft = make_draft_invoice(by, customer)
        self.card = make_method(by, customer)
        self.credit = write(
            by, credit_invoice, self.invoice, f"key-{customer}", {"reason": "Goodwill", "amount": "10"}
        ).id
        self.file = write(by, attach, self.invoice, "plan.pdf", PDF).id

    def pay(self, person):
        data = {"part": [f"{self.paid}=30.00"], "method": self.card, "key": "p" * 22}
        self.attempt = person.post(f"{self.home}/pay", data).headers["location"].rpartition("/")[2]
        charge()
        return self

    def receipt(self, by):
        return next(one.id for one in rows(by, Payment) if one.customer_id == self.customer)

    def pages(self, by, home=""):
        home = home or self.home
        return {
            "invoices": [
                f"{home}/invoices/{self.invoice}",
                f"{home}/invoices/{self.invoice}.pdf",
                f"{home}/credit-notes/{self.credit}.pdf",
                f"{home}/files/{self.file}",
            ],
            "payments": [
                f"{home}/receipts/{self.receipt(by)}",
                f"{home}/receipts/{self.receipt(by)}.pdf",
                f"{home}/payments/{self.attempt}",
                f"{home}/payments/{self.attempt}/state",
            ],
            "payment_methods": [f"{home}/methods", f"{home}/methods/{self.card}/remove"],
            "statements": [f"{home}/statement", f"{home}/statement.pdf", f"{home}/statement.csv"],
        }


def flat(pages):
    return [path for paths in pages.values() for path in paths]


def test_everything_of_ones_own_is_there(ada, two):
    mine = Everything(two.nora, two.ada).pay(ada)
    for path in (*flat(mine.pages(two.nora)), f"{mine.home}/history", f"{mine.home}/details"):
        assert ada.get(path).status_code == 200, path
    assert ada.get(mine.pages(two.nora)["invoices"][1]).content.startswith(b"%PDF-")
    statement = ada.get(f"{mine.home}/statement.pdf")
    assert statement.headers["content-disposition"].startswith("attachment; ")
    assert statement.content.startswith(b"%PDF-")
    assert ada.get(mine.pages(two.nora)["invoices"][3]).content == PDF


def test_another_customers_things_are_not_there_by_any_address(ada, another, two):
    """Neither under their customer's address nor under one's own."""
    theirs = Everything(two.nora, two.bruno).pay(another.sign_in(BRUNO))
    for home in (theirs.home, f"/portal/{two.ada}"):
        for path in flat(theirs.pages(two.nora, home)):
            if path not in (
                f"/portal/{two.ada}/methods",
                f"/portal/{two.ada}/statement",
                f"/portal/{two.ada}/statement.pdf",
                f"/portal/{two.ada}/statement.csv",
            ):
                assert ada.get(path).status_code == 404, path
    for verb in ("default", "approve", "remove"):
        assert ada.post(f"/portal/{two.ada}/methods/{theirs.card}/{verb}", {"agreed": "1"}).status_code == 404
    assert row(two.nora, Attempt, theirs.attempt).ended_at is not None


def test_another_partners_things_are_not_there(ada, two):
    invoice, card = make_invoice(two.sol, two.clara), make_method(two.sol, two.clara)
    for path in (f"invoices/{invoice}", f"invoices/{invoice}.pdf", f"methods/{card}/remove"):
        assert ada.get(f"/portal/{two.ada}/{path}").status_code == 404
        assert ada.get(f"/portal/{two.clara}/{path}").status_code == 404


def test_drafts_are_nobodys_business_yet(ada, two):
    draft = make_draft_invoice(two.nora, two.ada)
    assert ada.get(f"/portal/{two.ada}/invoices/{draft}").status_code == 404
    assert ada.get(f"/portal/{two.ada}/invoices/{draft}.pdf").status_code == 404
    assert draft not in ada.get(f"/portal/{two.ada}/history").text


@pytest.mark.parametrize("missing", ALL[:4])
def test_a_permission_switched_off_stops_at_once_for_who_is_signed_in(ada, two, missing):
    mine = Everything(two.nora, two.ada).pay(ada)
    pages_ = mine.pages(two.nora)
    permit(two.nora, two.ada, *(one for one in ALL if one != missing))
    for section, paths in pages_.items():
        for path in paths:
            assert ada.get(path).status_code == (403 if section == missing else 200), path
    shown = ada.get(f"{mine.home}/details").text
    links = {"payment_methods": "/methods", "statements": "/statement"}
    if missing in links:
        assert f'href="{mine.home}{links[missing]}"' not in shown, "the section is absent"


def test_who_may_not_pay_cannot(ada, two):
    mine = Everything(two.nora, two.ada)
    permit(two.nora, two.ada, "invoices", "payment_methods")
    page = ada.get(mine.home).text
    assert "Garden" in page
    assert "Pay $" not in page
    data = {"part": [f"{mine.invoice}=1.00"], "method": mine.card, "key": "p" * 22}
    assert ada.post(f"{mine.home}/pay", data).status_code == 403
    assert ada.get(f"{mine.home}/pay?invoice={mine.invoice}").status_code == 403
    assert ada.post(f"{mine.home}/methods/auto-pay", {"on": "1"}).status_code == 403
    assert rows(two.nora, Attempt) == []


def test_who_may_not_look_after_methods_pays_with_those_there_are(ada, two):
    mine = Everything(two.nora, two.ada)
    permit(two.nora, two.ada, "invoices", "payments")
    assert "Visa ending 4242" in ada.get(mine.home).text
    for path in ("methods/add", f"methods/{mine.card}/default", f"methods/{mine.card}/remove", "methods/auto-pay"):
        assert ada.post(f"{mine.home}/{path}").status_code == 403
    mine.pay(ada)
    assert balance(two.nora, mine.paid) == 0


def test_who_sees_no_invoices_sees_no_amounts(ada, two):
    mine = Everything(two.nora, two.ada)
    permit(two.nora, two.ada, "support")
    page = ada.get(mine.home)
    assert page.status_code == 200
    for hidden in ("$", "Garden", mine.invoice, "Visa"):
        assert hidden not in page.text.partition("<main")[2]
    assert ada.get(f"{mine.home}/history").status_code == 403


def test_without_portal_access_the_session_is_worth_nothing(ada, two):
    permit(two.nora, two.ada, *ALL, portal_access=False)
    for path in ("", "/history", "/details"):
        assert ada.get(f"/portal/{two.ada}{path}").status_code == 303
    assert ada.post(f"/portal/{two.ada}/pay").status_code == 303


def test_one_seat_that_ends_leaves_the_others(nobody, two):
    email = "shared@people.example"
    make_contact(two.nora, two.ada, "Sue Shared", email=email)
    make_contact(two.nora, two.bruno, "Sue Shared", email=email)
    nobody.sign_in(email)
    permit(two.nora, two.ada, *ALL, at=1, portal_access=False)
    assert nobody.get(f"/portal/{two.ada}").status_code == 404
    assert nobody.get(f"/portal/{two.bruno}").status_code == 200


def test_a_logo_is_shown_to_its_partners_customers_alone(ada, another, two):
    from tests.partners.test_branding import PNG

    logo = write(two.nora, branding.save_logo, PNG).id
    shown = ada.get(f"/portal/{two.ada}/logo/{logo}")
    assert shown.content == PNG
    assert "sandbox" in shown.headers["content-security-policy"]
    assert f"/logo/{logo}" in ada.get(f"/portal/{two.ada}").text
    assert another.sign_in("clara@clarabooks.example").get(f"/portal/{two.clara}/logo/{logo}").status_code == 404


@pytest.mark.parametrize(
    "path", ["", "/history?tab=%00&before=%00", "/pay?invoice=%00", "/statement?from=x&to=%00&currency=%00"]
)
def test_odd_requests_are_answered_calmly(ada, two, path):
    assert ada.get(f"/portal/{two.ada}{path}").status_code in (200, 404, 422)


def test_every_form_refuses_what_comes_from_elsewhere(ada, two):
    mine = Everything(two.nora, two.ada)
    paths = ("pay", "methods/add", f"methods/{mine.card}/remove", "methods/auto-pay", "details/me", "details/invite")
    for path in paths:
        for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {}):
            assert ada.send(f"{mine.home}/{path}", {"on": "1"}, headers).status_code == 403, path


def test_only_the_gate_touches_rows():
    """Every row that a page shows has passed it: no handler asks for one by itself."""
    for file in Path(pages.__file__).parent.rglob("*.py"):
        text = file.read_text()
        if file.name not in ("gate.py", "session.py", "impersonation.py"):
            assert "tx.get(" not in text, file.name
            assert ".own(" not in text, file.name


# ---------------------------------------------------------------- details and colleagues


def test_ones_own_name_is_changed_and_nothing_else(ada, two):
    before = people.contact_of(contacts(two.nora, two.ada)[0])
    home = f"/portal/{two.ada}/details"
    typed = {"first_name": "Adele", "last_name": "Quill", "phone": "1", "position": "Boss"}
    more = {"email": "evil@people.example", "permissions": "invoices", "is_primary": "", "portal_access": ""}
    assert ada.post(f"{home}/me", typed | more).status_code == 303
    after = people.contact_of(contacts(two.nora, two.ada)[0])
    assert after == before | typed
    wrong = ada.post(f"{home}/me", typed | {"first_name": ""})
    assert wrong.status_code == 422
    assert "Enter the first name." in wrong.text


def test_email_preferences_warn_before_nobody_gets_the_invoices(ada, two):
    home = f"/portal/{two.ada}/details"
    warned = ada.post(f"{home}/mails", {"mails": ["mail_legal"]})
    assert warned.status_code == 409
    assert "Nobody would get" in warned.text
    assert contacts(two.nora, two.ada)[0].mail_billing
    assert ada.post(f"{home}/mails", {"mails": ["mail_legal"], "confirmed": "1"}).status_code == 303
    me = contacts(two.nora, two.ada)[0]
    assert (me.mail_billing, me.mail_updates, me.mail_legal) == (False, False, True)


def test_the_primary_contact_invites_colleagues_who_may_no_more_than_they(ada, another, two):
    permit(two.nora, two.ada, "invoices", "statements")
    ben = {"first_name": "Ben", "last_name": "Ochre", "email": "ben@adainteriors.example"}
    assert ada.post(f"/portal/{two.ada}/details/invite", ben | {"permissions": "payments"}).status_code == 303
    new = contacts(two.nora, two.ada)[1]
    assert (new.name, new.permissions, new.is_primary) == ("Ben Ochre", ["invoices", "statements"], False)
    assert new.welcomed_at is not None
    twice = ada.post(f"/portal/{two.ada}/details/invite", ben)
    assert twice.status_code == 422
    assert 'value="ben@adainteriors.example"' in twice.text
    another.sign_in(ben["email"])
    assert another.post(f"/portal/{two.ada}/details/invite", ben | {"email": "c@x.example"}).status_code == 403
    assert "Invite a colleague" not in another.get(f"/portal/{two.ada}/details").text


def test_invitations_are_not_a_way_to_flood_mailboxes(ada, two):
    for i in range(8):
        ada.post(f"/portal/{two.ada}/details/invite", {"email": f"p{i}@x.example", "first_name": "P", "last_name": "Q"})
    last = ada.post(f"/portal/{two.ada}/details/invite", {"email": "z@x.example", "first_name": "P", "last_name": "Q"})
    assert last.status_code == 422
    assert len(contacts(two.nora, two.ada)) == 9
    assert found("(Too many tries)", last.text)
