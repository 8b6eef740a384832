"""Whether the secret key is the one that this database was encrypted with, asked before anything starts."""

from contextlib import suppress
from typing import ClassVar

from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from ..db.columns import sealed
from ..db.transactions import Record, across_partners
from ..settings import settings
from .values import WrongKey, decrypt, encrypt, key_file, key_place

PURPOSE = "key check"
ROW = "kck_1"
LOST = (
    "This database was encrypted with a secret key that is not here. Put {place} back as it was (it belongs to the "
    "backup of the database). Old keys may follow the new one, separated by commas."
)


class KeyCheck(Record, table=True):
    """One row for the installation: a known word, encrypted when the database was first used."""

    __tablename__ = "key_check"
    prefix: ClassVar[str] = "kck"

    sealed: str = sealed(PURPOSE)


def check_key(*, keep: bool = True) -> None:
    """WrongKey, with what to do, when the key at hand does not open this database. The first time, keeps a sample,
    unless somebody only looks (`keep`).

    A missing key file is made only for a database that has never been encrypted.
    """
    with across_partners() as session:
        found = session.scalars(select(KeyCheck.sealed).where(KeyCheck.id == ROW)).first()
    if found is None:
        if not keep:
            return
        with suppress(IntegrityError), across_partners(write=True) as session:
            session.add(KeyCheck(id=ROW, sealed=encrypt("arbill", PURPOSE)))
        return
    if not settings().secret_key and not key_file().exists():
        raise WrongKey(LOST.format(place=key_place()))
    try:
        decrypt(found, PURPOSE)
    except WrongKey:
        raise WrongKey(LOST.format(place=key_place())) from None
