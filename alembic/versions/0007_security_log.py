"""The security log: rows that are only ever added"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from arbill_app.kernel.db.columns import Moment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEPT = 730  # days; partners/security_log/log.py says the same
REFUSED = "the security log is only ever added to"

# A later migration that lets alembic copy this table on SQLite must make the triggers again.
SQLITE = (
    f"""CREATE TRIGGER security_event_no_update BEFORE UPDATE ON security_event
        BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END""",
    f"""CREATE TRIGGER security_event_no_delete BEFORE DELETE ON security_event
        WHEN OLD.at > datetime('now', '-{KEPT} days')
        BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END""",
)
POSTGRESQL = (
    f"""CREATE FUNCTION security_event_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' AND OLD.at <= now() - interval '{KEPT} days' THEN RETURN OLD; END IF;
            RAISE EXCEPTION '{REFUSED}';
        END $$""",
    """CREATE TRIGGER security_event_append_only BEFORE UPDATE OR DELETE ON security_event
        FOR EACH ROW EXECUTE FUNCTION security_event_refuse()""",
)


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "security_event",
        sa.Column("id", text(length=32), nullable=False),
        sa.Column("partner_id", text(length=32), nullable=False),
        sa.Column("at", Moment(timezone=True), nullable=False),
        sa.Column("action", text(length=40), nullable=False),
        sa.Column("staff_id", text(length=32), nullable=False),
        sa.Column("name", text(length=200), nullable=False),
        sa.Column("ip", text(length=60), nullable=False),
        sa.Column("agent", text(length=200), nullable=False),
        sa.Column("detail", text(length=500), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_security_event_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security_event")),
    )
    for columns in (["at"], ["partner_id", "id"], ["partner_id", "action", "id"], ["partner_id", "staff_id", "id"]):
        op.create_index(f"ix_security_event_{'_'.join(columns)}", "security_event", columns)
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("security_event")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION security_event_refuse()")
