"""The profile's sections, each saved by itself, by people who may do so at the same time."""

import pytest

from arbill_app.customers import dependents
from arbill_app.customers.commands import profile
from arbill_app.customers.views.customers import customer_view
from arbill_app.customers.views.history import activity
from arbill_app.kernel.db.transactions import read, transaction, write
from arbill_app.kernel.errors import Invalid, NotFound
from arbill_app.kernel.problems import Problem
from arbill_app.partners import commands as partners
from tests.together import begin
from tests.world import canadian, make_customer, make_group, make_tag, typed

CANADA = {name: value for name, value in canadian().items() if name != "company"}
SECTIONS = {
    "business": (profile.change_business, {"legal_name": "Ada Interiors LLC"}, {"legal_name": "Ada, Inc."}),
    "billing": (profile.change_billing, typed(city="Dublin", postal_code="43017"), typed(address_line2="Suite 2")),
    "shipping": (profile.change_shipping, {"same": False} | CANADA, {"same": False} | typed()),
    "tax": (profile.change_tax, {"tax_rate": "7.5"}, {"tax_rate": "8.25"}),
}


def view(two):
    return read(two.nora, customer_view, two.ada)


def section(two, name):
    return dict(getattr(view(two), name))


def save(by, two, name, values, base=None):
    current = section(two, name)
    return write(by, SECTIONS[name][0], two.ada, current | values, current if base is None else base)


def refused(two, verb, *args):
    with pytest.raises(Invalid) as refusal:
        write(two.nora, verb, two.ada, *args)
    return refusal.value.errors


# ---------------------------------------------------------------- saving


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_is_saved_and_noted_with_before_and_after(two, name):
    save(two.mia, two, name, SECTIONS[name][1])
    newest = read(two.nora, activity, two.ada)[0]
    assert newest.who == "Mia Ford"
    assert newest.changes


@pytest.mark.parametrize("name", SECTIONS)
def test_saving_what_is_there_already_is_no_change(two, name):
    before = read(two.nora, activity, two.ada)
    save(two.mia, two, name, {})
    assert read(two.nora, activity, two.ada) == before


def test_a_new_name_sorts_and_is_found(two):
    save(two.nora, two, "business", {"company": "Zeta Interiors"})
    customer = read(two.nora, lambda tx: tx.get(profile.Customer, two.ada))
    assert (customer.sort_key, customer.near_key) == ("zeta interiors", "zetainteriors")


def test_a_shipping_address_comes_and_goes(two):
    assert section(two, "shipping")["same"]
    save(two.nora, two, "shipping", {"same": False} | CANADA)
    assert section(two, "shipping") == {"same": False, "address_line2": ""} | CANADA
    save(two.nora, two, "shipping", {"same": False} | typed(city="Dublin", postal_code="43017"))
    assert section(two, "shipping")["city"] == "Dublin"
    save(two.nora, two, "shipping", {"same": True})
    assert section(two, "shipping")["same"]


@pytest.mark.parametrize(
    ("name", "values", "field"),
    [
        ("business", {"company": ""}, "company"),
        ("business", {"ein": "1"}, "ein"),
        ("business", {"currency": ""}, "currency"),
        ("billing", {"postal_code": "1"}, "postal_code"),
        ("shipping", {"same": False}, "country"),
        ("tax", {"tax_exempt": True}, "tax_certificate"),
    ],
)
def test_what_a_section_refuses(two, name, values, field):
    before = section(two, name)
    assert list(refused(two, SECTIONS[name][0], before | values, before)) == [field]
    assert section(two, name) == before


def test_a_legal_entity_of_another_partner_does_not_exist(two):
    theirs = write(two.sol, partners.save_legal_entity, "", {"name": "Southgate North", "country": "US"})
    with pytest.raises(NotFound):
        save(two.nora, two, "business", {"legal_entity_id": theirs.id})


def test_another_partners_customer_does_not_exist(two):
    for verb, values, _ in SECTIONS.values():
        with pytest.raises(NotFound):
            write(two.nora, verb, two.clara, values, {})
    with pytest.raises(NotFound):
        write(two.nora, profile.change_labels, two.clara, [], "")


# ---------------------------------------------------------------- two people at once


@pytest.mark.parametrize("name", SECTIONS)
def test_the_second_to_save_is_told_what_the_first_changed(two, name):
    verb, theirs, mine = SECTIONS[name]
    base = section(two, name)
    save(two.adam, two, name, theirs)
    now = section(two, name)
    with pytest.raises(profile.Stale) as stale:
        write(two.mia, verb, two.ada, base | mine, base)
    assert stale.value.who == "Adam Hill"
    assert stale.value.now == now
    assert stale.value.theirs == {key: [base[key], now[key]] for key in now if now[key] != base[key]}
    assert section(two, name) == now
    write(two.mia, verb, two.ada, now | mine, stale.value.now)


@pytest.mark.parametrize("name", SECTIONS)
def test_two_who_saved_the_same_do_not_disturb_each_other(two, name):
    verb, theirs, mine = SECTIONS[name]
    base = section(two, name)
    save(two.adam, two, name, theirs)
    save(two.adam, two, name, base)
    write(two.mia, verb, two.ada, base | mine, base)


def test_the_one_who_changed_this_section_is_named_and_not_the_last_one_who_changed_anything(two):
    base = section(two, "business")
    save(two.adam, two, "business", {"legal_name": "Ada Interiors LLC"})
    save(two.mia, two, "tax", {"tax_rate": "7.5"})
    with pytest.raises(profile.Stale, match="Adam Hill changed"):
        write(two.nora, profile.change_business, two.ada, base | {"flow": "automatic"}, base)


def test_who_waits_for_the_other_to_finish_is_told_too(two):
    base = section(two, "business")
    with transaction(two.adam) as tx:
        profile.change_business(tx, two.ada, base | {"legal_name": "First"}, base)
        job = lambda: write(two.mia, profile.change_business, two.ada, base | {"legal_name": "Second"}, base)  # noqa: E731
        second = begin(job, lead=0.2)
    assert isinstance(second(), profile.Stale)
    assert section(two, "business")["legal_name"] == "First"


def test_different_sections_do_not_disturb_each_other(two):
    bases = {name: section(two, name) for name in SECTIONS}
    for name, (verb, values, _) in SECTIONS.items():
        write(two.mia, verb, two.ada, bases[name] | values, bases[name])


def test_tags_and_group_are_guarded_like_a_section(two):
    tag, group = make_tag(two.nora, "VIP"), make_group(two.nora, "Design")
    base = {"tags": "", "group": ""}
    write(two.adam, profile.change_labels, two.ada, [tag], group, base)
    with pytest.raises(profile.Stale, match="Adam Hill") as stale:
        write(two.mia, profile.change_labels, two.ada, [], "", base)
    assert stale.value.theirs == {"tags": ["", "VIP"], "group": ["", "Design"]}
    write(two.mia, profile.change_labels, two.ada, [], "", stale.value.now)
    assert (view(two).tags, view(two).group) == ([], "")


# ---------------------------------------------------------------- what hangs on a customer


@pytest.fixture
def invoiced(two, monkeypatch):
    twelve = Problem("ties.invoices", count=12)
    monkeypatch.setattr(dependents, "TIES", [lambda tx, id: twelve if id == two.ada else None, lambda tx, id: None])


def test_the_currency_is_free_while_nothing_was_billed(two):
    save(two.nora, two, "business", {"currency": "CAD"})
    assert (view(two).balance, view(two).currency_lock) == ("CA$0.00", "")


def test_the_currency_is_locked_with_the_reason_once_something_was(two, invoiced):
    assert view(two).currency_lock == "Locked: 12 invoices exist in this currency."
    base = section(two, "business")
    assert refused(two, profile.change_business, base | {"currency": "CAD"}, base) == {
        "currency": "Locked: 12 invoices exist in this currency."
    }
    save(two.nora, two, "business", {"legal_name": "Still free"})


def test_what_hangs_on_one_customer_does_not_lock_another(two, invoiced):
    other = read(two.nora, customer_view, two.bruno)
    assert (other.currency_lock, other.deletable, view(two).deletable) == ("", True, False)


# ---------------------------------------------------------------- what is inherited


def test_terms_and_language_come_from_the_group_then_the_company(two):
    assert (view(two).terms_text, view(two).terms_from) == ("Net 30", "company default")
    group = make_group(two.nora, "Design", terms_days=15, language="fr")
    write(two.nora, profile.change_labels, two.ada, [], group)
    assert (view(two).terms_text, view(two).terms_from) == ("Net 15", "from group Design")
    assert (view(two).language_code, view(two).language_from) == ("fr", "from group Design")
    save(two.nora, two, "business", {"terms_days": 0, "language": "en"})
    assert (view(two).terms_text, view(two).terms_from) == ("Due on receipt", "")
    assert (view(two).language_code, view(two).language_from) == ("en", "")


def test_due_on_receipt_in_a_group_is_not_the_same_as_nothing(two):
    write(two.nora, profile.change_labels, two.ada, [], make_group(two.nora, "Design", terms_days=0))
    assert view(two).terms_text == "Due on receipt"


def test_without_a_choice_the_default_legal_entity_invoices(two):
    assert view(two).entity_name == "Northwind"
    other = write(two.nora, partners.save_legal_entity, "", {"name": "Northwind Canada", "country": "CA"})
    save(two.nora, two, "business", {"legal_entity_id": other.id})
    assert view(two).entity_name == "Northwind Canada"


def test_the_activity_says_names_and_not_ids(two):
    other = write(two.nora, partners.save_legal_entity, "", {"name": "Northwind Canada", "country": "CA"})
    changes = {"legal_entity_id": other.id, "flow": "automatic", "terms_days": 15, "currency": "CAD"}
    save(two.nora, two, "business", changes)
    assert set(read(two.nora, activity, two.ada)[0].changes) == {
        "Billing Currency: USD → CAD",
        "Invoicing Flow: Manual → Send automatically",
        "Payment Terms: default → Net 15",
        "Legal Entity: default → Northwind Canada",
    }


def test_everything_of_a_profile_is_there(two):
    customer_id = make_customer(two.nora, "Full House", tax_rate="8.875", external_ids=["PSA-1"], flow="automatic")
    shown = read(two.nora, customer_view, customer_id)
    assert (shown.tax_rate_text, shown.flow_label, shown.auto_pay) == ("8.875%", "Send automatically", False)
    assert shown.tax["tax_rate"] == 88750
