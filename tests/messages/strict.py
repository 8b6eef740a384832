"""A strict reader of header lines, written from RFC 5322, 2047 and 2231 and sharing nothing with what writes them.

It accepts less than mail programs do: what it reads, every reader reads the same way.
"""

import base64
import re

WORD = re.compile(r"=\?([A-Za-z0-9-]+)\?([bB])\?([A-Za-z0-9+/]*={0,2})\?=")
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
TOKENS = re.compile(r'(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<angle><[^<>]*>)|(?P<comma>,)|(?P<word>[^\s,"<>]+)')
ADDRESS = re.compile(rf"{ATOM}(?:\.{ATOM})*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")


def headers(raw: bytes) -> dict[str, str]:
    """Unfolded values by name; each line as long as it may be, and none of nothing but white space."""
    head = raw.partition(b"\r\n\r\n")[0]
    assert re.search(rb"(?<!\r)\n|\r(?!\n)", head) is None, "only CRLF ends a line"
    lines = head.decode("ascii").split("\r\n")
    for line in lines:
        assert line.strip()
        assert len(line) <= (76 if "=?" in line else 998), line
    found: dict[str, str] = {}
    for line in re.sub(r"\r\n(?=[ \t])", "", "\r\n".join(lines)).split("\r\n"):
        name, colon, value = line.partition(": ")
        assert colon
        assert re.fullmatch(r"[\x21-\x39\x3b-\x7e]+", name)
        assert name not in found, f"{name} twice"
        found[name] = value
    return found


def decoded(word: str) -> str:
    match = WORD.fullmatch(word)
    assert match, word
    assert len(word) <= 75
    assert match[1].lower() == "utf-8"
    return base64.b64decode(match[3], validate=True).decode("utf-8")  # fails on half a character


def text(value: str) -> str:
    """Unstructured: white space between two encoded words does not count."""
    pieces = re.split(r"( +)", value)
    out, last_was_word = "", False
    for at, piece in enumerate(pieces):
        if at % 2:
            between = last_was_word and pieces[at + 1].startswith("=?")
            out += "" if between else piece
        elif piece.startswith("=?"):
            out, last_was_word = out + decoded(piece), True
        else:
            assert "=?" not in piece
            out, last_was_word = out + piece, False
    return out


def people(value: str) -> list[tuple[str, str]]:
    """[(display name, address)] of a list of mailboxes."""
    assert TOKENS.sub("", value).strip() == "", "nothing but tokens and spaces"
    tokens = [(str(match.lastgroup), match[0]) for match in TOKENS.finditer(value)]
    found: list[tuple[str, str]] = []
    one: list[tuple[str, str]] = []
    for token in [*tokens, ("comma", ",")]:
        if token[0] == "comma":
            found.append(_mailbox(one))
            one = []
        else:
            one.append(token)
    return found


def _mailbox(tokens: list[tuple[str, str]]) -> tuple[str, str]:
    *name, (kind, last) = tokens
    if not name and kind == "word":
        address = last
    else:
        assert kind == "angle", tokens
        assert name, tokens
        address = last[1:-1]
    assert ADDRESS.fullmatch(address), address
    return _phrase(name), address


def _phrase(tokens: list[tuple[str, str]]) -> str:
    out, last_was_word = "", True
    for kind, piece in tokens:
        is_word = kind == "word" and piece.startswith("=?")
        assert kind in ("word", "quoted")
        said = re.sub(r"\\(.)", r"\1", piece[1:-1]) if kind == "quoted" else decoded(piece) if is_word else piece
        assert kind == "quoted" or is_word or re.fullmatch(ATOM, piece), piece
        out += said if last_was_word and (is_word or not out) else f" {said}"
        last_was_word = is_word
    return out


def file_name(value: str) -> str:
    """Of a Content-Disposition: RFC 2231's numbered sections, or a quoted name."""
    kind, *parameters = re.split(r"; *(?=filename)", value)
    assert kind == "attachment"
    sections = [parameter.rstrip(";").partition("=") for parameter in parameters]
    if sections[0][0] == "filename":
        ((_, _, quoted),) = sections
        assert re.fullmatch(r'"(?:[^"\\]|\\.)*"', quoted)
        return re.sub(r"\\(.)", r"\1", quoted[1:-1])
    assert [name for name, _, _ in sections] == [f"filename*{at}*" for at in range(len(sections))]
    joined = "".join(value for _, _, value in sections)
    charset, _, encoded = joined.partition("''")
    assert charset == "utf-8"
    assert re.fullmatch(r"(?:[A-Za-z0-9!#$&+.^_`|~-]|%[0-9A-F]{2})*", encoded)
    raw = re.sub(rb"%(..)", lambda match: bytes([int(match[1], 16)]), encoded.encode())
    return raw.decode("utf-8")
