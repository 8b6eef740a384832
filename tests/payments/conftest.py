from datetime import timedelta

import pytest

from arbill_app.payments.gateway import choose
from arbill_app.payments.gateway.sandbox.gateway import Sandbox


class QuickSandbox(Sandbox):
    """Its bank has no queue, and late answers are only a little late."""

    def __init__(self, partner_id: str) -> None:
        super().__init__(partner_id, settles_in=timedelta(0), late=0)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "Sandbox", QuickSandbox)
