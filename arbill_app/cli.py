"""`arbill …`: what a person can ask of this installation. Each command imports only what it needs."""

import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from arbill_app.commands import admin, effects, keys
from arbill_app.commands.doctor import doctor
from arbill_app.commands.refusals import Sentences
from arbill_app.commands.start import look_before_starting
from arbill_app.kernel.process.private_files import keep_private

app = typer.Typer(cls=Sentences, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

DEMO_SIGN_INS = (
    "Demo sign-ins",
    "  staff     demo@arbill.example / demo-arbill",
    "  customer  ada@bluebird.example at /portal, with a code from /outbox",
)


@app.callback()
def main() -> None:
    """arbill: accounts receivable that a company runs with one command."""
    # An orderly exit, so that a build which is under way ends with us. The server has its own handler.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    keep_private()


@app.command()
def run(host: Annotated[str, typer.Option(help="Where to listen; 0.0.0.0 is every network.")] = "") -> None:
    """Start everything: database, demo company, screens, server."""
    _prepare()
    from arbill_app import serve
    from arbill_app.kernel.db.transactions import engine
    from arbill_app.kernel.settings import settings

    began = time.monotonic()
    where = host or serve.HOST
    with refusals(serve.PortTaken):
        serve.check_port(where)
    look_before_starting(where)
    build()
    migrate()
    if settings().demo:
        _demo_when_new()
    # granian forks its workers off this process, and a connection must not be shared with them.
    engine().dispose()
    serve.serve(where, on_ready=lambda: _welcome(time.monotonic() - began))


@app.command()
def demo() -> None:
    """Fill an empty database with the demo company."""
    from arbill_app.demo.company import build_demo

    migrate()
    build_demo()


@app.command()
def worker() -> None:
    """Run the jobs that must happen outside, on their own machine if you like."""
    _prepare()
    from arbill_app.kernel.encryption.key_check import check_key
    from arbill_app.kernel.encryption.values import WrongKey
    from arbill_app.worker import run_forever

    look_before_starting()
    with refusals(WrongKey):
        check_key()
    typer.echo("Looking for what is to be done. Ctrl-C stops it, when what is under way is settled.")
    run_forever()


@app.command()
def migrate() -> None:
    """Bring the database to the newest shape."""
    from arbill_app.migrate import bring_up_to_date

    before, after = bring_up_to_date()
    if before == after:
        typer.echo(f"The database has the newest shape already ({after}).")
    else:
        typer.echo(f"The database was brought from {before or 'nothing'} to {after}.")


@app.command()
def build(force: Annotated[bool, typer.Option(help="Even when nothing changed.")] = False) -> None:
    """Build the screens, when what they are made of changed."""
    from arbill_app import build as builder

    with refusals(builder.BuildFailed):
        builder.build(force=force)


app.command("rotate-key")(keys.rotate_key)
app.command("doctor")(doctor)
app.add_typer(admin.app, name="admin")
app.add_typer(effects.app, name="effects")


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="Where to; it must not exist yet.")]) -> None:
    """Copy the SQLite database while arbill runs, and check the copy."""
    from arbill_app.kernel.backup import backup as copy
    from arbill_app.kernel.encryption.values import key_place
    from arbill_app.kernel.errors import ArbillError

    with refusals(ArbillError):
        size = copy(file)
    typer.echo(f"{file} holds everything, and has been checked: {size / 1e6:.1f} MB.")
    typer.echo(f"It can be used only with its secret key. Keep a copy of that elsewhere: {key_place()}")


app.command("create-partner")(admin.create_partner)


def _prepare() -> None:
    """Logs and figures of a process that stays; before what counts is imported."""
    from arbill_app.kernel.process import start

    start.prepare()


@contextmanager
def refusals(*kinds: type[Exception]) -> Iterator[None]:
    """What we refuse is a sentence, not a traceback."""
    try:
        yield
    except kinds as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(1) from None


def _demo_when_new() -> None:
    from arbill_app.demo.company import build_demo, is_empty

    if is_empty():
        typer.echo("Filling in the demo company…")
        build_demo()


def _welcome(seconds: float) -> None:
    from arbill_app.demo.company import is_there
    from arbill_app.kernel.settings import settings

    lines = [f"arbill is at {settings().origin}", f"Ready in {seconds:.1f} s. Ctrl-C stops it."]
    lines += ["Test mode: no real money moves."] if settings().gateway == "sandbox" else []
    typer.echo(_box([*lines, "", *DEMO_SIGN_INS] if settings().demo and is_there() else lines))


def _box(lines: Sequence[str]) -> str:
    width = max(map(len, lines))
    edge = "─" * (width + 4)
    return "\n".join([f"╭{edge}╮", *(f"│  {line:<{width}}  │" for line in lines), f"╰{edge}╯"])


if __name__ == "__main__":
    app()
