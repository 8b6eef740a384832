"""How often one may try what: the budgets of arbill, in one place.

A wrong try counts against the account from this network, against the network, and against the account from everywhere.
Who is known is judged apart: a known device by itself; a network that the person signed in from lately without the
count of the rest of the world. Even when strangers used up an account, each other network (of IPv6, each /48) gets
`FRESH` tries a day: so somebody with a dozen networks cannot keep the owner out, wherever the owner is.

Nobody is locked out by what strangers ask to be mailed, however many networks they have: whoever has the mailbox gets
in with what lies in it. Once an account's mails are used up, fewer are sent, but a reset link works for longer than the
longest wait, and the portal mails codes too long to guess, which are good for everybody who asked for the address.
What neighbours in one network use up does not stop somebody's first `FRESH` tries there, until a network has asked for
`NEWCOMERS` more.

What guessing costs, a day against one account, with any number of networks, never losing a second:

| | Tries a day | What that finds |
|---|---|---|
| a password | 124, and 298 from fresh networks | the weakest we accept (a million guesses) in six years |
| six digits of an app, the password known | 112, and 148 | three codes are right at a time: 1 in 1,280 a day |
| six digits mailed to a portal contact | 105 codes of 5 guesses | 1 in 1,900 a day |
| sixteen digits, mailed instead of more of those | any number | nothing |
| a recovery code of ten, 50 bits each | 113 from each network | nothing |

A network that the person uses too gets 108 more. After ten failures the person is told by mail.
A test works these numbers out from the budgets.
"""

from sqlalchemy.orm import Session

from ...kernel.db.transactions import across_partners
from ...kernel.text.search_keys import printable
from ..rules.throttle import DAY, Budget, network_of, site_of
from .devices import is_known, network_is_known
from .secrets import digest
from .tries import Claim, Counted, TooMany, count, tries_so_far

NETWORK = Budget(free=30, forgets=3600)  # an office behind one address: many people, few mistakes each
PAIR = Budget(free=5, first=2)  # one account from one network
DEVICE = Budget(free=10)
PASSWORD = Budget(free=20)  # one account, from everywhere that is not known
FRESH = Budget(free=2, first=DAY, longest=DAY)  # one account, from a network that is new today
PASSWORD_FRESH = Budget(free=200, first=60)  # all fresh networks together
CODE = Budget(free=8)
CODE_FRESH = Budget(free=50, first=60)
RECOVERY = Budget(free=10, first=2)
# A reset link lasts an hour and the longest wait is half of that: whoever is refused has a link that works.
RESET_PAIR = Budget(free=3, first=15)
RESET = Budget(free=5, first=30, longest=1800)
SESSION = Budget(free=8)  # the password asked again of somebody who is signed in
PORTAL_CODE_PAIR = Budget(free=5, first=15)
PORTAL_CODE = Budget(free=30, first=60, longest=1200)  # mails to one address
# Mails of long codes to one address: each lasts twice the longest wait.
PORTAL_LONG_CODE = Budget(free=2, first=60, longest=600)
NEWCOMERS = Budget(free=200, first=60, forgets=3600)  # mails that one network asks for beyond NETWORK
PORTAL_DEVICE = Budget(free=10, first=30)
QUESTIONS = Budget(free=60, forgets=3600)  # what browsers of one network are asked to sign with a passkey
INVITATIONS = Budget(free=8, first=60, longest=3600)


def staff_account(email_key: str) -> str:
    return f"staff:{email_key}"[:254]


def portal_account(email_key: str) -> str:
    return f"portal:{email_key}"[:254]


def _guarded(what: str, account: str, ip: str, device: str, whole: Budget, fresh: Budget | None) -> Claim:
    """A try against an account: by a known device, from a known network, or by anybody."""
    account, network = printable(account)[:254], network_of(ip)
    with across_partners() as session:
        known, near = is_known(session, account, device), network_is_known(session, account, ip)
    if known:
        return count(Counted(f"{what}.device", DEVICE, account, digest(device)))
    here = Counted(f"{what}.network", NETWORK, place=network, own=False)
    pair = Counted(f"{what}.pair", PAIR, account, network)
    if near:
        return count(here, pair)
    try:
        return count(here, pair, Counted(f"{what}.account", whole, account))
    except TooMany:
        first = Counted(f"{what}.fresh", FRESH, account, site_of(ip))
        if fresh is None or tries_so_far(pair) >= FRESH.free:
            raise
    return count(here, pair, first, Counted(f"{what}.fresh", fresh, account))


def for_password(email_key: str, ip: str, device: str) -> Claim:
    return _guarded("password", staff_account(email_key), ip, device, PASSWORD, PASSWORD_FRESH)


def for_code(email_key: str, ip: str, device: str) -> Claim:
    return _guarded("code", staff_account(email_key), ip, device, CODE, CODE_FRESH)


def for_recovery(email_key: str, ip: str) -> Claim:
    """Of its own: wrong codes of the app, whoever typed them, leave the recovery codes as good as they were."""
    return count(Counted("recovery", RECOVERY, staff_account(email_key), network_of(ip)))


def for_passkey(email_key: str, ip: str, device: str) -> Claim:
    """A passkey instead of password and code; `email_key` is its owner's, "" for one that nobody has."""
    if not email_key:
        return count(Counted("passkey.network", NETWORK, place=network_of(ip), own=False))
    return _guarded("passkey", staff_account(email_key), ip, device, CODE, CODE_FRESH)


def for_passkey_question(ip: str) -> None:
    """Each is a row for some minutes, and strangers may ask."""
    count(_question(ip))


def passkey_question_answered(session: Session, ip: str) -> None:
    Claim((_question(ip),), 0).forgive(session)


def _question(ip: str) -> Counted:
    return Counted("passkey.question", QUESTIONS, place=network_of(ip), own=False)


def for_session(session_id: str) -> Claim:
    """A browser left open must not become a place to guess its owner's password."""
    return count(Counted("session", SESSION, session_id))


def for_reset(email_key: str, ip: str, device: str = "") -> bool:
    """Each is a mail to the address, so each counts, whether or not there is such a person.

    False: so many were sent lately that no other is needed, a link in the mailbox still works. TooMany for somebody
    who asks too often themselves.
    """
    return _mailed("reset", staff_account(email_key), ip, device, RESET_PAIR, RESET)


def for_portal_code(email_key: str, ip: str, device: str = "") -> bool:
    """As for_reset; False: no further code of six digits, see for_long_portal_code."""
    return _mailed("portal_code", portal_account(email_key), ip, device, PORTAL_CODE_PAIR, PORTAL_CODE)


def for_long_portal_code(email_key: str) -> bool:
    """Whether a mail with a long code goes out; otherwise those that were sent are good."""
    return _is_open(Counted("portal_code.long", PORTAL_LONG_CODE, portal_account(email_key)))


def _mailed(what: str, account: str, ip: str, device: str, pair: Budget, whole: Budget) -> bool:
    account, network = printable(account)[:254], network_of(ip)
    with across_partners() as session:
        known, near = is_known(session, account, device), network_is_known(session, account, ip)
    if known:
        count(Counted(f"{what}.device", PORTAL_DEVICE, account, digest(device)))
        return True
    mine = Counted(f"{what}.pair", pair, account, network)
    if near:
        count(mine)
        return True
    try:
        count(Counted(f"{what}.network", NETWORK, place=network, own=False), mine)
    except TooMany:
        if tries_so_far(mine) >= FRESH.free:
            raise
        count(Counted(f"{what}.newcomers", NEWCOMERS, place=site_of(ip), own=False), mine)
    return _is_open(Counted(f"{what}.account", whole, account))


def _is_open(one: Counted) -> bool:
    try:
        count(one)
    except TooMany:
        return False
    return True


def for_portal_password(email_key: str, ip: str, device: str) -> Claim:
    return _guarded("portal_password", portal_account(email_key), ip, device, PASSWORD, PASSWORD_FRESH)


def for_invitation(email_key: str) -> None:
    """A portal contact inviting colleagues: each is a mail to a stranger."""
    count(Counted("invite", INVITATIONS, portal_account(email_key)))
