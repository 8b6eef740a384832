"""What tests stand on: plain functions that make things through the nouns' own verbs, and one named world.

Northwind (Nora owns it; Adam, Mia and Rhea work there) has Ada Interiors and Bruno Motors.
Southgate (Sol owns it) has Clara Books. Neither must ever see anything of the other.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sqlmodel import select

from arbill_app.customers.commands import contacts as people
from arbill_app.customers.commands import labels, lifecycle
from arbill_app.customers.models import Contact
from arbill_app.customers.portal_auth import sign_in as portal_sign_in
from arbill_app.customers.portal_auth.sign_in import Seat
from arbill_app.invoices.commands import drafts
from arbill_app.invoices.commands import issuing as invoices
from arbill_app.invoices.validation import LINE
from arbill_app.kernel import clock
from arbill_app.kernel.actor import Actor, Kind, Role, job
from arbill_app.kernel.db.transactions import across_partners, read, write
from arbill_app.kernel.text.mailbox import mailbox_key
from arbill_app.messages.views import MessageRow, outbox
from arbill_app.partners import commands as partners
from arbill_app.partners.auth.joining import use_link
from arbill_app.partners.auth.sign_in import resolve, sign_in, sign_out
from arbill_app.partners.models import Person, Staff
from arbill_app.payments import recording
from arbill_app.payments.charging.gateway_returns import finish_setup
from arbill_app.payments.gateway.protocol import CARD, US_BANK
from arbill_app.payments.gateway.sandbox import page, test_numbers
from arbill_app.payments.gateway.sandbox.gateway import Sandbox
from arbill_app.payments.methods import methods

PASSWORD = "violet kettle marches"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class World:
    nora: Actor  # owner
    adam: Actor  # admin
    mia: Actor  # member
    rhea: Actor  # read-only
    ada: str  # Northwind's customers
    bruno: str
    sol: Actor  # the other partner's owner
    clara: str  # and its customer


def build() -> World:
    nora = make_partner("Northwind", "Nora West", "nora@northwind.example")
    sol = make_partner("Southgate", "Sol South", "sol@southgate.example")
    return World(
        nora=nora,
        adam=make_staff(nora, Role.ADMIN, "Adam Hill", "adam@northwind.example"),
        mia=make_staff(nora, Role.MEMBER, "Mia Ford", "mia@northwind.example"),
        rhea=make_staff(nora, Role.READ_ONLY, "Rhea Lane", "rhea@northwind.example"),
        ada=make_customer(nora, "Ada Interiors", [user("Ada Quill", "ada@adainteriors.example")]),
        bruno=make_customer(nora, "Bruno Motors", [user("Bruno Vance", "bruno@brunomotors.example")]),
        sol=sol,
        clara=make_customer(sol, "Clara Books", [user("Clara Page", "clara@clarabooks.example")]),
    )


# ---------------------------------------------------------------- partners and their staff


def make_partner(name: str = "Northwind", owner: str = "Nora West", email: str = "") -> Actor:
    """The owner of a new partner, able to sign in with PASSWORD."""
    partner_id, _ = partners.found_partner(name, owner, email or unused_email("owner"), PASSWORD)
    return read(job(partner_id), lambda tx: acting(tx.first(tx.own(Staff))))


def make_staff(by: Actor, role: Role, name: str = "Kim Doe", email: str = "") -> Actor:
    """Somebody who was invited and came."""
    email = email or unused_email("staff")
    staff = write(by, partners.invite_staff, {"name": name, "email": email}, role)
    sign_out(use_link(token_to(email), PASSWORD).secret)
    return acting(staff)


def acting(staff: Staff) -> Actor:
    return Actor(staff.partner_id, Kind.STAFF, staff.id, staff.name, Role(staff.role))


def staff_of(actor: Actor) -> Staff:
    """The row as it is now."""
    with across_partners() as session:
        return session.scalars(select(Staff).where(Staff.id == actor.id)).one()


def person_of(actor: Actor) -> Person:
    """Who signs in as this actor, as the row is now."""
    with across_partners() as session:
        return session.scalars(select(Person).join(Staff).where(Staff.id == actor.id)).one()


def signed_in(email: str, password: str = PASSWORD) -> Actor:
    """The actor of a browser that has just signed in: it has a session."""
    who = resolve(sign_in(email, password).secret)
    assert who
    return who.actor


def seat_of(email: str, customer_id: str = "") -> Seat:
    """The seat that signing in to the portal with this address gives: at this customer, or the first."""
    with across_partners() as session:
        found = portal_sign_in._seats(session, mailbox_key(email))
    return next(seat for seat in found if customer_id in ("", seat.customer_id))


def unused_email(name: str = "kim") -> str:
    return f"{name}{next(_numbers)}@people.example"


# ---------------------------------------------------------------- letters


def letters_to(email: str) -> list[MessageRow]:
    """The newest first."""
    return [letter for letter in outbox(1000) if email in letter.to.split(", ")]


def token_to(email: str) -> str:
    """The key in the newest letter that carries one."""
    urls = [urlsplit(letter.action_url) for letter in letters_to(email)]
    return next(token for url in urls for token in parse_qs(url.query).get("token", []))


# ---------------------------------------------------------------- customers


def typed(company: str = "Bluebird Dental", **changes: Any) -> dict[str, Any]:
    """What somebody types in step one; `changes` replaces some of it."""
    return {
        "company": company,
        "address_line1": "480 Juniper Street",
        "city": "Columbus",
        "region": "OH",
        "postal_code": "43215",
        "country": "US",
    } | changes


def canadian(company: str = "Clinique Beaulieu", **changes: Any) -> dict[str, Any]:
    place = {"city": "Montréal", "region": "QC", "postal_code": "H2Y 1C6", "country": "CA"}
    return typed(company, **(place | changes))


def user(name: str = "Ada Quill", email: str = "", **more: Any) -> dict[str, Any]:
    first, _, last = name.partition(" ")
    return {"first_name": first, "last_name": last, "email": email or unused_email(first.lower())} | more


def make_draft(by: Actor, company: str = "Bluebird Dental", **changes: Any) -> str:
    """A set-up not finished."""
    return write(by, lifecycle.start_customer, f"draft-{next(_numbers)}", typed(company, **changes)).id


def make_customer(
    by: Actor, company: str = "Bluebird Dental", users: Sequence[Mapping[str, Any]] = (), **changes: Any
) -> str:
    customer_id = make_draft(by, company, **changes)
    write(by, lifecycle.finish_customer, customer_id, users or [user()], welcome=False)
    return customer_id


def make_contact(by: Actor, customer_id: str, name: str = "Ben Ochre", **values: Any) -> str:
    return write(by, people.add_contact, customer_id, user(name) | values).id


def contacts(by: Actor, customer_id: str) -> list[Contact]:
    return read(by, people.contacts_of, customer_id)


def make_tag(by: Actor, name: str, **values: Any) -> str:
    return str(write(by, labels.save_tag, "", {"name": name} | values).id)


def make_group(by: Actor, name: str, **values: Any) -> str:
    return str(write(by, labels.save_group, "", {"name": name} | values).id)


# ---------------------------------------------------------------- invoices


def today() -> date:
    """Where the partners of this world are."""
    return clock.today("America/New_York")


def in_days(days: int) -> str:
    return (today() + timedelta(days=days)).isoformat()


def single(amount: str = "100.00", **changes: Any) -> dict[str, Any]:
    """What somebody types on an invoice of one amount; `changes` replaces some of it."""
    return {"amount": amount, "due_on": in_days(30), "option": "later"} | changes


def item(description: str = "Support", unit_price: str = "100.00", **changes: Any) -> dict[str, str]:
    """A line as it is typed: quantity, discount and tax_rate are empty."""
    return dict.fromkeys(LINE, "") | {"description": description, "unit_price": unit_price} | changes


def itemised(*lines: Mapping[str, str], **changes: Any) -> dict[str, Any]:
    return single("", itemised=True, lines=list(lines) or [item()]) | changes


def make_invoice(by: Actor, customer_id: str, amount: str = "100.00", **changes: Any) -> str:
    """An issued one; `changes` as in `single`, or all of `itemised`."""
    values = single(amount) | {"customer_id": customer_id} | changes
    return write(by, invoices.create_invoice, f"invoice-{next(_numbers)}", values).id


def make_draft_invoice(by: Actor, customer_id: str, amount: str = "100.00", **changes: Any) -> str:
    values = single(amount) | {"customer_id": customer_id} | changes
    return write(by, drafts.save_draft, f"invoice-{next(_numbers)}", values).id


# ---------------------------------------------------------------- payments


def make_method(
    by: Actor,
    customer_id: str,
    number: str = "4242424242424242",
    *,
    kind: str = CARD,
    source: str = "portal",
    default: bool = False,
    **typed: str,
) -> str:
    """A test card or account of the sandbox, typed on its page; `typed` replaces what else is typed there."""
    gateway = Sandbox(by.partner_id)
    account = gateway.ensure_customer(customer_id, "", "")
    token = gateway.begin_setup(account, (kind,), "https://billing.example/back", f"setup-{next(_numbers)}").token
    setup = write(by, methods.note_setup, customer_id, token, default=default, source=source)
    page.enter(token, kind, card(number) | typed if kind == CARD else account_of(kind, number) | typed)
    return finish_setup(by.partner_id, setup.id)[0].id


def card(number: str) -> dict[str, str]:
    cvc = "1234" if len(number) == 15 else "123"
    return {"number": number, "exp_month": "12", "exp_year": str(today().year + 3), "cvc": cvc}


def account_of(kind: str, number: str) -> dict[str, str]:
    numbers = test_numbers
    place = {"routing": numbers.ROUTING} if kind == US_BANK else {"institution": numbers.INSTITUTION}
    return place | {"transit": numbers.TRANSIT, "account": number, "agreed": "yes"}


def paid_by_check(amount: str = "100.00", **changes: Any) -> dict[str, Any]:
    """What somebody types who records a payment."""
    return {"amount": amount, "kind": "check", "received_on": in_days(0), "reference": "1042"} | changes


def make_payment(by: Actor, customer_id: str, amount: str = "100.00", **changes: Any) -> str:
    """One that came by check; `changes` as in `paid_by_check`."""
    values = paid_by_check(amount, **changes)
    return write(by, recording.record_payment, customer_id, values, f"payment-{next(_numbers)}").id
