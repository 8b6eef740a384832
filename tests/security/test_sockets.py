"""The websocket from outside: whom it lets in, and what each may say there."""

import time
import uuid
from contextlib import suppress

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from arbill_app.dashboard.shell.guard import access
from arbill_app.kernel.actor import Role
from tests import world
from tests.security import handlers
from tests.security.conftest import MARK, Site, everything, settled
from tests.security.rawclient import BASE, FIRST, STATE, Tab, changed, redirects, tab

PEOPLE = ("contact", "tag", "customer_group", "alias", "staff", "legal_entity", "customer")
MONEY = ("invoice", "payment", "payment_method", "effect")
LIST = f"{BASE}.arbill_app___dashboard___screens___customers___listing____customers"


# ---------------------------------------------------------------- who gets in


@pytest.mark.parametrize("cookie", ["", "arbill_session=forged", "arbill_session=", "other=1"])
def test_a_stranger_gets_no_socket(site: Site, cookie: str) -> None:
    with pytest.raises(InvalidStatus), tab(site.origin, cookie):
        pass


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "http://localhost:1"])
def test_another_origin_gets_no_socket(site: Site, origin: str) -> None:
    with pytest.raises(InvalidStatus), tab(site.origin, site.cookies["nora"], origin_header=origin):
        pass


def test_with_the_right_cookie_and_origin_the_list_arrives(site: Site) -> None:
    """The same steps as above succeed: so it is the cookie and the origin that are refused, not the client."""
    with tab(site.origin, site.cookies["nora"]) as mine:
        assert mine.shows("Ada Interiors")


def test_a_session_that_ends_while_connected_ends_the_talk(site: Site) -> None:
    cookie = site.server.cookie("mia@northwind.example", world.PASSWORD)
    with tab(site.origin, cookie) as mine:
        mine.hydrate()
        httpx.post(f"{site.origin}/auth/sign-out", headers={"cookie": cookie, "origin": site.origin})
        time.sleep(5.2)
        before = everything()
        for name, fn in handlers.ours().items():
            mine.socket.send(_frame(name, handlers.arguments(fn)))
        heard = mine.hear(1.5, FIRST)
        assert set(redirects(heard)) == {"/login?next=%2Fcustomers"}
        assert not changed(heard)
        assert everything() == before


def _frame(name: str, payload: object) -> str:
    import json

    place = {"pathname": "/customers", "asPath": "/customers", "query": {}}
    return "42/_event," + json.dumps(["event", {"name": name, "payload": payload, "router_data": place}])


# ---------------------------------------------------------------- what one may say


def test_read_only_staff_change_nothing_by_any_handler(site: Site) -> None:
    before = everything()
    refused = {name: fn for name, fn in handlers.ours().items() if Role.READ_ONLY not in access(fn)}
    assert len(refused) > 20
    with tab(site.origin, site.cookies["rhea"]) as hers:
        hers.hydrate()
        for name, fn in refused.items():
            hers.socket.send(_frame(name, handlers.arguments(fn, site.people.ada)))
        assert changed(hers.hear(1.5))["notice"] == "Your role does not allow this."
    assert everything() == before


def test_members_and_read_only_staff_never_see_the_team(site: Site) -> None:
    for name in ("mia", "rhea"):
        with tab(site.origin, site.cookies[name], path="/settings") as theirs:
            theirs.hydrate()
            theirs.hear(0.6)
            assert "nora@northwind.example" not in "".join(theirs.frames)


def test_another_partners_ids_reach_nothing(site: Site) -> None:
    """Northwind's owner says every handler with every id of Southgate's: nothing changes there, nothing is told."""
    sol, cookie = site.people.sol.partner_id, site.cookies["nora"]  # everybody signs in before anything is looked at
    settled()
    theirs = _rows_of(sol)
    ids = [site.people.clara, *_ids(sol, *PEOPLE, *MONEY)]
    risky = {n: f for n, f in handlers.ours().items() if handlers.arguments(f) and "sign_out" not in n}
    with tab(site.origin, cookie, path=f"/customers/{site.people.clara}") as mine:
        mine.hydrate()
        for id in ids:
            for name, fn in risky.items():
                mine.socket.send(_frame(name, handlers.arguments(fn, id)))
            mine.hydrate(f"/customers?finish={id}")
        mine.hear(2.0)
        said = "".join(mine.frames)
    assert MARK not in said
    assert "Clara" not in said
    assert "southgate" not in said
    assert _rows_of(sol) == theirs


def _rows_of(partner_id: str) -> dict[str, list[str]]:
    return {table: [row for row in rows if partner_id in row] for table, rows in everything().items()}


def _ids(partner_id: str, *tables: str) -> list[str]:
    found = everything()
    mine = {table: [row.split("'")[1] for row in found[table] if partner_id in row] for table in tables}
    return [id for ids in mine.values() for id in ids[:2]]


def test_wrong_types_are_refused_and_break_nothing(site: Site) -> None:
    with tab(site.origin, site.cookies["adam"]) as mine:
        mine.hydrate()
        settled()  # mails about signing in are on their way
        before = everything()
        for name, fn in handlers.ours().items():
            for payload in handlers.wrong(fn):
                mine.socket.send(_frame(name, payload))
        heard = mine.hear(3.0)
        assert everything() == before
        assert "Traceback" not in str(heard)
        assert mine.shows("Ada Interiors")


def test_only_marked_handlers_can_be_called(site: Site) -> None:
    """`setvar` stands on every state of Reflex and walks around guards that look at names alone."""
    names = handlers.others()
    assert f"{LIST}.setvar" in names
    with tab(site.origin, site.cookies["nora"]) as mine:
        mine.hydrate()
        for name in names:
            for payload in (
                {"var_name": "may_manage", "value": True},
                {"vars": {"me": "x"}},
                {"info": "x", "component_stack": "x"},
            ):
                mine.socket.send(_frame(name, payload))
        assert not changed(mine.hear(1.0))


def test_hidden_methods_and_unknown_names_are_refused(site: Site) -> None:
    with tab(site.origin, site.cookies["nora"]) as mine:
        mine.hydrate()
        for name in (
            f"{BASE}._say",
            f"{LIST}._show",
            f"{LIST}.reset",
            f"{BASE}._actor",
            "no.such.state.event",
            "",
            f"{STATE}.get_state",
        ):
            with suppress(ConnectionClosed):
                mine.socket.send(_frame(name, {}))
        assert not changed(mine.hear(1.0))


def test_variables_cannot_be_planted_at_hydration(site: Site) -> None:
    planted = {f"{BASE}.may_manage_rx_state_": True, f"{BASE}._owner": "x", "me_rx_state_": "Mallory"}
    with tab(site.origin, site.cookies["rhea"]) as hers:
        planting = changed(hers.say(f"{STATE}.hydrate_and_load", {"vars": planted}))
        assert not planting.get("may_manage")
        assert "Mallory" not in str(planting)
        heard = changed(hers.hydrate())
    assert heard["me"] == "Rhea Lane"
    assert not heard.get("may_manage")


def test_a_stolen_tab_token_shows_nothing(site: Site) -> None:
    """The token of a tab stands in logs: whoever knows it and has a login of his own gets an empty state."""
    token = str(uuid.uuid4())
    with tab(site.origin, site.cookies["sol"], token=token) as theirs:
        assert MARK in str(theirs.hydrate())
    with tab(site.origin, site.cookies["nora"], token=token) as mine:
        mine.say(f"{LIST}.search", {"words": "x"})
        mine.hydrate()
        assert MARK not in "".join(mine.frames)
    with pytest.raises(InvalidStatus), tab(site.origin, token=token):
        pass


def test_routes_in_the_payload_are_only_a_wish(site: Site) -> None:
    """The browser says which page it is on; asking for another partner's customer says "not found"."""
    with tab(site.origin, site.cookies["nora"]) as mine:
        heard: Tab = mine
        assert changed(heard.hydrate(f"/customers/{site.people.clara}")).get("missing") is True
        assert MARK not in "".join(mine.frames)
        assert "Clara" not in "".join(mine.frames)
