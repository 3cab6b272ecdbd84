"""A campaign of 300 members whose list loses some, and the answers to the brake's question."""

from core.brake import Presser, load_question
from core.listing import MemberQuery
from core.sync import Sync
from tests.flows.conftest import GUILD, STAFF

ADA = Presser(name="Ada", guild_id=GUILD)
BEA = Presser(name="Bea", guild_id=GUILD)
ADMIN = Presser(name="The admin at the terminal")
MEMBERS = 300


def vanish(bot, count):
    """Let Patreon's list and its total lose some members; gives them."""
    lost = list(bot.world.members())[:count]
    for member in lost:
        bot.world.roster(bot.campaign_id).remove(member)
    return lost


def come_back(bot, members):
    for member in members:
        bot.world.roster(bot.campaign_id).put(member)


def restart(bot):
    """Begin again with nothing but what is stored."""
    old = bot.sync
    bot.sync = Sync(
        bot.store,
        bot.clients,
        old._feed,
        clock=bot.clock,
        on_announced=lambda: None,
        on_baseline=lambda: None,
    )


async def sync(bot):
    bot.clock.advance(seconds=10)
    report = await bot.sync.run(bot.campaign_id)
    await bot.settle()
    return report


async def apply(bot, question, by=ADA):
    bot.clock.advance(seconds=10)
    report = await bot.sync.apply_removals(bot.campaign_id, by=by, version=question.version)
    await bot.settle()
    return report


async def keep(bot, question, by=ADA):
    kept = await bot.sync.keep_members(bot.campaign_id, by=by, version=question.version)
    await bot.settle()
    return kept


async def present(bot):
    async with bot.store.read() as work:
        page = await work.members.page(MemberQuery(campaign_ids=(bot.campaign_id,), limit=1_000))
    return {member.id for member in page.members}


async def stored(bot):
    async with bot.store.read() as work:
        return await load_question(work, bot.campaign_id)


def staff(bot, channel=STAFF):
    return [message.card for message in bot.channels.shown if message.channel_id == channel]
