"""Everything arbill does by itself: importing this registers handlers of effects, sweeps, and what messages attach."""

from . import misdated, retention
from .kernel import effects
from .messages import jobs as messages
from .messages import papers
from .payments import jobs as payments
from .payments import webhooks

__all__ = ["effects", "messages", "misdated", "papers", "payments", "retention", "webhooks"]
