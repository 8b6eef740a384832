"""Reflex settings, nothing else. Addresses come from arbill's own settings at run time."""

import reflex as rx

config = rx.Config(
    app_name="arbill_app",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    api_url="http://localhost:3000",
    deploy_url="http://localhost:3000",
    frontend_compression_formats=["brotli", "gzip"],
    default_color_mode="system",
    state_manager_mode="memory",
    disable_plugins=[rx.plugins.SitemapPlugin],
)
