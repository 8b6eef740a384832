"""The database goes away while a form is sent: the page says so, and keeps what was typed but no password."""

import pytest

from arbill_app.kernel.db.outages import AWAY, UNSURE, Unsure
from arbill_app.kernel.errors import Unavailable
from arbill_app.portal.account import details
from tests.portal.conftest import found


@pytest.fixture
def away(monkeypatch):
    def fail(error):
        def write(*args, **kwargs):
            raise error

        monkeypatch.setattr(details, "write", write)

    return fail


def test_what_was_typed_is_kept_and_sent_again_with_one_press(ada, two, away, monkeypatch):
    typed = {"first_name": 'Ada "Q"', "last_name": "<Quill>", "phone": "+1 555 0100", "position": "CFO"}
    away(Unavailable(AWAY))
    answer = ada.post(f"/portal/{two.ada}/details/me", typed)
    assert answer.status_code == 503
    assert str(AWAY) in answer.text
    assert found(r'action="([^"]+)"', answer.text) == f"/portal/{two.ada}/details/me"
    assert 'name="first_name" value="Ada &#34;Q&#34;"' in answer.text
    assert 'value="&lt;Quill&gt;"' in answer.text
    monkeypatch.undo()
    assert ada.post(f"/portal/{two.ada}/details/me", typed).status_code == 303


def test_what_may_have_been_saved_is_not_offered_to_be_sent_again(ada, two, away):
    away(Unsure(UNSURE))
    answer = ada.post(f"/portal/{two.ada}/details/me", {"first_name": "Ada"})
    assert answer.status_code == 503
    assert str(UNSURE) in answer.text
    assert 'name="first_name"' not in answer.text


def test_it_is_said_in_the_readers_language(ada, two, away):
    away(Unavailable(AWAY))
    ada.client.cookies.set("arbill_language", "fr")
    answer = ada.post(f"/portal/{two.ada}/details/me", {"first_name": "Ada"}, **{"accept-language": "fr"})
    assert "La base de données est injoignable" in answer.text
