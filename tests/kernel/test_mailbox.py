"""Which addresses are one mailbox. Expected values: RFC 5890 (A-labels), UTS 46 without its transitional mapping."""

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from arbill_app.kernel.fields import email_address
from arbill_app.kernel.text.mailbox import ascii_address, domain_of, mailbox_key, spellings

ONE_MAILBOX = [
    ["ida@bücher.example", "ida@xn--bcher-kva.example", "ida@bu\u0308cher.example", "IDA@BÜCHER.example"],
    ["ida@bücher.example", "Ida@XN--BCHER-KVA.Example", " ida@ｂücher。example\t", "ida@BU\u0308CHER.EXAMPLE"],
    ["ida@straße.example", "ida@xn--strae-oqa.example", "ida@STRAẞE.example"],
    ["a@σίγμας.example", "a@xn--kxaef0b5ab.example"],
    ["a@例え.example", "a@xn--r8jz45g.example"],
    ["a@İx.example", "a@i\u0307x.example"],
    ["o'neil+bills@x.example", "O'Neil+Bills@X.EXAMPLE"],
    ["a@\u212aelvin.example", "a@kelvin.example"],  # no domain can have the Kelvin sign: every browser writes k
]
SEVERAL = [
    ["ida@straße.example", "ida@strasse.example"],
    ["a@faß.de", "a@fass.de"],
    ["a@σίγμας.example", "a@σίγμασ.example"],
    ["i@x.example", "ı@x.example", "İ@x.example", "i\u0307@x.example"],
    ["a@ix.example", "a@ıx.example", "a@İx.example"],
    ["k@x.example", "\u212a@x.example"],
    ["strasse@x.example", "straße@x.example", "STRAẞE@x.example"],
    ["σ@x.example", "ς@x.example", "Σ@x.example"],
    ["ﬁ@x.example", "fi@x.example"],
    ["å@x.example", "Å@x.example", "\u212b@x.example"],
    ["s@x.example", "ſ@x.example"],
    ["a@bücher.example", "a@bucher.example", "a@buecher.example"],
]


@pytest.mark.parametrize("addresses", ONE_MAILBOX)
def test_spellings_of_one_mailbox_have_one_key(addresses):
    assert len({mailbox_key(email) for email in addresses}) == 1


@pytest.mark.parametrize("addresses", SEVERAL)
def test_addresses_that_only_look_alike_have_keys_of_their_own(addresses):
    assert len({mailbox_key(email) for email in addresses}) == len(addresses)


@pytest.mark.parametrize(
    ("email", "key"),
    [
        ("Ida@Bücher.example", "ida@xn--bcher-kva.example"),
        ("ida@straße.example", "ida@xn--strae-oqa.example"),
        ("ida@STRASSE.example", "ida@strasse.example"),
        ("nobody", "nobody"),
        ("", ""),
        ("@", "@"),
        ("a@b@Ü.example", "a@b@xn--tda.example"),
        ("a@xn--a.example", "a@xn--a.example"),
        ("a@-ü-.example", "a@-ü-.example"),
        ("a@" + "ü" * 80 + ".example", "a@" + "ü" * 80 + ".example"),
        ("a" * 300 + "@x.example", ""),
        ("a@" + "ü" * 100_000, ""),
        ("i\x00da@x.example", "ida@x.example"),
    ],
)
def test_the_key_of(email, key):
    assert mailbox_key(email) == key


@given(st.text() | st.tuples(st.text(), st.text()).map("@".join))
@example("a@xn--\u0130")
@example("@\ud800.example")
@example("a@\u200d.example")
def test_any_text_has_a_key_that_is_its_own_key(text):
    key = mailbox_key(text)
    assert key.encode() is not None
    assert len(key) <= 254
    assert mailbox_key(key) == key or not key.isascii()
    assert len(domain_of(key)) <= 253 or "@" not in text


LABEL = st.text(st.characters(codec="utf-8", categories=("L", "N", "M")), min_size=1, max_size=12)
ADDRESS = st.builds("{}@{}.{}".format, st.from_regex("[A-Za-z0-9+.'-]{1,9}", fullmatch=True), LABEL, LABEL)


@given(ADDRESS)
def test_an_address_that_is_accepted_has_an_ascii_key_and_is_kept_as_typed(typed):
    try:
        kept = email_address(typed)
    except ValueError:
        return
    assert kept == typed.strip()
    key = mailbox_key(kept)
    assert key
    assert key.isascii()
    assert {mailbox_key(one) for one in spellings(kept)} == {key}


def by_the_library(email: str) -> str:
    """The address that mail travels to, by other code than ours."""
    try:
        return validate_email(email, check_deliverability=False, allow_smtputf8=False).ascii_email or email
    except EmailNotValidError:
        return email


@pytest.mark.parametrize(
    ("email", "told"),
    [
        ("Ida@Bücher.example", "Ida@xn--bcher-kva.example"),
        ("ida@bu\u0308cher.example", "ida@xn--bcher-kva.example"),
        ("ida@straße.example", "ida@xn--strae-oqa.example"),
        ("Ida@Bluebird.Example", "Ida@Bluebird.Example"),
        (" ida@xn--bcher-kva.example ", "ida@xn--bcher-kva.example"),
        ("jürgen@bücher.example", ""),
        ("", ""),
    ],
)
def test_services_that_know_ascii_only_are_told_a_labels(email, told):
    assert ascii_address(email) == told


@given(ADDRESS, ADDRESS)
def test_two_addresses_share_a_key_only_if_mail_to_them_goes_to_one_place(one, other):
    same_wire = by_the_library(one).lower() == by_the_library(other).lower()
    if mailbox_key(one) == mailbox_key(other):
        assert same_wire or one.casefold() == other.casefold()
    elif same_wire:
        assert not mailbox_key(one).isascii() or not mailbox_key(other).isascii()


@pytest.mark.parametrize(
    ("email", "found_by"),
    [
        ("Ada@Bluebird.example", ["Ada@Bluebird.example"]),
        ("ida@bücher.example", ["ida@bücher.example", "ida@xn--bcher-kva.example"]),
        ("ida@xn--bcher-kva.example", ["ida@xn--bcher-kva.example", "ida@bücher.example"]),
    ],
)
def test_an_address_is_searched_for_in_letters_and_in_ascii(email, found_by):
    assert spellings(email) == found_by
