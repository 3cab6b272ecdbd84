"""The stranger matrix: whoever owns another server learns nothing of this one, at any door.

Every command of the tree, every kind of button and menu and every HTTP route is walked by a
stranger whose server follows another campaign of another creator. A new one must add its line to
`stranger_doors.py`.
"""

import importlib
import pkgutil
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from discord import ui

import cogs
from cogs.lasting import LastingItem
from core.accept import Inbox
from core.accounts import GuildCreator, TokenPair, TokenState
from core.audit import AuditEntry
from core.brake import new_question, save_question
from core.changes import Kind
from core.consents import Purpose
from core.health import Health
from core.members import Campaign
from core.ports import Connection
from core.troubles import HOOK_REFUSED, Lasting, save
from core.words import Slot, Variant, Words
from sandbox.discord.permissions import Permission
from tests.cogs.conftest import until
from tests.cogs.stranger_doors import (
    BUTTONS,
    COMMANDS,
    FORMS,
    MENUS,
    NOWHERE,
    ROUTES,
    SECRETS,
    THERE,
    TYPED,
)
from tests.factories import NOW, change, delivery, hook, link, member, post, tier
from web.app import WebSettings, create_app

FORGED = "forged"
SENT = [custom_id for every in FORMS.values() for custom_id in every]


@dataclass
class Elsewhere:
    """The stranger's server, and what exists in the first one."""

    guild: object
    actor: object
    there: dict
    nowhere: dict


@pytest.fixture
async def first(store, services, guild, feed, world):
    """A server with something to find out at every door; gives what the brake asks."""
    campaign = Campaign(id=THERE["campaign"], name="Quartz Quarry")
    person = world.user_named("member").id
    zenobia = member(
        id=THERE["member"],
        campaign_id=campaign.id,
        user_id="uzenobia",
        name=THERE["name"],
        tier_ids=(THERE["tier"],),
        entitled_cents=77_700,
        will_pay_cents=77_700,
        lifetime_cents=987_600,
        discord_id=person,
    )
    obsidian = tier(
        id=THERE["tier"], campaign_id=campaign.id, title=THERE["title"], amount_cents=77_700
    )
    question = new_question("digest", missing=777, present=9_876, now=NOW)
    async with store.write() as work:
        creator_id = await work.creators.add()
        await work.creators.set_identity(creator_id, patreon_id="x-9", name="Xanthippe")
        await work.creators.save_tokens(creator_id, TokenPair(access="Perlmutt"))
        await work.creators.set_token_state(
            creator_id, TokenState.BROKEN, reason="Lapislazuli", at=NOW
        )
        await work.campaigns.save(campaign, [obsidian], creator_id=creator_id)
        await work.campaigns.note_sync(campaign.id, at=NOW, is_complete=True, error=None)
        await work.campaigns.note_sync(
            campaign.id, at=NOW, is_complete=False, error="Lapislazuli failed."
        )
        await work.members.save([(zenobia, b"1")], seen_at=NOW)
        await work.changes.add(
            [change(member_id=zenobia.id, campaign_id=campaign.id, kind=Kind.JOINED)], at=NOW
        )
        await work.posts.save([post(id="p-9", campaign_id=campaign.id, title="Vermilion")])
        await work.connections.save(
            GuildCreator(guild_id=guild.id, creator_id=creator_id, connected_by=1), at=NOW
        )
        link_id = await work.links.save(
            link(guild_id=guild.id, campaign_id=campaign.id, feed_channel_id=feed.id), at=NOW
        )
        await work.hooks.save(hook(key=THERE["key"], campaign_id=campaign.id, secrets=("Perl",)))
        await work.words.save(
            Slot(link_id=link_id, kind=Kind.JOINED, variant=Variant.PUBLIC),
            Words(title="Heliotrope", text="Heliotrope"),
        )
        await work.tier_names.save(guild.id, THERE["tier"], "Onyx Circle", at=NOW)
        await work.audit.add(
            AuditEntry(
                at=NOW, guild_id=guild.id, user_id=1, action=THERE["action"], detail="Malachite."
            )
        )
        await save(work, campaign.id, HOOK_REFUSED, Lasting(NOW, "Lapislazuli"))
        await save_question(work, campaign.id, question)
    await store.add_deliveries([delivery()])
    async with store.write() as work:
        await work.events.park([1], reason="Perlmutt broke.", campaign_id=campaign.id)
    await services.trials.send(guild.id, campaign.id, by=1, remove_id="setup-buttons1|x|x|x")
    await services.consent.begin(
        Purpose.CONNECT, guild_id=guild.id, user_id=1, user_name="Xanthippe", guild_name="Studio"
    )
    await services.patrons.link("uzenobia", person, guild_id=guild.id)
    assert (str(link_id), str(creator_id)) == (THERE["link"], THERE["creator"])
    return {
        **THERE,
        "version": question.version,
        "role": str(world.role_named("Gold").id),
        "person": str(person),
    }


@pytest.fixture
async def elsewhere(first, part, server, store, world, api):
    """Another server, which follows another campaign of another creator."""
    other = world.add_guild("Elsewhere", world.add_user("stranger"))
    lobby = world.add_channel(other, "lobby")
    world.add_member(other, world.bot, [world.add_role(other, "Bot", Permission.ADMINISTRATOR)])
    await until(lambda: part._bot.get_channel(lobby.id) is not None)
    api.campaign = Campaign(id="2002", name="Own Garden")
    api.tiers = [tier(id="2200", campaign_id="2002", title="Own")]
    api.members = [replace(member(campaign_id="2002", tier_ids=("2200",)), id="own", name="Kim")]
    api.posts = [post(id="own", campaign_id="2002", title="Own")]
    async with store.write() as work:
        creator_id = await work.creators.add()
        await work.creators.set_identity(creator_id, patreon_id="9002", name="Kay")
        await work.campaigns.save(api.campaign, api.tiers, creator_id=creator_id)
        await work.campaigns.note_sync("2002", at=NOW, is_complete=True, error=None)
        await work.members.save([(api.members[0], b"2")], seen_at=NOW)
        await work.connections.save(GuildCreator(guild_id=other.id, creator_id=creator_id), at=NOW)
        await work.links.save(
            link(guild_id=other.id, campaign_id="2002", feed_channel_id=lobby.id), at=NOW
        )
    actor = server.user("stranger")
    myself = {"stranger": str(actor.user.id)}
    nowhere = {**NOWHERE, "role": "123456789012345678", "person": "123456789012345677"}
    return Elsewhere(other, actor, first | myself, nowhere | myself)


def filled(thing, values):
    """Put what exists in the first server, or nowhere, into a template."""
    if isinstance(thing, dict):
        return {key: filled(value, values) for key, value in thing.items()}
    return thing.format(**values) if isinstance(thing, str) else thing


def blank(text, values):
    """Take out what the stranger typed, and what no two answers have in common."""
    for value in sorted((v for v in values.values() if len(v) > 1), key=len, reverse=True):
        text = text.replace(value, "…")
    text = re.sub(rf"\b[{THERE['link']}{NOWHERE['link']}]\b", "…", text)
    text = re.sub(r"`[0-9a-f]{8}`|<t:\d+:\w>|#\d+|\?s=[\w-]+", "…", text)
    return re.sub(r"[\w.]+ (seconds?|ms)\b", "…", text)


def found_in(text):
    return [secret for secret in SECRETS if secret in text]


def offered(world):
    """Every command with its options, as Discord has them."""
    for command in world.commands.all():
        for option in command["options"]:
            below = [each for each in option.get("options", ()) if each["type"] == 1]
            for each in below or [option]:
                path = f"{option['name']} {each['name']}" if below else option["name"]
                yield f"{command['name']} {path}", each.get("options", [])


def items():
    """Every kind of button and menu that the code of the bot knows."""
    for module in pkgutil.iter_modules(cogs.__path__, "cogs."):
        importlib.import_module(module.name)
    return {kind for kind in below(ui.DynamicItem) if kind.__module__[:5] == "cogs."} - {
        LastingItem
    }


def below(kind):
    """Every class that is made of `kind`, at any distance."""
    for each in kind.__subclasses__():
        yield each
        yield from below(each)


async def slashed(place, command, options):
    answer = await place.actor.slash(command, channel="lobby", options=options)
    if answer.modal:
        return str(answer.modal)
    await answer.until(lambda a: not a.thinking and "Syncing" not in a.text)
    return f"{answer.text} {answer.embeds} {answer.components} {answer.attachments}"


async def used(place, world, custom_id, value=None):
    """Use a forged button or menu; gives everything that the stranger sees of the answer."""
    message = world.messages.write("patreon-bot", "lobby", FORGED)
    component = {"type": 2, "style": 2, "label": "Go", "custom_id": custom_id}
    if value is not None:
        component = {"type": 3, "custom_id": custom_id, "placeholder": "Go"}
        component["options"] = [{"label": value, "value": value}]
    for prefix, kind in (("setup-channels", 8), ("permission-roles", 6)):
        if custom_id.startswith(prefix):
            component = {"type": kind, "custom_id": custom_id, "placeholder": "Go"}
    message.components = [{"type": 1, "components": [component]}]
    actor = place.actor
    act = actor.select(message, "Go", value) if value is not None else actor.press(message, "Go")
    reply = await act
    if reply.modal:
        return str(reply.modal)
    await until(
        lambda: (
            reply.followups
            or (reply.content != FORGED and not reply.thinking)
            or reply.message.embeds
        )
    )
    shown = [reply.message, message, *reply.followups]
    texts = [f"{one.content} {one.embeds} {one.components}" for one in shown]
    files = [file.data.decode() for one in shown for file in one.attachments]
    said = " ".join([*texts, *files])
    return said.replace(custom_id, "")


async def sent(place, custom_id):
    """Send a form whose custom id was forged; gives what the stranger sees of the answer."""
    form = await place.actor.slash(
        "patreon words edit", channel="lobby", options={"kind": "joined"}
    )
    assert form.modal["custom_id"].startswith("words-form")
    form.modal["custom_id"] = custom_id
    answer = await form.submit({"Title": "Mine", "Text": "Mine"})
    await answer.until(lambda a: not a.thinking and (a.content or a.embeds))
    said = f"{answer.text} {answer.embeds} {answer.components}".replace(custom_id, "")
    return said.replace(str(answer.interaction.id), "…")


def test_every_command_is_walked(world, part):
    assert {name for name, _ in offered(world)} == set(COMMANDS)


def test_every_option_is_tried(world, part):
    tried = {name: {key for each in given for key in each} for name, given in COMMANDS.items()}
    untold = {"sort", "status", "person", "variant"}

    missing = {
        (name, option["name"])
        for name, options in offered(world)
        for option in options
        if option["name"] not in tried[name] | untold
    }

    assert missing == set()


def test_every_kind_of_button_and_menu_is_walked():
    ids = [*BUTTONS, *(custom_id for custom_id, _ in MENUS)]
    values = {**NOWHERE, "role": "1", "person": "1", "stranger": "1"}

    missing = {
        kind.__name__
        for kind in items()
        if not any(
            kind.__discord_ui_compiled_template__.fullmatch(filled(each, values)) for each in ids
        )
    }

    assert missing == set()


def test_every_kind_of_button_and_menu_works_after_a_restart(part):
    heard = set(part._bot._connection._view_store._dynamic_items.values())

    assert {kind.__name__ for kind in heard} == {kind.__name__ for kind in items()}
    assert len(items()) >= 16


def test_every_kind_of_form_is_walked():
    modules = Path(cogs.__path__[0]).glob("*.py")

    assert {path.stem for path in modules if "ui.Modal(" in path.read_text()} == set(FORMS)


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_stranger_finds_nothing_with_a_command(command, elsewhere):
    for given in COMMANDS[command]:
        theirs = await slashed(elsewhere, command, filled(given, elsewhere.there))
        nothing = await slashed(elsewhere, command, filled(given, elsewhere.nowhere))

        said = blank(theirs, elsewhere.there if given else {})
        assert found_in(said) == []
        if given:
            assert said == blank(nothing, elsewhere.nowhere)


async def test_a_stranger_is_suggested_nothing(elsewhere, world):
    for command, options in offered(world):
        required = {"kind": "joined"} if any(o["name"] == "kind" for o in options) else {}
        for option in options:
            if not option.get("autocomplete"):
                continue
            for typed in TYPED:
                choices = await elsewhere.actor.autocomplete(
                    command,
                    option["name"],
                    filled(typed, elsewhere.there),
                    channel="lobby",
                    options=required,
                )
                assert found_in(str(choices)) == [], (command, option["name"], typed)


@pytest.mark.parametrize("custom_id", BUTTONS)
async def test_a_stranger_finds_nothing_with_a_button(custom_id, elsewhere, world):
    theirs = await used(elsewhere, world, filled(custom_id, elsewhere.there))
    nothing = await used(elsewhere, world, filled(custom_id, elsewhere.nowhere))

    said = blank(theirs, elsewhere.there if "{" in custom_id else {})
    assert found_in(said) == []
    if "{" in custom_id:
        assert said == blank(nothing, elsewhere.nowhere)


@pytest.mark.parametrize(("custom_id", "value"), MENUS)
async def test_a_stranger_finds_nothing_with_a_menu(custom_id, value, elsewhere, world):
    there, nowhere = elsewhere.there, elsewhere.nowhere
    theirs = await used(elsewhere, world, filled(custom_id, there), filled(value, there))

    said = blank(theirs, there)
    assert found_in(said) == []
    if "{" in custom_id + value and "channels" not in custom_id:
        nothing = await used(elsewhere, world, filled(custom_id, nowhere), filled(value, nowhere))
        assert said == blank(nothing, nowhere)


@pytest.mark.parametrize("custom_id", SENT)
async def test_a_stranger_finds_nothing_with_a_form(custom_id, elsewhere):
    theirs = await sent(elsewhere, filled(custom_id, elsewhere.there))
    nothing = await sent(elsewhere, filled(custom_id, elsewhere.nowhere))

    said = blank(theirs, elsewhere.there)
    assert found_in(said) == []
    assert said == blank(nothing, elsewhere.nowhere)


async def test_nothing_of_the_first_server_was_changed_by_a_stranger(
    elsewhere, world, guild, store, services
):
    before = await world_of(store, services, guild, elsewhere.there)

    for command, every in COMMANDS.items():
        for given in every:
            await slashed(elsewhere, command, filled(given, elsewhere.there))
    for custom_id in BUTTONS:
        await used(elsewhere, world, filled(custom_id, elsewhere.there))
    for custom_id, value in MENUS:
        await used(
            elsewhere, world, filled(custom_id, elsewhere.there), filled(value, elsewhere.there)
        )
    for custom_id in SENT:
        await sent(elsewhere, filled(custom_id, elsewhere.there))

    assert await world_of(store, services, guild, elsewhere.there) == before


async def world_of(store, services, guild, there):
    """What the first server has."""
    async with store.read() as work:
        return (
            await work.links.of_guild(guild.id),
            await work.connections.of_guild(guild.id),
            await work.tier_names.of_guild(guild.id),
            await work.role_rights.of_guild(guild.id),
            await work.words.of_links([int(THERE["link"])]),
            await work.letters.get(int(THERE["letter"]), None),
            await work.creators.get(int(THERE["creator"])),
            await work.creators.tokens(int(THERE["creator"])),
            await work.hooks.by_key(THERE["key"]),
            await work.members.load([THERE["member"]]),
            await work.audit.actions(guild.id),
            await work.people.get("uzenobia"),
            await services.patrons.about(guild.id, int(there["person"])),
            await services.trials.latest(guild.id, THERE["campaign"]),
        )


@asynccontextmanager
async def site(store, services, clock):
    inbox = Inbox(store, on_stored=lambda: None)
    readiness = Health(store, lambda: Connection(is_ready=True), clock=clock).readiness
    app = create_app(inbox, store, readiness, WebSettings(), clock=clock, consent=services.consent)
    async with TestClient(TestServer(app)) as client:
        yield app, client


async def test_every_route_is_walked(store, services, clock):
    async with site(store, services, clock) as (app, _):
        assert {resource.canonical for resource in app.router.resources()} == set(ROUTES)


@pytest.mark.parametrize("route", ROUTES)
async def test_a_stranger_finds_nothing_at_a_route(route, elsewhere, store, services, clock):
    async def asked(client, method, path):
        async with client.request(method, path, allow_redirects=False) as answer:
            headers = {k: v for k, v in answer.headers.items() if k != "Date"}
            return f"{answer.status} {headers} {await answer.text()}"

    async with site(store, services, clock) as (_, client):
        for template in ROUTES[route]:
            for method in ("GET", "HEAD", "POST"):
                theirs = await asked(client, method, filled(template, elsewhere.there))
                nothing = await asked(client, method, filled(template, elsewhere.nowhere))

                assert found_in(theirs) == []
                assert theirs == nothing


def test_the_matrix_sees_what_is_not_hidden():
    assert found_in("Zenobia pays $777 in Studio") == ["Zenobia", "777", "Studio"]


async def test_the_first_server_itself_finds_all_of_it(first, part, server):
    place = Elsewhere(None, server.user("owner"), first, {})
    seen = ""
    for command in ("members", "status", "webhooks", "audit", "tiers", "words show", "settings"):
        answer = await (await place.actor.slash(f"patreon {command}", channel="general")).finished()
        seen += f"{answer.text} {answer.embeds}"

    assert {"Zenobia", "Quartz", "Onyx", "Perlmutt", "Malachite", "Heliotrope", "777"} <= set(
        found_in(seen)
    )
