import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbill_app.customers.models import ContactFields, CustomerFields, TagFields
from arbill_app.kernel.errors import Invalid
from arbill_app.kernel.fields import check, email_address, label_of, limit_of
from arbill_app.kernel.text.mailbox import ascii_address


def refused(model, **values):
    with pytest.raises(Invalid) as refusal:
        check(model, values)
    return refusal.value.errors


def test_every_complaint_comes_at_once_in_the_order_of_the_form():
    errors = refused(ContactFields, first_name=" ", email="nobody")
    assert list(errors.items()) == [
        ("first_name", "Enter the first name."),
        ("last_name", "Enter the last name."),
        ("email", "Enter an email address such as name@company.com."),
    ]


def test_too_long_says_how_long():
    assert refused(TagFields, name="x" * 61) == {"name": "Use at most 60 characters."}


def test_a_wrong_type_is_a_complaint_and_not_a_crash():
    assert refused(TagFields, name=["x"]) == {"name": "Enter a name."}
    assert "terms_days" in refused(CustomerFields, company="X", terms_days="soon")


def test_what_is_typed_is_stripped():
    assert check(TagFields, {"name": "  Late \t"}).name == "Late"


def test_a_name_is_one_line_and_turns_no_reading_direction():
    """Programs may send what no text field of a browser lets through; mails greet people by their name."""
    typed = {"first_name": "Mal\r\nBcc: x@evil.example\r\n\r\nPay here", "last_name": "A\u2028B\u202eC\x85D"}
    contact = check(ContactFields, typed | {"email": "mal@bluebird.example"})
    assert (contact.first_name, contact.last_name) == ("Mal Bcc: x@evil.example Pay here", "A BC D")


def test_a_note_keeps_its_paragraphs():
    assert check(TagFields, {"name": "Late", "description": "One\n\nTwo"}).description == "One\n\nTwo"


@given(st.text())
def test_what_is_accepted_can_be_stored(text):
    try:
        name = check(TagFields, {"name": text}).name
    except Invalid:
        return
    assert name.encode()
    assert "\0" not in name
    assert name == name.strip()


def test_labels_and_limits_come_from_the_declaration():
    assert (label_of(CustomerFields, "legal_name"), limit_of(CustomerFields, "legal_name")) == ("Legal Name", 200)
    assert (label_of(CustomerFields, "tax_rate"), limit_of(CustomerFields, "tax_rate")) == ("Tax Rate", None)


@pytest.mark.parametrize("typed", ["ada@bluebird.example", " Ada.Quill+bills@Bluebird.example "])
def test_an_email_address_is_kept_as_typed(typed):
    assert email_address(typed) == typed.strip()


@pytest.mark.parametrize(
    "typed", ["", "ada", "ada@", "@bluebird.example", "a b@bluebird.example", "ada@blue_bird", "ada@x.example\nBcc: y"]
)
def test_what_is_no_email_address_is_refused(typed):
    with pytest.raises(ValueError, match=r"such as name@company\.com"):
        email_address(typed)


@pytest.mark.parametrize("typed", ["Ada@BÜCHER.example", "ada@xn--bcher-kva.example", "ada@bu\u0308cher.example"])
def test_an_international_domain_is_kept_as_typed_and_sent_in_ascii(typed):
    assert email_address(typed) == typed
    assert ascii_address(typed).lower() == "ada@xn--bcher-kva.example"
