"""What the panel says fits whatever a post is, and what its buttons carry is read or refused."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cogs.post_fields import filled_of
from cogs.post_ids import Act, Item, Page, Target, decode
from cogs.post_list_ids import PostList, Press, decode_list
from cogs.post_targets import TargetCheck
from cogs.post_words import finding_lines, panel_embed
from cogs.sheets import message_of
from cogs.text import units
from core.announcements import Standing, Wanted
from core.composing import View
from core.draft_forms import Field, Problem
from core.draft_rows import Pause
from core.draft_rules import Act as Rule
from core.draft_sheets import Setting, sheets_for
from core.drafts import (
    Approval,
    Audience,
    AudienceKind,
    Content,
    Draft,
    DraftPicture,
    DraftState,
)
from core.drafts import (
    Target as Channel,
)
from core.errors import UserError
from core.typesetting import Finding, Remark
from markup.typesetter import MarkdownTypesetter
from tests.factories import NOW, campaign, tier

TYPESETTER = MarkdownTypesetter()
NASTY = st.text(st.sampled_from("a*_~`|<>[]():@\\# \n\u202e\u0301👩\u200d🏽ß"), max_size=300)


def view_of(title, body, note="", reason="", tiers=3, state=DraftState.EDITING):
    """A post in which everything is as long as it may be."""
    known = {
        f"t{n}": tier(id=f"t{n}", title="*[x](http://evil)" * 20, amount_cents=n)
        for n in range(tiers)
    }
    targets = tuple(
        Channel(channel_id=10**18 + n, role_ids=tuple(range(10**18, 10**18 + 5))) for n in range(10)
    )
    pictures = tuple(
        DraftPicture(digest=f"{n:064}", name="p" * 80, media_type="image/png", size_bytes=10**7)
        for n in range(10)
    )
    draft = Draft(
        id=2**62,
        guild_id=1,
        campaign_id="1001",
        author_id=10**18,
        state=state,
        version=2**62,
        content=Content(
            title=title,
            parts=(body,) * 30,
            audience=Audience(kind=AudienceKind.TIERS, tier_ids=tuple(known)),
            is_paid=True,
            pictures=pictures,
        ),
        targets=targets,
        approval=Approval(asked_by=1, asked_at=NOW, approved_by=2, approved_at=NOW),
        publish_at=NOW,
        time_zone="America/Argentina/Buenos_Aires",
        name=title or None,
        note=note or None,
        page_key="k" * 32,
        created_at=NOW,
        updated_at=NOW,
        published_at=NOW,
    )
    typeset = replace(
        TYPESETTER.typeset(draft.content.body),
        findings=tuple(Finding(remark, reason or "x") for remark in Remark) * 5,
    )
    setting = Setting(campaign=campaign(name="*" * 300), tiers=known, page_url="https://e.com/x")
    return View(
        draft=draft,
        campaign=setting.campaign,
        link=None,
        tiers=known,
        acts=frozenset(Rule),
        typeset=typeset,
        problems=tuple(Problem(field=Field.BODY, text=(reason or "x") * 3) for _ in range(9)),
        sheets=sheets_for(draft, targets[0], typeset, setting, new_marker=lambda: "m", at=NOW),
        standings=tuple(
            (None, Standing(wanted=Wanted.SHOWN, message_id=None, is_parked=True, reason=reason))
            for _ in range(9)
        ),
        pause=Pause(by=1, at=NOW),
    )


def size(embed):
    fields = [text for field in embed.fields for text in (field.name, field.value)]
    texts = [embed.title, embed.description, embed.footer.text, *fields]
    return sum(units(text) for text in texts if text)


@settings(max_examples=40)
@given(title=NASTY, body=NASTY, note=NASTY, state=st.sampled_from(DraftState))
def test_preview_and_panel_fit_into_one_message(title, body, note, state):
    view = view_of(title[:200], (body * 50)[:4_000], note, note, state=state)
    checks = [
        TargetCheck(target=one, is_there=True, troubles=("x" * 100, note[:50]))
        for one in view.draft.targets
    ]
    for sheet in view.sheets:
        preview = message_of(sheet).embeds
        room = 6_000 - 100 - sum(size(one) for one in preview)
        panel = panel_embed(view, targets=checks, room=room, notes=["🔴 " + note] * 3)

        assert sum(size(one) for one in (*preview, panel)) <= 6_000
        assert units(panel.description or "") <= 4_096
        assert all(0 < units(field.value) <= 1_024 for field in panel.fields)


@given(st.lists(st.tuples(st.sampled_from(Remark), NASTY), max_size=40))
def test_findings_stay_short(found):
    said = finding_lines([Finding(remark, detail) for remark, detail in found])

    assert units(said) <= 1_024


@given(
    st.sampled_from(Act),
    st.integers(0, 2**63 - 1),
    st.integers(0, 2**31),
    st.from_regex(r"[0-9A-Za-z_-]{0,30}", fullmatch=True),
    st.sampled_from(Item),
)
def test_what_a_custom_id_carries_is_read_again(act, draft_id, version, extra, item):
    target = Target(act, draft_id, version, extra)

    assert len(target.encode(item)) <= 100
    assert decode(target.encode(item), item) == target


@given(st.sampled_from(Item), st.text(max_size=120))
def test_a_forged_custom_id_is_refused_in_words(item, text):
    for custom_id in (text, f"{item}1|{text}", f"{item}1|show|{text}", f"{item}1|show|1|1|{text}"):
        try:
            target = decode(custom_id, item)
        except UserError:
            continue
        assert decode(target.encode(item), item) == target


@given(
    st.sampled_from([None, *DraftState]),
    st.integers(0, 10**18 - 1),
    st.from_regex(r"[0-9]{0,30}", fullmatch=True),
    st.integers(0, 10**9),
)
def test_a_list_is_read_again_from_its_buttons(state, author_id, campaign_id, offset):
    wanted = PostList(state=state, author_id=author_id, campaign_id=campaign_id, offset=offset)

    assert len(wanted.encode(Press.TURN)) <= 100
    assert decode_list(wanted.encode(Press.TURN)) == (Press.TURN, wanted)


@pytest.mark.parametrize("text", ["", "post-list1", "post-list1|turn|zz|0||0", "post-list1|x|||"])
def test_a_forged_list_is_refused_in_words(text):
    with pytest.raises(UserError, match="out of date"):
        decode_list(text)


def test_a_page_can_have_a_number():
    assert Target(Act.SHOW, extra="audience-2").page == (Page.AUDIENCE, 2)
    assert Target(Act.SHOW, extra="main").page == (Page.MAIN, 0)


class Sent:
    """An interaction with whatever data."""

    def __init__(self, data):
        self.data = data


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"custom_id": "x", "components": None, "resolved": None},
        {"custom_id": "x", "components": [{}, {"component": None}, {"component": {}}]},
        {"components": [{"component": {"custom_id": "files", "values": ["1", 2, None]}}]},
    ],
)
def test_an_odd_form_counts_as_not_filled_in(data):
    filled = filled_of(Sent(data))

    assert (filled.texts, filled.checks, filled.uploads) == ({}, {}, ())
    assert filled.answers() == {}
