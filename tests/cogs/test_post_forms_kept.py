"""Every form of posts: kept before it does anything, offered again, done once, or dismissed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import pytest

from core.audit import AuditQuery
from core.draft_rows import DraftQuery
from core.drafts import Audience, AudienceKind, DraftState
from core.errors import TemporaryError
from core.rights import Right
from tests.cogs.conftest import running
from tests.cogs.posting import (
    OWNER,
    Failing,
    Hanging,
    chosen,
    drafts_of,
    filled_in,
    labels,
    picture,
    pressed,
    written,
)
from tests.cogs.test_post_strangers import permitted, used

AGAIN, DISMISS = "Open the form again", "Dismiss it"
BUSY = TemporaryError("The database is busy.")
CSV = b"title,body,when,zone\nFirst,One,in 3 hours,Europe/Berlin\n"


@dataclass(frozen=True)
class Kind:
    """A form: the call that it ends in, how it opens, what is typed, what it does."""

    call: str
    opens: Callable
    typed: dict
    shown: list
    is_done: Callable[..., Awaitable[bool]]
    sent: str


async def new(owner, services, guild):
    return await owner.slash("patreon post")


def button(label):
    async def opens(owner, services, guild):
        return await (await opened(owner, services, guild)).press(label)

    return opens


async def opened(owner, services, guild):
    """Write a post and open its panel."""
    answer = await written(owner, "Plain", "One.", **{"files": [picture()]})
    await answer.until(lambda a: "Draft · #" in a.text)
    return answer


async def part(owner, services, guild):
    answer = await opened(owner, services, guild)
    form = await answer.press("Add text…")
    await form.submit({"Text": "Two."})
    await answer.until(lambda a: "Two." in a.text)
    await pressed(answer, "Parts", until="Parts of the text")
    return await answer.select("Edit a part…", "1")


async def description(owner, services, guild):
    answer = await opened(owner, services, guild)
    await pressed(answer, "Pictures", until="1 of 10, in their order")
    return await answer.press("Describe it…")


async def minimum(owner, services, guild):
    answer = await opened(owner, services, guild)
    [draft] = await drafts_of(services, guild)
    audience = Audience(kind=AudienceKind.MINIMUM)
    await services.composing.set_audience(guild.id, OWNER, draft.id, draft.version, audience)
    await pressed(answer, "Audience", until="Set the amount")
    return await answer.press("Amount…")


async def refusal(owner, services, guild):
    answer = await opened(owner, services, guild)
    await pressed(answer, "Ask for approval", until="asked for approval")
    return await answer.press("Send back…")


async def values(owner, services, guild):
    answer = await written(owner, "Of {month}", "Guest: {guest}")
    form = await answer.press("Save as template…")
    await form.submit({"Name": "Monthly"})
    await answer.until(lambda a: "Saved as the template" in a.text)
    return await owner.slash("patreon template use", name="Monthly")


async def bulk(owner, services, guild):
    listed = await (await owner.slash("patreon posts")).finished()
    return await listed.press("Schedule from a file…")


def is_any(test, **filters):
    async def is_done(services, guild):
        return any(test(draft) for draft in await drafts_of(services, guild, **filters))

    return is_done


def in_body(text):
    return is_any(lambda draft: text in draft.content.body)


TEMPLATES = {"states": frozenset({DraftState.TEMPLATE})}
KINDS = {
    "new": Kind(
        "submit", new, {"Title": "Hours", "Text": "of work"}, ["Hours", "of work"],
        in_body("of work"), "New post: Hours",
    ),
    "edit": Kind(
        "submit", button("Edit…"), {"Title": "Hours", "Text": "of work"}, ["Hours", "of work"],
        in_body("of work"), "Edit #1: Hours",
    ),
    "add": Kind(
        "submit", button("Add text…"), {"Text": "of work"}, ["of work"], in_body("of work"),
        "More text #1: of work",
    ),
    "part": Kind(
        "submit", part, {"Text": "of work"}, ["of work"], in_body("of work"),
        "Part of the text #1: of work",
    ),
    "upload": Kind(
        "submit", button("Add files…"), {"files": [("long.md", b"of work")]}, [],
        in_body("of work"), "Files #1: long.md",
    ),
    "describe": Kind(
        "submit", description, {"description": "A red cat"}, ["A red cat"],
        is_any(lambda draft: draft.content.pictures[0].description == "A red cat"),
        "Picture #1: A red cat",
    ),
    "minimum": Kind(
        "set_minimum", minimum, {"amount": "7,50"}, ["7,50"],
        is_any(lambda draft: draft.content.audience.minimum_cents == 750), "Amount #1: 7,50",
    ),
    "schedule": Kind(
        "schedule", button("Schedule…"), {"When": "in 3 hours", "Time zone": "Europe/Berlin"},
        ["in 3 hours", "Europe/Berlin"],
        is_any(lambda draft: draft.state is DraftState.SCHEDULED), "Schedule #1: in 3 hours",
    ),
    "refuse": Kind(
        "refuse", refusal, {"reason": "Too long"}, ["Too long"],
        is_any(lambda draft: draft.note == "Sent back: Too long"), "Send back #1: Too long",
    ),
    "template": Kind(
        "save_template", button("Save as template…"), {"Name": "Weekly"}, ["Weekly"],
        is_any(lambda draft: draft.name == "Weekly", **TEMPLATES), "Template's name #1: Weekly",
    ),
    "use": Kind(
        "from_template", values, {"{guest}": "Ada"}, ["Ada"], in_body("Guest: Ada"),
        "From a template #2: Ada",
    ),
    "bulk": Kind(
        "schedule_many", bulk, {"CSV file": [("posts.csv", CSV)], "Time zone": "Berlin"},
        ["Berlin"], is_any(lambda draft: draft.content.title == "First"),
        "Schedule from a file: posts.csv",
    ),
}  # fmt: skip


@pytest.fixture(params=KINDS)
def kind(request):
    return KINDS[request.param]


@pytest.fixture
def person(server):
    return replace(OWNER, user_id=server.user("owner").user.id)


async def unused(services, guild, person):
    return list(await services.composing.unused(guild.id, person))


async def send_again(form, answer, kind, services, guild):
    """Send a form as it opened, and wait until the panel says that it is done."""
    count = len(answer.edits)
    await form.submit()
    await answer.until(
        lambda a: len(a.edits) > count and not a.thinking and AGAIN not in labels(a),
        what="the end",
    )
    assert await kind.is_done(services, guild), answer.text


async def test_a_form_that_failed_is_kept_opens_filled_in_and_is_done_once(
    server, new_part, following, services, guild, kind, person
):
    owner = server.user("owner")
    failing = Failing(services.composing, set(), BUSY)
    async with running(new_part(services=replace(services, composing=failing))):
        form = await kind.opens(owner, services, guild)
        failing.names = {kind.call}
        answer = await form.submit(kind.typed)
        await answer.until(lambda a: not a.thinking and AGAIN in labels(a), what=AGAIN)
        assert "The database is busy" in answer.text
        assert not await kind.is_done(services, guild)
        [kept] = await unused(services, guild, person)
        assert kept.problem.startswith("The database is busy.")
        assert kept.channel_id

        again = await answer.press(AGAIN)
        assert filled_in(again) == kind.shown
        failing.names = set()
        await send_again(again, answer, kind, services, guild)

    assert await unused(services, guild, person) == []
    assert (await services.composing.submission(guild.id, person, kept.id)).draft_id is not None


async def test_a_form_of_a_bot_that_died_is_offered_by_the_next_one(
    server, new_part, following, services, guild, kind, person
):
    owner = server.user("owner")
    hanging = Hanging(services.composing, set())
    async with running(new_part(services=replace(services, composing=hanging))):
        form = await kind.opens(owner, services, guild)
        hanging.names = {kind.call}
        await form.submit(kind.typed)
    async with running(new_part()):
        listed = await (await owner.slash("patreon posts")).finished()
        assert "1 form of yours was not used" in listed.text
        [kept] = await unused(services, guild, person)
        offered = [
            option["label"]
            for row in listed.components
            for part in row["components"]
            if part.get("placeholder") == "Open a form again…"
            for option in part["options"]
        ]
        assert [label.split(": ", 1)[1] for label in offered] == [kind.sent]
        again = await listed.select("Open a form again…", str(kept.id))
        assert filled_in(again) == kind.shown
        await send_again(again, listed, kind, services, guild)

    assert await unused(services, guild, person) == []


async def test_a_form_is_dismissed_and_offered_no_more(
    server, new_part, following, services, guild, kind, person, store
):
    owner = server.user("owner")
    failing = Failing(services.composing, set(), BUSY)
    async with running(new_part(services=replace(services, composing=failing))):
        form = await kind.opens(owner, services, guild)
        failing.names = {kind.call}
        answer = await form.submit(kind.typed)
        await answer.until(lambda a: not a.thinking and DISMISS in labels(a), what=DISMISS)

        await pressed(answer, DISMISS, until="The form is dismissed")

    assert "not used" not in answer.text
    assert await unused(services, guild, person) == []
    assert not await kind.is_done(services, guild)
    async with store.read() as work:
        query = AuditQuery(guild_id=guild.id, action="post.form_dismissed")
        [entry] = (await work.audit.page(query)).entries
    assert entry.user_id == owner.user.id


@pytest.fixture
def owner(server, part, following):
    return server.user("owner")


async def refused(owner):
    """Send a form that is refused."""
    return await written(owner, " \u200b ", "Heliotrope")


async def test_a_form_is_dismissed_in_the_list(owner, services, guild, person):
    await refused(owner)
    await refused(owner)
    [_, older] = await unused(services, guild, person)
    listed = await (await owner.slash("patreon posts")).finished()
    assert "2 forms of yours were not used" in listed.text

    await chosen(listed, "Dismiss a form…", str(older.id), until="The form is dismissed")

    assert "1 form of yours was not used" in listed.text


async def test_a_form_that_was_used_is_not_opened_again(owner, services, guild, person):
    answer = await refused(owner)
    [kept] = await unused(services, guild, person)
    listed = await (await owner.slash("patreon posts")).finished()
    form = await answer.press(AGAIN)
    await form.submit({"Title": "Better"})
    await answer.until(lambda a: "Draft · #" in a.text, what="the panel")

    said = await listed.select("Open a form again…", str(kept.id))

    assert "is done" in said.content
    assert len(await drafts_of(services, guild)) == 1


async def test_a_dismissed_form_is_still_opened_by_the_button_below_its_answer(
    owner, services, guild, person
):
    answer = await refused(owner)
    [kept] = await unused(services, guild, person)
    await services.composing.dismiss(guild.id, person, kept.id)

    form = await answer.press(AGAIN)
    await form.submit({"Title": "Better"})
    await answer.until(lambda a: "Draft · #" in a.text)

    assert [draft.content.body for draft in await drafts_of(services, guild)] == ["Heliotrope"]


async def test_a_form_about_a_draft_that_is_gone_still_shows_what_was_typed(
    owner, services, guild, store, clock
):
    answer = await opened(owner, services, guild)
    form = await answer.press("Schedule…")
    [draft] = await drafts_of(services, guild)
    await services.composing.discard(guild.id, OWNER, draft.id, draft.version)
    clock.advance(days=1)
    async with store.write() as work:
        await work.drafts.forget(clock(), limit=1)

    await form.submit({"When": "in 3 hours", "Time zone": "Berlin"})
    await answer.until(lambda a: "no such draft" in a.text)
    again = await answer.press(AGAIN)

    assert filled_in(again) == ["in 3 hours", "Berlin"]


async def test_the_same_button_opens_what_was_typed_in_vain(owner, services, guild, person):
    answer = await opened(owner, services, guild)
    form = await answer.press("Schedule…")
    await form.submit({"When": "yesterdayish", "Time zone": "Berlin"})
    await answer.until(lambda a: AGAIN in labels(a))
    await pressed(answer, "Back", until="Draft · #")

    again = await answer.press("Schedule…")
    assert filled_in(again) == ["yesterdayish", "Berlin"]
    await again.submit({"When": "in 3 hours"})
    await answer.until(lambda a: "Scheduled for" in a.text)

    assert await unused(services, guild, person) == []


async def test_a_text_file_is_kept_with_its_form_when_discord_has_it_no_more(
    server, new_part, following, services, guild, world
):
    owner = server.user("owner")
    failing = Failing(services.composing, {"submit"}, BUSY)
    async with running(new_part(services=replace(services, composing=failing))):
        answer = await written(owner, "Hours", "One.", **{"files": [("more.md", b"of work")]})
        failing.names = set()
        world.files.clear()
        form = await answer.press(AGAIN)
        await form.submit()
        await answer.until(lambda a: "Draft · #" in a.text)

    [draft] = await drafts_of(services, guild)
    assert draft.content.body == "One.\n\nof work"


@pytest.mark.parametrize("template", ["reopen", "dismiss"])
async def test_nobody_opens_or_dismisses_the_form_of_another(
    owner, server, world, services, guild, person, template
):
    await refused(owner)
    [kept] = await unused(services, guild, person)
    other = await permitted(
        server, services, world, guild, "moderator", {Right.COMPOSE, Right.APPROVE}
    )

    said = await used(other, world, "general", f"post-buttons1|{template}|{kept.id}|0|")
    listed = await (await other.slash("patreon posts")).finished()

    assert "This form is not known" in said
    assert "Heliotrope" not in said
    assert "not used" not in listed.text
    assert await unused(services, guild, person) == [kept]


async def test_nobody_takes_the_files_of_another_with_a_forged_form(
    owner, server, world, services, guild, person
):
    await written(owner, " \u200b ", "Heliotrope", **{"files": [("own.md", b"Lapislazuli")]})
    [kept] = await unused(services, guild, person)
    other = await permitted(server, services, world, guild, "moderator", {Right.COMPOSE})

    form = await other.slash("patreon post")
    form.modal["custom_id"] = f"post-forms1|new|0|0||{kept.id}"
    answer = await form.submit({"Title": "Mine", "Text": "Mine"})
    await answer.until(lambda a: not a.thinking and a.embeds)

    [draft] = await drafts_of(services, guild)
    assert draft.content.body == "Mine"
    assert await unused(services, guild, person) == [kept]


async def test_what_was_typed_goes_back_when_no_form_can_be_kept(
    server, new_part, following, services, guild
):
    failing = Failing(services.composing, set(), BUSY)
    async with running(new_part(services=replace(services, composing=failing))):
        form = await refusal(server.user("owner"), services, guild)
        failing.names = {"keep"}
        answer = await form.submit({"reason": "Too long"})
        await answer.followed_up()

    files = [file.data for message in answer.followups for file in message.attachments]
    assert files == [b"Too long"]
    page = await services.composing.listed(OWNER, DraftQuery(guild_id=guild.id))
    assert [line.state for line in page.lines] == [DraftState.WAITING]
