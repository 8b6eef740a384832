"""What arbill says when something is refused or doubtful: the sentence of each code, in English.

These are the msgids of the catalogue "problems"; `make messages` carries them into `locale/`.
"""

from . import customers, invoices, kernel, messages, partners, payments, portal
from .marks import Sentence

SENTENCES: dict[str, Sentence] = {
    **kernel.SENTENCES,
    **partners.SENTENCES,
    **customers.SENTENCES,
    **invoices.SENTENCES,
    **payments.SENTENCES,
    **messages.SENTENCES,
    **portal.SENTENCES,
}
