"""What we write to a customer's contacts, and in which language."""

from datetime import timedelta

from ..kernel import clock
from ..kernel.db.transactions import Tx
from ..kernel.message import Message
from ..kernel.settings import settings
from ..partners.views import partner_of
from .models import Contact, Customer, Group


def welcome(contact: Contact, customer: Customer, partner: str, language: str) -> Message:
    return Message(
        kind="welcome",
        to=[(contact.name, contact.email)],
        language=language,
        values={
            "customer": customer.company,
            "partner": partner,
            "name": contact.first_name,
            "email": contact.email,
        },
        link=f"{settings().origin}/portal",
    )


def invitation(contact: Contact, partner: str, language: str) -> Message:
    """From a colleague in the portal, to an address that arbill has never seen: nothing that the colleague can type
    neither a name nor the company's, stands in the subject, the greeting or the address line."""
    return Message(
        kind="welcome",
        to=[("", contact.email)],
        language=language,
        values={"customer": contact.email, "partner": partner, "name": "", "email": contact.email},
        link=f"{settings().origin}/portal",
    )


def code(contact: Contact, customer: Customer, partner: str, language: str, code: str, minutes: str) -> Message:
    """A one-time code for the portal."""
    return Message(
        kind="code",
        to=[(contact.name, contact.email)],
        language=language,
        values={
            "customer": customer.company,
            "partner": partner,
            "name": contact.first_name,
            "code": code,
            "minutes": minutes,
        },
        secret=True,
        expires_at=(clock.now() + timedelta(minutes=int(minutes))).isoformat(),
    )


def language_of(tx: Tx, customer: Customer) -> str:
    """The customer's own, else its group's, else the partner's."""
    group = tx.get(Group, customer.group_id) if customer.group_id and not customer.language else None
    return customer.language or (group.language if group else "") or partner_of(tx).language
