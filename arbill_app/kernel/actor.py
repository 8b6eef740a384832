"""Who is acting, for which partner, and what that role may do."""

from dataclasses import dataclass, replace
from enum import StrEnum

from .errors import Forbidden
from .problems import Problem


class Role(StrEnum):
    """Roles of staff; read-only changes nothing, a member sees neither settings nor bank details."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    READ_ONLY = "read_only"

    @property
    def label(self) -> str:
        return self.value.replace("_", "-").capitalize()


MANAGERS = (Role.OWNER, Role.ADMIN)
WRITERS = (*MANAGERS, Role.MEMBER)
STAFF = tuple(Role)


class Kind(StrEnum):
    """Who acts. Staff, API keys and jobs see the rows of their partner; the others what each table says (Owned)."""

    STAFF = "staff"
    PORTAL = "portal"  # a contact of a customer, or staff who view the portal as that customer
    LINK = "link"  # the holder of a payment link
    KEY = "key"
    JOB = "job"


@dataclass(frozen=True)
class Actor:
    """`id` is the row of the staff member, contact, invoice (of a payment link) or key; a job has its name.

    `customer_id` is whom a portal actor or payment link acts for, `invoice_id` what a payment link pays: the database
    layer (Tx) restricts every query to them while `narrowed`. ValueError for a kind that does not exist.
    """

    partner_id: str
    kind: Kind
    id: str
    name: str
    role: str = ""
    session_id: str = ""
    customer_id: str = ""
    invoice_id: str = ""
    narrowed: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", Kind(self.kind))

    @property
    def may_write(self) -> bool:
        return self.kind != Kind.STAFF or self.role in WRITERS

    def must_be(self, *roles: Role) -> None:
        if self.kind != Kind.JOB and self.role not in roles:
            raise Forbidden(Problem("role.not_allowed"))

    def for_partner(self) -> "Actor":
        """The same actor, no longer narrowed to a customer or invoice: for verbs about rows that a gate let through.

        They write what the actor may not read (effects, activity, search) and answer to their own rules.
        """
        return replace(self, narrowed=False)


def job(partner_id: str, name: str = "arbill") -> Actor:
    """arbill itself, working for one partner: jobs, the demo company, the command line."""
    return Actor(partner_id, Kind.JOB, name, name)


def portal_contact(partner_id: str, customer_id: str, contact_id: str, name: str) -> Actor:
    """A person in the portal; `contact_id` is "" for staff who view it as the customer."""
    return Actor(partner_id, Kind.PORTAL, contact_id, name, customer_id=customer_id)


def payment_link(partner_id: str, customer_id: str, invoice_id: str) -> Actor:
    """Whoever holds the payment link of an invoice."""
    return Actor(partner_id, Kind.LINK, invoice_id, "Payment link", customer_id=customer_id, invoice_id=invoice_id)
