"""A draft's messages in the outbox: asked for, worded anew, taken back."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from core.announcements import Wanted
from core.draft_rows import DraftMessage
from core.draft_sheets import Setting, sheets_for
from core.drafts import Draft, HandOver
from core.guilds import Link
from core.sheets import Sheet
from core.store import Work
from core.typesetting import Typeset


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What a draft's messages are made with."""

    typeset: Typeset
    setting: Setting
    new_marker: Callable[[], str]


async def post_messages(
    work: Work, draft: Draft, wording: Wording, link: Link, *, at: datetime
) -> None:
    """Ask for the messages of a draft in all its channels; they are its messages from now on.

    They take the place of what told there of the post that the draft became on Patreon.
    """
    if draft.hand_over is HandOver.LINKED and draft.post_id is not None:
        await replace_told(work, draft, draft.post_id, link, at=at)
    messages: list[DraftMessage] = []
    for target in draft.targets:
        sheets = sheets_for(
            draft,
            target,
            wording.typeset,
            wording.setting,
            new_marker=wording.new_marker,
            at=at,
        )
        for position, sheet in enumerate(sheets):
            key = (target.channel_id, position)
            messages.append(await _post(work, draft.id, key, sheet, link, at=at))
    await work.drafts.set_messages(draft.id, messages)


async def replace_told(work: Work, draft: Draft, post_id: str, link: Link, *, at: datetime) -> int:
    """Take back what tells a link of a post where a draft tells of it; gives how many messages go.

    The post counts as told all the same, and is not announced there again.
    """
    channels = {target.channel_id for target in draft.targets}
    count = 0
    for message in await work.post_messages.of_posts([post_id]):
        if message.link_id == link.id and message.channel_id in channels:
            await work.announcements.change(
                message.announcement_id, card=None, wanted=Wanted.GONE, at=at
            )
            count += 1
    return count


async def reword_messages(
    work: Work, draft: Draft, wording: Wording, link: Link | None, *, at: datetime
) -> None:
    """Make the messages of a published draft say what it says now.

    Nobody is pinged again. Messages that are not needed any more are removed; more are sent when
    the text has become longer, unless the campaign is followed no more.
    """
    known = {(one.channel_id, one.position): one for one in await work.drafts.messages(draft.id)}
    kept: list[DraftMessage] = []
    url = next((one.sheet.url for one in known.values() if one.sheet.url), None)
    setting = replace(wording.setting, post_url=url or wording.setting.post_url)
    for target in draft.targets:
        sheets = sheets_for(
            draft,
            target,
            wording.typeset,
            setting,
            new_marker=wording.new_marker,
            at=draft.published_at or at,
        )
        for position, sheet in enumerate(sheets):
            before = known.pop((target.channel_id, position), None)
            if before is not None:
                same = replace(
                    sheet,
                    marker=before.sheet.marker,
                    role_ids=before.sheet.role_ids,
                    at=before.sheet.at,
                )
                if same != before.sheet:
                    await work.announcements.reword(before.announcement_id, same, at=at)
                kept.append(replace(before, sheet=same))
            elif link is not None:
                quiet = replace(sheet, role_ids=())
                key = (target.channel_id, position)
                kept.append(await _post(work, draft.id, key, quiet, link, at=at))
    for one in known.values():
        await _remove(work, one, at=at)
    await work.drafts.set_messages(draft.id, kept)


async def remove_messages(work: Work, draft: Draft, *, at: datetime) -> int:
    """Take back every message of a draft; gives how many there were."""
    messages = await work.drafts.messages(draft.id)
    for one in messages:
        await _remove(work, one, at=at)
    return len(messages)


async def _post(
    work: Work, draft_id: int, key: tuple[int, int], sheet: Sheet, link: Link, *, at: datetime
) -> DraftMessage:
    channel_id, position = key
    announcement_id = await work.announcements.post(
        sheet, channel_id=channel_id, link_id=link.id, at=at
    )
    return DraftMessage(
        draft_id=draft_id,
        channel_id=channel_id,
        position=position,
        announcement_id=announcement_id,
        sheet=sheet,
    )


async def _remove(work: Work, message: DraftMessage, *, at: datetime) -> None:
    await work.announcements.change(message.announcement_id, card=None, wanted=Wanted.GONE, at=at)
