"""Members told apart by their fingerprints, and read when they are asked for."""

import json
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.members import Member
from patreon.members import read_member, read_members
from tests.patreon.examples import AT, parsed
from tests.readings import everybody

CAMPAIGN_ID = "1234567"

PLAIN = {
    "id": ["m-1", "m-2"],
    "full_name": [None, "Ada", "Bo", "Ж"],
    "patron_status": ["active_patron", "declined_patron", "former_patron", None],
    "is_free_trial": [False, True],
    "is_gifted": [False, True],
    "pledge_cadence": [None, 1, 12],
    "currently_entitled_amount_cents": [0, 1, 500],
    "will_pay_amount_cents": [0, 1, 500],
    "campaign_lifetime_support_cents": [0, 1, 500],
    "last_charge_status": [None, "paid", "declined"],
    "last_charge_date": [None, "2026-11-05T07:29:06.000+00:00", "2026-11-05T08:29:06.000+01:00"],
    "next_charge_date": [None, "2026-11-05T07:29:06.000+00:00", "2026-11-05T07:29:06.001+00:00"],
    "pledge_relationship_start": [None, "2026-11-05T07:29:06Z", "2026-11-05T00:29:06-07:00"],
    "tiers": [[], ["t-1"], ["t-2"], ["t-1", "t-2"], ["t-2", "t-1", "t-2"]],
    "user": [None, "u-1", "u-2"],
    "discord": [None, "80351110224678912", "80351110224678913"],
    "hide_pledges": [False, True],
}
"""What can be told of a member, each thing in one spelling; moments and tiers in several."""

ODD = {
    "id": ["m\x00-1", 7],
    "full_name": ["", "A\x00da", "\x00", 7],
    "patron_status": ["frozen_patron", "melted_patron", "", 7],
    "is_free_trial": [None, "yes"],
    "is_gifted": [None, 1],
    "pledge_cadence": ["12", 0, 1.0, 2**60],
    "currently_entitled_amount_cents": [None, "500", -1],
    "will_pay_amount_cents": [None, "500", -1],
    "campaign_lifetime_support_cents": [None, "500", -1],
    "last_charge_status": ["Paid", "", "Refunded by Patreon", " paid "],
    "last_charge_date": ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-01:00", "soon"],
    "next_charge_date": ["2026-11-05T07:29:06", "2026-11-05 07:29:06Z", 7],
    "pledge_relationship_start": ["0001-01-01T01:00:00+15:00", "2026-11-05T07:29:06.0000001Z"],
    "tiers": [[""], ["", "t-1"], ["t\x00-1"], [1], ["1"]],
    "user": ["", "u\x00-1", 7],
    "discord": [80351110224678912, "0", "me", 10**30, [], {}],
    "hide_pledges": [None, "yes"],
}
"""The same things told in ways that Patreon does not promise to avoid."""

BASE = {name: values[-1] for name, values in PLAIN.items()} | {"user": "u-1"}

COVERING = {
    "id": ("id", "m-9"),
    "campaign_id": ("campaign", "9"),
    "status": ("patron_status", "former_patron"),
    "user_id": ("user", "u-2"),
    "name": ("full_name", "Cy"),
    "tier_ids": ("tiers", ["t-1"]),
    "is_trial": ("is_free_trial", False),
    "is_gift": ("is_gifted", False),
    "cadence_months": ("pledge_cadence", 9),
    "entitled_cents": ("currently_entitled_amount_cents", 9),
    "will_pay_cents": ("will_pay_amount_cents", 9),
    "lifetime_cents": ("campaign_lifetime_support_cents", 9),
    "last_charge_status": ("last_charge_status", "refunded"),
    "last_charge_at": ("last_charge_date", None),
    "next_charge_at": ("next_charge_date", None),
    "pledge_started_at": ("pledge_relationship_start", None),
    "discord_id": ("discord", "9"),
    "hides_pledges": ("hide_pledges", False),
}
"""For each field of a member, which thing told otherwise changes it."""


def edits(*pools):
    """Up to two things told otherwise, so that two documents are often about equal members."""
    pool = {name: [one for p in pools for one in p[name]] for name in PLAIN}
    one = st.sampled_from(sorted(pool)).flatmap(
        lambda name: st.tuples(st.just(name), st.sampled_from(pool[name]))
    )
    return st.lists(one, max_size=2).map(dict)


@st.composite
def documents(draw, *pools):
    """A document about one member, with what does not matter told in any way."""
    told = BASE | draw(edits(*pools))
    names = {"id", "tiers", "user", "discord", "hide_pledges"}
    attributes = [(name, value) for name, value in told.items() if name not in names]
    attributes.append(("email", draw(st.sampled_from(["a@x.org", "b@x.org"]))))
    tiers = [{"type": "tier", "id": tier} for tier in told["tiers"]]
    user = None if told["user"] is None else {"type": "user", "id": told["user"]}
    account = told["discord"]
    user_attributes = {
        "hide_pledges": told["hide_pledges"],
        "image_url": draw(st.sampled_from([None, "https://x/1", "https://x/2"])),
        "social_connections": {
            "discord": None if account is None else {"user_id": account, "url": draw(NOISE)}
        },
    }
    return {
        "id": told["id"],
        "attributes": dict(draw(st.permutations(attributes))),
        "relationships": {"currently_entitled_tiers": {"data": tiers}, "user": {"data": user}},
    }, [{"type": "user", "id": name, "attributes": user_attributes} for name in ("u-1", "u-2")]


NOISE = st.sampled_from([None, "https://discord.com/1", "https://discord.com/2"])


def told(**changes):
    """The document that tells `BASE` with changes; `campaign` is not told in it."""
    values = BASE | changes
    names = {"id", "tiers", "user", "discord", "hide_pledges", "campaign"}
    attributes = {name: value for name, value in values.items() if name not in names}
    user = {
        "hide_pledges": values["hide_pledges"],
        "social_connections": {"discord": {"user_id": values["discord"]}},
    }
    tiers = [{"id": tier} for tier in values["tiers"]]
    relations = {
        "currently_entitled_tiers": {"data": tiers},
        "user": {"data": {"id": values["user"]}},
    }
    record = {"id": values["id"], "attributes": attributes, "relationships": relations}
    return record, [{"type": "user", "id": values["user"], "attributes": user}]


def in_page(document, *, campaign_id=CAMPAIGN_ID):
    """Read a member as one of a page."""
    record, included = document
    body = json.dumps({"data": [record], "included": included}).encode()
    [reading] = everybody(read_members(body, campaign_id=campaign_id, asked_at=AT))
    return reading


def alone(document):
    """Read a member by itself."""
    record, included = document
    relations = record["relationships"] | {"campaign": {"data": {"id": CAMPAIGN_ID}}}
    whole = {"data": record | {"relationships": relations}, "included": included}
    read = read_member(json.dumps(whole).encode(), asked_at=AT)
    return read.member, read.fingerprint


@given(documents(PLAIN), documents(PLAIN))
def test_fingerprints_are_equal_exactly_when_members_are(one, other):
    (first, its_digest), (second, other_digest) = in_page(one), in_page(other)

    assert (its_digest == other_digest) is (first == second)


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("tiers", ["t-1", "t-2"], ["t-2", "t-1", "t-2"]),
        ("tiers", ["t-1"], ["t-1", "t-1"]),
        ("last_charge_date", "2026-11-05T07:29:06.000+00:00", "2026-11-05T08:29:06+01:00"),
        ("pledge_relationship_start", "2026-11-05T07:29:06Z", "2026-11-05T00:29:06-07:00"),
    ],
)
def test_the_order_of_tiers_and_the_zone_of_moments_change_nothing(name, one, other):
    assert in_page(told(**{name: one})) == in_page(told(**{name: other}))


@given(documents(PLAIN, ODD), documents(PLAIN, ODD))
def test_equal_fingerprints_mean_equal_members_however_they_are_told(one, other):
    (first, its_digest), (second, other_digest) = in_page(one), in_page(other)

    assert first == second or its_digest != other_digest


@given(documents(PLAIN, ODD))
def test_a_member_is_the_same_alone_and_in_a_page(document):
    assert alone(document) == in_page(document)


@pytest.mark.parametrize("field", [field.name for field in fields(Member)])
def test_the_fingerprint_covers_every_field(field):
    name, value = COVERING[field]
    campaign_id = value if name == "campaign" else CAMPAIGN_ID

    before, its_digest = in_page(told())
    after, other_digest = in_page(told(**{name: value}), campaign_id=campaign_id)

    assert [one.name for one in fields(Member) if differ(one.name, before, after)] == [field]
    assert its_digest != other_digest


def differ(field, one, other):
    return getattr(one, field) != getattr(other, field)


def test_the_fingerprint_is_short_and_the_same_in_every_process():
    _, digest = in_page(told())

    assert digest.hex() == "1dd857e457ad7618cb0157614a6f91df"


def test_of_a_member_that_is_listed_twice_the_last_one_counts(caplog):
    document = parsed("members_page1")
    again = json.loads(json.dumps(document["data"][0]))
    again["attributes"]["full_name"] = "Ada"
    document["data"].append(again)

    page = read_members(json.dumps(document).encode(), campaign_id=CAMPAIGN_ID, asked_at=AT)

    assert [(m.id, m.name) for m, _ in everybody(page)] == [
        (again["id"], "Ada"),
        (document["data"][1]["id"], "Example Patron"),
    ]
    assert not caplog.records


def test_members_are_read_in_the_order_in_which_they_are_asked_for():
    page = read_members(
        json.dumps(parsed("members_page1")).encode(), campaign_id=CAMPAIGN_ID, asked_at=AT
    )
    first, second = page.members.fingerprints

    assert [member.id for member, _ in page.members.read([second, first])] == [second, first]
    assert page.members.read([]) == []
    with pytest.raises(KeyError):
        page.members.read(["somebody else"])


def test_the_picture_of_a_member_is_its_users():
    document = parsed("members_page1")
    first, second = (record["id"] for record in document["data"])
    document["data"][1]["relationships"]["user"]["data"] = None
    document["included"][0]["attributes"]["image_url"] = "https://x/1"

    page = read_members(json.dumps(document).encode(), campaign_id=CAMPAIGN_ID, asked_at=AT)

    assert page.members.avatar(first) == "https://x/1"
    assert page.members.avatar(second) is None
    assert page.members.avatar("somebody else") is None
