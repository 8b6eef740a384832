"""Every address of the dashboard, once."""

from urllib.parse import urlencode

LOGIN = "/login"
CODE = "/login/code"
FORGOT = "/forgot"
JOIN = "/join"
OUTBOX = "/outbox"

OVERVIEW = "/"
CUSTOMERS = "/customers"
LABELS = "/customers/labels"
PROFILE = "/customers/[customer_id]"
SETTINGS = "/settings"
ACCOUNT = "/account"
EXPORT = "/export/customers.csv"

ADD = f"{CUSTOMERS}?add=1"


def customers(**query: str) -> str:
    """The list, with what is asked of it."""
    asked = {name: value for name, value in query.items() if value}
    return f"{CUSTOMERS}?{urlencode(asked)}" if asked else CUSTOMERS


def export(**query: str) -> str:
    asked = {name: value for name, value in query.items() if value}
    return f"{EXPORT}?{urlencode(asked)}" if asked else EXPORT


def profile(customer_id: str) -> str:
    return f"{CUSTOMERS}/{customer_id}"
