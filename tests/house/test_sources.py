"""Rules of the house read off the sources: who may open a transaction, look across partners, ask for the time."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "arbill_app"
SOURCES = {path.relative_to(APP).as_posix(): path.read_text() for path in sorted(APP.rglob("*.py"))}
NOUNS = ("partners", "customers", "ledger", "invoices", "payments", "messages", "reports", "portal")
CORE = ("kernel", *NOUNS, "jobs", "demo", "worker", "tables", "retention", "misdated")
LONGEST = 300
TOO_LONG: set[str] = set()


def where(pattern: str) -> Counter[str]:
    """How often it stands in which module, comments and docstrings included: say it there in other words."""
    found = {name: len(re.findall(pattern, text)) for name, text in SOURCES.items()}
    return Counter({name: count for name, count in found.items() if count})


def test_transactions_are_committed_in_one_place():
    assert set(where(r"\bcommit\(|\bSession\(|sessionmaker|\.rollback\(")) <= {"kernel/db/transactions.py"}


def test_engines_are_made_in_one_place():
    assert set(where(r"\bcreate_engine\(")) == {"kernel/db/connections.py"}


def test_who_looks_across_partners_is_counted():
    assert where(r"\bacross_partners\(") == {
        "kernel/db/transactions.py": 1,  # where it is defined
        "partners/auth/sign_in.py": 9,  # nobody is anybody yet
        "partners/auth/links.py": 1,  # a link does not say whose it is
        "partners/auth/email_change.py": 4,  # nor does a link that changes an email, or takes it back
        "partners/passkeys/sign_in.py": 6,  # a passkey says whose it is
        "partners/passkeys/challenges.py": 2,  # asked of browsers of nobody yet
        "partners/auth/joining.py": 3,  # and whoever uses it is nobody yet
        "partners/auth/sign_in_notices.py": 1,  # told of failures: still nobody
        "partners/auth/tries.py": 4,  # tries of people who are nobody yet
        "partners/auth/limits.py": 2,  # is this a device that the account knows?
        "messages/views.py": 1,  # the demo's outbox
        "customers/portal_auth/sign_in.py": 8,  # nobody is anybody yet in the portal either
        "invoices/payment_links.py": 1,  # who holds a payment link does not say whose it is
        "kernel/jobs/claiming.py": 2,  # claiming work, and how much waits in each lane
        "kernel/jobs/effects.py": 5,  # looking after it
        "kernel/jobs/operator.py": 1,  # what an operator lists at the command line
        "kernel/jobs/backlog.py": 2,  # is there anything to do, and how much
        "partners/operator.py": 1,  # and whom they help in
        "payments/jobs.py": 1,  # sweeps over what is under way, of all partners
        "payments/charging/webhooks.py": 1,  # a gateway does not always say whose charge it speaks of
        "payments/gateway/sandbox/bank.py": 3,  # it plays the bank: whose page, what to tell, what settles
        "kernel/encryption/key_check.py": 2,  # the secret key is the whole installation's
        "kernel/encryption/key_rotation.py": 1,
        "kernel/jobs/periodic.py": 3,  # when each last ran, for the whole installation
        "demo/company.py": 2,  # is there anything at all, is the demo there?
        "kernel/jobs/workers.py": 3,  # heartbeats of processes
        "kernel/health.py": 2,  # how much work is stuck; whether anything can be written
        "retention.py": 4,  # what is old is deleted, whoever's it is
        "misdated.py": 2,  # what was dated in the future is mended, whoever's it is
    }


def test_who_opens_a_transaction_without_asking_for_the_role_is_counted():
    """`write` refuses read-only people; `transaction` does not."""
    assert where(r"\btransaction\(") == {
        "kernel/db/transactions.py": 2,  # where it is defined, and `write`
        "partners/commands.py": 1,  # founding a partner: nobody is there yet to ask
        "kernel/jobs/handlers.py": 1,  # a job
        "demo/company.py": 4,
    }


def test_who_sees_more_than_a_customer_on_its_behalf_is_counted():
    """A portal actor and a payment link are narrowed to their customer or invoice; verbs behind a gate are not."""
    assert where(r"\.(as_partner|for_partner)\(") == {
        "kernel/db/transactions.py": 1,  # Tx.as_partner
        "portal/gate.py": 2,  # verbs about a row that the gate let through
        "portal/methods/commands.py": 2,  # the gateway's page for a payment method: transactions of their own
    }


def test_the_time_comes_from_the_clock():
    assert where(r"datetime\.now|datetime\.today|date\.today|utcnow|time\.time\(") == {
        "kernel/clock.py": 1,
        "kernel/db/ids.py": 1,  # ids sort by their time of birth
        "partners/auth/secrets.py": 1,  # RFC 6238 counts seconds since 1970
    }


def test_money_is_never_a_float():
    assert set(where(r"\bfloat\(")) <= set()


def test_files_are_fetched_without_leaving_the_page():
    """A link that the browser follows closes the tab's websocket, even when a file comes back: see Download."""
    assert where("reload_document") == {}


def test_modules_fit_on_a_few_screens():
    long = {name for name, text in SOURCES.items() if text.count("\n") > LONGEST}
    assert long == TOO_LONG


def test_the_core_starts_without_reflex():
    modules = ", ".join(f"arbill_app.{name}" for name in module_names() if name.split(".")[0] in CORE)
    script = f"import sys, {modules}\nprint([m for m in sys.modules if m.partition('.')[0].startswith('reflex')])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def module_names() -> list[str]:
    return [name.removesuffix(".py").replace("/", ".") for name in SOURCES if not name.endswith("__init__.py")]


@pytest.mark.parametrize("name", ["kernel", *NOUNS, "dashboard", "ui"])
def test_packages_begin_empty(name):
    """What starts without Reflex must not import it by accident."""
    assert SOURCES.get(f"{name}/__init__.py", "") == ""
