"""Writing posts: forms, changes, approval."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from core.cards import Card
from core.draft_forms import Field, Form
from core.draft_rows import DraftQuery
from core.draft_rules import Act, Stale
from core.drafts import Audience, AudienceKind, DraftPicture, DraftState, Target
from core.errors import UserError
from core.handover_rows import PREVIEW, Offer
from core.sheets import showable_from_json
from tests.factories import link
from tests.flows.desks import (
    APPROVER,
    AUTHOR,
    CHIEF,
    COLLEAGUE,
    EVERYBODY,
    FORUM,
    FRIENDS,
    GUILD,
    NEWS,
    OTHER_GUILD,
    POSTS,
    STAFF,
    STRANGER,
    open_desk,
)

PICTURE = DraftPicture(digest="a" * 64, name="a.png", media_type="image/png", size_bytes=7)


@pytest.fixture
async def desk(store, clock):
    return await open_desk(store, clock)


async def test_a_form_becomes_a_draft_for_the_campaigns_channel(desk):
    draft = await desk.write(audience=AudienceKind.PATRONS, is_paid=True, pictures=(PICTURE,))

    assert (draft.state, draft.author_id, draft.campaign_id) == (DraftState.EDITING, 101, "1001")
    assert draft.targets == (Target(channel_id=POSTS),)
    assert draft.content.is_paid
    assert await desk.draft(draft.id) == draft
    assert await desk.acts() == ["post.begun"]


async def test_a_form_is_kept_whatever_is_wrong_with_it(desk):
    submitted = await desk.send(title=" ", body="")

    assert submitted.draft is None
    assert [one.field for one in submitted.problems] == [Field.TITLE, Field.BODY]
    kept = await desk.composing.submission(GUILD, AUTHOR, submitted.submission_id)
    assert kept.fields == {"title": "raw"}
    assert kept.problem == "The title is empty. Write one. The text is empty. Write something."
    assert [one.id for one in await desk.composing.unused(GUILD, AUTHOR)] == [kept.id]


async def test_the_same_form_sent_again_changes_nothing(desk):
    first = await desk.send(title="News", body="Something new.")

    async def again():
        form = Form(title="News", body="Something else.")
        return await desk.composing.submit(GUILD, AUTHOR, first.submission_id, form)

    repeated = await asyncio.gather(*(again() for _ in range(3)))

    assert [one.draft for one in repeated] == [first.draft] * 3
    assert (await desk.composing.listed(AUTHOR, DraftQuery(guild_id=GUILD))).matching == 1


async def test_a_form_of_somebody_without_the_right_is_kept_and_refused(desk):
    submitted = await desk.send(STRANGER, title="News", body="Something new.")

    assert submitted.draft is None
    assert "/patreon permissions" in submitted.problems[0].text
    assert await desk.composing.submission(GUILD, STRANGER, submitted.submission_id)


async def test_approving_is_not_writing(desk):
    submitted = await desk.send(APPROVER, title="News", body="Something new.")

    assert "right to compose" in submitted.problems[0].text


async def test_nobody_opens_the_form_of_another(desk):
    submitted = await desk.send(title="", body="")

    for guild_id, person in ((GUILD, COLLEAGUE), (OTHER_GUILD, AUTHOR)):
        with pytest.raises(UserError, match="not known"):
            await desk.composing.submission(guild_id, person, submitted.submission_id)
        form = Form(title="News", body="x")
        with pytest.raises(UserError, match="not known"):
            await desk.composing.submit(guild_id, person, submitted.submission_id, form)


async def test_a_guild_without_a_campaign_is_told_what_to_do(store, clock, desk):
    async with store.write() as work:
        await work.links.remove([one.id for one in await work.links.all()], at=clock())

    submitted = await desk.send(title="News", body="x")

    assert "/patreon setup" in submitted.problems[0].text


async def test_a_form_changes_a_part_or_adds_one(desk):
    draft = await desk.write()

    changed = await desk.send(draft_id=draft.id, version=1, title="Later", body="Changed.")
    added = await desk.send(draft_id=draft.id, version=2, body="More.", part=None)

    assert (changed.draft.content.title, changed.draft.version) == ("Later", 2)
    assert added.draft.content.parts == ("Changed.", "More.")
    left = await desk.composing.remove_part(GUILD, AUTHOR, draft.id, 3, 0)
    assert left.content.parts == ("More.",)
    with pytest.raises(UserError, match="The text is empty"):
        await desk.composing.remove_part(GUILD, AUTHOR, draft.id, 4, 0)


async def test_a_change_of_an_older_version_is_refused_but_kept(desk):
    draft = await desk.write()
    await desk.send(draft_id=draft.id, version=1, body="First.")

    second = await desk.send(draft_id=draft.id, version=1, body="Second.")

    assert second.problems[0].text == ("Somebody changed this draft meanwhile; look at it again.")
    assert (await desk.draft(draft.id)).content.body == "First."
    assert [one.id for one in await desk.composing.unused(GUILD, AUTHOR)] == [second.submission_id]


async def test_of_two_changes_at_once_one_wins(desk):
    draft = await desk.write()

    done = await asyncio.gather(
        *(desk.send(draft_id=draft.id, version=1, body=text) for text in "ABC")
    )

    won = [one.draft for one in done if one.draft]
    assert len(won) == 1
    assert await desk.draft(draft.id) == won[0]


async def test_an_audience_has_to_be_the_campaigns(desk):
    draft = await desk.write(audience=AudienceKind.TIERS)
    call = desk.composing.set_audience

    with pytest.raises(UserError, match="a tier that the campaign does not have"):
        await call(GUILD, AUTHOR, draft.id, 1, Audience(kind=AudienceKind.TIERS, tier_ids=("999",)))
    tiers = await call(
        GUILD,
        AUTHOR,
        draft.id,
        1,
        Audience(kind=AudienceKind.TIERS, tier_ids=("201", "201"), minimum_cents=5),
    )
    least = await desk.composing.set_minimum(GUILD, AUTHOR, draft.id, 2, "7,50")

    assert tiers.content.audience == Audience(kind=AudienceKind.TIERS, tier_ids=("201",))
    assert least.content.audience == Audience(kind=AudienceKind.MINIMUM, minimum_cents=750)


async def test_targets_are_checked(desk):
    draft = await desk.write()

    async def choose(*targets):
        return await desk.composing.set_targets(GUILD, AUTHOR, draft.id, 1, targets)

    with pytest.raises(UserError, match="cannot ping everyone"):
        await choose(Target(channel_id=NEWS, role_ids=(GUILD,)))
    with pytest.raises(UserError, match="twice"):
        await choose(Target(channel_id=NEWS), Target(channel_id=NEWS))
    with pytest.raises(UserError, match="at most 10 channels"):
        await choose(*(Target(channel_id=n) for n in range(1, 12)))
    with pytest.raises(UserError, match="at most 5 tags"):
        await choose(Target(channel_id=FORUM, tag_ids=tuple(range(1, 7))))
    chosen = await choose(Target(channel_id=NEWS, role_ids=(FRIENDS,), crosspost=True))
    assert chosen.targets[0].role_ids == (FRIENDS,)


async def test_a_draft_moves_to_another_campaign_with_its_channel(store, clock, desk):
    async with store.write() as work:
        await work.links.save(link(campaign_id="1002", posts_channel_id=NEWS), at=clock())
    draft = await desk.write(audience=AudienceKind.TIERS)
    draft = await desk.composing.set_audience(
        GUILD, AUTHOR, draft.id, 1, Audience(kind=AudienceKind.TIERS, tier_ids=("201",))
    )

    moved = await desk.composing.set_campaign(GUILD, AUTHOR, draft.id, 2, "1002")

    assert (moved.campaign_id, moved.targets) == ("1002", (Target(channel_id=NEWS),))
    assert moved.content.audience.tier_ids == ()
    with pytest.raises(UserError, match="no such campaign"):
        await desk.composing.set_campaign(GUILD, AUTHOR, draft.id, 3, "9999")


async def test_pictures_come_and_go(desk):
    draft = await desk.write()

    more = await desk.composing.add_pictures(GUILD, AUTHOR, draft.id, 1, [PICTURE])
    less = await desk.composing.remove_picture(GUILD, AUTHOR, draft.id, 2, PICTURE.digest)

    assert (more.content.pictures, less.content.pictures) == ((PICTURE,), ())


async def test_another_guild_finds_no_draft(desk, store, clock):
    draft = await desk.write()
    async with store.write() as work:
        await work.links.save(link(guild_id=OTHER_GUILD), at=clock())
        granted = await work.role_rights.of_guild(GUILD)
        for role_id, rights in granted.items():
            await work.role_rights.replace(OTHER_GUILD, role_id, rights, at=clock())

    composing = desk.composing
    for call in (
        composing.get(OTHER_GUILD, CHIEF, draft.id),
        composing.publish(OTHER_GUILD, CHIEF, draft.id, 1),
        composing.discard(OTHER_GUILD, CHIEF, draft.id, 1),
        composing.copy(OTHER_GUILD, CHIEF, draft.id),
        composing.set_paid(OTHER_GUILD, CHIEF, draft.id, 1, True),
        composing.save_template(OTHER_GUILD, CHIEF, draft.id, 1, "x"),
        composing.from_template(OTHER_GUILD, CHIEF, draft.id),
    ):
        with pytest.raises(UserError, match="no such draft"):
            await call
    assert (await composing.listed(CHIEF, DraftQuery(guild_id=OTHER_GUILD))).matching == 0


async def test_a_stranger_sees_nothing(desk):
    draft = await desk.write()

    with pytest.raises(UserError, match="/patreon permissions"):
        await desk.composing.get(GUILD, STRANGER, draft.id)
    with pytest.raises(UserError, match="/patreon permissions"):
        await desk.composing.listed(STRANGER, DraftQuery(guild_id=GUILD))


async def test_the_view_shows_what_would_be_sent_and_what_keeps_it_back(desk):
    draft = await desk.write(audience=AudienceKind.TIERS, body="One\n\ntwo")

    view = await desk.composing.get(GUILD, AUTHOR, draft.id)

    assert [sheet.text for sheet in view.sheets] == ["One\n\ntwo"]
    assert [problem.field for problem in view.problems] == [Field.AUDIENCE]
    assert Act.ASK in view.acts
    assert Act.PUBLISH not in view.acts
    assert view.campaign.name == "Ada's Workshop"
    assert list(view.tiers) == ["200", "201", "202"]


async def test_asking_tells_the_staff_channel_and_the_answer_is_told_there(desk, store):
    draft = await desk.write()

    asked = await desk.composing.ask(GUILD, AUTHOR, draft.id, 1)
    card = await card_of(store, asked)
    assert card.actions[0].custom_id == f"look|{draft.id}|2"
    approved = await desk.composing.approve(GUILD, APPROVER, draft.id, 2)

    assert (asked.state, approved.approval.approved_by) == (DraftState.WAITING, 201)
    card = await card_of(store, asked)
    assert (card.title, card.actions) == ("Approved", ())
    await desk.composing.publish(GUILD, AUTHOR, draft.id, 3)
    assert (await card_of(store, asked)).title == "Published"
    assert await desk.acts() == ["post.begun", "post.asked", "post.approved", "post.published"]


async def card_of(store, draft):
    """The card in the staff channel, as the outbox wants it."""
    async with store.write() as work:
        claimed = await work.announcements.claim_due(
            draft.updated_at + timedelta(days=1), lease=timedelta(), limit=9
        )
        await work.announcements.release_leases()
    (found,) = [one for one in claimed if one.channel_id == STAFF]
    shown = showable_from_json(found.shows.to_json())
    assert isinstance(shown, Card)
    return shown


async def test_a_draft_with_something_missing_is_not_asked_for(desk):
    draft = await desk.write(audience=AudienceKind.MINIMUM)

    with pytest.raises(UserError, match="Set it with “Audience”"):
        await desk.composing.ask(GUILD, AUTHOR, draft.id, 1)


async def test_what_is_sent_back_says_why(desk):
    draft = await desk.write()
    await desk.composing.ask(GUILD, AUTHOR, draft.id, 1)

    back = await desk.composing.refuse(
        GUILD, APPROVER, draft.id, 2, reason="Too\nlong\u202e, " + "x" * 999
    )

    assert (back.state, back.approval) == (DraftState.EDITING, None)
    assert back.note.startswith("Sent back: Too long")
    assert len(back.note) < 400


async def test_a_change_after_the_approval_needs_another_one(desk):
    draft = await desk.approved()

    changed = await desk.send(draft_id=draft.id, version=draft.version, body="Smuggled in.")

    assert (changed.draft.state, changed.draft.approval) == (DraftState.EDITING, None)
    with pytest.raises(UserError, match="approve this first"):
        await desk.composing.publish(GUILD, AUTHOR, draft.id, changed.draft.version)


async def test_a_draft_is_thrown_away_and_restored(desk):
    draft = await desk.write()

    await desk.composing.discard(GUILD, AUTHOR, draft.id, 1)
    with pytest.raises(UserError, match="restore it first"):
        await desk.composing.publish(GUILD, CHIEF, draft.id, 2)
    back = await desk.composing.restore(GUILD, AUTHOR, draft.id, 2)

    assert back.content == draft.content


async def test_throwing_a_draft_away_ends_the_links_to_its_previews_for_good(desk):
    draft, other = await desk.write(), await desk.write(title="Other")
    async with desk.store.write() as work:
        for digest, one in (("mine", draft), ("theirs", draft), ("other", other)):
            offer = Offer(
                draft_id=one.id,
                guild_id=GUILD,
                user_id=AUTHOR.user_id if digest == "mine" else 777,
                expires_at=desk.clock() + timedelta(days=1),
            )
            await work.handovers.add(digest, offer, session=PREVIEW)

    await desk.composing.discard(GUILD, AUTHOR, draft.id, 1)
    await desk.composing.restore(GUILD, AUTHOR, draft.id, 2)

    async with desk.store.read() as work:
        digests = ("mine", "theirs", "other")
        left = [one for one in digests if await work.handovers.look(one, session=PREVIEW)]
    assert left == ["other"]


async def test_templates_fill_themselves(desk, clock):
    draft = await desk.write(title="{campaign} in {month}", body="With {guest}. {{x}}")
    composing = desk.composing

    template = await composing.save_template(GUILD, AUTHOR, draft.id, 1, "Weekly")
    assert await composing.variables(GUILD, AUTHOR, template.id) == ("guest",)
    with pytest.raises(UserError, match=r"Fill in `\{guest\}`"):
        await composing.from_template(GUILD, COLLEAGUE, template.id)
    made = await composing.from_template(
        GUILD, COLLEAGUE, template.id, values={"guest": "Bob"}, zone="Pacific/Kiritimati"
    )

    assert (made.state, made.author_id) == (DraftState.EDITING, 102)
    assert made.content.title == "Ada's Workshop in November"
    assert made.content.parts == ("With Bob. {x}",)
    with pytest.raises(UserError, match="time zone"):
        await composing.from_template(GUILD, AUTHOR, template.id, zone="../x\x00")


async def test_a_template_takes_a_city_for_a_time_zone_and_suggests_near_names(desk, clock):
    clock.advance(datetime(2026, 11, 30, 23, 30, tzinfo=UTC) - clock())
    draft = await desk.write(title="News of {month}")
    template = await desk.composing.save_template(GUILD, AUTHOR, draft.id, 1, "Weekly")

    async def title_in(zone):
        made = await desk.composing.from_template(GUILD, AUTHOR, template.id, zone=zone)
        return made.content.title

    assert await title_in(None) == "News of November"
    assert await title_in(" berlin ") == "News of December"
    with pytest.raises(UserError, match="Did you mean `Europe/Berlin`"):
        await title_in("Berln")


async def test_a_template_of_the_same_name_is_replaced_by_its_author_alone(desk):
    first = await desk.write(body="One")
    second = await desk.write(by=COLLEAGUE, body="Two")
    save = desk.composing.save_template

    template = await save(GUILD, AUTHOR, first.id, 1, "Weekly")
    with pytest.raises(UserError, match="somebody else's"):
        await save(GUILD, COLLEAGUE, second.id, 1, "WEEKLY")
    again = await save(GUILD, CHIEF, second.id, 1, "weekly")

    assert (again.id, again.content.body) == (template.id, "Two")
    with pytest.raises(UserError, match="make a post from it"):
        await desk.composing.publish(GUILD, CHIEF, template.id, again.version)


async def test_a_template_does_not_come_back_beside_another_of_its_name(desk):
    draft = await desk.write()
    composing = desk.composing
    first = await composing.save_template(GUILD, AUTHOR, draft.id, 1, "Weekly")
    await composing.discard(GUILD, AUTHOR, first.id, 1)
    second = await composing.save_template(GUILD, AUTHOR, draft.id, 1, "Weekly")

    with pytest.raises(UserError, match="There is a template “Weekly” already"):
        await composing.restore(GUILD, AUTHOR, first.id, 2)
    await composing.discard(GUILD, AUTHOR, second.id, 1)
    assert (await composing.restore(GUILD, AUTHOR, first.id, 2)).state is DraftState.TEMPLATE


async def test_a_copy_is_a_draft_of_who_copies(desk):
    draft = await desk.approved(pictures=(PICTURE,))

    copy = await desk.composing.copy(GUILD, COLLEAGUE, draft.id)

    assert (copy.content, copy.targets) == (draft.content, draft.targets)
    assert (copy.author_id, copy.approval, copy.version) == (102, None, 1)
    assert copy.page_key != draft.page_key


async def test_every_act_names_the_version_that_was_seen(desk):
    draft = await desk.write()
    composing = desk.composing

    for person in EVERYBODY[:-1]:
        for call in (composing.publish, composing.ask, composing.discard, composing.approve):
            with pytest.raises(Stale):
                await call(GUILD, person, draft.id, 7)
