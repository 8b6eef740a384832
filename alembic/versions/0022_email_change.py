"""Changes of the address that a person signs in with, until they can no longer be taken back"""

import sqlalchemy as sa
from alembic import op

from arbill_app.kernel.db.columns import Moment

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

text = sa.String


def upgrade() -> None:
    op.create_table(
        "email_change",
        sa.Column("id", text(length=32), nullable=False),
        sa.Column("person_id", text(length=32), nullable=False),
        sa.Column("session_id", text(length=32), nullable=False),
        sa.Column("old_email", text(length=254), nullable=False),
        sa.Column("new_email", text(length=254), nullable=False),
        sa.Column("confirm_hash", text(length=64), nullable=False),
        sa.Column("stop_hash", text(length=64), nullable=False),
        sa.Column("undo_hash", text(length=64), nullable=True),
        sa.Column("asked_at", Moment(timezone=True), nullable=False),
        sa.Column("done_at", Moment(timezone=True), nullable=True),
        sa.Column("stopped_at", Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_email_change_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_email_change"),
        sa.UniqueConstraint("confirm_hash", name="uq_email_change_confirm_hash"),
        sa.UniqueConstraint("stop_hash", name="uq_email_change_stop_hash"),
        sa.UniqueConstraint("undo_hash", name="uq_email_change_undo_hash"),
    )
    op.create_index("ix_email_change_person_id", "email_change", ["person_id"])


def downgrade() -> None:
    op.drop_table("email_change")
