"""The sandbox's test numbers and what becomes of each: the one table, shown on the sandbox page.

`outcome` is what a charge of it does:
success · decline:<code> at once · action (the customer must approve) · late (captured, the answer takes its time) ·
timeout (captured, no answer comes) · down (nobody is there, nothing happens) · dispute (succeeds, then is disputed) ·
settle (processing, then succeeds) · fail:<code> (processing, then declined).
"""

from dataclasses import dataclass

from ..protocol import CARD, PAD, US_BANK

ROUTING = "110000000"
INSTITUTION, TRANSIT = "000", "11000"


@dataclass(frozen=True)
class TestNumber:
    """`brand` is the card's, or the bank's name; `says` tells the sandbox page what happens."""

    number: str
    kind: str
    brand: str
    funding: str
    outcome: str
    says: str

    @property
    def grouped(self) -> str:
        if self.kind != CARD:
            return self.number
        if len(self.number) == 15:
            return f"{self.number[:4]} {self.number[4:10]} {self.number[10:]}"
        return " ".join(self.number[at : at + 4] for at in range(0, 16, 4))


def _cards() -> list[TestNumber]:
    rows = (
        ("4242424242424242", "visa", "credit", "success", "Succeeds"),
        ("4000056655665556", "visa", "debit", "success", "Succeeds, a debit card"),
        ("5555555555554444", "mastercard", "credit", "success", "Succeeds"),
        ("5200828282828210", "mastercard", "debit", "success", "Succeeds, a debit card"),
        ("378282246310005", "amex", "credit", "success", "Succeeds"),
        ("4000000000000002", "visa", "credit", "decline:card_declined", "Declined without a reason"),
        ("4000000000009995", "visa", "credit", "decline:insufficient_funds", "Declined: not enough money"),
        ("4000000000000069", "visa", "credit", "decline:expired_card", "Declined: expired"),
        ("4000000000000127", "visa", "credit", "decline:incorrect_cvc", "Declined: wrong security code"),
        ("4000000000009987", "visa", "credit", "decline:lost_card", "Declined: reported lost"),
        ("4000000000009979", "visa", "credit", "decline:stolen_card", "Declined: reported stolen"),
        ("4000000000000119", "visa", "credit", "decline:try_again_later", "Declined: the bank can’t answer"),
        ("4000002500003155", "visa", "credit", "action", "The customer must approve each payment"),
        ("4000000000000259", "visa", "credit", "dispute", "Succeeds, then is disputed"),
        ("4000000000008104", "visa", "credit", "late", "Succeeds, but answers late"),
        ("4000000000008203", "visa", "credit", "timeout", "Is captured, but no answer comes"),
        ("4000000000008302", "visa", "credit", "down", "Nobody is there: nothing happens"),
    )
    return [TestNumber(number, CARD, *rest) for number, *rest in rows]


def _accounts(kind: str, bank: str) -> list[TestNumber]:
    rows = (
        ("000123456789", "settle", "Settles after a while"),
        ("000111111113", "decline:account_closed", "Declined at once: the account is closed"),
        ("000111111116", "fail:no_account", "Fails later: no such account"),
        ("000222222227", "fail:insufficient_funds", "Fails later: not enough money"),
        ("000333333335", "fail:debit_not_authorized", "Fails later: the debit was not authorized"),
    )
    return [TestNumber(number, kind, bank, "", outcome, says) for number, outcome, says in rows]


NUMBERS = (*_cards(), *_accounts(US_BANK, "Sandbox Bank"), *_accounts(PAD, "Sandbox Credit Union"))
_KNOWN = {(entry.kind, entry.number): entry for entry in NUMBERS}


def listed(kind: str, number: str) -> TestNumber | None:
    """The test number that was typed, spaces and hyphens aside; None for any other."""
    return _KNOWN.get((kind, "".join(number.replace("-", " ").split())))
