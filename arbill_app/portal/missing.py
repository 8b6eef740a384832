"""Addresses under the portal that there are not: a page of ours, instead of falling through to the dashboard's."""

from fastapi import APIRouter, HTTPException

from .pages import HOME, PortalRoute

router = APIRouter(route_class=PortalRoute)


@router.get(HOME + "/{rest:path}")
@router.get("/clients/{rest:path}")
@router.get("/pay/{rest:path}")
@router.get("/sandbox/{rest:path}")
def nowhere(rest: str) -> None:
    raise HTTPException(404)
