"""Partners and customers"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import arbill_app.kernel.db.columns

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "partner",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("timezone", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("language", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("currency", sqlmodel.sql.sqltypes.AutoString(length=3), nullable=False),
        sa.Column("terms_days", sa.Integer(), nullable=False),
        sa.Column("countries", sa.JSON(), nullable=False),
        sa.Column("created_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner")),
    )
    op.create_table(
        "sign_in_try",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
        sa.Column("at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_try")),
    )
    with op.batch_alter_table("sign_in_try", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_try_key_at"), ["key", "at"], unique=False)

    op.create_table(
        "activity",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.Column("actor_kind", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("actor_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("actor_name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("action", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("subject_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_activity_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
    )
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_activity_partner_id_subject_id_id"),
            ["partner_id", "subject_id", "id"],
            unique=False,
        )

    op.create_table(
        "customer_group",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("terms_days", sa.Integer(), nullable=True),
        sa.Column("currency", sqlmodel.sql.sqltypes.AutoString(length=3), nullable=False),
        sa.Column("language", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("name_key", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_customer_group_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_group")),
        sa.UniqueConstraint("partner_id", "name_key", name=op.f("uq_customer_group_partner_id_name_key")),
    )
    op.create_table(
        "effect",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("due_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.Column("claimed_until", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.Column("done_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_error", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_effect_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_effect")),
        sa.UniqueConstraint("partner_id", "key", name=op.f("uq_effect_partner_id_key")),
    )
    with op.batch_alter_table("effect", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_effect_partner_id_kind_id"), ["partner_id", "kind", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_effect_state_due_at"), ["state", "due_at"], unique=False)

    op.create_table(
        "legal_entity",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("tax_id", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("address_line1", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("address_line2", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("city", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("region", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("postal_code", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("country", sqlmodel.sql.sqltypes.AutoString(length=2), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_legal_entity_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_entity")),
        sa.UniqueConstraint("partner_id", "name", name=op.f("uq_legal_entity_partner_id_name")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("email", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("email_key", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("password_hash", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("totp_secret", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("totp_since", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.Column("totp_last_step", sa.Integer(), nullable=False),
        sa.Column("invited_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.Column("joined_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.Column("disabled_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.Column("last_sign_in_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_staff_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email_key", name=op.f("uq_staff_email_key")),
    )
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_partner_id_id"), ["partner_id", "id"], unique=False)

    op.create_table(
        "tag",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("colour", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("description", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
        sa.Column("name_key", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_tag_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
        sa.UniqueConstraint("partner_id", "name_key", name=op.f("uq_tag_partner_id_name_key")),
    )
    op.create_table(
        "customer",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("tax_country", sqlmodel.sql.sqltypes.AutoString(length=2), nullable=False),
        sa.Column("tax_id", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("tax_rate", sa.Integer(), nullable=False),
        sa.Column("tax_exempt", sa.Boolean(), nullable=False),
        sa.Column("tax_certificate", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("address_line1", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("address_line2", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("city", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("region", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("postal_code", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("country", sqlmodel.sql.sqltypes.AutoString(length=2), nullable=False),
        sa.Column("company", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("legal_name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("ein", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("currency", sqlmodel.sql.sqltypes.AutoString(length=3), nullable=False),
        sa.Column("flow", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("terms_days", sa.Integer(), nullable=True),
        sa.Column("legal_entity_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True),
        sa.Column("language", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("group_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True),
        sa.Column("auto_pay", sa.Boolean(), nullable=False),
        sa.Column(
            "sort_key",
            sa.String(length=220).with_variant(sa.String(length=220, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "near_key",
            sa.String(length=220).with_variant(sa.String(length=220, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("draft_key", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("created_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.Column("ready_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.Column("archived_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.Column("merged_into", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["customer_group.id"], name=op.f("fk_customer_group_id")),
        sa.ForeignKeyConstraint(["legal_entity_id"], ["legal_entity.id"], name=op.f("fk_customer_legal_entity_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_customer_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("partner_id", "draft_key", name=op.f("uq_customer_partner_id_draft_key")),
    )
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.create_index(
            "ix_customer_archived",
            ["partner_id", "id"],
            unique=False,
            postgresql_where=sa.text("archived_at IS NOT NULL"),
            sqlite_where=sa.text("archived_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_customer_ein",
            ["partner_id", "ein"],
            unique=False,
            postgresql_where=sa.text("ein <> ''"),
            sqlite_where=sa.text("ein <> ''"),
        )
        batch_op.create_index(batch_op.f("ix_customer_partner_id_country"), ["partner_id", "country"], unique=False)
        batch_op.create_index(batch_op.f("ix_customer_partner_id_group_id"), ["partner_id", "group_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_customer_partner_id_id"), ["partner_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_customer_partner_id_near_key"), ["partner_id", "near_key"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_customer_partner_id_sort_key_id"), ["partner_id", "sort_key", "id"], unique=False
        )
        batch_op.create_index(
            "ix_customer_setup",
            ["partner_id", "id"],
            unique=False,
            postgresql_where=sa.text("ready_at IS NULL"),
            sqlite_where=sa.text("ready_at IS NULL"),
        )

    op.create_table(
        "effecttry",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("effect_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.Column("outcome", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("error", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.ForeignKeyConstraint(["effect_id"], ["effect.id"], name=op.f("fk_effecttry_effect_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_effecttry_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_effecttry")),
    )
    with op.batch_alter_table("effecttry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_effecttry_effect_id"), ["effect_id"], unique=False)

    op.create_table(
        "one_time_link",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("staff_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("token_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("created_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.Column("expires_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.Column("used_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_one_time_link_partner_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_one_time_link_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_one_time_link_token_hash")),
    )
    with op.batch_alter_table("one_time_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_one_time_link_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "recovery_code",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("staff_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("code_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("used_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_recovery_code_partner_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_recovery_code_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_code_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "staff_session",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("staff_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("token_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("created_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.Column("expires_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.Column("second_factor_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.Column("revoked_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.Column("agent", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("ip", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_staff_session_partner_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_session_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_session_token_hash")),
    )
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_session_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "alias",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("alias", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("customer_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("is_own", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_alias_customer_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_alias_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alias")),
        sa.UniqueConstraint("partner_id", "alias", name=op.f("uq_alias_partner_id_alias")),
    )
    with op.batch_alter_table("alias", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alias_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "contact",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("first_name", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("last_name", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("email", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("position", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("mail_billing", sa.Boolean(), nullable=False),
        sa.Column("mail_updates", sa.Boolean(), nullable=False),
        sa.Column("mail_legal", sa.Boolean(), nullable=False),
        sa.Column("portal_access", sa.Boolean(), nullable=False),
        sa.Column("permissions", sa.JSON(), nullable=False),
        sa.Column("customer_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("email_key", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("domain", sqlmodel.sql.sqltypes.AutoString(length=253), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("created_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=False),
        sa.Column("last_sign_in_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.Column("welcomed_at", arbill_app.kernel.db.columns.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_contact_customer_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_contact_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("customer_id", "email_key", name=op.f("uq_contact_customer_id_email_key")),
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index("ix_contact_domain", ["partner_id", "domain"], unique=False)
        batch_op.create_index("ix_contact_email", ["partner_id", "email_key"], unique=False)
        batch_op.create_index(
            "uq_contact_primary",
            ["customer_id"],
            unique=True,
            postgresql_where=sa.text("is_primary"),
            sqlite_where=sa.text("is_primary"),
        )

    op.create_table(
        "customer_search",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("found_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["customer.id"], name=op.f("fk_customer_search_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_customer_search_partner_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_customer_search")),
        sa.UniqueConstraint("id", name=op.f("uq_customer_search_id")),
    )
    op.create_table(
        "customer_tag",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("customer_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("tag_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_customer_tag_customer_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_customer_tag_partner_id")),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("fk_customer_tag_tag_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_tag")),
        sa.UniqueConstraint("customer_id", "tag_id", name=op.f("uq_customer_tag_customer_id_tag_id")),
    )
    with op.batch_alter_table("customer_tag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_customer_tag_tag_id_customer_id"), ["tag_id", "customer_id"], unique=False)

    op.create_table(
        "shipping_address",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("partner_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("address_line1", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("address_line2", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("city", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("region", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("postal_code", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("country", sqlmodel.sql.sqltypes.AutoString(length=2), nullable=False),
        sa.Column("customer_id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_shipping_address_customer_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_shipping_address_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipping_address")),
        sa.UniqueConstraint("customer_id", name=op.f("uq_shipping_address_customer_id")),
    )
    make_searchable()


def make_searchable() -> None:
    """One folded column, trigrams behind it: FTS5 kept in step by triggers, or a pg_trgm index."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        op.execute("CREATE INDEX ix_customer_search_grams ON customer_search USING gin (found_by gin_trgm_ops)")
        return
    op.execute(
        "CREATE VIRTUAL TABLE customer_fts USING fts5"
        "(found_by, content='customer_search', content_rowid='number', tokenize='trigram')"
    )
    gone = "INSERT INTO customer_fts(customer_fts, rowid, found_by) VALUES ('delete', old.number, old.found_by);"
    come = "INSERT INTO customer_fts(rowid, found_by) VALUES (new.number, new.found_by);"
    for name, event, body in (
        ("insert", "AFTER INSERT", come),
        ("delete", "AFTER DELETE", gone),
        ("update", "AFTER UPDATE OF found_by", gone + come),
    ):
        op.execute(f"CREATE TRIGGER customer_search_{name} {event} ON customer_search BEGIN {body} END")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE customer_fts")
    op.drop_table("shipping_address")
    with op.batch_alter_table("customer_tag", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_customer_tag_tag_id_customer_id"))

    op.drop_table("customer_tag")
    op.drop_table("customer_search")
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_contact_primary", postgresql_where=sa.text("is_primary"), sqlite_where=sa.text("is_primary")
        )
        batch_op.drop_index("ix_contact_email")
        batch_op.drop_index("ix_contact_domain")

    op.drop_table("contact")
    with op.batch_alter_table("alias", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alias_customer_id"))

    op.drop_table("alias")
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_session_staff_id"))

    op.drop_table("staff_session")
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recovery_code_staff_id"))

    op.drop_table("recovery_code")
    with op.batch_alter_table("one_time_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_one_time_link_staff_id"))

    op.drop_table("one_time_link")
    with op.batch_alter_table("effecttry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_effecttry_effect_id"))

    op.drop_table("effecttry")
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_customer_setup",
            postgresql_where=sa.text("ready_at IS NULL"),
            sqlite_where=sa.text("ready_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_customer_partner_id_sort_key_id"))
        batch_op.drop_index(batch_op.f("ix_customer_partner_id_near_key"))
        batch_op.drop_index(batch_op.f("ix_customer_partner_id_id"))
        batch_op.drop_index(batch_op.f("ix_customer_partner_id_group_id"))
        batch_op.drop_index(batch_op.f("ix_customer_partner_id_country"))
        batch_op.drop_index("ix_customer_ein", postgresql_where=sa.text("ein <> ''"), sqlite_where=sa.text("ein <> ''"))
        batch_op.drop_index(
            "ix_customer_archived",
            postgresql_where=sa.text("archived_at IS NOT NULL"),
            sqlite_where=sa.text("archived_at IS NOT NULL"),
        )

    op.drop_table("customer")
    op.drop_table("tag")
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_partner_id_id"))

    op.drop_table("staff")
    op.drop_table("legal_entity")
    with op.batch_alter_table("effect", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_effect_state_due_at"))
        batch_op.drop_index(batch_op.f("ix_effect_partner_id_kind_id"))

    op.drop_table("effect")
    op.drop_table("customer_group")
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activity_partner_id_subject_id_id"))

    op.drop_table("activity")
    with op.batch_alter_table("sign_in_try", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_try_key_at"))

    op.drop_table("sign_in_try")
    op.drop_table("partner")
