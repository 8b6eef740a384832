"""`/readyz` for balancers, `/statusz` for whoever is woken up: the same list of checks, two questions.

A stranger sees the names of the checks and their states, no figures and no sentences.
"""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from ..kernel import health
from ..kernel.health import Check, watched
from .figures import may_see


def open_on(api: FastAPI) -> None:
    api.get("/readyz")(show_readiness)
    api.get("/statusz")(show_status)


def show_readiness(request: Request) -> JSONResponse:
    """503 while this process cannot serve: it, not others, and not the jobs."""
    found = watched.checks()
    return _told(request, found, health.is_ready(found))


def show_status(request: Request) -> JSONResponse:
    """503 while something is wrong with the installation that somebody must look at now."""
    found = watched.checks()
    return _told(request, found, health.is_well(found))


def _told(request: Request, found: list[Check], good: bool) -> JSONResponse:
    open_ = may_see(request)
    shown = {check.name: {"state": check.state} | ({"said": check.said} if open_ else {}) for check in found}
    return JSONResponse({"status": "ok" if good else "fail", "checks": shown}, 200 if good else 503)
