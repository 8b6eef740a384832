"""Bank accounts that are being verified, who adds a payment method, why nothing was charged"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ADDED = {
    "payment_method": ("verified", sa.Boolean(), sa.true()),
    "payment_setup": ("source", sqlmodel.sql.sqltypes.AutoString(length=10), ""),
    "payment_attempt": ("error", sqlmodel.sql.sqltypes.AutoString(length=500), ""),
}


def upgrade() -> None:
    # What is added needs no copy of the table, which SQLite would make for anything else.
    for table, (name, kind, known) in ADDED.items():
        op.add_column(table, sa.Column(name, kind, nullable=False, server_default=known))


def downgrade() -> None:
    for table, (name, _, _) in ADDED.items():
        op.drop_column(table, name)
