from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from cogs.member_pages import PAGE, ListState
from cogs.member_words import member_line, members_embed, tier_titles
from cogs.text import units
from core.listing import MemberPage, Totals
from core.members import Status
from core.rights import EVERY_RIGHT
from core.roster import RosterPage
from tests.cogs.reading import HOSTILE, armed
from tests.cogs.test_text import anything
from tests.factories import member, tier

LONGEST_LINE = 230
names = st.none() | anything | st.sampled_from(["*" * 500, "👑" * 500, "@everyone" * 40])


def by_id(*tiers):
    return {one.id: one for one in tiers}


def page_of(*members, tiers=None, matching=None, totals=None, state=None):
    state = state or ListState()
    return RosterPage(
        page=MemberPage(
            members=members,
            matching=len(members) if matching is None else matching,
            totals=totals or Totals(by_status={Status.ACTIVE: len(members)}),
        ),
        tiers=by_id(tier()) if tiers is None else tiers,
        query=state.query(),
        currencies={"1001": "USD"},
    )


@given(st.lists(names, min_size=1, max_size=PAGE), names, st.booleans(), st.sampled_from(Status))
def test_a_full_page_always_fits(people, title, marked, status):
    tiers = by_id(*(tier(id=str(number), title=title or "x") for number in range(30)))
    members = [
        member(
            name=name,
            status=status,
            tier_ids=tuple(tiers),
            is_gift=marked,
            is_trial=marked,
            entitled_cents=2**53 - 1,
        )
        for name in people
    ]
    totals = Totals(
        by_status=dict.fromkeys(Status, 9_999_999), by_tier=dict.fromkeys(tiers, 9_999_999)
    )
    state = ListState(text=(title or "x")[:50], status=status, tier_id="0")

    answer = page_of(*members, tiers=tiers, totals=totals, state=state)

    embed = members_embed(replace(answer, currencies={"1001": title or "x"}), state, EVERY_RIGHT)

    assert units(embed.description) <= 4096
    assert len(embed) <= 6000
    assert "more" not in embed.description.splitlines()[-1]
    lines = [line for line in embed.description.split("\n\n")[1].splitlines() if line]
    assert len(lines) == len(members)
    assert all(units(line) <= LONGEST_LINE for line in lines)


def test_hostile_names_and_titles_are_only_text():
    for text in HOSTILE:
        line = member_line(member(name=text), by_id(tier(title=text)))
        ours = line.replace("**", "").replace("<t:1788350400:D>", "")

        assert armed(ours) is None, text


def test_a_line_says_who_how_and_since_when():
    line = member_line(member(is_gift=True, is_trial=True), by_id(tier()))

    assert line == (
        "🟢 **Ada** · Friend · active patron since <t:1788350400:D> · 🎁 gift · ⏳ trial"
    )


def test_a_member_without_a_name_or_tier_still_has_a_line():
    line = member_line(
        member(name=None, tier_ids=(), status=Status.FREE, pledge_started_at=None), {}
    )

    assert line == "🔵 **Someone** · free member"


def test_no_amount_is_shown():
    line = member_line(member(entitled_cents=123_456, lifetime_cents=987_654), by_id(tier()))

    assert "1234" not in line
    assert "9876" not in line
    assert "$" not in line


def test_paid_tiers_stand_before_cheaper_ones_and_hide_the_free_one():
    tiers = by_id(
        tier(id="1", title="Free", amount_cents=0),
        tier(id="2", title="Low", amount_cents=100),
        tier(id="3", title="High", amount_cents=900),
    )

    assert tier_titles(("1", "2", "3"), tiers) == "High, Low"
    assert tier_titles(("1",), tiers) == "Free"
    assert tier_titles(("404",), tiers) == ""


def test_the_totals_stand_on_top():
    totals = Totals(
        by_status={Status.ACTIVE: 1_200, Status.FORMER: 30, Status.GONE: 5}, by_tier={"201": 1_200}
    )

    lines = members_embed(page_of(member(), totals=totals), ListState()).description.splitlines()

    assert lines[0] == "**1,230** members · 🟢 1,200 active patron · ⚪ 30 former patron"
    assert lines[1] == "Friend 1,200"


def test_an_empty_list_says_how_to_find_more():
    state = ListState(status=Status.DECLINED, tier_id="201", text="zz")
    totals = Totals(by_status={Status.ACTIVE: 3})

    text = members_embed(page_of(totals=totals, state=state), state).description

    assert "leave out the tier" in text
    assert "leave out the status" in text
    assert "shorter text" in text


def test_an_unknown_crowd_is_told_to_sync():
    text = members_embed(page_of(totals=Totals()), ListState()).description

    assert "/patreon sync" in text
