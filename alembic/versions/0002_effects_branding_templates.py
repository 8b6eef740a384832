"""What effects are about and what came of them, runs of sweeps, branding, words of messages"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import arbill_app.kernel.db.columns

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sweep_run",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("started_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.Column("finished_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("error", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweep_run")),
        sa.UniqueConstraint("name", name=op.f("uq_sweep_run_name")),
    )
    op.create_table(
        "logo",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_logo_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logo")),
    )
    op.create_table(
        "message_template",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("language", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("subject", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("body", sqlmodel.sql.sqltypes.AutoString(length=8000), nullable=False),
        sa.Column("changed_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_message_template_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_template")),
        sa.UniqueConstraint(
            "partner_id", "kind", "language", name=op.f("uq_message_template_partner_id_kind_language")
        ),
    )
    with op.batch_alter_table("effect", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("about", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False, server_default="")
        )
        batch_op.add_column(
            sa.Column("reference", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("result", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.create_index(batch_op.f("ix_effect_partner_id_about_id"), ["partner_id", "about", "id"], unique=False)

    with op.batch_alter_table("legal_entity", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("second_tax_id", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False, server_default="")
        )
        batch_op.add_column(
            sa.Column("invoice_pattern", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False, server_default="")
        )
        batch_op.add_column(
            sa.Column("credit_pattern", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("logo_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True))

    with op.batch_alter_table("partner", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "tax_rounding", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False, server_default="line"
            )
        )
        batch_op.add_column(
            sa.Column("accent", sqlmodel.sql.sqltypes.AutoString(length=7), nullable=False, server_default="#047857")
        )
        batch_op.add_column(sa.Column("logo_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("partner", schema=None) as batch_op:
        batch_op.drop_column("logo_id")
        batch_op.drop_column("accent")
        batch_op.drop_column("tax_rounding")

    with op.batch_alter_table("legal_entity", schema=None) as batch_op:
        batch_op.drop_column("logo_id")
        batch_op.drop_column("credit_pattern")
        batch_op.drop_column("invoice_pattern")
        batch_op.drop_column("second_tax_id")

    with op.batch_alter_table("effect", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_effect_partner_id_about_id"))
        batch_op.drop_column("result")
        batch_op.drop_column("reference")
        batch_op.drop_column("about")

    op.drop_table("message_template")
    op.drop_table("logo")
    op.drop_table("sweep_run")
