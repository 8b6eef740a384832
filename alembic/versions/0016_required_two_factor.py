"""Since when a partner requires two-factor sign-in of everybody"""

import sqlalchemy as sa
from alembic import op

from arbill_app.kernel.db.columns import Moment

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("partner", sa.Column("two_factor_required_at", Moment(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("partner", "two_factor_required_at")
