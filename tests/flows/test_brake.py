"""A sync that would take away too much stops and asks; an answer counts once, and no longer."""

import asyncio
from dataclasses import replace

import pytest

from core.audit import AuditQuery
from core.brake import AlreadyAnswered, Choice, NotOpen, Presser, press_id
from core.errors import UserError
from sandbox.patreon import FaultKind, Limits, PatreonServer, PatreonWorld
from tests.flows.conftest import FEED, GUILD
from tests.flows.doubles import bend
from tests.flows.losing import (
    ADA,
    ADMIN,
    BEA,
    MEMBERS,
    apply,
    come_back,
    keep,
    present,
    restart,
    staff,
    stored,
    sync,
    vanish,
)

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
async def patreon(clock):
    world = PatreonWorld(seed=3, now=clock)
    world.seed_campaign(members=MEMBERS, posts=2)
    async with PatreonServer(world, limits=Limits.off()) as server:
        yield server


@pytest.fixture
async def synced(bot):
    await bot.take_stock()
    return bot


@pytest.mark.parametrize("count", [33, 297])
async def test_a_list_that_lacks_too_many_takes_nobody_away_and_asks_the_staff_once(synced, count):
    vanish(synced, count)

    first = await sync(synced)
    restart(synced)
    second = await sync(synced)

    [card] = staff(synced)
    assert first.failures == second.failures == ()
    assert first.question.version == second.question.version
    assert len(await present(synced)) == MEMBERS
    assert synced.channels.titles(FEED) == []
    assert card.facts[0].text == f"{count} of {MEMBERS} members"
    assert [one.custom_id for one in card.actions] == [
        press_id(choice, synced.campaign_id, first.question.version) for choice in Choice
    ]


@on_sqlite
async def test_a_round_that_waits_for_an_answer_has_not_failed(synced):
    vanish(synced, 33)

    assert await synced.rounds.make_round()


async def test_the_configured_share_goes_unasked(synced):
    vanish(synced, 30)

    report = await sync(synced)

    assert report.question is None
    assert report.members.gone == 30
    assert staff(synced) == []


@pytest.mark.parametrize("count", [33, 297])
async def test_apply_reads_the_list_again_and_lets_the_missing_go(synced, count):
    lost = vanish(synced, count)
    question = (await sync(synced)).question
    restart(synced)

    report = await apply(synced, question)

    [card] = staff(synced)
    assert report.members.gone == count
    assert report.question is None
    assert await present(synced) == {member.id for member in synced.world.members()}
    assert not {member.id for member in lost} & await present(synced)
    assert card.actions == ()
    assert card.text.startswith("Ada answered: they really left.")
    assert card.facts[-1].text == str(count)


@on_sqlite
async def test_apply_takes_nobody_away_who_came_back(synced):
    lost = vanish(synced, 297)
    question = (await sync(synced)).question
    come_back(synced, lost)

    report = await apply(synced, question)

    assert report.members.gone == 0
    assert len(await present(synced)) == MEMBERS


@on_sqlite
async def test_apply_lets_the_confirmed_go_and_what_any_sync_may_take_of_the_others(synced):
    vanish(synced, 33)
    question = (await sync(synced)).question
    vanish(synced, 26)

    assert (await apply(synced, question)).members.gone == 33 + 26


async def test_apply_takes_nobody_away_when_more_are_missing_than_were_asked_about(synced):
    vanish(synced, 33)
    old = (await sync(synced)).question
    vanish(synced, 27)

    report = await apply(synced, old)

    [card] = staff(synced)
    assert report.members.gone == 0
    assert report.question.is_open
    assert report.question.missing == 60
    assert len(await present(synced)) == MEMBERS
    assert card.facts[0].text == f"60 of {MEMBERS} members"
    assert all(report.question.version in one.custom_id for one in card.actions)
    with pytest.raises(NotOpen):
        await apply(synced, old)


@on_sqlite
@pytest.mark.parametrize("fault", [FaultKind.SHORT_PAGE, FaultKind.EMPTY_PAGE])
async def test_no_answer_overrules_a_truncated_list(synced, fault):
    vanish(synced, 33)
    question = (await sync(synced)).question
    synced.world.faults.plan("members", fault, times=1)

    report = await apply(synced, question)

    [card] = staff(synced)
    assert report.failures
    assert report.question.is_open
    assert len(await present(synced)) == MEMBERS
    assert "did not come to its end" in card.text
    assert len(card.actions) == 2


@on_sqlite
async def test_apply_can_be_repeated_after_patreon_was_away(synced):
    vanish(synced, 33)
    question = (await sync(synced)).question
    synced.world.faults.plan("members", FaultKind.SERVER_ERROR, times=50)
    assert (await apply(synced, question)).members.gone == 0
    synced.world.faults.clear()

    assert (await apply(synced, question, by=BEA)).members.gone == 33


@on_sqlite
async def test_an_apply_that_was_cut_short_is_asked_again_in_the_same_message(synced):
    vanish(synced, 33)
    question = (await sync(synced)).question
    await synced.sync._brake.answer(synced.campaign_id, question.version, Choice.APPLY, ADA)
    await synced.settle()
    assert staff(synced)[0].actions == ()
    restart(synced)

    report = await sync(synced)

    [card] = staff(synced)
    assert report.question.is_open
    assert len(card.actions) == 2
    assert len(await present(synced)) == MEMBERS


async def test_keep_holds_for_its_time_and_is_asked_again_then(synced, clock):
    vanish(synced, 33)
    question = (await sync(synced)).question

    kept = await keep(synced, question)
    restart(synced)
    vanish(synced, 26)
    quiet = await sync(synced)
    clock.advance(hours=24)
    loud = await sync(synced)

    old, new = staff(synced)
    assert kept.is_kept
    assert quiet.question.is_kept
    assert quiet.failures == ()
    assert len(await present(synced)) == MEMBERS
    assert old.actions == ()
    assert old.text.startswith("Ada answered: the list is wrong.")
    assert loud.question.is_open
    assert len(new.actions) == 2


@on_sqlite
async def test_keep_does_not_speak_for_more_than_were_asked_about(synced):
    vanish(synced, 33)
    await keep(synced, (await sync(synced)).question)
    vanish(synced, 27)

    assert (await sync(synced)).question.is_open


@on_sqlite
async def test_keep_holds_for_a_list_that_was_whole_in_between(synced):
    lost = vanish(synced, 33)
    await keep(synced, (await sync(synced)).question)
    come_back(synced, lost)
    assert (await sync(synced)).question is None
    vanish(synced, 33)

    assert (await sync(synced)).question.is_kept
    assert len(staff(synced)) == 1


@on_sqlite
async def test_the_admin_applies_what_somebody_kept(synced):
    vanish(synced, 33)
    await keep(synced, (await sync(synced)).question)
    synced.clock.advance(minutes=5)

    report = await synced.sync.apply_removals(synced.campaign_id, by=ADMIN)

    assert report.members.gone == 33


@pytest.mark.parametrize("left", [0, 30])
async def test_a_list_in_order_closes_the_question(synced, left):
    lost = vanish(synced, 33)
    question = (await sync(synced)).question
    come_back(synced, lost[left:])

    report = await sync(synced)

    [card] = staff(synced)
    assert report.question is None
    assert report.members.gone == left
    assert card.actions == ()
    assert card.title.startswith("No question")
    with pytest.raises(NotOpen):
        await apply(synced, question)


@on_sqlite
async def test_a_question_after_an_applied_one_is_a_new_message(synced):
    vanish(synced, 33)
    await apply(synced, (await sync(synced)).question)
    vanish(synced, 33)

    await sync(synced)

    assert [len(card.actions) for card in staff(synced)] == [0, 2]


@on_sqlite
async def test_every_answer_that_counts_is_in_the_audit(synced):
    vanish(synced, 40)
    question = (await sync(synced)).question
    carla = replace(ADA, user_id=7)

    await keep(synced, question, by=carla)
    with pytest.raises(AlreadyAnswered):
        await keep(synced, question, by=BEA)
    await synced.sync.apply_removals(synced.campaign_id, by=ADMIN, version=None)

    async with synced.store.read() as work:
        page = await work.audit.page(AuditQuery(guild_id=None, action="brake"))
    assert [(one.guild_id, one.user_id, one.action) for one in page.entries] == [
        (None, None, "brake.applied"),
        (GUILD, 7, "brake.kept"),
    ]
    assert all("40 of 300 members" in one.detail for one in page.entries)


@pytest.mark.parametrize("version", ["", "0" * 12])
async def test_an_answer_to_another_question_is_refused(synced, version):
    vanish(synced, 33)
    question = replace((await sync(synced)).question, version=version)

    for answer in (apply, keep):
        with pytest.raises(NotOpen):
            await answer(synced, question)

    assert (await stored(synced)).is_open


async def test_a_guild_that_does_not_follow_the_campaign_answers_nothing(synced):
    vanish(synced, 33)
    question = (await sync(synced)).question
    stranger = Presser(name="Eve", guild_id=999)

    for answer in (apply, keep):
        with pytest.raises(NotOpen) as refusal:
            await answer(synced, question, stranger)
        assert "33" not in str(refusal.value)

    assert (await stored(synced)).is_open
    assert len(await present(synced)) == MEMBERS


async def test_of_two_who_answer_at_once_one_counts_and_the_other_hears_of_it(synced):
    vanish(synced, 33)
    question = (await sync(synced)).question

    results = await asyncio.gather(
        keep(synced, question, ADA),
        keep(synced, question, BEA),
        apply(synced, question, BEA),
        return_exceptions=True,
    )

    late = [result for result in results if isinstance(result, AlreadyAnswered)]
    answer = (await stored(synced)).answer
    assert len(late) == 2
    assert {error.question.answer for error in late} == {answer}
    assert len(await present(synced)) == (
        MEMBERS - 33 if answer.choice is Choice.APPLY else MEMBERS
    )


@on_sqlite
async def test_apply_while_a_sync_runs_leaves_the_question_open(synced):
    vanish(synced, 33)
    question = (await sync(synced)).question
    running = asyncio.create_task(synced.sync.run(synced.campaign_id))
    await asyncio.sleep(0)

    with pytest.raises(UserError, match="running already"):
        await apply(synced, question)

    await running
    assert (await stored(synced)).is_open


@on_sqlite
async def test_a_few_missing_members_are_asked_for_one_by_one_whatever_their_share(synced):
    vanish(synced, 275)
    await apply(synced, (await sync(synced)).question)
    assert len(await present(synced)) == 25
    lost = vanish(synced, 20)

    async def still_there(api, member_id):
        return object() if member_id == lost[0].id else await api.member(member_id)

    bend(synced, member=still_there)

    report = await sync(synced)

    assert report.question is None
    assert report.members.gone == 19


@on_sqlite
async def test_a_list_that_does_not_say_its_length_is_no_question(synced):
    async def without_total(api, campaign_id, *, cursor=None):
        return replace(await api.members_page(campaign_id, cursor=cursor), total=None)

    bend(synced, members_page=without_total)
    vanish(synced, 33)

    report = await sync(synced)

    assert "does not say how long it is" in report.failures[0]
    assert report.question is None
    assert len(await present(synced)) == MEMBERS
