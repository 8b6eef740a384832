"""Invoices: lines and taxes, what an invoice takes in which state, sending, credit notes."""

from .marks import N_, Sentence

SENTENCES: dict[str, Sentence] = {
    "tax.name_missing": N_("Name the tax."),
    "tax.jurisdiction_missing": N_("Say who levies this tax, for example CA-QC."),
}
