from datetime import timedelta

from cogs.sync_words import bar, progress_embed, report_embed
from core.members_pass import Progress
from core.sync import SyncReport
from core.update import Tally
from tests.cogs.reading import HOSTILE, armed

REPORT = SyncReport(
    campaign_id="1001",
    campaign_name="Workshop",
    members=Tally(new=1, changed=2, unchanged=3_000, gone=4, announced=5),
    tiers=3,
    posts_new=6,
    took=timedelta(seconds=2.34),
)


def test_a_report_counts_by_kind():
    text = report_embed([REPORT]).description

    assert "**Workshop** (2.3 seconds)" in text
    assert "Members: 1 new · 2 changed · 3,000 unchanged · 4 gone" in text
    assert "Posts: 6 new · 0 changed · 0 gone" in text
    assert "Announcements: 5" in text


def test_any_number_of_reports_fits():
    long = SyncReport(campaign_id="1", campaign_name="*" * 900, failures=("_" * 4_000,) * 9)

    embed = report_embed([long] * 30)

    assert len(embed.description) <= 4096
    assert embed.title.startswith("⚠️")
    assert "more" in embed.description.splitlines()[-1]


def test_progress_without_a_total_shows_no_bar():
    embed = progress_embed(Progress(campaign_name="W", tally=Tally(new=7), total=None))

    assert embed.description == "W\n**7** members read\n7 new · 0 changed"


def test_progress_never_exceeds_its_total():
    embed = progress_embed(Progress(campaign_name="W", tally=Tally(new=12), total=10))

    assert "**10** of 10" in embed.description


def test_a_bar_is_full_only_at_the_end():
    assert "▱" in bar(999, 1_000)
    assert "▱" not in bar(1_000, 1_000)
    assert "▰" not in bar(0, 1_000)


def test_hostile_campaign_names_are_only_text():
    for name in HOSTILE:
        progress = Progress(campaign_name=name, tally=Tally(), total=None)
        assert armed(progress_embed(progress).description.splitlines()[0]) is None
