"""The catalogues of every language are up to date with the sources, complete, and keep what is filled in."""

import re
from string import Formatter

import pytest

from tests.catalogues import DOMAINS, FOREIGN, catalogue, path_of, template, updated

EVERYWHERE = [(folder, domain) for folder in FOREIGN for domain in DOMAINS]
# Words that are the same in another language.
SAME = {"Code", "Date", "Menu", "Sections", "Portal", "Auto Pay", "Note", "Message", "Alias", "Description"}


def messages(folder, domain):
    return [message for message in catalogue(folder, domain) if message.id]


def forms(said):
    return [said] if isinstance(said, str) else list(said)


def variables(text):
    named = set(re.findall(r"%\((\w+)\)", text))
    return named if "%" in text else {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize(("folder", "domain"), EVERYWHERE)
def test_a_catalogue_holds_every_text_of_the_sources_and_nothing_else(folder, domain):
    said = {message.id for message in template(domain) if message.id}
    assert {message.id for message in messages(folder, domain)} == said, "run `make messages`"


@pytest.mark.parametrize(("folder", "domain"), EVERYWHERE)
def test_make_messages_has_nothing_to_do(folder, domain):
    assert path_of(folder, domain).read_bytes() == updated(folder, domain), "run `make messages`"


@pytest.mark.parametrize(("folder", "domain"), EVERYWHERE)
def test_every_text_is_translated_with_the_same_variables(folder, domain):
    for message in messages(folder, domain):
        assert not message.fuzzy, message.id
        for text in forms(message.string):
            assert text.strip(), message.id
            # A singular may leave the number out: "Wait a second".
            assert variables(text) | {"count"} == variables(forms(message.id)[-1]) | {"count"}, message.id


@pytest.mark.parametrize(("folder", "domain"), EVERYWHERE)
def test_translations_are_not_english(folder, domain):
    same = {text for message in messages(folder, domain) for text in forms(message.string) if text == message.id}
    assert {text for text in same if len(text.split()) > 2} <= SAME
