"""`arbill rotate-key`."""

import typer

from arbill_app.kernel.settings import settings


def rotate_key() -> None:
    """Encrypt everything again with a new secret key."""
    from arbill_app import tables
    from arbill_app.kernel.encryption.key_check import check_key
    from arbill_app.kernel.encryption.key_rotation import rotate
    from arbill_app.kernel.encryption.values import key_file

    assert tables.metadata
    check_key()
    done = rotate()
    said = ", ".join(f"{count} of {name}" for name, count in done.items() if count)
    typer.echo(f"Encrypted again with the new key: {said or 'nothing'}.")
    if settings().secret_key:
        typer.echo("Leave only the first key in ARBILL_SECRET_KEY now, and restart every process.")
    else:
        typer.echo(f"The new key is the first line of {key_file()}. Keep a copy of this file with the next backup.")
