"""How much and how slowly strangers may send, what they may load, and what odd shapes get: never a 500."""

import json
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from arbill_app.kernel.clock import now
from arbill_app.kernel.db.transactions import read
from arbill_app.payments.gateway.sandbox import bank
from arbill_app.payments.gateway.sandbox.models import SandboxBank
from arbill_app.web import nowhere, shells
from arbill_app.web.bodies import MESSAGE
from tests.security.conftest import Site
from tests.security.rawclient import BASE, STATE, tab

MB = 1024 * 1024


def log_of(site: Site) -> str:
    return site.server.log.read_text()


# ---------------------------------------------------------------- bodies


@pytest.mark.parametrize("path", ["/auth/sign-in", "/portal/sign-in", "/portal/code", "/webhooks/sandbox", "/", "/x"])
def test_a_body_that_is_too_large_is_refused_by_its_length_before_it_is_read(site: Site, path: str) -> None:
    """200 MB are announced and none of them is sent: the answer comes all the same."""
    head = f"POST {path} HTTP/1.1\r\nHost: {host(site)}\r\nOrigin: {site.origin}\r\nContent-Length: {200 * MB}\r\n"
    kind = "Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
    answer = raw(site, (head + kind).encode())
    assert answer.startswith("HTTP/1.1 413"), answer[:200]
    assert "larger than it may be" in answer


@pytest.mark.parametrize("path", ["/auth/sign-in", "/portal/sign-in", "/webhooks/sandbox", "/files/attachment"])
def test_a_body_without_a_length_is_counted_while_it_comes(site: Site, path: str) -> None:
    sent = 0

    def pieces():
        nonlocal sent
        for _ in range(100):
            sent += MB // 4
            yield b"x" * (MB // 4)

    headers = {"origin": site.origin, "cookie": site.cookies["nora"]}
    headers["content-type"] = "application/x-www-form-urlencoded"
    try:
        answer = httpx.post(site.origin + path, content=pieces(), headers=headers, timeout=20)
        assert answer.status_code in (400, 413), answer.status_code
    except httpx.TransportError:
        pass  # closed while we were still sending
    assert sent < 24 * MB


def test_a_negative_or_senseless_length_is_refused(site: Site) -> None:
    for length in ("-1", "1e9", "0x10", "9" * 30):
        head = f"POST /auth/sign-in HTTP/1.1\r\nHost: {host(site)}\r\nContent-Length: {length}\r\n\r\n"
        assert raw(site, head.encode())[:12] in ("HTTP/1.1 400", "HTTP/1.1 413"), length


def test_what_fits_still_arrives(site: Site) -> None:
    typed = {"email": "nobody@example.com", "password": "x" * 400, "next": ""}
    answer = httpx.post(f"{site.origin}/auth/sign-in", data=typed, headers={"origin": site.origin})
    assert answer.status_code == 422


def test_a_body_that_trickles_is_ended(site: Site) -> None:
    """One byte every second would keep a place for ever; nobody else waits meanwhile."""
    head = f"POST /auth/sign-in HTTP/1.1\r\nHost: {host(site)}\r\nOrigin: {site.origin}\r\n"
    head += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nemail="
    with connected(site) as line:
        line.sendall(head.encode())
        assert httpx.get(f"{site.origin}/healthz", timeout=2).status_code == 200
        line.settimeout(25)
        answer = line.recv(4096).decode()
    assert answer.startswith("HTTP/1.1 408"), answer[:100]


def test_headers_that_never_end_are_ended(site: Site) -> None:
    with connected(site) as line:
        line.sendall(f"GET / HTTP/1.1\r\nHost: {host(site)}\r\nX-Slow: ".encode())
        line.settimeout(25)
        began = time.monotonic()
        line.recv(4096)
        assert time.monotonic() - began < 20


def host(site: Site) -> str:
    return urlsplit(site.origin).netloc


def connected(site: Site) -> socket.socket:
    parts = urlsplit(site.origin)
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10)


def raw(site: Site, said: bytes) -> str:
    with connected(site) as line:
        line.sendall(said)
        heard = b""
        try:
            while piece := line.recv(65536):
                heard += piece
                if b"</html>" in heard or heard.startswith(b"HTTP/1.1 400"):
                    break
        except TimeoutError:
            pass
        return heard.decode(errors="replace")


# ---------------------------------------------------------------- page shells


def spellings(path: str) -> list[str]:
    """The ways in which a file might be named without its name."""
    folder, _, name = path.rpartition("/")
    return [
        path,
        f"{folder}//{name}",
        f"/{path}",
        f"{folder}/./{name}",
        path.replace("index", "%69ndex"),
        path.replace(".html", "%2ehtml"),
        path.replace("html", "HTML"),
        path.replace(".html", ".html."),
        path.replace(".html", ".html%20"),
        path.replace(".html", ".html/"),
        f"{path}.br",
        f"{path}.gz",
        f"{path};x",
        f"{path}%00",
        f"/assets/..{path}",
        f"/assets/%2e%2e{path}",
        path.replace("/", "%2f"),
        path.replace("/", "\\"),
    ]


def test_no_built_page_is_served_to_strangers_however_it_is_spelled(site: Site) -> None:
    pages = ["/" + file.relative_to(shells.client()).as_posix() for file in shells.client().rglob("*.html")]
    assert {"/index.html", "/customers/index.html", "/404.html", "/__spa-fallback.html"} <= set(pages)
    shown = [f"/{place}{rest}" for place in nowhere.PLACES for rest in ("/x", "/index.html", "/../index.html")]
    for spelled in [*shown, *(one for page in pages for one in spellings(page))]:
        answer = raw(site, f"GET {spelled} HTTP/1.1\r\nHost: {host(site)}\r\nConnection: close\r\n\r\n".encode())
        assert answer[9:12] in ("303", "400", "404"), (spelled, answer[:100])
        assert "__reactRouterContext" not in answer, spelled


def test_what_pages_need_is_still_public(site: Site) -> None:
    built = [file.relative_to(shells.client()).as_posix() for file in shells.client().rglob("*") if file.is_file()]
    assets = [name for name in built if name.startswith(("assets/", "fonts/")) and not name.endswith((".br", ".gz"))]
    assert len(assets) > 20
    assert [name for name in assets if not shells.is_public("/" + name)] == []
    for path in ("/arbill.css", "/portal.css", "/portal.js", "/theme.js", "/favicon.svg", "/logo.svg", f"/{assets[0]}"):
        assert httpx.get(site.origin + path).status_code == 200, path


# ---------------------------------------------------------------- odd shapes


ODD: list[Any] = [
    *([], {}, "text", 7, None, True, [[]], {"name": 5}, {"name": ["x"]}, {"name": "x", "payload": []}),
    {"name": f"{BASE}.find", "payload": "x"},
    {"name": f"{BASE}.find", "payload": {"words": "x"}, "router_data": []},
    {"name": f"{BASE}.find", "payload": {"words": "x"}, "router_data": {"query": 5}},
    {"name": f"{BASE}.find", "payload": {"words": "x"}, "router_data": {"pathname": {"a": 1}}},
    {"name": f"{STATE}.hydrate_and_load", "payload": None},
]
FRAMES = [
    "42/_event,[]",
    "42/_event,{}",
    "42/_event,7",
    '42/_event,["event"]',
    '42/_event,["event",1,2,3]',
    '42/_event,["connect",{"QUERY_STRING":"token=x","asgi.scope":{"headers":[]}}]',
    '42/_event,["disconnect"]',
    '42/_event,["nothing",{}]',
    '42/_event,[{"a":1},2]',
    "42/_event,[" * 2000,
    "49/_event,x",
    "451-/_event,x",
    "4",
    "x",
]


def test_odd_events_are_refused_in_one_line_and_the_tab_goes_on(site: Site) -> None:
    before = log_of(site).count("Traceback")
    with tab(site.origin, site.cookies["nora"]) as mine:
        mine.hydrate()
        for data in ODD:
            mine.socket.send("42/_event," + json.dumps(["event", data]))
        mine.hear(0.5)
        assert mine.shows("Ada Interiors"), "the same tab goes on"
    assert log_of(site).count("Traceback") == before


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame[:20])
def test_odd_packets_hurt_nobody(site: Site, frame: str) -> None:
    before = log_of(site).count("Traceback")
    with tab(site.origin, site.cookies["nora"]) as mine:
        try:
            mine.socket.send(frame)
            mine.hear(0.3)
        except ConnectionClosed:
            pass
    with tab(site.origin, site.cookies["nora"]) as mine:
        assert mine.shows("Ada Interiors")
    assert log_of(site).count("Traceback") == before


def test_a_message_that_is_too_large_ends_the_talk(site: Site) -> None:
    with tab(site.origin, site.cookies["nora"]) as mine:
        mine.socket.send("42/_event," + "x" * (MESSAGE + 1))
        with pytest.raises(ConnectionClosed):
            mine.hear(10)
    with tab(site.origin, site.cookies["nora"]) as mine:
        assert mine.shows("Ada Interiors")


SIGNED: list[Any] = [
    *([], 7, "x", None, {}, {"id": 5}, {"id": "evt_1"}, {"id": "evt_1", "kind": 7, "partner_id": "x"}),
    {"id": ["x"], "kind": "charge.succeeded", "partner_id": "x"},
    {"id": "e" * 500, "kind": "charge.succeeded", "partner_id": "x"},
    {"id": "evt_1", "kind": "charge.succeeded", "partner_id": {"a": 1}},
    {"id": "evt_1", "kind": "charge.succeeded", "partner_id": "x", "refund": 5},
    {"id": "evt_1", "kind": "charge.succeeded", "partner_id": "x", "refund": {"nothing": 1}},
    {"id": "evt_1", "kind": "charge.disputed", "partner_id": "x", "dispute": [1]},
]


def test_a_signed_webhook_of_an_odd_shape_is_a_400_in_one_line(site: Site) -> None:
    partner = site.people.sol.partner_id
    secret = read(site.people.sol, lambda tx: tx.first(tx.own(SandboxBank))).secret
    before = log_of(site).count("Traceback")
    for said in SIGNED:
        body = json.dumps(said).encode()
        at = int(now().timestamp())
        headers = {bank.HEADER: f"p={partner},t={at},v1={bank._sum(secret, at, body)}"}
        answer = httpx.post(f"{site.origin}/webhooks/sandbox", content=body, headers=headers)
        assert answer.status_code == 400, (said, answer.status_code)
    assert log_of(site).count("Traceback") == before
