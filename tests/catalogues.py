"""`make messages`: carries what the sources say into the catalogues of every language, and loses no translation.

Texts are marked by what they are called with: `say("…")` and `_("…")` on pages and papers, `N_("…")` and `Plural(…)` in
tables, and what fields are called (`line("Company", 200)`). A text that is no longer said stays at the end of the
file as a comment.
"""

import ast
import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2 import nodes

from arbill_app.kernel.text.i18n import FOLDERS, LOCALE
from arbill_app.messages import wording
from arbill_app.payments.gateway.declines import DECLINES
from arbill_app.portal import pages
from arbill_app.sentences import SENTENCES
from arbill_app.sentences.marks import Plural, Select

APP = LOCALE.parent
FOREIGN = [folder for folder in FOLDERS.values() if folder]
SAYING = {"say", "_", "_say", "N_"}
LABELS = {"line", "lines", "said"}
Msgid = str | tuple[str, str]
Found = Iterable[tuple[Msgid, str]]  # with a note for translators


def called(paths: Iterable[Path], names: set[str]) -> Iterator[tuple[Msgid, str]]:
    """First arguments of calls of these names."""
    for path in paths:
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and call.args and _name(call.func) in names:
                yield from ((text, "") for text in texts(call.args[0]))


def _name(func: ast.expr) -> str:
    if isinstance(func, ast.Call):
        return _name(func.func)
    return func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""


def texts(node: ast.expr) -> Iterator[str]:
    """The literal texts that an expression may be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from texts(node.body)
        yield from texts(node.orelse)


def problems() -> Found:
    for code, sentence in SENTENCES.items():
        if isinstance(sentence, Plural):
            yield (sentence.one, sentence.many), code
        else:
            yield from (
                (text, code) for text in (sentence.texts.values() if isinstance(sentence, Select) else [sentence])
            )
    yield from called(sorted(APP.rglob("*.py")), LABELS)
    yield from called([APP / "customers/rules" / name for name in ("postal.py", "regions.py")], {"N_"})


def portal() -> Found:
    for file in sorted(pages.TEMPLATES.glob("*.html")):
        for call in pages.templates.parse(file.read_text()).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "_" and isinstance(call.args[0], nodes.Const):
                yield call.args[0].value, ""
    yield from called(sorted((APP / "portal").rglob("*.py")), SAYING)
    others = ("invoices/rules/lifecycle.py", "payments/recording.py", "payments/methods/*.py")
    yield from called((path for pattern in others for path in sorted(APP.glob(pattern))), SAYING)


def declines() -> Found:
    return ((text, one.code) for one in DECLINES.values() for text in (one.customer, one.advice))


def module(*names: str) -> Callable[[], Found]:
    return lambda: called([APP / name for name in names], SAYING)


DOMAINS: dict[str, Callable[[], Found]] = {
    "problems": problems,
    "portal": portal,
    "documents": module("invoices/documents/document_text.py"),
    "receipt": module("payments/receipts/document.py"),
    "statement": module("reports/statement_paper.py"),
    "messages": lambda: ((text, "") for text in wording.msgids()),
    "declines": declines,
}


def template(domain: str) -> Catalog:
    """What the sources say, each once, in their order."""
    catalogue, notes = Catalog(domain=domain), dict[Msgid, list[str]]()
    for msgid, note in DOMAINS[domain]():
        if msgid:
            notes.setdefault(msgid, []).extend([note] if note else [])
    for msgid, comments in notes.items():
        catalogue.add(msgid, auto_comments=sorted(set(comments)))
    return catalogue


def path_of(folder: str, domain: str) -> Path:
    return LOCALE / folder / "LC_MESSAGES" / f"{domain}.po"


def catalogue(folder: str, domain: str) -> Catalog:
    path = path_of(folder, domain)
    if not path.exists():
        return Catalog(locale=folder, domain=domain, header_comment=f"# {domain.capitalize()}.")
    with path.open("rb") as file:
        return read_po(file, locale=folder, domain=domain)


def updated(folder: str, domain: str) -> bytes:
    known, said = catalogue(folder, domain), template(domain)
    known.update(said, no_fuzzy_matching=True)
    order = {str(message.id): at for at, message in enumerate(said)}
    known._messages = dict(sorted(known._messages.items(), key=lambda item: order.get(str(item[1].id), -1)))
    written = io.BytesIO()
    write_po(written, known, width=0, omit_header=True, no_location=True)
    head = [
        (known.header_comment or "").split("\n")[0],
        'msgid ""',
        'msgstr ""',
        '"Content-Type: text/plain; charset=UTF-8\\n"',
        f'"Language: {folder}\\n"',
        f'"Plural-Forms: {known.plural_forms}\\n"',
        "",
        "",
    ]
    return "\n".join(head).encode() + written.getvalue()


def main() -> None:
    for folder in FOREIGN:
        for domain in DOMAINS:
            path_of(folder, domain).write_bytes(updated(folder, domain))
            missing = [message.id for message in catalogue(folder, domain) if message.id and not message.string]
            for msgid in missing:
                print(f"{folder} {domain}: no translation yet: {msgid}")


if __name__ == "__main__":
    main()
