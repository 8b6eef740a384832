"""Many customers without going through the set-up: rows of a partner of their own, as the verbs would leave them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from arbill_app.customers.commands.lifecycle import archive_customer
from arbill_app.customers.models import Alias, Contact, ContactFields, Customer, CustomerFields, CustomerTag, Group, Tag
from arbill_app.customers.views import search
from arbill_app.customers.views.listing import Filter, Page, list_customers
from arbill_app.kernel import clock
from arbill_app.kernel.actor import Actor, job
from arbill_app.kernel.db.transactions import Tx, new_id, read, write
from arbill_app.kernel.fields import check
from arbill_app.kernel.text.mailbox import mailbox_key
from arbill_app.kernel.text.search_keys import fold, name_key
from arbill_app.partners.models import Partner, PartnerFields


@dataclass(frozen=True)
class Row:
    """What a customer is found and sorted by. `tags` and `group` are places in the partner's."""

    company: str = "Company"
    country: str = "US"
    status: str = "active"
    tags: frozenset[int] = frozenset()
    group: int | None = None
    legal_name: str = ""
    aliases: tuple[str, ...] = ()
    contact: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Crowd:
    actor: Actor
    tags: list[str]
    groups: list[str]
    rows: dict[str, Row]

    def add(self, row: Row) -> str:
        id = write(self.actor, _add, self, row)
        self.rows[id] = row
        return id

    def archive(self, id: str) -> None:
        write(self.actor, archive_customer, id)
        self.rows[id] = replace(self.rows[id], status="archived")

    def page(self, wanted: Filter, size: int = 50) -> Page:
        return read(self.actor, list_customers, wanted, size)


def crowd(rows: Sequence[Row] = (), labels: int = 2) -> Crowd:
    actor = job(new_id(Partner.prefix))

    def found(tx: Tx) -> Crowd:
        tx.create(Partner, check(PartnerFields, {"name": "Crowd"}), id=actor.partner_id, created_at=clock.now())
        tx.flush()
        tags = [tx.create(Tag, name=f"Tag {i}", name_key=f"tag {i}", colour="grey").id for i in range(labels)]
        groups = [tx.create(Group, name=f"Group {i}", name_key=f"group {i}").id for i in range(labels)]
        tx.flush()
        made = Crowd(actor, tags, groups, {})
        for row in rows:
            made.rows[_add(tx, made, row)] = row
        return made

    return write(actor, found)


def _add(tx: Tx, crowd: Crowd, row: Row) -> str:
    at = clock.now()
    customer = tx.create(
        Customer,
        CustomerFields(company=row.company, legal_name=row.legal_name, country=row.country, currency="USD"),
        group_id=crowd.groups[row.group] if row.group is not None else None,
        sort_key=fold(row.company)[:220],
        near_key=name_key(row.company)[:200],
        draft_key=new_id("key"),
        created_at=at,
        ready_at=None if row.status == "setup" else at,
        archived_at=at if row.status == "archived" else None,
    )
    tx.flush()
    children: list[dict[str, Any]] = [{"alias": customer.id, "is_own": True}, *({"alias": a} for a in row.aliases)]
    for child in children:
        tx.create(Alias, customer_id=customer.id, **child)
    for tag in row.tags:
        tx.create(CustomerTag, customer_id=customer.id, tag_id=crowd.tags[tag])
    if row.contact:
        keys = {"email_key": mailbox_key(row.contact["email"]), "domain": row.contact["email"].rpartition("@")[2]}
        fields = check(ContactFields, row.contact)
        tx.create(Contact, fields, customer_id=customer.id, is_primary=True, created_at=at, **keys)
    search.index(tx, customer)
    return customer.id
