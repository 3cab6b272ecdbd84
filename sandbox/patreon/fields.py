"""Which attributes each kind of resource has.

A name that is not in these tables is refused, as Patreon refuses it.
Source: reference "Fields" (docs.patreon.com, "API v2 Resources").
"""

from collections.abc import Mapping

from sandbox.patreon.attributes import CAMPAIGN, MEMBER, POST, TIER, USER
from sandbox.patreon.clock import wire_time
from sandbox.patreon.images import ORIGINAL
from sandbox.patreon.records import Media
from sandbox.patreon.view import Getter, View, constant, nothing


def _media_links(media: Media, view: View) -> dict[str, object]:
    link = view.images.url("reward", media.tier_id, ORIGINAL)
    return {"default": link, "original": link, "thumbnail": link}


MEDIA: dict[str, Getter] = {
    "created_at": lambda m, _: wire_time(m.created_at),
    "download_url": lambda m, v: v.images.url("media", m.id, ORIGINAL),
    "file_name": lambda m, _: f"{m.id}.png",
    "image_urls": _media_links,
    "metadata": constant(None),
    "mimetype": constant("image/png"),
    "owner_id": lambda m, _: m.tier_id,
    "owner_relationship": constant("main"),
    "owner_type": constant("reward"),
    "size_bytes": constant(1000),
    "state": constant("ready"),
    **nothing("upload_expires_at", "upload_parameters", "upload_url"),
}

WEBHOOK: dict[str, Getter] = {
    "last_attempted_at": lambda h, _: wire_time(h.last_attempted_at),
    "num_consecutive_times_failed": lambda h, _: h.failures,
    "paused": lambda h, _: h.paused,
    "secret": lambda h, _: h.secret,
    "triggers": lambda h, _: list(h.triggers),
    "uri": lambda h, _: h.uri,
}

CLIENT: dict[str, Getter] = {
    "category": constant(None),
    "client_secret": lambda c, _: c.secret,
    "default_scopes": constant("identity"),
    "description": constant(""),
    "name": lambda c, _: c.name,
    "redirect_uris": lambda c, _: list(c.redirect_uris),
    "version": constant(2),
    **nothing("author_name", "domain", "icon_url", "privacy_policy_url", "tos_url"),
}

PLEDGE_EVENT: dict[str, Getter] = {
    "amount_cents": lambda e, _: e.amount_cents,
    "currency_code": lambda e, _: e.currency,
    "date": lambda e, _: wire_time(e.date),
    "payment_status": lambda e, _: e.payment_status,
    "pledge_payment_status": constant("valid"),
    "tier_id": lambda e, _: e.tier.id,
    "tier_title": lambda e, _: e.tier.title,
    "type": lambda e, _: e.type,
}

BENEFIT: dict[str, Getter] = {
    "created_at": lambda b, _: wire_time(b.created_at),
    "deliverables_due_today_count": constant(0),
    "delivered_deliverables_count": constant(0),
    "description": lambda b, _: b.description,
    "is_deleted": lambda b, _: b.is_deleted,
    "is_ended": lambda b, _: b.is_ended,
    "is_published": constant(True),
    "not_delivered_deliverables_count": constant(0),
    "tiers_count": constant(1),
    "title": lambda b, _: b.title,
    **nothing("app_external_id", "app_meta", "benefit_type", "next_deliverable_due_date"),
    **nothing("rule_type"),
}

FIELDS: Mapping[str, Mapping[str, Getter]] = {
    "user": USER,
    "campaign": CAMPAIGN,
    "tier": TIER,
    "member": MEMBER,
    "post": POST,
    "media": MEDIA,
    "webhook": WEBHOOK,
    "client": CLIENT,
    "pledge-event": PLEDGE_EVENT,
    "benefit": BENEFIT,
    "address": nothing(
        *[
            "addressee",
            "city",
            "country",
            "created_at",
            "line_1",
            "line_2",
            "phone_number",
            "postal_code",
            "state",
        ]
    ),
    "deliverable": nothing("completed_at", "delivery_status", "due_at"),
    "goal": nothing(
        *[
            "amount_cents",
            "completed_percentage",
            "created_at",
            "description",
            "reached_at",
            "title",
        ]
    ),
    "live": nothing(*["description", "rtmp_url", "scheduled_for", "state", "stream_key", "title"]),
    "live-access-rule": nothing("access_rule_type"),
}

HOOK_USER_FIELDS = tuple(
    name for name in USER if name not in {"email", "can_see_nsfw", "is_email_verified"}
)
