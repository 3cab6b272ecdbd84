"""The process dies at every step of writing and publishing: nothing is lost, nothing is half."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, MultiFernet

from core.draft_forms import Form
from core.draft_rows import DraftQuery
from core.drafts import DraftState
from core.steps import CRASH_AT, STEPS
from storage.store import SqlStore
from tests.factories import FakeClock
from tests.flows.desks import AUTHOR, CHIEF, GUILD, Desk, open_desk

WAY = [step for step in STEPS if step.split(".")[0] in ("drafts", "publish")]
FORM = 5001

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


async def write_and_publish(desk):
    """Do it all, and whatever of it was done before is not done again."""
    await desk.composing.keep(
        GUILD, AUTHOR.user_id, FORM, custom_id="post-forms1|new", fields={"title": "raw"}
    )
    form = Form(title="News", body="Something new.")
    done = await desk.composing.submit(GUILD, AUTHOR, FORM, form)
    if done.draft.state is not DraftState.PUBLISHED:
        await desk.composing.publish(GUILD, CHIEF, done.draft.id, done.draft.version)


async def live(path: str, key: str) -> None:
    """What the process that dies does."""
    clock = FakeClock()
    store = SqlStore(f"sqlite:///{path}", keys=MultiFernet([Fernet(key)]), clock=clock)
    await write_and_publish(Desk(store, clock))
    await store.close()


@pytest.mark.parametrize("step", [*WAY, None])
async def test_a_death_at_any_step_loses_nothing_and_publishes_once(store, clock, tmp_path, step):
    desk = await open_desk(store, clock)
    code = (
        "import asyncio, sys; from tests.flows.test_composing_crashes import live; "
        "asyncio.run(live(*sys.argv[1:]))"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        code,
        str(tmp_path / "bot.db"),
        Fernet.generate_key().decode(),
        cwd=Path(__file__).parents[2],
        env={**os.environ, **({CRASH_AT: step} if step else {})},
    )
    async with asyncio.timeout(60):
        ended = await process.wait()
    assert ended == (-signal.SIGKILL if step else 0)

    kept = await desk.composing.submission(GUILD, AUTHOR, FORM)
    page = await desk.composing.listed(AUTHOR, DraftQuery(guild_id=GUILD))
    states = [line.state for line in page.lines]
    assert kept.fields == {"title": "raw"}
    assert (kept.draft_id is not None) == (step not in ("drafts.stored", "drafts.saved"))
    is_out = step in ("publish.committed", None)
    assert states in ([], [DraftState.EDITING], [DraftState.PUBLISHED])
    assert (states == [DraftState.PUBLISHED]) == is_out
    assert await desk.waiting() == is_out

    await write_and_publish(desk)

    assert await desk.waiting() == 1
    assert (await desk.acts()) == ["post.begun", "post.published"]
