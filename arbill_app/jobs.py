"""Everything arbill does by itself: importing this registers handlers of effects, sweeps, and what messages attach."""

from . import misdated, retention
from .kernel.jobs import effects
from .messages import document_attachments
from .messages import jobs as messages
from .payments import jobs as payments
from .payments.charging import webhooks

__all__ = ["document_attachments", "effects", "messages", "misdated", "payments", "retention", "webhooks"]
