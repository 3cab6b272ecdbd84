"""Alembic's entry: runs the migrations on the connection that `storage.migrate` hands over."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.types import TypeDecorator

from storage.tables import metadata
from storage.types import Key


def render_item(kind: str, item: object, autogen_context: AutogenContext) -> str | Literal[False]:
    """Write our column types as SQLAlchemy's own: a migration must not change with our code."""
    if kind != "type" or not isinstance(item, TypeDecorator):
        return False
    if isinstance(item, Key):
        return 'sa.Text().with_variant(sa.Text(collation="C"), "postgresql")'
    return f"sa.{item.impl!r}"


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=render_item,
    compare_type=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
