"""The create screen: who is invoiced, what is typed, and the two ways out of it.

Everything typed lives in the tab's state as soon as it is typed, so a reload loses nothing; Save draft puts it into the
database. The browser sends text only: amounts, currency and number are worked out by the core.
"""

import uuid
from typing import Any

import reflex as rx

from ....invoices import validation as rules
from ....invoices.commands.attachments import detach
from ....invoices.commands.drafts import discard_draft, save_draft
from ....invoices.commands.issuing import create_invoice
from ....invoices.views.invoices import DraftView, draft_view
from ....invoices.views.preview import Chosen, choose, options
from ....kernel.actor import WRITERS
from ....kernel.errors import NotFound
from ...shared.add_customer.add import AddCustomer
from ...shared.customer_picker import Choosing
from ...shell import routes
from ...shell.access import Form, allow
from ...shell.base import Base
from .held import FIELDS, PREFIX, SINGLE
from .lines import Lines

CHOSEN_BY_US = ("due_on", "option")


class InvoiceEditor(Lines, Choosing, Base):
    @rx.event
    @allow(*WRITERS)
    async def load(self):
        asked = self.router.url.query_parameters
        draft, customer = str(asked.get("draft") or ""), str(asked.get("customer") or "")
        if draft:
            if away := await self._resume(draft):
                return away
        elif not self._draft_key or (self.draft_id and not draft and not customer):
            self._blank()  # what was saved is in the list: this is a new one
        shown: list[Any] = []
        if customer and customer != self.customer.get("id"):
            shown = await self._choose(customer)
        self._show_paper()
        self.loading = False
        self._look_at(PREFIX + ("amount" if self.customer else "customer"))
        return shown

    async def _resume(self, invoice_id: str) -> Any:
        """A saved draft; once issued, its page is the place to go."""
        with self._refusals() as refused:
            draft = await self._ask(draft_view, invoice_id)
        if refused:
            return rx.redirect(routes.INVOICES)
        if draft is None:
            self._draft_key = ""
            return rx.redirect(routes.invoice(invoice_id))
        if invoice_id == self.draft_id:
            return None  # what was typed since is newer than what was saved
        self._blank()
        await self._choose(draft.customer_id)
        self._take_over(invoice_id, draft)
        return None

    def _take_over(self, invoice_id: str, draft: DraftView) -> None:
        self.draft_id, self._touched, self.began = invoice_id, list(CHOSEN_BY_US), True
        self.typed |= draft.typed
        self.itemised, self.files = draft.itemised, draft.files
        self.lines = [line | {"key": uuid.uuid4().hex[:8]} for line in draft.lines]
        keys = [line["key"] for line in self.lines] or [SINGLE]
        self._taxes = dict(zip(keys, draft.taxes, strict=False))
        self.more_open = bool(draft.typed["po_number"] or draft.typed["note"] or draft.files)
        self.version += 1

    # ---- the customer

    @rx.event
    @allow(*WRITERS)
    async def choose_customer(self, customer_id: str):
        """The focus stays where it is: by the time this is known, somebody quick is two fields further on."""
        shown = await self._choose(customer_id)
        self._show_paper()
        return shown

    async def _choose(self, customer_id: str) -> list[Any]:
        """What is to be put into controls: they are never drawn afresh here, somebody may be typing on already."""
        with self._refusals(PREFIX) as refused:
            chosen = await self._ask(choose, customer_id)
        self.errors = {**self.errors, **refused.errors}
        if refused:
            return []
        self.errors.pop("customer", None)
        self._chosen, self.began = chosen, True
        self.customer = {
            "id": chosen.id,
            "company": chosen.company,
            "email": chosen.email,
            "currency": chosen.defaults.currency,
            "logo": f"{routes.LOGO}/{chosen.logo_id}" if chosen.logo_id else "",
        }
        self.seller, self.buyer, self.ship_to = chosen.seller, chosen.buyer, chosen.ship_to
        self.methods = [[method.id, method.label] for method in chosen.methods]
        return self._follow(chosen)

    def _follow(self, chosen: Chosen) -> list[Any]:
        """What nobody chose by hand follows the customer: due date by terms, option by Auto Pay, tax by its rate."""
        for name in CHOSEN_BY_US:
            if name not in self._touched:
                self.typed[name] = getattr(chosen, name)
        if any(option.value == self.typed["option"] and option.why for option in options(chosen, "")):
            self.typed["option"] = chosen.option
        self._taxes = {}
        followers = [line for line in self.lines if "tax_rate " + line["key"] not in self._touched]
        for line in followers:
            line["tax_rate"] = chosen.tax_rate
        rates = [rx.set_value(f"{PREFIX}tax_rate_{line['key']}", chosen.tax_rate) for line in followers]
        return [rx.set_value(PREFIX + "due_on", self.typed["due_on"]), *rates]

    @rx.event
    @allow(*WRITERS)
    async def new_customer(self, words: str):
        """The two-step modal, on the spot; it comes back with its customer chosen."""
        adding = await self.get_state(AddCustomer)
        await adding._begin(guest_of=routes.CREATE_INVOICE)
        if words and not adding.typed["company"]:
            adding.typed["company"] = words[:200]
            adding._redraw()

    # ---- typing

    @rx.event
    @allow(*WRITERS)
    async def type(self, name: str, value: str):
        if name in FIELDS and self.typed[name] != value:
            self.typed[name], self.began = value, True
            if name in CHOSEN_BY_US:
                self._touched = [*self._touched, name]
            self.errors.pop(name, None)
            self._show_paper()

    @rx.event
    @allow(*WRITERS)
    async def left(self, name: str, value: str):
        """A field was left: unreadable input is reported now, missing input when the form is submitted."""
        if name not in FIELDS:
            return
        if self.typed[name] != value:
            self.typed[name], self.began = value, True
            self._show_paper()
        if value.strip() and self._chosen and (said := self._checked().unreadable.get(name)):
            self.errors[name] = str(said)

    # ---- out of here

    def _take(self, form: Form) -> None:
        """What stands in the controls at this moment, however fast the button came."""
        for name, value in form.items():
            field, _, key = name.rpartition("_")
            if name in FIELDS and (value or name not in CHOSEN_BY_US or name in self._touched):
                self.typed[name] = value
            elif field in rules.LINE and (at := self._place(key)) is not None:
                self.lines[at][field] = value

    @rx.event
    @allow(*WRITERS)
    async def submit(self, form: Form):
        """Create invoice; a second click finds it created."""
        if not self._draft_key and not self.loading:
            return None  # a second Enter: the first one is already redirecting
        if not self._draft_key:
            self._blank()  # pressed before the page had loaded
        self._take(form)
        with self._refusals(PREFIX) as refused:
            invoice = await self._run(create_invoice, self._draft_key, self._values(), invoice_id=self.draft_id)
            self._blank()
            self._draft_key = ""
            self._say(f"Invoice {invoice.number} created.")
            return rx.redirect(routes.invoice(invoice.id))
        self._complain(refused.errors)
        if isinstance(refused.error, NotFound):
            self.draft_id = ""

    @rx.event
    @allow(*WRITERS)
    async def save(self):
        """Save draft: it can be found in the list, and the address says which one it is."""
        if await self._saved():
            self._say("Draft saved.")
            return rx.redirect(f"{routes.CREATE_INVOICE}?draft={self.draft_id}", replace=True)

    async def _saved(self) -> bool:
        with self._refusals(PREFIX) as refused:
            invoice = await self._run(save_draft, self._draft_key, self._values(), invoice_id=self.draft_id)
            self.draft_id = invoice.id
        self._complain(refused.errors)
        return not refused

    @rx.event
    @allow(*WRITERS)
    async def begin_attaching(self):
        """Files belong to a saved draft."""
        if not self.draft_id and await self._saved():
            return rx.redirect(f"{routes.CREATE_INVOICE}?draft={self.draft_id}", replace=True)

    @rx.event
    @allow(*WRITERS)
    async def attached(self, error: str):
        self.errors.pop("file", None)
        if error:
            self.errors["file"] = error
        await self._load_files()

    @rx.event
    @allow(*WRITERS)
    async def detach(self, file_id: str):
        with self._refusals():
            await self._run(detach, file_id)
        await self._load_files()

    async def _load_files(self) -> None:
        with self._refusals():
            draft = await self._ask(draft_view, self.draft_id)
            self.files = draft.files if draft else []

    @rx.event
    @allow(*WRITERS)
    async def start_over(self):
        """Forgets what is typed; a saved draft is discarded with it."""
        if self.draft_id:
            with self._refusals():
                await self._run(discard_draft, self.draft_id)
        self._blank()
        self._show_paper()
        self._look_at(PREFIX + "customer")
        return rx.redirect(routes.CREATE_INVOICE, replace=True)

    def _complain(self, errors: dict[str, str]) -> None:
        """Complaints come by the line's place; the controls are named by its key, which stays when lines move."""
        self.errors = {}
        for name, said in errors.items():
            field, _, place = name.rpartition("_")
            if field in rules.LINE and place.isdecimal():
                name = f"{field}_{self.lines[int(place)]['key']}"
            self.errors[name] = said
        if "note" in self.errors or "po_number" in self.errors:
            self.more_open = True
        if self.errors:
            first = next(iter(self.errors))
            self._look_at(
                PREFIX + (f"description_{self.lines[0]['key']}" if first == "lines" and self.lines else first)
            )
