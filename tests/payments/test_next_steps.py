"""What happens next to a customer, and why."""

from datetime import date

from arbill_app.invoices.commands.issuing import create_invoice
from arbill_app.kernel.db.transactions import read, write
from arbill_app.kernel.text.formatting import date_text
from arbill_app.payments.charging.charge_schedule import cancel_planned
from arbill_app.payments.forms import turn_auto_pay
from arbill_app.payments.views.next_steps import customer_steps, money_steps
from arbill_app.payments.views.payments import invoice_money
from tests.world import in_days, make_draft_invoice, make_invoice, make_method, make_payment, single


def steps(two):
    return [(step.title, step.why, step.kind) for step in read(two.nora, customer_steps, two.ada)]


def test_before_any_invoice_there_is_nothing_to_say(two):
    make_draft_invoice(two.nora, two.ada)
    assert steps(two) == []


def test_what_falls_due_next_is_not_charged_by_itself_unless_somebody_wanted_it(two):
    make_invoice(two.nora, two.ada, "80.00", due_on=in_days(9))
    ((title, why, kind),) = steps(two)
    assert title.startswith("$80.00 is due ")
    assert (why, kind) == ("INV-0001. Nothing charges it by itself.", "")


def test_auto_pay_says_what_it_charges_to_what_and_when(two):
    make_method(two.nora, two.ada)
    make_invoice(two.nora, two.ada, "80.00", due_on=in_days(9))
    write(two.nora, turn_auto_pay, two.ada, True)
    ((title, why, kind),) = steps(two)
    assert title == "Charge $80.00 to Visa ending 4242"
    assert why.startswith("INV-0001, ")
    assert kind == ""


def test_what_is_overdue_comes_first_and_money_on_account_last(two):
    make_payment(two.nora, two.ada, "10.00")
    issued = date.fromisoformat(in_days(-30))
    for days, amount in ((5, "50.00"), (9, "100.00")):
        values = single(amount) | {"customer_id": two.ada, "due_on": in_days(-days)}
        write(two.nora, create_invoice, amount, values, on=issued)
    make_invoice(two.nora, two.ada, "7.00", due_on=in_days(3))
    late, due, kept = steps(two)
    assert (late[0], late[2]) == ("$150.00 is overdue", "warn")
    assert late[1] == f"2 invoices, the oldest since {date_text(date.fromisoformat(in_days(-9)))}."
    assert due[0].startswith("$7.00 is due ")
    assert kept[0] == "$10.00 is on account"


def invoice_steps(two, invoice):
    found = read(two.nora, invoice_money, invoice)
    return [(step.title, step.why) for step in read(two.nora, money_steps, invoice, found)]


def test_a_planned_charge_says_who_wanted_it(two):
    make_method(two.nora, two.ada)
    chosen = make_invoice(two.nora, two.ada, "80.00", option="on_due", due_on=in_days(9))
    write(two.nora, turn_auto_pay, two.ada, True)
    ((title, why),) = invoice_steps(two, chosen)
    assert title == "Charge $80.00 to Visa ending 4242"
    assert why.endswith(": Charge on due date was chosen.")
    later = make_invoice(two.nora, two.ada, "80.00", option="on_due", due_on=in_days(9))
    assert invoice_steps(two, later)[0][1].endswith(": Auto Pay is on.")


def test_after_a_planned_charge_is_cancelled_nothing_charges_it_by_itself(two):
    make_method(two.nora, two.ada)
    invoice = make_invoice(two.nora, two.ada, "80.00", option="on_due", due_on=in_days(9))
    write(two.nora, cancel_planned, invoice)
    assert [title for title, _ in invoice_steps(two, invoice)] == ["Nothing charges it by itself"]
    write(two.nora, turn_auto_pay, two.ada, True)
    assert [title for title, _ in invoice_steps(two, invoice)] == ["Charge $80.00 to Visa ending 4242"]


def test_where_everything_is_settled_it_is_calm(two):
    invoice = make_invoice(two.nora, two.ada, "80.00")
    make_payment(two.nora, two.ada, "80.00", parts={invoice: "80.00"})
    assert steps(two) == [("Nothing is open", "Every invoice is settled.", "done")]


def test_another_partners_invoices_are_not_told(two):
    make_invoice(two.sol, two.clara, "99.00")
    assert steps(two) == []
