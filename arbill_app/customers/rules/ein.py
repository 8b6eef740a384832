"""The Employer Identification Number of the United States."""

import re
import unicodedata

from arbill_app.kernel.problems import BadValue, Problem

EIN_FORMAT = Problem("ein.malformed")

_SSN_LAYOUT = re.compile(r"[0-9]{3}[ -][0-9]{2}[ -][0-9]{4}")
_NINE_DIGITS = re.compile(r"[0-9]{9}")
_DASHES = re.compile("[‐‑‒–—―−]")


def normalise_ein(text: str) -> str:
    """Return "12-3456789"; spaces and hyphens may stand anywhere but as in a Social Security number.

    Raises BadValue.
    """
    digits = re.sub(r"[\s-]", "", _plain(text))
    if not _NINE_DIGITS.fullmatch(digits):
        raise BadValue(EIN_FORMAT)
    if is_ssn_layout(text):
        raise BadValue(EIN_FORMAT.hinting(Problem("ein.social_security")))
    return f"{digits[:2]}-{digits[2:]}"


def is_ssn_layout(text: str) -> bool:
    """True for digits grouped 3-2-4, as Social Security numbers and ITINs are."""
    return bool(_SSN_LAYOUT.fullmatch(_plain(text)))


def ein_warning(ein: str) -> Problem | None:
    """Return a doubt if the IRS never issued the prefix of this normalised EIN (per stdnum.us.ein)."""
    from stdnum.us.ein import is_valid

    return None if is_valid(ein) else Problem("ein.unused_prefix", digits=ein[:2])


def _plain(text: str) -> str:
    return _DASHES.sub("-", unicodedata.normalize("NFKC", text)).strip()
