"""What the screens may know of a partner: views, never rows."""

from dataclasses import dataclass, field

from sqlmodel import select

from ..kernel import clock
from ..kernel.actor import MANAGERS, Role
from ..kernel.db import Tx
from ..kernel.words import day
from .idle import is_idle
from .models import ACCENT, LegalEntity, Partner, Staff, StaffSession


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


def timezone(tx: Tx) -> str:
    return str(tx.scalar(select(Partner.timezone).where(Partner.owned_by(tx.actor))))


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
    return [_staff_row(row, tx.actor.id, zone) for row in tx.all(tx.own(Staff).order_by(Staff.name))]


def _staff_row(row: Staff, me: str, zone: str) -> StaffRow:
    return StaffRow(
        id=row.id,
        name=row.name,
        email=row.email,
        role=row.role,
        role_label=Role(row.role).label,
        status="Removed" if row.disabled_at else "Active" if row.joined_at else "Invited",
        two_factor=row.totp_since is not None,
        last_sign_in=day(row.last_sign_in_at, zone),
        me=row.id == me,
    )


def my_account(tx: Tx) -> StaffRow:
    return _staff_row(tx.get(Staff, tx.actor.id), tx.actor.id, company(tx).timezone)


def unproved_key(tx: Tx) -> str:
    """The TOTP key that the actor is setting up, base32; "" when there is none or it is in force already."""
    staff = tx.get(Staff, tx.actor.id)
    return "" if staff.totp_since else staff.totp_secret


def required_by(tx: Tx) -> str:
    """The name of the partner when it requires two-factor sign-in of the actor, else ""."""
    partner = tx.get(Partner, tx.actor.partner_id)
    return partner.name if partner.requires_two_factor else ""


def my_sessions(tx: Tx) -> list[SessionRow]:
    """Signed-in browsers of the actor, the newest first."""
    live = tx.own(StaffSession).where(
        StaffSession.staff_id == tx.actor.id,
        StaffSession.revoked_at.is_(None),  # type: ignore[union-attr]
        StaffSession.expires_at > clock.now(),
    )
    zone, minutes = company(tx).timezone, company(tx).idle_minutes
    recent = tx.all(live.order_by(StaffSession.id.desc()).limit(20))  # type: ignore[attr-defined]
    rows = [row for row in recent if not is_idle(row, minutes)]
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
