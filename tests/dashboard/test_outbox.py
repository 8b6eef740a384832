"""The demo's outbox as a page: messages to customers and letters to staff, and what goes along with them."""

import asyncio

import httpx
import pytest

from arbill_app.dashboard.auth_pages.pages import api
from arbill_app.kernel.db.transactions import write
from arbill_app.kernel.message import Message
from arbill_app.kernel.settings import settings
from arbill_app.messages import attachments

PDF = b"%PDF-1.7 made up"


@pytest.fixture
def browser(two, monkeypatch):
    monkeypatch.setitem(attachments.PRODUCERS, "inv", lambda tx, id: ('Facture "é".pdf', "application/pdf", PDF))
    return get


def get(path):
    """What a browser gets of our own pages."""

    async def asked():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url=settings().origin) as client:
            return await client.get(path)

    return asyncio.run(asked())


def send(two, **changes):
    values = {"customer": "Ada <b>Interiors</b>", "number": "INV-0042", "total": "$5.00", "memo": "<script>x</script>"}
    people = [("Ada Quill", "ada@x.example"), ("Ben <i>Ochre</i>", "ben@x.example")]
    given = {"kind": "invoice", "to": people, "language": "en", "values": values, "attach": ["inv_1"]}
    message = Message(**(given | changes))
    return write(two.nora, lambda tx: tx.later("email", "issue:inv_1", message.payload()).id)


def test_the_outbox_shows_messages_and_letters_escaped(two, browser):
    send(two, cc=["books@x.example"], link="https://pay.example/x?a=1&b=2", language="de")
    page = browser("/outbox").text
    assert "Invoice INV-0042 from Northwind" in page
    assert "Ada Quill &lt;ada@x.example&gt;, Ben &lt;i&gt;Ochre&lt;/i&gt; &lt;ben@x.example&gt;" in page
    assert "Cc books@x.example" in page
    assert "There is no Deutsch wording yet" in page
    assert 'href="https://pay.example/x?a=1&amp;b=2"' in page
    assert "<script>x" not in page
    assert "<b>Interiors" not in page
    assert "invites you to Northwind on arbill" in page, "a letter to staff"


def test_what_goes_along_is_downloaded_never_shown(two, browser):
    id = send(two)
    assert f'href="/outbox/{id}/0"' in browser("/outbox").text
    answer = browser(f"/outbox/{id}/0")
    assert (answer.content, answer.headers["content-type"]) == (PDF, "application/pdf")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''Facture%20%22%C3%A9%22.pdf"


@pytest.mark.parametrize("path", ["{id}/1", "{id}/-1", "eff_nothing/0"])
def test_what_is_not_there_is_no_page(two, browser, path):
    assert browser("/outbox/" + path.format(id=send(two))).status_code == 404


def test_outside_the_demo_nothing_of_it_is_shown(two, browser, monkeypatch):
    id = send(two)
    monkeypatch.setenv("ARBILL_DEMO", "false")
    settings.cache_clear()
    assert [browser(path).status_code for path in ("/outbox", f"/outbox/{id}/0")] == [404, 404]
