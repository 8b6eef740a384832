"""When a customer, contact, invoice, credit note, payment or payment method was last changed"""

import sqlalchemy as sa
from alembic import op

from arbill_app.kernel.db.columns import Moment

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = dict.fromkeys(("customer", "contact", "invoice", "credit_note", "payment"), "created_at")
TABLES["payment_method"] = "added_at"


def upgrade() -> None:
    for table, born in TABLES.items():
        op.add_column(table, sa.Column("updated_at", Moment(), nullable=False, server_default="1970-01-01 00:00:00"))
        op.execute(f"UPDATE {table} SET updated_at = {born}")
        op.create_index(f"ix_{table}_partner_id_updated_at_id", table, ["partner_id", "updated_at", "id"])


def downgrade() -> None:
    for table in TABLES:
        op.drop_index(f"ix_{table}_partner_id_updated_at_id", table_name=table)
        op.drop_column(table, "updated_at")
