"""Whose tries at signing in are counted together."""

import pytest
from starlette.requests import Request

from arbill_app.kernel.settings import settings
from arbill_app.web_forms import caller


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
