"""UTM templates."""

from sqlalchemy import Column, ForeignKey, Index, Table

from waypost.control.model.faults import UtmTemplateNotFound
from waypost.control.model.organisation import UtmTemplate
from waypost.control.store.rows import Rows
from waypost.control.store.schema import Json, Number, Plain, metadata

utm_templates = Table(
    "utm_templates",
    metadata,
    Column("id", Plain, primary_key=True),
    Column("workspace_id", Plain, ForeignKey("workspaces.id"), nullable=False),
    Column("name", Plain, nullable=False),
    Column("utm", Json, nullable=False),
    Column("created_ms", Number, nullable=False),
    Column("updated_ms", Number, nullable=False),
    Index("uq_utm_templates_name", "workspace_id", "name", unique=True),
)
rows = Rows(utm_templates, UtmTemplate, UtmTemplateNotFound)
