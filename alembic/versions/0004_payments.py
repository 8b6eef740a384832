"""Payments, payment methods, the sandbox's books, sign-in of the portal"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import arbill_app.kernel.db.columns

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "portal_code",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("email_key", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("code_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("created_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.Column("expires_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_code")),
    )
    with op.batch_alter_table("portal_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_portal_code_email_key_id"), ["email_key", "id"], unique=False)

    op.create_table(
        "portal_login",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("email_key", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("password_hash", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("language", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_login")),
        sa.UniqueConstraint("email_key", name=op.f("uq_portal_login_email_key")),
    )
    op.create_table(
        "portal_session",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("email_key", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("token_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("created_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.Column("expires_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.Column("revoked_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.Column("agent", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("ip", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_portal_session_token_hash")),
    )
    with op.batch_alter_table("portal_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_portal_session_email_key"), ["email_key"], unique=False)

    op.create_table(
        "gateway_event",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("gateway", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("event_id", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("charge_id", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("received_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_gateway_event_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_event")),
        sa.UniqueConstraint("gateway", "event_id", name=op.f("uq_gateway_event_gateway_event_id")),
    )
    op.create_table(
        "sandbox_bank",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("secret", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_sandbox_bank_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_bank")),
        sa.UniqueConstraint("partner_id", name=op.f("uq_sandbox_bank_partner_id")),
    )
    op.create_table(
        "sandbox_event",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("delivered_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_sandbox_event_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_event")),
    )
    with op.batch_alter_table("sandbox_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sandbox_event_delivered_at_id"), ["delivered_at", "id"], unique=False)

    op.create_table(
        "sandbox_method",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("customer", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("outcome", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("last4", sqlmodel.sql.sqltypes.AutoString(length=4), nullable=False),
        sa.Column("brand", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("funding", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("bank_name", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("exp_month", sa.Integer(), nullable=True),
        sa.Column("exp_year", sa.Integer(), nullable=True),
        sa.Column("fingerprint", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("mandate", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("created_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.Column("detached_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_sandbox_method_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_method")),
    )
    op.create_table(
        "sandbox_charge",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("ref", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("customer", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("method_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sqlmodel.sql.sqltypes.AutoString(length=3), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("decline_code", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("return_url", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("created_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.Column("settles_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["method_id"], ["sandbox_method.id"], name=op.f("fk_sandbox_charge_method_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_sandbox_charge_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_charge")),
        sa.UniqueConstraint("partner_id", "key", name=op.f("uq_sandbox_charge_partner_id_key")),
    )
    with op.batch_alter_table("sandbox_charge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sandbox_charge_settles_at"), ["settles_at"], unique=False)

    op.create_table(
        "sandbox_setup",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("customer", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("kinds", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("return_url", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.Column("method_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True),
        sa.Column("created_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["method_id"], ["sandbox_method.id"], name=op.f("fk_sandbox_setup_method_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_sandbox_setup_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_setup")),
        sa.UniqueConstraint("partner_id", "key", name=op.f("uq_sandbox_setup_partner_id_key")),
    )
    op.create_table(
        "auto_pay_change",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("customer_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("on", sa.Boolean(), nullable=False),
        sa.Column("text", sqlmodel.sql.sqltypes.AutoString(length=1000), nullable=False),
        sa.Column("by_kind", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("by_name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_auto_pay_change_customer_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_auto_pay_change_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auto_pay_change")),
    )
    with op.batch_alter_table("auto_pay_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_auto_pay_change_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "payment_method",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("customer_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("gateway", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("account", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("token", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("funding", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("brand", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("last4", sqlmodel.sql.sqltypes.AutoString(length=4), nullable=False),
        sa.Column("exp_month", sa.Integer(), nullable=True),
        sa.Column("exp_year", sa.Integer(), nullable=True),
        sa.Column("bank_name", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("fingerprint", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("added_by", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("added_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.Column("approved_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.Column("removed_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.Column("expiry_told_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_payment_method_customer_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_payment_method_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_method")),
        sa.UniqueConstraint("partner_id", "gateway", "token", name=op.f("uq_payment_method_partner_id_gateway_token")),
    )
    with op.batch_alter_table("payment_method", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_method_customer_id_id"), ["customer_id", "id"], unique=False)
        batch_op.create_index(
            "uq_payment_method_default",
            ["customer_id"],
            unique=True,
            postgresql_where=sa.text("is_default"),
            sqlite_where=sa.text("is_default"),
        )

    op.create_table(
        "payment_setup",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("customer_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("token", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("made_default", sa.Boolean(), nullable=False),
        sa.Column("by_name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("created_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.Column("finished_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.Column("method_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_payment_setup_customer_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_payment_setup_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_setup")),
    )
    with op.batch_alter_table("payment_setup", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_setup_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_payment_setup_token"), ["token"], unique=False)

    op.create_table(
        "sandbox_refund",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("charge_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("created_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.Column("settles_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["charge_id"], ["sandbox_charge.id"], name=op.f("fk_sandbox_refund_charge_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_sandbox_refund_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_refund")),
        sa.UniqueConstraint("partner_id", "key", name=op.f("uq_sandbox_refund_partner_id_key")),
    )
    with op.batch_alter_table("sandbox_refund", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sandbox_refund_charge_id"), ["charge_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sandbox_refund_settles_at"), ["settles_at"], unique=False)

    op.create_table(
        "payment_attempt",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("customer_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("method_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sqlmodel.sql.sqltypes.AutoString(length=3), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("by_name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("charge_id", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("decline_code", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("action_url", sqlmodel.sql.sqltypes.AutoString(length=2000), nullable=False),
        sa.Column("created_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.Column("ended_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_payment_attempt_customer_id")),
        sa.ForeignKeyConstraint(["method_id"], ["payment_method.id"], name=op.f("fk_payment_attempt_method_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_payment_attempt_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_attempt")),
        sa.UniqueConstraint("partner_id", "key", name=op.f("uq_payment_attempt_partner_id_key")),
    )
    with op.batch_alter_table("payment_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_attempt_customer_id_id"), ["customer_id", "id"], unique=False)
        batch_op.create_index(
            "ix_payment_attempt_live",
            ["partner_id", "id"],
            unique=False,
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_payment_attempt_partner_id_charge_id"), ["partner_id", "charge_id"], unique=False
        )

    op.create_table(
        "attempt_part",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("attempt_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("invoice_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["payment_attempt.id"], name=op.f("fk_attempt_part_attempt_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_attempt_part_invoice_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_attempt_part_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt_part")),
    )
    with op.batch_alter_table("attempt_part", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attempt_part_attempt_id"), ["attempt_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attempt_part_invoice_id"), ["invoice_id"], unique=False)

    op.create_table(
        "payment",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("reference", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.Column("customer_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("attempt_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True),
        sa.Column("method_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("label", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sqlmodel.sql.sqltypes.AutoString(length=3), nullable=False),
        sa.Column("unapplied", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("disputed", sa.BigInteger(), nullable=False),
        sa.Column("charge_id", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("created_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["payment_attempt.id"], name=op.f("fk_payment_attempt_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_payment_customer_id")),
        sa.ForeignKeyConstraint(["method_id"], ["payment_method.id"], name=op.f("fk_payment_method_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_payment_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("attempt_id", name=op.f("uq_payment_attempt_id")),
        sa.UniqueConstraint("partner_id", "key", name=op.f("uq_payment_partner_id_key")),
    )
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_customer_id_id"), ["customer_id", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_payment_partner_id_amount_id"), ["partner_id", "amount", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_payment_partner_id_id"), ["partner_id", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_payment_partner_id_received_on_id"), ["partner_id", "received_on", "id"], unique=False
        )
        batch_op.create_index(
            "ix_payment_unapplied",
            ["customer_id", "currency", "unapplied"],
            unique=False,
            postgresql_where=sa.text("unapplied > 0"),
            sqlite_where=sa.text("unapplied > 0"),
        )

    op.create_table(
        "dispute",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("payment_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("gateway_id", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("opened_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.Column("ended_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_dispute_partner_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_dispute_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
        sa.UniqueConstraint("partner_id", "gateway_id", name=op.f("uq_dispute_partner_id_gateway_id")),
    )
    with op.batch_alter_table("dispute", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dispute_payment_id"), ["payment_id"], unique=False)

    op.create_table(
        "payment_search",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("found_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["payment.id"], name=op.f("fk_payment_search_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_payment_search_partner_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_payment_search")),
        sa.UniqueConstraint("id", name=op.f("uq_payment_search_id")),
    )
    op.create_table(
        "refund",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("payment_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("owed_again", sa.Boolean(), nullable=False),
        sa.Column("gateway_id", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("error", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.Column("by_name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("created_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.Column("ended_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_refund_partner_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_refund_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("partner_id", "key", name=op.f("uq_refund_partner_id_key")),
    )
    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refund_payment_id"), ["payment_id"], unique=False)

    searchable()


def searchable() -> None:
    """As for customers in 0001: FTS5 kept in step by triggers, or a pg_trgm index."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE INDEX ix_payment_search_grams ON payment_search USING gin (found_by gin_trgm_ops)")
        return
    op.execute(
        "CREATE VIRTUAL TABLE payment_fts USING fts5"
        "(found_by, content='payment_search', content_rowid='number', tokenize='trigram')"
    )
    gone = "INSERT INTO payment_fts(payment_fts, rowid, found_by) VALUES ('delete', old.number, old.found_by);"
    come = "INSERT INTO payment_fts(rowid, found_by) VALUES (new.number, new.found_by);"
    for name, event, body in (
        ("insert", "AFTER INSERT", come),
        ("delete", "AFTER DELETE", gone),
        ("update", "AFTER UPDATE OF found_by", gone + come),
    ):
        op.execute(f"CREATE TRIGGER payment_search_{name} {event} ON payment_search BEGIN {body} END")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE payment_fts")
    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_refund_payment_id"))

    op.drop_table("refund")
    op.drop_table("payment_search")
    with op.batch_alter_table("dispute", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dispute_payment_id"))

    op.drop_table("dispute")
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_payment_unapplied", postgresql_where=sa.text("unapplied > 0"), sqlite_where=sa.text("unapplied > 0")
        )
        batch_op.drop_index(batch_op.f("ix_payment_partner_id_received_on_id"))
        batch_op.drop_index(batch_op.f("ix_payment_partner_id_id"))
        batch_op.drop_index(batch_op.f("ix_payment_partner_id_amount_id"))
        batch_op.drop_index(batch_op.f("ix_payment_customer_id_id"))

    op.drop_table("payment")
    with op.batch_alter_table("attempt_part", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attempt_part_invoice_id"))
        batch_op.drop_index(batch_op.f("ix_attempt_part_attempt_id"))

    op.drop_table("attempt_part")
    with op.batch_alter_table("payment_attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_payment_attempt_partner_id_charge_id"))
        batch_op.drop_index(
            "ix_payment_attempt_live",
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_payment_attempt_customer_id_id"))

    op.drop_table("payment_attempt")
    with op.batch_alter_table("sandbox_refund", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sandbox_refund_settles_at"))
        batch_op.drop_index(batch_op.f("ix_sandbox_refund_charge_id"))

    op.drop_table("sandbox_refund")
    with op.batch_alter_table("payment_setup", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_payment_setup_token"))
        batch_op.drop_index(batch_op.f("ix_payment_setup_customer_id"))

    op.drop_table("payment_setup")
    with op.batch_alter_table("payment_method", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_payment_method_default", postgresql_where=sa.text("is_default"), sqlite_where=sa.text("is_default")
        )
        batch_op.drop_index(batch_op.f("ix_payment_method_customer_id_id"))

    op.drop_table("payment_method")
    with op.batch_alter_table("auto_pay_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_auto_pay_change_customer_id"))

    op.drop_table("auto_pay_change")
    op.drop_table("sandbox_setup")
    with op.batch_alter_table("sandbox_charge", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sandbox_charge_settles_at"))

    op.drop_table("sandbox_charge")
    op.drop_table("sandbox_method")
    with op.batch_alter_table("sandbox_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sandbox_event_delivered_at_id"))

    op.drop_table("sandbox_event")
    op.drop_table("sandbox_bank")
    op.drop_table("gateway_event")
    with op.batch_alter_table("portal_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_portal_session_email_key"))

    op.drop_table("portal_session")
    op.drop_table("portal_login")
    with op.batch_alter_table("portal_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_portal_code_email_key_id"))

    op.drop_table("portal_code")
