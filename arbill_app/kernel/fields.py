"""A field is declared once: its length, its rule and its sentences come from the same place.

`line("Company", 200, missing="Enter the company name.")` gives the column's length, the browser's limit and the
message.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from babel import Locale, UnknownLocaleError
from email_validator import EmailNotValidError, validate_email
from pydantic import ValidationError, ValidationInfo, field_validator
from sqlmodel import Field, SQLModel

from .errors import Invalid
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
    """A line of text of at most `most` characters; with `missing`, required, and that is what its absence says.

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
    """The validated model, or Invalid with one sentence a field."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        raise Invalid.of(explain(model, error)) from None


def explain(model: type[SQLModel], error: ValidationError) -> dict[str, str]:
    """`{"company": "Enter the company name."}`, in the order of the fields; the first complaint of each."""
    errors: dict[str, str] = {}
    for found in error.errors():
        name = str(found["loc"][0]) if found["loc"] else ""
        errors.setdefault(name, _sentence(model, name, found))
    order = {name: i for i, name in enumerate(model.model_fields)}
    return dict(sorted(errors.items(), key=lambda item: order.get(item[0], 999)))


def _sentence(model: type[SQLModel], name: str, found: Any) -> str:
    said = _said(model, name)
    if found["type"] in ("missing", "string_too_short", "string_type") and said.get("missing"):
        return str(said["missing"])
    if found["type"] == "string_too_long":
        return f"Use at most {found['ctx']['max_length']} characters."
    if found["type"] == "value_error":
        return str(found["ctx"]["error"])
    return f"Check {label_of(model, name)}: {found['msg'].lower()}."


def _said(model: type[SQLModel], name: str) -> dict[str, Any]:
    field = model.model_fields.get(name)
    extra = getattr(field, "json_schema_extra", None) or {}
    return extra if isinstance(extra, dict) else {}


def email_address(text: str) -> str:
    """The address as it was typed, or ValueError with a sentence. See mailbox.mailbox_key for comparing."""
    try:
        validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        raise ValueError("Enter an email address such as name@company.com.") from None
    return text.strip()


def language_code(text: str) -> str:
    """A language's code that the words of dates and countries exist in, or empty; else ValueError with a sentence."""
    try:
        Locale.parse(text.replace("-", "_")) if text else None
    except (UnknownLocaleError, ValueError):
        raise ValueError("Choose a language.") from None
    return text


def is_required(model: type[SQLModel], name: str) -> bool:
    return bool(_said(model, name).get("missing"))
