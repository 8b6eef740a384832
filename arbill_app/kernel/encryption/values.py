"""Encryption at rest and signed values, both with this installation's secret key.

The key is `ARBILL_SECRET_KEY`, else the file `secret.key` under ARBILL_HOME, made at first use. Several may be given
(with commas, or one a line in the file): the first encrypts and signs, all of them are tried for reading. Each purpose
gets keys of its own, derived by HKDF, so that a value made for one purpose is worth nothing for another.
"""

import base64
import hashlib
import os
import secrets
import tempfile
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from itsdangerous import BadSignature, Signer, TimestampSigner

from .. import clock
from ..errors import ArbillError
from ..settings import LEAST_KEY, settings

LEAST = LEAST_KEY  # a key is not stretched like a password, so it has to be random


class WrongKey(ArbillError):
    """The secret key is missing, too short, or not the one this was encrypted with."""


class NothingSealed(ArbillError):
    """An empty value was to be decrypted: no key is wrong, the row holds nothing."""


def encrypt(plain: str, purpose: str) -> str:
    """ASCII text, about 100 characters longer than a third more than `plain`'s bytes. Differs each time."""
    return _fernet(keys(), purpose).encrypt(plain.encode(errors="surrogatepass")).decode()


def decrypt(sealed: str, purpose: str) -> str:
    """What `encrypt` was given for the same purpose. WrongKey when no key opens it, or when it was changed.

    NothingSealed for "": callers decide what an empty column means before they ask.
    """
    if not sealed:
        raise NothingSealed(f"There is no encrypted {purpose} here: the value is empty.")
    try:
        return _fernet(keys(), purpose).decrypt(sealed).decode(errors="surrogatepass")
    except (InvalidToken, ValueError):
        raise WrongKey("This was encrypted with another secret key. Run arbill doctor.") from None


def renew(sealed: str, purpose: str) -> str:
    """The same plain text, encrypted with the first key. WrongKey as in `decrypt`."""
    try:
        return _fernet(keys(), purpose).rotate(sealed).decode()
    except (InvalidToken, ValueError):
        raise WrongKey("This was encrypted with another secret key. Run arbill doctor.") from None


def is_sealed(text: str) -> bool:
    """Whether this looks like something that `encrypt` made: a Fernet token of version 0x80."""
    return text.startswith("gAAAAA") and len(text) >= 100


def sign(value: str, purpose: str, *, dated: bool = True) -> str:
    """`value` with the time and a signature behind it, fit for a URL or a cookie when `value` is. Not encrypted.

    Without `dated` it has no time in it, and is the same for the same value.
    """
    signer = _signer(keys(), purpose) if dated else _undated(keys(), purpose)
    return signer.sign(value).decode()


def unsign(signed: str, purpose: str, max_age: timedelta | None = None, *, dated: bool = True) -> str | None:
    """The value that was signed for this purpose, or None: forged, changed, or older than `max_age`."""
    age = None if max_age is None else int(max_age.total_seconds())
    try:
        if not dated:
            return _undated(keys(), purpose).unsign(signed).decode()
        return _signer(keys(), purpose).unsign(signed, max_age=age).decode()
    except (BadSignature, UnicodeError):
        return None


# ---------------------------------------------------------------- the key


def keys() -> tuple[str, ...]:
    """The newest first. A key file that was changed counts at once, in running processes too."""
    if settings().secret_key:
        return _several(str(settings().secret_key))
    file = key_file()
    if not file.exists():
        _make(file)
    return _read(file, file.stat().st_mtime_ns)


def key_file() -> Path:
    """Where the key is kept without ARBILL_SECRET_KEY."""
    return settings().home / "secret.key"


def key_place() -> str:
    """For people: where the key comes from."""
    return "ARBILL_SECRET_KEY" if settings().secret_key else str(key_file())


def new_key() -> str:
    return secrets.token_urlsafe(32)


def write_keys(file: Path, wanted: tuple[str, ...]) -> None:
    """Replaces the file in one step; only its owner may read it."""
    half = _written(file, wanted)
    half.replace(file)


def _make(file: Path) -> None:
    """os.link fails where the file exists, so processes that start at the same moment all use the key of the first."""
    half = _written(file, (new_key(),))
    try:
        os.link(half, file)
    except FileExistsError:
        pass
    finally:
        half.unlink()


def _written(file: Path, wanted: tuple[str, ...]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    number, name = tempfile.mkstemp(prefix=".secret.", dir=file.parent)  # 0600
    with os.fdopen(number, "w") as half:
        half.write("".join(f"{key}\n" for key in wanted))
        half.flush()
        os.fsync(number)
    return Path(name)


@lru_cache(maxsize=4)
def _read(file: Path, _changed_at: int) -> tuple[str, ...]:
    return _several(file.read_text().replace("\n", ","))


def _several(text: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    if not found or min(map(len, found)) < LEAST:
        raise WrongKey(
            f"A secret key needs at least {LEAST} random characters, for example from: openssl rand -base64 32"
        )
    return found


# ---------------------------------------------------------------- what is derived from it


@lru_cache(maxsize=100)
def _fernet(known: tuple[str, ...], purpose: str) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(key, f"encrypt:{purpose}"))) for key in known])


@lru_cache(maxsize=100)
def _signer(known: tuple[str, ...], purpose: str) -> TimestampSigner:
    # itsdangerous wants the newest last.
    derived = [_derived(key, f"sign:{purpose}") for key in reversed(known)]
    return _Signer(derived, salt=purpose, key_derivation="hmac", digest_method=hashlib.sha256)


@lru_cache(maxsize=100)
def _undated(known: tuple[str, ...], purpose: str) -> Signer:
    derived = [_derived(key, f"sign undated:{purpose}") for key in reversed(known)]
    return Signer(derived, salt=purpose, key_derivation="hmac", digest_method=hashlib.sha256)


class _Signer(TimestampSigner):
    """Asks arbill's clock for the time."""

    def get_timestamp(self) -> int:
        return int(clock.now().timestamp())


def _derived(key: str, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=b"arbill", info=purpose.encode()).derive(key.encode())
