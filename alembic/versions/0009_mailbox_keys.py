"""Which mailbox an address names: the domain's A-label instead of case folding, which took ß for ss

Rows that this tells apart, or finds to be one mailbox, are printed and noted in Activity; none is merged.
"""

from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from arbill_app.kernel import clock
from arbill_app.kernel.db.transactions import new_id
from arbill_app.kernel.text.mailbox import domain_of, mailbox_key, spellings
from arbill_app.kernel.text.search_keys import fold

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

APART = "{email} was taken for the same mailbox as another address. Each signs in to the portal by itself from now on."
TWICE = "{email} is the mailbox of another contact of this customer too. Remove one of them: this one cannot sign in."
STAFF_TWICE = "{email} is the mailbox of another sign-in too: this one cannot sign in until its address is changed."
LOGIN_APART = "Portal sign-in {key}: its password was for several mailboxes. It was removed; codes by email work."


def table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(column) for column in columns))


CONTACT = table("contact", "id", "partner_id", "customer_id", "email", "email_key", "domain")
STAFF = table("staff", "id", "partner_id", "email", "email_key", "joined_at")
LOGIN = table("portal_login", "id", "email_key")
SESSION = table("portal_session", "id", "email_key")
CODE = table("portal_code", "id", "email_key")
SEARCH = table("customer_search", "id", "found_by")
ACTIVITY = sa.table(
    "activity",
    sa.column("at", sa.DateTime(timezone=True)),
    sa.column("changes", sa.JSON),
    *map(sa.column, ("id", "partner_id", "actor_kind", "actor_id", "actor_name", "action", "subject_id", "note")),
)


def upgrade() -> None:
    moved = contacts()
    staff()
    portal_sign_ins(moved)


def contacts() -> dict[str, set[str]]:
    """Gives contacts their keys. Returns the keys that are different now: {before: all that it became}."""
    odd = sa.select(CONTACT.c.email_key).where(international(CONTACT.c.email))
    rows = op.get_bind().execute(sa.select(CONTACT).where(CONTACT.c.email_key.in_(odd)).order_by(CONTACT.c.id)).all()
    became: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        became[row.email_key].add(mailbox_key(row.email))
    keys: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    for row in rows:
        keys[row.id] = key = mailbox_key(row.email)
        if (row.customer_id, key) in seen:
            note(row, "contact.mailbox", row.customer_id, TWICE)
            keys[row.id] = f"twice:{row.id}"
        elif len(became[row.email_key]) > 1:
            note(row, "contact.mailbox", row.customer_id, APART)
        seen.add((row.customer_id, key))
    for row in rekey(CONTACT, rows, keys):
        change(CONTACT, row.id, domain=domain_of(mailbox_key(row.email)))
        find_by(row.customer_id, row.email)
    return {before: after for before, after in became.items() if after != {before}}


def international(email: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Only such addresses have another key now: of a million contacts there are few."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    size = sa.func.length(sa.cast(email, sa.LargeBinary)) if sqlite else sa.func.octet_length(email)
    return sa.or_(size > sa.func.length(email), sa.func.lower(email).contains("xn--"))


def find_by(customer_id: str, email: str) -> None:
    """The customer is found by both spellings of the domain."""
    has = sa.select(SEARCH.c.found_by).where(SEARCH.c.id == customer_id)
    found_by = op.get_bind().execute(has).scalar() or ""
    new = [text for text in map(fold, spellings(email)) if text not in found_by]
    if found_by and new:
        change(SEARCH, customer_id, found_by=" · ".join([found_by, *new]))


def rekey(model: sa.TableClause, rows: Sequence[sa.Row], keys: dict[str, str]) -> list[sa.Row]:
    """Writes the keys that changed, out of each other's way first: they are unique. Returns the rows that changed."""
    moving = [row for row in rows if keys[row.id] != row.email_key]
    for row in moving:
        change(model, row.id, email_key=f"moving:{row.id}")
    for row in moving:
        change(model, row.id, email_key=keys[row.id])
    return moving


def staff() -> None:
    """Everybody keeps signing in; of two with one mailbox only who joined first does. The key is unique."""
    first = sa.select(STAFF).order_by(STAFF.c.joined_at.is_(None), STAFF.c.joined_at, STAFF.c.id)
    rows = op.get_bind().execute(first).all()
    keys: dict[str, str] = {}
    for row in rows:
        key = mailbox_key(row.email)
        if key in keys.values():
            note(row, "staff.mailbox", row.id, STAFF_TWICE)
            key = f"twice:{row.id}"
        keys[row.id] = key
    rekey(STAFF, rows, keys)


def portal_sign_ins(moved: dict[str, set[str]]) -> None:
    """Passwords and sessions follow their mailbox. What several shared could be another's: it ends."""
    taken = set(op.get_bind().execute(sa.select(LOGIN.c.email_key)).scalars())
    for before, after in moved.items():
        new = next(iter(after))
        if len(after) > 1 or new in taken:
            if before in taken:
                print(LOGIN_APART.format(key=before))
            for model in (LOGIN, SESSION):
                op.execute(model.delete().where(model.c.email_key == before))
        else:
            for model in (LOGIN, SESSION):
                op.execute(model.update().where(model.c.email_key == before).values(email_key=new))
        op.execute(CODE.delete().where(CODE.c.email_key == before))


def change(model: sa.TableClause, id: str, **values: str) -> None:
    op.execute(model.update().where(model.c.id == id).values(**values))


def note(row: sa.Row, action: str, subject_id: str, sentence: str) -> None:
    said = sentence.format(email=row.email)
    print(f"{row.id}: {said}")
    who = {"actor_kind": "job", "actor_id": "arbill", "actor_name": "arbill"}
    what = {"action": action, "subject_id": subject_id, "note": said[:500], "changes": {}}
    values = {"id": new_id("act"), "at": clock.now(), "partner_id": row.partner_id}
    op.execute(ACTIVITY.insert().values(**values, **who, **what))


def downgrade() -> None:
    """Keys of either kind fit into the same columns; what was signed in by the older ones signs in anew."""
