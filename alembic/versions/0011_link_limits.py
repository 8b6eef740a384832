"""From where payment links were used, and what the gateway's page comes back with"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("payment_attempt") as attempts:
        attempts.add_column(sa.Column("network", sa.String(50), nullable=False, server_default=""))
        attempts.create_index("ix_payment_attempt_partner_id_source_created_at", ["partner_id", "source", "created_at"])
    with op.batch_alter_table("payment_setup") as setups:
        setups.add_column(sa.Column("form_key", sa.String(64), nullable=False, server_default=""))
        setups.create_index("ix_payment_setup_form_key", ["form_key"])


def downgrade() -> None:
    # No table is copied: on SQLite rows of others point to this one.
    op.drop_index("ix_payment_setup_form_key", "payment_setup")
    op.drop_column("payment_setup", "form_key")
    op.drop_index("ix_payment_attempt_partner_id_source_created_at", "payment_attempt")
    op.drop_column("payment_attempt", "network")
