"""Search and comparison keys for names that people type: case, accents and legal forms ignored."""

import re
import unicodedata

# Letters that Unicode doesn't decompose but that people type without a Danish or Polish keyboard.
_PLAIN_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ŧ": "t"}
    | {"ı": "i"}
)
# Word processors "improve" these; a person searching types the plain ones.
_PLAIN_MARKS = str.maketrans(
    dict.fromkeys("‘’‛ʼ′", "'")
    | dict.fromkeys("“”„‟″", '"')
    | dict.fromkeys("‐‑‒–—―−", "-")
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff", "")
)
# Invisible and unstorable: PostgreSQL refuses NUL in text, half a surrogate pair has no UTF-8 at all, and the others
# only ever arrive by accident.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\ufeff\ud800-\udfff]")
_BREAKS = re.compile("\\s*[\n\v\f\r\x85\u2028\u2029]\\s*")
# They turn the reading direction of what follows, and of text that is not theirs.
_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")
_LEGAL_FORMS_OF = {
    "English": "inc incorporated corp corporation co company ltd limited llc llp lllp lp pllc plc pc pa",
    "French": "ltee limitee cie enr enrg senc sencrl ulc sa sas sasu sarl eurl sci",
    "German, Dutch": "gmbh ag kg kgaa ohg gbr ug ev se mbh bv nv vof",
    "Nordic": "ab oy oyj aps as asa",
    "elsewhere": "pty pte sl slu srl srls lda ltda eireli doo kft zrt bt sro sdn bhd kk gk pvt",
}
_LEGAL_FORMS = frozenset(form for forms in _LEGAL_FORMS_OF.values() for form in forms.split())
_LEGAL_PHRASES = re.compile(r" ((sa|sab|sapi|srl|s de rl) de cv|sp z ?o ?o)$")
# Without its points "Spa" is a business of its own: "Blue Day Spa".
_ITALIAN_COMPANY = re.compile(r"\Ws\.\s?p\.\s?a\.?$")
_JOINING_MARKS = re.compile(r"[.'/]")
_WORD = re.compile(r"[^\W_]+")


def printable(text: str) -> str:
    """Return `text` without characters that no database can store."""
    return _UNPRINTABLE.sub("", text)


def on_one_line(text: str) -> str:
    """Return `text` with spaces for its line breaks, and without marks that override the reading direction."""
    return _OVERRIDES.sub("", _BREAKS.sub(" ", text))


def fold(text: str) -> str:
    """Return `text` for case- and accent-insensitive search and sorting; folding twice changes nothing.

    Unicode NFKD without combining marks, casefolded, runs of white space as one space.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    plain = _strip_marks(_strip_marks(text).casefold()).translate(_PLAIN_LETTERS).translate(_PLAIN_MARKS)
    return " ".join(plain.split())


def name_key(text: str) -> str:
    """Return a key that nearly equal company names share.

    "Bluebird Dental, Inc." and "blue bird dental" have the same key. A name with at least one
    letter or digit never has an empty one.
    """
    folded = fold(text)
    words = _without_legal_forms(_without_article(_words(folded)))
    return "".join(words) or folded.replace(" ", "") or text.strip()


def _strip_marks(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _words(folded: str) -> list[str]:
    joined = _JOINING_MARKS.sub("", _ITALIAN_COMPANY.sub("", folded).replace("&", " and "))
    return _LEGAL_PHRASES.sub("", " ".join(_WORD.findall(joined))).split()


def _without_article(words: list[str]) -> list[str]:
    return words[1:] if len(words) > 1 and words[0] == "the" else words


def _without_legal_forms(words: list[str]) -> list[str]:
    kept = len(words)
    while kept > 1 and (words[kept - 1] in _LEGAL_FORMS or _dangling_and(words, kept)):
        kept -= 1
    return words[:kept]


def _dangling_and(words: list[str], kept: int) -> bool:
    """True for the "and" that "GmbH & Co. KG" leaves behind."""
    return kept < len(words) and words[kept - 1] == "and"
