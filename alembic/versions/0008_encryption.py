"""What opens something is encrypted: second factors, codes, payment links, letters that carry them"""

from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
import sqlmodel
from alembic import op

from arbill_app.kernel.encryption.values import decrypt, encrypt

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

PAGE = 1000
# table: (plain column, its length, encrypted column, purpose)
MOVED = {
    "staff": ("totp_secret", 64, "totp_sealed", "totp"),
    "recovery_code": ("code_hash", 64, "code_sealed", "recovery code"),
    "portal_code": ("code_hash", 64, "code_sealed", "portal code"),
    "sandbox_bank": ("secret", 64, "secret_sealed", "sandbox"),
}


def upgrade() -> None:
    # No table is copied: on SQLite that would take its triggers along.
    for table, (plain, _, sealed, purpose) in MOVED.items():
        _add(table, sealed, 300)
        _rewrite(table, [plain], lambda row, to=sealed, by=purpose: {to: row[0] and encrypt(row[0], by)})
        op.drop_column(table, plain)
    _add("invoice", "link_sealed", 300)
    op.execute("ALTER TABLE invoice RENAME COLUMN link_token TO link_hash")
    _rewrite("invoice", ["link_hash"], _seal_link)
    _rewrite("effect", ["kind", "payload"], _seal_letter, payload=sa.JSON())
    op.create_table(
        "key_check",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("sealed", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_key_check"),
    )


def downgrade() -> None:
    op.drop_table("key_check")
    _rewrite("effect", ["kind", "payload"], _open_letter, payload=sa.JSON())
    _rewrite("invoice", ["link_sealed"], lambda row: {"link_hash": decrypt(row[0], "payment link")})
    op.execute("ALTER TABLE invoice RENAME COLUMN link_hash TO link_token")
    op.drop_column("invoice", "link_sealed")
    for table, (plain, length, sealed, purpose) in MOVED.items():
        _add(table, plain, length)
        _rewrite(table, [sealed], lambda row, to=plain, by=purpose: {to: row[0] and decrypt(row[0], by)})
        op.drop_column(table, sealed)


def _seal_link(row: Any) -> dict[str, Any]:
    from arbill_app.invoices.models import with_link

    return with_link(row[0])


def _seal_letter(row: Any) -> dict[str, Any]:
    from arbill_app.kernel.message import sealed

    return {"payload": sealed(row[1])} if row[0] == "email" and "sealed" not in row[1] else {}


def _open_letter(row: Any) -> dict[str, Any]:
    from arbill_app.kernel.message import opened

    return {"payload": opened(row[1])} if row[0] == "email" else {}


def _add(table: str, name: str, length: int) -> None:
    kind = sqlmodel.sql.sqltypes.AutoString(length=length)
    op.add_column(table, sa.Column(name, kind, nullable=False, server_default=""))


def _rewrite(table: str, read: list[str], made: Callable[[Any], dict[str, Any]], **kinds: Any) -> None:
    """Sets what `made` says of each row, page by page in the order of ids."""
    database = op.get_bind()
    for page in _pages(table, read, kinds):
        changes = [{"of": row[0], **changed} for row in page if (changed := made(row[1:]))]
        if changes:
            names = [name for name in changes[0] if name != "of"]
            there = sa.table(table, sa.column("id"), *(sa.column(name, kinds.get(name)) for name in names))
            values = {name: sa.bindparam(name, type_=kinds.get(name)) for name in names}
            database.execute(sa.update(there).where(there.c.id == sa.bindparam("of")).values(values), changes)


def _pages(table: str, read: list[str], kinds: dict[str, Any]) -> Iterator[Any]:
    there = sa.table(table, sa.column("id"), *(sa.column(name, kinds.get(name)) for name in read))
    after = ""
    while (
        page := op.get_bind()
        .execute(
            sa.select(there.c.id, *(there.c[name] for name in read))
            .where(there.c.id > after)
            .order_by("id")
            .limit(PAGE)
        )
        .all()
    ):
        yield page
        after = page[-1][0]
