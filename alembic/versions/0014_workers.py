"""Heartbeats of the processes that do the jobs"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from arbill_app.kernel.db.columns import Moment

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "worker",
        sa.Column("id", text(length=32), nullable=False),
        sa.Column("role", text(length=10), nullable=False),
        sa.Column("host", text(length=100), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("version", text(length=20), nullable=False),
        sa.Column("started_at", Moment(timezone=True), nullable=False),
        sa.Column("seen_at", Moment(timezone=True), nullable=False),
        sa.Column("trouble", text(length=300), nullable=False),
        sa.Column("clock_jump", sa.Integer(), nullable=False),
        sa.Column("jumped_at", Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker")),
    )


def downgrade() -> None:
    op.drop_table("worker")
