"""A draft as its columns, and back."""

import json
from typing import Any

from pydantic import TypeAdapter

from core.draft_rows import DraftLine
from core.drafts import Approval, Content, Draft, DraftState, HandOver, Target
from storage.connection import AnyRow
from storage.tables import drafts
from storage.text import fold

_CONTENT = TypeAdapter(Content)
_TARGETS = TypeAdapter(tuple[Target, ...])
_APPROVAL = TypeAdapter(Approval)

LINE = tuple(column for column in drafts.c if column.name not in ("content", "targets", "approval"))
"""The columns of a draft in a list."""


def values_of(draft: Draft) -> dict[str, Any]:
    """Give the columns that every change writes."""
    is_template = draft.state is DraftState.TEMPLATE and draft.name is not None
    is_scheduled = draft.state is DraftState.SCHEDULED
    return {
        "guild_id": draft.guild_id,
        "campaign_id": draft.campaign_id,
        "author_id": draft.author_id,
        "state": draft.state.value,
        "version": draft.version,
        "title": draft.content.title,
        "content": _write(_CONTENT, draft.content),
        "targets": _write(_TARGETS, draft.targets),
        "approval": None if draft.approval is None else _write(_APPROVAL, draft.approval),
        "is_approved": draft.is_approved,
        "publish_at": draft.publish_at,
        "time_zone": draft.time_zone,
        "due_at": draft.publish_at if is_scheduled else None,
        "name": draft.name,
        "name_key": fold(draft.name or "") if is_template else None,
        "note": draft.note,
        "updated_at": draft.updated_at,
        "published_at": draft.published_at,
    }


def draft_of(row: AnyRow) -> Draft:
    """Read a draft."""
    return Draft(
        id=row.id,
        guild_id=row.guild_id,
        campaign_id=row.campaign_id,
        author_id=row.author_id,
        state=DraftState(row.state),
        version=row.version,
        content=_CONTENT.validate_json(row.content),
        targets=_TARGETS.validate_json(row.targets),
        approval=None if row.approval is None else _APPROVAL.validate_json(row.approval),
        publish_at=row.publish_at,
        time_zone=row.time_zone,
        name=row.name,
        note=row.note,
        page_key=row.page_key,
        hand_over=HandOver(row.hand_over),
        handed_over_at=row.handed_over_at,
        post_id=row.post_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
        published_at=row.published_at,
    )


def line_of(row: AnyRow) -> DraftLine:
    """Read a draft in a list."""
    return DraftLine(
        id=row.id,
        campaign_id=row.campaign_id,
        author_id=row.author_id,
        state=DraftState(row.state),
        version=row.version,
        title=row.title,
        name=row.name,
        note=row.note,
        is_approved=row.is_approved,
        publish_at=row.publish_at,
        time_zone=row.time_zone,
        hand_over=HandOver(row.hand_over),
        updated_at=row.updated_at,
        published_at=row.published_at,
    )


def _write(adapter: TypeAdapter[Any], value: object) -> str:
    # As `dump_json`, which refuses what `ForeignText` cleans.
    return json.dumps(adapter.dump_python(value, mode="json"), ensure_ascii=False)
