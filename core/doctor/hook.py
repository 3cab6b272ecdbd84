"""The webhook's way: from Patreon to this server's port."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from urllib.parse import urlsplit

from core.doctor.checks import Check
from core.doctor.patreon import Found
from core.doctor.rules import (
    ADDRESS,
    DELIVERIES,
    FAILURES,
    HOOK_SECRET,
    HOOK_URL,
    MISSED,
    PAUSED,
    PORT,
    PROXIES,
    PUBLIC_URL,
    REGISTERED,
    TRIGGERS,
)
from core.inbox import Hook
from core.ports import RemoteHook
from core.remote_hooks import address, correction, pick
from core.status import CampaignStatus, StatusReport

LONG_SILENCE = timedelta(days=14)
RECENT = timedelta(days=7)
_WIDEST = {4: 8, 6: 16}
_REACH_CURE = "Check that the public address reaches this bot from outside; it then goes on alone."


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """How this server's door stands.

    `status` is the answer at the public address to a request that only this bot answers with
    405; 0: none came, and `why` says what happened instead. `is_running`: a bot answers at
    `port` on this machine. `is_free`: nobody holds the port.
    """

    public_url: str | None = None
    proxies: Sequence[str] = ()
    port: int = 0
    is_running: bool = False
    is_free: bool = False
    status: int | None = None
    why: str = ""


def judge_door(door: Door) -> Iterator[Check]:
    """Judge address, port and proxies."""
    yield _public_url(door)
    yield _proxies(door)
    yield _port(door)
    if door.status is not None:
        yield _reachable(door)


def judge_hooks(
    report: StatusReport, founds: Mapping[int, Found], door: Door, *, now: datetime
) -> Iterator[Check]:
    """Judge each campaign's webhook; `founds` holds what Patreon said, by the creator's id."""
    for campaign in report.campaigns:
        yield from _of_campaign(campaign, report, founds, door, now)
    yield _deliveries(report, now)


def _of_campaign(
    campaign: CampaignStatus,
    report: StatusReport,
    founds: Mapping[int, Found],
    door: Door,
    now: datetime,
) -> Iterator[Check]:
    about, hook = f"campaign {campaign.link.campaign_id}", campaign.hook
    if hook is None and not report.has_configured_secret:
        yield HOOK_SECRET.warn(
            "No webhook is believed; news arrive with the periodic sync only.",
            "Set `server.public_url` (SERVER_PUBLIC_URL) so that the bot registers a webhook, or "
            "set `patreon.webhook_secret` (PATREON_WEBHOOK_SECRET).",
            about=about,
        )
    else:
        yield HOOK_SECRET.ok("A secret is known.", about=about)
    found = founds.get(campaign.creator.id) if campaign.creator else None
    if hook is not None and door.public_url is not None and found is not None:
        yield from _live(hook, found, door.public_url, about)
    elif hook is not None:
        yield from _asleep(hook.is_paused, hook.failures, about)
    elif report.has_configured_secret:
        yield REGISTERED.skip("It was made by hand, so Patreon does not show it.", about=about)
    missed = campaign.missed
    if missed.count and missed.last_at is not None and now - missed.last_at < RECENT:
        yield MISSED.warn(
            f"{missed.count:,} changes were found by a sync and told by no webhook, the latest "
            "within a week.",
            _REACH_CURE,
            about=about,
        )
    else:
        yield MISSED.ok("None within a week.", about=about)


def _live(hook: Hook, found: Found, public_url: str, about: str) -> Iterator[Check]:
    if found.hooks is None:
        why = found.no_hooks or "Patreon could not be asked."
        yield REGISTERED.skip(why, about=about)
        yield from _asleep(hook.is_paused, hook.failures, about)
        return
    uri = address(public_url, hook.key)
    remote = pick(hook, found.hooks, uri).found
    if remote is None:
        yield REGISTERED.fail(
            "Patreon has no webhook of this bot for it.",
            "Start the bot: it registers one within the hour. Its log says why when it cannot.",
            about=about,
        )
        return
    yield REGISTERED.ok("Patreon has it.", about=about)
    yield from _as_wanted(remote, uri, public_url, about)
    yield from _asleep(remote.is_paused, remote.failures, about)


def _as_wanted(remote: RemoteHook, uri: str, public_url: str, about: str) -> Iterator[Check]:
    change = correction(remote, uri)
    cure = "Start the bot: it corrects the webhook within the hour."
    if change is not None and change.uri is not None:
        # The addresses themselves end in a key that nobody may know.
        yield HOOK_URL.fail(f"Patreon calls another address than {public_url}.", cure, about=about)
    else:
        yield HOOK_URL.ok(f"Patreon calls {public_url}.", about=about)
    if change is not None and change.triggers is not None:
        found = "Patreon does not tell everything that the bot wants to know."
        yield TRIGGERS.warn(found, cure, about=about)
    else:
        yield TRIGGERS.ok("Patreon tells everything that the bot wants to know.", about=about)


def _asleep(is_paused: bool, failures: int, about: str) -> Iterator[Check]:
    if is_paused:
        yield PAUSED.fail("Patreon paused it after failed deliveries.", _REACH_CURE, about=about)
    else:
        yield PAUSED.ok("It is not.", about=about)
    if failures:
        yield FAILURES.warn(f"{failures:,} deliveries failed in a row.", _REACH_CURE, about=about)
    else:
        yield FAILURES.ok("None.", about=about)


def _deliveries(report: StatusReport, now: datetime) -> Check:
    last = report.last_event_at
    cure = "Send a test from your webhook at https://www.patreon.com/portal, and look again."
    if last is None:
        firsts = [c.stored.baseline_at for c in report.campaigns if c.stored]
        if any(at is not None and now - at > RECENT for at in firsts):
            return DELIVERIES.warn("No webhook has ever come.", cure)
        return DELIVERIES.skip("No webhook has come yet.")
    if now - last > LONG_SILENCE:
        return DELIVERIES.warn(f"No webhook has come for {(now - last).days} days.", cure)
    return DELIVERIES.ok("One came within two weeks.")


def _public_url(door: Door) -> Check:
    if door.public_url is None:
        return PUBLIC_URL.warn(
            "It is not known where the world reaches this bot.",
            "Set `server.public_url` (SERVER_PUBLIC_URL) to the https address of your proxy.",
        )
    if urlsplit(door.public_url).scheme != "https":
        return PUBLIC_URL.warn(
            f"{door.public_url} has no https, so Patreon does not call it.",
            "Put a reverse proxy with https before the bot. On this machine alone it is fine.",
        )
    return PUBLIC_URL.ok(f"{door.public_url}.")


def _proxies(door: Door) -> Check:
    wide = [text for text in door.proxies if _is_wide(text)]
    if wide:
        return PROXIES.fail(
            f"`server.trusted_proxies` trusts {', '.join(wide)}, so anybody can pose as anybody.",
            "List only the addresses of your own proxies, such as 127.0.0.1.",
        )
    if door.proxies:
        return PROXIES.ok(f"{len(door.proxies)} listed.")
    return PROXIES.ok("None is listed; the address of who connects is believed.")


def _is_wide(text: str) -> bool:
    network = ip_network(text)
    return network.prefixlen < _WIDEST[network.version]


def _port(door: Door) -> Check:
    if door.is_running:
        return PORT.ok(f"The bot answers on port {door.port}.")
    if door.is_free:
        return PORT.ok(f"Port {door.port} is free; no bot runs here.")
    return PORT.fail(
        f"Port {door.port} is taken, and no healthy bot answers there.",
        "End the program that holds it, or choose another `server.port` (PATREON_SERVER_PORT). "
        "If that is the bot itself, restart it.",
    )


def _reachable(door: Door) -> Check:
    if door.status == 405:
        return ADDRESS.ok(f"{door.public_url} is answered by the bot.")
    problem = f"{door.public_url} {door.why}."
    if not door.is_running:
        return ADDRESS.warn(f"No bot runs here, and {problem}", "Start it and check again.")
    return ADDRESS.fail(problem, f"Let the reverse proxy hand this address on to port {door.port}.")
