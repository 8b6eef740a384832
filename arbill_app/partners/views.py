"""What the screens may know of a partner: views, never rows."""

from dataclasses import dataclass, field
from typing import Any

from sqlmodel import col, select

from ..kernel import clock
from ..kernel.actor import MANAGERS, Role
from ..kernel.db.transactions import Tx
from ..kernel.text.formatting import day
from .auth.idle import is_idle
from .auth.two_factor_policy import required_of
from .models import ACCENT, LegalEntity, Partner, Person, Staff, StaffSession

PARTNER = "partner"


@dataclass(frozen=True)
class CompanyView:
    name: str = ""
    timezone: str = ""
    language: str = ""
    currency: str = ""
    terms_days: int = 30
    tax_rounding: str = "line"
    reply_to: str = ""
    accent: str = ACCENT
    logo_id: str | None = None
    idle_minutes: int = 0
    requires_two_factor: bool = False
    countries: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class EntityRow:
    id: str
    name: str
    tax_id: str
    second_tax_id: str
    tax_name: str
    invoice_pattern: str
    credit_pattern: str
    logo_id: str | None
    address_line1: str
    address_line2: str
    city: str
    region: str
    postal_code: str
    country: str
    is_default: bool

    @property
    def place(self) -> str:
        return ", ".join(part for part in (self.city, self.region, self.country) if part)


@dataclass(frozen=True)
class StaffRow:
    id: str
    name: str
    email: str
    role: str
    role_label: str
    status: str
    two_factor: bool
    last_sign_in: str
    me: bool


@dataclass(frozen=True)
class SessionRow:
    id: str
    agent: str
    since: str
    here: bool


def company(tx: Tx) -> CompanyView:
    partner = tx.get(Partner, tx.actor.partner_id)
    return CompanyView(**{name: getattr(partner, name) for name in CompanyView.__dataclass_fields__})


def partner_of(tx: Tx) -> Partner:
    """The actor's partner, cached per transaction. For reading only: to change it, use tx.get(…, lock=True)."""
    asked: dict[str, Partner] = tx.session.info.setdefault(PARTNER, {})
    id = tx.actor.partner_id
    if id not in asked:
        asked[id] = tx.get(Partner, id)
    return asked[id]


def timezone(tx: Tx) -> str:
    return partner_of(tx).timezone


def legal_entities(tx: Tx) -> list[EntityRow]:
    statement = tx.own(LegalEntity).order_by(LegalEntity.is_default.desc(), LegalEntity.name)  # type: ignore[attr-defined]
    return [EntityRow(**row.model_dump(exclude={"partner_id"})) for row in tx.all(statement)]


def entity_names(tx: Tx) -> list[tuple[str, str]]:
    """(id, name) of each legal entity, the default first: what a member may choose from."""
    return [(row.id, row.name) for row in legal_entities(tx)]


def default_entity_id(tx: Tx) -> str:
    return tx.scalar(
        select(LegalEntity.id).where(LegalEntity.owned_by(tx.actor), LegalEntity.is_default.is_(True))  # type: ignore[attr-defined]
    )


def team(tx: Tx) -> list[StaffRow]:
    tx.actor.must_be(*MANAGERS)
    zone = company(tx).timezone
    return [_staff_row(staff, person, tx.actor.id, zone) for staff, person in tx.rows(_staff(tx).order_by(Staff.name))]


def _staff(tx: Tx) -> Any:
    """(Staff, Person or None) of the own team."""
    return select(Staff, Person).outerjoin(Person, col(Person.id) == Staff.person_id).where(Staff.owned_by(tx.actor))


def _staff_row(row: Staff, person: Person | None, me: str, zone: str) -> StaffRow:
    return StaffRow(
        id=row.id,
        name=row.name,
        email=person.email if person else row.invited_email,
        role=row.role,
        role_label=Role(row.role).label,
        status="Removed" if row.disabled_at else "Active" if person else "Invited",
        two_factor=bool(person and person.second_factor_since),
        last_sign_in=day(row.last_sign_in_at, zone),
        me=row.id == me,
    )


def my_account(tx: Tx) -> StaffRow:
    return _staff_row(*_me(tx), tx.actor.id, timezone(tx))


def _me(tx: Tx) -> tuple[Staff, Person]:
    staff, person = tx.rows(_staff(tx).where(Staff.id == tx.actor.id))[0]
    return staff, person


def unproved_key(tx: Tx) -> str:
    """The TOTP key that the actor is setting up, base32; "" when there is none or it is in force already."""
    person = _me(tx)[1]
    return "" if person.totp_since else person.totp_secret


def required_by(tx: Tx) -> str:
    """The name of a company that requires two-factor sign-in of the actor, else ""."""
    return required_of(tx, _me(tx)[1].id)


def my_app(tx: Tx) -> bool:
    """Whether the actor has an authenticator app in force."""
    return _me(tx)[1].totp_since is not None


def my_sessions(tx: Tx) -> list[SessionRow]:
    """Signed-in browsers of the actor, whatever company they have open; the newest first."""
    mine = select(Staff.person_id).where(Staff.owned_by(tx.actor), Staff.id == tx.actor.id).scalar_subquery()
    live = select(StaffSession, Partner.idle_minutes).join(Partner, col(Partner.id) == StaffSession.partner_id)
    usable = live.where(
        StaffSession.person_id == mine,
        col(StaffSession.revoked_at).is_(None),
        StaffSession.expires_at > clock.now(),
    )
    recent = tx.rows(usable.order_by(col(StaffSession.id).desc()).limit(20))
    rows, zone = [row for row, minutes in recent if not is_idle(row, minutes)], timezone(tx)
    return [
        SessionRow(row.id, browser(row.agent), day(row.created_at, zone), row.id == tx.actor.session_id) for row in rows
    ]


BROWSERS = ("Edg", "Firefox", "Chrome", "Safari")


def browser(agent: str) -> str:
    """A user-agent header as a person would say it: "Chrome on Linux"."""
    name = next((b for b in BROWSERS if b in agent), "")
    system = next((s for s in ("Windows", "iPhone", "Android", "Mac OS", "Linux") if s in agent), "")
    said = {"Edg": "Edge", "": "A browser"}.get(name, name)
    return f"{said} on {system}" if system else said
