"""Takes secrets out of text that is about to be logged: cookies, tokens, codes, passwords, links that open something.

Names first (`password=…`, `'cookie': '…'`), then places (`/pay/…`), then shapes (43 random characters): so a secret in
a place that nobody thought of goes as well.
"""

import re

GONE = "[removed]"

# What stands behind one of these names, in a query, a form, a header, JSON or the repr of a dict.
NAMES = (
    r"(?:set-)?cookie|authorization|proxy-authorization|password|passwd|pwd|secret|client_secret|token|client_token|"
    r"access_token|api_?key|csrf|code|otp|totp|totp_secret|recovery_code|signature|stripe-signature|dsn"
)
_QUOTED = re.compile(rf"""(["'](?:{NAMES})["']\s*[:,=]\s*b?)(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[\w.+-]+)""", re.I)
_GIVEN = re.compile(rf"""(?<![\w-])((?:{NAMES})\s*=\s*)(?:"[^"]*"|'[^']*'|[^\s&;,)}}\]"']+)""", re.I)
_HEADER = re.compile(r"(?<![\w-])((?:set-)?cookie|(?:proxy-)?authorization)(:\s*)[^\r\n]+", re.I)
_COOKIE = re.compile(r"""((?:__Host-)?arbill_\w+=)[^;\s,"'&\\\]})]+""")
_BEARER = re.compile(r"\b(Bearer|Basic|Digest)\s+[\w.~+/=-]{6,}", re.I)
_PLACE = re.compile(r"(/pay/|/join/|/sandbox/(?:add|approve)/)[^\s/?\"'#&]+")
_CREDENTIALS = re.compile(r"((?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,30}://[^\s:/@\"']{0,100}:)[^\s/@\"']+(@)", re.I)
_DSN = re.compile(r"(https?://)[0-9a-f]{32}(@)")
_ROW = re.compile(r"(Failing row contains \().*?(\)(?=[.\n]|$))", re.S)
_PARAMETERS = re.compile(r"\[parameters: .*?\](?=\s*\n|\s*$)", re.S)
_VENDOR = re.compile(r"\b((?:sk|rk|pk)_(?:live|test)_|whsec_|sess_)\w+|\b(\w+_secret_)\w+")
# Random text: urlsafe of 24 bytes and more with both cases, hex of 32 bytes, base32 of 20 bytes.
_RANDOM = re.compile(
    r"(?<![\w-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*[0-9_-])[A-Za-z0-9_-]{30,}(?![\w-])"
    r"|(?<!\w)[0-9a-f]{64}(?!\w)|(?<!\w)[A-Z2-7]{32}(?!\w)"
)

# What to replace by what, and what must stand in a text for it to be worth looking: most lines hold none of these.
_ORDER = (
    (_PARAMETERS, f"[parameters {GONE}]", "[parameters: "),
    (_ROW, rf"\1{GONE}\2", "Failing row"),
    (_HEADER, rf"\1\2{GONE}", ":"),
    (_QUOTED, rf"\1{GONE}", ""),
    (_COOKIE, rf"\1{GONE}", "arbill_"),
    (_GIVEN, rf"\1{GONE}", "="),
    (_BEARER, rf"\1 {GONE}", ""),
    (_PLACE, rf"\1{GONE}", "/"),
    (_CREDENTIALS, rf"\1{GONE}\2", "://"),
    (_DSN, rf"\1{GONE}\2", "://"),
    (_VENDOR, rf"\1\2{GONE}", "_"),
    (_RANDOM, GONE, ""),
)


def scrub(text: str) -> str:
    """The same text, with `[removed]` where a secret stood. Doing it twice changes nothing."""
    for pattern, instead, hint in _ORDER:
        if hint in text:
            text = pattern.sub(instead, text)
    return text
