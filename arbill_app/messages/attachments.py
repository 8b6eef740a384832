"""What goes along with a message. Nouns register how a paper of theirs is made; a message only names its id."""

from collections.abc import Callable

from ..kernel.db import Tx

# By the prefix of the id: -> (file name, content type, content).
Producer = Callable[[Tx, str], tuple[str, str, bytes]]
PRODUCERS: dict[str, Producer] = {}


def attachment(tx: Tx, id: str) -> tuple[str, str, bytes]:
    prefix = id.partition("_")[0]
    if prefix not in PRODUCERS:
        raise LookupError(f"Nobody makes attachments out of {prefix}_…")
    return PRODUCERS[prefix](tx, id)
