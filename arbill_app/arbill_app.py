"""Puts the application together: routes, screens, guard, lifespan."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import reflex as rx
from anyio import to_thread

from . import hooks, jobs
from .dashboard.auth_pages import email_change, set_up
from .dashboard.auth_pages import passkeys as passkey_doors
from .dashboard.auth_pages.pages import api
from .dashboard.files import documents, export, uploads
from .dashboard.screens import overview
from .dashboard.screens.account import passkeys
from .dashboard.screens.account import screen as account
from .dashboard.screens.automations import screen as automations
from .dashboard.screens.customer import screen as customer
from .dashboard.screens.customers import screen as customers
from .dashboard.screens.invoice import screen as invoice
from .dashboard.screens.invoice_editor import editor as invoice_editor
from .dashboard.screens.invoice_editor import screen as invoice_editor_screen
from .dashboard.screens.invoices import screen as invoices
from .dashboard.screens.labels import screen as labels
from .dashboard.screens.message_templates import screen as wording
from .dashboard.screens.payment import screen as payment
from .dashboard.screens.payments import screen as payments
from .dashboard.screens.security import listing as security
from .dashboard.screens.security import screen as security_screen
from .dashboard.screens.settings import screen as company
from .dashboard.shell import not_found, routes
from .dashboard.shell.base import Base
from .dashboard.shell.guard import Guard
from .dashboard.shell.notices import on_crash
from .dashboard.shell.session import let_in
from .dashboard.shell.sockets import watch_sockets
from .dashboard.shell.states import look_after_states
from .dashboard.shell.tabs import look_after_tabs
from .kernel.jobs.runner import Engine
from .kernel.process.parent import end_with_parent
from .kernel.settings import settings
from .portal import app as portal
from .web import figures, nowhere, status
from .web.admission import admission
from .web.shield import Shield

export.open_on(api)
hooks.open_on(api)
figures.open_on(api)
status.open_on(api)
uploads.open_on(api)
documents.open_on(api)
set_up.open_on(api)
email_change.open_on(api)
passkey_doors.open_on(api)
portal.open_on(api, staff=let_in)
nowhere.open_on(api)
assert jobs.__all__  # importing jobs registers handlers and periodic jobs

app = rx.App(
    stylesheets=["/arbill.css"],
    head_components=[
        rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
        rx.el.link(
            rel="preload",
            href="/fonts/inter-latin-wght-normal.woff2",
            custom_attrs={"as": "font", "crossOrigin": "anonymous"},
        ),
    ],
    html_lang="en",
    api_transformer=[api],
    backend_exception_handler=on_crash,
)
app.add_middleware(Guard())
look_after_states(app)
look_after_tabs(app)
watch_sockets(app)

for route, screen, load, title in (
    (routes.OVERVIEW, overview.page, overview.Overview.load, "Overview"),
    (routes.CUSTOMERS, customers.page, customers.Customers.load, "Customers"),
    (routes.LABELS, labels.page, labels.Labels.load, "Tags and groups"),
    (routes.PROFILE, customer.page, customer.Profile.load, "Customer"),
    (routes.INVOICES, invoices.page, invoices.Invoices.load, "Invoices"),
    (routes.INVOICE, invoice.page, invoice.InvoicePage.load, "Invoice"),
    (routes.CREATE_INVOICE, invoice_editor_screen.page, invoice_editor.InvoiceEditor.load, "Create invoice"),
    (routes.PAYMENTS, payments.page, payments.Payments.load, "Payments"),
    (routes.PAYMENT, payment.page, payment.PaymentPage.load, "Payment"),
    (routes.AUTOMATIONS, automations.page, automations.Automations.load, "Automations"),
    (routes.SETTINGS, company.page, company.Settings.load, "Settings"),
    (routes.SECURITY, security_screen.page, security.SecurityLog.load, "Security log"),
    (routes.MESSAGES, wording.page, wording.Wording.load, "Message templates"),
    (routes.ACCOUNT, account.page, [account.Account.load, passkeys.Passkeys.load], "Your profile"),
):
    loads = load if isinstance(load, list) else [load]
    app.add_page(screen, route=route, title=f"{title} · arbill", on_load=[Base.arrive, *loads])
app.add_page(not_found.page, route="404", title="Not found · arbill", on_load=Base.arrive)


@asynccontextmanager
async def working() -> AsyncIterator[None]:
    """The embedded set-up does its own jobs; with ARBILL_ROLE=web, workers do."""
    end_with_parent()
    engine = Engine().start() if settings().role == "all" else None
    watch = asyncio.create_task(admission.watch())
    yield
    watch.cancel()
    if engine:
        await to_thread.run_sync(engine.stop)


app.register_lifespan_task(working)


def served() -> Any:
    """What the server runs: the Shield around everything, Reflex's own middleware and its answers included."""
    return Shield(app())
