"""/metrics, request ids and JSON lines, asked of running servers."""

import json
import re
import time
from typing import Any

import httpx

from tests.security.conftest import Site
from tests.security.rawclient import tab
from tests.server import Server, running

TOKEN = "a-token-for-whoever-watches"


def test_figures_count_requests_events_and_websockets_over_all_processes(site: Site) -> None:
    with tab(site.origin, site.cookies["nora"]) as mine:
        mine.hydrate()
        before = figures(site)
        for _ in range(12):
            httpx.get(f"{site.origin}/login")
        mine.hydrate()
        after = figures(site)
    assert after['arbill_requests_total{area="login",method="GET",status="200"}'] >= 12 + before.get(
        'arbill_requests_total{area="login",method="GET",status="200"}', 0
    )
    assert after['arbill_events_total{outcome="done"}'] > before['arbill_events_total{outcome="done"}']
    assert after["arbill_websockets"] >= 1
    assert after["arbill_queue_age_seconds"] >= 0
    assert any(name.startswith("arbill_effect_tries_total") for name in after)
    assert "arbill_database_connections" in after


def figures(site: Site) -> dict[str, float]:
    answer = httpx.get(f"{site.origin}/metrics")
    assert answer.status_code == 200
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_figures_name_nobody(site: Site) -> None:
    text = httpx.get(f"{site.origin}/metrics").text
    assert "northwind" not in text.lower()
    assert "@" not in text
    assert not re.search(r"\b(cus|inv|par|stf)_\w{10}", text)


def test_figures_do_not_come_through_a_proxy(site: Site) -> None:
    """nginx on this machine comes from 127.0.0.1 as well."""
    for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via", "X-Forwarded-Host"):
        assert httpx.get(f"{site.origin}/metrics", headers={name: "203.0.113.7"}).status_code == 403, name


def test_every_answer_has_an_id_of_its_own_which_error_pages_name(site: Site) -> None:
    first, second = httpx.get(f"{site.origin}/login"), httpx.get(f"{site.origin}/login")
    assert re.fullmatch("[0-9a-f]{16}", first.headers["x-request-id"])
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    for path in ("/portal/nothing/here", "/export/invoice/x.pdf", "/webhooks/x"):
        failed = httpx.get(site.origin + path)
        assert failed.status_code >= 400, path
        assert failed.headers["x-request-id"] in failed.text, path


def test_a_proxys_id_is_kept_where_it_is_sane(site: Site) -> None:
    for given, kept in (("abc-123.DEF_4", True), ("x" * 65, False), ("a b", False), ('"><script>', False), ("", False)):
        said = httpx.get(f"{site.origin}/login", headers={"x-request-id": given}).headers["x-request-id"]
        assert (said == given) == kept, given


def test_a_token_opens_the_figures_from_anywhere_and_json_lines_can_be_read(tmp_path) -> None:
    with running(tmp_path, METRICS_TOKEN=TOKEN, LOG="json", ORIGIN="https://billing.example.com") as server:
        local = server.origin
        for headers, status in (
            ({}, 403),
            ({"authorization": "Bearer wrong"}, 403),
            ({"authorization": f"Basic {TOKEN}"}, 403),
            ({"authorization": f"Bearer {TOKEN}"}, 200),
            ({"authorization": f"Bearer {TOKEN}", "x-forwarded-for": "203.0.113.7"}, 200),
        ):
            assert httpx.get(f"{local}/metrics", headers=headers).status_code == status, headers
        answer = httpx.get(f"{local}/login")
        line = line_of(server, answer.headers["x-request-id"])
    assert (line["level"], line["logger"], line["status"]) == ("info", "arbill.request", "200")
    assert line["message"].startswith("GET /login 200")
    assert line["duration_ms"] > 0
    assert TOKEN not in server.log.read_text()


def line_of(server: Server, request_id: str) -> dict[str, Any]:
    """It is written after the answer was sent."""
    for _ in range(100):
        lines = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
        for line in lines:
            if line.get("request_id") == request_id:
                return line
        time.sleep(0.05)
    raise AssertionError(server.log.read_text()[-2000:])
