"""What a draft says in a channel: its messages, and what still keeps it from going out; no I/O."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.draft_forms import Field, Problem, problems_of, units
from core.draft_words import audience_words
from core.drafts import AudienceKind, Draft, Target
from core.guilds import Link
from core.members import Campaign, Tier
from core.names import display_name
from core.sheets import LONGEST_SHEET, ForumEntry, Sheet, SheetPicture
from core.typesetting import Typeset

MOST_SHEETS = 3
"""Messages of a post in a channel; what is longer leads to the whole."""

_FORUM_TITLE = 100
"""Source: docs.discord.com, "Channel", "name" (1-100 characters)."""

_GOES_ON = "*The post goes on: read the whole of it.*"
_CUT = "*The post goes on; the rest did not fit here.*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a draft is worded with: the campaign, its tiers as the guild calls them.

    `page_url` leads to the whole text, `post_url` to the post at Patreon once it is known.
    """

    campaign: Campaign
    tiers: Mapping[str, Tier] = field(default_factory=dict)
    page_url: str | None = None
    post_url: str | None = None


def sheets_for(
    draft: Draft,
    target: Target,
    typeset: Typeset,
    setting: Setting,
    *,
    new_marker: Callable[[], str],
    at: datetime,
) -> tuple[Sheet, ...]:
    """Make the messages of a draft for one channel, in their order; never none.

    The first has the pictures and pings the roles. A forum gets one, other channels up to three;
    when the text is longer, the last says so and leads to the whole.
    """
    content = draft.content
    most = 1 if target.is_forum else MOST_SHEETS
    whole = setting.page_url or setting.post_url
    texts, is_cut = _texts(typeset.blocks, most, _GOES_ON if whole else _CUT)
    sheets = []
    for position, text in enumerate(texts):
        is_first, is_last = position == 0, position == len(texts) - 1
        sheets.append(
            Sheet(
                marker=new_marker(),
                title=content.title if is_first else f"{content.title} ({position + 1})",
                text=text,
                at=at,
                url=setting.post_url,
                link=whole if is_last and is_cut else None,
                footer=_footer(draft, setting) if is_last else None,
                pictures=_pictures(draft) if is_first else (),
                role_ids=target.role_ids if is_first else (),
                crosspost=target.crosspost and not target.is_forum,
                forum=(
                    ForumEntry(title=_forum_title(content.title), tag_ids=target.tag_ids[:5])
                    if target.is_forum
                    else None
                ),
            )
        )
    return tuple(sheets)


def _texts(blocks: tuple[str, ...], most: int, goes_on: str) -> tuple[list[str], bool]:
    """Pack blocks into at most so many texts; tells whether some did not fit."""
    packed = pack(blocks, longest=LONGEST_SHEET)
    if len(packed) <= most:
        return packed or [""], False
    room = LONGEST_SHEET - len(goes_on) - 2
    *before, _ = packed[:most]
    shown = sum(len(part) for part in _grouped(blocks, LONGEST_SHEET)[: most - 1])
    last = pack(blocks[shown:], longest=room)[0]
    return [*before, f"{last}\n\n{goes_on}"], True


def pack(blocks: tuple[str, ...], *, longest: int) -> list[str]:
    """Pack blocks into texts of at most `longest` UTF-16 units, apart only between blocks.

    `longest` is at least the length of the longest block.
    """
    return ["\n\n".join(group) for group in _grouped(blocks, longest)]


def _grouped(blocks: tuple[str, ...], longest: int) -> list[list[str]]:
    groups: list[list[str]] = []
    room = 0
    for block in blocks:
        length = units(block)
        if groups and length + 2 <= room:
            groups[-1].append(block)
            room -= length + 2
        else:
            groups.append([block])
            room = longest - length
    return groups


def _footer(draft: Draft, setting: Setting) -> str:
    audience = audience_words(draft.content.audience, setting.tiers, setting.campaign.currency)
    paid = " · paid post" if draft.content.is_paid else ""
    return f"{display_name(setting.campaign.name)} · {audience}{paid}"


def _pictures(draft: Draft) -> tuple[SheetPicture, ...]:
    return tuple(
        SheetPicture(
            digest=one.digest,
            name=one.name,
            description=one.description,
            size_bytes=one.size_bytes,
        )
        for one in draft.content.pictures
    )


def _forum_title(title: str) -> str:
    if units(title) <= _FORUM_TITLE:
        return title
    kept: list[str] = []
    room = _FORUM_TITLE - 1
    for character in title:
        room -= units(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…"


def missing(
    draft: Draft, setting: Setting, typeset: Typeset, *, link: Link | None
) -> tuple[Problem, ...]:
    """Say what keeps a draft from going out in Discord."""
    found = problems_of(draft.content)
    if not found and not typeset.blocks:
        text = "The text shows nothing. Write something that can be seen."
        found.append(Problem(field=Field.BODY, text=text))
    found += audience_problems(draft, setting)
    if link is None:
        text = "This server does not follow the campaign (any more). Use `/patreon setup`."
        found.append(Problem(field=Field.CAMPAIGN, text=text))
    if not draft.targets:
        text = "It has no channel to go out in. Choose one with “Channels”."
        found.append(Problem(field=Field.TARGETS, text=text))
    return tuple(found)


def audience_problems(draft: Draft, setting: Setting) -> list[Problem]:
    """Say what is wrong with who a draft is for."""
    audience = draft.content.audience
    text = ""
    if audience.kind is AudienceKind.TIERS:
        if not audience.tier_ids:
            text = "It is for chosen tiers, but none is chosen. Choose them with “Audience”."
        elif any(one not in setting.tiers for one in audience.tier_ids):
            text = "It is for a tier that the campaign does not have. Choose again."
    elif audience.kind is AudienceKind.MINIMUM and not (audience.minimum_cents or 0) > 0:
        text = "It is for patrons from an amount on, but none is set. Set it with “Audience”."
    return [Problem(field=Field.AUDIENCE, text=text)] if text else []
