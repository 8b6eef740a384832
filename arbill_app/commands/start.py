"""What is said, or refused, before `arbill run` and `arbill worker` begin."""

import logging

import typer

from arbill_app.kernel.errors import ArbillError
from arbill_app.kernel.settings import settings

from .checks import TEST_MODE, is_reachable, listed, of_settings

log = logging.getLogger("arbill")
OVERRIDE = "arbill does not start like this where others can reach it. To start all the same, set ARBILL_UNSAFE=1."


class Unsafe(ArbillError):
    """Something would be open to others that must not be."""


def look_before_starting(host: str = "") -> None:
    """Unsafe, with everything that is wrong in one list; warnings are only said."""
    if settings().gateway == "sandbox":
        log.warning(TEST_MODE)
    if not is_reachable(host):
        return
    found = [check for check in of_settings(host) if check.state != "ok"]
    for line in listed(found):
        typer.echo(line, err=True)
    if any(check.state == "bad" for check in found) and not settings().unsafe:
        raise Unsafe(OVERRIDE)
