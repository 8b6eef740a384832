"""A payment's label is kept in English and read in any language."""

import pytest

from arbill_app.kernel.db.transactions import read
from arbill_app.kernel.text.i18n import speech
from arbill_app.payments.methods.method_labels import PORTAL, label_of, reread
from arbill_app.payments.models import PaymentMethod
from tests.world import make_method


@pytest.mark.parametrize(
    ("label", "french"),
    [
        ("Visa ending 4242", "Visa se terminant par 4242"),
        ("Visa debit ending 5556", "Visa débit se terminant par 5556"),
        ("Bank account ending 6789", "Compte bancaire se terminant par 6789"),
        ("Northlake Bank ending 6789", "Northlake Bank se terminant par 6789"),
        ("Check", "Chèque"),
        ("", ""),
        ("Something of somebody else's", "Something of somebody else's"),
    ],
)
def test_a_label_is_read_in_french(label, french):
    assert reread(label, speech("fr", PORTAL)) == french
    assert reread(label, lambda text: text) == label


def test_a_methods_label_reads_the_same_whether_it_was_kept_or_not(two):
    for id in (make_method(two.nora, two.ada), make_method(two.nora, two.ada, "000123456789", kind="us_bank_account")):
        method = read(two.nora, lambda tx, id=id: tx.get(PaymentMethod, id))
        say = speech("fr", PORTAL)
        assert reread(label_of(method), say) == label_of(method, say)
