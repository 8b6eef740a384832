"""The company that invoices: itself, its legal entities, its staff and how they sign in."""

import re
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from zoneinfo import available_timezones

from pydantic import field_validator
from sqlalchemy import JSON, ColumnElement, Index, LargeBinary, String, UniqueConstraint, true
from sqlmodel import Field

from ..kernel.actor import Actor, Role
from ..kernel.db.columns import moment, sealed
from ..kernel.db.transactions import Owned, Record
from ..kernel.encryption.values import decrypt
from ..kernel.fields import Fields, email_address, language_code, line, said
from ..kernel.money import is_currency


class TaxRounding(StrEnum):
    """Whether tax becomes whole minor units on each line or once per rate on the whole invoice."""

    LINE = "line"
    INVOICE = "invoice"


ACCENT = "#047857"
TOTP = "totp"
RECOVERY = "recovery code"


class BrandingFields(Fields):
    """How papers and messages look: the accent of headings and buttons."""

    accent: str = Field(ACCENT, min_length=7, max_length=7, schema_extra=said("Accent colour"))

    @field_validator("accent")
    @classmethod
    def _accent(cls, value: str) -> str:
        if not re.fullmatch("#[0-9a-fA-F]{6}", value):
            raise ValueError("Enter a colour such as #047857.")
        return value.lower()


class PartnerFields(Fields):
    name: str = line("Company name", 200, missing="partner.name_missing")
    reply_to: str = line("Reply-to email", 254)
    timezone: str = Field("America/New_York", max_length=60, schema_extra=said("Time zone"))
    language: str = Field("en", min_length=2, max_length=10, schema_extra=said("Language"))
    currency: str = Field("USD", min_length=3, max_length=3, schema_extra=said("Currency"))
    terms_days: int = Field(30, ge=0, le=365, schema_extra=said("Payment Terms"))
    tax_rounding: str = Field(TaxRounding.LINE, max_length=10, schema_extra=said("Tax rounding"))

    _language = field_validator("language")(language_code)

    @field_validator("reply_to")
    @classmethod
    def _reply_to(cls, value: str) -> str:
        return email_address(value) if value else ""

    @field_validator("tax_rounding")
    @classmethod
    def _rounding(cls, value: str) -> str:
        if value not in list(TaxRounding):
            raise ValueError("Choose how tax is rounded.")
        return value

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("Choose a time zone.")
        return value

    @field_validator("currency")
    @classmethod
    def _currency(cls, value: str) -> str:
        if not is_currency(value):
            raise ValueError("Choose a currency.")
        return value


def is_country(code: str) -> bool:
    import pycountry  # slow to import

    return pycountry.countries.get(alpha_2=code) is not None and code.isupper()


class Partner(BrandingFields, PartnerFields, Record, table=True):
    """`countries` are the ISO 3166 codes of "Countries you bill". After `idle_minutes` without use staff are signed
    out; 0 is never. Since `two_factor_required_at` everybody needs a second factor to get in."""

    prefix: ClassVar[str] = "par"

    countries: list[str] = Field(default_factory=lambda: ["US", "CA"], sa_type=JSON)
    logo_id: str | None = Field(default=None, max_length=32)
    idle_minutes: int = 0
    two_factor_required_at: datetime | None = moment(default=None, nullable=True)
    created_at: datetime = moment()

    @property
    def requires_two_factor(self) -> bool:
        return self.two_factor_required_at is not None

    @classmethod
    def owned_by(cls, actor: Actor) -> ColumnElement[bool]:
        """Its own row is what every page and paper names: also in the portal and behind a payment link."""
        return cls.id == actor.partner_id  # type: ignore[return-value]


class Logo(Owned, table=True):
    """A picture, never changed: issued papers go on showing the one they were issued with.

    `printed` is the PNG that papers print for an SVG; None for other kinds, and where it was stored before there were
    any.
    """

    prefix: ClassVar[str] = "lgo"

    kind: str = Field(max_length=20)
    content: bytes = Field(sa_type=LargeBinary)
    printed: bytes | None = Field(default=None, sa_type=LargeBinary)
    created_at: datetime = moment()

    @classmethod
    def seen_by_customer(cls, customer_id: str) -> ColumnElement[bool]:
        return true()  # printed on every paper

    @classmethod
    def seen_by_link(cls, customer_id: str, invoice_id: str) -> ColumnElement[bool]:
        return true()


class LegalEntityFields(Fields):
    name: str = line("Name", 200, missing="entity.name_missing")
    tax_id: str = line("Tax ID", 40)
    second_tax_id: str = line("Second tax ID", 40)
    tax_name: str = line("Name of tax", 60)
    invoice_pattern: str = line("Invoice number pattern", 40)
    credit_pattern: str = line("Credit note number pattern", 40)
    address_line1: str = line("Address", 200)
    address_line2: str = line("Address line 2", 200)
    city: str = line("City", 100)
    region: str = line("State/Province", 100)
    postal_code: str = line("ZIP/Postal Code", 20)
    country: str = line("Country", 2, missing="country.missing")

    @field_validator("country")
    @classmethod
    def _country(cls, value: str) -> str:
        if not is_country(value):
            raise ValueError("Choose a country.")
        return value


class LegalEntity(LegalEntityFields, Owned, table=True):
    """`tax_name` is what its invoices call a tax at the customer's Tax Rate; empty is "Tax"."""

    __tablename__ = "legal_entity"
    __table_args__ = (UniqueConstraint("partner_id", "name"),)
    prefix: ClassVar[str] = "ent"

    logo_id: str | None = Field(default=None, max_length=32)
    is_default: bool = False

    @classmethod
    def seen_by_customer(cls, customer_id: str) -> ColumnElement[bool]:
        return true()  # named on every paper

    @classmethod
    def seen_by_link(cls, customer_id: str, invoice_id: str) -> ColumnElement[bool]:
        return true()


class StaffFields(Fields):
    name: str = line("Name", 200, missing="staff.name_missing")
    email: str = line("Email", 254, missing="email.missing")

    _email = field_validator("email")(email_address)


class Person(Record, table=True):
    """Who signs in: one mailbox, one password, whatever number of companies they work for.

    `second_factor_since`: they have an authenticator app (`totp_since`) or a passkey, or both: see auth/factors.py.

    Made only when somebody proved that they read the mailbox (a link mailed there), or by the operator. An invitation
    makes none, so it reserves no address.
    """

    prefix: ClassVar[str] = "per"

    email: str = Field(max_length=254)
    email_key: str = Field(max_length=254, unique=True)
    password_hash: str = Field(max_length=200)
    totp_sealed: str = sealed(TOTP, default="")
    totp_since: datetime | None = moment(default=None, nullable=True)
    totp_last_step: int = 0
    second_factor_since: datetime | None = moment(default=None, nullable=True)
    created_at: datetime = moment()

    @property
    def totp_secret(self) -> str:
        """Base32, or "" without one."""
        return decrypt(self.totp_sealed, TOTP) if self.totp_sealed else ""


class Staff(Owned, table=True):
    """A person's place in one company: the name that colleagues see, and the role.

    Without `person_id` it is an invitation nobody accepted; `invited_email` is where that went, "" afterwards. The same
    address may be invited by any number of companies.
    """

    __table_args__ = (
        Index(None, "partner_id", "id"),
        UniqueConstraint("partner_id", "person_id"),
        UniqueConstraint("partner_id", "invited_key"),
    )
    prefix: ClassVar[str] = "stf"

    person_id: str | None = Field(default=None, foreign_key="person.id", max_length=32, index=True)
    name: str = Field(max_length=200)
    role: Role = Field(sa_type=String(10))
    invited_email: str = Field(default="", max_length=254)
    invited_key: str | None = Field(default=None, max_length=254)
    invited_at: datetime = moment()
    joined_at: datetime | None = moment(default=None, nullable=True)
    disabled_at: datetime | None = moment(default=None, nullable=True)
    last_sign_in_at: datetime | None = moment(default=None, nullable=True)


class StaffSession(Owned, table=True):
    """A signed-in browser of a person, at the company it has open. The cookie holds the secret, the row its SHA-256.

    `second_factor_at` is empty while a person with two-factor has given only the password. `confirmed_at` is when the
    password was last given: at sign-in or when a screen asked for it again. `last_used_at` is kept, to a minute, while
    the partner has an idle time-out.
    """

    __tablename__ = "staff_session"
    prefix: ClassVar[str] = "ses"

    person_id: str = Field(foreign_key="person.id", max_length=32, index=True)
    staff_id: str = Field(foreign_key="staff.id", max_length=32, index=True)
    token_hash: str = Field(max_length=64, unique=True)
    created_at: datetime = moment()
    expires_at: datetime = moment()
    second_factor_at: datetime | None = moment(default=None, nullable=True)
    confirmed_at: datetime | None = moment(default=None, nullable=True)
    last_used_at: datetime | None = moment(default=None, nullable=True)
    revoked_at: datetime | None = moment(default=None, nullable=True)
    agent: str = Field(default="", max_length=200)
    ip: str = Field(default="", max_length=60)


class LinkKind(StrEnum):
    INVITE = "invite"
    RESET = "reset"


class OneTimeLink(Record, table=True):
    """A mailed link, used once and never by a GET: an invitation to one company, or a person's new password.

    An invitation has a `staff_id`, everything else a `person_id`.
    """

    __tablename__ = "one_time_link"
    prefix: ClassVar[str] = "otl"

    kind: str = Field(max_length=10)
    staff_id: str | None = Field(default=None, foreign_key="staff.id", max_length=32, index=True)
    person_id: str | None = Field(default=None, foreign_key="person.id", max_length=32, index=True)
    token_hash: str = Field(max_length=64, unique=True)
    created_at: datetime = moment()
    expires_at: datetime = moment()
    used_at: datetime | None = moment(default=None, nullable=True)


class RecoveryCode(Record, table=True):
    """`code_sealed` is its digest, encrypted: 50 random bits alone could be guessed from a digest."""

    __tablename__ = "recovery_code"
    prefix: ClassVar[str] = "rec"

    person_id: str = Field(foreign_key="person.id", max_length=32, index=True)
    code_sealed: str = sealed(RECOVERY)
    used_at: datetime | None = moment(default=None, nullable=True)
