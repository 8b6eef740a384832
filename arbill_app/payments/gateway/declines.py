"""Why a payment did not go through, in plain words: what staff see, what the customer sees, what helps.

The codes are those that card networks and banks share by way of Stripe; the sandbox uses the same. The sentences are
English message ids, for a catalogue to translate. Of lost, stolen and suspected cards the customer is told no more
than that the bank said no: whoever holds the card may not be who owns it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Decline:
    """`again`: trying the same method later may work; otherwise another one is needed."""

    code: str
    staff: str
    customer: str
    advice: str
    again: bool = False


OTHER_METHOD = "Please pay with another card or a bank account."
ASK_BANK = "Please ask your bank why, or pay with another payment method."
CHECK_CARD = "Please add the card again and check each number, or pay with another one."
CHECK_ACCOUNT = "Please add the bank account again and check its numbers, or pay by card."
OTHER_ACCOUNT = "Please pay from another bank account or by card."
LATER = "Please try again in a little while, or pay with another payment method."
BANK_SAID_NO = "Your bank did not approve this payment."

_ROWS = (
    # ------------------------------------------------------------ cards
    ("card_declined", "The bank declined the card and did not say why.", BANK_SAID_NO, ASK_BANK, True),
    (
        "insufficient_funds",
        "There was not enough money available for this payment.",
        "There was not enough money available for this payment.",
        "Please make sure that enough is available and try again, or pay with another payment method.",
        True,
    ),
    ("expired_card", "The card has expired.", "Your card has expired.", "Please add your new card.", False),
    (
        "incorrect_cvc",
        "The security code (CVC) of the card is wrong.",
        "The security code of your card is not right.",
        CHECK_CARD,
        False,
    ),
    ("incorrect_number", "The card number is wrong.", "Your card number is not right.", CHECK_CARD, False),
    (
        "invalid_expiry",
        "The expiry date of the card is wrong.",
        "The expiry date of your card is not right.",
        CHECK_CARD,
        False,
    ),
    (
        "incorrect_address",
        "The postal code or address does not match the card.",
        "The postal code or address does not match your card.",
        CHECK_CARD,
        False,
    ),
    ("do_not_honor", "The bank declined the card and gave no reason.", BANK_SAID_NO, ASK_BANK, True),
    (
        "call_issuer",
        "The bank wants to speak with the cardholder before it approves.",
        BANK_SAID_NO,
        "Please call the number on the back of your card, then try again.",
        True,
    ),
    ("lost_card", "The card was reported lost. Don’t try it again.", BANK_SAID_NO, OTHER_METHOD, False),
    ("stolen_card", "The card was reported stolen. Don’t try it again.", BANK_SAID_NO, OTHER_METHOD, False),
    (
        "pickup_card",
        "The bank blocked the card, it may be lost or stolen. Don’t try it again.",
        BANK_SAID_NO,
        OTHER_METHOD,
        False,
    ),
    ("fraudulent", "The payment was stopped because it looked like fraud.", BANK_SAID_NO, ASK_BANK, False),
    (
        "restricted_card",
        "The card can’t be used for this kind of payment.",
        "Your card can’t be used for this kind of payment.",
        OTHER_METHOD,
        False,
    ),
    (
        "card_not_supported",
        "The card does not allow this kind of purchase.",
        "Your card does not allow this kind of payment.",
        OTHER_METHOD,
        False,
    ),
    (
        "currency_not_supported",
        "The card or account can’t pay in this currency.",
        "Your card or account can’t pay in this currency.",
        OTHER_METHOD,
        False,
    ),
    (
        "limit_exceeded",
        "The payment is over a limit that the bank has set.",
        "This payment is over a limit that your bank has set.",
        "Please ask your bank to raise the limit, or pay with another payment method.",
        True,
    ),
    (
        "duplicate",
        "The bank saw the same amount a moment ago and took this for a duplicate.",
        "Your bank took this for a payment that you made a moment ago.",
        "Please look whether the first one went through before you try again.",
        True,
    ),
    (
        "try_again_later",
        "The bank could not answer just now. Nothing was taken.",
        "Your bank could not be reached. Nothing was taken.",
        LATER,
        True,
    ),
    (
        "authentication_required",
        "The bank wants the customer to approve this payment.",
        "Your bank asks you to approve this payment.",
        "Please open the payment and approve it with your bank.",
        True,
    ),
    (
        "authentication_failed",
        "The customer did not approve the payment with their bank.",
        "The payment was not approved with your bank.",
        "Please try again and approve it, or pay with another payment method.",
        True,
    ),
    (
        "revoked",
        "The customer told their bank to stop payments to you. Don’t try it again.",
        "Your bank was told to stop payments to us.",
        "Please pay with another payment method, or tell your bank to allow them again.",
        False,
    ),
    # ------------------------------------------------------------ bank accounts
    (
        "account_closed",
        "The bank account is closed.",
        "Your bank account is closed.",
        OTHER_ACCOUNT,
        False,
    ),
    (
        "account_frozen",
        "The bank account is frozen.",
        "Your bank account can’t be debited at the moment.",
        OTHER_ACCOUNT,
        False,
    ),
    (
        "no_account",
        "The bank does not know this account.",
        "Your bank does not know this account.",
        CHECK_ACCOUNT,
        False,
    ),
    (
        "incorrect_holder",
        "The name does not match the holder of the account.",
        "The name does not match the holder of the account.",
        CHECK_ACCOUNT,
        False,
    ),
    (
        "debit_not_authorized",
        "The account holder says that they did not agree to this debit. Speak with them before you try again.",
        "Your bank says that this debit was not authorized.",
        "Please authorize debits with your bank, or pay by card.",
        False,
    ),
    (
        "debits_not_allowed",
        "The account does not allow debits, as many savings accounts don’t.",
        "This account does not allow debits.",
        OTHER_ACCOUNT,
        False,
    ),
    (
        "could_not_process",
        "The bank could not carry out the debit and did not say why.",
        "Your bank could not carry out this payment.",
        ASK_BANK,
        True,
    ),
)
DECLINES = {row[0]: Decline(*row) for row in _ROWS}

# What else the same thing is called, by networks, banks and in Stripe’s several fields.
ALIASES = {
    "generic_decline": "card_declined",
    "no_action_taken": "card_declined",
    "not_permitted": "card_declined",
    "transaction_not_allowed": "card_declined",
    "security_violation": "card_declined",
    "service_not_allowed": "card_declined",
    "withdrawal_count_limit_exceeded": "limit_exceeded",
    "card_velocity_exceeded": "limit_exceeded",
    "debit_limit_exceeded": "limit_exceeded",
    "amount_too_large": "limit_exceeded",
    "invalid_cvc": "incorrect_cvc",
    "invalid_number": "incorrect_number",
    "invalid_expiry_month": "invalid_expiry",
    "invalid_expiry_year": "invalid_expiry",
    "incorrect_zip": "incorrect_address",
    "duplicate_transaction": "duplicate",
    "issuer_not_available": "try_again_later",
    "processing_error": "try_again_later",
    "reenter_transaction": "try_again_later",
    "approve_with_id": "try_again_later",
    "merchant_blacklist": "fraudulent",
    "highest_risk_level": "fraudulent",
    "authentication_not_handled": "authentication_required",
    "offline_pin_required": "authentication_required",
    "payment_intent_authentication_failure": "authentication_failed",
    "stop_payment_order": "revoked",
    "revocation_of_authorization": "revoked",
    "revocation_of_all_authorizations": "revoked",
    "testmode_decline": "card_declined",
    "invalid_account": "no_account",
    "invalid_account_number": "no_account",
    "new_account_information_available": "no_account",
    "bank_account_restricted": "debits_not_allowed",
    "recipient_deceased": "account_frozen",
    "incorrect_account_holder_name": "incorrect_holder",
    "incorrect_account_holder_address": "incorrect_holder",
    "incorrect_account_holder_tax_id": "incorrect_holder",
    "bank_ownership_changed": "incorrect_holder",
    "invalid_currency": "currency_not_supported",
    "payment_method_provider_decline": "could_not_process",
}


VAGUE = ("card_declined", "could_not_process")


def decline(*codes: str | None) -> Decline:
    """The words for what a gateway calls it, in several places maybe: the first code that tells something counts."""
    named = [ALIASES.get(code, code) for code in codes if code]
    known = [name for name in named if name in DECLINES]
    telling = [name for name in known if name not in VAGUE]
    return DECLINES[(telling or known or ["card_declined"])[0]]
