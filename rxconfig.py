"""Reflex settings, nothing else. Addresses built in here are replaced when served, by ARBILL_ORIGIN: web/shells.py."""

import reflex as rx

from arbill_app.kernel.settings import settings
from arbill_app.web.shells import BUILT_FOR

config = rx.Config(
    app_name="arbill_app",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    api_url=BUILT_FOR,
    deploy_url=BUILT_FOR,
    cors_allowed_origins=sorted(settings().origins),
    frontend_compression_formats=["brotli", "gzip"],
    default_color_mode="system",
    state_manager_mode="memory",
    disable_plugins=[rx.plugins.SitemapPlugin],
)
