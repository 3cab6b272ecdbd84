"""Every documented attribute of users, campaigns, tiers, members and posts.

Source: reference "Fields" (docs.patreon.com, "API v2 Resources").
"""

from functools import partial

from sandbox.patreon.clock import wire_time
from sandbox.patreon.images import AVATAR, BANNER, INLINE, SMALL
from sandbox.patreon.records import Member, Person, Post, Tier
from sandbox.patreon.view import Getter, View, constant, nothing

SOCIAL = [
    "discord",
    "facebook",
    "google",
    "instagram",
    "reddit",
    "spotify",
    "spotify_open_access",
    "tiktok",
    "twitch",
    "twitter",
    "twitter2",
    "vimeo",
    "youtube",
]


def _name(person: Person | Member, view: View) -> str | None:
    return None if view.quirks.null_names else person.full_name


def _name_part(person: Person, view: View, *, last: bool) -> str | None:
    name = _name(person, view)
    if name is None:
        return None
    first, _, rest = name.partition(" ")
    return rest if last else first


def _social(person: Person, view: View) -> dict[str, object]:
    connections: dict[str, object] = dict.fromkeys(SOCIAL)
    if person.discord_id is not None and not view.quirks.discord_hidden:
        connections["discord"] = {"url": None, "user_id": person.discord_id}
    return connections


def _avatar(person: Person, view: View) -> str:
    return view.images.url("user", person.id, AVATAR)


def _page_url(person: Person, _view: View) -> str:
    if person.vanity is not None:
        return f"https://www.patreon.com/{person.vanity}"
    return f"https://www.patreon.com/user?u={person.id}"


USER: dict[str, Getter] = {
    "about": constant(None),
    "can_see_nsfw": constant(None),
    "created": lambda p, _: wire_time(p.created_at),
    "email": lambda p, v: p.email if v.email_of_user == p.id else None,
    "first_name": partial(_name_part, last=False),
    "full_name": _name,
    "hide_pledges": constant(True),
    "image_url": _avatar,
    "is_creator": lambda p, _: p.is_creator,
    "is_email_verified": constant(True),
    "last_name": partial(_name_part, last=True),
    "like_count": constant(0),
    "social_connections": _social,
    "thumb_url": _avatar,
    "url": _page_url,
    "vanity": lambda p, _: p.vanity,
}

CAMPAIGN: dict[str, Getter] = {
    "created_at": lambda c, _: wire_time(c.created_at),
    "creation_name": constant(""),
    "currency": lambda c, _: c.currency,
    "discord_server_id": lambda c, _: c.discord_server_id,
    "has_rss": constant(False),
    "has_sent_rss_notify": constant(False),
    "image_small_url": lambda c, v: v.images.url("campaign", c.id, SMALL),
    "image_url": lambda c, v: v.images.url("campaign", c.id, BANNER),
    "is_charged_immediately": constant(True),
    "is_eligible_for_live": constant(False),
    "is_monthly": lambda c, _: c.is_monthly,
    "is_nsfw": constant(False),
    "name": lambda c, _: c.name,
    "patron_count": lambda c, v: v.patron_count(c.id),
    "pay_per_name": lambda c, _: "month" if c.is_monthly else "post",
    "pledge_url": lambda c, _: f"/checkout/{c.id}",
    "published_at": lambda c, _: wire_time(c.created_at),
    "show_earnings": constant(False),
    "summary": lambda c, _: c.summary,
    "url": lambda c, _: f"https://www.patreon.com/{c.vanity}",
    "vanity": lambda c, _: c.vanity,
    **nothing("google_analytics_id", "main_video_embed", "main_video_url", "one_liner"),
    **nothing("rss_artwork_url", "rss_feed_title"),
    **nothing("thanks_embed", "thanks_msg", "thanks_video_url"),
}


def _remaining(tier: Tier, view: View) -> int | None:
    if tier.user_limit is None:
        return None
    return max(0, tier.user_limit - view.tier_count(tier.campaign_id, tier.id))


def _tier_image(tier: Tier, view: View) -> str | None:
    return view.images.url("reward", tier.id, SMALL) if tier.has_image else None


TIER: dict[str, Getter] = {
    "amount_cents": lambda t, _: t.amount_cents,
    "created_at": lambda t, _: wire_time(t.created_at),
    "description": lambda t, _: t.description,
    "discord_role_ids": lambda t, _: t.discord_role_ids,
    "edited_at": lambda t, _: wire_time(t.created_at),
    "image_url": _tier_image,
    "patron_count": lambda t, v: v.tier_count(t.campaign_id, t.id),
    "post_count": lambda t, v: v.post_count(t.campaign_id, t.id),
    "published": lambda t, _: t.published,
    "published_at": lambda t, _: wire_time(t.created_at) if t.published else None,
    "remaining": _remaining,
    "requires_shipping": constant(False),
    "title": lambda t, _: t.title,
    "unpublished_at": constant(None),
    "url": lambda t, _: f"/checkout/{t.campaign_id}?rid={t.id}",
    "user_limit": lambda t, _: t.user_limit,
}


def _cadence(member: Member, view: View) -> int | str | None:
    cadence = member.pledge_cadence
    return str(cadence) if view.quirks.cadence_as_text and cadence is not None else cadence


def _status(member: Member, view: View) -> str | None:
    if view.quirks.unknown_values and member.patron_status is not None:
        return "dormant_patron"
    return member.patron_status


def _charge(member: Member, view: View) -> str | None:
    if view.quirks.unknown_values and member.last_charge_status is not None:
        return "Settled Elsewhere"
    return member.last_charge_status


MEMBER: dict[str, Getter] = {
    "campaign_lifetime_support_cents": lambda m, _: m.lifetime_cents,
    "currently_entitled_amount_cents": lambda m, _: m.entitled_cents,
    "email": lambda m, v: m.email if v.member_emails else None,
    "full_name": _name,
    "is_follower": constant(False),
    "is_free_trial": lambda m, _: m.is_free_trial,
    "is_gifted": lambda m, _: m.is_gifted,
    "last_charge_date": lambda m, _: wire_time(m.last_charge_date),
    "last_charge_status": _charge,
    "lifetime_support_cents": lambda m, _: m.lifetime_cents,
    "next_charge_date": lambda m, _: wire_time(m.next_charge_date),
    "note": lambda m, _: m.note,
    "patron_status": _status,
    "pledge_cadence": _cadence,
    "pledge_relationship_start": lambda m, _: wire_time(m.pledge_relationship_start),
    "will_pay_amount_cents": lambda m, _: m.will_pay_cents,
}


def _content(post: Post, view: View) -> str | None:
    if view.quirks.null_post_content:
        return None
    if post.image_number is None:
        return post.content
    link = view.images.url("post", post.id, INLINE, number=post.image_number)
    return f'{post.content}<p><img src="{link.replace("&", "&amp;")}"></p>'


def _post_tiers(post: Post, view: View) -> list[object]:
    return [tier if view.quirks.post_tiers_as_text else int(tier) for tier in post.tier_ids]


POST: dict[str, Getter] = {
    "app_id": constant(None),
    "app_status": constant(None),
    "content": _content,
    "embed_data": constant(None),
    "embed_url": lambda p, _: p.embed_url,
    "is_paid": lambda p, _: p.is_paid,
    "is_public": lambda p, _: p.is_public,
    "published_at": lambda p, _: wire_time(p.published_at),
    "tiers": _post_tiers,
    "title": lambda p, _: p.title,
    "url": lambda p, _: f"/posts/{p.id}",
}
