"""One connection to the mail server for many messages, and what its answers mean.

`smtp://user:pass@host:port?from=billing@x.com&timeout=20`; STARTTLS where offered, `smtps://` for TLS from the start.
"""

import smtplib
import ssl
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from ..kernel.jobs.effects import Outcome
from . import headers
from .headers import Email

TIMEOUT = 20  # seconds for each of the server's answers
PASSWORD_WANTED = (530, 534, 535, 538)
# As a server without SMTPUTF8 answers: RFC 6531, section 3.7.4.2.
NOT_ASCII = (553, b"The mail server takes no addresses with such letters before the @.")


class Connection:
    """Opened by the first message, and again by the next after it broke. Where nobody answers, it asks but once."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._server: smtplib.SMTP | None = None
        self._away: Exception | None = None

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        if self._server:
            try:
                self._server.quit()
            except (OSError, smtplib.SMTPException):
                self._server.close()
            self._server = None

    def send(self, email: Email, earlier: Mapping[str, Any] | None = None) -> Outcome:
        """What the server's answers mean for the message.

        Refused for good: 5xx to a recipient or to the message itself. Whatever else goes wrong (nobody answers, 4xx, a
        password or sender that the server does not take) is the server's matter, which an operator mends: retry.

        `result` holds for each address how it stands: `delivered`, `pending` (tried again, 4xx) and `refused` with the
        server's words. Given as `earlier` at the next try, nobody gets the message twice.
        """
        earlier = earlier or {}
        try:
            answers = _hand_over(self.open(), email, earlier)
        except smtplib.SMTPDataError as error:
            return Outcome(
                "failed" if _is_final(error.smtp_code) else "retry", _said(error.smtp_code, error.smtp_error)
            )
        except smtplib.SMTPResponseException as error:
            return Outcome("retry", _said(error.smtp_code, error.smtp_error))
        return _standing(answers, earlier)

    def open(self) -> smtplib.SMTP:
        if self._away:
            raise self._away
        if self._server is None or self._server.sock is None:
            try:
                self._server = _connect(self.url)
            except Exception as away:
                self._away = away
                raise
        return self._server

    def drop(self) -> None:
        if self._server:
            self._server.close()
        self._server = None


def _connect(url: str) -> smtplib.SMTP:
    parts = urlsplit(url)
    secure = parts.scheme == "smtps"
    kind = smtplib.SMTP_SSL if secure else smtplib.SMTP
    timeout = int(parse_qs(parts.query).get("timeout", [TIMEOUT])[0])
    server = kind(parts.hostname or "localhost", parts.port or (465 if secure else 25), timeout=timeout)
    try:
        _greet(server, secure, unquote(parts.username or ""), unquote(parts.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _greet(server: smtplib.SMTP, secure: bool, user: str, password: str) -> None:
    server.ehlo_or_helo_if_needed()
    if not secure and server.has_extn("starttls"):
        server.starttls(context=ssl.create_default_context())
    if user:
        server.login(user, password)


Answers = dict[str, tuple[int, bytes | str]]  # by address; what was delivered has 250


def _hand_over(server: smtplib.SMTP, email: Email, earlier: Mapping[str, Any]) -> Answers:
    """Gives the message to the server, for those who are still to get it: what was answered for each of them."""
    answers: Answers = {address: (553, why) for address, why in email.refused.items()}
    other = [address for address in _addresses(email) if not address.isascii()]
    options = _options(server) if other else []
    if other and not options:
        answers |= dict.fromkeys(other, NOT_ASCII)
        headers.keep_only(email, str.isascii)
    people = _still_to_get_it(_addresses(email), earlier)
    if not people:
        return answers
    sender = headers.people_of(email, "From")[0].address
    try:
        refused = server.sendmail(sender, people, email.as_bytes(), options)
    except smtplib.SMTPRecipientsRefused as error:
        # No recipient was accepted. After a 421 the server did not answer for the remaining ones.
        return answers | dict.fromkeys(people, (421, b"not asked")) | error.recipients
    return answers | dict.fromkeys(people, (250, b"OK")) | refused


def _options(server: smtplib.SMTP) -> list[str]:
    """For addresses with other letters before the @; none where the server does not take these."""
    offered = [name for name in ("SMTPUTF8", "8BITMIME") if server.has_extn(name.lower())]
    return [name.replace("8BITMIME", "BODY=8BITMIME") for name in offered] if "SMTPUTF8" in offered else []


def _addresses(email: Email) -> list[str]:
    return [person.address for name in headers.PEOPLE for person in headers.people_of(email, name)]


def _still_to_get_it(people: Sequence[str], earlier: Mapping[str, Any]) -> list[str]:
    wanted = earlier.get("pending") or people
    return [address for address in people if address in wanted and address not in earlier.get("delivered", ())]


def _standing(answers: Answers, earlier: Mapping[str, Any]) -> Outcome:
    refused = {address: answer for address, answer in answers.items() if answer[0] != 250}
    pending = [address for address, (code, _) in refused.items() if not _is_final(code)]
    delivered = [*earlier.get("delivered", ()), *(address for address in answers if address not in refused)]
    said = {**earlier.get("refused", {}), **_refusals(refused)}
    result: dict[str, Any] = {
        "refused": {address: words for address, words in said.items() if address not in delivered}
    }
    if pending:
        result |= {"delivered": delivered, "pending": pending}
        return Outcome("retry", "; ".join(_refusals(refused).values()), result=result)
    if not delivered:
        return Outcome("failed", "; ".join(_refusals(refused).values()), result=result | {"pending": []})
    kept = {"delivered": delivered, "pending": []} if earlier.get("pending") else {}
    return Outcome(result=(result if result["refused"] or kept or earlier.get("refused") else {}) | kept)


def _is_final(code: int) -> bool:
    """5xx, except authentication errors: those are about our account, not about the message."""
    return 500 <= code < 600 and code not in PASSWORD_WANTED


def _refusals(recipients: Answers) -> dict[str, str]:
    return {address: _said(code, words) for address, (code, words) in recipients.items()}


def _said(code: int, words: bytes | str) -> str:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return f"{code} {' '.join(text.split())}"[:300]
