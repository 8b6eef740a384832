"""What a partner changed about its messages."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from ..kernel.columns import moment
from ..kernel.db import Owned


class MessageTemplate(Owned, table=True):
    """A partner's own words for one message in one language; without a row, ours are used."""

    __tablename__ = "message_template"
    __table_args__ = (UniqueConstraint("partner_id", "kind", "language"),)
    prefix: ClassVar[str] = "tpl"

    kind: str = Field(max_length=40)
    language: str = Field(max_length=10)
    subject: str = Field(max_length=200)
    body: str = Field(max_length=8000)
    changed_at: datetime = moment()
