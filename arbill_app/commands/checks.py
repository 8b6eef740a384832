"""What is wrong or unwise with how this installation is set up: said when it starts, and by `arbill doctor`.

"bad" keeps `arbill run` from starting where others can reach it, unless ARBILL_UNSAFE=1; "warn" is only said.
"""

import ipaddress
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from arbill_app.kernel.encryption.values import key_place
from arbill_app.kernel.process.private_files import readable_by_others
from arbill_app.kernel.settings import LOOPBACK, settings

TEST_MODE = "TEST MODE: no real money moves. Charges go to the sandbox, which only knows test cards."


@dataclass(frozen=True)
class Check:
    """`state`: ok, warn or bad; `said` is a sentence with what to do, without secrets."""

    name: str
    state: Literal["ok", "warn", "bad"]
    said: str


def is_reachable(host: str = "") -> bool:
    """Whether people on other machines use this: by its address, or by where it listens."""
    return urlsplit(settings().origin).hostname not in LOOPBACK or not _is_loopback(host or "127.0.0.1")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in LOOPBACK


def of_settings(host: str = "") -> list[Check]:
    """What the environment and the data folder tell; what only matters for others is not asked on one machine."""
    away = is_reachable(host)
    return [_gateway(away), _smtp(away), _origin(away), _folder(away), _key(away), *_demo(away)]


def _gateway(away: bool) -> Check:
    known = settings()
    if known.gateway == "sandbox":
        return Check("gateway", "warn" if away else "ok", TEST_MODE)
    if known.gateway == "none":
        chosen = "gateway" in known.model_fields_set
        said = "Cards and bank accounts cannot be charged."
        return (
            Check("gateway", "ok", said)
            if chosen
            else Check(
                "gateway",
                "warn",
                f"No gateway was chosen. {said} Set ARBILL_STRIPE_SECRET_KEY, or ARBILL_GATEWAY=none.",
            )
        )
    if not known.stripe_webhook_secret:
        said = "Without ARBILL_STRIPE_WEBHOOK_SECRET Stripe cannot tell of disputes, refunds and bank payments."
        return Check("gateway", "warn", said)
    return Check("gateway", "ok", "Charges go through Stripe.")


def _smtp(away: bool) -> Check:
    if url := settings().smtp_url:
        if "from=" not in url:
            return Check("mail", "warn", "ARBILL_SMTP_URL names no sender: add ?from=billing@your-company.com.")
        return Check("mail", "ok", "Mail goes out by SMTP.")
    return Check("mail", "warn" if away else "ok", "No mail is sent: messages stay in the outbox. Set ARBILL_SMTP_URL.")


def _origin(away: bool) -> Check:
    known = settings()
    if away and not known.https:
        said = (
            "passwords and sessions would cross the network in plain text. Set ARBILL_ORIGIN to its https:// address."
        )
        return Check("address", "bad", f"{known.origin} is not https: {said}")
    return Check("address", "ok", f"People reach arbill at {known.origin}.")


def _folder(away: bool) -> Check:
    found = readable_by_others()
    if found:
        said = f"Others on this machine can read {', '.join(map(str, found[:3]))}. Run: chmod -R go= {settings().home}"
        return Check("files", "bad" if away else "warn", said)
    return Check("files", "ok", f"Only the owner can read {settings().home} and the database.")


def _key(away: bool) -> Check:
    known = settings()
    if away and not known.secret_key and not known.database_url.startswith("sqlite"):
        said = (
            f"ARBILL_SECRET_KEY is not set. With PostgreSQL every process on every machine needs the same key: put the "
            f"one of {key_place()} there."
        )
        return Check("secret key", "bad", said)
    return Check("secret key", "ok", f"The secret key comes from {key_place()}.")


def _demo(away: bool) -> list[Check]:
    if not (away and settings().demo):
        return []
    return [Check("demo", "warn", "The demo company has a published password, and its outbox shows every message.")]


def worst(found: list[Check]) -> int:
    """An exit code: 0 all well, 1 something to look at, 2 something wrong."""
    return max(({"ok": 0, "warn": 1, "bad": 2}[check.state] for check in found), default=0)


def listed(found: list[Check]) -> list[str]:
    signs = {"ok": "ok  ", "warn": "warn", "bad": "BAD "}
    width = max((len(check.name) for check in found), default=0)
    return [f"{signs[check.state]}  {check.name:<{width}}  {check.said}" for check in found]
