"""Payment methods and Auto Pay, the sandbox's pages, and staff who look on."""

import pytest
from sqlalchemy import text

from arbill_app.customers.models import Customer
from arbill_app.kernel.db import transactions
from arbill_app.kernel.db.activity import Activity
from arbill_app.kernel.db.transactions import read
from arbill_app.kernel.settings import settings
from arbill_app.partners.security_log.log import SecurityEvent
from arbill_app.payments.charging.charge_schedule import planned
from arbill_app.payments.methods.methods import methods_of
from arbill_app.payments.models import AutoPayChange, PaymentMethod
from arbill_app.tables import metadata
from tests.portal.conftest import BANK, VISA, come_back, found, make_method, row, rows
from tests.world import in_days, make_customer, make_invoice


def methods(two):
    return read(two.nora, methods_of, two.ada)


def begin(person, two, **data):
    return person.post(f"/portal/{two.ada}/methods/add", data).headers["location"].partition(":3000")[2]


def test_a_card_is_added_on_the_gateways_page_and_becomes_the_default(ada, two):
    page = begin(ada, two)
    assert "This is a test page" in ada.get(page).text
    back = ada.post(page, {"kind": "card"} | VISA).headers["location"]
    assert come_back(ada, back).headers["location"].endswith("/methods?done=added")
    assert [(method.last4, method.is_default, method.added_by) for method in methods(two)] == [
        ("4242", True, "Ada Quill")
    ]
    come_back(ada, back)
    assert len(methods(two)) == 1, "however often the page comes back"


def test_a_bank_account_needs_the_agreement(ada, two):
    page = begin(ada, two)
    without = ada.post(page, {"kind": "us_bank_account"} | BANK | {"agreed": ""})
    assert without.status_code == 422
    assert 'id="agreed-error"' in without.text
    assert ada.post(page, {"kind": "us_bank_account"} | BANK).status_code == 303


def test_adding_on_the_way_to_paying_goes_on_with_paying(ada, two):
    invoice = make_invoice(two.nora, two.ada)
    wanted = f"/portal/{two.ada}/pay?invoice={invoice}"
    back = ada.post(begin(ada, two, next=wanted), {"kind": "card"} | VISA).headers["location"]
    onward = come_back(ada, back).headers["location"]
    assert onward.startswith(wanted + "&method=pme_")
    assert "Pay now" in ada.get(onward).text


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example"])
def test_nobody_is_sent_elsewhere_after_adding(ada, two, wanted):
    back = ada.post(begin(ada, two, next=wanted), {"kind": "card"} | VISA).headers["location"]
    assert come_back(ada, back).headers["location"].startswith("/portal/")


def test_a_page_that_was_left_adds_nothing(ada, two):
    begin(ada, two)
    for key in ("", "x" * 22, "%00" * 20):
        to = ada.post(f"/portal/{two.ada}/methods/added", {"key": key}).headers["location"]
        assert to.endswith("?done=none")
    assert methods(two) == []


def test_what_somebody_else_typed_cannot_be_brought_home(ada, another, two):
    page = begin(ada, two)
    back = ada.post(page, {"kind": "card"} | VISA).headers["location"]
    another.sign_in("bruno@brunomotors.example")
    assert another.get(back).status_code == 404
    key = found(r"key=([\w-]+)", back)
    assert another.post(f"/portal/{two.bruno}/methods/added", {"key": key}).headers["location"].endswith("?done=none")
    assert methods(two) == []
    stolen = back.replace(two.ada, two.bruno)
    assert come_back(another, stolen).headers["location"].endswith("?done=none")
    assert read(two.nora, methods_of, two.bruno) == []


def test_a_real_number_is_refused_and_kept_nowhere(ada, two):
    page = begin(ada, two)
    real = "4539578763621486"
    answer = ada.post(page, {"kind": "card"} | VISA | {"number": real})
    assert answer.status_code == 422
    assert real not in answer.text
    with transactions.engine().connect() as connection:
        for table in metadata.sorted_tables:
            assert real not in str(connection.execute(table.select()).all())


def test_the_sandbox_is_closed_where_a_real_gateway_is_used(ada, two, monkeypatch):
    page = begin(ada, two)
    monkeypatch.setenv("ARBILL_STRIPE_SECRET_KEY", "sk_test_x")
    settings.cache_clear()
    assert ada.get(page).status_code == 404
    assert ada.post(page, {"kind": "card"} | VISA).status_code == 404


def test_default_and_removal(ada, two):
    home = f"/portal/{two.ada}/methods"
    first, second = make_method(two.nora, two.ada), make_method(two.nora, two.ada, number="5555555555554444")
    assert ada.post(f"{home}/{second}/default").status_code == 303
    assert [method.id for method in methods(two)] == [second, first]
    assert "Mastercard ending 4444" in ada.get(f"{home}/{second}/remove").text
    assert ada.post(f"{home}/{second}/remove").status_code == 303
    assert [method.id for method in methods(two)] == [first]
    assert row(two.nora, PaymentMethod, second).removed_at is not None
    assert ada.post(f"{home}/{second}/default").status_code == 404


def test_a_pre_authorised_debit_is_approved_here(another, two):
    from arbill_app.kernel.actor import job
    from arbill_app.kernel.db.transactions import write

    customer = make_customer(
        two.nora, "Clinique", [{"first_name": "Luc", "last_name": "Roy", "email": "luc@c.example"}]
    )
    pad = {"institution": "000", "transit": "11000"}
    method = make_method(two.nora, customer, "acss_debit", **pad)
    write(job(two.nora.partner_id), lambda tx: setattr(tx.get(PaymentMethod, method), "approved_at", None))
    another.sign_in("luc@c.example")
    home = f"/portal/{customer}/methods"
    assert "pre-authorised debit" in another.get(home).text
    assert another.post(f"{home}/{method}/approve").status_code == 409
    assert another.post(f"{home}/{method}/approve", {"agreed": "1"}).status_code == 303
    assert row(two.nora, PaymentMethod, method).approved_at is not None


def test_auto_pay_says_what_it_charges_next_and_can_be_turned_off_and_on(ada, two):
    invoice = make_invoice(two.nora, two.ada, "118.00", due_on=in_days(9))
    home = f"/portal/{two.ada}/methods"
    assert ada.post(f"{home}/auto-pay", {"on": "1"}).status_code == 409, "there is nothing to charge yet"
    make_method(two.nora, two.ada)
    assert "It would charge next" in ada.get(home).text
    for _ in range(2):
        assert ada.post(f"{home}/auto-pay", {"on": "1"}).status_code == 303
        shown = ada.get(home).text
        assert "It charges next" in shown
        assert "$118.00" in shown
        assert read(two.nora, planned, invoice) is not None
        assert ada.post(f"{home}/auto-pay").status_code == 303
        assert read(two.nora, planned, invoice) is None
    change = rows(two.nora, AutoPayChange)[0]
    assert (change.by_name, change.on) == ("Ada Quill", True)
    assert "Ada Interiors lets Northwind charge" in change.text


def test_what_was_agreed_to_is_kept_in_the_words_that_were_read(ada, two):
    make_method(two.nora, two.ada)
    ada.post("/portal/language", {"language": "fr"})
    ada.post(f"/portal/{two.ada}/methods/auto-pay", {"on": "1"})
    assert "Ada Interiors autorise Northwind" in rows(two.nora, AutoPayChange)[0].text


def test_removing_what_auto_pay_charges_is_warned_of(ada, two):
    make_invoice(two.nora, two.ada, "118.00", due_on=in_days(9))
    card = make_method(two.nora, two.ada)
    ada.post(f"/portal/{two.ada}/methods/auto-pay", {"on": "1"})
    page = ada.get(f"/portal/{two.ada}/methods/{card}/remove").text
    assert "Auto Pay charges it." in page
    assert "$118.00" in page


# ---------------------------------------------------------------- view as customer


@pytest.fixture
def staff(nobody):
    return nobody.as_staff("rhea@northwind.example")


def test_staff_see_what_the_customer_sees_and_it_is_written_down(staff, two):
    make_invoice(two.nora, two.ada, "118.00")
    card = make_method(two.nora, two.ada)
    assert staff.get(f"/portal/as/{two.ada}").headers["location"] == f"/portal/{two.ada}"
    for path in ("", "/history", "/methods", "/statement", "/details", f"/methods/{card}/remove"):
        page = staff.get(f"/portal/{two.ada}{path}")
        assert page.status_code == 200, path
        assert "You see what Ada Interiors sees. Nothing can be changed here." in page.text
        assert 'method="post"' not in page.text.replace('method="post" action="/portal/sign-out"', ""), path
    noted = [one for one in rows(two.nora, Activity) if one.action == "customer.viewed_as"]
    assert [(one.subject_id, one.actor_name) for one in noted] == [(two.ada, "Rhea Lane")]


def test_statements_that_were_downloaded_stand_in_the_security_log(staff, ada, two):
    make_invoice(two.nora, two.ada, "118.00")
    staff.get(f"/portal/as/{two.ada}")
    period = "?from=2026-01-01&to=2026-12-31"
    assert staff.get(f"/portal/{two.ada}/statement.csv{period}").status_code == 200
    staff.get(f"/portal/{two.ada}/stop")
    assert ada.get(f"/portal/{two.ada}/statement.pdf{period}").status_code == 200
    assert ada.get(f"/portal/{two.bruno}/statement.pdf{period}").status_code == 404
    found = [(one.name, one.detail) for one in rows(two.nora, SecurityEvent) if one.action == "exported"]
    name = "Ada Interiors: Statement of account 2026-01-01 2026-12-31"
    assert found == [("Rhea Lane", f"{name}.csv"), ("Ada Quill", f"{name}.pdf")]


def test_who_looks_on_can_change_nothing(staff, two):
    invoice, card = make_invoice(two.nora, two.ada), make_method(two.nora, two.ada)
    staff.get(f"/portal/as/{two.ada}")
    home = f"/portal/{two.ada}"
    forms = {
        "pay": {"part": [f"{invoice}=1.00"], "method": card, "key": "k" * 22},
        "methods/add": {},
        f"methods/{card}/remove": {},
        f"methods/{card}/default": {},
        "methods/auto-pay": {"on": "1"},
        "details/me": {"first_name": "X", "last_name": "Y"},
        "details/mails": {},
        "details/invite": {"email": "x@x.example"},
        "details/password": {"password": "violet kettle marches"},
    }
    before = everything()
    for path, data in forms.items():
        assert staff.post(f"{home}/{path}", data).status_code == 403, path
    assert everything() == before


def test_looking_on_ends_with_stop_and_with_the_staffs_session(staff, two):
    staff.get(f"/portal/as/{two.ada}")
    assert staff.get(f"/portal/{two.ada}/stop").headers["location"] == f"/customers/{two.ada}"
    assert staff.get(f"/portal/{two.ada}").status_code == 303
    staff.get(f"/portal/as/{two.ada}")
    from arbill_app.dashboard.shell.session import cookie_name

    staff.client.cookies.delete(cookie_name())
    assert staff.get(f"/portal/{two.ada}").status_code == 303


def test_nobody_looks_on_at_another_partners_customer_or_without_being_staff(staff, another, two):
    assert staff.get(f"/portal/as/{two.clara}").status_code == 404
    staff.client.cookies.set("arbill_view_as", "1")
    assert staff.get(f"/portal/{two.clara}").status_code == 303
    assert another.get(f"/portal/as/{two.ada}").status_code == 401
    another.client.cookies.set("arbill_view_as", "1")
    assert another.get(f"/portal/{two.ada}").status_code == 303
    another.sign_in("bruno@brunomotors.example")
    assert another.get(f"/portal/{two.ada}").status_code == 404
    assert row(two.nora, Customer, two.ada).auto_pay is False


def test_nobody_looks_on_without_a_line_in_the_security_log(staff, two):
    """It begins at one address, which writes it down; a cookie made up, or of another customer, is worth nothing."""
    for made_up in ("1", "true", f"{two.ada}", "a.b.c"):
        staff.client.cookies.set("arbill_view_as", made_up)
        assert staff.get(f"/portal/{two.ada}").status_code == 303
        staff.client.cookies.delete("arbill_view_as")
    assert viewings() == 0
    staff.get(f"/portal/as/{two.ada}")
    assert (viewings(), staff.get(f"/portal/{two.ada}").status_code) == (1, 200)
    kept = next(cookie.value for cookie in staff.client.cookies.jar if cookie.name == "arbill_view_as")
    staff.client.cookies.set("arbill_view_as", kept, path=f"/portal/{two.bruno}")
    assert staff.get(f"/portal/{two.bruno}").status_code == 303, "begun for another customer"


def test_another_site_begins_no_looking_on(staff, two):
    crossing = staff.get(f"/portal/as/{two.ada}", headers={"sec-fetch-site": "cross-site"})
    assert (crossing.status_code, viewings()) == (403, 0)


def viewings():
    with transactions.engine().connect() as connection:
        return connection.execute(text("SELECT count(*) FROM security_event WHERE action = 'view_as'")).scalar()


def everything():
    skipped = ("staff_session", "try_count", "known_device", "security_event")
    with transactions.engine().connect() as connection:
        return {
            table.name: sorted(map(str, connection.execute(table.select()).all()))
            for table in metadata.sorted_tables
            if table.name not in skipped
        }
