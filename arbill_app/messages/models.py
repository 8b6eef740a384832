"""What a partner changed about its messages."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from ..kernel.db.columns import moment
from ..kernel.db.transactions import Owned
from ..kernel.fields import Fields, line, lines


class TemplateFields(Fields):
    """`{variables}` stand in both; the body is plain text with blank lines between paragraphs and **bold**."""

    subject: str = line("Subject", 200, missing="template.subject_missing")
    body: str = lines("Message", 8000, missing="template.body_missing")


class MessageTemplate(TemplateFields, Owned, table=True):
    """A partner's own words for one message in one language; without a row, ours are used."""

    __tablename__ = "message_template"
    __table_args__ = (UniqueConstraint("partner_id", "kind", "language"),)
    prefix: ClassVar[str] = "tpl"

    kind: str = Field(max_length=40)
    language: str = Field(max_length=10)
    changed_at: datetime = moment()
