"""Who signs in is a person, who may work for several partners

Everybody who joined becomes a person and keeps their place on the team under the same id. Invitations that nobody
accepted stay invitations.
"""

import sqlalchemy as sa
from alembic import op

from arbill_app.kernel.db.columns import Moment

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

text = sa.String
PERSON_OF = "SELECT person_id FROM staff WHERE staff.id = {table}.staff_id"
COPIED = "email, email_key, password_hash, totp_sealed, totp_since, totp_last_step"
JOINED = "joined_at IS NOT NULL OR password_hash <> ''"


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("id", text(length=32), nullable=False),
        sa.Column("email", text(length=254), nullable=False),
        sa.Column("email_key", text(length=254), nullable=False),
        sa.Column("password_hash", text(length=200), nullable=False),
        sa.Column("totp_sealed", text(length=300), nullable=False),
        sa.Column("totp_since", Moment(timezone=True), nullable=True),
        sa.Column("totp_last_step", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("email_key", name="uq_person_email_key"),
    )
    op.execute(
        f"""INSERT INTO person ({COPIED}, id, created_at)
        SELECT {COPIED}, 'per_' || substr(id, 5), COALESCE(joined_at, invited_at) FROM staff WHERE {JOINED}"""
    )
    # SQLite copies a table to change it, and drops the old one: nothing may point at it meanwhile.
    _forget_staff()
    with op.batch_alter_table("staff") as staff:
        staff.add_column(sa.Column("person_id", text(length=32), nullable=True))
        staff.alter_column("email", new_column_name="invited_email")
        staff.alter_column("email_key", new_column_name="invited_key", existing_type=text(length=254), nullable=True)
        staff.drop_constraint("uq_staff_email_key", type_="unique")
    with op.batch_alter_table("staff") as staff:
        staff.create_foreign_key("fk_staff_person_id", "person", ["person_id"], ["id"])
        staff.create_unique_constraint("uq_staff_partner_id_person_id", ["partner_id", "person_id"])
        staff.create_unique_constraint("uq_staff_partner_id_invited_key", ["partner_id", "invited_key"])
        staff.create_index("ix_staff_person_id", ["person_id"])
    op.execute(f"UPDATE staff SET person_id = 'per_' || substr(id, 5) WHERE {JOINED}")
    op.execute("UPDATE staff SET invited_email = '', invited_key = NULL WHERE person_id IS NOT NULL")
    with op.batch_alter_table("staff") as staff:
        for name in ("password_hash", "totp_sealed", "totp_since", "totp_last_step"):
            staff.drop_column(name)
    _point_at_people()


def _forget_staff() -> None:
    with op.batch_alter_table("staff_session") as sessions:
        sessions.drop_constraint("fk_staff_session_staff_id", type_="foreignkey")
        sessions.add_column(sa.Column("person_id", text(length=32), nullable=True))
    with op.batch_alter_table("recovery_code") as codes:
        codes.drop_constraint("fk_recovery_code_staff_id", type_="foreignkey")
        codes.drop_constraint("fk_recovery_code_partner_id", type_="foreignkey")
        codes.drop_column("partner_id")
        codes.add_column(sa.Column("person_id", text(length=32), nullable=True))
    with op.batch_alter_table("one_time_link") as links:
        links.drop_constraint("fk_one_time_link_staff_id", type_="foreignkey")
        links.drop_constraint("fk_one_time_link_partner_id", type_="foreignkey")
        links.drop_column("partner_id")
        links.alter_column("staff_id", existing_type=text(length=32), nullable=True)
        links.add_column(sa.Column("person_id", text(length=32), nullable=True))


def _point_at_people() -> None:
    for table in ("staff_session", "recovery_code"):
        op.execute(f"UPDATE {table} SET person_id = ({PERSON_OF.format(table=table)})")
        op.execute(f"DELETE FROM {table} WHERE person_id IS NULL")
    # Somebody who never joined could ask for a reset, and joined by it.
    op.execute(f"UPDATE one_time_link SET person_id = ({PERSON_OF.format(table='one_time_link')}) WHERE kind = 'reset'")
    op.execute("UPDATE one_time_link SET staff_id = NULL WHERE person_id IS NOT NULL")
    op.execute("UPDATE one_time_link SET kind = 'invite' WHERE person_id IS NULL")
    with op.batch_alter_table("staff_session") as sessions:
        sessions.alter_column("person_id", existing_type=text(length=32), nullable=False)
        sessions.create_foreign_key("fk_staff_session_staff_id", "staff", ["staff_id"], ["id"])
        sessions.create_foreign_key("fk_staff_session_person_id", "person", ["person_id"], ["id"])
        sessions.create_index("ix_staff_session_person_id", ["person_id"])
    with op.batch_alter_table("recovery_code") as codes:
        codes.alter_column("person_id", existing_type=text(length=32), nullable=False)
        codes.drop_index("ix_recovery_code_staff_id")
        codes.drop_column("staff_id")
        codes.create_foreign_key("fk_recovery_code_person_id", "person", ["person_id"], ["id"])
        codes.create_index("ix_recovery_code_person_id", ["person_id"])
    with op.batch_alter_table("one_time_link") as links:
        links.create_foreign_key("fk_one_time_link_staff_id", "staff", ["staff_id"], ["id"])
        links.create_foreign_key("fk_one_time_link_person_id", "person", ["person_id"], ["id"])
        links.create_index("ix_one_time_link_person_id", ["person_id"])


# ---------------------------------------------------------------- back: one person, one place

FIRST = "(SELECT min(other.id) FROM staff AS other WHERE other.{same} = staff.{same})"


def downgrade() -> None:
    """Of several places of one person, or several invitations of one address, only the oldest keeps the address."""
    with op.batch_alter_table("staff_session") as sessions:
        sessions.drop_constraint("fk_staff_session_staff_id", type_="foreignkey")
        sessions.drop_constraint("fk_staff_session_person_id", type_="foreignkey")
        sessions.drop_index("ix_staff_session_person_id")
        sessions.drop_column("person_id")
    for table in ("recovery_code", "one_time_link"):
        with op.batch_alter_table(table) as rows:
            rows.add_column(sa.Column("partner_id", text(length=32), nullable=True))
            rows.drop_constraint(f"fk_{table}_person_id", type_="foreignkey")
            if table == "recovery_code":
                rows.add_column(sa.Column("staff_id", text(length=32), nullable=True))
            else:
                rows.drop_constraint(f"fk_{table}_staff_id", type_="foreignkey")
        op.execute(
            f"""UPDATE {table} SET staff_id = (SELECT min(id) FROM staff WHERE staff.person_id = {table}.person_id)
            WHERE staff_id IS NULL"""
        )
        op.execute(f"UPDATE {table} SET partner_id = (SELECT partner_id FROM staff WHERE staff.id = {table}.staff_id)")
    _one_person_one_place()
    for table in ("recovery_code", "one_time_link"):
        with op.batch_alter_table(table) as rows:
            rows.alter_column("partner_id", existing_type=text(length=32), nullable=False)
            rows.alter_column("staff_id", existing_type=text(length=32), nullable=False)
            rows.drop_index(f"ix_{table}_person_id")
            rows.drop_column("person_id")
            rows.create_foreign_key(f"fk_{table}_partner_id", "partner", ["partner_id"], ["id"])
            rows.create_foreign_key(f"fk_{table}_staff_id", "staff", ["staff_id"], ["id"])
            if table == "recovery_code":
                rows.create_index("ix_recovery_code_staff_id", ["staff_id"])
    with op.batch_alter_table("staff_session") as sessions:
        sessions.create_foreign_key("fk_staff_session_staff_id", "staff", ["staff_id"], ["id"])
    op.drop_table("person")


def _one_person_one_place() -> None:
    moved = {
        "password_hash": (text(length=200), "''"),
        "totp_sealed": (text(length=300), "''"),
        "totp_since": (Moment(timezone=True), "NULL"),
        "totp_last_step": (sa.Integer(), "0"),
    }
    with op.batch_alter_table("staff") as staff:
        for name, (kind, empty) in moved.items():
            default = None if empty == "NULL" else sa.text(empty)
            staff.add_column(sa.Column(name, kind, nullable=empty == "NULL", server_default=default))
        staff.drop_constraint("uq_staff_partner_id_invited_key", type_="unique")
        staff.drop_constraint("uq_staff_partner_id_person_id", type_="unique")
    of_person = "SELECT {name} FROM person WHERE person.id = staff.person_id"
    for name in moved:
        op.execute(f"UPDATE staff SET {name} = ({of_person.format(name=name)}) WHERE person_id IS NOT NULL")
    for kept, name in (("invited_email", "email"), ("invited_key", "email_key")):
        op.execute(f"UPDATE staff SET {kept} = ({of_person.format(name=name)}) WHERE person_id IS NOT NULL")
    known = "person_id IS NULL AND invited_key IN (SELECT email_key FROM person)"
    again = f"id <> {FIRST.format(same='person_id')} OR id <> {FIRST.format(same='invited_key')}"
    op.execute(f"UPDATE staff SET invited_key = 'twice:' || id WHERE ({known}) OR {again}")
    with op.batch_alter_table("staff") as staff:
        staff.drop_constraint("fk_staff_person_id", type_="foreignkey")
        staff.drop_index("ix_staff_person_id")
        staff.drop_column("person_id")
        staff.alter_column("invited_email", new_column_name="email")
        staff.alter_column("invited_key", new_column_name="email_key", existing_type=text(length=254), nullable=False)
    with op.batch_alter_table("staff") as staff:
        staff.create_unique_constraint("uq_staff_email_key", ["email_key"])
