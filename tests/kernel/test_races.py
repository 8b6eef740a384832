import threading

import anyio
import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from arbill_app.customers.models import Customer, Tag, TagFields
from arbill_app.kernel.db.transactions import ask, read, reading, run, write
from arbill_app.kernel.errors import Conflict, Invalid
from tests.together import together


def tag(tx, name="Late"):
    """As a verb that has not looked first."""
    return tx.create(Tag, TagFields(name=name), name_key=name.casefold())


@pytest.mark.parametrize("lost", [IntegrityError("", None, Exception()), StaleDataError("gone")])
def test_a_lost_race_is_tried_once_more(two, lost):
    tries = []

    def verb(tx):
        tries.append(len(tx.all(tx.own(Tag))))
        tag(tx)
        if len(tries) == 1:
            raise lost

    write(two.nora, verb)
    assert tries == [0, 0]


def test_a_race_that_is_lost_twice_is_a_conflict(two):
    write(two.nora, tag)
    with pytest.raises(Conflict, match="Try again"):
        write(two.nora, tag)


def test_a_refusal_is_not_tried_again(two):
    tries = []

    def verb(tx):
        tries.append(1)
        raise Invalid("No.")

    with pytest.raises(Invalid):
        write(two.nora, verb)
    assert tries == [1]


def test_two_who_make_the_same_thing_make_it_once(two):
    def verb(tx):
        return tx.first(tx.own(Tag).where(Tag.name_key == "late")) or tag(tx)

    made = together(*[lambda: write(two.nora, verb).id] * 2)
    assert len(set(made)) == 1


def test_many_writers_all_get_their_turn(two):
    ends = together(*(lambda i=i: [write(two.nora, tag, f"{i}-{n}") for n in range(5)] for i in range(8)))
    assert [end for end in ends if isinstance(end, Exception)] == []
    assert len(read(two.nora, lambda tx: tx.all(tx.own(Tag)))) == 40


def test_a_verb_runs_off_the_event_loop(two):
    async def body():
        made = await run(two.nora, tag)
        return made.id, [row.id for row in await ask(two.nora, lambda tx: tx.all(tx.own(Tag)))], threading.get_ident()

    def where(tx):
        return threading.get_ident()

    made, found, loop = anyio.run(body)
    assert found == [made]
    assert anyio.run(run, two.nora, where) != loop


def test_a_question_sees_one_moment(two):
    """A page and its count must not disagree because somebody wrote between the two."""
    with reading(two.nora) as tx:
        before = len(tx.all(tx.own(Tag)))
        write(two.nora, tag)
        assert len(tx.all(tx.own(Tag))) == before
    assert len(read(two.nora, lambda tx: tx.all(tx.own(Tag)))) == before + 1


def test_moments_come_back_in_utc(two):
    row = read(two.nora, lambda tx: tx.get(Customer, two.ada))
    assert row.created_at.utcoffset().total_seconds() == 0
