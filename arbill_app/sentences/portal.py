"""The customer's pages."""

from .marks import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    "portal.not_yours": N_("Your sign-in does not include this."),
    "portal.only_looking": N_("You are only looking. Nothing can be changed here."),
    "portal.staff_first": N_("Sign in as staff first."),
    "portal.open_from_customer": N_("Open this from the customer's page."),
    "portal.enough_people": N_("That is as many people as a company can have here."),
    "statement.too_many_entries": N_(
        "This period has %(count)s entries and a PDF holds %(most)s. Choose a shorter period, or download the CSV."
    ),
    "statement.days_missing": N_("Choose both days."),
    "statement.days_reversed": N_("The first day must not be after the last."),
    "link.paused": N_(
        "Too many payments were tried here without success. Wait an hour and try again, or sign in to pay."
    ),
    "link.too_little": N_("Pay at least %(least)s."),
    "link.nothing_paid": N_("Nothing was paid."),
}
