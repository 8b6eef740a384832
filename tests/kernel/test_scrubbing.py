"""No secret in a log, wherever in a line it stands, and nothing else taken out."""

import secrets

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbill_app.kernel.monitoring.scrubbing import GONE, scrub

TOKEN = "q8J2-vLw_Zx0mEo4sTn7RyKc1Ub5dFhGa9iPl3MtNQw"  # as secrets.token_urlsafe(32) makes them
LINK = "Z9uNRZ2myt9kFZlr3qZngWZT-cMY-qUo"


@pytest.mark.parametrize(
    "line",
    [
        "Cookie: arbill_session={}",
        "cookie: a=1; arbill_session={}; b=2",
        "{{'headers': {{'cookie': 'arbill_session={}', 'host': 'x'}}}}",
        '{{"Cookie": "__Host-arbill_session={}; theme=dark"}}',
        "(b'cookie', b'arbill_portal={}')",
        "Set-Cookie: __Host-arbill_portal={}; Path=/; HttpOnly",
        "Authorization: Bearer {}",
        "{{'authorization': 'Basic {}'}}",
        "GET /pay/{}/invoice.pdf 200",
        "GET /join?token={}&x=1 200",
        "https://billing.example.com/pay/{}",
        "Sent: [('Choose a password', 'https://x.example/join?token={}')]",
        "Entry(secret='{}', needs_code=False)",
        "ValueError: {}",
        "{}",
        "payload={{'password': '{}'}}",
        "password={}&email=a@b.example",
        "redis://:{}@10.0.0.1:6379/0",
        "postgresql+psycopg://arbill:{}@db/arbill",
        "[parameters: {{'secret_hash': '{}'}}]",
        "[SQL: INSERT …]\n[parameters: ('a', '{}', 3)]\n(Background on this error at: …)",
        "DETAIL:  Failing row contains (stf_1, {}, null).",
        "sk_live_{} was refused",
        "whsec_{}",
    ],
)
@pytest.mark.parametrize("secret", [TOKEN, LINK, "hunter2-hunter2-Hunter"])
def test_a_secret_goes(line, secret):
    if line in ("ValueError: {}", "{}") and len(secret) < 30:
        return  # a password that stands alone has no shape of its own
    said = scrub(line.format(secret))
    assert secret not in said
    assert GONE in said


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("code=482910&next=/", "482910"),
        ("{'code': '482910'}", "482910"),
        ('{"code": 482910}', "482910"),
        ("'recovery_code': 'abcde-fghjk'", "abcde-fghjk"),
        ("otpauth://totp/arbill:a@b?secret=JBSWY3DPEHPK3PXP&issuer=arbill", "JBSWY3DPEHPK3PXP"),
        ("{'token': 'b2f8c0de-1111-4222-8333-444455556666'}", "b2f8c0de-1111-4222-8333-444455556666"),
        ("/_event/?token=b2f8c0de-1111-4222-8333-444455556666&EIO=4", "b2f8c0de"),
    ],
)
def test_a_short_secret_goes_by_its_name(line, secret):
    assert secret not in scrub(line)


def test_secrets_of_a_second_factor_and_of_the_sandbox_go_by_their_shape():
    for secret in (pyotp.random_base32(), secrets.token_hex(32)):
        assert secret not in scrub(f"looked at {secret} and failed")


@pytest.mark.parametrize(
    "line",
    [
        "GET /customers/cus_01m8gm8kyg80kb2h3dh8wtabcd 200 4.1 ms",
        "refused event reflex___state____state.arbill_app___dashboard___shell___base____base.find: role member",
        "could not settle eff_01m8gm8kyg80kb2h3dh8wtabcd yet: Unavailable: The database cannot be reached.",
        '  File "/opt/arbill/arbill_app/customers/portal_sign_in.py", line 105, in send_code',
        "Invoice INV-0042 for Ada Interiors: 1,250.00 USD",
        'psycopg.errors.UndefinedTable: relation "no_such_table" does not exist',
        "sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) database is locked",
        "charge:inv_01m8gm8kyg80kb2h3dh8wtabcd:2 unknown",
    ],
)
def test_what_helps_to_find_a_fault_stays(line):
    assert scrub(line) == line


@given(st.text(max_size=300))
def test_any_text_is_scrubbed_the_same_twice(text):
    assert scrub(scrub(text)) == scrub(text)
