"""Rows that are only added are safe from REPLACE and TRUNCATE, too; return addresses of the sandbox are encrypted"""

from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
import sqlmodel
from alembic import op

from arbill_app.kernel.encryption.values import decrypt, encrypt

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

PAGE = 1000
SANDBOX = "sandbox"  # the purpose that the sandbox's values are encrypted for
RETURNS = ("sandbox_setup", "sandbox_charge")
# Nobody changes or deletes a row of these. kernel/db/append_only.py has the same list for the tests.
FOR_EVER = ("activity", "allocation", "auto_pay_change")
# Nobody changes a row; retention.py deletes old ones.
UNCHANGED = ("gateway_event",)
ADDED_TO = (*FOR_EVER, *UNCHANGED, "security_event")
REFUSED = "rows of {table} are only ever added"


def upgrade() -> None:
    for table in ADDED_TO:
        for statement in _sqlite(table) if _on_sqlite() else _postgresql(table):
            op.execute(statement)
    text = sqlmodel.sql.sqltypes.AutoString
    for table in RETURNS:
        op.add_column(table, sa.Column("return_sealed", text(length=1000), nullable=False, server_default=""))
        _rewrite(table, "return_url", "return_sealed", encrypt)
        op.drop_column(table, "return_url")
    op.drop_column("payment_attempt", "action_url")  # an address of the gateway's that nobody read
    op.add_column("effect", sa.Column("tries_before", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("portal_code", sa.Column("long", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("effect", "tries_before")
    op.execute("DELETE FROM portal_code WHERE long")
    op.drop_column("portal_code", "long")
    text = sqlmodel.sql.sqltypes.AutoString
    op.add_column("payment_attempt", sa.Column("action_url", text(length=2000), nullable=False, server_default=""))
    for table in RETURNS:
        op.add_column(table, sa.Column("return_url", text(length=500), nullable=False, server_default=""))
        _rewrite(table, "return_sealed", "return_url", decrypt)
        op.drop_column(table, "return_sealed")
    for table in ADDED_TO:
        for name in ("no_replace", "append_only", "no_truncate"):
            if _on_sqlite():
                op.execute(f"DROP TRIGGER IF EXISTS {table}_{name}")
            elif (table, name) != ("security_event", "append_only"):
                op.execute(f"DROP TRIGGER IF EXISTS {table}_{name} ON {table}")
        if _on_sqlite() and table != "security_event":
            op.execute(f"DROP TRIGGER IF EXISTS {table}_no_update")
            op.execute(f"DROP TRIGGER IF EXISTS {table}_no_delete")
    if not _on_sqlite():
        op.execute("DROP FUNCTION only_added()")


def _on_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")


def _sqlite(table: str) -> Iterator[str]:
    """INSERT OR REPLACE deletes the row in its way without asking triggers for DELETE (recursive_triggers is off)."""
    abort = f"BEGIN SELECT RAISE(ABORT, '{REFUSED.format(table=table)}'); END"
    same = "id = NEW.id OR rowid = NEW.rowid"
    if table == "gateway_event":  # has a second key
        same += " OR (gateway = NEW.gateway AND event_id = NEW.event_id)"
    known = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"
    yield f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {known} {abort}"
    if table != "security_event":  # has those below since 0007, in its own words
        yield f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {abort}"
    if table in FOR_EVER:
        yield f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {abort}"


def _postgresql(table: str) -> Iterator[str]:
    if table == ADDED_TO[0]:
        said = "RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME;"
        yield f"CREATE FUNCTION only_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {said} END $$"
    if table != "security_event":
        what = "UPDATE OR DELETE" if table in FOR_EVER else "UPDATE"
        run = "FOR EACH ROW EXECUTE FUNCTION only_added()"
        yield f"CREATE TRIGGER {table}_append_only BEFORE {what} ON {table} {run}"
    yield f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION only_added()"


def _rewrite(table: str, old: str, new: str, made: Callable[[str, str], str]) -> None:
    """Page by page in the order of ids; what is empty stays empty."""
    there = sa.table(table, sa.column("id"), sa.column(old), sa.column(new))
    wanted = sa.select(there.c.id, there.c[old]).where(there.c[old] != "").order_by(there.c.id).limit(PAGE)
    change = sa.update(there).where(there.c.id == sa.bindparam("of")).values({new: sa.bindparam("to")})
    database, after = op.get_bind(), ""
    while page := database.execute(wanted.where(there.c.id > after)).all():
        changes: list[dict[str, Any]] = [{"of": id, "to": made(value, SANDBOX)} for id, value in page]
        database.execute(change, changes)
        after = page[-1][0]
