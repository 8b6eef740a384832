"""One connection to the mail server for many messages, and what its answers mean.

`smtp://user:pass@host:port?from=billing@x.com&timeout=20`; STARTTLS where offered, `smtps://` for TLS from the start.
"""

import smtplib
import ssl
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from ..kernel.effects import Outcome
from . import headers
from .headers import Email

TIMEOUT = 20  # seconds for each of the server's answers
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

    def send(self, email: Email) -> Outcome:
        """Refused for good by 5xx is failed; anything else that goes wrong is tried again later.

        Some recipients refused: it went to the others, and `result["refused"]` says what the server said of whom.
        """
        try:
            refused = _hand_over(self.open(), email)
        except smtplib.SMTPRecipientsRefused as error:
            return _all_refused(error.recipients)
        except smtplib.SMTPResponseException as error:
            # What is wrong with the sender's own account is not the message's fault.
            for_good = 500 <= error.smtp_code < 600 and not isinstance(error, smtplib.SMTPAuthenticationError)
            return Outcome("failed" if for_good else "retry", _said(error.smtp_code, error.smtp_error))
        return Outcome(result={"refused": _refusals(refused)} if refused else {})

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


def _hand_over(server: smtplib.SMTP, email: Email) -> dict[str, Any]:
    """Gives the message to the server; (code, words) by address of whom it does not take it for."""
    other = {address: NOT_ASCII for address in _addresses(email) if not address.isascii()}
    options: list[str] = []
    if other and server.has_extn("smtputf8"):
        other, options = {}, ["SMTPUTF8", *(["BODY=8BITMIME"] if server.has_extn("8bitmime") else [])]
    refused: dict[str, Any] = other | {address: (553, why) for address, why in email.refused.items()}
    headers.keep_only(email, lambda address: address not in refused)
    people = _addresses(email)
    if not people:
        raise smtplib.SMTPRecipientsRefused(refused)
    sender = headers.people_of(email, "From")[0].address
    try:
        return refused | server.sendmail(sender, people, email.as_bytes(), options)
    except smtplib.SMTPRecipientsRefused as error:
        raise smtplib.SMTPRecipientsRefused(refused | error.recipients) from error


def _addresses(email: Email) -> list[str]:
    return [person.address for name in headers.PEOPLE for person in headers.people_of(email, name)]


def _all_refused(recipients: dict[str, Any]) -> Outcome:
    refused = _refusals(recipients)
    for_good = all(500 <= code < 600 for code, _ in recipients.values())
    return Outcome("failed" if for_good else "retry", "; ".join(refused.values()), result={"refused": refused})


def _refusals(recipients: dict[str, Any]) -> dict[str, str]:
    return {address: _said(code, words) for address, (code, words) in recipients.items()}


def _said(code: int, words: bytes | str) -> str:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return f"{code} {' '.join(text.split())}"[:300]
