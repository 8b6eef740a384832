"""When a session's password was last given, and when the session was last used"""

import sqlalchemy as sa
from alembic import op

from arbill_app.kernel.db.columns import Moment

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("confirmed_at", "last_used_at"):
        op.add_column("staff_session", sa.Column(name, Moment(timezone=True), nullable=True))


def downgrade() -> None:
    for name in ("last_used_at", "confirmed_at"):
        op.drop_column("staff_session", name)
