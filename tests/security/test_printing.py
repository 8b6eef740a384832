"""Logos and papers that are made to exhaust whoever prints them, sent to a running server."""

import struct
import threading
import time
import zlib
from pathlib import Path

import httpx
import pytest

from arbill_app.dashboard.shell import routes
from arbill_app.kernel.db.transactions import read, write
from arbill_app.partners import views
from arbill_app.partners.models import Logo, Partner
from tests.security.conftest import Site
from tests.world import make_invoice

SPACE = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
BOUND = 900 * 1024  # kB a child may have held


def svg(inside: str, size: str = 'width="100" height="100"') -> bytes:
    return f"<svg {SPACE} {size}>{inside}</svg>".encode()


def nested(make, depth: int = 9) -> bytes:
    """`make(id, what stands inside refers to)` for each level, and a shape that refers to the outermost."""
    levels = "".join(make(f"l{i}", f"l{i + 1}") for i in range(depth))
    return svg(f'<defs>{levels}<rect id="l{depth}" width="9" height="9"/></defs>{make("top", "l0")}')


LINE = "M0 0" + "h1" * 9
BOMBS = {
    "markers": nested(
        lambda id, to: (
            f'<marker id="{id}" markerWidth="9" markerHeight="9">'
            f'<path d="{LINE}" marker-mid="url(#{to})" stroke="red"/></marker>'
            f'<path d="{LINE}" marker-mid="url(#{to})"/>'
        )
    ),
    "inherited markers": nested(
        lambda id, to: (
            f'<marker id="{id}"><g style="marker: url(#{to})"><path d="{LINE}"/></g></marker>'
            f'<g marker-start="url(#{to})"><path d="{LINE}"/></g>'
        )
    ),
    "patterns": nested(
        lambda id, to: (
            f'<pattern id="{id}" width=".1" height=".1"><rect width="9" height="9" fill="url(#{to})"/></pattern>'
            f'<rect width="99" height="99" fill="url(#{to})"/>'
        )
    ),
    "masks": nested(
        lambda id, to: (
            f'<mask id="{id}">' + f'<rect width="9" height="9" mask="url(#{to})"/>' * 9 + "</mask>"
            f'<rect width="9" height="9" mask="url(#{to})"/>'
        )
    ),
    "clips": nested(
        lambda id, to: (
            f'<clipPath id="{id}">' + f'<rect width="9" height="9" clip-path="url(#{to})"/>' * 9 + "</clipPath>"
            f'<rect width="9" height="9" clip-path="url(#{to})"/>'
        )
    ),
    "copies": nested(lambda id, to: f'<g id="{id}">' + f'<use href="#{to}"/>' * 9 + "</g>"),
    "gradients in a row": nested(
        lambda id, to: f'<linearGradient id="{id}" xlink:href="#{to}"/><rect width="9" height="9" fill="url(#{to})"/>'
    ),
    "a gradient of itself": svg('<linearGradient id="a" href="#a"/><rect width="9" height="9" fill="url(#a)"/>'),
    "a pattern of itself": svg(
        '<pattern id="a" width="1" height="1"><rect width="9" height="9" fill="url(#a)"/></pattern>'
        '<rect width="9" height="9" fill="url(#a)"/>'
    ),
    "masks by stylesheet": svg(
        "<style>"
        + "".join(f".m{i} > rect, g .m{i} {{ mask: url('#m{i + 1}') }}" for i in range(9))
        + "</style><defs>"
        + "".join(f'<mask id="m{i}">' + f'<rect class="m{i}" width="9" height="9"/>' * 9 + "</mask>" for i in range(9))
        + '</defs><rect class="m0" width="9" height="9"/>'
    ),
    "filters": svg('<filter id="a"><feGaussianBlur stdDeviation="9999"/></filter><rect filter="url(#a)"/>'),
    "markers on every point": svg(
        f'<marker id="a"><path d="{"M0 0" + "h1" * 9000}"/></marker><path d="{"M0 0" + "h1" * 9000}" marker="url(#a)"/>'
    ),
    "an embedded picture": svg('<image width="9" height="9" href="data:image/png;base64,AAAA"/>'),
    "no size at all": svg('<rect width="9" height="9"/>', 'width="0" height="0"'),
}
# What is let through or not, but never harms: drawn by a child within its limits, once.
HEAVY = {
    "dashes": svg(f'<path d="M0 0h1e9" stroke="red" stroke-dasharray="{" ".join(["1e-7"] * 999)}"/>'),
    "huge": svg('<rect width="9e30" height="9e30"/>', 'width="1e30" height="1e-30" viewBox="0 0 1e30 1e30"'),
    "letters": svg("<text>" + "<tspan dy='1'>&#65;&#768;&#769;</tspan>" * 2000 + "</text>"),
    "one long word": svg(f"<text textLength='9e9'>{'W' * 200_000}</text>"),
    "strokes": svg(f'<path d="M0 0{"q9 9 1 1" * 40_000}" fill="none" stroke="red" stroke-width="1e5"/>'),
    "opacity": svg(
        "<g opacity='.9'>" * 49 + "<rect width='99' height='99'/>" + "</g>" * 49, 'width="1e6" height="1e6"'
    ),
    "one pattern": svg(
        '<pattern id="a" width="1e-6" height="1e-6"><rect width="1" height="1"/></pattern>'
        '<rect width="99" height="99" fill="url(#a)"/>'
    ),
}


def png(width: int, height: int) -> bytes:
    """Black, of any size, in few bytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    packed = zlib.compressobj(9)
    rows = b"".join(packed.compress(bytes(1 + width * 8)) for _ in range(height)) + packed.flush()
    header = struct.pack(">IIBBBBB", width, height, 16, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def send(site: Site, content: bytes, name: str = "logo.svg", who: str = "nora") -> httpx.Response:
    headers = {"origin": site.origin, "cookie": site.cookies[who]}
    return httpx.post(site.origin + routes.LOGO, headers=headers, files={"file": (name, content)}, timeout=40)


def get(site: Site, path: str, who: str) -> httpx.Response:
    return httpx.get(site.origin + path, headers={"cookie": site.cookies[who]}, timeout=60)


def children() -> dict[int, int]:
    """kB that each process that prints has held at most."""
    found = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if b"kernel/typesetting/child.py" in status.with_name("cmdline").read_bytes():
                lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
                found[int(status.parent.name)] = int(lines.get("VmHWM", "0").split()[0])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


@pytest.mark.parametrize("name", BOMBS)
def test_a_drawing_of_references_is_refused_at_once(site: Site, name: str) -> None:
    answer = send(site, BOMBS[name])
    assert answer.status_code == 422
    assert answer.json()["errors"]["file"]
    assert max(children().values(), default=0) < BOUND


@pytest.mark.parametrize("name", HEAVY)
def test_a_heavy_drawing_harms_nobody(site: Site, name: str) -> None:
    """Screens go on meanwhile; and when it was taken, papers show the picture that was made of it."""
    sent = threading.Thread(target=send, args=(site, HEAVY[name]))
    sent.start()
    while sent.is_alive():
        assert httpx.get(f"{site.origin}/healthz", timeout=5).status_code == 200
        sent.join(0.2)
    assert max(children().values(), default=0) < BOUND
    invoice = make_invoice(site.people.nora, site.people.ada)
    assert get(site, f"{routes.INVOICE_PDF}/{invoice}.pdf", "nora").content.startswith(b"%PDF-")


def test_pictures_that_unpack_to_much_are_bounded(site: Site) -> None:
    assert send(site, png(4001, 9), "logo.png").status_code == 422
    answer = send(site, png(4000, 4000), "logo.png")
    assert answer.status_code in (200, 422)
    jpeg = b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03" + bytes(50)
    assert send(site, jpeg, "logo.jpg").status_code == 422
    invoice = make_invoice(site.people.nora, site.people.ada)
    assert get(site, f"{routes.INVOICE_PDF}/{invoice}.pdf", "nora").content.startswith(b"%PDF-")
    assert max(children().values(), default=0) < BOUND


def test_a_bomb_that_was_stored_before_is_left_out_of_papers(site: Site) -> None:
    def store(tx):
        logo = tx.create(
            Logo, kind="image/svg+xml", content=BOMBS["markers"], created_at=tx.get(Partner, mine).created_at
        )
        tx.get(Partner, mine).logo_id = logo.id

    mine = site.people.nora.partner_id
    write(site.people.nora, store)
    invoice = make_invoice(site.people.nora, site.people.ada)
    for _ in range(2):
        assert get(site, f"{routes.INVOICE_PDF}/{invoice}.pdf", "nora").content.startswith(b"%PDF-")
    assert send(site, svg('<rect width="9" height="9"/>')).status_code == 200
    assert read(site.people.nora, lambda tx: tx.get(Logo, views.company(tx).logo_id)).printed.startswith(b"\x89PNG")


def test_one_partners_flood_leaves_another_its_first_page(site: Site) -> None:
    """The second person is served while the first one's papers still wait, and who asks for too many is told so."""
    lines = [{"description": f"Line {i}", "quantity": "1", "unit_price": "1"} for i in range(500)]
    long = make_invoice(site.people.nora, site.people.ada, itemised=True, lines=lines)
    short = make_invoice(site.people.sol, site.people.clara)
    get(site, f"{routes.INVOICE_PDF}/{short}.pdf", "sol")
    answers: list[httpx.Response] = []
    flood = [
        threading.Thread(target=lambda: answers.append(get(site, f"{routes.INVOICE_PDF}/{long}.pdf", "nora")))
        for _ in range(30)  # several processes each take four
    ]
    for thread in flood:
        thread.start()
    while not answers:
        time.sleep(0.02)
    assert get(site, f"{routes.INVOICE_PDF}/{short}.pdf", "sol").status_code == 200
    assert any(thread.is_alive() for thread in flood), "the flood is not over yet"
    for thread in flood:
        thread.join()
    said = {answer.status_code for answer in answers}
    assert said == {200, 429}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert int(refused.headers["retry-after"]) > 0
    assert "Your last papers are still being printed. Wait a moment, then try again." in refused.text
    assert max(children().values()) < BOUND
