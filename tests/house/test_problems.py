"""Every problem that the sources name has a sentence, every sentence a problem, and both have the same parameters."""

import ast
import re
from pathlib import Path

import pytest

from arbill_app.kernel.problems import UNNAMED
from arbill_app.sentences import SENTENCES
from arbill_app.sentences.marks import Plural, Select
from tests.catalogues import texts

APP = Path(__file__).resolve().parents[2] / "arbill_app"
FIELDS = {"line", "lines", "said"}
# Here a code is handed on: what a field says when it is missing, and a problem with hints.
HANDED_ON = {"kernel/fields.py": 1, "kernel/problems.py": 2}


def calls():
    for path in sorted(APP.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                yield path.relative_to(APP).as_posix(), node


PROBLEMS = [(where, call) for where, call in calls() if call.func.id == "Problem"]


def missing_codes():
    for _, call in calls():
        if call.func.id in FIELDS:
            yield from (text for keyword in call.keywords if keyword.arg == "missing" for text in texts(keyword.value))


def named():
    """(where, code, names of its parameters)"""
    for where, call in PROBLEMS:
        for code in texts(call.args[0]):
            yield where, code, {keyword.arg for keyword in call.keywords}


def parameters_of(sentence):
    if isinstance(sentence, Select):
        return {sentence.by} | {name for text in sentence.texts.values() for name in placeholders(text)}
    if isinstance(sentence, Plural):
        return {"count"} | placeholders(sentence.many)
    return placeholders(sentence)


def placeholders(text):
    return set(re.findall(r"%\((\w+)\)s", text))


def test_codes_stand_in_the_sources():
    """A code that is put together somewhere would be found by no search."""
    dark = [where for where, call in PROBLEMS if not list(texts(call.args[0]))]
    assert {where: dark.count(where) for where in dark} == HANDED_ON


def test_every_code_has_a_sentence_and_every_sentence_a_code():
    used = {code for _, code, _ in named()} | set(missing_codes())
    assert used - {UNNAMED} == set(SENTENCES)


def test_parameters_are_those_of_the_sentence():
    wrong = [(where, code, given) for where, code, given in named() if given != parameters_of(SENTENCES[code])]
    assert wrong == []


def test_what_is_missing_needs_no_parameters():
    assert [code for code in missing_codes() if parameters_of(SENTENCES[code])] == []


@pytest.mark.parametrize("code", SENTENCES)
def test_codes_are_short_and_alike(code):
    assert re.fullmatch(r"[a-z_]+\.[a-z0-9_]+", code)


REFUSALS = {
    "Invalid",
    "NotFound",
    "Forbidden",
    "Conflict",
    "ArbillError",
    "GatewayRefusal",
    "GatewayDown",
    "Unavailable",
}
OPERATORS = {"kernel/settings.py"}  # read at a command line, where everything is English
UNCONVERTED = 72  # sentences in English that are refused with as they are: this number may only fall


def test_sentences_without_a_code_only_get_fewer():
    """`Conflict("…")` and `ValueError("….")` are of no use to programs and readers of other languages."""
    plain = 0
    for where, call in calls():
        if where in OPERATORS:
            continue
        if call.func.id in REFUSALS:
            given = [*call.args[:1], *(keyword.value for keyword in call.keywords)]
            plain += any(isinstance(value, ast.JoinedStr) or list(texts(value)) for value in given)
        elif call.func.id == "ValueError" and call.args:
            plain += any(text.endswith(".") for text in texts(call.args[0]))
    assert plain == UNCONVERTED
