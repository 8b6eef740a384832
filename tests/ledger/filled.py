"""What the migration would write for the rows that there are now, to be compared with what the verbs have written."""

from alembic.config import Config
from alembic.script import ScriptDirectory

from arbill_app.kernel.db import transactions
from arbill_app.ledger.models import LedgerEntry
from arbill_app.migrate import ROOT
from tests.payments.till import everything

NAME = "_ledger.py"
NAMES = (
    *("partner_id", "customer_id", "invoice_id", "kind", "cause_kind", "cause_id"),
    *("amount", "currency", "counts_on"),
)


def revision():
    """The migration that made the ledger."""
    script = ScriptDirectory.from_config(Config(toml_file=ROOT / "pyproject.toml"))
    return next(one for one in script.walk_revisions() if one.path.endswith(NAME))


def by_migration(by, *, moments=False):
    """Of the actor's partner. With `moments` also when each was written: equal where the clock stands still."""
    with transactions.engine().connect() as connection:
        made = revision().module.entries(connection)
        return _said((row for row in made if row["partner_id"] == by.partner_id), moments)


def by_verbs(by, *, moments=False, without=()):
    """`without` the entries of these causes."""
    rows = (row.model_dump() for row in everything(by, LedgerEntry) if row.cause_id not in without)
    return _said(rows, moments)


def _said(rows, moments):
    """All but the ids and who wrote them."""
    names = [*NAMES, "created_at"] if moments else NAMES
    return sorted(({name: row[name] for name in names} for row in rows), key=str)
