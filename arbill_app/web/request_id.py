"""Names each request. A proxy of ours may have named it already; nobody else's name is believed."""

import re
import secrets
from typing import Any

from ..web_forms import is_ours

SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{5,63}")


def id_of(scope: Any, headers: dict[str, str]) -> str:
    """16 hex digits, or X-Request-ID from this machine or a proxy of ARBILL_PROXIES."""
    given = headers.get("x-request-id", "")
    peer = (scope.get("client") or ("",))[0]
    return given if given and SANE.fullmatch(given) and is_ours(peer) else secrets.token_hex(8)
