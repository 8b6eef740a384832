"""404 page for unknown addresses under /portal, instead of falling through to the dashboard."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from .pages import HOME, PortalRoute, to

router = APIRouter(route_class=PortalRoute)


@router.get(HOME + "/{rest:path}")
@router.get("/clients/{rest:path}")
@router.get("/pay/{rest:path}")
@router.get("/sandbox/{rest:path}")
def nowhere(request: Request, rest: str) -> Response:
    """Redirects an address with a trailing slash to the one without."""
    if request.url.path.endswith("/"):
        return to(request.url.path.rstrip("/"))
    raise HTTPException(404)
