"""Passwords, tokens and one-time codes: how they are made, kept and compared. Nothing here touches the database."""

import hashlib
import secrets
import time
from functools import cache

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from ...kernel.problems import Problem

LEAST = 10
MOST = 200
STEP = 30  # seconds of one TOTP step, RFC 6238


@cache
def _hasher() -> PasswordHasher:
    # OWASP's second profile: 19 MiB, two passes. With the library's 64 MiB a few sign-ins fill a small server.
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _nobody() -> str:
    return _hasher().hash(secrets.token_hex(8))


def hash_password(password: str) -> str:
    return _hasher().hash(_bytes(password))


def password_matches(password: str, hashed: str) -> bool:
    """Takes the same time for a person who does not exist (`hashed` empty)."""
    try:
        return _hasher().verify(hashed or _nobody(), _bytes(password[:MOST])) and bool(hashed)
    except VerificationError:
        return False


def _bytes(text: str) -> bytes:
    # A browser may send half a surrogate pair, which has no UTF-8 of its own.
    return text.encode(errors="surrogatepass")


def password_complaint(password: str, *about: str) -> Problem | None:
    """Why this password will not do; `about` are words it should not consist of (name, email)."""
    if len(password) < LEAST:
        return Problem("password.too_short", count=LEAST)
    if len(password) > MOST:
        return Problem("field.too_long", count=MOST)
    from zxcvbn import zxcvbn

    if zxcvbn(password[:72], user_inputs=[word for word in about if word])["score"] < 2:
        return Problem("password.easy_to_guess")
    return None


def new_token() -> tuple[str, str]:
    """(secret for the person, SHA-256 hex for the database)."""
    secret = secrets.token_urlsafe(32)
    return secret, digest(secret)


def digest(secret: str) -> str:
    return hashlib.sha256(_bytes(secret)).hexdigest()


def new_totp_secret() -> str:
    return pyotp.random_base32()


def totp_uri(secret: str, email: str) -> str:
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="arbill")


def totp_step(secret: str, code: str, after: int, at: float | None = None) -> int | None:
    """The time step this code belongs to, one step of clock drift allowed; None when wrong or not newer than `after`.

    A code is accepted once: the caller keeps the step and passes it as `after` next time.
    """
    code = "".join(code.split())
    if not (code.isascii() and code.isdigit()):
        return None
    current = int((time.time() if at is None else at) // STEP)
    if after > current + 1:
        after = 0  # accepted while the clock was ahead: nobody is locked out until that day
    for step in (current, current - 1, current + 1):
        if step > after and secrets.compare_digest(pyotp.TOTP(secret).at(step * STEP), code):
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Ten codes of 50 bits, `abcde-fghjk`, without letters that look like digits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    pick = lambda: "".join(secrets.choice(letters) for _ in range(5))  # noqa: E731
    return [f"{pick()}-{pick()}" for _ in range(10)]


def is_recovery_code(code: str) -> bool:
    """Whether it is written like one, rather than like the six digits of an app."""
    plain = "".join(code.split()).replace("-", "")
    return len(plain) == 10 and plain.isascii() and plain.isalnum() and not plain.isdigit()


def recovery_digest(code: str) -> str:
    return digest("".join(code.lower().split()).replace("-", ""))
