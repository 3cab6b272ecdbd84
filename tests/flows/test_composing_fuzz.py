"""Hostile titles and texts on their way from a form to the outbox."""

import asyncio
import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.draft_forms import Field, units
from core.drafts import DraftState
from core.sheets import LONGEST_SHEET, showable_from_json
from tests.flows.desks import AUTHOR, CHIEF, GUILD, open_desk

ARMED = re.compile(r"@everyone|@here|<@[!&]?\d+>|<#\d+>")
PIECES = st.sampled_from(
    [
        "@everyone",
        "@here",
        "<@&8001>",
        "<@1>",
        "```",
        "~~~",
        "`",
        "||",
        "**",
        "[x](http://evil)",
        "[" * 300,
        ">" * 50,
        "\u202e",
        "\u2066",
        "\u200b",
        "a" + "\u0301" * 40,
        "🎉👩‍👩‍👧",
        "\x00",
        "\x1b[31m",
        "\ud800",
        "\ufeff",
        "{",
        "}}",
        "\n\n",
        "\r\n",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "<script>",
        "'; DROP TABLE drafts; --",
        "word " * 400,
        "x" * 1_800,
    ]
)
texts = st.lists(PIECES | st.text(max_size=30), max_size=12).map("".join)


async def test_whatever_is_typed_is_kept_whole_and_goes_out_within_the_limits(store, clock):
    desk = await open_desk(store, clock)
    loop = asyncio.get_running_loop()

    @settings(max_examples=60)
    @given(texts, texts)
    @example("@everyone [x](http://evil)", "```\n@everyone\n~~~\n```\n<@&8001>")
    @example("x" * 201, "y")
    def comes(title, body):
        asyncio.run_coroutine_threadsafe(come(title, body), loop).result(60)

    async def come(title, body):
        submitted = await desk.send(title=title, body=body)
        kept = await desk.composing.submission(GUILD, AUTHOR, submitted.submission_id)
        assert (kept.draft_id is None) == (kept.problem is not None)
        if submitted.draft is None:
            assert {one.field for one in submitted.problems} <= {Field.TITLE, Field.BODY}
            return
        draft = submitted.draft
        assert await desk.draft(draft.id) == draft
        view = await desk.composing.get(GUILD, CHIEF, draft.id)
        if view.problems:
            assert {one.field for one in view.problems} == {Field.BODY}
            return
        done = await desk.composing.publish(GUILD, CHIEF, draft.id, draft.version)
        assert done.state is DraftState.PUBLISHED
        messages = await desk.messages(draft.id)
        assert [one.sheet.text for one in messages] == [one.text for one in view.sheets]
        for one in messages:
            sheet = one.sheet
            assert showable_from_json(sheet.to_json()) == sheet
            assert units(sheet.text) <= LONGEST_SHEET
            assert sheet.text.strip()
            assert not ARMED.search(sheet.text)
            assert "\n" not in sheet.title
            assert 0 < units(sheet.title) <= 204
            assert sheet.role_ids == ()

    await asyncio.to_thread(comes)
