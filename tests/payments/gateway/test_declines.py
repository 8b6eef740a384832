from arbill_app.payments.gateway.declines import ALIASES, DECLINES, decline
from arbill_app.payments.gateway.sandbox.test_numbers import NUMBERS

TELLS_TOO_MUCH = ("lost", "stolen", "fraud", "suspect")


def test_every_reason_is_said_in_sentences():
    for known in DECLINES.values():
        for said in (known.staff, known.customer, known.advice):
            assert said.endswith(".")
            assert said[0].isupper()
            assert "'" not in said


def test_what_is_called_otherwise_is_something_known():
    assert set(ALIASES.values()) <= set(DECLINES)
    assert not set(ALIASES) & set(DECLINES)


def test_a_customer_is_never_told_that_a_card_is_suspected():
    for code in ("lost_card", "stolen_card", "pickup_card", "fraudulent"):
        said = f"{DECLINES[code].customer} {DECLINES[code].advice}".lower()
        assert not [word for word in TELLS_TOO_MUCH if word in said]


def test_a_code_nobody_knows_is_an_unexplained_decline():
    assert decline("a_new_code").code == decline().code == decline("", None).code == "card_declined"


def test_the_code_that_tells_something_counts():
    assert decline("generic_decline", None, "expired_card").code == "expired_card"
    assert decline(None, "card_declined").code == "card_declined"
    assert decline("insufficient_funds", "card_declined").code == "insufficient_funds"


def test_the_sandbox_gives_known_reasons_only():
    codes = {entry.outcome.partition(":")[2] for entry in NUMBERS} - {""}
    assert codes <= set(DECLINES)
    assert len(codes) >= 10
