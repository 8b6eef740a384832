"""Papers, files and payment links over HTTP: who gets them, and what they tell."""

import io
import zipfile

import httpx
import pytest

from arbill_app.dashboard.shell import routes
from arbill_app.invoices.commands.attachments import LARGEST, attach
from arbill_app.invoices.commands.credit_notes import credit_invoice
from arbill_app.invoices.commands.issuing import void_invoice
from arbill_app.invoices.models import Invoice
from arbill_app.invoices.views.invoices import invoice_view
from arbill_app.kernel.db.transactions import read, write
from tests.security.conftest import MARK, Site, everything
from tests.world import make_draft_invoice, make_invoice, make_payment

PDF = b"%PDF-1.7 nothing much"
CREDIT = {"reason": "Goodwill", "amount": "10"}


class Papers:
    """One invoice with everything that belongs to it, and where all that is to be had."""

    def __init__(self, site: Site, by: str = "nora", customer: str = "ada", memo: str = "Garden") -> None:
        actor = getattr(site.people, by)
        self.invoice = make_invoice(actor, getattr(site.people, customer), memo=memo, note="Between us")
        self.credit = write(actor, credit_invoice, self.invoice, f"key-{self.invoice}", CREDIT).id
        self.file = write(actor, attach, self.invoice, "plan.pdf", PDF).id
        unwritten = {"parts": {self.invoice: "0"}, "receipt": False}
        self.payment = make_payment(actor, getattr(site.people, customer), "5", **unwritten)
        self.link = read(actor, invoice_view, self.invoice).link.partition("/pay/")[2]
        self.paths = (
            f"{routes.INVOICE_PDF}/{self.invoice}.pdf",
            f"{routes.CREDIT_PDF}/{self.credit}.pdf",
            f"{routes.RECEIPT_PDF}/{self.payment}.pdf",
            f"{routes.ATTACHMENT}/{self.file}",
            f"{routes.ZIP}?id={self.invoice}",
        )


def get(site: Site, path: str, who: str = "") -> httpx.Response:
    return httpx.get(site.origin + path, headers={"cookie": site.cookies[who]} if who else {}, timeout=30)


def send(site: Site, invoice_id: str, who: str = "", name: str = "plan.pdf", content: bytes = PDF, **headers: str):
    cookie = {"cookie": site.cookies[who]} if who else {}
    return httpx.post(
        site.origin + routes.ATTACHMENT,
        data={"invoice": invoice_id},
        files={"file": (name, content)},
        headers={"origin": site.origin} | cookie | headers,
        timeout=30,
    )


def test_strangers_get_no_paper(site: Site) -> None:
    mine = Papers(site)
    for path in (*mine.paths, routes.EXPORT_INVOICES, routes.EXPORT_PAYMENTS):
        for cookie in ("", "arbill_session=forged"):
            answer = httpx.get(site.origin + path, headers={"cookie": cookie})
            assert answer.status_code == 401, path
            assert b"%PDF" not in answer.content
    before = everything()
    assert send(site, mine.invoice).status_code == 401
    assert everything() == before


def test_another_partners_papers_do_not_exist(site: Site) -> None:
    theirs = Papers(site, "sol", "clara", memo=f"{MARK} shelves")
    for path in theirs.paths:
        answer = get(site, path, "nora")
        assert answer.status_code == 404, path
        assert MARK not in answer.text
    before = everything()
    assert send(site, theirs.invoice, "nora").status_code == 404
    assert everything() == before


def test_the_lists_hold_only_ones_own(site: Site) -> None:
    mine, theirs = Papers(site), Papers(site, "sol", "clara", memo=f"{MARK} shelves")
    text = get(site, f"{routes.EXPORT_INVOICES}?customer={site.people.ada}", "nora").text
    assert mine.invoice in text
    assert MARK not in get(site, routes.EXPORT_INVOICES, "nora").text
    assert get(site, f"{routes.EXPORT_INVOICES}?customer={site.people.clara}", "nora").text.count("\n") == 1
    both = get(site, f"{routes.ZIP}?id={mine.invoice}&id={theirs.invoice}&id=%00", "nora")
    with zipfile.ZipFile(io.BytesIO(both.content)) as archive:
        assert len(archive.namelist()) == 1


def test_read_only_staff_take_papers_along_and_bring_none(site: Site) -> None:
    mine = Papers(site)
    for path in mine.paths:
        assert get(site, path, "rhea").status_code == 200, path
    before = everything()
    assert send(site, mine.invoice, "rhea").status_code == 403
    assert everything() == before


def test_a_pdf_is_named_after_its_number_and_is_looked_at_only_on_request(site: Site) -> None:
    mine = Papers(site)
    number = read(site.people.nora, invoice_view, mine.invoice).number
    saved, looked = get(site, mine.paths[0], "nora"), get(site, mine.paths[0] + "?view=1", "nora")
    assert saved.headers["content-disposition"] == f"attachment; filename*=UTF-8''Invoice%20{number}.pdf"
    assert looked.headers["content-disposition"].startswith("inline; ")
    assert saved.headers["cache-control"] == "no-store"
    assert saved.content.startswith(b"%PDF-")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"origin": ""},
    ],
)
def test_an_upload_from_elsewhere_is_refused(site: Site, headers: dict[str, str]) -> None:
    mine = Papers(site)
    before = everything()
    assert send(site, mine.invoice, "nora", **headers).status_code == 403
    assert everything() == before


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("plan.exe", b"MZ", 422),
        ("plan.pdf", b"MZ this is none", 422),
        ("plan.html", b"<script>alert(1)</script>", 422),
        ("plan.svg", b"<svg onload='alert(1)'/>", 422),
        ("plan.pdf", b"", 422),
        ("plan.pdf", PDF + b"x" * LARGEST, 422),
        ("plan.pdf", PDF + b"x" * (LARGEST + 50_000), 413),
    ],
)
def test_only_harmless_files_come_in(site: Site, name: str, content: bytes, status: int) -> None:
    mine = Papers(site)
    before = everything()
    answer = send(site, mine.invoice, "mia", name, content)
    assert answer.status_code == status
    assert answer.json()["errors"]["file"]
    assert everything() == before


def test_a_file_is_saved_not_shown_and_its_name_does_no_harm(site: Site) -> None:
    mine = Papers(site)
    assert send(site, mine.invoice, "mia", '../../<b>"plan"\r\nx: y.txt', b"<script>alert(1)</script>").json() == {}
    newest = read(site.people.nora, invoice_view, mine.invoice).files[-1]
    answer = get(site, f"{routes.ATTACHMENT}/{newest.id}", "nora")
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    assert not {"/", "<", '"', "\n"} & set(newest.name)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"].startswith("text/plain")


# ---------------------------------------------------------------- payment links


def test_a_payment_link_shows_one_invoice_to_whoever_holds_it(site: Site) -> None:
    mine = Papers(site)
    seen = read(site.people.nora, invoice_view, mine.invoice)
    answer = get(site, f"{routes.PAY}/{mine.link}")
    assert answer.status_code == 200
    for shown in ("Northwind", seen.number, seen.balance, seen.due):
        assert shown in answer.text
    assert "Garden" in answer.text, "what is billed"
    for hidden in ("Between us", "Ada", "adainteriors", mine.invoice, "cus_", "par_"):
        assert hidden not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "same-origin"
    paper = get(site, f"{routes.PAY}/{mine.link}/invoice.pdf")
    assert paper.content.startswith(b"%PDF-")
    assert paper.headers["cache-control"] == "no-store"


def test_wrong_links_drafts_and_void_invoices_answer_alike(site: Site) -> None:
    draft, void = make_draft_invoice(site.people.nora, site.people.ada), make_invoice(site.people.nora, site.people.ada)
    write(site.people.nora, void_invoice, void)
    tokens = [_token(site, draft), _token(site, void), "x", "x" * 3000, Papers(site).link.swapcase()]
    answers = {(a.status_code, _unnumbered(a)) for token in tokens for a in (get(site, f"{routes.PAY}/{token}"),)}
    assert len(answers) == 1
    assert answers.pop()[0] == 404
    for token in (*tokens, "%00", "x%0a"):  # the last two are no addresses at all
        assert get(site, f"{routes.PAY}/{token}").status_code == 404
        assert get(site, f"{routes.PAY}/{token}/invoice.pdf").status_code == 404


def _unnumbered(answer: httpx.Response) -> str:
    """Without the number of the request, which each page of an error names."""
    return answer.text.replace(answer.headers["x-request-id"], "")


def _token(site: Site, invoice_id: str) -> str:
    return read(site.people.nora, lambda tx: tx.get(Invoice, invoice_id).link_token)


def test_odd_requests_are_answered_calmly(site: Site) -> None:
    for path in (
        f"{routes.INVOICE_PDF}/%00.pdf",
        f"{routes.INVOICE_PDF}/{'x' * 3000}.pdf",
        f"{routes.CREDIT_PDF}/%27.pdf",
        f"{routes.RECEIPT_PDF}/%00.pdf",
        f"{routes.RECEIPT_PDF}/{'x' * 3000}.pdf",
        f"{routes.ATTACHMENT}/%00",
        f"{routes.ZIP}",
        f"{routes.ZIP}?id=%00&" + "&".join(["id=x"] * 300),
        f"{routes.EXPORT_INVOICES}?q=%00&sort=x&tab=%27&currency=%00",
        f"{routes.PAY}/",
    ):
        assert get(site, path, "nora").status_code < 500, path
