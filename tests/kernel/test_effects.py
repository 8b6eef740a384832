from datetime import timedelta

import pytest
import time_machine

from arbill_app.kernel.actor import job
from arbill_app.kernel.clock import now
from arbill_app.kernel.db.outbox import Effect, EffectTry
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Conflict, Forbidden, NotFound
from arbill_app.kernel.jobs import effects
from arbill_app.kernel.jobs.claiming import CLAIM
from arbill_app.kernel.jobs.effects import MOST_TRIES, Outcome
from arbill_app.kernel.lanes import Lane

START = "2027-01-01T00:00:00Z"


def later(actor, key="inv_1", **more):
    return write(actor, lambda tx: tx.later("charge", key, {"amount": 1}, **more))


def charges(actor):
    return read(actor, lambda tx: tx.all(tx.own(Effect).where(Effect.kind == "charge").order_by(Effect.id)))


def effect(actor, key="inv_1"):
    return read(actor, lambda tx: tx.first(tx.own(Effect).where(Effect.key == key)))


def tries(actor, effect):
    found = read(actor, lambda tx: tx.all(tx.own(EffectTry).where(EffectTry.effect_id == effect.id)))
    return [row.outcome for row in sorted(found, key=lambda row: row.id)]


def settle(effect, outcome):
    return write(job(effect.partner_id), effects.settle, effect, outcome, effects.WAITS)


# ---------------------------------------------------------------- written down


def test_the_same_key_happens_once(two):
    for amount in (1, 2):
        write(two.nora, lambda tx, amount=amount: tx.later("charge", "inv_1", {"amount": amount}))
    assert [effect.payload for effect in charges(two.nora)] == [{"amount": 1}]


def test_the_same_key_twice_in_one_transaction_is_the_same_effect(two):
    first, second = write(two.nora, lambda tx: (tx.later("charge", "inv_1", {}), tx.later("charge", "inv_1", {})))
    assert first.id == second.id
    assert len(charges(two.nora)) == 1


def test_two_partners_may_have_the_same_key(two):
    for actor in (two.nora, two.sol):
        later(actor)
    assert len(charges(two.nora)) == len(charges(two.sol)) == 1


def test_what_is_rolled_back_never_happens_and_wakes_nobody(two):
    def verb(tx):
        tx.later("charge", "inv_1", {})
        raise ZeroDivisionError

    effects.written.clear()
    with pytest.raises(ZeroDivisionError):
        write(two.nora, verb)
    assert charges(two.nora) == []
    assert not effects.written.is_set()


def test_what_is_committed_wakes_whoever_sets_it_off(two):
    effects.written.clear()
    later(two.nora)
    assert effects.written.is_set()


def test_an_effect_says_what_it_is_about(two):
    assert later(two.nora, about=two.ada).about == two.ada


# ---------------------------------------------------------------- begin


def test_what_has_begun_is_nobody_elses(two):
    later(two.nora)
    assert [row.key for row in effects.begin("charge", 10)] == ["inv_1"]
    assert effects.begin("charge", 10) == []


def test_the_longest_waiting_begin_first_and_only_so_many(two):
    with time_machine.travel(START, tick=False) as clock:
        for key in ("b", "a", "c"):
            later(two.nora, key)
            clock.shift(1)
        assert [row.key for row in effects.begin("charge", 2)] == ["b", "a"]


def test_only_its_kind_begins(two):
    later(two.nora)
    assert effects.begin("letter", 10) == []
    wanted = {("letter", Lane.CHARGES): 5, ("charge", Lane.CHARGES): 5, ("charge", Lane.NOW): 5}
    assert effects.waiting(wanted) == dict(zip(wanted, (0, 1, 0), strict=True))


def test_nobody_counts_further_than_needed(two):
    for key in "abc":
        later(two.nora, key)
    assert effects.waiting({("charge", Lane.CHARGES): 2}) == {("charge", Lane.CHARGES): 2}


def test_what_is_due_later_waits(two):
    with time_machine.travel(START, tick=False) as clock:
        effects.begin("email", 100)  # the world's invitations
        later(two.nora, due_at=now() + timedelta(seconds=30))
        clock.shift(29)
        queue = ("charge", Lane.CHARGES)
        assert (effects.waiting({queue: 1}), effects.begin("charge", 1)) == ({queue: 0}, [])
        assert effects.oldest_wait(now()) == timedelta()
        clock.shift(11)
        assert effects.oldest_wait(now()) == timedelta(seconds=10)
        assert len(effects.begin("charge", 1)) == 1


# ---------------------------------------------------------------- called back, tried again


@pytest.mark.parametrize("by", ["id", "key"])
def test_what_is_only_due_can_be_called_back(two, by):
    made = later(two.nora, due_at=now() + timedelta(seconds=30))
    for _ in range(2):
        write(two.nora, effects.cancel, getattr(made, by))
    assert effect(two.nora).state == "cancelled"
    assert later(two.nora).state == "cancelled"
    with time_machine.travel(now() + timedelta(minutes=1)):
        assert effects.begin("charge", 1) == []


def test_what_has_begun_or_is_done_cannot_be_called_back(two):
    made = later(two.nora)
    (begun,) = effects.begin("charge", 1)
    with pytest.raises(Conflict, match="on its way"):
        write(two.nora, effects.cancel, made.id)
    settle(begun, Outcome())
    with pytest.raises(Conflict, match="on its way"):
        write(two.nora, effects.cancel, made.key)
    assert effect(two.nora).state == "done"


@pytest.mark.parametrize("verb", [effects.cancel, effects.retry])
def test_another_partners_effect_does_not_exist(two, verb):
    made = later(two.nora)
    with pytest.raises(NotFound):
        write(two.sol, verb, made.id)


def test_a_key_of_nobodys_does_not_exist(two):
    later(two.nora)
    with pytest.raises(NotFound):
        write(two.sol, effects.cancel, "inv_1")


@pytest.mark.parametrize("state", ["failed", "unknown", "review"])
def test_a_person_tries_it_again_with_the_same_key(two, state):
    made = later(two.nora)
    (begun,) = effects.begin("charge", 1)
    settle(begun, Outcome(state, "no"))
    write(two.mia, effects.retry, made.id)
    (again,) = effects.begin("charge", 1)
    assert (again.id, again.key, again.tries) == (made.id, "inv_1", 2)
    settle(again, Outcome())
    assert tries(two.nora, made) == [state, "done"]


@pytest.mark.parametrize("state", ["due", "running", "done"])
def test_there_is_nothing_to_try_again_while_it_goes_its_way(two, state):
    made = later(two.nora)
    write(two.nora, lambda tx: setattr(tx.get(Effect, made.id), "state", state))
    with pytest.raises(Conflict, match="nothing to try"):
        write(two.nora, effects.retry, made.id)


def test_a_read_only_person_tries_nothing_again(two):
    made = later(two.nora)
    with pytest.raises(Forbidden):
        write(two.rhea, effects.retry, made.id)


# ---------------------------------------------------------------- settled


def test_done_keeps_what_the_other_side_said(two):
    later(two.nora)
    (begun,) = effects.begin("charge", 1)
    assert settle(begun, Outcome(reference="ch_1", result={"fee": 30}))
    row = effect(two.nora)
    assert (row.state, row.reference, row.result, row.claimed_until) == ("done", "ch_1", {"fee": 30}, None)
    assert row.done_at


def test_a_try_that_failed_waits_longer_each_time_and_then_has_failed(two):
    with time_machine.travel(START, tick=False) as clock:
        made = later(two.nora)
        for wait in effects.WAITS:
            (begun,) = effects.begin("charge", 1)
            settle(begun, Outcome("retry", "busy"))
            row = effect(two.nora)
            assert (row.state, row.last_error, row.due_at) == ("due", "busy", now() + wait)
            clock.shift(wait)
        (begun,) = effects.begin("charge", 1)
        settle(begun, Outcome("retry", "busy"))
    assert effect(two.nora).state == "failed"
    assert tries(two.nora, made) == ["failed"] * 6


@pytest.mark.parametrize("by_hand", ["one", "all"])
def test_a_try_by_hand_begins_the_whole_schedule_anew(two, by_hand):
    with time_machine.travel(START, tick=False) as clock:
        made = later(two.nora)
        for round in range(3):
            for wait in effects.WAITS:
                settle(effects.begin("charge", 1)[0], Outcome("retry", "busy"))
                row = effect(two.nora)
                assert (row.state, row.due_at) == ("due", now() + wait), round
                clock.shift(wait)
            settle(effects.begin("charge", 1)[0], Outcome("retry", "busy"))
            assert effect(two.nora).state == "failed"
            if by_hand == "one":
                write(two.nora, effects.retry, made.id)
            else:
                assert write(two.nora, effects.retry_failed, "charge") == 1
    assert effect(two.nora).tries == 3 * (len(effects.WAITS) + 1), "how often it was tried is not forgotten"


def test_no_answer_is_not_a_failure_it_is_asked_again_and_at_last_by_a_person(two):
    with time_machine.travel(START, tick=False) as clock:
        later(two.nora)
        for wait in effects.WAITS:
            (begun,) = effects.begin("charge", 1)
            settle(begun, Outcome("unknown", "timed out"))
            assert effect(two.nora).state == "unknown"
            clock.shift(wait)
            effects.reconcile(now())
        (begun,) = effects.begin("charge", 1)
        settle(begun, Outcome("unknown", "timed out"))
        assert effect(two.nora).state == "review"
        clock.shift(timedelta(days=30))
        assert effects.reconcile(now()) == 0


def test_the_other_side_may_say_when_to_come_back(two):
    with time_machine.travel(START, tick=False):
        later(two.nora)
        (begun,) = effects.begin("charge", 1)
        settle(begun, Outcome("retry", "slow down", again_at=now() + timedelta(hours=3)))
        assert effect(two.nora).due_at == now() + timedelta(hours=3)


def test_who_settles_twice_changes_nothing(two):
    later(two.nora)
    (begun,) = effects.begin("charge", 1)
    assert settle(begun, Outcome())
    assert not settle(begun, Outcome("failed", "late"))
    assert (effect(two.nora).state, tries(two.nora, begun)) == ("done", ["done"])


# ---------------------------------------------------------------- whoever never came back


def test_what_a_dead_worker_had_is_due_again_and_its_late_word_counts_for_nothing(two):
    with time_machine.travel(START, tick=False) as clock:
        later(two.nora)
        (dead,) = effects.begin("charge", 1)
        clock.shift(CLAIM - timedelta(seconds=1))
        assert effects.reconcile(now()) == 0
        clock.shift(2)
        assert effects.reconcile(now()) == 1
        assert effects.reconcile(now()) == 0
        (heir,) = effects.begin("charge", 1)
        assert not settle(dead, Outcome(reference="late"))
        assert not effects.hold(dead)
        assert settle(heir, Outcome(reference="ch_1"))
    assert (effect(two.nora).reference, tries(two.nora, heir)) == ("ch_1", ["lost", "done"])


def test_a_late_word_still_counts_while_nobody_has_begun_again(two):
    with time_machine.travel(START, tick=False) as clock:
        later(two.nora)
        (slow,) = effects.begin("charge", 1)
        clock.shift(CLAIM * 2)
        effects.reconcile(now())
        assert not effects.hold(slow)
        assert settle(slow, Outcome(reference="ch_1"))
        assert effects.begin("charge", 1) == []
    assert effect(two.nora).reference == "ch_1"


def test_who_is_slow_but_alive_keeps_what_it_has(two):
    with time_machine.travel(START, tick=False) as clock:
        later(two.nora)
        (slow,) = effects.begin("charge", 1)
        for _ in range(6):
            clock.shift(CLAIM * 0.8)
            assert effects.hold(slow)
            effects.reconcile(now())
        assert effects.begin("charge", 1) == []
        assert settle(slow, Outcome())


def test_what_kills_everybody_who_tries_it_is_left_to_a_person(two):
    with time_machine.travel(START, tick=False) as clock:
        later(two.nora)
        for _ in range(MOST_TRIES):
            assert len(effects.begin("charge", 1)) == 1
            clock.shift(CLAIM * 2)
            effects.reconcile(now())
        assert effects.begin("charge", 1) == []
    assert effect(two.nora).state == "review"


def test_what_was_not_tried_counts_for_nothing(two):
    later(two.nora)
    effects.give_back(effects.begin("charge", 1))
    row = effect(two.nora)
    assert (row.state, row.tries, row.claimed_until) == ("due", 0, None)
