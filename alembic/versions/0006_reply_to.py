"""Who reads the answers to a partner's messages"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kind = sqlmodel.sql.sqltypes.AutoString(length=254)
    op.add_column("partner", sa.Column("reply_to", kind, nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("partner", "reply_to")
