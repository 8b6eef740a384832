"""`/metrics` for Prometheus: by a token of its own, or from this machine where nobody else is served."""

import secrets
from urllib.parse import urlsplit

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST

from ..kernel.jobs.figures import EffectFigures
from ..kernel.monitoring import metrics
from ..kernel.settings import LOOPBACK, settings

FORWARDED = {"x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via"}


def open_on(api: FastAPI) -> None:
    api.get("/metrics")(show_figures)


def show_figures(request: Request) -> Response:
    if not may_see(request):
        raise HTTPException(403, "Set ARBILL_METRICS_TOKEN and send it as Authorization: Bearer …")
    return Response(metrics.text(EffectFigures()), media_type=CONTENT_TYPE_LATEST)


def may_see(request: Request) -> bool:
    """With a token only by it. Without one: on an installation for this machine alone, and not through a proxy.

    A proxy on this machine comes from 127.0.0.1 as well, and not every proxy says so: hence the origin counts too.
    """
    if token := settings().metrics_token:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and secrets.compare_digest(given.strip().encode(), token.encode())
    local = request.client is not None and request.client.host in LOOPBACK
    forwarded = any(name in request.headers for name in FORWARDED)
    return local and not forwarded and urlsplit(settings().origin).hostname in LOOPBACK
