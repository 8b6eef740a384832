"""What every noun may have to say: about fields, amounts, rows that changed, the database."""

from .marks import N_, Plural, Select, Sentence

SENTENCES: dict[str, Sentence] = {
    "error.failed": N_("That did not work."),
    "row.not_found": N_("That does not exist, or is no longer here."),
    # ---- fields
    "field.too_long": Plural("Use at most %(count)s character.", "Use at most %(count)s characters."),
    "field.not_whole": N_("Check %(field)s: enter a whole number."),
    "field.too_small": N_("Check %(field)s: enter at least %(least)s."),
    "field.too_large": N_("Check %(field)s: enter at most %(most)s."),
    "field.wrong": N_("Check %(field)s."),
    "email.malformed": N_("Enter an email address such as name@company.com."),
    "email.none": N_("%(typed)s is not an email address."),
    "email.missing": N_("Enter the email address."),
    "language.unknown": N_("Choose a language."),
    "country.missing": N_("Choose a country."),
    "currency.missing": N_("Choose a currency."),
    "name.missing": N_("Enter a name."),
    "role.not_allowed": N_("Your role does not allow this. Ask an owner or admin."),
    "role.read_only": N_("Your role is read-only. Ask an owner or admin for more."),
    "row.changed_meanwhile": N_("Somebody changed the same thing at this moment. Try again."),
    "effect.on_its_way": N_("It is on its way already."),
    "effect.nothing_to_retry": N_("There is nothing to try again: it waits, runs or is done."),
    "form.from_elsewhere": N_("This form came from somewhere else."),
    "form.from_nowhere": N_("This form came from nowhere."),
    "form.too_long": N_("Something is longer here than it may be."),
    "form.too_old": N_("This page is too old. Go back and start again."),
    # ---- what arbill runs on
    "database.away": N_("The database cannot be reached at the moment. Nothing was changed; try again."),
    "database.busy": N_("The database is too busy at the moment. Nothing was changed; try again."),
    "database.closed": N_("The database takes no changes at the moment. Nothing was changed; try again."),
    "database.unsure": N_(
        "The connection to the database was lost at the moment of saving. "
        "Look whether it was saved before you try again."
    ),
    "printing.yours": N_("Your last papers are still being printed. Wait a moment, then try again."),
    "printing.busy": N_("Many papers are being printed at the moment. Wait a moment, then try again."),
    "printing.too_long": N_("This takes too long to print."),
    "printing.too_large": N_("This needs more memory than printing may take."),
    "printing.cannot_start": N_("Nothing can be printed at the moment. Try again later."),
    "printing.stopped": N_("Printing was stopped. Try again."),
    # ---- amounts
    "amount.malformed": N_("Enter an amount such as %(example)s."),
    "amount.missing": N_("Enter the amount."),
    "amount.not_positive": N_("The amount must be greater than %(zero)s."),
    "amount.too_large": N_("This amount is too large."),
    "amount.decimals": Select(
        "places",
        {
            "0": N_("%(currency)s has no decimals."),
            "2": N_("%(currency)s has 2 decimals."),
            "3": N_("%(currency)s has 3 decimals."),
            "4": N_("%(currency)s has 4 decimals."),
        },
    ),
}
