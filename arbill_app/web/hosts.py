"""Which names arbill answers to: the host of ARBILL_ORIGIN, and those of this machine.

A page that was asked for under another name would put that name into its redirects, and a hostile site could point a
name of its own at this machine to read the demo's pages (DNS rebinding).
"""

from urllib.parse import urlsplit

from ..kernel.settings import LOOPBACK, settings

# Balancers and Prometheus ask a machine by its address; these answers hold no address of ours.
BY_ANY_NAME = {"/healthz", "/readyz", "/statusz", "/metrics"}
FOREIGN = (
    "This server does not answer to that name. Its address is set by ARBILL_ORIGIN, and a proxy must pass Host on."
)


def is_served(host: str, path: str) -> bool:
    """`host` is the Host header, "" when there is none; the port does not count."""
    return path in BY_ANY_NAME or _name(host) in LOOPBACK | {urlsplit(settings().origin).hostname}


def _name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname if not set(host) & set("/?#@\\") else None
    except ValueError:
        return None
