"""The partner's accent, readable in both modes whatever colour somebody chose."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbill_app.partners.rules.colour import READABLE, contrast
from arbill_app.portal.theme import DARK, LIGHT, readable, style

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@settings(deadline=None)
@given(COLOURS)
def test_text_in_the_accent_can_be_read_on_either_paper(colour):
    for paper in (LIGHT, DARK):
        assert contrast(readable(colour, paper), paper) >= READABLE


@settings(deadline=None)
@given(COLOURS)
def test_what_stands_on_a_button_can_be_read_too(colour):
    shown = dict(part[2:].split(":") for part in style(colour).split(";"))
    for name in ("a", "d"):
        assert contrast(shown[name], shown[f"{name}-ink"]) >= READABLE


@pytest.mark.parametrize("colour", ["#047857", "#1d4ed8"])
def test_a_readable_accent_stays_as_it_is(colour):
    assert readable(colour, LIGHT) == colour
