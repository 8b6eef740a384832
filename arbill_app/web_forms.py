"""What every surface with native forms asks of a request: where it comes from, and how a download is called."""

from ipaddress import ip_address
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Depends, Form, Request
from fastapi.responses import Response

from .kernel.errors import Forbidden
from .kernel.problems import Problem
from .kernel.settings import LOOPBACK, settings
from .partners.auth import devices
from .partners.auth.secrets import new_token

Typed = Annotated[str, Form(max_length=500)]


def from_here(request: Request) -> None:
    """Cross-site posts are refused: by what the browser says of itself, and by Origin."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site not in (None, "same-origin", "none") or (origin is not None and origin not in settings().origins):
        raise Forbidden(Problem("form.from_elsewhere"))
    if site is None and origin is None:
        raise Forbidden(Problem("form.from_nowhere"))


Ours = [Depends(from_here)]


def caller(request: Request) -> tuple[str, str]:
    """(address, browser). Behind a proxy of ours everybody would come from it: then it says from where.

    The last address is the one our proxy saw; those before it are whatever the caller claims.
    """
    peer = request.client.host if request.client else ""
    # A proxy may add a header of its own below the caller's instead of adding to it: the last one is the proxy's.
    forwarded = request.headers.getlist("x-forwarded-for")[-1:] if is_ours(peer) else []
    return "".join(forwarded).rpartition(",")[2].strip() or peer, request.headers.get("user-agent", "")


def is_ours(peer: str) -> bool:
    """Whether this address may say on behalf of whom it asks: this machine, or a proxy of ARBILL_PROXIES."""
    return peer in LOOPBACK or (bool(peer) and any(ip_address(peer) in network for network in settings().proxies))


def _device_cookie() -> str:
    return "__Host-arbill_device" if settings().https else "arbill_device"


def device_of(request: Request) -> str:
    """The token that this browser is known by; one without a cookie gets a new token, which counts once it is kept."""
    kept = request.cookies.get(_device_cookie(), "")[:100]
    return kept if len(kept) >= 40 else new_token()[0]


def keep_device(answer: Response, device: str) -> None:
    """After a complete sign-in, which has made the device a known one."""
    lasts = int(devices.LASTS.total_seconds())
    answer.set_cookie(
        _device_cookie(), device, max_age=lasts, httponly=True, samesite="lax", secure=settings().https, path="/"
    )


def safe_next(wanted: str, otherwise: str) -> str:
    """Only a path of ours. `//evil.example`, `https:…` and backslashes (slashes to a browser) go `otherwise`."""
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return otherwise
    inside = not parts.scheme and not parts.netloc and parts.path.startswith("/") and not wanted.startswith("//")
    return wanted if inside and not any(not 32 <= ord(c) < 127 or c == "\\" for c in wanted) else otherwise


def disposition(name: str, kind: str = "attachment") -> str:
    """A download called `name`, whatever letters it has (RFC 6266); `kind` "inline" is looked at instead."""
    return f"{kind}; filename*=UTF-8''{quote(name, safe='')}"
