from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from arbill_app.kernel.settings import settings
from tests.services import free_port


@dataclass
class Mailbox:
    """A real SMTP server on this machine. `answers` are given to the next messages instead of taking them,
    whatever begins with 250 takes it all the same; `refused` says what whose address is answered with."""

    port: int = field(default_factory=free_port)
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    accepts_logins: bool = True
    greetings: int = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?from=billing@northwind.example"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if not answer.startswith("250"):
            return answer
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        self.recipients += envelope.rcpt_tos
        return answer

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, hostname: str, answers: Any) -> Any:
        self.greetings += 1
        session.host_name = hostname
        return answers

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    def login(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.logins.append((data.login, data.password))
        return AuthResult(success=self.accepts_logins, handled=False)


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch, two: object) -> Iterator[Mailbox]:
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=box.port, authenticator=box.login, auth_require_tls=False)
    controller.start()
    monkeypatch.setenv("ARBILL_SMTP_URL", box.url)
    settings.cache_clear()
    yield box
    controller.stop()
