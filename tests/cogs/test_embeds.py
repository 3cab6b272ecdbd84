from datetime import UTC, datetime

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs.embeds import embed_of, has_marker, marked_url
from core.cards import Fact, Tone
from tests.cogs.reading import HOSTILE, armed
from tests.cogs.test_text import anything
from tests.factories import card

facts = st.builds(lambda name, text: Fact(name=name, text=text), anything, anything)
long_texts = st.one_of(anything, st.sampled_from(["*" * 9_000, "👑" * 9_000, "a " * 5_000]))


@given(long_texts, long_texts, st.lists(facts, max_size=30), st.sampled_from(Tone))
def test_every_card_fits_and_arms_nothing(title, text, facts, tone):
    embed = embed_of(card(title=title, text=text, facts=tuple(facts), tone=tone))

    assert 1 <= len(embed.title) <= 256
    assert len(embed.description or "") <= 4096
    assert len(embed) <= 6000
    assert len(embed.fields) <= 25
    assert all(1 <= len(f.name.strip()) <= 256 for f in embed.fields)
    assert all(1 <= len(f.value.strip()) <= 1024 for f in embed.fields)
    shown = [embed.title, embed.description or ""]
    shown += [text for field in embed.fields for text in (field.name, field.value)]
    assert [armed(each) for each in shown] == [None] * len(shown)


def test_facts_beyond_discords_total_are_left_out():
    facts = tuple(Fact(name=str(number), text="x" * 1_000) for number in range(25))

    embed = embed_of(card(facts=facts))

    assert 5_000 < len(embed) <= 6_000


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_only_text_in_every_part_of_a_card(name):
    embed = embed_of(card(title=name, text=name, facts=(Fact(name=name, text=name),)))

    for text in (embed.title, embed.description, embed.fields[0].name, embed.fields[0].value):
        assert armed(text) is None


def test_a_card_shows_its_facts_side_by_side():
    joined = datetime(2026, 3, 1, tzinfo=UTC)
    embed = embed_of(
        card(facts=(Fact(name="Tier", text="Gold"), Fact(name="Member since", moment=joined)))
    )

    assert [(field.name, field.value, field.inline) for field in embed.fields] == [
        ("Tier", "Gold", True),
        ("Member since", "<t:1772323200:D> (<t:1772323200:R>)", True),
    ]


def test_each_tone_has_its_colour():
    assert len({embed_of(card(tone=tone)).colour for tone in Tone}) == len(Tone)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.patreon.com/ada", "https://www.patreon.com/ada#a-m1"),
        ("https://www.patreon.com/ada?x=1#old", "https://www.patreon.com/ada?x=1#a-m1"),
        (None, "https://www.patreon.com/#a-m1"),
        ("javascript:alert(1)", "https://www.patreon.com/#a-m1"),
        ("https://[broken", "https://www.patreon.com/#a-m1"),
        ("https://a b", "https://www.patreon.com/#a-m1"),
        ("https://www.patreon.com/" + "a" * 3_000, "https://www.patreon.com/#a-m1"),
    ],
)
def test_the_marker_hides_behind_the_titles_link(url, expected):
    assert marked_url(url, "m1") == expected


def test_an_embed_is_recognised_by_its_own_marker_only():
    embed = embed_of(card(marker="m-1"))

    assert has_marker(embed, "m-1")
    assert not has_marker(embed, "m-11")
    assert not has_marker(discord.Embed(title="other"), "m-1")
