"""What leaves for Sentry, where somebody configured it, is scrubbed like the log."""

import logging

from arbill_app.kernel.process import start
from arbill_app.kernel.process.start import scrubbed

SECRET = "q8J2-vLw_Zx0mEo4sTn7RyKc1Ub5dFhGa9iPl3MtNQw"


def test_every_text_is_scrubbed_and_requests_and_variables_are_dropped():
    event = {
        "message": f"failed for {SECRET}",
        "request": {"headers": {"cookie": SECRET}},
        "exception": {"values": [{"value": f"token={SECRET}", "stacktrace": {"frames": [{"vars": {"a": SECRET}}]}}]},
        "level": "error",
        "extra": ({"n": 1, "link": f"/pay/{SECRET}"},),
    }
    sent = scrubbed(event)
    assert SECRET not in str(sent)
    assert (sent["level"], sent["extra"][0]["n"]) == ("error", 1)
    assert "request" not in sent


def test_an_error_is_sent_with_nothing_secret_in_it(monkeypatch):
    import sentry_sdk
    from sentry_sdk.transport import Transport

    sent = []

    class Kept(Transport):
        def capture_envelope(self, envelope):
            sent.append(envelope.get_event())

    real = sentry_sdk.init
    monkeypatch.setattr(sentry_sdk, "init", lambda **told: real(**told, transport=Kept))
    monkeypatch.setenv("ARBILL_SENTRY_DSN", "https://0123456789abcdef0123456789abcdef@sentry.example.com/1")
    start.settings.cache_clear()
    try:
        start._tell_sentry()
        password = "tomato-Battery"
        try:
            raise ValueError(f"password={password} token={SECRET}")
        except ValueError:
            logging.getLogger("arbill.event").error("a handler failed for %s", SECRET, exc_info=True)
    finally:
        sentry_sdk.get_client().close()
        sentry_sdk.get_global_scope().set_client(None)
        monkeypatch.undo()
        start.settings.cache_clear()
    assert len(sent) == 1
    assert "ValueError" in str(sent[0])
    assert SECRET not in str(sent[0])
    assert password not in str(sent[0])
