"""The kinds of refusal. Each is a sentence for a person, with the field it belongs to where there is one."""

from collections.abc import Mapping
from typing import ClassVar


class ArbillError(Exception):
    """A refusal: `errors` maps a field's name to its sentence; `message` speaks for the whole; `status` is HTTP's."""

    status: ClassVar[int] = 422

    def __init__(self, message: str = "", **errors: str) -> None:
        self.errors: dict[str, str] = errors
        self.message = message or next(iter(errors.values()), "That did not work.")
        super().__init__(self.message)


def brief(error: BaseException) -> str:
    """One line: what a driver says further down is SQL with the values in it."""
    return f"{type(error).__name__}: {error}".partition("\n")[0][:500]


class Invalid(ArbillError):
    """What was given cannot be taken: 422."""

    @classmethod
    def of(cls, errors: Mapping[str, str]) -> "Invalid":
        invalid = cls(next(iter(errors.values())))
        invalid.errors = dict(errors)
        return invalid


class NotFound(ArbillError):
    """It does not exist, or it is somebody else's: 404."""

    status = 404


class Forbidden(ArbillError):
    """This person may not do that: 403."""

    status = 403


class Conflict(ArbillError):
    """It was true a moment ago: 409."""

    status = 409


class Busy(ArbillError):
    """Too much at once: 429, worth another try after `retry_after` seconds."""

    status = 429
    retry_after = 5


class Unavailable(ArbillError):
    """The database, Redis, the disk or a gateway cannot be used at the moment: 503. Trying again later may help."""

    status = 503
