"""Payments: methods, charges, allocations, refunds, gateways."""

from .marks import N_, Plural, Sentence

SENTENCES: dict[str, Sentence] = {
    "payment.nothing_chosen": N_("Choose what to pay."),
    "payment.nothing": N_("Enter more than nothing."),
    "payment.more_than_open": N_("At most %(most)s can be paid on %(number)s."),
    "payment.different_currencies": N_("Invoices of different currencies are paid apart."),
    "payment.under_way": N_("A payment for %(number)s is under way already."),
    "payment.paid_already": N_("%(number)s is paid already."),
    "payment.begun_for_something_else": N_("This payment was begun already, for something else. Open the page again."),
    "method.none_to_charge": N_("Add a payment method that can be charged first."),
    "method.none_added": N_("No payment method was added."),
    "method.not_agreed": N_("Tick that you agree first."),
    "method.expired": N_("This card has expired."),
    "method.being_charged": N_("A payment with it is under way. Wait for its end, or cancel it."),
    "method.removed": N_("This payment method was removed."),
    "method.somebody_elses": N_("This payment method belongs to somebody else."),
    "sandbox.number_missing": N_("Enter a test number."),
    "sandbox.only_test_numbers": N_(
        "This is a sandbox: only the test numbers listed here work. Never enter a real one."
    ),
    "sandbox.number_is": N_("In the sandbox this is %(number)s."),
    "sandbox.month": N_("Enter a month from 01 to 12."),
    "sandbox.year": N_("Enter a year such as 2030."),
    "sandbox.security_code": Plural("Enter any digit.", "Enter any %(count)s digits."),
    "sandbox.not_agreed": N_("Debits need the account holder’s agreement."),
    "method.customer_approves": N_("Only the customer can approve this."),
}
