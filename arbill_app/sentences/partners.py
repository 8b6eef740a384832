"""Partners: legal entities, staff, signing in, passkeys, branding."""

from .marks import N_, Plural, Sentence

SENTENCES: dict[str, Sentence] = {
    "partner.name_missing": N_("Enter your company’s name."),
    "entity.name_missing": N_("Enter the legal entity’s name."),
    "staff.name_missing": N_("Enter the name."),
    "passkey.name_missing": N_("Give it a name, such as “Laptop”."),
    "password.missing": N_("Enter a password."),
    "password.too_short": Plural("Use at least %(count)s character.", "Use at least %(count)s characters."),
    "password.easy_to_guess": N_("This password is easy to guess. A few unrelated words make a good one."),
    "tries.wait_seconds": Plural(
        "Too many tries. Wait a second and try again.", "Too many tries. Wait %(count)s seconds and try again."
    ),
    "tries.wait_minutes": Plural(
        "Too many tries. Wait a minute and try again.", "Too many tries. Wait %(count)s minutes and try again."
    ),
}
