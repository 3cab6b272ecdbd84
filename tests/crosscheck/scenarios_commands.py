"""Slash commands: groups, options, choices, autocomplete, visibility, context menus."""

import discord
from discord import app_commands

from tests.crosscheck.driver import person, place, refused, role
from tests.crosscheck.scenario import ABSENT, Differs, scenario


def shop():
    """A group with a nested group, for servers only."""
    group = app_commands.Group(name="shop", description="All of it", guild_only=True)
    images = app_commands.Group(name="images", description="Pictures", parent=group)

    @images.command(description="Fetch again")
    async def refresh(interaction: discord.Interaction, amount: int, who: discord.Member):
        await interaction.response.send_message(f"{amount} for {who.mention}", ephemeral=True)

    @group.command(description="How it is")
    async def status(interaction: discord.Interaction):
        await interaction.response.send_message(f"in {interaction.channel.name}")

    return [group]


@scenario(shop)
async def a_nested_command_is_answered_privately(driver):
    answer = await driver.slash("member", "shop images refresh", amount=3, who=person("moderator"))
    return {
        "answer": driver.seen(answer),
        "member": driver.history("member", "general"),
        "moderator": driver.history("moderator", "general"),
    }


@scenario(shop)
async def a_group_is_offered_as_its_commands_only(driver):
    return {
        "offered": driver.commands("member", "general"),
        "the group itself": await refused(driver.slash("member", "shop")),
        "an inner group": await refused(driver.slash("member", "shop images")),
        "an unknown one": await refused(driver.slash("member", "shop nothing")),
    }


@scenario(shop)
async def commands_for_servers_are_not_offered_in_direct_messages(driver):
    return driver.commands("member", "@dm")


@scenario(shop)
async def a_command_works_in_the_channels_that_its_user_sees(driver):
    return {
        "moderator": driver.seen(await driver.slash("moderator", "shop status", channel="staff")),
        "member": await refused(driver.slash("member", "shop status", channel="staff")),
    }


def everything():
    @app_commands.command(description="One option of each kind")
    async def everything(
        interaction: discord.Interaction,
        word: str,
        amount: int,
        share: float,
        yes: bool,
        who: discord.Member,
        which: discord.Role,
        where: discord.TextChannel,
        any_of: discord.Member | discord.Role,
        file: discord.Attachment,
    ):
        text = (await file.read()).decode()
        given = [word, amount, share, yes, who.name, which.name, where.name, any_of.name]
        await interaction.response.send_message(f"{given} {file.filename} {file.size} {text}")

    return [everything]


@scenario(everything)
async def options_of_every_kind_reach_the_command(driver):
    answer = await driver.slash(
        "owner",
        "everything",
        word="so it is",
        amount=-7,
        share=0.25,
        yes=True,
        who=person("member"),
        which=role("Gold"),
        where=place("staff"),
        any_of=role("Bronze"),
        file=("a.md", b"words"),
    )
    return driver.seen(answer)


def limited():
    @app_commands.command(description="Choose")
    @app_commands.choices(size=[app_commands.Choice(name="Large", value="l")])
    async def order(
        interaction: discord.Interaction,
        size: str,
        amount: app_commands.Range[int, 1, 5] = 1,
        note: app_commands.Range[str, 2, 4] = "none",
    ):
        await interaction.response.send_message(f"{size} {amount} {note}")

    return [order]


@scenario(limited)
async def options_left_out_have_their_defaults(driver):
    return {
        "least": driver.seen(await driver.slash("member", "order", size="l")),
        "all": driver.seen(await driver.slash("member", "order", size="l", amount=5, note="abcd")),
    }


@scenario(limited)
async def the_client_refuses_options_that_do_not_fit(driver):
    attempts = {
        "missing": {},
        "no such choice": {"size": "xl"},
        "too many": {"size": "l", "amount": 6},
        "too few": {"size": "l", "amount": 0},
        "too short": {"size": "l", "note": "a"},
        "too long": {"size": "l", "note": "abcde"},
        "not a number": {"size": "l", "amount": "2"},
        "unknown": {"size": "l", "other": 1},
    }
    return {
        name: await refused(driver.slash("member", "order", **options))
        for name, options in attempts.items()
    }


def finder():
    @app_commands.command(description="Find")
    async def find(interaction: discord.Interaction, kind: str, tier: str):
        await interaction.response.send_message(f"{kind} {tier}")

    @find.autocomplete("tier")
    async def suggest(interaction: discord.Interaction, typed: str):
        kind = interaction.namespace.kind
        many = [app_commands.Choice(name=f"{kind} {typed} {at}", value=str(at)) for at in range(26)]
        if typed == "many":
            await interaction.client.attempt(interaction.response.autocomplete(many))
        return many[:2]

    return [find]


@scenario(finder)
async def autocomplete_sees_what_was_typed_and_the_other_options(driver):
    return {
        "choices": await driver.autocomplete("member", "find", "tier", "Go", kind="paid"),
        "of another": await refused(driver.autocomplete("member", "find", "kind", "Go")),
        "free text": driver.seen(await driver.slash("member", "find", kind="paid", tier="any")),
    }


@scenario(
    finder,
    fails=["400 50035"],
    differs={
        "seen": Differs(2, 26, "simcord takes any number; Discord at most 25 (Autocomplete)."),
        "fails": Differs(ABSENT, [], "As above."),
        "fails.0": Differs("400 50035", ABSENT, "As above."),
    },
)
async def more_than_25_suggestions_are_refused(driver):
    return len(await driver.autocomplete("member", "find", "tier", "many", kind="paid"))


def for_some():
    @app_commands.command(description="For everybody")
    async def all_of_us(interaction: discord.Interaction):
        await interaction.response.send_message("Yes")

    @app_commands.command(description="For the team")
    @app_commands.default_permissions(manage_messages=True)
    async def team(interaction: discord.Interaction):
        await interaction.response.send_message(str(interaction.permissions.manage_messages))

    @app_commands.command(description="For administrators")
    @app_commands.default_permissions()
    async def admins(interaction: discord.Interaction):
        await interaction.response.send_message("Yes")

    return [all_of_us, team, admins]


@scenario(for_some)
async def commands_are_hidden_from_those_who_lack_the_permission(driver):
    people = ("member", "moderator", "owner")
    return {
        "offered": {each: driver.commands(each, "general") for each in people},
        "directly": driver.commands("member", "@dm"),
        "member": await refused(driver.slash("member", "team")),
        "moderator": driver.seen(await driver.slash("moderator", "team")),
        "admins": await refused(driver.slash("moderator", "admins")),
    }


@scenario(for_some)
async def a_command_without_limits_works_in_direct_messages(driver):
    return driver.seen(await driver.slash("member", "all_of_us", channel="@dm"))


def menus():
    async def quote(interaction: discord.Interaction, message: discord.Message):
        await interaction.response.send_message(f"{message.author.name}: {message.content}")

    async def greet(interaction: discord.Interaction, member: discord.Member):
        await interaction.response.send_message(f"Hello {member.display_name}")

    return [
        app_commands.ContextMenu(name="Quote it", callback=quote),
        app_commands.ContextMenu(name="Greet", callback=greet),
    ]


@scenario(menus)
async def context_menus_name_their_target(driver):
    message = await driver.say("member", "Words")
    return {
        "message": driver.seen(await driver.use_on("moderator", "Quote it", message)),
        "person": driver.seen(await driver.use_on("moderator", "Greet", person("member"))),
        "offered": driver.commands("moderator", "general"),
        "the wrong kind": await refused(driver.use_on("moderator", "Greet", message)),
    }
