"""Rows of the sandbox: an unknown one, or a key that is used for something else, is refused as a gateway does."""

from collections.abc import Mapping
from typing import Any

from ....kernel.db.transactions import Tx
from ....kernel.errors import NotFound
from ..protocol import GatewayRefusal


def get_row(tx: Tx, model: Any, id: str, *, lock: bool = False) -> Any:
    try:
        return tx.get(model, id, lock=lock)
    except NotFound:
        raise GatewayRefusal("The gateway does not know this.", "unknown") from None


def keyed(tx: Tx, model: Any, key: str) -> Any:
    return tx.first(tx.own(model).where(model.key == key))


def same(row: Any, wanted: Mapping[str, Any]) -> Any:
    if {name: getattr(row, name) for name in wanted} != dict(wanted):
        raise GatewayRefusal("This key was used before, for something else.", "key_reused")
    return row
