"""`arbill effects …`: what still has to happen outside, and what failed."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from arbill_app.kernel.jobs.operator import EffectRow

app = typer.Typer(no_args_is_help=True, help="What is due, stuck or failed: list, retry, cancel.")
STATES = ("due", "running", "done", "failed", "unknown", "review", "cancelled")
UNITS = {"m": "minutes", "h": "hours", "d": "days"}
Kind = Annotated[str, typer.Option(help="Only of this kind, such as email or charge.")]
State = Annotated[str, typer.Option(help=f"Only in these states, with commas: {', '.join(STATES)}.")]
Older = Annotated[str, typer.Option(help="Only due for longer than this: 30m, 12h or 5d.")]


@app.command("list")
def list_(kind: Kind = "", state: State = "", older: Older = "", most: int = 100) -> None:
    """What is not done, the longest-due first."""
    rows = _found(kind, state, older, most)
    for row in rows:
        typer.echo(
            f"{row.id}  {row.kind:<14} {row.state:<9} {_age(row.age):>6}  tries {row.tries}  {row.error}".rstrip()
        )
    typer.echo(f"{len(rows)} found." + (f" There may be more: --most {most * 10}" if len(rows) == most else ""))


@app.command()
def retry(kind: Kind = "", state: State = "failed", older: Older = "") -> None:
    """Try again, now: what failed, gave no answer (unknown) or waits for a person (review)."""
    from arbill_app.kernel.jobs import operator

    _must_be(state, operator.RETRIED)
    typer.echo(f"{operator.retry(_found(kind, state, older))} will be tried again.")


@app.command()
def cancel(kind: Annotated[str, typer.Option(help="Which kind, such as email.")], older: Older = "") -> None:
    """Cancel what is due and has not begun. It cannot be undone."""
    from arbill_app.kernel.jobs import operator

    typer.echo(f"{operator.cancel(_found(kind, 'due', older))} cancelled.")


def _found(kind: str, state: str, older: str, most: int = 100_000) -> "list[EffectRow]":
    from arbill_app.kernel.jobs import operator

    _must_be(state, STATES)
    return operator.find(kind, tuple(filter(None, state.split(","))), _duration(older), most)


def _must_be(state: str, known: tuple[str, ...]) -> None:
    if unknown := [one for one in filter(None, state.split(",")) if one not in known]:
        raise typer.BadParameter(f"{unknown[0]} is none of {', '.join(known)}.", param_hint="--state")


def _duration(text: str) -> timedelta | None:
    if not text:
        return None
    found = re.fullmatch(r"(\d{1,5})([mhd])", text.strip())
    if not found:
        raise typer.BadParameter("Write a duration such as 30m, 12h or 5d.", param_hint="--older")
    return timedelta(**{UNITS[found[2]]: int(found[1])})


def _age(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return f"{minutes // 1440}d" if minutes >= 2880 else f"{minutes // 60}h" if minutes >= 120 else f"{minutes}m"
