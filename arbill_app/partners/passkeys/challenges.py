"""What browsers were asked to sign with a passkey: kept here, for minutes, and answered once.

A challenge belongs to a purpose and to the browser that asked (its session, or the token of a short-lived cookie before
there is one), so an answer for one is worth nothing for another.
"""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import delete, or_
from sqlalchemy.orm import Session
from sqlmodel import Field, and_, col, select

from ...kernel import clock
from ...kernel.db.columns import moment
from ...kernel.db.transactions import Record, across_partners, new_id
from ...kernel.errors import Invalid
from ..auth.secrets import digest
from .protocol import LASTS, Proof, challenge_in

TOO_LATE = "That took too long, or was done already. Try again."


class Purpose(StrEnum):
    SIGN_IN = "sign_in"
    SECOND = "second_factor"
    CONFIRM = "confirm"
    ADD = "add"


class PasskeyChallenge(Record, table=True):
    """One that waits for its answer. `bound_to` is a session's id, or the digest of a browser's token."""

    __tablename__ = "passkey_challenge"
    prefix: ClassVar[str] = "pkc"

    challenge_hash: str = Field(max_length=64, unique=True)
    purpose: str = Field(max_length=20)
    bound_to: str = Field(max_length=64, index=True)
    expires_at: datetime = moment(index=True)


def issue(purpose: Purpose, bound_to: str) -> bytes:
    """A new challenge; the one that the same browser was asked before for this purpose is void."""
    challenge = secrets.token_bytes(32)
    with across_partners(write=True) as session:
        before = and_(col(PasskeyChallenge.bound_to) == bound_to, col(PasskeyChallenge.purpose) == purpose)
        session.execute(delete(PasskeyChallenge).where(or_(before, col(PasskeyChallenge.expires_at) < clock.now())))
        session.add(
            PasskeyChallenge(
                id=new_id(PasskeyChallenge.prefix),
                challenge_hash=digest(challenge.hex()),
                purpose=purpose,
                bound_to=bound_to,
                expires_at=clock.now() + timedelta(seconds=LASTS),
            )
        )
    return challenge


def take(answer: str, purpose: Purpose, bound_to: str) -> Proof:
    """The challenge that this answers, which is gone from now on, whatever becomes of the answer. Invalid for none."""
    challenge = challenge_in(answer)
    with across_partners(write=True) as session:
        if challenge is None or not _taken(session, challenge, purpose, bound_to):
            raise Invalid(passkey=TOO_LATE)
    return Proof(answer, challenge)


def _taken(session: Session, challenge: bytes, purpose: Purpose, bound_to: str) -> bool:
    asked = select(PasskeyChallenge).where(
        PasskeyChallenge.challenge_hash == digest(challenge.hex()),
        PasskeyChallenge.purpose == purpose,
        PasskeyChallenge.bound_to == bound_to,
        PasskeyChallenge.expires_at > clock.now(),
    )
    row = session.scalars(asked.with_for_update()).one_or_none()
    if row is not None:
        session.delete(row)
    return row is not None
