"""Composition: screens, doors, guard, lifespan. Nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import reflex as rx

from .dashboard import export, missing, overview, routes
from .dashboard.account import screen as account
from .dashboard.base import Base, on_crash
from .dashboard.customer import screen as customer
from .dashboard.customers import screen as customers
from .dashboard.doors import api
from .dashboard.guard import Guard
from .dashboard.labels import screen as labels
from .dashboard.settings import screen as company
from .kernel.settings import settings
from .messages.sender import Sender
from .web import Shield

export.open_on(api)

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
    api_transformer=[api, Shield],
    backend_exception_handler=on_crash,
)
app.add_middleware(Guard())

for route, screen, load, title in (
    (routes.OVERVIEW, overview.page, overview.Overview.load, "Overview"),
    (routes.CUSTOMERS, customers.page, customers.Customers.load, "Customers"),
    (routes.LABELS, labels.page, labels.Labels.load, "Tags and groups"),
    (routes.PROFILE, customer.page, customer.Profile.load, "Customer"),
    (routes.SETTINGS, company.page, company.Settings.load, "Settings"),
    (routes.ACCOUNT, account.page, account.Account.load, "Your profile"),
):
    app.add_page(screen, route=route, title=f"{title} · arbill", on_load=[Base.arrive, load])
app.add_page(missing.page, route="404", title="Not found · arbill", on_load=Base.arrive)


@asynccontextmanager
async def delivering() -> AsyncIterator[None]:
    """The embedded set-up sends its own mail; with ARBILL_ROLE=web, workers do."""
    sender = Sender().start() if settings().role == "all" else None
    yield
    if sender:
        sender.stop()


app.register_lifespan_task(delivering)
