"""Second factors of a person: an authenticator app, passkeys, and recovery codes for when none is at hand.

Whoever has an app or a passkey needs one of them, or a recovery code, besides the password.
"""

from sqlalchemy import delete
from sqlmodel import col, func, select

from ...kernel import clock
from ...kernel.db.transactions import Tx
from ...kernel.encryption.values import encrypt
from ..models import RECOVERY, Person, RecoveryCode, StaffSession
from ..passkeys.models import Passkey
from ..people import Member
from .secrets import new_recovery_codes, recovery_digest
from .sessions import end_sessions


def passkeys_of(tx: Tx, person: Person) -> int:
    return int(tx.scalar(select(func.count()).where(Passkey.person_id == person.id)))


def added(tx: Tx, me: Member) -> list[str]:
    """An app or passkey was set up in this browser. The first one ends every other session and brings recovery codes,
    shown this once; later ones bring none."""
    now = clock.now()
    if tx.actor.session_id:
        tx.get(StaffSession, tx.actor.session_id).second_factor_at = now
    if me.person.second_factor_since:
        return []
    me.person.second_factor_since = now
    end_sessions(tx, me.person, but=tx.actor.session_id)
    return renew_codes(tx, me.person)


def removed(tx: Tx, person: Person) -> bool:
    """After one was removed: whether another is left. The recovery codes go with the last one."""
    tx.flush()
    if person.totp_since or passkeys_of(tx, person):
        return True
    person.second_factor_since = None
    _forget_codes(tx, person)
    return False


def forget_all(tx: Tx, person: Person) -> None:
    """App, passkeys and codes: for the operator, who helps somebody in that lost them."""
    person.totp_sealed, person.totp_since, person.totp_last_step = "", None, 0
    tx.session.execute(delete(Passkey).where(col(Passkey.person_id) == person.id))
    removed(tx, person)


def renew_codes(tx: Tx, person: Person) -> list[str]:
    _forget_codes(tx, person)
    codes = new_recovery_codes()
    for code in codes:
        tx.create(RecoveryCode, person_id=person.id, code_sealed=encrypt(recovery_digest(code), RECOVERY))
    return codes


def _forget_codes(tx: Tx, person: Person) -> None:
    tx.session.execute(delete(RecoveryCode).where(col(RecoveryCode.person_id) == person.id))
