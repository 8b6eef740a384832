"""The indexes for "changed since" are partial, so that SQLite takes them for nothing else"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TABLES = ("customer", "contact", "invoice", "credit_note", "payment", "payment_method")
COLUMNS = ["partner_id", "updated_at", "id"]


def upgrade() -> None:
    where = sa.text("updated_at IS NOT NULL")
    for table in TABLES:
        op.drop_index(_name(table), table_name=table)
        op.create_index(_name(table), table, COLUMNS, postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    for table in TABLES:
        op.drop_index(_name(table), table_name=table)
        op.create_index(_name(table), table, COLUMNS)


def _name(table: str) -> str:
    return f"ix_{table}_partner_id_updated_at_id"
