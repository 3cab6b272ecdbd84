"""Changing single things of a draft: who it is for, where it goes, its parts and pictures."""

from collections.abc import Sequence
from dataclasses import replace

from core.composing_desk import link_of
from core.composing_forms import Sent
from core.composing_text import Writing, refuse_problems
from core.draft_forms import Form, filled_in, parse_minimum
from core.draft_rules import Act, check, moved, retargeted
from core.draft_sheets import Setting, audience_problems
from core.drafts import Audience, AudienceKind, Content, Draft, DraftPicture, Target
from core.errors import UserError
from core.rights import Person

MOST_TARGETS = 10
MOST_TAGS = 5
MOST_ROLES = 10


class Editing(Writing):
    """Changes what drafts say and where they go out."""

    async def set_audience(
        self, guild_id: int, by: Person, draft_id: int, version: int, audience: Audience
    ) -> Draft:
        """Say who a draft is for. Tiers or a minimum that are not chosen yet can follow.

        Raises:
            UserError: it names what the campaign does not have, or the draft cannot be changed.
        """
        is_tiers = audience.kind is AudienceKind.TIERS
        is_minimum = audience.kind is AudienceKind.MINIMUM
        wanted = Audience(
            kind=audience.kind,
            tier_ids=tuple(dict.fromkeys(audience.tier_ids)) if is_tiers else (),
            minimum_cents=audience.minimum_cents if is_minimum else None,
        )

        def change(draft: Draft, setting: Setting) -> Content:
            content = replace(draft.content, audience=wanted)
            if wanted.tier_ids or wanted.minimum_cents is not None:
                refuse_problems(audience_problems(replace(draft, content=content), setting))
            return content

        return await self._edit(guild_id, by, draft_id, version, change)

    async def set_minimum(
        self,
        guild_id: int,
        by: Person,
        draft_id: int,
        version: int,
        amount: str,
        *,
        sent: Sent | None = None,
    ) -> Draft:
        """Say that a draft is for patrons from an amount on, as somebody typed it in a form.

        Raises:
            UserError: that is no amount, or the draft cannot be changed.
        """

        def change(draft: Draft, setting: Setting) -> Content:
            cents = parse_minimum(amount, setting.campaign.currency)
            audience = Audience(kind=AudienceKind.MINIMUM, minimum_cents=cents)
            return replace(draft.content, audience=audience)

        return await self._edit(guild_id, by, draft_id, version, change, sent=sent)

    async def set_paid(
        self, guild_id: int, by: Person, draft_id: int, version: int, is_paid: bool
    ) -> Draft:
        """Say whether a draft is a paid post.

        Raises:
            UserError: the draft cannot be changed.
        """
        return await self._edit(
            guild_id,
            by,
            draft_id,
            version,
            lambda draft, _: replace(draft.content, is_paid=is_paid),
        )

    async def remove_part(
        self, guild_id: int, by: Person, draft_id: int, version: int, part: int
    ) -> Draft:
        """Take a part out of the text; the last one stays.

        Raises:
            UserError: there is no such part, it is the last, or the draft cannot be changed.
        """

        def change(draft: Draft, _: Setting) -> Content:
            parts = draft.content.parts
            if not 0 <= part < len(parts):
                raise UserError("The text has no such part (any more). Look at it again.")
            return replace(draft.content, parts=(*parts[:part], *parts[part + 1 :]))

        return await self._edit(guild_id, by, draft_id, version, change)

    async def add_pictures(
        self,
        guild_id: int,
        by: Person,
        draft_id: int,
        version: int,
        pictures: Sequence[DraftPicture],
    ) -> Draft:
        """Put pictures that are on the shelf behind those of a draft; each once.

        Raises:
            UserError: they are too many, or the draft cannot be changed.
        """

        def change(draft: Draft, _: Setting) -> Content:
            form = Form(draft_id=draft_id, pictures=tuple(pictures))
            return filled_in(draft.content, form)[0]

        return await self._edit(guild_id, by, draft_id, version, change)

    async def remove_picture(
        self, guild_id: int, by: Person, draft_id: int, version: int, digest: str
    ) -> Draft:
        """Take a picture out of a draft.

        Raises:
            UserError: the draft cannot be changed.
        """

        def change(draft: Draft, _: Setting) -> Content:
            kept = tuple(one for one in draft.content.pictures if one.digest != digest)
            return replace(draft.content, pictures=kept)

        return await self._edit(guild_id, by, draft_id, version, change)

    async def set_targets(
        self,
        guild_id: int,
        by: Person,
        draft_id: int,
        version: int,
        targets: Sequence[Target],
    ) -> Draft:
        """Choose the channels of a draft, with what is pinged there.

        The caller knows the guild's channels, roles and tags, and has checked that these are some
        of them, and that the roles may be pinged.

        Raises:
            UserError: they are too many, or the draft cannot be changed.
        """
        wanted = tuple(targets)
        _check_targets(wanted, guild_id)
        async with self._store.write() as work:
            actor = await self._actor(work, guild_id, by)
            before = await self._locked(work, guild_id, draft_id, version)
            check(before, Act.TARGETS, actor)
            after = retargeted(before, wanted, actor=actor, at=self._clock())
            detail = f"Channels: {', '.join(str(one.channel_id) for one in wanted) or 'none'}."
            after = await self._save(work, before, after, "post.changed", actor.user_id, detail)
        self._rescheduled(before, after)
        return after

    async def set_campaign(
        self, guild_id: int, by: Person, draft_id: int, version: int, campaign_id: str
    ) -> Draft:
        """Move a draft to another campaign of the guild; tiers and a minimum are chosen anew.

        Channels that were the old campaign's become the new one's.

        Raises:
            UserError: the guild does not follow it, or the draft cannot be changed.
        """
        async with self._store.write() as work:
            actor = await self._actor(work, guild_id, by)
            before = await self._locked(work, guild_id, draft_id, version)
            check(before, Act.TARGETS, actor)
            link = await link_of(work, guild_id, campaign_id)
            if link is None:
                raise UserError("This server follows no such campaign. Use `/patreon setup`.")
            after = moved(before, campaign_id, actor=actor, at=self._clock())
            if after is not before:
                former = await link_of(work, guild_id, before.campaign_id)
                audience = Audience(kind=before.content.audience.kind)
                after = replace(after, content=replace(after.content, audience=audience))
                if before.targets == self._default_targets(former):
                    after = replace(after, targets=self._default_targets(link))
            after = await self._save(work, before, after, "post.changed", actor.user_id)
        self._rescheduled(before, after)
        return after


def _check_targets(targets: Sequence[Target], guild_id: int) -> None:
    if len({target.channel_id for target in targets}) < len(targets):
        raise UserError("A channel is named twice. Choose each once.")
    if len(targets) > MOST_TARGETS:
        raise UserError(f"A post goes out in at most {MOST_TARGETS} channels. Choose fewer.")
    for target in targets:
        if guild_id in target.role_ids:
            raise UserError("A post cannot ping everyone. Choose a role.")
        if len(target.role_ids) > MOST_ROLES:
            raise UserError(f"A post pings at most {MOST_ROLES} roles. Choose fewer.")
        if len(target.tag_ids) > MOST_TAGS:
            raise UserError(f"A forum's post has at most {MOST_TAGS} tags. Choose fewer.")
