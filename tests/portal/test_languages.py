"""The portal reads what people of its languages type."""

import pytest

from arbill_app.portal.i18n import Words


@pytest.mark.parametrize("language", ["en", "fr", "fr-CA", "es"])
@pytest.mark.parametrize("currency", ["USD", "CAD", "EUR", "GBP", "CHF", "JPY", "KWD", "XOF", "XCG"])
def test_the_sample_of_an_amount_can_be_typed(language, currency):
    words = Words(language)
    assert words.typed(words.money(125_000, currency), currency) == 125_000
