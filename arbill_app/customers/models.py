"""Whom we invoice: the customer, its addresses, aliases, contacts, tags and group.

A customer without `ready_at` has its setup not finished; one with `archived_at` is archived.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import field_validator
from sqlalchemy import JSON, BigInteger, ColumnElement, Index, Integer, String, Text, UniqueConstraint
from sqlmodel import Field, col, select

from ..kernel.db.columns import changes_index, moment, only
from ..kernel.db.transactions import Changing, OfCustomer, Owned
from ..kernel.fields import Fields, email_address, language_code, line, lines, said
from ..kernel.problems import BadValue, Problem
from .rules import rate
from .rules.ein import normalise_ein


class Flow(StrEnum):
    """Invoicing Flow: whether an issued invoice waits for a person or goes out by itself."""

    MANUAL = "manual"
    AUTOMATIC = "automatic"

    @property
    def label(self) -> str:
        return {"manual": "Manual", "automatic": "Send automatically"}[self.value]


class Status(StrEnum):
    SETUP = "setup"
    ACTIVE = "active"
    ARCHIVED = "archived"

    @property
    def label(self) -> str:
        return {"setup": "Setup not finished", "active": "Active", "archived": "Archived"}[self.value]


class Permission(StrEnum):
    """What a contact may see and do in the portal."""

    INVOICES = "invoices"
    PAYMENTS = "payments"
    PAYMENT_METHODS = "payment_methods"
    STATEMENTS = "statements"
    ESTIMATES = "estimates"
    SUPPORT = "support"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()


# The same order on both databases, and PostgreSQL may use the index for comparing.
BYTEWISE = String(220).with_variant(String(220, collation="C"), "postgresql")
PREFERENCES = ("billing", "updates", "legal")


class AddressFields(Fields):
    """Lengths only: which of them a country demands is said by address.check_address."""

    address_line1: str = line("Address", 200)
    address_line2: str = line("Address line 2", 200)
    city: str = line("City", 100)
    region: str = line("State/Province", 100)
    postal_code: str = line("ZIP/Postal Code", 20)
    country: str = line("Country", 2)


class BusinessFields(Fields):
    """`terms_days`, `language`, `legal_entity_id`: None (or empty) inherits from the group, then the partner."""

    company: str = line("Company", 200, missing="customer.company_missing")
    legal_name: str = line("Legal Name", 200)
    ein: str = line("EIN", 20)
    currency: str = line("Billing Currency", 3)
    flow: str = Field(default=Flow.MANUAL, max_length=10, schema_extra=said("Invoicing Flow"))
    terms_days: int | None = Field(default=None, ge=0, le=365, schema_extra=said("Payment Terms"))
    legal_entity_id: str | None = Field(default=None, max_length=32, schema_extra=said("Legal Entity"))
    language: str = line("Language", 10)

    _language = field_validator("language")(language_code)

    @field_validator("ein")
    @classmethod
    def _ein(cls, value: str) -> str:
        return normalise_ein(value) if value else ""

    @field_validator("flow")
    @classmethod
    def _flow(cls, value: str) -> str:
        if value not in list(Flow):
            raise BadValue(Problem("customer.unknown_flow"))
        return value

    @field_validator("legal_entity_id", "terms_days", mode="before")
    @classmethod
    def _nothing(cls, value: Any) -> Any:
        return None if value == "" else value


class TaxFields(Fields):
    """`tax_rate` counts ten-thousandths of a percent: 88750 is 8.875 %."""

    tax_country: str = line("Country", 2)
    tax_id: str = line("Tax ID", 40)
    tax_rate: int = Field(default=0, ge=0, le=rate.WHOLE, schema_extra=said("Tax Rate"))
    tax_exempt: bool = False
    tax_certificate: str = line("Certificate number", 60)

    @field_validator("tax_rate", mode="before")
    @classmethod
    def _rate(cls, value: Any) -> Any:
        return rate.parse(value) if isinstance(value, str) else value


class CustomerFields(BusinessFields, AddressFields, TaxFields):
    """Everything step one of the modal asks about the company itself."""


class Customer(CustomerFields, Changing, Owned, table=True):
    """`sort_key` is the folded name, `near_key` finds nearly equal ones. `draft_key` makes Continue idempotent."""

    __table_args__ = (
        UniqueConstraint("partner_id", "draft_key"),
        Index(None, "partner_id", "sort_key", "id"),
        changes_index(),
        *(Index(None, "partner_id", column) for column in ("id", "country", "group_id", "near_key")),
        Index("ix_customer_ein", "partner_id", "ein", **only("ein <> ''")),
        Index("ix_customer_archived", "partner_id", "id", **only("archived_at IS NOT NULL")),
        Index("ix_customer_setup", "partner_id", "id", **only("ready_at IS NULL")),
    )
    prefix: ClassVar[str] = "cus"

    legal_entity_id: str | None = Field(default=None, foreign_key="legal_entity.id", max_length=32)
    group_id: str | None = Field(default=None, foreign_key="customer_group.id", max_length=32)
    auto_pay: bool = False
    sort_key: str = Field(sa_type=BYTEWISE)
    near_key: str = Field(sa_type=BYTEWISE)
    draft_key: str = Field(max_length=64)
    created_at: datetime = moment()
    ready_at: datetime | None = moment(default=None, nullable=True)
    archived_at: datetime | None = moment(default=None, nullable=True)
    merged_into: str | None = Field(default=None, max_length=32)

    @property
    def status(self) -> Status:
        return status_of(self.ready_at, self.archived_at)

    @classmethod
    def seen_by_customer(cls, customer_id: str) -> ColumnElement[bool]:
        return col(cls.id) == customer_id


def status_of(ready_at: datetime | None, archived_at: datetime | None) -> Status:
    if archived_at:
        return Status.ARCHIVED
    return Status.ACTIVE if ready_at else Status.SETUP


class ShippingAddress(AddressFields, OfCustomer, table=True):
    """There only while a customer's goods go elsewhere than its invoices: no row is "Same as billing"."""

    __tablename__ = "shipping_address"
    prefix: ClassVar[str] = "shp"

    customer_id: str = Field(foreign_key="customer.id", max_length=32, unique=True)


class AliasFields(Fields):
    alias: str = line("Alias", 120, missing="alias.missing")


class Alias(AliasFields, Owned, table=True):
    """An external identifier. `is_own` is the customer's own id, which always works and cannot be removed."""

    __table_args__ = (UniqueConstraint("partner_id", "alias"),)
    prefix: ClassVar[str] = "ali"

    customer_id: str = Field(foreign_key="customer.id", max_length=32, index=True)
    is_own: bool = False


class ContactFields(Fields):
    first_name: str = line("First name", 100, missing="contact.first_name_missing")
    last_name: str = line("Last name", 100, missing="contact.last_name_missing")
    email: str = line("Email", 254, missing="email.missing")
    phone: str = line("Phone", 40)
    position: str = line("Position", 100)
    mail_billing: bool = True
    mail_updates: bool = True
    mail_legal: bool = False
    portal_access: bool = True
    permissions: list[str] = Field(default_factory=lambda: [p.value for p in Permission], sa_type=JSON)

    _email = field_validator("email")(email_address)

    @field_validator("permissions")
    @classmethod
    def _permissions(cls, value: list[str]) -> list[str]:
        return [p.value for p in Permission if p.value in value]

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class Contact(ContactFields, Changing, OfCustomer, table=True):
    """A person at the customer, called "user" in the modal. The partial index keeps the primary contact single."""

    __table_args__ = (
        UniqueConstraint("customer_id", "email_key"),
        Index("ix_contact_email", "partner_id", "email_key"),
        changes_index(),
        Index("ix_contact_domain", "partner_id", "domain"),
        Index("uq_contact_primary", "customer_id", unique=True, **only("is_primary")),
    )
    prefix: ClassVar[str] = "con"

    customer_id: str = Field(foreign_key="customer.id", max_length=32)
    email_key: str = Field(max_length=254)
    domain: str = Field(max_length=253)
    is_primary: bool = False
    created_at: datetime = moment()
    last_sign_in_at: datetime | None = moment(default=None, nullable=True)
    welcomed_at: datetime | None = moment(default=None, nullable=True)


class TagFields(Fields):
    name: str = line("Name", 60, missing="name.missing")
    colour: str = Field(default="grey", max_length=10, schema_extra=said("Colour"))
    description: str = lines("Description", 300)


class Tag(TagFields, Owned, table=True):
    __table_args__ = (UniqueConstraint("partner_id", "name_key"),)
    prefix: ClassVar[str] = "tag"

    name_key: str = Field(max_length=80)


class CustomerTag(Owned, table=True):
    __tablename__ = "customer_tag"
    __table_args__ = (
        UniqueConstraint("customer_id", "tag_id"),
        Index(None, "tag_id", "customer_id"),
    )
    prefix: ClassVar[str] = "ctg"

    customer_id: str = Field(foreign_key="customer.id", max_length=32)
    tag_id: str = Field(foreign_key="tag.id", max_length=32)


class GroupFields(Fields):
    """Defaults that a member of the group inherits; None or empty leaves it to the partner."""

    name: str = line("Name", 80, missing="name.missing")
    terms_days: int | None = Field(default=None, ge=0, le=365, schema_extra=said("Payment Terms"))
    currency: str = line("Billing Currency", 3)
    language: str = line("Language", 10)

    _language = field_validator("language")(language_code)

    @field_validator("terms_days", mode="before")
    @classmethod
    def _nothing(cls, value: Any) -> Any:
        return None if value == "" else value


class Group(GroupFields, Owned, table=True):
    __tablename__ = "customer_group"
    __table_args__ = (UniqueConstraint("partner_id", "name_key"),)
    prefix: ClassVar[str] = "grp"

    name_key: str = Field(max_length=100)

    @classmethod
    def seen_by_customer(cls, customer_id: str) -> ColumnElement[bool]:
        return col(cls.id).in_(select(Customer.group_id).where(col(Customer.id) == customer_id))


class CustomerSearch(Owned, table=True):
    """The folded text a customer is found by. `number` is FTS5's row id; views/search.py keeps both in step."""

    __tablename__ = "customer_search"
    prefix: ClassVar[str] = "sea"

    id: str = Field(max_length=32, foreign_key="customer.id", unique=True)
    number: int | None = Field(default=None, primary_key=True, sa_type=BigInteger().with_variant(Integer, "sqlite"))
    found_by: str = Field(sa_type=Text)
