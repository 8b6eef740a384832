"""Effects stand in lanes, so that a sign-in code never waits behind bulk mail"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

COLUMNS = ["lane", "kind", "partner_id", "due_at", "id"]
INDEX = f"ix_effect_{'_'.join(COLUMNS)}"
CHARGES = ("charge", "cancel_charge", "collect", "refund", "gateway_event")
# How the keys of emails begin that a person waits for.
WAITED_FOR = (
    *("code:", "welcome:", "invitation:", "invite:", "reset:", "password:", "tries:", "device:", "recovery:"),
    *("security:", "reset_done:", "email_new:", "email_old:", "email_done:", "method:"),
)


def upgrade() -> None:
    # An older process that still writes during the upgrade names no lane: then somebody may wait for it.
    text = sqlmodel.sql.sqltypes.AutoString
    op.add_column("effect", sa.Column("lane", text(length=10), nullable=False, server_default="now"))
    effect = sa.table("effect", *map(sa.column, ("kind", "key", "state", "lane")))
    # Which lane something was done in says nothing any more.
    unfinished = sa.update(effect).where(effect.c.state.not_in(["done", "cancelled"]))
    waited_for = sa.or_(*(effect.c.key.startswith(prefix, autoescape=True) for prefix in WAITED_FOR))
    op.execute(unfinished.where(effect.c.kind.in_(CHARGES)).values(lane="charges"))
    op.execute(unfinished.where(effect.c.kind == "detach").values(lane="bulk"))
    op.execute(unfinished.where(effect.c.kind == "email", ~waited_for).values(lane="bulk"))
    due = sa.text("state = 'due'")
    op.create_index(INDEX, "effect", COLUMNS, sqlite_where=due, postgresql_where=due)


def downgrade() -> None:
    op.drop_index(INDEX, table_name="effect")
    op.drop_column("effect", "lane")
