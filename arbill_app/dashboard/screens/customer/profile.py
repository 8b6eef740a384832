"""The profile's state: one customer, as it is stored, and the verbs for the whole of it."""

import reflex as rx

from ....customers.commands import lifecycle
from ....customers.rules.postal import postal_label
from ....customers.rules.regions import region_label
from ....customers.validation import ADDRESS
from ....customers.views.customers import CustomerView, customer_view
from ....customers.views.history import ActivityRow, activity
from ....customers.views.labels import group_choices, tag_choices
from ....invoices.views.listing import Filter, InvoiceRow, first_invoices
from ....invoices.views.next_steps import Step
from ....kernel.actor import MANAGERS, STAFF, WRITERS
from ....kernel.db.transactions import Tx
from ....partners.views import company, entity_names
from ....payments.views import listing as payments
from ....payments.views.listing import PaymentRow, list_payments
from ....payments.views.next_steps import customer_steps
from ...shell import routes
from ...shell.access import Form, allow
from ...shell.base import Base
from ...shell.choices import Pairs, by_value, country_pairs, language_name, region_pairs
from ...shell.record_page import Subject, shows_one_of
from .editing import Editing
from .methods import Methods

INVOICES, PAYMENTS = 10, 5  # the latest, on the profile
METHODS = "methods"  # the tab that the address asks for


@shows_one_of(routes.CUSTOMERS)
class Profile(Editing, Subject, Base):
    """`tab` is "methods", or "" for everything else."""

    tab: str = ""
    payments: list[PaymentRow] = []
    steps: list[Step] = []

    @rx.event
    @allow(*STAFF)
    async def load(self):
        wanted = self._wanted_id()
        if wanted != self.view.id:
            self._stop_editing()
            self.loading, self.view = True, CustomerView()
        self.created_now = bool(self.router.url.query_parameters.get("created"))
        with self._refusals() as refused:
            await self._refresh(wanted)
        self.loading, self.missing = False, refused.missing
        asked = self.router.url.query_parameters
        self.tab = METHODS if asked.get("tab") == METHODS else ""
        if asked.get("method") and self.may_write and not refused:
            methods = await self.get_state(Methods)
            return await methods._returned(self.view.id, str(asked["method"])[:40])

    async def _refresh(self, customer_id: str = "") -> None:
        found = await self._ask(_everything, customer_id or self.view.id)
        self.view, self.feed, self.invoices, self.payments, self.steps, choices = found
        self.countries, self.entities, self.groups, self.tags = choices
        self.texts = _texts(self.view)
        methods = await self.get_state(Methods)
        await methods._load(self.view.id)

    # ---- external identifiers

    @rx.event
    @allow(*WRITERS)
    async def add_alias(self, form: Form):
        with self._refusals() as refused:
            await self._run(lifecycle.add_alias, self.view.id, form.get("alias", ""))
            await self._refresh()
        self.errors = refused.errors
        return None if refused else rx.set_value("alias", "")

    @rx.event
    @allow(*WRITERS)
    async def remove_alias(self, alias_id: str):
        with self._refusals():
            await self._run(lifecycle.remove_alias, alias_id)
            await self._refresh()

    # ---- the whole customer

    @rx.event
    @allow(*WRITERS)
    async def archive(self):
        with self._refusals() as refused:
            await self._run(lifecycle.archive_customer, self.view.id)
            await self._refresh()
        if not refused:
            self._say(f"{self.view.company} archived. Restore brings it back.")

    @rx.event
    @allow(*WRITERS)
    async def restore(self):
        with self._refusals() as refused:
            await self._run(lifecycle.restore_customer, self.view.id)
            await self._refresh()
        if not refused:
            self._say(f"{self.view.company} restored.")

    @rx.event
    @allow(*MANAGERS)
    async def ask_delete(self):
        self.confirm = "delete"

    @rx.event
    @allow(*STAFF)
    async def unask(self):
        self.confirm = ""

    @rx.event
    @allow(*MANAGERS)
    async def delete(self):
        name = self.view.company
        self.confirm = ""
        with self._refusals() as refused:
            await self._run(lifecycle.delete_customer, self.view.id)
        if not refused:
            self._say(f"{name} deleted.")
            return rx.redirect(routes.CUSTOMERS)


Everything = tuple[CustomerView, list[ActivityRow], list[InvoiceRow], list[PaymentRow], list[Step], tuple[Pairs, ...]]


def _everything(tx: Tx, customer_id: str) -> Everything:
    """All that the screen needs in one transaction, and so one thread hop."""
    view = customer_view(tx, customer_id)
    countries = [*company(tx).countries, view.billing["country"], view.shipping["country"], view.tax["tax_country"]]
    return (
        view,
        activity(tx, customer_id),
        first_invoices(tx, Filter(customer_id=customer_id), INVOICES),
        list_payments(tx, payments.Filter(customer_id=customer_id), size=PAYMENTS).rows,
        customer_steps(tx, customer_id),
        (
            country_pairs(sorted({code for code in countries if code})),
            [list(pair) for pair in entity_names(tx)],
            [[group.id, group.name] for group in group_choices(tx)],
            [[tag.id, tag.name] for tag in tag_choices(tx)],
        ),
    )


def _texts(view: CustomerView) -> dict[str, str]:
    """What the sections show while nobody edits them; an empty text is a dash."""
    words = {name: str(view.business.get(name) or "—") for name in ("legal_name", "ein", "currency")}
    words |= {f"{kind}_{name}": text for kind in ("billing", "shipping") for name, text in _address(view, kind).items()}
    words["language"] = language_name(view.language_code)
    words["tax_country"] = by_value(country_pairs([c for c in [view.tax["tax_country"]] if c])).get(
        view.tax["tax_country"], "Billing country"
    )
    words["tax_id"] = str(view.tax["tax_id"] or "—")
    words["exempt"] = f"Yes, certificate {view.tax['tax_certificate']}" if view.tax["tax_exempt"] else "No"
    place = (str(view.billing["city"]), str(view.billing["region"]))
    words["under"] = " · ".join(p for p in (view.business["legal_name"], ", ".join(p for p in place if p)) if p)
    return words


def _address(view: CustomerView, kind: str) -> dict[str, str]:
    values = getattr(view, kind)
    country = values["country"]
    names = by_value(region_pairs(country)) if country else {}
    shown = {name: str(values[name] or "—") for name in ADDRESS}
    shown["region"] = names.get(values["region"], values["region"]) or "—"
    shown["country"] = by_value(country_pairs([country])).get(country, "—") if country else "—"
    return shown | {"region_label": region_label(country), "postal_label": postal_label(country)}
