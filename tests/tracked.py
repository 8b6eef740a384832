"""No tracked file may name a package registry or a folder of the machine that it was written on."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# From pieces, or this file would be the first to be found.
REGISTRIES = ("npmjs" + ".org", "yarnpkg" + ".com", "pypi" + ".org", "pythonhosted" + ".org")
TEXT_ONLY = (".ttf", ".png", ".jpg", ".ico", ".woff2", ".pdf")


def main() -> int:
    found = [said for name in tracked() for said in look_at(name)]
    print("\n".join(found) or "Tracked files name no registry and no folder of this machine.")
    return int(bool(found))


def tracked() -> list[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return [name for name in listed.stdout.split("\0") if name and not name.endswith(TEXT_ONLY)]


def look_at(name: str) -> list[str]:
    file = ROOT / name
    text = file.read_text(errors="replace") if file.is_file() else ""
    hits = forbidden().finditer(text)
    return [f"{name}:{text.count(chr(10), 0, hit.start()) + 1}: names {hit[0]}" for hit in hits]


def forbidden() -> re.Pattern[str]:
    folders = [f"{folder}/" for folder in (ROOT, Path.home()) if folder != Path("/")]
    return re.compile("|".join(map(re.escape, [*REGISTRIES, *folders, '"resolved"' + ': "http'])))


if __name__ == "__main__":
    sys.exit(main())
