import re
from dataclasses import replace
from datetime import timedelta

import pytest

from core.errors import TemporaryError
from core.permissions import Rights
from sandbox.discord.permissions import Permission
from tests.cogs.conftest import running, until
from tests.cogs.in_memory import many_members
from tests.cogs.reading import HOSTILE, armed
from tests.factories import delivery, member, save_campaign, save_link


def requests(server, method, route):
    return [one for one in server.exchanges if (one.method, one.route) == (method, route)]


ORIGINAL = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
COMMANDS = "/applications/{application_id}/commands"


async def test_a_moderator_syncs_and_reads_what_it_came_to(moderator, linked, api):
    api.members = many_members(3)

    answer = await (await moderator.slash("patreon sync")).until(lambda a: "finished" in a.text)

    assert answer.ephemeral
    assert "Members: 3 new · 0 changed · 0 unchanged · 0 gone" in answer.text
    assert "Tiers: 3" in answer.text
    assert "Posts: 1 new" in answer.text
    assert "first sync" not in answer.text


async def test_the_first_sync_says_that_it_announced_nothing(moderator, server, store, guild):
    await save_campaign(store, is_synced=False)
    await save_link(store, guild_id=guild.id)

    answer = await (await moderator.slash("patreon sync")).until(lambda a: "finished" in a.text)

    assert "This was the first sync" in answer.text


async def test_a_part_that_failed_is_told_with_its_sentence(moderator, linked, api):
    api.members_failure = TemporaryError("Patreon answered with *status* 503.")

    answer = await (await moderator.slash("patreon sync")).until(lambda a: "finished" in a.text)

    assert "finished in part" in answer.text
    assert "Members: Patreon answered with \\*status\\* 503." in answer.text.replace("\\:", ":")
    assert "/patreon status" in answer.text


async def test_progress_is_shown_at_most_every_one_and_a_half_seconds(
    moderator, linked, api, clock
):
    api.members, api.page_size = many_members(5), 1
    api.gate.clear()
    answer = await moderator.slash("patreon sync")
    await answer.until(lambda a: "Syncing" in a.text)
    first = answer.text

    clock.advance(seconds=1)
    api.gate.set()
    await answer.until(lambda a: "finished" in a.text)

    assert "**1** of 5 members read" in first
    assert "▰▰▰▰▱" in first
    shown = [edit["embeds"][0]["title"] for edit in answer.edits if edit["embeds"]]
    assert shown == ["⏳ Syncing…"]


async def test_a_sync_longer_than_a_reply_lives_says_where_to_look(moderator, linked, api, clock):
    api.members, api.page_size = many_members(5), 1
    api.gate.clear()
    answer = await moderator.slash("patreon sync")
    await answer.until(lambda a: "Syncing" in a.text)

    clock.advance(minutes=14)
    api.seconds_a_page = 2
    api.gate.set()
    await answer.until(lambda a: "finished" in a.text)

    titles = [edit["embeds"][0]["title"] for edit in answer.edits if edit["embeds"]]
    assert titles == ["⏳ Syncing…", "⏳ Still syncing"]


async def test_a_sync_that_outlives_its_reply_is_done_and_no_error(
    moderator, linked, api, clock, store, caplog
):
    caplog.set_level("DEBUG", "cogs.replies")
    api.members, api.page_size = many_members(5), 1
    api.gate.clear()
    answer = await moderator.slash("patreon sync")
    await answer.until(lambda a: "Syncing" in a.text)

    clock.advance(minutes=16)
    api.gate.set()
    await until(lambda: [r for r in caplog.records if r.message == "interaction died"])

    async with store.read() as work:
        assert await work.members.count_present("1001") == 5
    assert [r for r in caplog.records if r.levelname in ("WARNING", "ERROR")] == []


async def test_a_sync_goes_on_when_its_progress_cannot_be_shown(moderator, server, linked, api):
    api.members, api.page_size = many_members(3), 1
    server.faults.drop("PATCH", ORIGINAL)

    answer = await (await moderator.slash("patreon sync")).until(lambda a: "finished" in a.text)

    assert "3 new" in answer.text


async def test_a_sync_outlives_the_connection_that_it_was_asked_over(
    part, moderator, server, linked, api, store, caplog
):
    api.members, api.page_size = many_members(3), 1
    api.gate.clear()
    await moderator.slash("patreon sync")
    await server.gateway.go_away(0.05)
    await until(lambda: not part.connection().is_ready)

    api.gate.set()
    await until(lambda: [r for r in caplog.records if r.message == "answer not delivered"])

    async with store.read() as work:
        assert await work.members.count_present("1001") == 3
    assert [r for r in caplog.records if r.levelname == "ERROR"] == []


async def test_a_sync_under_way_ends_with_the_process(server, new_part, linked, api, services):
    api.members, api.page_size = many_members(3), 1
    api.gate.clear()
    async with running(new_part()):
        answer = await server.user("moderator").slash("patreon sync")
        await answer.until(lambda a: "Syncing" in a.text)

    api.gate.set()

    assert (await services.sync.run("1001")).members.read == 3


async def test_members_can_be_filtered_searched_and_sorted(moderator, linked, api, services):
    api.members = [
        member(id="1", name="Ada", tier_ids=("201",)),
        member(id="2", name="Grace", tier_ids=("202",)),
        member(id="3", name="Alan", tier_ids=("202",)),
    ]
    await services.sync.run("1001")

    by_title = await (await moderator.slash("patreon members", tier="patron")).finished()
    by_id = await (await moderator.slash("patreon members", tier="202", text="gra")).finished()
    nobody = await (await moderator.slash("patreon members", status="declined")).finished()

    assert names(by_title) == ["Alan", "Grace"]
    assert names(by_id) == ["Grace"]
    assert "leave out the status" in nobody.text


def names(answer):
    return re.findall(r"^\S+ \*\*(\D*?)\*\* ·", answer.text, re.MULTILINE)


async def test_tiers_are_suggested_while_typing(moderator, linked):
    everything = await moderator.autocomplete("patreon members", "tier")
    some = await moderator.autocomplete("patreon members", "tier", "patr")

    assert [choice["name"] for choice in everything] == ["Patron", "Friend", "Free"]
    assert some == [{"name": "Patron", "value": "202"}]


async def test_an_unknown_tier_is_answered_with_the_known_ones(moderator, linked):
    answer = await moderator.slash("patreon members", tier="@everyone")

    await answer.finished()

    assert "Free, Friend, Patron" in answer.content
    assert "@everyone" not in answer.content


async def test_hostile_names_are_only_text_in_the_list(moderator, linked, api, services):
    api.members = [member(id=str(n), name=name) for n, name in enumerate(HOSTILE[:15])]
    await services.sync.run("1001")

    answer = await (await moderator.slash("patreon members")).finished()

    lines = answer.embeds[0]["description"].split("\n\n")[1].splitlines()
    assert len(lines) == 15
    for line in lines:
        assert armed(re.sub(r"\*\*|<t:\d+:D>", "", line)) is None
    assert not answer.message.mention_everyone


async def test_a_pass_that_starts_again_counts_every_member_once(moderator, linked, api, services):
    api.members = many_members(4)
    api.page_size = 2
    await services.sync.run("1001")
    api.members = many_members(5)
    api.page_size = 3
    api.expiries = 2

    answer = await (await moderator.slash("patreon sync")).until(lambda a: "finished" in a.text)

    assert "Members: 1 new · 0 changed · 4 unchanged · 0 gone" in answer.text


async def test_a_newcomer_of_a_pass_that_starts_again_is_not_unchanged_too(linked, api, services):
    api.members = many_members(4)
    api.page_size = 2
    api.expiries = 1

    report = await services.sync.run("1001")

    assert (report.members.new, report.members.unchanged) == (4, 0)


@pytest.mark.parametrize(("seconds", "words"), [(59, "just now"), (60, "1 min ago")])
async def test_a_second_sync_is_told_when_the_first_began(
    moderator, linked, api, clock, seconds, words
):
    api.members, api.page_size = many_members(4), 2
    api.gate.clear()
    first = await moderator.slash("patreon sync")
    await first.until(lambda a: "Syncing" in a.text)
    clock.advance(seconds=seconds)

    second = await (await moderator.slash("patreon sync")).finished()
    api.gate.set()
    await first.until(lambda a: "finished" in a.text)

    assert f"is running already; it began {words}. `/patreon status`" in second.text


async def test_the_status_tells_everything_at_once(moderator, linked, api, services):
    await services.sync.run("1001")

    answer = await (await moderator.slash("patreon status")).finished()

    assert answer.ephemeral
    assert answer.embeds[0]["title"] == "🟢 All is well"
    assert "🟢 connected" in answer.text
    assert "3 of 80 in the last minute" in answer.text
    assert "3 tiers · 1 post\n" in answer.text
    assert "🟢 1 active patron" in answer.text
    assert "Version 1.2.3" in answer.text.replace("\\", "")


async def test_a_server_is_told_why_webhooks_wait_only_of_its_own_campaigns(
    moderator, linked, services, store, clock
):
    await store.add_deliveries([delivery(body=bytes([number])) for number in range(4)])
    later = clock() + timedelta(hours=1)
    async with store.write() as work:
        own, parked, other, secret = await work.events.claim_due(
            clock(), lease=timedelta(minutes=2), limit=4
        )
        await work.events.retry([own.id], due_at=later, reason="Own 500.", campaign_id="1001")
        await work.events.park([parked.id], reason="Own parked.", campaign_id="1001")
        await work.events.retry([other.id], due_at=later, reason="Secret 1.", campaign_id="9")
        clock.advance(seconds=1)
        await work.events.park([secret.id], reason="Secret 2.", campaign_id="9")

    answer = await (await moderator.slash("patreon status")).finished()

    assert answer.embeds[0]["title"].startswith("🟡")
    assert "1 webhook is waiting: Own 500." in answer.text
    assert "1 webhook was set aside: Own parked." in answer.text
    assert "Webhooks of others: 1 waiting · 1 set aside" in answer.text
    assert "Secret" not in answer.text


async def test_a_webhook_of_a_campaign_not_known_yet_counts_without_its_reason(
    moderator, linked, store, clock
):
    await store.add_deliveries([delivery(received_at=clock() - timedelta(minutes=2))])
    async with store.write() as work:
        [event] = await work.events.claim_due(clock(), lease=timedelta(minutes=2), limit=1)
        await work.events.retry([event.id], due_at=clock(), reason="Secret.")

    answer = await (await moderator.slash("patreon status")).finished()

    assert "1 webhook has been waiting since" in answer.text
    assert "Secret" not in answer.text


async def test_an_unlinked_server_is_told_how_to_link(moderator, guild):
    syncing = await (await moderator.slash("patreon sync")).finished()
    status = await (await moderator.slash("patreon status")).finished()

    assert "`/patreon setup`" in syncing.content
    assert status.embeds[0]["title"].startswith("🔴")
    assert "`/patreon setup`" in status.text


@pytest.fixture
def opened(world, part):
    """The server's Integrations settings show `/patreon` to everybody."""
    for command in world.commands.all():
        command["default_member_permissions"] = None


async def test_an_ordinary_member_is_offered_only_what_is_about_themselves(server, part, linked):
    assert [command["name"] for command in server.user("member").commands()] == ["patron"]


@pytest.mark.parametrize("command", ["sync", "members", "status"])
async def test_an_ordinary_member_is_refused_even_when_the_command_is_shown(
    server, opened, linked, services, command
):
    await services.sync.run("1001")

    answer = await server.user("member").slash(f"patreon {command}")

    assert answer.ephemeral
    assert "Manage Messages" in answer.content
    assert "Ada" not in answer.text


async def test_an_ordinary_member_gets_no_suggestions(server, opened, linked):
    assert await server.user("member").autocomplete("patreon members", "tier") == []


async def test_a_role_of_the_configuration_may_moderate(
    server, new_part, services, guild, world, store, clock
):
    role = next(role for role in guild.roles.values() if role.name == "Bronze")
    world.set_roles(guild.members[world.user_named("member").id], {role.id})
    rights = Rights(store, clock=clock, moderator_role_ids=frozenset({role.id}))
    allowed = replace(services, rights=rights)
    async with running(new_part(services=allowed)):
        for command in world.commands.all():
            command["default_member_permissions"] = None

        answer = await (await server.user("member").slash("patreon status")).finished()

    assert "Requests to Patreon" in answer.text


async def test_the_commands_are_sent_once_and_not_after_a_restart(server, new_part):
    async with running(new_part()):
        pass
    async with running(new_part()):
        pass

    assert len(requests(server, "PUT", COMMANDS)) == 1


async def test_the_root_command_is_for_moderators_in_servers(server, part):
    [sent] = requests(server, "PUT", COMMANDS)
    roots = {root["name"]: root for root in sent.body}

    assert set(roots) == {"patreon", "patron"}
    assert roots["patreon"]["contexts"] == [0]
    assert roots["patreon"]["integration_types"] == [0]
    assert int(roots["patreon"]["default_member_permissions"]) == Permission.MANAGE_MESSAGES


async def test_the_patrons_root_command_is_for_everybody_in_servers(server, part):
    [sent] = requests(server, "PUT", COMMANDS)
    root = next(root for root in sent.body if root["name"] == "patron")

    assert root["contexts"] == [0]
    assert root["integration_types"] == [0]
    assert root.get("default_member_permissions") is None


async def test_a_bug_is_answered_with_the_reference_that_the_log_names(
    server, new_part, services, caplog
):
    broken = replace(services, status=None)
    async with running(new_part(services=broken)):
        reply = await (await server.user("moderator").slash("patreon status")).finished()

    [record] = [record for record in caplog.records if record.message == "command failed"]
    assert record.exc_info is not None
    assert f"`{record.reference}`" in reply.content
    assert "NoneType" not in reply.content
