"""A field is declared once: its length, its rule and its problems come from the same place.

`line("Company", 200, missing="customer.company_missing")` gives the column's length, the browser's limit and the
problem that its absence is.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from babel import Locale, UnknownLocaleError
from email_validator import EmailNotValidError, validate_email
from pydantic import ValidationError, ValidationInfo, field_validator
from sqlmodel import Field, SQLModel

from .errors import Invalid
from .problems import BadValue, Label, Problem, problem_of
from .text.search_keys import on_one_line, printable

M = TypeVar("M", bound="Fields")


class Fields(SQLModel):
    """What somebody typed: stripped, without control characters, checked as a whole."""

    model_config = {"str_strip_whitespace": True}

    @field_validator("*", mode="before")
    @classmethod
    def _printable(cls, value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, str):
            return value
        one_line = _said(cls, info.field_name or "").get("one_line")
        return on_one_line(printable(value)) if one_line else printable(value)


def line(label: str, most: int, *, missing: str = "", **kwargs: Any) -> Any:
    """A line of text of at most `most` characters; with `missing`, required, and that is the code of its absence.

    Line breaks become spaces, as in a browser's text field: programs may send them, and a name with paragraphs in it
    would put words of a stranger into our mails.
    """
    return _text(most, said(label, missing, one_line=True), bool(missing), kwargs)


def lines(label: str, most: int, *, missing: str = "", **kwargs: Any) -> Any:
    """The same for text of several lines."""
    return _text(most, said(label, missing), bool(missing), kwargs)


def _text(most: int, extra: dict[str, Any], required: bool, kwargs: dict[str, Any]) -> Any:
    if required:
        return Field(min_length=1, max_length=most, schema_extra=extra, **kwargs)
    return Field(default="", max_length=most, schema_extra=extra, **kwargs)


def said(label: str, missing: str = "", *, one_line: bool = False) -> dict[str, Any]:
    """`Field(…, schema_extra=said("Tax Rate"))`: what a field that is not a line of text is called."""
    return {"json_schema_extra": {"label": label, "missing": missing, "one_line": one_line}}


def label_of(model: type[SQLModel], name: str) -> str:
    return str(_said(model, name).get("label") or name.replace("_", " ").capitalize())


def limit_of(model: type[SQLModel], name: str) -> int | None:
    for rule in model.model_fields[name].metadata:
        if (most := getattr(rule, "max_length", None)) is not None:
            return int(most)
    return None


def check(model: type[M], values: Mapping[str, Any]) -> M:
    """The validated model, or Invalid with one problem a field."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        raise Invalid.of(explain(model, error)) from None


def explain(model: type[SQLModel], error: ValidationError) -> dict[str, Problem]:
    """`{"company": Problem("customer.company_missing")}`, in the order of the fields; the first complaint of each."""
    problems: dict[str, Problem] = {}
    for found in error.errors():
        name = str(found["loc"][0]) if found["loc"] else ""
        problems.setdefault(name, _problem(model, name, found))
    order = {name: i for i, name in enumerate(model.model_fields)}
    return dict(sorted(problems.items(), key=lambda item: order.get(item[0], 999)))


def _problem(model: type[SQLModel], name: str, found: Any) -> Problem:
    kind, context = found["type"], found.get("ctx", {})
    missing = _said(model, name).get("missing")
    if missing and kind in ("missing", "string_too_short", "string_type"):
        return Problem(str(missing))
    if kind == "string_too_long":
        return Problem("field.too_long", count=context["max_length"])
    if kind == "value_error":
        return problem_of(context["error"])
    field = Label(label_of(model, name))
    if kind == "greater_than_equal":
        return Problem("field.too_small", field=field, least=context["ge"])
    if kind == "less_than_equal":
        return Problem("field.too_large", field=field, most=context["le"])
    return Problem("field.not_whole" if kind.startswith("int_") else "field.wrong", field=field)


def _said(model: type[SQLModel], name: str) -> dict[str, Any]:
    field = model.model_fields.get(name)
    extra = getattr(field, "json_schema_extra", None) or {}
    return extra if isinstance(extra, dict) else {}


def email_address(text: str) -> str:
    """The address as it was typed, or BadValue. See mailbox.mailbox_key for comparing."""
    try:
        validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        raise BadValue(Problem("email.malformed")) from None
    return text.strip()


def language_code(text: str) -> str:
    """A language's code that the words of dates and countries exist in, or empty; else BadValue."""
    try:
        Locale.parse(text.replace("-", "_")) if text else None
    except (UnknownLocaleError, ValueError):
        raise BadValue(Problem("language.unknown")) from None
    return text


def is_required(model: type[SQLModel], name: str) -> bool:
    return bool(_said(model, name).get("missing"))
