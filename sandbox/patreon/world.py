"""A world of campaigns that behaves as Patreon does: the server shows it, events change it."""

from sandbox.patreon.member_events import MemberEvents
from sandbox.patreon.post_events import PostEvents


class PatreonWorld(MemberEvents, PostEvents):
    """Everything that Patreon knows, and everything that can happen to it.

    `creator_token` is the pair that the portal shows for the first campaign's creator; `client`
    is the application it belongs to. `faults` and `quirks` make the world misbehave,
    `hooks.traffic` makes its webhooks untidy.
    """
