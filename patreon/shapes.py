"""The shapes of Patreon's JSON:API documents, private to this folder.

Only structure is typed; single values stay `object` and are read by `patreon.values`, so that a
value of an unexpected type costs that value and not the page. Members are many: theirs are in
`patreon.member_shapes`.
"""

import msgspec


class Struct(msgspec.Struct, gc=False):
    """A shape. Documents have no cycles, so the garbage collector need not look at them."""


class Ref(Struct):
    """A reference to another resource."""

    id: object = None
    type: object = None


class ToOne(Struct):
    """A relationship to one resource."""

    data: Ref | list[Ref | None] | None = None

    @property
    def id(self) -> object:
        """The id that is referred to."""
        return self.data.id if isinstance(self.data, Ref) else None


class ToMany(Struct):
    """A relationship to several resources."""

    data: list[Ref | None] | Ref | None = None

    @property
    def ids(self) -> list[object]:
        """The ids that are referred to."""
        found = self.data
        return [ref.id for ref in found if ref is not None] if isinstance(found, list) else []


class Cursors(Struct):
    """Where the next page starts."""

    next: object = None


class Pagination(Struct):
    """Where the next page starts, and how many there are in all pages."""

    cursors: Cursors | list[object] | None = None
    total: object = None


class Meta(Struct):
    """What stands beside a page."""

    pagination: Pagination | list[object] | None = None


class Links(Struct):
    """Addresses beside a page."""

    next: object = None


class Page(Struct):
    """What every list has in common."""

    meta: Meta | list[object] | None = None
    links: Links | list[object] | None = None


class Connections(Struct):
    """A user's connected accounts elsewhere."""

    discord: object = None


class IncludedAttributes(Struct):
    """The attributes that an included tier, benefit or user may have, together."""

    amount_cents: object = None
    image_url: object = None
    is_deleted: object = None
    is_ended: object = None
    patron_count: object = None
    published: object = None
    title: object = None
    user_limit: object = None
    hide_pledges: object = None
    social_connections: Connections | list[object] | None = None


class IncludedRelations(Struct):
    """What belongs to an included tier."""

    benefits: ToMany | list[object] | None = None


class Included(Struct):
    """An included resource of any type."""

    type: object = None
    id: object = None
    attributes: IncludedAttributes | list[object] | None = None
    relationships: IncludedRelations | list[object] | None = None


class CampaignAttributes(Struct):
    """What is asked for of a campaign."""

    creation_name: object = None
    currency: object = None
    image_small_url: object = None
    image_url: object = None
    name: object = None
    patron_count: object = None
    url: object = None
    vanity: object = None


class CampaignRelations(Struct):
    """What belongs to a campaign."""

    tiers: ToMany | list[object] | None = None


class CampaignShape(Struct):
    """A campaign."""

    id: object = None
    attributes: CampaignAttributes | list[object] | None = None
    relationships: CampaignRelations | list[object] | None = None


class CampaignsDocument(Page, kw_only=True):
    """One campaign or several."""

    data: list[CampaignShape] | CampaignShape
    included: list[Included | None] | None = None


class PostAttributes(Struct):
    """What is asked for of a post."""

    content: object = None
    is_paid: object = None
    is_public: object = None
    published_at: object = None
    tiers: object = None
    title: object = None
    url: object = None


class PostRelations(Struct):
    """What a post belongs to."""

    campaign: ToOne | list[object] | None = None


class PostShape(Struct):
    """A post."""

    id: object = None
    attributes: PostAttributes | list[object] | None = None
    relationships: PostRelations | list[object] | None = None


class PostsDocument(Page, kw_only=True):
    """A page of posts."""

    data: list[PostShape]


class PostDocument(Struct):
    """One post."""

    data: PostShape


class HookAttributes(Struct):
    """What is asked for of a webhook."""

    num_consecutive_times_failed: object = None
    paused: object = None
    secret: object = None
    triggers: list[object] | None = None
    uri: object = None


class HookShape(Struct):
    """A webhook."""

    id: object = None
    attributes: HookAttributes = msgspec.field(default_factory=HookAttributes)


class HooksDocument(Page, kw_only=True):
    """One webhook or several."""

    data: list[HookShape] | HookShape


class UserAttributes(Struct):
    """What is asked for of the token's owner."""

    full_name: object = None


class UserShape(Struct):
    """The token's owner."""

    id: object = None
    attributes: UserAttributes | list[object] | None = None


class IdentityDocument(Struct):
    """Who the token belongs to."""

    data: UserShape
