"""Invoices, credit notes, allocations, numbers, attachments"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import arbill_app.kernel.db.columns

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "number_counter",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("legal_entity_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=12), nullable=False),
        sa.Column("period", sqlmodel.sql.sqltypes.AutoString(length=4), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["legal_entity_id"], ["legal_entity.id"], name=op.f("fk_number_counter_legal_entity_id")
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_number_counter_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_counter")),
        sa.UniqueConstraint(
            "legal_entity_id", "kind", "period", name=op.f("uq_number_counter_legal_entity_id_kind_period")
        ),
    )
    op.create_table(
        "invoice",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("memo", sqlmodel.sql.sqltypes.AutoString(length=1000), nullable=False),
        sa.Column("po_number", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(length=2000), nullable=False),
        sa.Column("customer_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("legal_entity_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("number", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("currency", sqlmodel.sql.sqltypes.AutoString(length=3), nullable=False),
        sa.Column("language", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("rounding", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("itemised", sa.Boolean(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("subtotal", sa.BigInteger(), nullable=False),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("seller", sa.JSON(), nullable=False),
        sa.Column("buyer", sa.JSON(), nullable=False),
        sa.Column("ship_to", sa.JSON(), nullable=False),
        sa.Column("accent", sqlmodel.sql.sqltypes.AutoString(length=7), nullable=False),
        sa.Column("logo_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True),
        sa.Column("created_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.Column("issued_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.Column("draft_key", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("link_token", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("stage", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("terms_days", sa.Integer(), nullable=True),
        sa.Column("option", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("payment_method_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column(
            "standing",
            sa.String(length=10),
            sa.Computed(
                "CASE WHEN stage <> 'open' THEN stage WHEN balance > 0 THEN 'owed' ELSE 'paid' END", persisted=True
            ),
            nullable=True,
        ),
        sa.Column("void_reason", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.Column("voided_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.Column("sent_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.Column("duplicate_of", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_invoice_customer_id")),
        sa.ForeignKeyConstraint(["legal_entity_id"], ["legal_entity.id"], name=op.f("fk_invoice_legal_entity_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_invoice_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
        sa.UniqueConstraint("link_token", name=op.f("uq_invoice_link_token")),
        sa.UniqueConstraint("partner_id", "draft_key", name=op.f("uq_invoice_partner_id_draft_key")),
    )
    with op.batch_alter_table("invoice", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_invoice_partner_id_customer_id_id"),
            ["partner_id", "customer_id", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_invoice_partner_id_customer_id_standing_currency_balance"),
            ["partner_id", "customer_id", "standing", "currency", "balance"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_invoice_partner_id_currency_id"),
            ["partner_id", "currency", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_invoice_partner_id_due_on_id"),
            ["partner_id", "due_on", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_invoice_partner_id_id"),
            ["partner_id", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_invoice_partner_id_option_id"),
            ["partner_id", "option", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_invoice_partner_id_standing_currency_total_balance"),
            ["partner_id", "standing", "currency", "total", "balance"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_invoice_partner_id_standing_due_on_id"),
            ["partner_id", "standing", "due_on", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_invoice_partner_id_standing_id"),
            ["partner_id", "standing", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_invoice_partner_id_total_id"),
            ["partner_id", "total", "id"],
            unique=False,
        )
        batch_op.create_index(
            "uq_invoice_number",
            ["legal_entity_id", "number"],
            unique=True,
            postgresql_where=sa.text("number <> ''"),
            sqlite_where=sa.text("number <> ''"),
        )

    op.create_table(
        "allocation",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("invoice_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("source_kind", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("source_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("created_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_allocation_invoice_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_allocation_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation")),
    )
    with op.batch_alter_table("allocation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_allocation_invoice_id"), ["invoice_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_allocation_source_id"), ["source_id"], unique=False)

    op.create_table(
        "attachment",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("invoice_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("created_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_attachment_invoice_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_attachment_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attachment_invoice_id_id"), ["invoice_id", "id"], unique=False)

    op.create_table(
        "credit_note",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("memo", sqlmodel.sql.sqltypes.AutoString(length=1000), nullable=False),
        sa.Column("po_number", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(length=2000), nullable=False),
        sa.Column("customer_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("legal_entity_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("number", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("currency", sqlmodel.sql.sqltypes.AutoString(length=3), nullable=False),
        sa.Column("language", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("rounding", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("itemised", sa.Boolean(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("subtotal", sa.BigInteger(), nullable=False),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("seller", sa.JSON(), nullable=False),
        sa.Column("buyer", sa.JSON(), nullable=False),
        sa.Column("ship_to", sa.JSON(), nullable=False),
        sa.Column("accent", sqlmodel.sql.sqltypes.AutoString(length=7), nullable=False),
        sa.Column("logo_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True),
        sa.Column("created_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.Column("issued_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.Column("draft_key", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("invoice_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("unapplied", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_credit_note_customer_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_credit_note_invoice_id")),
        sa.ForeignKeyConstraint(["legal_entity_id"], ["legal_entity.id"], name=op.f("fk_credit_note_legal_entity_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_credit_note_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_note")),
        sa.UniqueConstraint("partner_id", "draft_key", name=op.f("uq_credit_note_partner_id_draft_key")),
    )
    with op.batch_alter_table("credit_note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_credit_note_customer_id_id"), ["customer_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_credit_note_invoice_id"), ["invoice_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_credit_note_partner_id_id"), ["partner_id", "id"], unique=False)
        batch_op.create_index(
            "ix_credit_note_unapplied",
            ["customer_id", "currency", "unapplied"],
            unique=False,
            postgresql_where=sa.text("unapplied > 0"),
            sqlite_where=sa.text("unapplied > 0"),
        )
        batch_op.create_index(
            "uq_credit_note_number",
            ["legal_entity_id", "number"],
            unique=True,
            postgresql_where=sa.text("number <> ''"),
            sqlite_where=sa.text("number <> ''"),
        )

    op.create_table(
        "invoice_line",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("description", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("discount_rate", sa.Integer(), nullable=False),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("tax_rate", sa.Integer(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_line_invoice_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_invoice_line_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_line")),
        sa.UniqueConstraint("invoice_id", "position", name=op.f("uq_invoice_line_invoice_id_position")),
    )
    op.create_table(
        "invoice_search",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("found_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["invoice.id"], name=op.f("fk_invoice_search_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_invoice_search_partner_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_invoice_search")),
        sa.UniqueConstraint("id", name=op.f("uq_invoice_search_id")),
    )
    op.create_table(
        "attachment_content",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("attachment_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["attachment_id"], ["attachment.id"], name=op.f("fk_attachment_content_attachment_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_attachment_content_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment_content")),
        sa.UniqueConstraint("attachment_id", name=op.f("uq_attachment_content_attachment_id")),
    )
    op.create_table(
        "credit_line",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("description", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("discount_rate", sa.Integer(), nullable=False),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("tax_rate", sa.Integer(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("credit_note_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["credit_note_id"], ["credit_note.id"], name=op.f("fk_credit_line_credit_note_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_credit_line_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_line")),
        sa.UniqueConstraint("credit_note_id", "position", name=op.f("uq_credit_line_credit_note_id_position")),
    )

    searchable()


def searchable() -> None:
    """As for customers in 0001: FTS5 kept in step by triggers, or a pg_trgm index."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE INDEX ix_invoice_search_grams ON invoice_search USING gin (found_by gin_trgm_ops)")
        return
    op.execute(
        "CREATE VIRTUAL TABLE invoice_fts USING fts5"
        "(found_by, content='invoice_search', content_rowid='number', tokenize='trigram')"
    )
    gone = "INSERT INTO invoice_fts(invoice_fts, rowid, found_by) VALUES ('delete', old.number, old.found_by);"
    come = "INSERT INTO invoice_fts(rowid, found_by) VALUES (new.number, new.found_by);"
    for name, event, body in (
        ("insert", "AFTER INSERT", come),
        ("delete", "AFTER DELETE", gone),
        ("update", "AFTER UPDATE OF found_by", gone + come),
    ):
        op.execute(f"CREATE TRIGGER invoice_search_{name} {event} ON invoice_search BEGIN {body} END")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE invoice_fts")

    op.drop_table("credit_line")
    op.drop_table("attachment_content")
    op.drop_table("invoice_search")
    op.drop_table("invoice_line")
    with op.batch_alter_table("credit_note", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_credit_note_number", postgresql_where=sa.text("number <> ''"), sqlite_where=sa.text("number <> ''")
        )
        batch_op.drop_index(
            "ix_credit_note_unapplied", postgresql_where=sa.text("unapplied > 0"), sqlite_where=sa.text("unapplied > 0")
        )
        batch_op.drop_index(batch_op.f("ix_credit_note_partner_id_id"))
        batch_op.drop_index(batch_op.f("ix_credit_note_invoice_id"))
        batch_op.drop_index(batch_op.f("ix_credit_note_customer_id_id"))

    op.drop_table("credit_note")
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attachment_invoice_id_id"))

    op.drop_table("attachment")
    with op.batch_alter_table("allocation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_allocation_source_id"))
        batch_op.drop_index(batch_op.f("ix_allocation_invoice_id"))

    op.drop_table("allocation")
    with op.batch_alter_table("invoice", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_invoice_number", postgresql_where=sa.text("number <> ''"), sqlite_where=sa.text("number <> ''")
        )
        batch_op.drop_index(batch_op.f("ix_invoice_partner_id_total_id"))
        batch_op.drop_index(batch_op.f("ix_invoice_partner_id_standing_id"))
        batch_op.drop_index(batch_op.f("ix_invoice_partner_id_standing_due_on_id"))
        batch_op.drop_index(batch_op.f("ix_invoice_partner_id_standing_currency_total_balance"))
        batch_op.drop_index(batch_op.f("ix_invoice_partner_id_option_id"))
        batch_op.drop_index(batch_op.f("ix_invoice_partner_id_id"))
        batch_op.drop_index(batch_op.f("ix_invoice_partner_id_due_on_id"))
        batch_op.drop_index(batch_op.f("ix_invoice_partner_id_currency_id"))
        batch_op.drop_index(batch_op.f("ix_invoice_partner_id_customer_id_standing_currency_balance"))
        batch_op.drop_index(batch_op.f("ix_invoice_partner_id_customer_id_id"))

    op.drop_table("invoice")
    op.drop_table("number_counter")
