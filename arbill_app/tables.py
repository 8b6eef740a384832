"""Every table of arbill, for alembic and the tests: importing this fills SQLModel.metadata."""

from sqlmodel import SQLModel

from .customers import models as customers
from .customers import portal_models as portal
from .invoices import models as invoices
from .invoices import standing, tax_models
from .kernel import activity, effects, key_check, sweeps, workers
from .ledger import models as ledger
from .messages import models as messages
from .partners import devices, email_change, passkey_challenges, passkey_models, security_log, tries
from .partners import models as partners
from .payments import models as payments
from .payments import standing as paying
from .payments.gateway import sandbox_models as sandbox

metadata = SQLModel.metadata
__all__ = [
    "activity",
    "customers",
    "devices",
    "effects",
    "email_change",
    "invoices",
    "key_check",
    "ledger",
    "messages",
    "metadata",
    "partners",
    "passkey_challenges",
    "passkey_models",
    "paying",
    "payments",
    "portal",
    "sandbox",
    "security_log",
    "standing",
    "sweeps",
    "tax_models",
    "tries",
    "workers",
]
