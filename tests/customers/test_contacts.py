import pytest

from arbill_app.customers.commands import contacts as people
from arbill_app.customers.commands.contacts import WouldStop
from arbill_app.customers.commands.profile import Stale
from arbill_app.customers.models import Permission
from arbill_app.customers.views.customers import customer_view
from arbill_app.kernel.db.transactions import read, transaction, write
from arbill_app.kernel.errors import Conflict, Invalid, NotFound
from tests.together import begin, together
from tests.world import contacts, letters_to, make_contact, make_customer, user

NO_MAIL = "Nobody would get this customer’s invoices and reminders by email."
NO_PORTAL = "Nobody could sign in to the portal and pay there."


@pytest.fixture
def ada(two):
    return contacts(two.nora, two.ada)[0]


@pytest.fixture
def ben(two):
    return make_contact(two.nora, two.ada, "Ben Ochre", email="ben@adainteriors.example")


def warned(by, verb, *args):
    with pytest.raises(WouldStop) as stop:
        write(by, verb, *args)
    return [str(one) for one in stop.value.consequences]


def changed(contact, **values):
    return people.contact_of(contact) | values


def primaries(two):
    return [contact.name for contact in contacts(two.nora, two.ada) if contact.is_primary]


# ---------------------------------------------------------------- adding and changing


def test_a_new_contact_is_not_primary_and_may_do_everything(two, ben):
    view = read(two.nora, customer_view, two.ada).contacts[1]
    assert (view.name, view.is_primary, view.portal_access) == ("Ben Ochre", False, True)
    assert (view.preferences, view.permission_names, view.last_sign_in) == ("Billing, Updates", "Everything", "Never")


def test_preferences_and_permissions_are_independent_ticks(two, ben):
    values = user("Ben Ochre", mail_billing=False, mail_legal=True, permissions=["support", "invoices", "made up"])
    write(two.nora, people.change_contact, ben, values)
    view = read(two.nora, customer_view, two.ada).contacts[1]
    assert (view.preferences, view.permission_names) == ("Updates, Legal", "Invoices, Support")
    assert view.permissions == [Permission.INVOICES, Permission.SUPPORT]


@pytest.mark.parametrize("email", ["ada@adainteriors.example", "ADA@AdaInteriors.example"])
def test_an_email_is_once_at_a_customer(two, ben, email):
    for verb, id in ((people.add_contact, two.ada), (people.change_contact, ben)):
        with pytest.raises(Invalid) as refused:
            write(two.nora, verb, id, user("New Name", email))
        assert refused.value.errors == {"email": "This customer has a contact with this email already."}
    make_contact(two.nora, two.bruno, email=email)


def test_a_contact_may_keep_its_own_email(two, ada):
    write(two.nora, people.change_contact, ada.id, changed(ada, phone="+1 614 555 0100"))
    assert contacts(two.nora, two.ada)[0].phone == "+1 614 555 0100"


def test_two_who_add_the_same_person_at_once_add_them_once(two):
    jobs = [lambda: write(two.nora, people.add_contact, two.ada, user("Cy Eng", "cy@adainteriors.example"))] * 2
    assert sorted(type(end).__name__ for end in together(*jobs)) == ["Contact", "Invalid"]


@pytest.mark.parametrize(
    ("values", "field"),
    [({"first_name": " "}, "first_name"), ({"last_name": ""}, "last_name"), ({"email": "ben"}, "email")],
)
def test_a_contact_has_a_name_and_an_email(two, ada, values, field):
    with pytest.raises(Invalid) as refused:
        write(two.nora, people.change_contact, ada.id, changed(ada, **values))
    assert list(refused.value.errors) == [field]


def test_another_partners_contact_does_not_exist(two):
    theirs = contacts(two.sol, two.clara)[0].id
    for verb, *args in (
        (people.change_contact, user()),
        (people.remove_contact,),
        (people.make_primary,),
        (people.resend_welcome,),
    ):
        with pytest.raises(NotFound):
            write(two.nora, verb, theirs, *args)
    with pytest.raises(NotFound):
        write(two.nora, people.add_contact, two.clara, user())


# ---------------------------------------------------------------- the primary contact


def test_making_another_one_primary_takes_it_from_the_first(two, ben):
    write(two.nora, people.make_primary, ben)
    assert primaries(two) == ["Ben Ochre"]
    assert [c.name for c in contacts(two.nora, two.ada)] == ["Ben Ochre", "Ada Quill"]


def test_when_the_primary_goes_the_next_one_follows(two, ada, ben):
    assert warned(two.nora, people.remove_contact, ada.id) == ["Ben Ochre becomes the primary contact."]
    assert primaries(two) == ["Ada Quill"]
    write(two.nora, people.remove_contact, ada.id, confirmed=True)
    assert primaries(two) == ["Ben Ochre"]


def test_the_last_contact_stays_even_when_confirmed(two, ada):
    with pytest.raises(Conflict, match="at least one contact"):
        write(two.nora, people.remove_contact, ada.id, confirmed=True)


def test_removing_who_has_just_become_primary_leaves_a_primary(two, ada, ben):
    with transaction(two.nora) as tx:
        people.make_primary(tx, ben)
        removed = begin(lambda: write(two.nora, people.remove_contact, ben, confirmed=True), lead=0.2)
    assert removed() is None
    assert primaries(two) == ["Ada Quill"]


def test_making_primary_who_has_just_been_removed_changes_nothing(two, ada, ben):
    with transaction(two.nora) as tx:
        people.remove_contact(tx, ben, confirmed=True)
        made = begin(lambda: write(two.nora, people.make_primary, ben), lead=0.2)
    assert isinstance(made(), NotFound)
    assert primaries(two) == ["Ada Quill"]


def test_everybody_made_primary_at_once_leaves_one(two, ben):
    everybody = [contact.id for contact in contacts(two.nora, two.ada)] + [make_contact(two.nora, two.ada, "Cy Eng")]
    ends = together(*(lambda id=id: write(two.nora, people.make_primary, id) for id in everybody))
    assert [end for end in ends if isinstance(end, Exception)] == []
    assert len(primaries(two)) == 1


# ---------------------------------------------------------------- what would stop


def test_the_last_one_who_gets_invoices_or_pays_does_not_stop_silently(two, ada):
    assert warned(two.nora, people.change_contact, ada.id, changed(ada, mail_billing=False)) == [NO_MAIL]
    assert warned(two.nora, people.change_contact, ada.id, changed(ada, portal_access=False)) == [NO_PORTAL]
    silent = changed(ada, mail_billing=False, portal_access=False)
    assert warned(two.nora, people.change_contact, ada.id, silent) == [NO_MAIL, NO_PORTAL]
    assert contacts(two.nora, two.ada)[0].mail_billing
    write(two.nora, people.change_contact, ada.id, silent, confirmed=True)
    assert not contacts(two.nora, two.ada)[0].mail_billing


def test_while_somebody_else_does_it_nothing_stops(two, ada, ben):
    write(two.nora, people.change_contact, ada.id, changed(ada, mail_billing=False, portal_access=False))


def test_removing_the_last_recipient_says_all_that_stops(two, ada, ben):
    quiet = changed(contacts(two.nora, two.ada)[1], mail_billing=False, portal_access=False)
    write(two.nora, people.change_contact, ben, quiet)
    assert warned(two.nora, people.remove_contact, ada.id) == [
        NO_MAIL,
        NO_PORTAL,
        "Ben Ochre becomes the primary contact.",
    ]


def test_what_has_stopped_before_does_not_stop_again(two, ada):
    silent = changed(ada, mail_billing=False)
    write(two.nora, people.change_contact, ada.id, silent, confirmed=True)
    write(two.nora, people.change_contact, ada.id, silent | {"phone": "+1 614 555 0100"})


# ---------------------------------------------------------------- welcome, and two editors


def test_a_welcome_email_is_sent_again(two, ada):
    for _ in range(2):
        write(two.nora, people.resend_welcome, ada.id)
    assert len(letters_to(ada.email)) == 2
    write(two.nora, people.change_contact, ada.id, changed(ada, portal_access=False), confirmed=True)
    with pytest.raises(Conflict, match="no portal access"):
        write(two.nora, people.resend_welcome, ada.id)


def test_a_new_contact_is_welcomed_if_wished(two):
    for email, welcome in (("x@people.example", True), ("y@people.example", False)):
        write(two.nora, people.add_contact, two.ada, user("Xi Yang", email), send_welcome=welcome)
        assert bool(letters_to(email)) == welcome
    values = user("No Door", "z@people.example", portal_access=False)
    write(two.nora, people.add_contact, two.ada, values, send_welcome=True)
    assert letters_to("z@people.example") == []


def test_two_who_edit_a_contact_are_told(two, ada):
    base = people.contact_of(ada)
    write(two.adam, people.change_contact, ada.id, base | {"position": "Owner"}, base)
    with pytest.raises(Stale) as stale:
        write(two.mia, people.change_contact, ada.id, base | {"phone": "1"}, base)
    assert (stale.value.who, stale.value.theirs) == ("Adam Hill", {"position": ["", "Owner"]})
    write(two.mia, people.change_contact, ada.id, base | {"phone": "1"}, stale.value.now)


def test_one_mailbox_is_one_contact_however_its_domain_is_written(two):
    write(two.nora, people.add_contact, two.ada, user("Ida Moss", "ida@bücher.example"))
    for again in ("Ida@xn--bcher-kva.example", "ida@bu\u0308cher.example"):
        with pytest.raises(Invalid, match="with this email already"):
            write(two.nora, people.add_contact, two.ada, user("Ida Again", again))
    write(two.nora, people.add_contact, two.ada, user("Ida Other", "ida@bucher.example"))
    write(two.nora, people.add_contact, two.ada, user("Kim One", "kim@straße.example"))
    write(two.nora, people.add_contact, two.ada, user("Kim Two", "kim@strasse.example"))


def test_two_rows_of_one_form_are_compared_as_mailboxes(two):
    twice = [user("Ida Moss", "ida@bücher.example"), user("Ida Moss", "ida@xn--bcher-kva.example")]
    with pytest.raises(Invalid) as refused:
        make_customer(two.nora, "Moss", twice)
    assert refused.value.errors == {"email_1": "This email stands here twice. Each user needs an own one."}
    apart = [user("Kim One", "kim@straße.example"), user("Kim Two", "kim@strasse.example")]
    made = contacts(two.nora, make_customer(two.nora, "Kims", apart))
    assert [(one.email, one.email_key) for one in made] == [
        ("kim@straße.example", "kim@xn--strae-oqa.example"),
        ("kim@strasse.example", "kim@strasse.example"),
    ]
