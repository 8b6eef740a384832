"""The portal's addresses, opened on the same API as everything else.

Server-rendered pages with native forms: they work on any phone before any script, and keep nothing open or in memory.
"""

from fastapi import FastAPI

from . import account, details, entry, from_account, history, link, missing, owed, sandbox, viewing, wallet
from .visit import Staff


def open_on(api: FastAPI, *, staff: Staff) -> None:
    """`staff` says who holds the staff's session in a Cookie header: they may look on."""
    api.state.staff = staff
    # Whose paths are fixed comes before those that begin with a customer, and what is no path at all last.
    for module in (entry, sandbox, link, viewing, wallet, account, details, from_account, history, owed, missing):
        api.include_router(module.router)
