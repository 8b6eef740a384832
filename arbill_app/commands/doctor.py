"""`arbill doctor`: everything that can be asked of an installation, in one list."""

import uuid
from collections.abc import Callable, Iterator
from typing import Annotated
from urllib.parse import urlsplit

import typer

from .checks import Check, listed, of_settings, worst
from .refusals import sentence_of


def doctor(
    mail_to: Annotated[str, typer.Option(help="Send a test message to this address.")] = "",
    host: Annotated[str, typer.Option(help="Where `arbill run --host` listens.")] = "",
) -> None:
    """Check settings, files, database, clock, disk, jobs and build. Exit code: 0 well, 1 warnings, 2 wrong."""
    found = [*of_settings(host), *_machine()]
    if mail_to:
        found.append(_tried("test mail", lambda: _test_mail(mail_to)))
    for line in listed(found):
        typer.echo(line)
    raise typer.Exit(worst(found))


def _machine() -> Iterator[Check]:
    """The build and the key, then what `/readyz` looks at too: database, jobs, workers, clock, disks, Redis."""
    from arbill_app.kernel import health

    yield _tried("build", _build)
    found = health.checks()
    yield from (Check(one.name, "bad" if one.state == "fail" else one.state, one.said) for one in found)
    if health.is_ready(found):
        yield _tried("key check", _key)


def _tried(name: str, check: Callable[[], Check]) -> Check:
    try:
        return check()
    except Exception as error:
        return Check(name, "bad", sentence_of(error) or f"{type(error).__name__}: {error}".partition("\n")[0])


def _build() -> Check:
    from arbill_app import build

    if not build.is_intact():
        return Check("build", "bad", "The built screens are missing or incomplete. Run: arbill build")
    if not build.is_current():
        return Check("build", "warn", "The built screens are older than their sources. Run: arbill build")
    return Check("build", "ok", "The screens are built and complete.")


def _key() -> Check:
    from arbill_app.kernel.encryption.key_check import check_key

    check_key(keep=False)
    return Check("key check", "ok", "The secret key opens what this database holds.")


def _test_mail(to: str) -> Check:
    from arbill_app.kernel.settings import settings
    from arbill_app.messages import headers
    from arbill_app.messages.render import sender_address
    from arbill_app.messages.smtp import Connection

    url = settings().smtp_url
    if not url:
        return Check("test mail", "bad", "ARBILL_SMTP_URL is not set: nothing can be sent.")
    message_id = f"<{uuid.uuid4()}@{urlsplit(settings().origin).hostname}>"
    mail = headers.new("A test message from arbill", "arbill", sender_address(), [("", to)], message_id)
    mail.set_content(f"arbill at {settings().origin} can send mail.")
    with Connection(url) as connection:
        done = connection.send(mail)
    if done.state != "done":
        return Check("test mail", "bad", f"The mail server did not take it: {done.error}")
    return Check("test mail", "ok", f"The mail server took a test message to {to}.")
