"""The portal's addresses, opened on the same API as everything else.

Server-rendered pages with native forms: they work on any phone before any script, and keep nothing open or in memory.
"""

from fastapi import FastAPI

from . import auth, history, impersonation, not_found, sandbox, statement
from .account import details
from .home import from_account
from .home import routes as home
from .methods import routes as methods
from .payment_link import routes as payment_link
from .session import Staff


def open_on(api: FastAPI, *, staff: Staff) -> None:
    """`staff` says who holds the staff's session in a Cookie header: they may look on."""
    api.state.staff = staff
    # Whose paths are fixed comes before those that begin with a customer, and what is no path at all last.
    fixed = (auth, sandbox, payment_link, impersonation)
    of_customers = (methods, statement, details, from_account, history, home)
    for module in (*fixed, *of_customers, not_found):
        api.include_router(module.router)
