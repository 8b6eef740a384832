"""Every address of the dashboard, once."""

from collections.abc import Mapping
from urllib.parse import urlencode

LOGIN = "/login"
CODE = "/login/code"
SET_UP = "/login/set-up"
FORGOT = "/forgot"
JOIN = "/join"
EMAIL = "/email"
OUTBOX = "/outbox"

OVERVIEW = "/"
CUSTOMERS = "/customers"
LABELS = "/customers/labels"
PROFILE = "/customers/[customer_id]"
SETTINGS = "/settings"
MESSAGES = "/settings/messages"
SECURITY = "/settings/security"
ACCOUNT = "/account"
AUTOMATIONS = "/automations"
INVOICES = "/invoices"
CREATE_INVOICE = "/invoices/new"
INVOICE = "/invoices/[invoice_id]"
PAYMENTS = "/payments"
PAYMENT = "/payments/[payment_id]"
EXPORT = "/export/customers.csv"
EXPORT_INVOICES = "/export/invoices.csv"
EXPORT_PAYMENTS = "/export/payments.csv"
EXPORT_SECURITY = "/export/security.csv"
ZIP = "/export/invoices.zip"
INVOICE_PDF = "/export/invoice"
CREDIT_PDF = "/export/credit-note"
RECEIPT_PDF = "/export/receipt"
LOGO = "/files/logo"
ATTACHMENT = "/files/attachment"
PAY = "/pay"
SANDBOX = "/sandbox/"

ADD = f"{CUSTOMERS}?add=1"
RECORD = f"{PAYMENTS}?record=1"


def asking(path: str, query: Mapping[str, str]) -> str:
    """With what is asked of it; empty answers are left out."""
    asked = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(asked)}" if asked else path


def customers(**query: str) -> str:
    """The list, with what is asked of it."""
    return asking(CUSTOMERS, query)


def invoices(**query: str) -> str:
    return asking(INVOICES, query)


def invoice(invoice_id: str) -> str:
    return f"{INVOICES}/{invoice_id}"


def create_invoice(**query: str) -> str:
    """`customer` is whom it is for, `draft` the id of one to go on with."""
    return asking(CREATE_INVOICE, query)


def payments(**query: str) -> str:
    return asking(PAYMENTS, query)


def payment(payment_id: str) -> str:
    return f"{PAYMENTS}/{payment_id}"


def messages(kind: str) -> str:
    return f"{MESSAGES}?{urlencode({'kind': kind})}"


def automations(**query: str) -> str:
    return asking(AUTOMATIONS, query)


def export(**query: str) -> str:
    return asking(EXPORT, query)


def export_invoices(**query: str) -> str:
    return asking(EXPORT_INVOICES, query)


def export_payments(**query: str) -> str:
    return asking(EXPORT_PAYMENTS, query)


def security(**query: str) -> str:
    return asking(SECURITY, query)


def export_security(**query: str) -> str:
    return asking(EXPORT_SECURITY, query)


def methods(customer_id: str, **query: str) -> str:
    """A customer's payment methods; `method` is the key of one that was being added."""
    return asking(f"{CUSTOMERS}/{customer_id}", {"tab": "methods"} | query)


def profile(customer_id: str) -> str:
    return f"{CUSTOMERS}/{customer_id}"
