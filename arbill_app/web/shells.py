"""The built files: whether all are there, which of them strangers may load, and the one that holds addresses."""

import os
import re
from functools import cache
from pathlib import Path
from typing import Any

from ..kernel.settings import settings

ROOT = Path(__file__).resolve().parents[2]
BUILT_FOR = "http://localhost:3000"  # the address in rxconfig.py, replaced by ours on the way out
LIST = "arbill.files"  # beside the files that it lists, to be copied with them
ADDRESSES = re.compile(r"/assets/reflex-env-[\w-]+\.js")
# Styles, scripts, fonts and pictures, by their exact addresses. Page shells and everything else need a sign-in: whoever
# spells an address differently (another case, an encoded letter, two slashes) does not name one of these.
PUBLIC = re.compile(
    r"/(?:assets/[\w.-]+\.(?:js|css|woff2|svg|png)"
    r"|fonts/[\w-]+\.(?:woff2|txt)"
    r"|[a-z]+\.(?:css|js|svg|ico|png))"
)


def client() -> Path:
    return ROOT / os.environ.get("REFLEX_WEB_WORKDIR", ".web") / "build" / "client"


def client_files() -> str:
    """Sizes and names of the built files, a line each."""
    folder = client()
    sizes = {file.relative_to(folder).as_posix(): file.stat().st_size for file in folder.rglob("*") if file.is_file()}
    return "".join(f"{size} {name}\n" for name, size in sorted(sizes.items()))


def is_intact() -> bool:
    """Whether every file of the build is there, in its size."""
    listed = client().with_name(LIST)
    return listed.is_file() and listed.read_text() == client_files()


def is_public(path: str) -> bool:
    """A built file that strangers may load. One that is missing is not: Reflex would answer with a page shell."""
    return bool(PUBLIC.fullmatch(path)) and (client() / path.lstrip("/")).is_file()


@cache
def addresses(path: str) -> bytes:
    """The one built file that holds addresses, with the running ones: so one build serves every port and host."""
    file = client() / path.lstrip("/")
    if not ADDRESSES.fullmatch(path) or not file.is_file():
        return b""
    origin = settings().origin
    socket = re.sub("^http", "ws", origin)
    return file.read_text().replace(BUILT_FOR, origin).replace(re.sub("^http", "ws", BUILT_FOR), socket).encode()


def straight(scope: Any) -> Any:
    """The path of the page's own file: asked for `/customers`, the static files would redirect to
    `http://…/customers/`."""
    path = scope["path"].rstrip("/")
    if not path or not (client() / path.lstrip("/") / "index.html").is_file():
        return scope
    return scope | {"path": f"{path}/index.html", "raw_path": f"{path}/index.html".encode()}
