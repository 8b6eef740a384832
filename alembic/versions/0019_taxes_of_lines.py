"""The taxes of each line by name, and what a legal entity calls its tax"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

LINES = (("invoice_line", "inl", "invoice_line_id"), ("credit_line", "crl", "credit_line_id"))


def text(length: int) -> sqlmodel.sql.sqltypes.AutoString:
    return sqlmodel.sql.sqltypes.AutoString(length=length)


def upgrade() -> None:
    op.add_column("legal_entity", sa.Column("tax_name", text(60), nullable=False, server_default=""))
    op.create_table(
        "line_tax",
        sa.Column("id", text(32), nullable=False),
        sa.Column("partner_id", text(32), nullable=False),
        sa.Column("invoice_line_id", text(32), nullable=True),
        sa.Column("credit_line_id", text(32), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", text(60), nullable=False),
        sa.Column("jurisdiction", text(20), nullable=False),
        sa.Column("kind", text(10), nullable=False),
        sa.Column("reason", text(20), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(invoice_line_id IS NULL) <> (credit_line_id IS NULL)", name="ck_line_tax_of_one_line"),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_line_tax_partner_id"),
        sa.ForeignKeyConstraint(["invoice_line_id"], ["invoice_line.id"], name="fk_line_tax_invoice_line_id"),
        sa.ForeignKeyConstraint(["credit_line_id"], ["credit_line.id"], name="fk_line_tax_credit_line_id"),
        sa.PrimaryKeyConstraint("id", name="pk_line_tax"),
    )
    for table, prefix, column in LINES:
        _fill(table, prefix, column)
    for table, _, column in LINES:
        given = sa.text(f"{column} IS NOT NULL")
        name = f"uq_line_tax_{table}"
        op.create_index(name, "line_tax", [column, "position"], unique=True, postgresql_where=given, sqlite_where=given)


def _fill(table: str, prefix: str, column: str) -> None:
    """Until now a line had one tax, known by its rate. The id keeps the line's time of birth."""
    op.execute(
        f"INSERT INTO line_tax (id, partner_id, {column}, "
        "position, name, jurisdiction, kind, reason, rate, base, amount) "
        f"SELECT replace(id, '{prefix}_', 'ltx_'), partner_id, id, 0, 'Tax', '', 'other', '', tax_rate, net, tax "
        f"FROM {table}"
    )


def downgrade() -> None:
    op.drop_table("line_tax")
    op.drop_column("legal_entity", "tax_name")
