"""Files from outside: who may send and see a logo, and what is not taken for one."""

import httpx
import pytest

from arbill_app.dashboard.shell import routes
from arbill_app.kernel.db.transactions import read, write
from arbill_app.partners import branding, views
from tests.security.conftest import Site, everything

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="9" height="9"/></svg>'
SCRIPT = SVG.replace(b"<rect", b"<script>alert(1)</script><rect")


def kept() -> dict[str, list[str]]:
    """Jobs go on in the meantime; this is what an upload could change."""
    rows = everything()
    return {name: rows[name] for name in ("activity", "legal_entity", "logo", "partner")}


def send(site: Site, who: str = "nora", content: bytes = SVG, name: str = "logo.svg", **more) -> httpx.Response:
    headers = {"origin": site.origin, "cookie": site.cookies.get(who, "")} | more.pop("headers", {})
    files = more.pop("files", {"file": (name, content, more.pop("kind", "image/svg+xml"))})
    return httpx.post(site.origin + routes.LOGO, headers=headers, files=files, data=more)


def look(site: Site, logo_id: str | None, who: str = "nora") -> httpx.Response:
    return httpx.get(f"{site.origin}{routes.LOGO}/{logo_id}", headers={"cookie": site.cookies.get(who, "")})


def refused(answer: httpx.Response, status: int) -> bool:
    return answer.status_code == status and list(answer.json()["errors"]) == ["file"]


def test_a_manager_sends_a_logo_and_the_team_sees_it_sealed(site: Site) -> None:
    answer = send(site, "adam")
    assert (answer.status_code, answer.json()) == (200, {})
    logo_id = read(site.people.nora, views.company).logo_id
    for who in ("nora", "mia", "rhea"):
        seen = look(site, logo_id, who)
        assert (seen.status_code, seen.content, seen.headers["content-type"]) == (200, SVG, "image/svg+xml")
        assert seen.headers["x-content-type-options"] == "nosniff"
        policies = seen.headers.get_list("content-security-policy")
        assert any("sandbox" in policy and "default-src 'none'" in policy for policy in policies)


def test_strangers_and_members_send_nothing(site: Site) -> None:
    before = kept()
    assert refused(send(site, "nobody"), 401)
    assert refused(send(site, headers={"cookie": "arbill_session=forged"}), 401)
    for who in ("mia", "rhea"):
        assert refused(send(site, who), 403)
    assert kept() == before


def test_strangers_and_other_partners_see_nothing(site: Site) -> None:
    logo_id = write(site.people.sol, branding.save_logo, SVG).id
    assert look(site, logo_id, "sol").status_code == 200
    assert look(site, logo_id, "nobody").status_code == 401
    for wanted in (logo_id, "lgo_x", "..%2f..%2fetc%2fpasswd", "%00", "x" * 3000):
        assert look(site, wanted).status_code == 404, wanted


def test_another_partners_legal_entity_gets_no_logo(site: Site) -> None:
    before = kept()
    theirs = read(site.people.sol, views.legal_entities)[0].id
    assert refused(send(site, entity_id=theirs), 404)
    assert kept() == before


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "https://evil.example"},
    ],
)
def test_a_file_from_another_site_is_refused(site: Site, headers: dict[str, str]) -> None:
    before = kept()
    assert send(site, headers=headers).status_code == 403
    assert kept() == before


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (SCRIPT, "logo.svg", "image/svg+xml"),
        (SCRIPT, "logo.png", "image/png"),
        (b"<html><script>alert(1)</script></html>", "logo.png", "image/png"),
        (b"GIF89a" + b"\0" * 50, "logo.png", "image/png"),
        (b"MZ\x90\0", "logo.jpg", "image/jpeg"),
        (b"", "logo.png", "image/png"),
        (b"\x89PNG\r\n\x1a\n", "logo.png", "image/png"),
        (SVG + b" " * branding.LARGEST, "logo.svg", "image/svg+xml"),
    ],
)
def test_what_is_no_harmless_picture_is_refused_whatever_it_is_called(
    site: Site, content: bytes, name: str, kind: str
) -> None:
    before = kept()
    assert refused(send(site, content=content, name=name, kind=kind), 422)
    assert kept() == before


def test_too_much_is_refused_before_it_is_read(site: Site) -> None:
    before = kept()
    assert refused(send(site, content=SVG + b" " * 4 * branding.LARGEST), 413)

    def endless():
        yield b"--x\r\n"

    headers = {"origin": site.origin, "cookie": site.cookies["nora"], "content-type": "multipart/form-data; boundary=x"}
    assert refused(httpx.post(site.origin + routes.LOGO, headers=headers, content=endless()), 413)
    assert kept() == before


@pytest.mark.parametrize(
    "files",
    [
        [("file", ("a.svg", SVG)), ("file", ("b.svg", SVG))],
        [(f"f{i}", (None, b"x")) for i in range(20)],
        [("file", (None, SVG))],
        [("other", ("a.svg", SVG))],
    ],
)
def test_a_form_that_is_not_one_file_is_refused(site: Site, files: list) -> None:
    before = kept()
    answer = send(site, files=files)
    assert answer.status_code in (400, 422)
    assert list(answer.json()["errors"]) == ["file"]
    assert kept() == before


def test_a_body_that_is_no_form_is_refused(site: Site) -> None:
    headers = {"origin": site.origin, "cookie": site.cookies["nora"]}
    for kind in ("multipart/form-data", "multipart/form-data; boundary=", "application/json", "text/plain"):
        answer = httpx.post(site.origin + routes.LOGO, headers=headers | {"content-type": kind}, content=b"{}")
        assert answer.status_code in (400, 422), kind
