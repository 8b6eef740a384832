"""The screen "Invoices", handler by handler."""

import asyncio
import csv
import io
import zipfile
from typing import Any

import pytest

from arbill_app.dashboard.files.documents import _documents, zipped
from arbill_app.dashboard.files.export import INVOICES, _invoice_cells, lines
from arbill_app.dashboard.screens.customer.profile import Profile
from arbill_app.dashboard.screens.invoices.listing import Invoices
from arbill_app.dashboard.shell.base import Base
from arbill_app.invoices.models import Invoice
from arbill_app.invoices.views.invoices import invoice_view
from arbill_app.invoices.views.listing import Filter, every_invoice, list_invoices
from arbill_app.kernel.db.outages import AWAY
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Unavailable
from arbill_app.kernel.typesetting.pool import Requester
from tests import world
from tests.world import make_draft_invoice, make_invoice

WRITING: dict[Any, Any] = {
    Invoices.ask_send: {},
    Invoices.send_selected: {},
    Invoices.ask_void: {},
    Invoices.void_selected: {},
}
READING = {
    Invoices.load: {},
    Invoices.add_up: {},
    Invoices.search: {"words": "x"},
    Invoices.narrow: {"name": "currency", "value": "USD"},
    Invoices.pick: {"id": "x"},
    Invoices.pick_all: {},
    Invoices.pick_none: {},
    Invoices.keep: {},
}


@pytest.fixture
def mia(two, pipeline):
    """A member: everybody who writes may send and void."""
    return pipeline.tab("mia@northwind.example", path="/invoices")


def at(tab, query):
    tab.router = tab.router | {"asPath": f"/invoices?{query}"}
    return tab.do(Invoices.load)


def shown(tab):
    return [row.id for row in tab.state(Invoices).rows]


def overdue(two, invoice_id):
    def make(tx):
        tx.get(Invoice, invoice_id).due_on = world.today().replace(year=world.today().year - 1)

    write(two.nora, make)


def test_the_newest_come_first_with_what_they_add_up_to(two, mia):
    first, second = make_invoice(two.nora, two.ada, "100"), make_invoice(two.nora, two.bruno, "250.50")
    state = mia.do(Invoices.load).state(Invoices)
    assert shown(mia) == [second, first]
    assert (state.total, state.first, state.last) == ("2", 1, 2)
    assert [(sum.count, sum.total, sum.balance) for sum in state.sums] == [("2", "$350.50", "$350.50")]


def test_each_tab_shows_its_own(two, mia):
    draft, plain = make_draft_invoice(two.nora, two.ada), make_invoice(two.nora, two.ada)
    late = make_invoice(two.nora, two.bruno)
    overdue(two, late)
    for tab, wanted in (("draft", [draft]), ("open", [late, plain]), ("overdue", [late]), ("paid", []), ("", 3)):
        at(mia, f"tab={tab}")
        assert len(shown(mia)) == 3 if wanted == 3 else shown(mia) == wanted, tab


def test_searching_and_narrowing_change_the_address_alone(two, mia):
    mia.do(Invoices.load).do(Invoices.search, words=" INV-0001 ")
    assert mia.went_to == ["/invoices?q=INV-0001"]
    mia.do(Invoices.narrow, name="currency", value="USD")
    assert mia.went_to == ["/invoices?currency=USD"]
    mia.do(Invoices.narrow, name="q", value="x")
    assert mia.went_to == []


@pytest.mark.parametrize("words", ["INV-0002", "bruno", "roof", "1,250.50", "1250.50"])
def test_an_invoice_is_found_by_number_customer_memo_and_amount(two, mia, words):
    make_invoice(two.nora, two.ada, "100", memo="Garden")
    wanted = make_invoice(two.nora, two.bruno, "1250.50", memo="New roof")
    at(mia, f"q={words}")
    assert shown(mia) == [wanted]


def test_the_search_box_is_drawn_afresh_only_for_words_from_elsewhere(two, mia):
    mia.do(Invoices.load).do(Invoices.search, words="a").do(Invoices.search, words="ad")
    before = mia.state(Invoices).finds
    at(mia, "q=a")
    at(mia, "q=ad")
    assert mia.state(Invoices).finds == before
    at(mia, "")
    assert mia.state(Invoices).finds == before + 1


def test_a_customers_list_says_whose_it_is_and_how_to_leave_it(two, mia):
    wanted = make_invoice(two.nora, two.ada)
    make_invoice(two.nora, two.bruno)
    state = at(mia, f"customer={two.ada}&tab=open").state(Invoices)
    assert (shown(mia), state.company) == ([wanted], "Ada Interiors")
    assert state.hrefs["anybody"] == "/invoices?tab=open"
    assert state.hrefs["create"] == f"/invoices/new?customer={two.ada}"
    assert state.hrefs["tab_paid"] == f"/invoices?tab=paid&customer={two.ada}"


@pytest.mark.parametrize(
    ("sort", "hrefs"),
    [
        ("", {"created": "/invoices?sort=created", "due": "/invoices?sort=due", "amount": "/invoices?sort=-amount"}),
        ("created", {"created": "/invoices"}),
        ("due", {"due": "/invoices?sort=-due"}),
        ("-amount", {"amount": "/invoices?sort=amount"}),
    ],
)
def test_a_columns_head_sorts_and_turns_round(two, mia, sort, hrefs):
    state = at(mia, f"sort={sort}").state(Invoices)
    assert {key: state.hrefs[key] for key in hrefs} == hrefs


def test_sorting_by_amount_and_due_date(two, mia):
    small = make_invoice(two.nora, two.ada, "10", due_on=world.in_days(9))
    great = make_invoice(two.nora, two.ada, "90", due_on=world.in_days(3))
    assert shown(at(mia, "sort=-amount")) == [great, small]
    assert shown(at(mia, "sort=due")) == [great, small]
    assert shown(at(mia, "sort=-due")) == [small, great]


@pytest.mark.parametrize("query", ["sort=number", "tab=%00x", "currency=%27", "after=garbage", "q=" + "x" * 5000])
def test_odd_addresses_are_answered_calmly(two, mia, query):
    make_invoice(two.nora, two.ada)
    at(mia, query)
    assert mia.state(Invoices).loading is False
    assert mia.notice == ""


def test_an_outage_at_the_first_load_is_not_taken_for_an_empty_list(two, mia, pipeline, monkeypatch):
    make_invoice(two.nora, two.ada)

    async def away(*_):
        raise Unavailable(AWAY)

    monkeypatch.setattr(Invoices, "_ask", away)
    with pytest.raises(Unavailable):
        mia.do(Invoices.load)
    assert (mia.state(Invoices).loading, [str(crash) for crash in pipeline.crashes]) == (True, [str(AWAY)])
    pipeline.crashes.clear()
    monkeypatch.undo()
    mia.do(Invoices.load)
    assert (mia.state(Invoices).loading, len(shown(mia))) == (False, 1)


# ---------------------------------------------------------------- several


def test_sending_several_says_who_has_nobody(two, mia):
    alone = world.make_customer(two.nora, "Lonely Lamps", [world.user(mail_billing=False)])
    ids = [make_invoice(two.nora, two.ada), make_invoice(two.nora, two.bruno), make_invoice(two.nora, alone)]
    draft = make_draft_invoice(two.nora, two.ada)
    mia.do(Invoices.load).do(Invoices.pick_all).do(Invoices.ask_send)
    asked = mia.state(Invoices).asked
    assert asked.startswith("Send 3 invoices: ")
    assert sorted(name for name in ("Ada Interiors", "Bruno Motors", "Lonely Lamps") if name in asked)
    assert "Draft" not in asked
    mia.do(Invoices.send_selected)
    assert mia.notice == "Sent 2 invoices; 1 has nobody to send it to."
    times = [read(two.nora, invoice_view, id).times_sent for id in [*ids, draft]]
    assert times == [1, 1, 0, 0]


def test_a_second_click_on_send_sends_nothing_more(two, mia):
    invoice = make_invoice(two.nora, two.ada)
    mia.do(Invoices.load).do(Invoices.pick, id=invoice).do(Invoices.send_selected)
    assert read(two.nora, invoice_view, invoice).times_sent == 0, "nobody was asked"
    mia.do(Invoices.ask_send).do(Invoices.send_selected).do(Invoices.send_selected)
    assert mia.notice == "Sent 1 invoice."
    assert read(two.nora, invoice_view, invoice).times_sent == 1


def test_a_yes_to_send_is_about_the_invoices_that_were_named(two, mia):
    named, ticked_later = make_invoice(two.nora, two.ada), make_invoice(two.nora, two.bruno)
    mia.do(Invoices.load).do(Invoices.pick, id=named).do(Invoices.ask_send)
    mia.do(Invoices.pick, id=ticked_later).do(Invoices.send_selected)
    assert [read(two.nora, invoice_view, id).times_sent for id in (named, ticked_later)] == [1, 0]


def test_a_no_sends_nothing(two, mia):
    invoice = make_invoice(two.nora, two.ada)
    mia.do(Invoices.load).do(Invoices.pick, id=invoice).do(Invoices.ask_send).do(Invoices.keep)
    mia.do(Invoices.send_selected)
    assert read(two.nora, invoice_view, invoice).times_sent == 0


def test_drafts_alone_are_not_asked_about(two, mia):
    make_draft_invoice(two.nora, two.ada)
    mia.do(Invoices.load).do(Invoices.pick_all).do(Invoices.ask_send)
    assert (mia.state(Invoices).asking, mia.notice) == ("", "None of these can be sent: they are drafts or void.")


def test_voiding_several_asks_first_and_leaves_what_cannot_be_voided(two, mia):
    invoice, draft = make_invoice(two.nora, two.ada), make_draft_invoice(two.nora, two.ada)
    mia.do(Invoices.load).do(Invoices.pick, id=invoice).do(Invoices.pick, id=draft)
    mia.do(Invoices.void_selected)
    assert read(two.nora, invoice_view, invoice).status == "open", "nobody said yes yet"
    mia.do(Invoices.ask_void).do(Invoices.void_selected)
    assert mia.notice.startswith("1 invoice voided. 1 cannot be voided")
    assert [read(two.nora, invoice_view, id).status for id in (invoice, draft)] == ["voided", "draft"]


def test_what_is_selected_can_be_downloaded_in_one(two, mia):
    ids = [
        make_invoice(two.nora, two.ada),
        make_draft_invoice(two.nora, two.ada),
        make_draft_invoice(two.nora, two.ada),
    ]
    mia.do(Invoices.load).do(Invoices.pick, id=ids[0])
    assert mia.state(Invoices).zip_href == f"/export/invoices.zip?id={ids[0]}"
    documents = read(two.nora, _documents, [*ids, ids[0], "inv_unknown"])

    async def streamed():
        return b"".join([piece async for piece in zipped(documents, Requester("par_x", "staff:mia"))])

    with zipfile.ZipFile(io.BytesIO(asyncio.run(streamed()))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["Invoice INV-0001.pdf", "Invoice Draft.pdf", "Invoice Draft (2).pdf"]
        assert all(archive.read(name).startswith(b"%PDF-") for name in archive.namelist())


def test_another_partners_invoices_are_in_no_archive(two):
    assert read(two.sol, _documents, [make_invoice(two.nora, two.ada)]) == []


def test_the_export_holds_the_filter_as_numbers_and_harmless_text(two):
    make_invoice(two.nora, two.ada, "1250.50", memo="=HYPERLINK(1)")
    make_invoice(two.nora, two.bruno)
    text = "".join(lines(two.nora, INVOICES, lambda tx: map(_invoice_cells, every_invoice(tx, Filter(q="ada")))))
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [(row["Customer"], row["Amount"], row["Balance"], row["Currency"]) for row in rows] == [
        ("Ada Interiors", "1250.50", "1250.50", "USD")
    ]
    assert rows[0]["Memo"] == "'=HYPERLINK(1)"


# ---------------------------------------------------------------- elsewhere


def test_the_profile_shows_the_customers_latest_ten(two, pipeline):
    invoices = [make_invoice(two.nora, two.ada, str(amount)) for amount in range(10, 22)]
    make_invoice(two.nora, two.bruno)
    tab = pipeline.tab("rhea@northwind.example", path=f"/customers/{two.ada}").do(Profile.load)
    assert [row.id for row in tab.state(Profile).invoices] == invoices[:1:-1]


def test_the_command_palette_finds_customers_and_invoices(two, mia):
    invoice, draft = make_invoice(two.nora, two.ada, "100"), make_draft_invoice(two.nora, two.ada, "50")
    mia.do(Base.find, words="ada")
    assert mia.state(Base).found == [
        [f"/customers/{two.ada}", "Ada Interiors", "Columbus, OH"],
        [f"/invoices/new?draft={draft}", "Draft · Ada Interiors", "$50.00 · Draft"],
        [f"/invoices/{invoice}", "INV-0001 · Ada Interiors", "$100.00 · Open"],
    ]
    mia.do(Base.find, words="  ")
    assert mia.state(Base).found == []


# ---------------------------------------------------------------- who may


def test_read_only_people_look_and_change_nothing(two, pipeline):
    invoice = make_invoice(two.nora, two.ada)
    rhea = pipeline.tab("rhea@northwind.example", path="/invoices").do(Invoices.load).do(Invoices.pick, id=invoice)
    assert shown(rhea) == [invoice]
    for handler, payload in WRITING.items():
        assert rhea.denies(handler, **payload)
    seen = read(two.nora, invoice_view, invoice)
    assert (seen.status, seen.times_sent) == ("open", 0)


def test_strangers_are_sent_to_sign_in(two, pipeline):
    make_invoice(two.nora, two.ada)
    stranger = pipeline.tab()
    for handler, payload in {**READING, **WRITING}.items():
        stranger.do(handler, **payload)
        assert stranger.went_to == ["/login"]
        assert shown(stranger) == []


def test_another_partners_invoices_do_not_exist(two, mia):
    theirs = make_invoice(two.sol, two.clara)
    at(mia, f"customer={two.clara}")
    assert (shown(mia), mia.state(Invoices).company, mia.state(Invoices).sums) == ([], "", [])
    mia.do(Invoices.pick, id=theirs).do(Invoices.ask_send).do(Invoices.send_selected).do(Invoices.pick, id=theirs)
    mia.do(Invoices.ask_void).do(Invoices.void_selected)
    seen = read(two.sol, invoice_view, theirs)
    assert (seen.status, seen.times_sent) == ("open", 0)
    assert read(two.sol, list_invoices, Filter()).total == "1"
