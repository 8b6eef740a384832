"""What we write to a customer's contacts."""

from ..kernel.letter import Letter
from ..kernel.settings import settings
from .models import Contact


def welcome(contact: Contact, company: str, partner: str) -> Letter:
    return Letter(
        to=contact.email,
        name=contact.name,
        subject=f"{partner} has set up an account for {company}",
        lines=[
            f"{partner} sends {company}’s invoices through this portal. You can see what is open and pay it there.",
            f"Sign in with {contact.email}: a code comes by email each time, there is no password to remember.",
        ],
        action=("Open the portal", f"{settings().origin}/portal"),
        sender=partner,
        about="welcome",
    )
