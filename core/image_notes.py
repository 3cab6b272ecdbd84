"""Noting the pictures that Patreon's answers name, in the transaction that keeps the rest."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from core.image_intake import ReadLink
from core.image_rows import Seen
from core.images import ImageKind, ImageLink
from core.ports import Clock
from core.post_pictures import pictures_in
from core.posts import Post
from core.store import Work


class ImageNotes:
    """Notes pictures; `ring` wakes who fetches them, once the transaction is committed."""

    def __init__(
        self,
        *,
        read_link: ReadLink,
        public_key: Callable[[str], str],
        clock: Clock,
        ring: Callable[[], None],
    ) -> None:
        self._read_link = read_link
        self._public_key = public_key
        self._clock = clock
        self.ring = ring

    async def see(self, work: Work, seen: Sequence[Seen]) -> None:
        """Note owners' pictures, exactly these."""
        if seen:
            await work.images.see(seen, public_key=self._public_key, at=self._clock())

    async def see_avatars(self, work: Work, campaign_id: str, avatars: Mapping[str, str]) -> bool:
        """Note members' avatars: their addresses by the members' ids; tells whether one is news."""
        if not avatars:
            return False
        whole = await work.images.whole(ImageKind.USER, list(avatars))
        seen = [self.of_avatar(campaign_id, *each) for each in avatars.items()]
        news = [each for each in seen if not _is_whole(each, whole)]
        await self.see(work, news)
        return bool(news)

    async def see_changed_avatars(
        self, work: Work, campaign_id: str, avatars: Mapping[str, str]
    ) -> None:
        """Do as `see_avatars`, for those members alone whose picture is kept already."""
        known = await work.images.whole(ImageKind.USER, list(avatars))
        kept = {member_id: avatars[member_id] for member_id in known}
        seen = [self.of_avatar(campaign_id, *each) for each in kept.items()]
        await self.see(work, [each for each in seen if not _is_whole(each, known)])

    async def forget_posts(self, work: Work, campaign_id: str, post_ids: Sequence[str]) -> None:
        """Note that posts are gone, and their pictures with them."""
        gone = [
            Seen(kind=ImageKind.POST, owner_id=post_id, campaign_id=campaign_id, links={})
            for post_id in post_ids
        ]
        await self.see(work, gone)

    async def see_posts(self, work: Work, posts: Sequence[Post]) -> None:
        """Note the pictures inside of posts."""
        await self.see(work, [self.of_post(post) for post in posts])

    def of_post(self, post: Post) -> Seen:
        """Read which pictures a post has; its slots are their places in the text."""
        found = [self._read_link(address) for address in pictures_in(post.content)]
        own = list({link.key: link for link in found if link is not None}.values())
        return Seen(
            kind=ImageKind.POST,
            owner_id=post.id,
            campaign_id=post.campaign_id,
            links={str(number): link for number, link in enumerate(own)},
        )

    def of_avatar(self, campaign_id: str, member_id: str, address: str) -> Seen:
        """Read a member's avatar; what is no address leaves the member without one."""
        link: ImageLink | None = self._read_link(address)
        return Seen(
            kind=ImageKind.USER,
            owner_id=member_id,
            campaign_id=campaign_id,
            links={} if link is None else {"": link},
        )


def _is_whole(seen: Seen, whole: Mapping[str, str]) -> bool:
    """Tell whether a picture is the one that is kept, so that there is nothing to note."""
    return [link.key for link in seen.links.values()] == [whole.get(seen.owner_id)]


class _NoNotes(ImageNotes):
    """Notes nothing."""

    def __init__(self) -> None:
        super().__init__(
            read_link=lambda address: None,
            public_key=lambda key: key,
            clock=lambda: datetime.min.replace(tzinfo=UTC),
            ring=lambda: None,
        )

    async def see(self, work: Work, seen: Sequence[Seen]) -> None:
        return

    async def see_avatars(self, work: Work, campaign_id: str, avatars: Mapping[str, str]) -> bool:
        return False


NO_NOTES = _NoNotes()
"""For who keeps no pictures."""
