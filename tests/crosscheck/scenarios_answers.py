"""Answers: deferred, followed up, edited, deleted, too late, twice."""

import discord
from discord import app_commands

from tests.crosscheck.scenario import ABSENT, Differs, scenario

FIRST_WORDS = Differs(
    ABSENT,
    True,
    "simcord takes the words that end the thinking for an edit; Discord's client shows no"
    " (edited) mark at an answer that was deferred.",
)


def deferring():
    @app_commands.command(description="Think in private, then answer")
    async def think(interaction: discord.Interaction):
        await interaction.response.defer(ephemeral=True)
        await interaction.edit_original_response(content="Done")

    @app_commands.command(description="Think and never answer")
    async def ponder(interaction: discord.Interaction):
        await interaction.response.defer()

    @app_commands.command(description="Think, then follow up twice")
    async def follow(interaction: discord.Interaction):
        await interaction.response.defer(ephemeral=True)
        await interaction.followup.send("One")
        await interaction.followup.send("Two")

    return [think, ponder, follow]


@scenario(deferring, differs={"seen.answer.message.edited": FIRST_WORDS})
async def a_private_deferral_stays_private(driver):
    answer = await driver.slash("member", "think")
    return {"answer": driver.seen(answer), "others": driver.history("moderator", "general")}


@scenario(deferring)
async def a_deferral_shows_that_the_bot_thinks(driver):
    return driver.seen(await driver.slash("member", "ponder"))


@scenario(deferring, differs={"seen.answer.message.edited": FIRST_WORDS})
async def the_first_followup_after_a_deferral_fills_the_waiting_message(driver):
    answer = await driver.slash("member", "follow")
    return {"answer": driver.seen(answer), "others": driver.history("moderator", "general")}


def talking():
    @app_commands.command(description="Say several things")
    async def talk(interaction: discord.Interaction):
        await interaction.response.send_message("First")
        await interaction.followup.send("For you", ephemeral=True)
        third = await interaction.followup.send("Third", wait=True)
        fourth = await interaction.followup.send("Fourth", wait=True)
        await third.edit(content="Third, edited")
        await fourth.delete()

    @app_commands.command(description="Change one's mind")
    async def change(interaction: discord.Interaction):
        await interaction.response.send_message("Old", embed=discord.Embed(title="Title"))
        await interaction.edit_original_response(content="New")
        await interaction.edit_original_response(embed=None)

    @app_commands.command(description="Take it back")
    async def retract(interaction: discord.Interaction):
        await interaction.response.send_message("Oops")
        await interaction.delete_original_response()
        await interaction.client.attempt(interaction.edit_original_response(content="Again"))
        await interaction.followup.send("Still here")

    return [talk, change, retract]


@scenario(talking)
async def followups_can_be_private_edited_and_deleted(driver):
    answer = await driver.slash("member", "talk")
    return {
        "answer": driver.seen(answer),
        "member": driver.history("member", "general"),
        "others": driver.history("moderator", "general"),
    }


@scenario(talking)
async def an_edit_changes_only_what_it_names(driver):
    return driver.seen(await driver.slash("member", "change"))


@scenario(talking, fails=["404 10008"])
async def a_deleted_answer_cannot_be_edited(driver):
    answer = await driver.slash("member", "retract")
    return {"answer": driver.seen(answer), "history": driver.history("member", "general")}


def twice():
    @app_commands.command(description="Answer twice")
    async def insist(interaction: discord.Interaction):
        await interaction.response.send_message("Once")
        again = discord.InteractionResponse(interaction)
        await interaction.client.attempt(again.send_message("Twice"))
        await interaction.client.attempt(discord.InteractionResponse(interaction).defer())

    return [insist]


@scenario(twice, fails=["400 40060", "400 40060"])
async def a_second_answer_is_refused(driver):
    return driver.seen(await driver.slash("member", "insist"))


def holding():
    @app_commands.command(description="Keep the interaction")
    async def hold(interaction: discord.Interaction):
        interaction.client.held = interaction

    @app_commands.command(description="Answer and keep the interaction")
    async def keep(interaction: discord.Interaction):
        await interaction.response.send_message("Kept")
        interaction.client.held = interaction

    return [hold, keep]


@scenario(holding)
async def an_answer_within_three_seconds_is_taken(driver):
    held = await driver.begin("member", "hold")
    await driver.pass_time(2)
    await driver.act(held.response.send_message("Just in time"))
    return driver.history("member", "general")


@scenario(holding, fails=["404 10062"])
async def an_answer_after_three_seconds_is_too_late(driver):
    held = await driver.begin("member", "hold")
    await driver.pass_time(3.5)
    await driver.act(held.response.send_message("Too late"))
    return driver.history("member", "general")


@scenario(holding, fails=["404 10015", "404 10015"])
async def fifteen_minutes_later_nothing_can_be_added(driver):
    answer = await driver.slash("member", "keep")
    held = driver.bot.held
    await driver.pass_time(14 * 60)
    await driver.act(held.edit_original_response(content="Changed"))
    await driver.pass_time(2 * 60)
    await driver.act(held.edit_original_response(content="Too late"))
    await driver.act(held.followup.send("Too late"))
    return {"answer": driver.seen(answer), "history": driver.history("member", "general")}


@scenario(
    holding,
    fails=["404 10015"],
    differs={
        "seen": Differs(0, 1, "simcord sends it; Discord knows no webhook yet (discord.py 10461)."),
        "fails": Differs(ABSENT, [], "As above."),
        "fails.0": Differs("404 10015", ABSENT, "As above."),
    },
)
async def a_followup_cannot_come_before_the_answer(driver):
    held = await driver.begin("member", "hold")
    await driver.act(held.followup.send("Too early"))
    return len(driver.history("member", "general"))


def empty():
    @app_commands.command(description="Say nothing at all")
    async def nothing(interaction: discord.Interaction):
        await interaction.client.attempt(interaction.response.send_message(""))
        await interaction.response.send_message("x" * 2000)
        await interaction.client.attempt(interaction.followup.send("x" * 2001))

    return [nothing]


@scenario(
    empty,
    fails=["400 50006", "400 50035"],
    differs={
        "fails.0": Differs(
            "400 50006",
            "400 50035",
            "simcord calls it a wrong form; 50006 is Discord's code for an empty message (Opcodes"
            " and Status Codes).",
        ),
    },
)
async def a_refused_answer_can_be_repeated_in_the_right_form(driver):
    return driver.seen(await driver.slash("member", "nothing"))
