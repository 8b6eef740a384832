"""The kinds of refusal. Each is a problem (a code with parameters), with the field it belongs to where there is one."""

from collections.abc import Mapping
from typing import ClassVar

from .problems import Problem, as_problem


class ArbillError(Exception):
    """A refusal: `problems` maps a field's name to what is wrong there, `problem` speaks for the whole; `status` is
    HTTP's. `message` and `errors` are the same as English sentences; `message_in` and `errors_in` in other languages.
    """

    status: ClassVar[int] = 422

    def __init__(self, problem: Problem | str = "", /, **problems: Problem | str) -> None:
        self.problems: dict[str, Problem] = {name: as_problem(said) for name, said in problems.items()}
        self.problem = as_problem(problem) if problem else next(iter(self.problems.values()), Problem("error.failed"))
        super().__init__(self.problem)

    @property
    def message(self) -> str:
        return self.message_in("en")

    @property
    def errors(self) -> dict[str, str]:
        return self.errors_in("en")

    def message_in(self, language: str) -> str:
        return self.problem.text(language)

    def errors_in(self, language: str) -> dict[str, str]:
        return sentences(self.problems, language)

    def __str__(self) -> str:
        return self.message


def sentences(problems: Mapping[str, Problem], language: str = "en") -> dict[str, str]:
    return {name: problem.text(language) for name, problem in problems.items()}


def brief(error: BaseException) -> str:
    """One line: what a driver says further down is SQL with the values in it."""
    return f"{type(error).__name__}: {error}".partition("\n")[0][:500]


class Invalid(ArbillError):
    """What was given cannot be taken: 422."""

    @classmethod
    def of(cls, problems: Mapping[str, Problem | str]) -> "Invalid":
        """For names of fields that are no words of Python: `amount.inv_1`."""
        invalid = cls(next(iter(problems.values())))
        invalid.problems = {name: as_problem(said) for name, said in problems.items()}
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
