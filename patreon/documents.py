"""Patreon's answers as records of `core`: campaigns, posts, webhooks, identity and pages.

Reading is lenient in values and single records, and strict in what holds them. Members are read by
`patreon.members`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

import msgspec

from core.errors import TemporaryError
from core.image_rows import Seen
from core.images import ImageKind
from core.members import Campaign, Tier
from core.ports import CampaignRead, Identity, PostsPage, RemoteHook
from core.posts import Post
from patreon import shapes, values
from patreon.image_links import read_link
from patreon.mending import mend, sift

Document = TypeVar("Document")
_NO_LIMIT = 2**31


def decode(body: bytes, shape: type[Document]) -> Document:
    """Read a body. Where members and included resources are listed, None stands for a strange one.

    Raises:
        TemporaryError: it is cut short or is not what was asked for.
    """
    try:
        return msgspec.json.decode(body, type=shape)
    except (ValueError, RecursionError):
        pass
    try:
        return sift(msgspec.json.decode(mend(body)), shape)
    except (ValueError, RecursionError) as error:
        raise TemporaryError(
            f"Patreon's answer is cut short or malformed ({len(body)} bytes)."
        ) from error


def read_identity(body: bytes) -> Identity:
    """Read who a token belongs to."""
    user = decode(body, shapes.IdentityDocument).data
    attributes = user.attributes
    full_name = attributes.full_name if isinstance(attributes, shapes.UserAttributes) else None
    return Identity(patreon_id=_required(user.id, "the identity"), name=values.text(full_name))


def read_campaigns(
    body: bytes, *, asked_at: datetime
) -> tuple[tuple[CampaignRead, ...], str | None]:
    """Read campaigns with their tiers, and the next page's cursor."""
    document = decode(body, shapes.CampaignsDocument)
    found = document.data if isinstance(document.data, list) else [document.data]
    included = [resource for resource in document.included or () if resource is not None]
    everything = values.idents([resource.id for resource in included]) if len(found) == 1 else ()
    reads = tuple(_campaign_read(shape, included, everything, asked_at=asked_at) for shape in found)
    return reads, next_cursor(document)


def read_tiers(
    included: Iterable[shapes.Included], *, campaign_id: str, only: Sequence[str] | None = None
) -> tuple[Tier, ...]:
    """Read the included tiers, cheapest first; a tier that does not tell its amount is left out."""
    resources = list(included)
    titles = _benefit_titles(resources)
    tiers = []
    for resource in resources:
        attributes = resource.attributes
        if resource.type != "tier" or not isinstance(attributes, shapes.IncludedAttributes):
            continue
        tier_id, amount = values.ident(resource.id), values.whole(attributes.amount_cents)
        if tier_id is None or amount is None or (only is not None and tier_id not in only):
            continue
        tiers.append(
            Tier(
                id=tier_id,
                campaign_id=campaign_id,
                title=values.text(attributes.title) or "",
                amount_cents=amount,
                is_published=attributes.published is not False,
                patron_count=values.whole(attributes.patron_count),
                patron_limit=_limit(attributes.user_limit),
                benefits=_benefits(resource, titles),
            )
        )
    return tuple(sorted(tiers, key=lambda tier: (tier.amount_cents, tier.id)))


def read_posts(body: bytes, *, campaign_id: str, asked_at: datetime) -> PostsPage:
    """Read a page of a campaign's posts."""
    document = decode(body, shapes.PostsDocument)
    posts = tuple(_post(shape, campaign_id) for shape in document.data)
    return PostsPage(posts=posts, next_cursor=next_cursor(document), asked_at=asked_at)


def read_post(body: bytes) -> Post:
    """Read one post, which has to tell its campaign."""
    shape = decode(body, shapes.PostDocument).data
    relations = shape.relationships
    campaign = relations.campaign if isinstance(relations, shapes.PostRelations) else None
    campaign_id = campaign.id if isinstance(campaign, shapes.ToOne) else None
    return _post(shape, _required(campaign_id, "the post's campaign"))


def read_hooks(body: bytes) -> tuple[tuple[RemoteHook, ...], str | None]:
    """Read webhooks, one or several, and the next page's cursor."""
    document = decode(body, shapes.HooksDocument)
    found = document.data if isinstance(document.data, list) else [document.data]
    return tuple(_hook(shape) for shape in found), next_cursor(document)


def next_cursor(page: shapes.Page) -> str | None:
    """Find where the next page starts: Patreon tells it in one place or another, or nowhere."""
    pagination = page.meta.pagination if isinstance(page.meta, shapes.Meta) else None
    cursors = pagination.cursors if isinstance(pagination, shapes.Pagination) else None
    named = values.text(cursors.next) if isinstance(cursors, shapes.Cursors) else None
    if named:
        return named
    link = values.text(page.links.next) if isinstance(page.links, shapes.Links) else None
    return _cursor_in(link) if link else None


def total_of(page: shapes.Page) -> int | None:
    """How many there are in all pages, None when Patreon does not say."""
    pagination = page.meta.pagination if isinstance(page.meta, shapes.Meta) else None
    return values.whole(pagination.total) if isinstance(pagination, shapes.Pagination) else None


def _campaign_read(
    shape: shapes.CampaignShape,
    included: Sequence[shapes.Included],
    everything: Sequence[str],
    *,
    asked_at: datetime,
) -> CampaignRead:
    """Read a campaign; it owns `everything` when it does not tell its tiers."""
    campaign_id = _required(shape.id, "the campaign")
    attributes = shape.attributes
    if not isinstance(attributes, shapes.CampaignAttributes):
        attributes = shapes.CampaignAttributes()
    names = (attributes.name, attributes.vanity, attributes.creation_name)
    name = next((read for value in names if (read := values.text(value))), "")
    campaign = Campaign(
        id=campaign_id,
        name=name or f"Campaign {campaign_id}",
        currency=(values.text(attributes.currency) or "USD").upper(),
        url=values.address(attributes.url),
        patron_count=values.whole(attributes.patron_count),
    )
    relations = shape.relationships
    own = relations.tiers if isinstance(relations, shapes.CampaignRelations) else None
    only = values.idents(own.ids) if isinstance(own, shapes.ToMany) else everything
    tiers = read_tiers(included, campaign_id=campaign_id, only=only)
    slots = {"banner": attributes.image_url, "avatar": attributes.image_small_url}
    pictures = [_seen(ImageKind.CAMPAIGN, campaign_id, campaign_id, slots)]
    for resource in included:
        told, tier_id = resource.attributes, values.ident(resource.id)
        if (
            resource.type == "tier"
            and isinstance(told, shapes.IncludedAttributes)
            and tier_id in {tier.id for tier in tiers}
        ):
            pictures.append(_seen(ImageKind.TIER, tier_id, campaign_id, {"": told.image_url}))
    return CampaignRead(campaign=campaign, tiers=tiers, asked_at=asked_at, pictures=tuple(pictures))


def _seen(kind: ImageKind, owner_id: str, campaign_id: str, slots: Mapping[str, object]) -> Seen:
    """Read the addresses of an owner's pictures; what is none is left out."""
    links = {slot: read_link(values.text(address) or "") for slot, address in slots.items()}
    return Seen(
        kind=kind,
        owner_id=owner_id,
        campaign_id=campaign_id,
        links={slot: link for slot, link in links.items() if link is not None},
    )


def _limit(value: object) -> int | None:
    """Read how many fit into a tier; a limit that nobody can reach is none."""
    limit = values.whole(value)
    return limit if limit is not None and 0 <= limit < _NO_LIMIT else None


def _benefit_titles(included: Sequence[shapes.Included]) -> Mapping[str, str]:
    """Give the benefits that are still offered by id."""
    titles = {}
    for resource in included:
        told = resource.attributes
        if resource.type != "benefit" or not isinstance(told, shapes.IncludedAttributes):
            continue
        benefit_id, title = values.ident(resource.id), values.text(told.title)
        if benefit_id and title and told.is_deleted is not True and told.is_ended is not True:
            titles[benefit_id] = title
    return titles


def _benefits(tier: shapes.Included, titles: Mapping[str, str]) -> tuple[str, ...] | None:
    """Name a tier's benefits in Patreon's order, None when they were not asked for."""
    relations = tier.relationships
    own = relations.benefits if isinstance(relations, shapes.IncludedRelations) else None
    if not isinstance(own, shapes.ToMany):
        return None
    ids = dict.fromkeys(name for found in own.ids if (name := values.ident(found)))
    return tuple(titles[name] for name in ids if name in titles)


def _post(shape: shapes.PostShape, campaign_id: str) -> Post:
    attributes = shape.attributes
    if not isinstance(attributes, shapes.PostAttributes):
        attributes = shapes.PostAttributes()
    tiers = attributes.tiers if isinstance(attributes.tiers, list) else []
    return Post(
        id=_required(shape.id, "the post"),
        campaign_id=campaign_id,
        title=values.text(attributes.title),
        content=values.text(attributes.content),
        url=values.address(attributes.url),
        is_public=attributes.is_public is True,
        is_paid=attributes.is_paid is True,
        tier_ids=values.idents(tiers),
        published_at=values.moment(attributes.published_at),
    )


def _hook(shape: shapes.HookShape) -> RemoteHook:
    attributes = shape.attributes
    triggers = (values.text(trigger) for trigger in attributes.triggers or ())
    return RemoteHook(
        id=_required(shape.id, "the webhook"),
        uri=values.text(attributes.uri) or "",
        triggers=tuple(trigger for trigger in triggers if trigger),
        secret=values.text(attributes.secret) or "",
        is_paused=attributes.paused is True,
        failures=values.whole(attributes.num_consecutive_times_failed) or 0,
    )


def _required(value: object, name: str) -> str:
    found = values.ident(value)
    if found is None:
        raise TemporaryError(f"Patreon's answer does not tell the id of {name}.")
    return found


def _cursor_in(link: str) -> str | None:
    try:
        query = parse_qs(urlsplit(link).query)
    except ValueError:
        return None
    return query.get("page[cursor]", [None])[0]
