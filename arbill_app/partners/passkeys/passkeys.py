"""Passkeys of a person: added, listed, removed, and given instead of the password to confirm that it is you."""

from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlmodel import col, select

from ...kernel import clock
from ...kernel.db.transactions import Tx, personal
from ...kernel.errors import Conflict, Invalid, NotFound
from ...kernel.fields import check
from ...kernel.text.formatting import day
from .. import emails
from ..auth import factors
from ..auth.confirming import WrongPassword, confirmed, mark_confirmed
from ..auth.sign_in_notices import told
from ..auth.two_factor_policy import must_not_be_required
from ..models import Person, Staff
from ..people import myself
from ..views import timezone
from . import protocol
from .challenges import Purpose, issue
from .models import Passkey, PasskeyFields
from .protocol import Credential, Proof

MOST = 20
NOT_HELD = "This passkey was not accepted. Try again, or use another one."
TWICE = "This passkey is known already."


class WrongPasskey(WrongPassword):
    def __init__(self) -> None:
        super().__init__(NOT_HELD, "passkey")


@dataclass(frozen=True)
class PasskeyRow:
    id: str
    name: str
    created: str
    last_used: str


def my_passkeys(tx: Tx) -> list[PasskeyRow]:
    """The oldest first."""
    zone = timezone(tx)
    return [
        PasskeyRow(row.id, row.name, day(row.created_at, zone), day(row.last_used_at, zone) if row.last_used_at else "")
        for row in tx.all(select(Passkey).where(Passkey.person_id == _me(tx)).order_by(Passkey.id))
    ]


def _me(tx: Tx) -> str:
    """The actor's person, also in a reading transaction."""
    return str(tx.scalar(select(Staff.person_id).where(Staff.owned_by(tx.actor), Staff.id == tx.actor.id)) or "")


def _credentials(tx: Tx) -> list[str]:
    return list(tx.all(select(Passkey.credential_id).where(Passkey.person_id == _me(tx))))


# ---------------------------------------------------------------- adding and removing


@dataclass(frozen=True)
class ToAdd:
    """Who adds one, and the passkeys that they have."""

    person_id: str
    email: str
    name: str
    known: list[str]


@confirmed
@personal
def may_add(tx: Tx, name: str) -> ToAdd:
    """Invalid for a name that will not do, Conflict when there are too many already."""
    me = myself(tx)
    check(PasskeyFields, {"name": name})
    known = _credentials(tx)
    if len(known) >= MOST:
        raise Conflict(f"You have {MOST} passkeys. Remove one first.")
    return ToAdd(me.person.id, me.email, me.name, known)


def ask_to_add(wanted: ToAdd, session_id: str) -> str:
    """What the browser is asked, as JSON."""
    challenge = issue(Purpose.ADD, session_id)
    return protocol.to_add(challenge, wanted.person_id, wanted.email, wanted.name, wanted.known)


@confirmed
@personal
def add_passkey(tx: Tx, name: str, proof: Proof) -> list[str]:
    """Returns recovery codes, shown this once, when it is the first second factor of this person."""
    me = myself(tx)
    fields = check(PasskeyFields, {"name": name})
    credential = protocol.added(proof)
    if credential is None:
        raise Invalid(passkey=NOT_HELD)
    if factors.passkeys_of(tx, me.person) >= MOST:
        raise Conflict(f"You have {MOST} passkeys. Remove one first.")
    row = tx.create(
        Passkey,
        fields,
        person_id=me.person.id,
        credential_id=credential.id,
        public_key=credential.public_key,
        sign_count=credential.sign_count,
        created_at=clock.now(),
    )
    try:
        with tx.session.begin_nested():
            tx.flush()
    except IntegrityError as twice:
        raise Invalid(passkey=TWICE) from twice
    tx.record("staff.passkey_added", me.staff, note=row.name)
    told(tx, me, "passkey_added", emails.passkey_added(me, row.name), row.name)
    return factors.added(tx, me)


@confirmed
@personal
def remove_passkey(tx: Tx, passkey_id: str) -> bool:
    """Whether another second factor is left. Conflict when it is the last one and a company requires one."""
    me = myself(tx)
    mine = Passkey.id == passkey_id, Passkey.person_id == me.person.id
    row = tx.first(select(Passkey).where(*mine))
    if row is None:
        raise NotFound("This passkey is no longer here.")
    others = me.person.totp_since is not None or factors.passkeys_of(tx, me.person) > 1
    if not others:
        must_not_be_required(tx, me.person.id)
    name = row.name
    tx.delete(row)
    left = factors.removed(tx, me.person)
    tx.record("staff.passkey_removed", me.staff, note=name)
    told(tx, me, "passkey_removed", emails.passkey_removed(me, name, left), name)
    return left


# ---------------------------------------------------------------- confirming


def ask_to_confirm(session_id: str, known: list[str]) -> str:
    return protocol.to_use(issue(Purpose.CONFIRM, session_id), known)


def known_to_actor(tx: Tx) -> list[str]:
    return _credentials(tx)


@personal
def confirm_with_passkey(tx: Tx, proof: Proof) -> None:
    """Instead of the password; WrongPasskey (a WrongPassword) when it does not hold. The caller limits tries."""
    if use(tx.session, proof, myself(tx).person.id) is None:
        raise WrongPasskey()
    mark_confirmed(tx)


def use(session: Session, proof: Proof, person_id: str = "") -> Passkey | None:
    """The passkey that signed this response, with its sign count updated; None when invalid or another person's."""
    credential_id, user_id = protocol.credential_in(proof.answer)
    of = [Passkey.person_id == person_id] if person_id else []
    held = select(Passkey).where(Passkey.credential_id == credential_id, *of).with_for_update()
    row = session.scalars(held.execution_options(populate_existing=True)).one_or_none()
    if row is None or user_id not in ("", row.person_id):
        return None
    count = protocol.used(proof, Credential(row.credential_id, row.public_key, row.sign_count))
    if count is None:
        return None
    row.sign_count, row.last_used_at = count, clock.now()
    return row


def owner_of(session: Session, answer: str) -> Person | None:
    """Whose passkey an answer names, before anything is checked: to count tries against."""
    credential_id, _ = protocol.credential_in(answer)
    named = select(Person).join(Passkey, col(Passkey.person_id) == Person.id)
    return session.scalars(named.where(Passkey.credential_id == credential_id)).one_or_none()
