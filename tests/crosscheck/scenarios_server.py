"""What the bot may do in a server: channels, roles, forum posts, threads, announcements."""

import discord

from tests.crosscheck.bot import no_commands, somebody
from tests.crosscheck.scenario import ABSENT, Differs, scenario


@scenario(no_commands, fails=["403 50001", "403 50013", "404 10008", "403 50005"])
async def the_bot_acts_only_where_it_may(driver):
    bot, general = driver.bot, driver.bot.channel("general")
    await driver.act(bot.channel("vault").send("Hidden"))
    await driver.act(bot.channel("quiet").send("Muted"))
    await driver.act(general.fetch_message(bot.user.id))
    message = await driver.say("member", "Mine")
    await driver.act(general.get_partial_message(message.id).edit(content="Yours"))
    await driver.act(bot.channel("staff").send("Team"))
    return {
        "quiet": driver.history("member", "quiet"),
        "staff": driver.history("moderator", "staff"),
        "general": driver.history("member", "general"),
    }


@scenario(
    no_commands,
    fails=["403 50013", "403 50013"],
    differs={
        "seen.in the end": Differs("Gold", "Gold Patreon", "As below."),
        "fails.1": Differs(
            "403 50013", ABSENT, "simcord gives it; a role managed by an integration is not ours."
        ),
    },
)
async def roles_are_given_below_the_bots_own_only(driver):
    bot = driver.bot
    member = await bot.guilds[0].fetch_member((await somebody(driver)).id)
    await driver.act(member.add_roles(bot.role("Gold"), bot.role("Bronze")))
    await driver.act(member.remove_roles(bot.role("Bronze")))
    held = driver.roles("member")
    await driver.act(member.add_roles(bot.role("Moderator")))
    await driver.act(member.add_roles(bot.role("Patreon")))
    return {"given": held, "in the end": " ".join(driver.roles("member"))}


@scenario(
    no_commands,
    differs={
        "seen.same id": Differs(
            True, False, "simcord numbers it anew; in Discord both share one id (Threads, Forums)."
        )
    },
)
async def a_forum_post_opens_with_its_message_and_tags(driver):
    forum = driver.bot.channel("posts")
    made = await driver.act(
        forum.create_thread(
            name="New post",
            content="Words",
            embed=discord.Embed(title="Title"),
            applied_tags=[forum.available_tags[1], forum.available_tags[0]],
        )
    )
    await driver.act(made.thread.send("More"))
    return {
        "threads": driver.threads("posts"),
        "same id": made.thread.id == made.message.id,
        "history": driver.history("member", "New post"),
    }


@scenario(
    no_commands,
    fails=["400 50035", "400 50006", "400 10087"],
    differs={
        "fails.1": Differs("400 50006", "400 50035", "50006 is Discord's code for no words."),
        "fails.2": Differs("400 10087", "400 50035", "10087 is Discord's code for unknown tags."),
    },
)
async def a_forum_post_needs_a_name_words_and_tags_that_exist(driver):
    forum = driver.bot.channel("posts")
    unknown = discord.ForumTag(name="Unknown")
    unknown.id = forum.id
    await driver.act(forum.create_thread(name="x" * 101, content="Words"))
    await driver.act(forum.create_thread(name="Empty"))
    await driver.act(forum.create_thread(name="Name", content="Words", applied_tags=[unknown]))
    return {"threads": driver.threads("posts")}


@scenario(
    no_commands,
    fails=["400 40033"],
    differs={
        "seen.0.flags.0": Differs(
            "crossposted",
            "is_crossposted",
            "simcord sets the mark of the copy in another server; the original has 1 << 0"
            " (Message Flags).",
        )
    },
)
async def an_announcement_is_published_once(driver):
    message = await driver.act(driver.bot.channel("patreon-feed").send("News"))
    await driver.act(message.publish())
    await driver.act(message.publish())
    return driver.history("member", "patreon-feed")


@scenario(
    no_commands,
    differs={
        "seen.general": Differs("Start", "Start, Talk", "As below."),
        "seen.flags.0": Differs(
            "has_thread",
            "none",
            "simcord posts a notice instead of marking the message; Discord marks it (Message"
            " Flags) and posts the notice only for an older message (Threads).",
        ),
    },
)
async def a_thread_on_a_message_takes_words_of_its_own(driver):
    message = await driver.act(driver.bot.channel("general").send("Start"))
    thread = await driver.act(message.create_thread(name="Talk"))
    await driver.act(thread.send("Within"))
    shown = driver.history("member", "general")
    return {
        "threads": driver.threads("general"),
        "general": ", ".join(each["content"] for each in shown),
        "flags": shown[0].get("flags", ["none"]),
        "thread": driver.history("member", "Talk"),
    }
