"""Every table of arbill, for alembic and the tests: importing this fills SQLModel.metadata."""

from sqlmodel import SQLModel

from .customers import models as customers
from .customers.portal_auth import models as portal
from .invoices import models as invoices
from .invoices import subscribers, tax_models
from .kernel.db import activity
from .kernel.encryption import key_check
from .kernel.jobs import effects, periodic, workers
from .ledger import models as ledger
from .messages import models as messages
from .partners import models as partners
from .partners.auth import devices, email_change, tries
from .partners.passkeys import challenges, models
from .partners.security_log import log
from .payments import models as payments
from .payments import subscribers as paying
from .payments.gateway.sandbox import models as sandbox

metadata = SQLModel.metadata
__all__ = [
    "activity",
    "challenges",
    "customers",
    "devices",
    "effects",
    "email_change",
    "invoices",
    "key_check",
    "ledger",
    "log",
    "messages",
    "metadata",
    "models",
    "partners",
    "paying",
    "payments",
    "periodic",
    "portal",
    "sandbox",
    "subscribers",
    "tax_models",
    "tries",
    "workers",
]
