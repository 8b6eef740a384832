"""Tries are counted by network and account in one row each; browsers that an account signed in from are known"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from arbill_app.kernel.db.columns import Moment

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "try_count",
        sa.Column("id", text(length=32), nullable=False),
        sa.Column("key", text(length=400), nullable=False),
        sa.Column("account", text(length=254), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", Moment(timezone=True), nullable=False),
        sa.Column("forget_at", Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_try_count")),
        sa.UniqueConstraint("key", name=op.f("uq_try_count_key")),
    )
    op.create_index("ix_try_count_account", "try_count", ["account"])
    op.create_index("ix_try_count_forget_at", "try_count", ["forget_at"])
    op.create_table(
        "known_device",
        sa.Column("id", text(length=32), nullable=False),
        sa.Column("account", text(length=270), nullable=False),
        sa.Column("token_hash", text(length=64), nullable=False),
        sa.Column("network", text(length=60), nullable=False),
        sa.Column("agent", text(length=200), nullable=False),
        sa.Column("created_at", Moment(timezone=True), nullable=False),
        sa.Column("last_used_at", Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_device")),
        sa.UniqueConstraint("account", "token_hash", name=op.f("uq_known_device_account_token_hash")),
    )
    op.create_index("ix_known_device_token_hash", "known_device", ["token_hash"])
    op.drop_table("sign_in_try")  # what it held counted for a quarter of an hour


def downgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "sign_in_try",
        sa.Column("id", text(length=32), nullable=False),
        sa.Column("key", text(length=300), nullable=False),
        sa.Column("at", Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_try")),
    )
    op.create_index("ix_sign_in_try_key_at", "sign_in_try", ["key", "at"])
    op.drop_table("known_device")
    op.drop_table("try_count")
