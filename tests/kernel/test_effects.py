import pytest

from arbill_app.kernel.db import read, write
from arbill_app.kernel.effects import Effect


def effects(actor):
    return read(actor, lambda tx: tx.all(tx.own(Effect).where(Effect.kind == "charge")))


def test_the_same_key_happens_once(two):
    for amount in (1, 2):
        write(two.nora, lambda tx, amount=amount: tx.later("charge", "inv_1", {"amount": amount}))
    assert [effect.payload for effect in effects(two.nora)] == [{"amount": 1}]


def test_the_same_key_twice_in_one_transaction_happens_once(two):
    def verb(tx):
        tx.later("charge", "inv_1", {})
        tx.later("charge", "inv_1", {})

    write(two.nora, verb)
    assert len(effects(two.nora)) == 1


def test_two_partners_may_have_the_same_key(two):
    for actor in (two.nora, two.sol):
        write(actor, lambda tx: tx.later("charge", "inv_1", {}))
    assert len(effects(two.nora)) == len(effects(two.sol)) == 1


def test_what_is_rolled_back_never_happens(two):
    def verb(tx):
        tx.later("charge", "inv_1", {})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write(two.nora, verb)
    assert effects(two.nora) == []
