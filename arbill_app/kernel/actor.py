"""Who is acting, for which partner, and what that role may do."""

from dataclasses import dataclass
from enum import StrEnum

from .errors import Forbidden


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


@dataclass(frozen=True)
class Actor:
    """`kind` is staff, contact, key or job; `id` is that row's id."""

    partner_id: str
    kind: str
    id: str
    name: str
    role: str = ""
    session_id: str = ""

    @property
    def may_write(self) -> bool:
        return self.kind != "staff" or self.role in WRITERS

    def must_be(self, *roles: Role) -> None:
        if self.kind != "job" and self.role not in roles:
            raise Forbidden("Your role does not allow this. Ask an owner or admin.")


def job(partner_id: str, name: str = "arbill") -> Actor:
    """arbill itself, working for one partner: jobs, the demo company, the command line."""
    return Actor(partner_id, "job", name, name)
