"""A statement with more entries than a PDF holds is offered as a CSV, which always has all of them."""

import csv
import io

import pytest

from arbill_app.portal import statement
from tests.world import make_invoice, make_payment


@pytest.fixture
def home(two, monkeypatch):
    monkeypatch.setattr(statement, "MOST_PRINTED", 3)
    for i in range(3):
        make_invoice(two.nora, two.ada, memo="＝2+3" if i == 0 else "Garden")
    return f"/portal/{two.ada}/statement"


def rows(answer):
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_as_many_as_fit_are_printed(ada, home):
    assert ada.get(f"{home}.pdf").content.startswith(b"%PDF-")
    page = ada.get(home).text
    assert "statement.pdf?" in page
    assert "statement.csv?" in page


def test_more_are_offered_as_a_csv(ada, home, two):
    make_payment(two.nora, two.ada, "5")
    said = "This period has 4 entries and a PDF holds 3. Choose a shorter period, or download the CSV."
    page = ada.get(home).text
    assert said in page
    assert "statement.pdf?" not in page
    refused = ada.get(f"{home}.pdf")
    assert refused.status_code == 422
    assert said in refused.text
    answer = ada.get(f"{home}.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment; ")
    head, *found = rows(answer)
    assert head == ["Date", "What", "Memo", "Amount", "Balance", "Currency"]
    assert len(found) == 4
    assert found[0][2] == "'＝2+3"
    assert found[-1][3:] == ["-5.00", f"{sum(float(row[3]) for row in found):.2f}", "USD"]
