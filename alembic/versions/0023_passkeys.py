"""Passkeys, and since when a person has a second factor of any kind"""

import sqlalchemy as sa
from alembic import op

from arbill_app.kernel.db.columns import Moment

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

text = sa.String


def upgrade() -> None:
    op.add_column("person", sa.Column("second_factor_since", Moment(timezone=True), nullable=True))
    op.execute("UPDATE person SET second_factor_since = totp_since")
    op.create_table(
        "passkey",
        sa.Column("name", text(length=60), nullable=False),
        sa.Column("id", text(length=32), nullable=False),
        sa.Column("person_id", text(length=32), nullable=False),
        sa.Column("credential_id", text(length=1400), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Moment(timezone=True), nullable=False),
        sa.Column("last_used_at", Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_passkey_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_passkey"),
        sa.UniqueConstraint("credential_id", name="uq_passkey_credential_id"),
    )
    op.create_index("ix_passkey_person_id", "passkey", ["person_id"])
    op.create_table(
        "passkey_challenge",
        sa.Column("id", text(length=32), nullable=False),
        sa.Column("challenge_hash", text(length=64), nullable=False),
        sa.Column("purpose", text(length=20), nullable=False),
        sa.Column("bound_to", text(length=64), nullable=False),
        sa.Column("expires_at", Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_passkey_challenge"),
        sa.UniqueConstraint("challenge_hash", name="uq_passkey_challenge_challenge_hash"),
    )
    op.create_index("ix_passkey_challenge_bound_to", "passkey_challenge", ["bound_to"])
    op.create_index("ix_passkey_challenge_expires_at", "passkey_challenge", ["expires_at"])


def downgrade() -> None:
    """Whoever has only passkeys signs in with the password alone again."""
    op.drop_table("passkey_challenge")
    op.drop_table("passkey")
    op.drop_column("person", "second_factor_since")
