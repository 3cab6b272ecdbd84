"""What can happen to posts, each with the webhook that tells of it."""

import json
from dataclasses import dataclass, replace

from sandbox.patreon.data import WorldData
from sandbox.patreon.documents import post_body
from sandbox.patreon.hooks import Delivery
from sandbox.patreon.records import Post, Tier


@dataclass(frozen=True, slots=True)
class PostEvent:
    """What became of a post, and the webhooks that tell of it."""

    post: Post
    deliveries: tuple[Delivery, ...] = ()


class PostEvents(WorldData):
    """Publish, change and delete posts, as a creator does in Patreon's editor."""

    def publish_post(
        self,
        title: str,
        content: str = "<p>Hello, friends.</p>",
        *,
        tiers: tuple[Tier | str, ...] = (),
        is_public: bool | None = None,
        with_image: bool = False,
        campaign_id: str | None = None,
        webhook: bool = True,
    ) -> PostEvent:
        """Publish a post; it is public unless tiers gate it or `is_public` says otherwise."""
        campaign = self.campaign(campaign_id)
        gates = tuple(self.find_tier(tier, campaign.id).id for tier in tiers)
        shelf = self.posts(campaign.id)
        post = Post(
            id=shelf.next_id(),
            campaign_id=campaign.id,
            user_id=campaign.creator_id,
            title=title,
            content=content,
            published_at=self.now(),
            is_public=not gates if is_public is None else is_public,
            tier_ids=gates,
            image_number=1 if with_image else None,
        )
        shelf.put(post)
        return self._tell_post(post, "posts:publish", webhook=webhook)

    def update_post(
        self,
        post: Post | str,
        *,
        title: str | None = None,
        content: str | None = None,
        is_public: bool | None = None,
        tiers: tuple[Tier | str, ...] | None = None,
        webhook: bool = True,
    ) -> PostEvent:
        """Edit a published post; what is not given stays.

        Raises:
            KeyError: the post does not exist.
        """
        old = self._present_post(post)
        changed = replace(
            old,
            title=old.title if title is None else title,
            content=old.content if content is None else content,
            is_public=old.is_public if is_public is None else is_public,
            tier_ids=old.tier_ids
            if tiers is None
            else tuple(self.find_tier(tier, old.campaign_id).id for tier in tiers),
        )
        self.posts(old.campaign_id).put(changed)
        return self._tell_post(changed, "posts:update", webhook=webhook)

    def delete_post(self, post: Post | str, *, webhook: bool = True) -> PostEvent:
        """Delete a post: the webhook still describes it, the API no longer knows it.

        Raises:
            KeyError: the post does not exist.
        """
        old = self._present_post(post)
        self.posts(old.campaign_id).remove(old.id)
        return self._tell_post(old, "posts:delete", webhook=webhook)

    def _present_post(self, post: Post | str) -> Post:
        found = self.post(post if isinstance(post, str) else post.id)
        if found is None:
            raise KeyError(post)
        return found

    def _tell_post(self, post: Post, trigger: str, *, webhook: bool) -> PostEvent:
        if not webhook:
            return PostEvent(post)
        body = json.dumps(post_body(self, self.view(), post, api_url=self.api_url)).encode()
        return PostEvent(post, tuple(self.hooks.enqueue(post.campaign_id, [(trigger, body)])))
