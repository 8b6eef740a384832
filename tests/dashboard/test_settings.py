"""The screen "Settings", handler by handler: company, legal entities, team."""

import pytest

from arbill_app.dashboard.screens.overview import Overview
from arbill_app.dashboard.screens.settings.branding import Branding
from arbill_app.dashboard.screens.settings.company import Settings
from arbill_app.dashboard.screens.settings.entities import Entities
from arbill_app.dashboard.screens.settings.team import Team
from arbill_app.dashboard.shell.base import Base
from arbill_app.kernel.actor import Role
from arbill_app.kernel.db.transactions import read, write
from arbill_app.partners import branding
from arbill_app.partners.views import company, legal_entities
from tests import world

COMPANY = {
    "name": "Northwind Group",
    "reply_to": " AR@northwind.example ",
    "timezone": "America/Chicago",
    "language": "fr",
    "currency": "CAD",
    "tax_rounding": "invoice",
    "terms": "custom",
    "custom_days": "20",
}
CABLING = {"name": "Northwind Cabling", "tax_id": "34-5550187", "country": "US"}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'
OLA = {"name": "Ola Berg", "email": "ola@northwind.example", "role": "member"}
MANAGING = {
    Settings.edit: {},
    Settings.choose_terms: {"value": "30"},
    Settings.add_country: {"text": "DE"},
    Settings.drop_country: {"code": "US"},
    Settings.save: {"form": COMPANY},
    Entities.add: {},
    Entities.edit: {"entity_id": "x"},
    Entities.left: {"name": "city", "value": "Toledo"},
    Entities.choose_country: {"value": "CA"},
    Entities.save: {"form": CABLING},
    Entities.make_default: {"entity_id": "x"},
    Entities.type_pattern: {"name": "invoice_pattern", "value": "N-{number}"},
    Entities.logo_sent: {"wrong": ""},
    Entities.remove_logo: {},
    Branding.pick: {"value": "#000000"},
    Branding.leave: {"value": "#000000"},
    Branding.save: {"form": {"accent": "#000000"}},
    Branding.logo_sent: {"wrong": ""},
    Branding.remove_logo: {},
    Team.ask_invite: {},
    Team.ask_role: {"staff_id": "x"},
    Team.ask_remove: {"staff_id": "x"},
    Team.choose_role: {"role": "owner"},
    Team.invite: {"form": OLA},
    Team.change_role: {"form": {"role": "owner"}},
    Team.invite_again: {"staff_id": "x"},
    Team.remove: {},
    Team.bring_back: {"staff_id": "x"},
}


@pytest.fixture
def nora(two, pipeline):
    return pipeline.tab("nora@northwind.example").do(Settings.load)


def status(tab, actor):
    return next(row.status for row in tab.state(Settings).team if row.id == actor.id)


# ---------------------------------------------------------------- who may


@pytest.mark.parametrize("who", ["mia", "rhea"])
def test_members_are_led_away_with_a_reason_and_see_nothing(two, pipeline, who):
    tab = pipeline.tab(f"{who}@northwind.example").do(Settings.load)
    assert (tab.went_to, tab.notice) == (["/"], "Settings are for owners and admins.")
    assert (tab.state(Settings).team, tab.state(Settings).entities, tab.state(Settings).view.name) == ([], [], "")


@pytest.mark.parametrize("who", ["mia", "rhea"])
def test_members_may_call_nothing_here(two, pipeline, who):
    tab = pipeline.tab(f"{who}@northwind.example")
    assert [handler for handler, payload in MANAGING.items() if not tab.denies(handler, **payload)] == []
    assert read(two.nora, company).name == "Northwind"


def test_strangers_are_sent_to_sign_in(two, pipeline):
    stranger = pipeline.tab()
    for handler, payload in {Settings.load: {}, **MANAGING}.items():
        assert stranger.do(handler, **payload).went_to == ["/login"]
    assert stranger.state(Settings).team == []


@pytest.mark.parametrize("form", ["x", ["name"], {"name": {"$gt": 1}}, {"name": ["a"]}, {"name": "y" * 20_000}, None])
@pytest.mark.parametrize(("begin", "save"), [(Settings.edit, Settings.save), (Team.ask_invite, Team.invite)])
def test_what_is_no_form_is_refused(two, nora, begin, save, form):
    nora.do(begin).do(save, form=form)
    assert (read(two.nora, company).name, len(nora.state(Settings).team)) == ("Northwind", 4)


# ---------------------------------------------------------------- company


def test_the_company_is_saved_and_its_name_shown_everywhere(two, nora):
    nora.do(Settings.edit).do(Settings.add_country, text="germany").do(Settings.drop_country, code="CA")
    nora.do(Settings.save, form=COMPANY)
    now = read(two.nora, company)
    assert (now.name, now.timezone, now.terms_days, now.countries) == (
        "Northwind Group",
        "America/Chicago",
        20,
        ["DE", "US"],
    )
    assert now.reply_to == "AR@northwind.example"
    assert (now.tax_rounding, nora.state(Settings).texts["tax_rounding"]) == ("invoice", "Whole invoice")
    assert (nora.state(Settings).editing, nora.state(Base).partner) == (False, "Northwind Group")
    assert nora.do(Base.arrive).state(Base).partner == "Northwind Group", "and believed at once"


def test_what_is_wrong_is_said_under_its_field(two, nora):
    nora.do(Settings.edit).do(
        Settings.save, form=COMPANY | {"name": " ", "reply_to": "us", "timezone": "Mars/Base", "currency": "ZZZ"}
    )
    state = nora.state(Settings)
    assert (list(state.errors), state.focus) == (["name", "reply_to", "timezone", "currency"], "company-name")
    nora.do(Settings.save, form=COMPANY | {"custom_days": "soon"})
    assert list(nora.state(Settings).errors) == ["custom_days"]
    assert nora.state(Settings).editing


def test_countries_are_chosen_by_code_or_name_and_never_none(two, nora):
    nora.do(Settings.edit).do(Settings.add_country, text="Atlantis")
    assert nora.state(Settings).errors == {"countries": "“Atlantis” is not a country."}
    nora.do(Settings.add_country, text="US")
    assert [code for code, _ in nora.state(Settings).countries] == ["US", "CA"]
    nora.do(Settings.drop_country, code="US").do(Settings.drop_country, code="CA").do(Settings.save, form=COMPANY)
    assert nora.state(Settings).errors == {"countries": "Choose at least one country."}


# ---------------------------------------------------------------- legal entities


def test_a_legal_entity_is_added_with_part_of_an_address_and_made_the_default(two, nora):
    nora.do(Entities.add).do(
        Entities.save, form=CABLING | {"country": "CA", "postal_code": "h2y1c6", "city": "Montréal"}
    )
    added = next(row for row in read(two.nora, legal_entities) if row.name == "Northwind Cabling")
    assert (added.postal_code, added.region, nora.state(Entities).open) == ("H2Y 1C6", "", False)
    nora.do(Entities.make_default, entity_id=added.id)
    assert [row.name for row in nora.state(Settings).entities if row.is_default] == ["Northwind Cabling"]
    assert nora.notice.startswith("Northwind Cabling is the default now")


def test_what_is_given_of_an_address_is_checked(two, nora):
    nora.do(Entities.add).do(Entities.save, form=CABLING | {"postal_code": "H2Y 1C6"})
    assert list(nora.state(Entities).errors) == ["postal_code"]
    assert len(read(two.nora, legal_entities)) == 1


def test_a_country_brings_its_regions_and_words(two, nora):
    nora.do(Entities.add).do(Entities.choose_country, value="CA")
    assert ["QC", "Quebec"] in nora.state(Entities).regions


def test_another_partners_legal_entity_does_not_exist(two, nora):
    theirs = read(two.sol, legal_entities)[0]
    nora.do(Entities.edit, entity_id=theirs.id)
    assert not nora.state(Entities).open
    nora.do(Entities.make_default, entity_id=theirs.id)
    assert "does not exist" in nora.notice
    nora.do(Entities.add)
    nora.state(Entities).entity_id = theirs.id
    nora.do(Entities.save, form=CABLING)
    assert read(two.sol, legal_entities) == [theirs]


def test_a_pattern_shows_what_comes_of_it_while_it_is_typed(two, nora):
    nora.do(Entities.add)
    assert nora.state(Entities).sample == {
        "invoice_pattern": "Next looks like INV-0042.",
        "credit_pattern": "Next looks like CN-0042.",
    }
    nora.do(Entities.type_pattern, name="invoice_pattern", value="A/{number:6}")
    assert nora.state(Entities).sample["invoice_pattern"] == "Next looks like A/000042."
    nora.do(Entities.type_pattern, name="invoice_pattern", value="A")
    assert "once" in nora.state(Entities).sample["invoice_pattern"]
    nora.do(Entities.type_pattern, name="partner_id", value="{number}")
    assert set(nora.state(Entities).sample) == {"invoice_pattern", "credit_pattern"}


def test_how_papers_are_numbered_is_saved_and_shown_again(two, nora):
    ours = read(two.nora, legal_entities)[0]
    numbered = {"second_tax_id": "TVQ 1", "invoice_pattern": "N-{number}", "credit_pattern": "C-{number}"}
    nora.do(Entities.edit, entity_id=ours.id)
    nora.do(Entities.save, form=CABLING | numbered | {"credit_pattern": "C"})
    assert list(nora.state(Entities).errors) == ["credit_pattern"]
    nora.do(Entities.save, form=CABLING | numbered)
    nora.do(Entities.edit, entity_id=ours.id)
    assert {name: nora.state(Entities).typed[name] for name in numbered} == numbered


def test_a_new_legal_entitys_tax_is_called_as_is_usual_where_it_is(two, nora):
    def name_after(handler, **payload):
        return nora.do(handler, **payload).state(Entities).typed["tax_name"]

    assert name_after(Entities.add) == "Sales tax"
    assert name_after(Entities.choose_country, value="CA") == ""
    assert name_after(Entities.left, name="region", value="ON") == "HST"
    assert name_after(Entities.left, name="region", value="AB") == "GST"
    assert name_after(Entities.choose_country, value="DE") == "VAT"
    nora.do(Entities.left, name="tax_name", value="Umsatzsteuer")
    assert name_after(Entities.choose_country, value="US") == "Umsatzsteuer"


def test_a_legal_entitys_name_of_tax_stays_when_it_moves(two, nora):
    ours = read(two.nora, legal_entities)[0]
    assert ours.tax_name == ""
    nora.do(Entities.edit, entity_id=ours.id).do(Entities.choose_country, value="DE")
    assert nora.state(Entities).typed["tax_name"] == ""
    nora.do(Entities.save, form=CABLING | {"tax_name": "Sales tax"})
    assert read(two.nora, legal_entities)[0].tax_name == "Sales tax"


# ---------------------------------------------------------------- branding


def test_a_colour_is_looked_at_before_it_is_saved(two, nora):
    nora.do(Branding.pick, value="#FACC15")
    look = nora.state(Settings).look
    assert (look["accent"], look["ink"], look["pale"]) == ("#facc15", "#1c1917", "pale")
    assert read(two.nora, company).accent == "#047857"
    nora.do(Branding.save, form={"accent": "#1d4ed8"})
    assert (read(two.nora, company).accent, nora.state(Settings).look["pale"]) == ("#1d4ed8", "")
    assert nora.notice == "Accent colour saved."


def test_what_is_no_colour_is_said_and_not_shown(two, nora):
    for handler, payload in ((Branding.leave, {"value": "red"}), (Branding.save, {"form": {"accent": "#12"}})):
        nora.do(handler, **payload)
        assert list(nora.state(Branding).errors) == ["accent"]
        assert nora.state(Settings).look["accent"] == "#047857"


def test_a_logo_that_was_sent_appears_and_keeps_the_colour_at_hand(two, nora):
    nora.do(Branding.pick, value="#1d4ed8")
    logo = write(two.nora, branding.save_logo, SVG)
    nora.do(Branding.logo_sent, wrong="")
    assert (nora.state(Settings).view.logo_id, nora.state(Settings).look["accent"]) == (logo.id, "#1d4ed8")
    nora.do(Branding.remove_logo)
    assert (nora.state(Settings).view.logo_id, read(two.nora, company).logo_id) == (None, None)


def test_why_a_logo_was_not_taken_is_said_beside_it(two, nora):
    nora.do(Branding.logo_sent, wrong="Choose a PNG, JPEG or SVG picture.")
    assert nora.state(Branding).errors == {"file": "Choose a PNG, JPEG or SVG picture."}


def test_a_legal_entitys_logo_is_shown_in_its_dialog(two, nora):
    ours = read(two.nora, legal_entities)[0].id
    nora.do(Entities.edit, entity_id=ours)
    logo = write(two.nora, branding.save_logo, SVG, ours)
    nora.do(Entities.logo_sent, wrong="")
    assert nora.state(Entities).logo_id == logo.id
    nora.do(Entities.remove_logo)
    assert (nora.state(Entities).logo_id, read(two.nora, legal_entities)[0].logo_id) == ("", None)


# ---------------------------------------------------------------- team


def test_an_invitation_is_sent_once_and_again_when_asked(two, nora):
    nora.do(Team.ask_invite).do(Team.invite, form=OLA).do(Team.invite, form=OLA)
    assert nora.notice == "Invitation sent to ola@northwind.example."
    ola = next(row for row in nora.state(Settings).team if row.name == "Ola Berg")
    assert (ola.status, ola.role, len(world.letters_to(ola.email))) == ("Invited", "member", 1)
    nora.do(Team.invite_again, staff_id=ola.id)
    assert len(world.letters_to(ola.email)) == 2


def test_who_cannot_be_invited_is_said_under_the_field(two, nora):
    nora.do(Team.ask_invite).do(Team.invite, form=OLA | {"email": "MIA@northwind.example"})
    assert nora.state(Team).errors == {"email": "Somebody with this email is on the team already."}
    nora.do(Team.invite, form=OLA | {"role": "king"})
    assert nora.state(Team).errors == {"role": "Choose a role."}
    assert nora.state(Team).dialog == "invite"


def test_a_role_is_believed_at_once(two, pipeline, nora):
    mia = pipeline.tab("mia@northwind.example")
    nora.do(Team.ask_role, staff_id=two.mia.id).do(Team.change_role, form={"role": "admin"})
    assert nora.notice == "Mia Ford is now admin."
    assert mia.do(Base.arrive).do(Settings.load).went_to == []
    assert mia.state(Base).may_manage


def test_somebody_removed_is_out_at_once_and_can_come_back(two, pipeline, nora):
    mia = pipeline.tab("mia@northwind.example")
    nora.do(Team.ask_remove, staff_id=two.mia.id).do(Team.remove)
    assert (status(nora, two.mia), nora.notice) == ("Removed", "Mia Ford was removed and signed out.")
    assert mia.do(Overview.load).went_to == ["/login"]
    nora.do(Team.bring_back, staff_id=two.mia.id)
    assert status(nora, two.mia) == "Active"
    assert pipeline.tab("mia@northwind.example").do(Overview.load).went_to == []


def test_the_only_owner_stays(two, nora):
    nora.do(Team.ask_role, staff_id=two.nora.id).do(Team.change_role, form={"role": "member"})
    assert (nora.notice, nora.state(Team).dialog) == (
        "This is the only owner. Make somebody else an owner first.",
        "role",
    )
    nora.do(Team.ask_remove, staff_id=two.nora.id).do(Team.remove)
    assert status(nora, two.nora) == "Active"


def test_an_owner_who_steps_down_leaves_these_screens(two, nora):
    nora.do(Team.ask_role, staff_id=two.adam.id).do(Team.change_role, form={"role": "owner"})
    nora.do(Team.ask_role, staff_id=two.nora.id).do(Team.change_role, form={"role": "member"})
    assert nora.went_to == ["/"]
    assert not nora.do(Base.arrive).state(Base).may_manage


def test_admins_neither_make_owners_nor_touch_them(two, pipeline):
    adam = pipeline.tab("adam@northwind.example").do(Settings.load).do(Team.ask_invite)
    assert Role.OWNER not in [role for role, _ in adam.state(Team).roles]
    adam.do(Team.invite, form=OLA | {"role": "owner"})
    assert adam.notice == "Your role does not allow this. Ask an owner or admin."
    adam.do(Team.ask_role, staff_id=two.nora.id).do(Team.change_role, form={"role": "member"})
    adam.do(Team.ask_remove, staff_id=two.nora.id).do(Team.remove)
    assert (status(adam, two.nora), world.staff_of(two.nora).role) == ("Active", Role.OWNER)


def test_another_partners_people_do_not_exist(two, nora):
    nora.do(Team.ask_remove, staff_id=two.sol.id)
    assert nora.state(Team).dialog == ""
    nora.do(Team.bring_back, staff_id=two.sol.id)
    assert "does not exist" in nora.notice
