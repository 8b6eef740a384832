"""`/readyz` for balancers, `/statusz` for monitoring: the same list of checks, two questions.

A stranger sees the names of the checks and their states, no figures and no sentences.
"""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from ..kernel import health
from ..kernel.health import Check, Watched
from .figures import may_see
from .shells import is_intact


def open_on(api: FastAPI) -> None:
    api.get("/readyz")(show_readiness)
    api.get("/statusz")(show_status)


def every_check() -> list[Check]:
    return [*health.checks(), _build()]


watched = Watched(every_check)


def _build() -> Check:
    """Screens that are gone make an empty page of every address."""
    if is_intact():
        return Check("build", "ok", "The screens are built and complete.")
    return Check("build", "fail", "The built screens are missing or incomplete. Run: arbill build")


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
