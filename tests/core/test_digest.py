"""Which waiting announcements become a digest, and what it says."""

import re
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cogs.embeds import embed_of
from core.announcements import Queued, Untold, Wanted
from core.changes import Kind
from core.digest import MOST_FOLDED, NO_DIGESTS, DigestPolicy, compose, gather
from core.names import visible
from core.store import StoredCampaign
from tests.cogs.reading import HOSTILE, armed
from tests.factories import NOW, campaign, card

POLICY = DigestPolicy(above=3, stale=timedelta(hours=12))
LATE = NOW - timedelta(hours=13)
STORED = StoredCampaign(campaign=campaign(), creator_id=1, baseline_at=NOW)
MORE = re.compile(r"^and ([\d,]+) more; /patreon members shows all\.$")


def queued(number, **overrides):
    given = {"link_id": 1, "change_id": number, "created_at": NOW, **overrides}
    return Queued(id=number, **given)


def queue(count, **overrides):
    return [queued(number, **overrides) for number in range(1, count + 1)]


def untold(titles, *, kind=Kind.JOINED, created_at=NOW):
    return [
        Untold(
            id=number,
            kind=kind,
            campaign_id="1001",
            card=card(marker=f"m-{number}", title=title),
            created_at=created_at,
        )
        for number, title in enumerate(titles, start=1)
    ]


def worded(changes, *, policy=POLICY, now=NOW):
    return compose(changes, STORED, policy, now=now)


def lines_of(digest):
    return digest.text.partition("\n\n")[2].split("\n")


def test_as_many_as_the_threshold_stay_messages_of_their_own():
    assert gather(queue(3), POLICY, now=NOW) == ()


def test_more_than_the_threshold_become_one():
    assert gather(queue(4), POLICY, now=NOW) == (1, 2, 3, 4)


def test_two_of_which_the_oldest_is_stale_become_one():
    waiting = [queued(1, created_at=LATE), queued(2)]

    assert gather(waiting, POLICY, now=NOW) == (1, 2)


def test_what_was_put_back_behind_younger_news_counts_with_its_age():
    waiting = [queued(1), queued(2, created_at=LATE)]

    assert gather(waiting, POLICY, now=NOW) == (1, 2)


def test_a_single_stale_one_stays_itself():
    assert gather([queued(1, created_at=LATE)], POLICY, now=NOW) == ()


def test_exactly_the_age_is_not_yet_stale():
    waiting = queue(2, created_at=NOW - POLICY.stale)

    assert gather(waiting, POLICY, now=NOW) == ()


@pytest.mark.parametrize(
    "policy",
    [NO_DIGESTS, DigestPolicy(above=0, stale=timedelta(days=9)), DigestPolicy(above=1_000)],
)
def test_a_zero_turns_its_reason_off(policy):
    assert gather(queue(50, created_at=LATE), policy, now=NOW) == ()


def test_an_empty_queue_gives_nothing():
    assert gather([], POLICY, now=NOW) == ()


ALONE = [
    {"change_id": None},
    {"send_started_at": NOW},
]
KEPT = [
    *ALONE,
    {"digest_id": 9},
    {"message_id": 5},
    {"message_id": 5, "shown_version": 1},
    {"wanted": Wanted.GONE},
    {"is_claimed": True},
]


@pytest.mark.parametrize("state", [state for state in KEPT if "is_claimed" not in state])
def test_nothing_is_folded_into_what_is_no_untold_news(state):
    assert gather([queued(1, **state), *queue(9)[1:]], POLICY, now=NOW) == ()


def test_the_one_in_hand_is_claimed_and_folded():
    assert len(gather([queued(1, is_claimed=True), *queue(9)[1:]], POLICY, now=NOW)) == 9


@pytest.mark.parametrize("state", KEPT)
def test_what_is_no_untold_news_is_never_folded(state):
    waiting = queue(9)
    waiting[6] = queued(7, **state)

    assert 7 not in gather(waiting, POLICY, now=NOW)


@pytest.mark.parametrize("state", [*ALONE, {"digest_id": 9}, {"is_claimed": True}])
def test_a_message_that_must_stand_alone_is_not_overtaken(state):
    waiting = queue(9)
    waiting[5] = queued(6, **state)

    assert gather(waiting, POLICY, now=NOW) == (1, 2, 3, 4, 5)


@pytest.mark.parametrize("state", [{"message_id": 5}, {"wanted": Wanted.GONE}])
def test_a_message_that_already_has_its_place_is_passed_over(state):
    waiting = queue(9)
    waiting[5] = queued(6, **state)

    assert gather(waiting, POLICY, now=NOW) == (1, 2, 3, 4, 5, 7, 8, 9)


def test_the_news_of_two_campaigns_are_kept_apart():
    waiting = [queued(number, link_id=1 + number % 2) for number in range(1, 13)]

    assert gather(waiting, POLICY, now=NOW) == (1, 3, 5, 7, 9, 11)


def test_a_digest_has_a_bound():
    assert len(gather(queue(MOST_FOLDED + 50), POLICY, now=NOW)) == MOST_FOLDED


def test_a_digest_names_each_change_in_its_order():
    digest = worded(untold(["Ada joined", "Bob joined", "Cleo joined"]))

    assert digest.title == "3 changes in the last hour"
    assert digest.text == "Ada's Workshop: 3 joined.\n\nAda joined\nBob joined\nCleo joined"
    assert digest.marker == "m-1"


def test_a_digest_counts_each_kind_the_most_frequent_first():
    kinds = [Kind.ENDED, Kind.DECLINED, Kind.DECLINED, Kind.JOINED, Kind.DECLINED, Kind.JOINED]
    changes = [untold(["x"], kind=kind)[0] for kind in kinds]

    head = worded(changes).text.partition("\n")[0]

    assert head == (
        "Ada's Workshop: 3 had a payment declined, 2 joined and "
        "1 came to the end of their membership."
    )


def test_every_kind_has_words_of_its_own():
    heads = {worded(untold(["x", "y"], kind=kind)).text.partition("\n")[0] for kind in Kind}

    assert len(heads) == len(Kind)


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(), "in the last hour"),
        (timedelta(hours=1), "in the last hour"),
        (timedelta(hours=1, seconds=1), "in the last 2 hours"),
        (timedelta(hours=12), "in the last 12 hours"),
        (timedelta(hours=12, seconds=1), "while this channel was not served"),
        (timedelta(days=-1), "in the last hour"),
    ],
)
def test_a_digest_says_over_which_time(age, words):
    changes = untold(["a", "b"], created_at=NOW - age)

    assert worded(changes).title == f"2 changes {words}"


def test_a_digest_shows_its_period_as_moments():
    changes = [untold(["a"], created_at=LATE)[0], untold(["b"])[0]]

    facts = worded(changes).facts

    assert [(fact.name, fact.moment) for fact in facts] == [("From", LATE), ("To", NOW)]


def test_a_campaign_that_is_not_known_is_not_named():
    digest = compose(untold(["a", "b"]), None, POLICY, now=NOW)

    assert digest.text == "2 joined.\n\na\nb"


titles = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=300),
    st.sampled_from(["*" * 150, "👑" * 150, "@everyone " * 12, "1. x", "e\u0301" * 90, "\n\n", ""]),
)


@given(st.lists(titles, min_size=1, max_size=40), st.integers(2, 60))
@example(["*" * 150], 250)
@example(["👑" * 150], 250)
@example(["@" * 150, "e\u0301" * 90], 250)
def test_every_change_is_a_line_or_counted_and_everything_fits(some_titles, times):
    given_titles = some_titles * times
    digest = worded(untold(given_titles))
    embed = embed_of(digest)

    lines = lines_of(digest)
    more = MORE.match(lines[-1])
    told = lines[:-1] if more else lines
    assert len(told) + (int(more[1].replace(",", "")) if more else 0) == len(given_titles)
    for line, title in zip(told, given_titles, strict=False):
        start = line.removesuffix("…")
        assert (visible(title) or "…").startswith(start)
    assert len(embed.description) <= 4_096
    assert len(embed) <= 6_000
    # Nothing that was counted as told is cut off when it is escaped.
    assert embed.description.count("\n") == digest.text.count("\n")
    assert not more or "more; /patreon members shows all." in embed.description


@given(st.lists(st.sampled_from(HOSTILE), min_size=2, max_size=60))
def test_hostile_names_mean_nothing_in_a_digest(names):
    embed = embed_of(worded(untold([f"{name} joined" for name in names])))

    assert armed(embed.description) is None
    assert armed(embed.title) is None


def test_a_digest_is_as_full_as_it_can_be():
    digest = worded(untold(["Ada Lovelace joined"] * MOST_FOLDED))

    lines = lines_of(digest)
    assert len(lines) > 180
    assert lines[-1] == f"and {MOST_FOLDED - len(lines) + 1} more; /patreon members shows all."
    assert digest.title == "1,000 changes in the last hour"


states = st.fixed_dictionaries(
    {
        "link_id": st.integers(1, 2),
        "change_id": st.none() | st.integers(1, 99),
        "digest_id": st.none() | st.just(9),
        "wanted": st.sampled_from(Wanted),
        "message_id": st.none() | st.just(5),
        "send_started_at": st.none() | st.just(NOW),
        "is_claimed": st.booleans(),
        "created_at": st.sampled_from([NOW, LATE]),
    }
)
mostly_plain = st.one_of(
    *[st.builds(dict, link_id=st.integers(1, 2), change_id=st.just(1), created_at=st.just(NOW))]
    * 6,
    states,
)


@given(st.lists(mostly_plain, max_size=40), st.integers(0, 6))
def test_only_untold_news_of_one_link_are_picked_in_their_order(given_states, above):
    waiting = [Queued(id=number, **state) for number, state in enumerate(given_states, start=1)]

    ids = gather(waiting, DigestPolicy(above=above, stale=POLICY.stale), now=NOW)

    picked = [one for one in waiting if one.id in ids]
    assert [one.id for one in picked] == list(ids)
    assert len(ids) != 1
    if ids:
        assert ids[0] == 1
        assert Counter(one.link_id for one in picked) == {waiting[0].link_id: len(ids)}
        assert all(one.change_id and not one.digest_id and not one.message_id for one in picked)
        assert not any(one.send_started_at for one in picked)
        assert not any(one.is_claimed for one in picked[1:])
        overtaken = [one for one in waiting[: ids[-1]] if one.id not in ids]
        assert not any(
            one.wanted is Wanted.SHOWN and one.change_id is None and one.message_id is None
            for one in overtaken
        )
