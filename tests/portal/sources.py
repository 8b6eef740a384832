"""Which sentences the portal's templates and modules say."""

import ast
from collections.abc import Iterator
from pathlib import Path

from jinja2 import nodes

from arbill_app.payments.methods import method_labels
from arbill_app.portal import pages, sandbox, sentences
from arbill_app.portal.account import details
from arbill_app.portal.home import routes
from arbill_app.portal.i18n import ELSEWHERE
from arbill_app.portal.methods import routes as wallet

PORTAL = Path(pages.__file__).parent
SAYING = {"say", "_"}


def msgids() -> set[str]:
    tables = (*details.MAILS.values(), *details.DONE.values(), *routes.DONE.values(), *wallet.DONE.values())
    labels = (
        *sandbox.LABELS.values(),
        *sandbox.HINTS.values(),
        *(field[1] for fields in sandbox.FIELDS.values() for field in fields),
    )
    sections = ("Pay", "History", "Payment methods", "Statement of account", "Your details")
    core = (*ELSEWHERE, *method_labels.NAMELESS, *sentences.CORE, *sentences.LABELS)
    return {*core, *tables, *labels, *sections, *in_templates(), *in_modules()}


def in_templates() -> Iterator[str]:
    for file in sorted(pages.TEMPLATES.glob("*.html")):
        for call in pages.templates.parse(file.read_text()).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "_" and isinstance(call.args[0], nodes.Const):
                yield call.args[0].value


def in_modules() -> Iterator[str]:
    for file in (*sorted(PORTAL.rglob("*.py")), Path(method_labels.__file__)):
        for call in ast.walk(ast.parse(file.read_text())):
            if isinstance(call, ast.Call) and _name(call.func) in SAYING and call.args:
                yield from _texts(call.args[0])


def _name(func: ast.expr) -> str:
    return func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
