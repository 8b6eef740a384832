"""A customer's profile: every section read and edited in place, also by two people at once."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from arbill_app.kernel.db.transactions import read
from arbill_app.partners.views import team
from tests import world
from tests.journeys.conftest import OWNER, Opens, fill, section
from tests.server import Server


@pytest.fixture
def customer(server: Server) -> str:
    """A fresh customer of the demo company: its profile's address."""
    mara = world.signed_in(*OWNER)
    people = [world.user("Ada Birch", world.unused_email("ada")), world.user("Ben Ochre", world.unused_email("ben"))]
    number = next(NUMBERS)
    return "/customers/" + world.make_customer(mara, f"Profile Partners {number}", people)


def _count() -> Iterator[int]:
    yield from range(1, 10_000)


NUMBERS = _count()


def edit(page: Page, name: str) -> None:
    page.get_by_role("button", name=f"Edit {name.lower()}", exact=True).click()


def save(page: Page, name: str) -> None:
    section(page, name).get_by_role("button", name="Save", exact=True).click()


def test_business_information(opens: Opens, customer: str) -> None:
    page, name = opens(customer), "Business information"
    edit(page, name)
    part = section(page, name)
    expect(part.get_by_label("Business Name", exact=True)).to_be_focused()
    fill(part, **{"Business Name": "Renamed & Partners", "Legal Name": "Renamed LLC", "EIN": "12 3456789"})
    part.get_by_label("Currency").select_option("CAD")
    part.get_by_label("Invoicing Flow").select_option(label="Send automatically")
    part.get_by_label("Payment Terms").select_option(label="Net 45")
    part.get_by_label("Language").select_option(label="Français")
    save(page, name)
    for text in ("Renamed & Partners", "Renamed LLC", "12-3456789", "CAD", "Send automatically", "Net 45", "Français"):
        expect(part).to_contain_text(text)
    expect(page.get_by_role("heading", level=1)).to_have_text("Renamed & Partners")
    expect(section(page, "Activity")).to_contain_text("Payment Terms: default → Net 45")
    expect(page.get_by_role("button", name="Edit business information")).to_be_focused()


def test_a_wrong_entry_is_explained_and_kept(opens: Opens, customer: str) -> None:
    page, name = opens(customer), "Business information"
    edit(page, name)
    part = section(page, name)
    fill(part, **{"Business Name": "", "EIN": "123"})
    save(page, name)
    expect(part.get_by_text("Enter the company name.")).to_be_visible()
    expect(part.get_by_text("Enter the 9 digits of the EIN")).to_be_visible()
    expect(part.get_by_label("Business Name", exact=True)).to_be_focused()
    expect(part.get_by_label("EIN", exact=True)).to_have_value("123")
    part.get_by_role("button", name="Cancel").click()
    expect(part).to_contain_text("Profile Partners")


def test_billing_address(opens: Opens, customer: str) -> None:
    page, name = opens(customer), "Billing address"
    edit(page, name)
    part = section(page, name)
    fill(part, **{"Address": "7 New Street", "City": "Detroit", "ZIP/Postal Code": "48215"})
    part.get_by_label("ZIP/Postal Code", exact=True).blur()
    part.get_by_role("button", name="Use Michigan").click()
    save(page, name)
    for text in ("7 New Street", "Detroit", "Michigan", "48215"):
        expect(part).to_contain_text(text)


def test_shipping_address_of_its_own_and_back(opens: Opens, customer: str) -> None:
    page, name = opens(customer), "Shipping address"
    expect(section(page, name)).to_contain_text("Same as billing")
    edit(page, name)
    part = section(page, name)
    part.get_by_label("Same as billing").uncheck()
    part.get_by_label("Country", exact=True).select_option(label="Canada")
    fill(part, **{"Address": "2 rue Dock", "City": "Montréal", "State/Province": "QC", "ZIP/Postal Code": "h2y1c6"})
    save(page, name)
    expect(part).to_contain_text("H2Y 1C6")
    expect(part).to_contain_text("Quebec")
    edit(page, name)
    part.get_by_label("Same as billing").check()
    save(page, name)
    expect(part.get_by_text("Same as billing")).to_be_visible()
    expect(part).not_to_contain_text("rue Dock")


def test_tax_settings(opens: Opens, customer: str) -> None:
    page, name = opens(customer), "Tax settings"
    edit(page, name)
    part = section(page, name)
    fill(part, **{"Tax Rate": "8.87501"})
    save(page, name)
    expect(part.get_by_text("Use at most four decimals.")).to_be_visible()
    fill(part, **{"Tax Rate": "8.875"})
    part.get_by_label("Tax exempt").check()
    save(page, name)
    expect(part.get_by_text("Enter the exemption certificate’s number.")).to_be_visible()
    fill(part, **{"Certificate number": "EX-77"})
    save(page, name)
    expect(part).to_contain_text("8.875%")
    expect(part).to_contain_text("EX-77")


def test_external_identifiers(opens: Opens, customer: str) -> None:
    page = opens(customer)
    part = section(page, "External identifiers (Aliases)")
    own = customer.rpartition("/")[2]
    expect(part).to_contain_text(own)
    expect(part.get_by_role("button", name=f"Remove {own}")).to_be_hidden()
    part.get_by_label("Alias").fill(f"ERP {own[-4:]}")
    part.get_by_role("button", name="Add").click()
    expect(part.get_by_role("button", name=f"Remove ERP {own[-4:]}")).to_be_visible()
    part.get_by_label("Alias").fill(f"ERP {own[-4:]}")
    part.get_by_role("button", name="Add").click()
    expect(part.get_by_text("This customer has that external ID already.")).to_be_visible()
    page.goto(f"/customers?q=ERP+{own[-4:]}")
    expect(page.get_by_role("link", name="Profile Partners")).to_be_visible()


def test_contacts_are_added_changed_made_primary_and_removed(opens: Opens, customer: str) -> None:
    page = opens(customer)
    part = section(page, "Contacts")
    part.get_by_role("button", name="+ New Contact").click()
    dialog = page.get_by_role("dialog", name="New contact")
    fill(dialog, **{"First name": "Cleo", "Last name": "Dune", "Email": "cleo@", "Position": "Controller"})
    dialog.get_by_role("button", name="Save contact").click()
    expect(dialog.get_by_text("Enter an email address such as")).to_be_visible()
    fill(dialog, Email=world.unused_email("cleo"))
    dialog.get_by_label("Legal", exact=True).check()
    dialog.get_by_label("Support", exact=True).uncheck()
    dialog.get_by_role("button", name="Save contact").click()
    cleo = part.get_by_role("listitem").filter(has_text="Cleo Dune")
    expect(cleo).to_contain_text("Billing, Updates, Legal")
    page.get_by_role("button", name="Actions for Cleo Dune").click()
    page.get_by_role("menuitem", name="Make primary").click()
    expect(cleo).to_contain_text("Primary")
    expect(part.get_by_text("Primary", exact=True)).to_have_count(1)
    page.get_by_role("button", name="Actions for Ben Ochre").click()
    page.get_by_role("menuitem", name="Resend welcome email").click()
    expect(page.get_by_text("Welcome email sent to")).to_be_visible()
    page.get_by_role("button", name="Actions for Ben Ochre").click()
    page.get_by_role("menuitem", name="Remove").click()
    page.get_by_role("dialog", name="Remove contact").get_by_role("button", name="Remove contact").click()
    expect(part).not_to_contain_text("Ben Ochre")


def test_the_last_billing_recipient_goes_only_with_open_eyes(opens: Opens, customer: str) -> None:
    page = opens(customer)
    part = section(page, "Contacts")
    for name in ("Ada Birch", "Ben Ochre"):
        page.get_by_role("button", name=f"Actions for {name}").click()
        page.get_by_role("menuitem", name="Edit").click()
        dialog = page.get_by_role("dialog", name="Edit contact")
        dialog.get_by_label("Billing", exact=True).uncheck()
        dialog.get_by_role("button", name="Save contact").click()
        if name == "Ben Ochre":
            expect(dialog.get_by_text("Nobody would get this customer’s invoices")).to_be_visible()
            dialog.get_by_role("button", name="Save anyway").click()
        expect(dialog).to_be_hidden()
    expect(part.get_by_text("Email: Updates")).to_have_count(2)


def test_tags_and_group_with_a_new_one_of_each(opens: Opens, customer: str) -> None:
    page, name = opens(customer), "Tags and group"
    edit(page, name)
    part = section(page, name)
    part.get_by_label("VIP", exact=True).check()
    fresh = f"Fresh {customer[-4:]}"
    part.get_by_label("New tag").fill(fresh)
    part.get_by_label("New tag").blur()
    expect(part.get_by_label(fresh, exact=True)).to_be_checked()
    part.get_by_label("Group", exact=True).select_option(label="Trades")
    save(page, name)
    for text in ("VIP", fresh, "Trades"):
        expect(part).to_contain_text(text)


def test_two_people_editing_one_section(opens: Opens, customer: str) -> None:
    """The second save says what changed and offers both; nothing is overwritten silently."""
    first, second, name = opens(customer), opens(customer), "Business information"
    edit(first, name)
    edit(second, name)
    fill(section(first, name), **{"Legal Name": "First Legal"})
    fill(section(second, name), **{"Legal Name": "Second Legal"})
    save(first, name)
    expect(section(first, name)).to_contain_text("First Legal")
    save(second, name)
    part = section(second, name)
    expect(part.get_by_text("Mara Kent changed this section while you were editing.")).to_be_visible()
    expect(part.get_by_role("row").filter(has_text="Legal Name")).to_contain_text("First Legal")
    part.get_by_role("button", name="Use theirs").click()
    expect(part.get_by_label("Legal Name", exact=True)).to_have_value("First Legal")
    fill(part, **{"Legal Name": "Agreed Legal"})
    save(second, name)
    expect(part).to_contain_text("Agreed Legal")


def test_ones_own_version_can_be_kept(opens: Opens, customer: str) -> None:
    first, second, name = opens(customer), opens(customer), "Tax settings"
    edit(first, name)
    edit(second, name)
    fill(section(first, name), **{"Tax Rate": "5"})
    fill(section(second, name), **{"Tax Rate": "6"})
    save(first, name)
    expect(section(first, name)).to_contain_text("5.00%")
    save(second, name)
    section(second, name).get_by_role("button", name="Save mine").click()
    expect(section(second, name)).to_contain_text("6.00%")


def test_two_people_editing_one_contact(opens: Opens, customer: str) -> None:
    first, second = opens(customer), opens(customer)
    for page in (first, second):
        page.get_by_role("button", name="Actions for Ben Ochre").click()
        page.get_by_role("menuitem", name="Edit").click()
    for page, phone in ((first, "555 0100"), (second, "555 0199")):
        page.get_by_label("Phone", exact=True).fill(phone)
        page.get_by_role("button", name="Save contact").click()
        if page is first:
            expect(section(first, "Contacts")).to_contain_text("555 0100")
    expect(second.get_by_text("Mara Kent changed this contact while you were editing.")).to_be_visible()
    expect(second.get_by_text("Phone: — → 555 0100")).to_be_visible()
    second.get_by_role("button", name="Use theirs").click()
    expect(second.get_by_label("Phone", exact=True)).to_have_value("555 0100")


def test_two_people_choosing_tags(opens: Opens, customer: str) -> None:
    first, second, name = opens(customer), opens(customer), "Tags and group"
    edit(first, name)
    edit(second, name)
    section(first, name).get_by_label("VIP", exact=True).check()
    save(first, name)
    expect(section(first, name)).to_contain_text("VIP")
    section(second, name).get_by_label("Backup", exact=True).check()
    save(second, name)
    expect(section(second, name).get_by_role("row").filter(has_text="Tags")).to_contain_text("VIP")
    section(second, name).get_by_role("button", name="Save mine").click()
    expect(section(second, name)).to_contain_text("Backup")
    expect(section(second, name)).not_to_contain_text("VIP")


def test_archive_restore_and_delete(opens: Opens, customer: str) -> None:
    page = opens(customer)
    for verb, said in (("Archive", "archived."), ("Restore", "restored.")):
        page.get_by_role("button", name="Customer actions").click()
        page.get_by_role("menuitem", name=verb, exact=True).click()
        expect(page.get_by_text(said).first).to_be_visible()
    page.get_by_role("button", name="Customer actions").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog", name="Delete customer").get_by_role("button", name="Delete customer").click()
    expect(page).to_have_url(re.compile("/customers$"))
    page.goto(customer)
    expect(page.get_by_text("This customer does not exist")).to_be_visible()


def test_a_duplicate_is_merged_after_a_preview(opens: Opens, customer: str) -> None:
    page = opens(customer)
    page.get_by_role("button", name="Customer actions").click()
    page.get_by_role("menuitem", name="Merge into another customer").click()
    dialog = page.get_by_role("dialog", name="Merge customer")
    dialog.get_by_label("Merge into").press_sequentially("Foxglove")
    dialog.get_by_role("button", name="Foxglove Studio").click()
    expect(dialog.get_by_text("becomes a contact of Foxglove Studio.").first).to_be_visible()
    dialog.get_by_role("button", name="Merge", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Foxglove Studio")
    expect(section(page, "Contacts")).to_contain_text("Ada Birch")
    expect(section(page, "External identifiers (Aliases)")).to_contain_text(customer.rpartition("/")[2])


def test_read_only_staff_see_everything_and_can_change_nothing(opens: Opens, server: Server, customer: str) -> None:
    mara = world.signed_in(*OWNER)
    email = next(person.email for person in read(mara, team) if person.role == "read_only")
    page = opens(customer, cookie=server.cookie(email, OWNER[1]))
    expect(section(page, "Contacts")).to_contain_text("Ada Birch")
    for name in ("Edit business information", "+ New Contact", "Customer actions", "Quick insert", "Add"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_hidden()
