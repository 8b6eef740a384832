"""What a command cannot do is said in one sentence, with an exit code; a traceback is left for our own faults.

Exit codes: 2 for wrong settings, 1 for everything else that was refused.
"""

import re
from typing import Any

import typer
from typer.core import TyperGroup

from arbill_app.kernel.errors import ArbillError
from arbill_app.kernel.settings import WrongSettings

# What drivers say, in the order they are looked for, and what it means.
DATABASE = (
    (
        r"password authentication failed|no password supplied",
        "The database refuses the password. Check the user and password in ARBILL_DATABASE_URL.",
    ),
    (
        r'database "[^"]*" does not exist',
        "There is no such database on the server. Make it with createdb, or check ARBILL_DATABASE_URL.",
    ),
    (r'role "[^"]*" does not exist', "The database server does not know this user. Check ARBILL_DATABASE_URL."),
    (
        r"connection refused|could not connect|timeout expired|failed to resolve|could not translate|name or service",
        "The database server cannot be reached. Is it running, and are host and port in ARBILL_DATABASE_URL right?",
    ),
    (
        r"readonly database|read-only transaction|read-only",
        "The database is read-only: arbill may not write to its file or folder, or the server takes no changes.",
    ),
    (
        r"unable to open database file",
        "The database file cannot be opened. Does its folder exist, and may arbill write there? See ARBILL_HOME.",
    ),
    (
        r"file is not a database|malformed",
        "The database file is damaged, or not an SQLite database. Restore a backup, or check ARBILL_DATABASE_URL.",
    ),
    (r"disk is full|no space left", "The disk is full."),
    (r"database is locked", "The database is locked by another program."),
)


class Sentences(TyperGroup):
    """Around every command."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            said = sentence_of(error)
            if said is None:
                raise
            typer.echo(said, err=True)
            raise typer.Exit(2 if isinstance(error, WrongSettings) else 1) from None


def sentence_of(error: BaseException) -> str | None:
    """None for what nobody expected: that is a fault of arbill, and its traceback is wanted."""
    if isinstance(error, ArbillError):
        return _with_cause(error)
    if isinstance(error, ModuleNotFoundError):
        return f"The Python module {error.name} is not installed. Run: make .venv/.installed"
    if isinstance(error, OSError):
        return _of_file(error)
    return _of_database(error)


def _with_cause(error: ArbillError) -> str:
    """Where the database was away, why it was is what an operator needs."""
    cause = error.__cause__
    return (_of_database(cause) if cause is not None else None) or error.message


def _of_file(error: OSError) -> str | None:
    if error.filename is None or error.errno is None:
        return None
    return f"{error.filename} cannot be used: {error.strerror}."


def _of_database(error: BaseException) -> str | None:
    from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

    if isinstance(error, ArgumentError | NoSuchModuleError):
        return "ARBILL_DATABASE_URL is not an address of a database."
    text = str(error.orig) if isinstance(error, DBAPIError) else str(error) if _is_driver(error) else ""
    for pattern, said in DATABASE:
        if re.search(pattern, text, re.IGNORECASE):
            return said
    return None


def _is_driver(error: BaseException) -> bool:
    return type(error).__module__.partition(".")[0] in ("psycopg", "sqlite3")
