"""Accent, logos and patterns of numbers: what a manager may choose, and what a picture may hold."""

import struct
from pathlib import Path

import pytest

from arbill_app.kernel.db.activity import Activity
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.errors import Forbidden, Invalid, NotFound
from arbill_app.partners import branding, entities, views
from arbill_app.partners.rules import picture
from arbill_app.partners.rules.colour import contrast, ink_on
from arbill_app.partners.rules.svg import DEEPEST, INSTRUCTED, MOST, NOT_PLAIN, complaint_about

PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 120, 60) + b"\x08\x02\x00\x00\x00rest"
JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xff\xc2\x00\x11\x08\x00\x3c\x00\x78\x03rest"
SPACE = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
CANADA = {"name": "Northwind Canada", "country": "CA"}


def svg(inside: str = '<rect width="9" height="9"/>', **attributes: str) -> bytes:
    more = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<svg {SPACE} width="10" height="10"{more}>{inside}</svg>'.encode()


def refusal(content: bytes) -> str:
    with pytest.raises(Invalid) as refused:
        branding.checked(content)
    assert list(refused.value.errors) == ["file"]
    return refused.value.message


# ---------------------------------------------------------------- who may what


def test_the_accent_is_changed_with_before_and_after(two):
    write(two.adam, branding.change_branding, {"accent": "#1D4ED8"})
    assert read(two.nora, views.company).accent == "#1d4ed8"
    row = read(two.nora, lambda tx: tx.first(tx.own(Activity).where(Activity.action == "partner.branding")))
    assert row.changes == {"accent": ["#047857", "#1d4ed8"]}
    assert read(two.sol, views.company).accent == "#047857"


@pytest.mark.parametrize("accent", ["", "green", "#12345", "#12345g", "#0478577", "#fff;}"])
def test_what_is_no_colour_is_refused(two, accent):
    with pytest.raises(Invalid) as refused:
        write(two.nora, branding.change_branding, {"accent": accent})
    assert list(refused.value.errors) == ["accent"]


def test_a_new_logo_is_a_new_row_and_the_old_one_stays(two):
    old, new = (write(two.nora, branding.save_logo, content).id for content in (PNG, svg()))
    assert read(two.mia, views.company).logo_id == new
    assert [read(two.mia, branding.logo, id).kind for id in (old, new)] == ["image/png", "image/svg+xml"]
    write(two.adam, branding.remove_logo)
    assert read(two.nora, views.company).logo_id is None
    assert read(two.nora, branding.logo, old).content == PNG


def test_a_legal_entity_has_a_logo_of_its_own(two):
    first = read(two.nora, views.legal_entities)[0].id
    logo = write(two.nora, branding.save_logo, JPEG, first)
    assert read(two.nora, views.legal_entities)[0].logo_id == logo.id
    assert read(two.nora, views.company).logo_id is None
    write(two.nora, branding.remove_logo, first)
    assert read(two.nora, views.legal_entities)[0].logo_id is None


@pytest.mark.parametrize("who", ["mia", "rhea"])
def test_only_managers_change_how_papers_look(two, who):
    for verb, *args in (
        (branding.change_branding, {"accent": "#000000"}),
        (branding.save_logo, PNG),
        (branding.remove_logo,),
    ):
        with pytest.raises(Forbidden):
            write(getattr(two, who), verb, *args)


def test_another_partners_logos_and_entities_do_not_exist(two):
    logo = write(two.sol, branding.save_logo, PNG).id
    theirs = read(two.sol, views.legal_entities)[0].id
    for verb, *args in ((branding.save_logo, PNG, theirs), (branding.remove_logo, theirs)):
        with pytest.raises(NotFound):
            write(two.nora, verb, *args)
    with pytest.raises(NotFound):
        read(two.nora, branding.logo, logo)


# ---------------------------------------------------------------- pictures by their bytes


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PNG, "image/png"),
        (JPEG, "image/jpeg"),
        (svg(), "image/svg+xml"),
        (b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8"?>\n<!-- made by hand -->\n' + svg(), "image/svg+xml"),
        (b"GIF89a", ""),
        (b"<html><svg></svg></html>", ""),
        (b"%PDF-1.7", ""),
        (b"<svgx>", ""),
    ],
)
def test_a_picture_is_what_its_bytes_say(content, kind):
    assert picture.kind_of(content) == kind


def test_sizes_are_read_off_the_bytes():
    assert picture.size_of(PNG, picture.PNG) == (120, 60)
    assert picture.size_of(JPEG, picture.JPEG) == (120, 60)


@pytest.mark.parametrize("content", [PNG[:20], PNG[:12] + b"XXXX" + PNG[16:], b"\xff\xd8\xff", JPEG[:12], JPEG[:3] * 9])
def test_a_damaged_picture_is_refused(content):
    assert refusal(content) == "The picture is damaged."


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Choose a file."),
        (b"\x89PNG\r\n\x1a\n" + b"x" * branding.LARGEST, "Choose a file of at most 512 KB."),
        (b"GIF89a", "Choose a PNG, JPEG or SVG picture."),
        (PNG.replace(struct.pack(">I", 120), struct.pack(">I", 4001)), "Choose a picture of at most 4000 pixels"),
    ],
)
def test_what_cannot_be_a_logo_is_refused_with_a_reason(content, said):
    assert refusal(content).startswith(said)


def test_a_picture_at_the_limits_is_taken():
    assert branding.checked(PNG.replace(struct.pack(">I", 120), struct.pack(">I", 4000))) == "image/png"
    assert branding.checked(PNG + b"x" * (branding.LARGEST - len(PNG))) == "image/png"


# ---------------------------------------------------------------- drawings


@pytest.mark.parametrize(
    "inside",
    [
        '<defs><linearGradient id="a"><stop offset="0"/></linearGradient></defs><rect fill="url(#a)"/>',
        '<style>.st0{fill:url( "#a" );clip-path:url(#b)}</style><path class="st0" d="M0 0"/>',
        '<clipPath id="b"><use xlink:href="#c"/></clipPath><rect id="c" style="fill:#047857"/>',
        '<metadata><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></metadata><text>A &amp; B</text>',
        '<i:note xmlns:i="urn:editor" zoom="1"/>' + "<g>" * 40 + "</g>" * 40,
    ],
)
def test_what_drawing_programs_write_is_taken(inside):
    assert complaint_about(svg(inside)) == ""


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<g xmlns:x="http://www.w3.org/1999/xhtml"><x:script>alert(1)</x:script></g>',
        '<x:math xmlns:x="http://www.w3.org/1998/Math/MathML"/>',
        "<foreignObject><p>x</p></foreignObject>",
        '<image href="data:image/png;base64,AAAA"/>',
        '<image xlink:href="https://evil.example/x.png"/>',
        '<a href="javascript:alert(1)"><rect/></a>',
        '<animate attributeName="href" to="javascript:alert(1)"/>',
        '<use href="https://evil.example/x.svg#a"/>',
        '<use xlink:href="other.svg#a"/>',
        '<rect onload="alert(1)"/>',
        '<rect OnClick="alert(1)"/>',
        '<rect fill="url(https://evil.example/x)"/>',
        "<rect style=\"fill:URL( '//evil.example')\"/>",
        "<style>@import 'https://evil.example/x.css';</style>",
        "<style>rect{fill:u\\72l(//evil.example)}</style>",
        "<style><![CDATA[rect{background:url(data:x)}]]></style>",
        '<g id="a"><use href="#b"/><use href="#b"/></g><g id="b"><rect/></g><use href="#a"/>',
        '<use id="a" href="#b"/><use id="b" href="#a"/>',
    ],
)
def test_what_does_more_than_draw_is_refused(inside):
    assert complaint_about(svg(inside)) == "The SVG does more than draw. Export it as a plain drawing."


@pytest.mark.parametrize(
    "content",
    [
        b'<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("&a;"),
        b'<?xml version="1.0" encoding="UTF-7"?>' + svg(),
        b"<?xml version='1.0' encoding='utf-16'?>" + svg(),
    ],
)
def test_hidden_letters_and_entities_are_refused(content):
    assert complaint_about(content) == "Save the SVG as UTF-8 without a DOCTYPE."


STYLED = b'<?xml-stylesheet href="https://evil.example/x.css"?>'


@pytest.mark.parametrize(
    "content",
    [
        STYLED + svg(),
        b'<?xml version="1.0" encoding="UTF-8"?>\n' + STYLED + svg(),
        b"<!-- a logo -->" + STYLED + svg(),
        b'<?xml-stylesheet type="text/xsl" href="#x"?>' + svg(),
        svg(STYLED.decode()),
        svg("<g><?php echo 1 ?></g>"),
        svg('<metadata><?xpacket begin="" id="x"?></metadata>'),
        svg() + STYLED,
    ],
)
def test_instructions_for_programs_are_refused_with_a_sentence_beside_the_field(two, content):
    for refuse in (lambda: branding.checked(content), lambda: write(two.nora, branding.save_logo, content)):
        with pytest.raises(Invalid) as refused:
            refuse()
        assert refused.value.errors == {"file": INSTRUCTED}


@pytest.mark.parametrize(
    "before",
    [
        '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">',
        '<?xml version="1.0"?><!DOCTYPE svg>',
        '<!DOCTYPE svg SYSTEM "https://evil.example/x.dtd">',
        '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY b "x">]>',
        '<!DOCTYPE svg [\n<!ENTITY % c SYSTEM "https://evil.example/c"> %c; ]  >\n',
    ],
)
def test_a_doctype_is_refused_with_a_sentence_that_says_what_to_do(before):
    for content in (before.encode() + svg(), b"\xef\xbb\xbf" + before.encode() + svg()):
        with pytest.raises(Invalid) as refused:
            branding.checked(content)
        assert refused.value.errors == {"file": "Save the SVG as UTF-8 without a DOCTYPE."}


@pytest.mark.parametrize("base", ['xml:base="https://evil.example/"', 'base="https://evil.example/"'])
def test_another_place_for_references_is_refused(base):
    assert complaint_about(svg(f'<g {base}><use href="#a"/></g>')) == NOT_PLAIN
    assert complaint_about(svg('<style>rect{fill:src("https://evil.example/x")}</style>')) == NOT_PLAIN


@pytest.mark.parametrize("content", [b"<?" * 50_000, b"<!--" * 50_000, b"<!DOCTYPE[" * 50_000, b"<? ?>" * 50_000])
def test_what_only_looks_like_the_beginning_of_an_svg_is_told_quickly(content):
    with pytest.raises(Invalid):
        branding.checked(content)


@pytest.mark.parametrize(
    "content", [b"<svg", svg("<g>"), svg().replace(b"http://www.w3.org/2000/svg", b"urn:x"), b"<svg>\xff</svg>"]
)
def test_what_is_no_drawing_at_all_is_damaged(content):
    assert complaint_about(content) == "The SVG is damaged."


def test_a_drawing_made_to_exhaust_its_reader_is_refused():
    deep = svg("<g>" * (DEEPEST + 1) + "</g>" * (DEEPEST + 1))
    assert complaint_about(deep) == "The SVG is damaged."
    assert complaint_about(svg("<g>" * 80_000)) == "The SVG is damaged."
    assert "too many parts" in complaint_about(svg("<g/>" * MOST))
    assert complaint_about(svg("<g/>" * (MOST - 1))) == ""


@pytest.mark.parametrize(
    "inside",
    [
        # Inkscape: a gradient takes its stops from another one, inside of a mask.
        '<linearGradient id="a"/><linearGradient id="b" href="#a"/>'
        '<mask id="m"><rect fill="url(#b)"/></mask><rect mask="url(#m)"/>',
        # Illustrator: everything in one clip, colours and gradients by classes.
        "<style>.a{fill:url(#g)}.b{clip-path:url(#c)}</style>"
        '<clipPath id="c"><rect/></clipPath><linearGradient id="g"/>'
        '<g class="b">' + '<path class="a" d="M0 0h1"/>' * 2000 + "</g>",
        '<pattern id="p"><rect fill="red"/></pattern><mask id="m"><rect fill="url(#p)"/></mask><rect mask="url(#m)"/>',
        '<marker id="m"><path d="M0 0h1"/></marker><path d="M0 0h1h1" marker-mid="url(#m)"/>',
        '<rect fill="url(#nowhere)"/>',
    ],
)
def test_references_that_lie_two_deep_are_taken(inside):
    assert complaint_about(svg(inside)) == ""


@pytest.mark.parametrize(
    "inside",
    [
        '<mask id="a"><rect mask="url(#b)"/></mask><mask id="b"><rect mask="url(#c)"/></mask>'
        '<mask id="c"><rect/></mask><rect mask="url(#a)"/>',
        '<g id="a"><rect style="mask: URL( \'#a\' )"/></g><rect mask="url(#a)"/>',
        '<style>/* { */ g > .a , x { marker : url("#m") }</style>'
        '<marker id="m"><g class="b a"/></marker><g class="a"/>',
        '<marker id="m"><path d="M0 0{0}"/></marker><g marker-end="url(#m)"><path d="M0 0{0}"/></g>'.format("h1" * 999),
        '<pattern id="p"><g>' + "<rect/>" * 1000 + '</g></pattern><g fill="url(#p)">' + "<rect/>" * 1000 + "</g>",
        "<style>" + ",".join(f".c{i}" for i in range(301)) + "{fill:url(#a)}</style><rect/>",
    ],
)
def test_references_that_multiply_are_refused(inside):
    assert complaint_about(svg(inside)).startswith("The SVG draws too much by references inside of references.")


def test_our_own_drawings_would_pass():
    for file in Path(__file__).parents[2].glob("assets/*.svg"):
        assert complaint_about(file.read_bytes()) == "", file.name


# ---------------------------------------------------------------- colours


@pytest.mark.parametrize(("one", "other", "ratio"), [("#ffffff", "#000000", "21.00"), ("#777777", "#ffffff", "4.48")])
def test_contrast_is_that_of_the_accessibility_guidelines(one, other, ratio):
    assert f"{contrast(one, other):.2f}" == ratio
    assert contrast(one, other) == contrast(other, one)


@pytest.mark.parametrize(("colour", "ink"), [("#047857", "#ffffff"), ("#facc15", "#1c1917"), ("#000000", "#ffffff")])
def test_the_ink_is_the_one_easier_to_read(colour, ink):
    assert ink_on(colour) == ink


# ---------------------------------------------------------------- numbers


def test_a_legal_entity_numbers_its_papers_its_own_way(two):
    patterns = {"invoice_pattern": "CA-{year}-{number:4}", "credit_pattern": ""}
    entity = write(two.nora, entities.save_legal_entity, "", CANADA | patterns)
    assert (entity.invoice_pattern, entity.credit_pattern) == ("CA-{year}-{number:4}", "")


@pytest.mark.parametrize(
    ("patterns", "wrong"),
    [
        ({"invoice_pattern": "INV"}, ["invoice_pattern"]),
        (
            {"invoice_pattern": "{number}{number}", "credit_pattern": "<{number}>"},
            ["invoice_pattern", "credit_pattern"],
        ),
        ({"invoice_pattern": "N-{number}", "credit_pattern": "N-{number}"}, ["credit_pattern"]),
        ({"invoice_pattern": "CN-{number:4}"}, ["credit_pattern"]),
    ],
)
def test_patterns_that_could_not_number_are_refused_beside_their_field(two, patterns, wrong):
    with pytest.raises(Invalid) as refused:
        write(two.nora, entities.save_legal_entity, "", CANADA | patterns)
    assert list(refused.value.errors) == wrong
