"""Attachments: invoices, payments and others register here how the file of an id is made; a message only stores the
id."""

import logging
from collections.abc import Callable, Iterable, Iterator

from ..kernel.db.transactions import Tx
from ..kernel.typesetting.pool import Unprintable

log = logging.getLogger(__name__)

# By the prefix of the id: -> (file name, content type, content).
Producer = Callable[[Tx, str], tuple[str, str, bytes]]
PRODUCERS: dict[str, Producer] = {}
# These kinds are sent without their attachment when its PDF cannot be made.
SPARED: set[str] = set()


def attachment(tx: Tx, id: str) -> tuple[str, str, bytes]:
    prefix = _prefix(id)
    if prefix not in PRODUCERS:
        raise LookupError(f"Nobody makes attachments out of {prefix}_…")
    return PRODUCERS[prefix](tx, id)


def attached(tx: Tx, ids: Iterable[str]) -> Iterator[tuple[str, str, bytes]]:
    """What goes along with a message, one in memory at a time."""
    for id in ids:
        try:
            yield attachment(tx, id)
        except (RuntimeError, Unprintable) as refused:
            if _prefix(id) not in SPARED:
                raise
            log.warning("a message goes without %s: %s", id, refused)


def _prefix(id: str) -> str:
    return id.partition("_")[0]
