"""Every answer of the server: our headers, a line in the log, no page shell to strangers, and never an ERROR."""

import itertools
import secrets
import socket
import time
from contextlib import suppress
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.sync.client import connect

from arbill_app.dashboard.shell import routes
from tests.security.conftest import Site

OURS = (
    "content-security-policy",
    "x-content-type-options",
    "referrer-policy",
    "x-frame-options",
    "cache-control",
    "x-request-id",
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO")
ODD = (
    *(
        "/x%0ay",
        "/%0a",
        "/login%0a",
        "/login%0a/x",
        "/pay/x%0a",
        "/%0d%0aSet-Cookie:%20a=b",
        "/x%00",
        "/x%7f",
        "/x%1b[0m",
    ),
    *("/_event", "/_event/", "/_eventfoo", "/_event/foo", "/_event%0a", "/_event/?transport=polling", "/_event/?EIO=4"),
    *("/pay", "/pay/", "/pay/x", "/sandbox", "/sandbox/x", "/sandbox/x/y", "/clients", "/clients/x", "/portal/x/y/z"),
    *("/assets/nothing.js", "/fonts/nothing.woff2", "/nothing.css", "/ping"),
)
UNKNOWN = ("/x%ff", "/%c0%af", "//evil.example/")  # as far as arbill knows a page: the dashboard says there is none
PAGES = ("/", "/login", "/portal", "/healthz", "/readyz", "/arbill.css", "/nothing")


class Heard:
    """An answer as it came over the wire."""

    def __init__(self, said: bytes) -> None:
        head, _, self.body = said.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        self.status = int(first.split(" ")[1])
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


def ask(site: Site, method: str, target: str, host: str | None = None, **headers: str) -> Heard:
    """What no client library would send."""
    parts = urlsplit(site.origin)
    lines = [f"{method} {target} HTTP/1.1", f"Host: {parts.netloc if host is None else host}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
        heard = b""
        while piece := line.recv(65536):
            heard += piece
    return Heard(heard)


def logged(site: Site, id: str) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if f"[{id}" in site.server.log.read_text():
            return True
        time.sleep(0.02)
    return False


def errors(site: Site) -> list[str]:
    lines = site.server.log.read_text().splitlines()
    return [line for line in lines if " ERROR " in line or " CRITICAL " in line or line.startswith("Traceback")]


@pytest.mark.parametrize("cookie", ["", "nora"])
def test_every_answer_has_our_headers_and_a_line_in_the_log(site: Site, cookie: str) -> None:
    signed_in = {"Cookie": site.cookies[cookie]} if cookie else {}
    ids = []
    for method, path in [
        *itertools.product(METHODS, (*PAGES, "/_eventfoo", "/x%0ay", "/pay")),
        *(("GET", path) for path in ODD + UNKNOWN),
    ]:
        heard = ask(site, method, path, Origin=site.origin, **signed_in)
        assert set(OURS) <= set(heard.headers), (method, path, heard.headers)
        assert heard.status < 500, (method, path)
        ids.append((method, path, heard.headers["x-request-id"]))
    quiet = {"/healthz", "/readyz", "/arbill.css"}  # asked all the time, and told in the figures
    assert [(method, path) for method, path, id in ids if path not in quiet and not logged(site, id)] == []


@pytest.mark.parametrize("path", ODD)
def test_an_address_that_is_none_is_a_page_of_ours_and_no_page_shell(site: Site, path: str) -> None:
    for headers in ({}, {"Cookie": site.cookies["nora"]}):
        heard = ask(site, "GET", path, **headers)
        assert heard.status in (303, 404), heard.status
        assert b"__reactRouterContext" not in heard.body


@pytest.mark.parametrize("path", [*PAGES, "/customers", routes.EXPORT, "/pay/x", "/webhooks/x"])
@pytest.mark.parametrize("cookie", ["", "nora"])
def test_head_answers_as_get_does_without_the_body(site: Site, path: str, cookie: str) -> None:
    signed_in = {"Cookie": site.cookies[cookie]} if cookie else {}
    get, head = ask(site, "GET", path, **signed_in), ask(site, "HEAD", path, **signed_in)
    assert head.status == get.status
    assert head.body == b""
    varies = {"x-request-id", "date", "transfer-encoding", "content-length"}
    assert {k: v for k, v in head.headers.items() if k not in varies} == {
        k: v for k, v in get.headers.items() if k not in varies
    }


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:80", "", "localhost.evil.example", "localhost@evil.example", "[::2]", "a b", "/"],
)
def test_another_name_is_refused_and_not_repeated(site: Site, host: str) -> None:
    for method, target in (
        ("GET", "/login"),
        ("GET", "/customers"),
        ("GET", "http://evil.example/portal/"),
        ("CONNECT", "evil.example:443"),
        ("POST", "/auth/sign-in"),
    ):
        heard = ask(site, method, target, host)
        assert heard.status == 421, (method, target)
        assert b"evil.example" not in heard.body
        assert "evil.example" not in str(heard.headers)
        assert set(OURS) <= set(heard.headers)


def test_our_names_are_served_on_any_port_and_status_by_any_name(site: Site) -> None:
    port = urlsplit(site.origin).port
    for host in (f"localhost:{port}", f"127.0.0.1:{port}", "LOCALHOST", f"[::1]:{port}"):
        assert ask(site, "GET", "/login", host).status == 200, host
    for path in ("/healthz", "/readyz", "/statusz"):
        assert ask(site, "GET", path, "10.0.0.7:80").status in (200, 503), path


def test_an_address_in_absolute_form_names_nobody_else(site: Site) -> None:
    for target in ("http://evil.example/portal/", "http://evil.example/customers", "http://evil.example/login"):
        heard = ask(site, "GET", target)
        assert "evil.example" not in str(heard.headers), target
        assert b"evil.example" not in heard.body, target


# ---------------------------------------------------------------- websockets


@pytest.mark.parametrize("path", ["/_event/", "/customers", "/", "/x%0ay", "/_event/?transport=polling", "/login"])
def test_a_refused_websocket_has_our_headers_and_a_line_in_the_log(site: Site, path: str) -> None:
    for cookie in ("", *([] if path.startswith("/_event/") else [site.cookies["nora"]])):
        with (
            pytest.raises(InvalidStatus) as refused,
            connect(
                site.origin.replace("http", "ws", 1) + path,
                origin=site.origin,
                additional_headers={"Cookie": cookie} if cookie else {},
                proxy=None,
            ),
        ):
            pass
        answer = refused.value.response
        assert answer.status_code == 403
        assert set(OURS) <= {name.lower() for name in answer.headers}
        assert logged(site, answer.headers["x-request-id"])


# ---------------------------------------------------------------- nothing that strangers send is an ERROR


def test_strangers_produce_no_errors_in_the_log(site: Site) -> None:
    """Odd paths, queries, headers, cookies, forms and bodies, at every address that strangers reach."""
    before = errors(site)
    for path, query, headers in itertools.product(ADDRESSES, QUERIES, HEADERS):
        assert ask(site, "GET", path + query, **headers).status < 500, (path, query, headers)
    with httpx.Client(base_url=site.origin, headers={"origin": site.origin}) as stranger:
        for path, (kind, body) in itertools.product(FORMS, BODIES):
            answer = stranger.post(path, content=body, headers={"content-type": kind} if kind else {})
            assert answer.status_code < 500, (path, kind, body[:40])
    for path, headers in itertools.product(SOCKETS, HEADERS):
        with (
            suppress(InvalidHandshake, ConnectionClosed, OSError),
            connect(
                site.origin.replace("http", "ws", 1) + path,
                origin=site.origin,
                additional_headers=headers,
                proxy=None,
                open_timeout=5,
            ),
        ):
            pass
    assert errors(site) == before


ADDRESSES = (
    *(
        "/",
        "/login",
        "/login/code",
        "/join",
        "/forgot",
        "/portal",
        "/portal/code",
        "/portal/password",
        "/clients/login",
    ),
    *("/portal/cus_1", "/portal/cus_1/methods/added", "/portal/cus_1/statement.pdf", "/portal/%00/history"),
    *("/pay/x", f"/pay/{secrets.token_urlsafe(32)}", "/pay/%ff/method", "/sandbox/setup/x", "/sandbox/action/%27"),
    *("/export/customers.csv", "/export/invoice/x.pdf", "/files/logo/x", "/metrics", "/_event/", "/webhooks/stripe"),
)
QUERIES = (
    "",
    "?",
    "?token=%00",
    "?transport=polling&EIO=4&sid=x",
    "?from=%ff&to=x&next=%0d%0ax",
    "?a=1&a=2&" + "b=" * 500,
)
HEADERS: tuple[dict[str, str], ...] = (
    {},
    {"Cookie": "arbill_session=\xff; arbill_portal=\x80; arbill_view_as=..."},
    {"Cookie": 'a="; =; ;;; arbill_session="\\', "Accept-Language": "\xff,x;q=y", "X-Forwarded-For": "x, \xff, ::"},
    {"Content-Length": "0", "Range": "bytes=9999999-1", "If-Modified-Since": "x", "Accept-Encoding": "x;q=z, br;q=2"},
)
FORMS = (
    *("/auth/sign-in", "/auth/code", "/auth/forgot", "/auth/join", "/auth/sign-out", "/portal/sign-in", "/portal/code"),
    *("/portal/password", "/portal/language", "/portal/cus_1/pay", "/pay/x/pay", "/pay/x/add", "/sandbox/setup/x"),
    *("/webhooks/stripe", "/webhooks/sandbox", "/webhooks/x", "/files/logo", "/_event/"),
)
FORM, JSON, PARTS = "application/x-www-form-urlencoded", "application/json", "multipart/form-data"
BODIES: tuple[tuple[str, bytes], ...] = (
    ("", b""),
    ("", b"\xff\x00" * 50),
    (FORM, b"email=%ff%00%0a&password=%00&code=%F0%9F&language=%00&key=\xff&next=//x"),
    (FORM, b"email=a@b.example&email=b@b.example&amount=1e999&token=" + b"x" * 2000),
    (FORM, "email=\ud800@x.example&password=\U0010ffff".encode("utf-8", "surrogatepass")),
    (FORM, b"&" * 5000),
    (JSON, b"[" * 3000),
    (JSON, b'{"id": 1e999, "\\ud800": NaN}'),
    (PARTS, b"--x\r\n"),
    (
        PARTS + "; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="email"; filename="\xff"\r\n\r\n\xff\r\n--x--',
    ),
    (FORM + "; charset=x", b"email=a@b.example"),
)
SOCKETS = (
    "/_event/?token=x&EIO=4&transport=websocket",
    "/_event/?transport=polling&sid=x",
    "/%0a",
    "/portal",
    "/_event",
)
