"""404 for unknown addresses under our prefixes, instead of falling through to the dashboard's page shells."""

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import Response

# The first part of every address that is not a page of the dashboard.
PLACES = (
    *(
        "login",
        "forgot",
        "join",
        "email",
        "outbox",
        "auth",
        "export",
        "files",
        "webhooks",
        "portal",
        "clients",
        "pay",
        "sandbox",
    ),
    *("healthz", "readyz", "statusz", "metrics"),
)
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def open_on(api: FastAPI) -> None:
    """After everything else: the first address that fits is taken."""
    for place in PLACES:
        for path in (f"/{place}", f"/{place}/{{rest:path}}"):
            api.api_route(path, methods=METHODS)(nowhere)


def nowhere(request: Request) -> Response:
    raise HTTPException(404)
