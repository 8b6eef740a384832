"""Whose tries at signing in are counted together."""

import pytest
from starlette.requests import Request

from arbill_app.kernel.settings import settings
from arbill_app.web_forms import caller, safe_next


def request(peer: str, **headers: str) -> Request:
    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "client": (peer, 1234), "headers": sent})


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # not our proxy: what it says counts for nothing
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),  # the first one is the caller's own claim
        ("127.0.0.1", "", "127.0.0.1"),
    ],
)
def test_the_address_is_the_one_our_own_proxy_saw(peer, forwarded, address):
    assert caller(request(peer, x_forwarded_for=forwarded))[0] == address


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("10.0.0.5", "198.51.100.1"),
        ("fd00::7", "198.51.100.1"),
        ("127.0.0.1", "198.51.100.1"),
        ("10.0.1.5", "10.0.1.5"),
    ],
)
def test_a_proxy_on_another_machine_is_believed_when_the_settings_name_it(monkeypatch, peer, address):
    monkeypatch.setenv("ARBILL_PROXIES", "10.0.0.0/24, fd00::7")
    settings.cache_clear()
    try:
        assert caller(request(peer, x_forwarded_for="6.6.6.6, 198.51.100.1"))[0] == address
    finally:
        settings.cache_clear()


def test_a_header_that_the_proxy_added_counts_more_than_the_one_it_passed_on():
    sent = [(b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"198.51.100.1")]
    assert caller(Request({"type": "http", "client": ("127.0.0.1", 1), "headers": sent}))[0] == "198.51.100.1"


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "https://evil.example", "/\\/evil.example", "/\\evil.example", "/a\r\nb", "javascript:x", ""],
)
def test_after_signing_in_nobody_is_sent_elsewhere(wanted):
    assert safe_next(wanted, "/") == "/"


def test_but_to_where_they_wanted_to_go_here():
    assert safe_next("/customers?q=a%5Cb", "/") == "/customers?q=a%5Cb"
