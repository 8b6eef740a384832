"""What the commands of this noun take from programs, beside the text that screens send."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import field_validator, model_validator
from sqlmodel import Field

from ..customers.rules.rate import WHOLE
from ..kernel.errors import Invalid
from ..kernel.fields import Fields, check, line, said
from ..kernel.problems import BadValue, Problem
from .rules.taxes import UNTAXED, Component, Components, Kind, Reason, combined_rate

MOST_TAXES = 8


class TaxInput(Fields):
    """A tax of a line by its name. `rate` is in ten-thousandths of a percent: 99750 is 9.975 %.

    `jurisdiction` is who levies it, as in ISO 3166: "CA", "CA-QC". It is charged on the line's net.
    """

    name: str = line("Name of the tax", 60, missing="tax.name_missing")
    jurisdiction: str = line("Jurisdiction", 20, missing="tax.jurisdiction_missing")
    kind: Kind = Field(default=Kind.OTHER, schema_extra=said("Kind of tax"))
    rate: int = Field(schema_extra=said("Rate"))
    reason: Reason = Field(default=Reason.TAXABLE, schema_extra=said("Reason"))

    @field_validator("rate", mode="before")
    @classmethod
    def _whole(cls, value: Any) -> Any:
        """Not text and no fraction: 5 % is 50000, not "5" and not 0.05."""
        if type(value) is not int or not 0 <= value <= WHOLE:
            raise BadValue(Problem("tax.rate_malformed", most=WHOLE))
        return value

    @field_validator("jurisdiction")
    @classmethod
    def _upper(cls, value: str) -> str:
        return value.upper()

    @model_validator(mode="after")
    def _nothing_where_untaxed(self) -> "TaxInput":
        if self.reason in UNTAXED and self.rate:
            raise BadValue(Problem("tax.untaxed_rate", reason=str(self.reason)))
        return self


def components(taxes: Any) -> Components:
    """Of TaxInputs, of mappings of the same, or of components again; BadValue for the line."""
    if isinstance(taxes, str | bytes | Mapping) or not isinstance(taxes, Iterable):
        raise BadValue(Problem("taxes.no_list"))
    found = tuple(_component(one) for one in taxes)
    if len(found) > MOST_TAXES:
        raise BadValue(Problem("taxes.too_many", most=MOST_TAXES))
    if len({(one.name, one.jurisdiction) for one in found}) < len(found):
        raise BadValue(Problem("taxes.twice"))
    if combined_rate(found) > WHOLE:
        raise BadValue(Problem("taxes.over_whole"))
    return found


def _component(one: Any) -> Component:
    values = one.model_dump() if isinstance(one, TaxInput) else vars(one) if isinstance(one, Component) else one
    if not isinstance(values, Mapping):
        raise BadValue(Problem("tax.malformed"))
    try:
        tax = check(TaxInput, values)
    except Invalid as refused:
        raise BadValue(refused.problem) from None
    return Component(tax.rate, tax.name, tax.jurisdiction, tax.kind.value, tax.reason.value)
