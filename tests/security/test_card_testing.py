"""A card tester with a payment link, against a running server: from one address, from many, and side by side."""

import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from arbill_app.invoices.models import Invoice
from arbill_app.kernel.db.transactions import read
from arbill_app.payments.charging.link_limits import BY_LINK, MOST_SETUPS
from arbill_app.payments.models import Attempt, AttemptPart
from tests import world
from tests.security.conftest import Site

DECLINED = ("4000000000000002", "4000000000009995", "4000000000009987", "4000000000009979", "4000000000000069")


@pytest.fixture
def link(site: Site) -> tuple[str, str]:
    """(a new invoice of 500.00, the address of its link)"""
    invoice = world.make_invoice(site.people.nora, site.people.ada, "500.00")
    token = read(site.people.nora, lambda tx: tx.get(Invoice, invoice).link_token)
    return invoice, f"{site.origin}/pay/{token}"


class Attacker:
    """A browser without scruples: `number` is its address, believed because the server thinks we are its proxy."""

    def __init__(self, site: Site, link: str, number: int) -> None:
        self.link, self.number = link, DECLINED[number % len(DECLINED)]
        headers = {"origin": site.origin, "x-forwarded-for": f"198.51.{number}.7"}
        self.http = httpx.Client(base_url=site.origin, headers=headers, timeout=30)

    def begin(self) -> str:
        """The address of the gateway's page, "" when it was refused."""
        answer = self.http.post(f"{self.link}/add")
        return answer.headers["location"] if answer.status_code == 303 else self._refused(answer)

    def sheet(self) -> dict[str, str]:
        """The form that pays with a declined card; {} when it was refused."""
        page = self.begin()
        if not page:
            return {}
        card = {"kind": "card", "number": self.number, "exp_month": "12", "exp_year": "2040", "cvc": "123"}
        back = self.http.get(self.http.post(page, data=card).headers["location"]).text
        key = re.search(r'name="key" value="([^"]+)"', back)
        assert key
        found = self.http.post(f"{self.link}/method", data={"key": key[1]}, follow_redirects=True).text
        return dict(re.findall(r'name="(key|setup|amount)" value="([^"]*)"', found))

    def pay(self, form: dict[str, str], amount: str) -> int:
        answer = self.http.post(f"{self.link}/pay", data=form | {"amount": amount})
        if answer.status_code != 303:
            self._refused(answer)
        return answer.status_code

    @staticmethod
    def _refused(answer: httpx.Response) -> str:
        assert answer.status_code in (422, 429), answer.text
        return ""


def attempts(site: Site, invoice: str) -> int:
    parts = read(site.people.nora, lambda tx: tx.all(tx.own(AttemptPart).where(AttemptPart.invoice_id == invoice)))
    tried = read(site.people.nora, lambda tx: tx.all(tx.own(Attempt).where(Attempt.source == "link")))
    return len({part.attempt_id for part in parts} & {one.id for one in tried})


def test_side_by_side_from_many_addresses_only_the_budget_gets_through(site, link):
    invoice, address = link
    attackers = [Attacker(site, address, n) for n in range(BY_LINK + 4)]
    sheets = [attacker.sheet() for attacker in attackers]
    with ThreadPoolExecutor(len(attackers)) as pool:
        answers = list(pool.map(lambda one: one[0].pay(one[1], "20.00"), zip(attackers, sheets, strict=True)))
    assert answers.count(303) == attempts(site, invoice) <= BY_LINK
    assert set(answers) <= {303, 429}
    assert attackers[0].http.get(address).status_code == 200, "the invoice can be read all the same"
    assert attackers[0].begin() == "", "no further page of the gateway"


def test_pages_of_the_gateway_are_counted_too(site, link):
    _, address = link
    attackers = [Attacker(site, address, 100 + n) for n in range(MOST_SETUPS + 3)]
    begun = [attacker.begin() for attacker in attackers]
    assert 0 < sum(map(bool, begun)) <= MOST_SETUPS
    assert begun[-1] == ""


def test_cents_are_not_charged(site, link):
    invoice, address = link
    attacker = Attacker(site, address, 201)
    form = attacker.sheet()
    assert [attacker.pay(form, amount) for amount in ("0.01", "0.50", "1")] == [422] * 3
    assert attempts(site, invoice) == 0
