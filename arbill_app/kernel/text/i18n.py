"""The customer's language: gettext catalogues under `locale/`, by domain. The words in the source are English.

`speech("fr-CA", "documents")("Invoice")` is "Facture". A language without a catalogue speaks English: `spoken` says
which one a document will really be in, so that staff can be warned.
"""

import gettext
import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).resolve().parents[2] / "locale"
FOLDERS = {"en": "", "fr": "fr_CA", "es": "es"}
LOCALES = {"en": "en_US", "fr": "fr_CA", "es": "es_US"}


def spoken(language: str) -> str:
    """The catalogue for a language code: "fr-CA" and "fr" are "fr", what we do not speak is "en"."""
    code = language.replace("_", "-").partition("-")[0].lower()
    return code if code in FOLDERS else "en"


def locale_of(language: str) -> str:
    """For amounts and dates in a document of this language."""
    return LOCALES[spoken(language)]


@cache
def translations(language: str, domain: str) -> gettext.NullTranslations:
    folder = FOLDERS[spoken(language)]
    if not folder:
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with (LOCALE / folder / "LC_MESSAGES" / f"{domain}.po").open("rb") as po:
        write_mo(compiled, read_po(po))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def speech(language: str, domain: str) -> Callable[[str], str]:
    return translations(language, domain).gettext
