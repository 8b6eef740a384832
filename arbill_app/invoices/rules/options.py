"""The five payment options of the create screen."""

from enum import StrEnum


class Option(StrEnum):
    """When and how an invoice is paid, as the create screen asks it."""

    LATER = "later"
    NOW = "now"
    ON_DUE = "on_due"
    LINK = "link"
    METHOD = "method"

    @property
    def label(self) -> str:
        return OPTION_LABELS[self]

    @property
    def needs_method(self) -> bool:
        return self in (Option.NOW, Option.ON_DUE, Option.METHOD)


OPTION_LABELS = {
    Option.LATER: "Charge later",
    Option.NOW: "Charge now",
    Option.ON_DUE: "Charge on due date",
    Option.LINK: "Email payment link",
    Option.METHOD: "Charge method on file",
}
