"""Every table of arbill, for alembic and the tests: importing this fills SQLModel.metadata."""

from sqlmodel import SQLModel

from .customers import models as customers
from .kernel import activity, effects
from .messages import models as messages
from .partners import models as partners

metadata = SQLModel.metadata
__all__ = ["activity", "customers", "effects", "messages", "metadata", "partners"]
