"""What messages show: embeds, files, mentions."""

import io

import discord
from discord import app_commands

from tests.crosscheck.bot import no_commands, somebody
from tests.crosscheck.scenario import ABSENT, Differs, scenario


def embeds():
    def full():
        embed = discord.Embed(title="t" * 256, description="d" * 2000, url="https://example.com/")
        embed.set_author(name="a" * 256).set_footer(text="f" * 1000)
        for _ in range(25):
            embed.add_field(name="n", value="v", inline=False)
        return embed

    def spoiled(**changes):
        return discord.Embed.from_dict({"title": "T", **changes})

    @app_commands.command(description="Embeds at their limits")
    async def full_embeds(interaction: discord.Interaction):
        many = [discord.Embed(description=str(at)) for at in range(10)]
        await interaction.response.send_message(embed=full())
        await interaction.followup.send(embeds=many)

    @app_commands.command(description="Embeds over their limits")
    async def overfull(interaction: discord.Interaction):
        attempt, send = interaction.client.attempt, interaction.response.send_message
        field = {"name": "n", "value": "v"}
        await attempt(send(embed=spoiled(title="t" * 257)))
        await attempt(send(embed=spoiled(description="d" * 4097)))
        await attempt(send(embed=spoiled(fields=[field] * 26)))
        await attempt(send(embed=spoiled(fields=[field | {"name": "n" * 257}])))
        await attempt(send(embed=spoiled(fields=[field | {"value": "v" * 1025}])))
        await attempt(send(embed=spoiled(footer={"text": "f" * 2049})))
        await attempt(send(embed=spoiled(author={"name": "a" * 257})))
        await attempt(send(embeds=[spoiled(description="d" * 3000)] * 2))
        await send("At last")

    @app_commands.command(description="A field without a value")
    async def hollow(interaction: discord.Interaction):
        attempt, send = interaction.client.attempt, interaction.response.send_message
        await attempt(send(embed=spoiled(fields=[{"name": "n", "value": ""}])))
        await attempt(interaction.response.send_message("At last"))

    return [full_embeds, overfull, hollow]


@scenario(embeds)
async def embeds_at_their_limits_are_shown(driver):
    return driver.seen(await driver.slash("member", "full_embeds"))


@scenario(embeds, fails=["400 50035"] * 8)
async def embeds_over_their_limits_are_refused(driver):
    return driver.seen(await driver.slash("member", "overfull"))


@scenario(
    embeds,
    fails=["400 50035"],
    differs={
        "seen": Differs(
            "At last", ABSENT, "simcord takes it; Discord requires a value (Embed Limits)."
        ),
        "fails.0": Differs("400 50035", "InteractionResponded", "The answer after it is too many."),
    },
)
async def an_embed_field_needs_a_value(driver):
    return driver.seen(await driver.slash("member", "hollow"))["message"].get("content", ABSENT)


def picture(name="a.png"):
    return discord.File(io.BytesIO(b"png"), name, description="A picture")


@scenario(no_commands)
async def a_file_is_shown_with_its_description(driver):
    await driver.act(driver.bot.channel("general").send("Look", file=picture()))
    return driver.history("member", "general")


@scenario(no_commands)
async def an_edit_replaces_the_files(driver):
    message = await driver.act(driver.bot.channel("general").send("Look", file=picture()))
    await driver.act(message.edit(attachments=[picture("b.png")]))
    replaced = driver.history("member", "general")
    await driver.act(message.edit(attachments=[]))
    return {"replaced": replaced, "removed": driver.history("member", "general")}


@scenario(no_commands)
async def an_edit_can_add_a_file(driver):
    message = await driver.act(driver.bot.channel("general").send("Look", file=picture()))
    await driver.act(message.add_files(picture("b.png")))
    (shown,) = driver.history("member", "general")
    return " ".join(each["name"] for each in shown["files"])


@scenario(
    no_commands,
    differs={
        "seen.0.embeds.0.image.url": Differs(
            "cdn:a.png",
            "attachment://a.png",
            "simcord leaves the reference as it is; Discord returns the file's address (Uploading"
            " Files, Using Attachments within Embeds).",
        )
    },
)
async def an_embed_shows_an_attached_picture(driver):
    embed = discord.Embed(title="Post").set_image(url="attachment://a.png")
    await driver.act(driver.bot.channel("general").send(embed=embed, file=picture()))
    return driver.history("member", "general")


async def mention(driver, channel, **allowed):
    """Post a message that mentions everyone, the member and Gold; returns it as seen."""
    kim = await somebody(driver)
    if allowed.pop("only_kim", False):
        allowed["users"] = [kim]
    text = f"@everyone {kim.mention} {driver.bot.role('Gold').mention}"
    policy = discord.AllowedMentions(**allowed)
    await driver.act(driver.bot.channel(channel).send(text, allowed_mentions=policy))
    return driver.history("owner", channel)[-1]


@scenario(no_commands)
async def everybody_is_mentioned_when_that_is_allowed(driver):
    return await mention(driver, "general", everyone=True, roles=True)


NOT_PINGED = "simcord lists all that are named; Discord only who is pinged (discord-api-docs 2126)."


@scenario(
    no_commands,
    differs={
        "seen.mentions.0": Differs(ABSENT, "member", NOT_PINGED),
        "seen.mention_roles.0": Differs(ABSENT, "Gold", NOT_PINGED),
    },
)
async def nobody_is_mentioned_when_that_is_forbidden(driver):
    return await mention(driver, "general", everyone=False, users=False, roles=False)


@scenario(no_commands)
async def one_person_can_be_allowed_to_be_mentioned(driver):
    seen = await mention(driver, "general", everyone=False, roles=False, only_kim=True)
    return seen["content"]


@scenario(no_commands)
async def only_one_who_may_mentions_everyone(driver):
    seen = await mention(driver, "calm", everyone=True, roles=True)
    return seen.get("mention_everyone", False)
