"""Coming in: the same answers for everybody, guessed and replayed codes, forms from elsewhere, languages."""

import pytest

from arbill_app.customers.portal_auth.models import PortalSession
from arbill_app.kernel.db.transactions import across_partners
from tests.portal.conftest import ADA, newest_code
from tests.world import PASSWORD, make_contact


def test_the_code_from_the_mailbox_leads_to_what_is_owed(nobody, two):
    page = nobody.get("/portal")
    assert page.status_code == 200
    assert "Send code" in page.text
    nobody.sign_in(ADA)
    to = nobody.get("/portal").headers["location"]
    assert to == f"/portal/{two.ada}"
    assert "Ada Interiors" in nobody.get(to).text


def test_the_address_of_the_manual_opens_the_portal_too(nobody):
    assert "Send code" in nobody.get("/clients/login").text


def test_nothing_tells_whether_an_address_is_known(nobody, another):
    known = nobody.post("/portal/sign-in", {"email": ADA})
    unknown = another.post("/portal/sign-in", {"email": "nobody@nowhere.example"})

    def shape(answer):
        cookies = sorted((cookie.name, len(cookie.value)) for cookie in answer.cookies.jar)
        return answer.status_code, answer.text, answer.headers["location"], cookies

    assert shape(known) == shape(unknown)
    assert nobody.get("/portal/code").text == another.get("/portal/code").text
    wrong = {"code": "000000" if newest_code(ADA) != "000000" else "111111"}
    assert nobody.post("/portal/code", wrong).text == another.post("/portal/code", wrong).text


def test_a_guesser_gets_five_tries(nobody):
    nobody.post("/portal/sign-in", {"email": ADA})
    code = newest_code(ADA)
    for step in range(1, 6):
        answer = nobody.post("/portal/code", {"code": f"{(int(code) + step) % 10**6:06}"})
        assert answer.status_code == 422
    assert nobody.post("/portal/code", {"code": code}).status_code == 422
    assert sessions() == 0


def test_a_code_is_worth_nothing_in_another_browser_or_a_second_time(nobody, another):
    nobody.post("/portal/sign-in", {"email": ADA})
    code = newest_code(ADA)
    challenge = dict(nobody.client.cookies)
    assert another.post("/portal/code", {"code": code}).status_code == 422
    assert nobody.post("/portal/code", {"code": code}).status_code == 303
    another.client.cookies.update(challenge)
    assert another.post("/portal/code", {"code": code}).status_code == 422


def test_opening_pages_uses_no_code_up(nobody):
    """Mail scanners open whatever they find."""
    nobody.post("/portal/sign-in", {"email": ADA})
    for _ in range(10):
        nobody.get("/portal/code")
        nobody.get("/portal")
    assert nobody.post("/portal/code", {"code": newest_code(ADA)}).status_code == 303


@pytest.mark.parametrize("email", ["", "ada", "@", "x" * 400])
def test_what_is_no_address_is_said_under_its_field(nobody, email):
    answer = nobody.post("/portal/sign-in", {"email": email})
    assert answer.status_code == 422
    assert 'id="email-error"' in answer.text


@pytest.mark.parametrize("path", ["/portal/sign-in", "/portal/code", "/portal/password", "/portal/sign-out"])
@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}])
def test_forms_from_elsewhere_are_refused(nobody, path, headers):
    assert nobody.send(path, {"email": ADA}, headers).status_code == 403
    assert nobody.send(path, {"email": ADA}).status_code == 403, "nor from nowhere"


def test_what_is_far_too_long_is_said_on_a_page(nobody):
    answer = nobody.post("/portal/sign-in", {"email": "x" * 10_000})
    assert answer.status_code == 422
    assert "<html" in answer.text


def test_signing_out_ends_the_session(ada, two):
    cookies = dict(ada.client.cookies)
    ada.post("/portal/sign-out")
    ada.client.cookies.update(cookies)
    assert ada.get(f"/portal/{two.ada}").status_code == 303


def test_a_stranger_is_sent_to_sign_in_and_back(nobody, two):
    wanted = f"/portal/{two.ada}/history"
    to = nobody.get(wanted).headers["location"]
    assert to == f"/portal?next={wanted}"
    nobody.get(to)
    nobody.post("/portal/sign-in", {"email": ADA})
    answer = nobody.post("/portal/code", {"code": newest_code(ADA)})
    assert answer.headers["location"] == wanted


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(nobody, wanted):
    nobody.get("/portal", params={"next": wanted})
    nobody.post("/portal/sign-in", {"email": ADA})
    assert nobody.post("/portal/code", {"code": newest_code(ADA)}).headers["location"] == "/portal"


def test_the_cookie_is_for_the_server_alone(nobody):
    nobody.post("/portal/sign-in", {"email": ADA})
    said = nobody.post("/portal/code", {"code": newest_code(ADA)}).headers.get_list("set-cookie")
    session = next(line for line in said if line.startswith("arbill_portal="))
    assert "HttpOnly" in session
    assert "SameSite=lax" in session


def test_a_password_is_chosen_inside_and_opens_the_door(ada, another, two):
    assert ada.post(f"/portal/{two.ada}/details/password", {"password": "short"}).status_code == 422
    assert ada.post(f"/portal/{two.ada}/details/password", {"password": PASSWORD}).status_code == 303
    wrong = another.post("/portal/password", {"email": ADA, "password": "nope"})
    assert wrong.status_code == 422
    assert another.post("/portal/password", {"email": ADA, "password": PASSWORD}).status_code == 303
    assert another.get(f"/portal/{two.ada}").status_code == 200


def test_the_language_is_switched_and_kept_with_the_person(ada, another, two):
    assert '<html lang="en-US"' in ada.get(f"/portal/{two.ada}").text
    back = ada.post("/portal/language", {"language": "fr", "back": f"/portal/{two.ada}"})
    assert back.headers["location"] == f"/portal/{two.ada}"
    page = ada.get(f"/portal/{two.ada}").text
    assert '<html lang="fr-CA"' in page
    assert "Ada Interiors doit" in page
    another.sign_in(ADA)
    assert '<html lang="fr-CA"' in another.get(f"/portal/{two.ada}").text
    for wrong in ("de", "", "../../etc", "en\x00"):
        assert (
            ada.post("/portal/language", {"language": wrong, "back": "//evil.example"}).headers["location"] == "/portal"
        )


def test_a_browser_is_spoken_to_in_its_own_language_before_it_says_who_it_is(nobody):
    assert '<html lang="es-US"' in nobody.get("/portal", headers={"accept-language": "es-MX,es;q=0.9"}).text
    assert '<html lang="en-US"' in nobody.get("/portal", headers={"accept-language": "de"}).text


def test_several_customers_are_switched_by_name_and_never_mixed(nobody, two):
    make_contact(two.nora, two.bruno, "Ada Quill", email=ADA)
    make_contact(two.sol, two.clara, "Ada Quill", email=ADA)
    nobody.sign_in(ADA)
    page = nobody.get(f"/portal/{two.bruno}").text
    for name in ("Ada Interiors", "Bruno Motors", "Clara Books", "Northwind", "Southgate"):
        assert name in page
    assert nobody.get(f"/portal/{two.clara}").status_code == 200


def sessions() -> int:
    with across_partners() as session:
        return session.query(PortalSession).count()


@pytest.mark.parametrize("path", ["/portal", "/portal/code", "/clients/login"])
def test_a_slash_too_many_leads_to_the_page(nobody, path):
    assert nobody.get(f"{path}/").headers["location"] == path


@pytest.mark.parametrize("path", ["/portal/x/y/z", "/portal/cus_1/nowhere", "/pay/a/b", "/sandbox/x", "/clients/y"])
def test_an_address_that_is_none_has_a_page_of_ours(ada, path):
    answer = ada.get(path)
    assert answer.status_code == 404
    assert "<title>" in answer.text
    assert "arbill_portal" not in answer.text
