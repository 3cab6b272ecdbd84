"""A stand-in for Patreon's API v2 on a real socket, for tests, benchmarks and the demo.

`PatreonWorld` holds the data and lets things happen; `PatreonServer` shows it over HTTP and sends
its webhooks. It agrees with the project's fact sheet about Patreon, not with Patreon itself.
"""

from sandbox.patreon.app import RequestRecord
from sandbox.patreon.clock import Clock, VirtualClock, real_clock
from sandbox.patreon.faults import FaultKind, Faults, Quirks
from sandbox.patreon.hooks import TRIGGERS, Attempt, Delivery, Hook
from sandbox.patreon.life import LifeGenerator
from sandbox.patreon.limits import Limits
from sandbox.patreon.member_events import MemberEvent
from sandbox.patreon.post_events import PostEvent
from sandbox.patreon.records import Campaign, Kind, Member, Person, Post, Tier
from sandbox.patreon.server import PatreonServer
from sandbox.patreon.tokens import Client, TokenPair
from sandbox.patreon.world import PatreonWorld

__all__ = [
    "TRIGGERS",
    "Attempt",
    "Campaign",
    "Client",
    "Clock",
    "Delivery",
    "FaultKind",
    "Faults",
    "Hook",
    "Kind",
    "LifeGenerator",
    "Limits",
    "Member",
    "MemberEvent",
    "PatreonServer",
    "PatreonWorld",
    "Person",
    "Post",
    "PostEvent",
    "Quirks",
    "RequestRecord",
    "Tier",
    "TokenPair",
    "VirtualClock",
    "real_clock",
]
