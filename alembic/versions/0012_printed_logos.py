"""The picture that papers print for a logo drawn as SVG"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("logo", sa.Column("printed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("logo", "printed")
