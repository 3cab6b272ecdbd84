"""Members as Patreon tells of them."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import TemporaryError
from core.members import Member, Status, Tier
from patreon.member_shapes import MembersDocument
from patreon.members import read_in_parts, read_member, read_members
from tests.patreon.examples import AT, example, parsed
from tests.readings import everybody

CURSOR = (
    "03:eyJ2IjoxLCJjIjoiMjIyMjIyMjItMjIyMi00MzMzLTg0NDQtNTU1NTU1NTU1NTU1IiwidCI6IiJ9"
    ":SIGNATUREsignature000000"
)
PAID = Tier(
    id="20000002",
    campaign_id="1234567",
    title="Paid",
    amount_cents=500,
    patron_count=1,
    benefits=None,
)
FREE = Tier(
    id="20000001",
    campaign_id="1234567",
    title="Free",
    amount_cents=0,
    patron_count=5,
    benefits=None,
)
ACTIVE = Member(
    id="11111111-2222-4333-8444-555555555555",
    campaign_id="1234567",
    status=Status.ACTIVE,
    user_id="7654321",
    name="Example Patron",
    tier_ids=("20000002",),
    cadence_months=1,
    entitled_cents=500,
    will_pay_cents=500,
    last_charge_status="paid",
    last_charge_at=datetime(2023, 12, 29, 5, 26, 19, tzinfo=UTC),
    next_charge_at=datetime(2024, 1, 29, tzinfo=UTC),
    pledge_started_at=datetime(2023, 12, 29, 5, 26, 17, 634000, tzinfo=UTC),
    hides_pledges=True,
)


def page_of(document):
    return read_members(json.dumps(document).encode(), campaign_id="1234567", asked_at=AT)


def test_a_page_is_read_in_parts_of_a_few_hundred_members():
    document = parsed("members_page1")
    one = document["data"][0]
    document["data"] = [{**one, "id": f"{number:036}"} for number in range(1_000)]
    parts = read_in_parts(json.dumps(document).encode(), campaign_id="1234567", asked_at=AT)

    # Decoding is the first one.
    assert sum(1 for _ in parts) == 1 + 4
    assert len(page_of(document).members.fingerprints) == 1_000


def with_attributes(**attributes):
    document = parsed("members_page1")
    document["data"][0]["attributes"].update(attributes)
    return everybody(page_of(document))[0][0]


def test_a_page_gives_members_tiers_and_the_way_on():
    page = read_members(example("members_page1"), campaign_id="1234567", asked_at=AT)

    free = Member(
        id="22222222-2222-4333-8444-555555555555",
        campaign_id="1234567",
        status=Status.FREE,
        user_id="7654321",
        name="Example Patron",
        tier_ids=("20000001",),
        hides_pledges=True,
    )
    told_apart = page.members.fingerprints
    assert everybody(page) == ((ACTIVE, told_apart[ACTIVE.id]), (free, told_apart[free.id]))
    assert list(told_apart) == [ACTIVE.id, free.id]
    assert page.tiers == (FREE, PAID)
    assert (page.total, page.next_cursor, page.asked_at) == (3, CURSOR, AT)


def test_the_last_page_has_no_way_on():
    page = read_members(example("members_page_last"), campaign_id="1234567", asked_at=AT)

    member = everybody(page)[0][0]
    assert page.next_cursor is None
    assert page.tiers == ()
    assert (member.status, member.last_charge_status) == (Status.FORMER, "declined")
    assert (member.tier_ids, member.hides_pledges) == ((), False)


@pytest.mark.parametrize(
    "meta", [None, {}, [], {"pagination": {}}, {"pagination": {"cursors": None}}]
)
def test_a_page_without_cursors_is_the_last(meta):
    document = parsed("members_page_last") | {"meta": meta}

    page = page_of(document)

    assert (page.next_cursor, page.total) == (None, None)


def test_the_cursor_is_read_from_the_link_when_it_stands_nowhere_else():
    document = parsed("members_page1")
    del document["meta"]["pagination"]["cursors"]
    document["links"]["next"] = "https://x/members?a=b&page%5Bcursor%5D=03%3AeyJ2%2B%3D%3ASig"

    assert page_of(document).next_cursor == "03:eyJ2+=:Sig"


def test_one_member_is_read_with_its_campaign_and_tiers():
    body = example("webhook_members_pledge_create_discord_linked")

    read = read_member(body, asked_at=AT)

    assert read.member.campaign_id == "1234567"
    assert read.member.tier_ids == ("20000002",)
    assert read.member.discord_id is not None
    assert len(read.fingerprint) == 16
    assert [tier.title for tier in read.tiers] == ["Paid"]
    assert read.asked_at == AT


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("webhook_members_pledge_create", (Status.ACTIVE, (), False, "paid")),
        ("webhook_members_pledge_create_per_post", (Status.ACTIVE, ("20000002",), False, None)),
        ("webhook_members_pledge_update", (Status.ACTIVE, (), False, "paid")),
        ("webhook_members_pledge_delete", (Status.FORMER, (), False, "deleted")),
        ("webhook_members_update_declined", (Status.DECLINED, (), False, "declined")),
        (
            "webhook_members_update_free_trial",
            (Status.ACTIVE, ("20000001", "20000003"), True, None),
        ),
        ("webhook_members_create_free", (Status.FREE, ("20000001",), False, None)),
        ("webhook_members_delete", (Status.FREE, (), False, None)),
        ("webhook_docs_sample_member", (Status.FREE, (), False, None)),
    ],
)
def test_every_captured_member_is_understood(name, expected):
    member = read_member(example(name), asked_at=AT).member

    seen = (member.status, member.tier_ids, member.is_trial, member.last_charge_status)
    assert seen == expected


def test_a_member_without_an_id_is_left_out():
    document = parsed("members_page1")
    document["data"][0]["id"] = None

    assert len(everybody(page_of(document))) == 1


@pytest.mark.parametrize("told", [None, []])
def test_a_member_that_tells_nothing_of_itself_is_read_as_one_that_leaves_it_out(told):
    document = parsed("members_page1")
    document["data"][0] |= {"attributes": told, "relationships": told}

    strange, _ = everybody(page_of(document))[0]

    assert (strange.id, strange.status, strange.name) == (ACTIVE.id, Status.UNKNOWN, None)
    assert (strange.tier_ids, strange.user_id) == ((), None)


def test_a_member_with_strange_relationships_is_read_without_them():
    document = parsed("members_page1")
    relations = document["data"][0]["relationships"]
    relations["user"] = []
    relations["currently_entitled_tiers"]["data"].append(None)

    strange, _ = everybody(page_of(document))[0]

    assert (strange.name, strange.tier_ids) == (ACTIVE.name, ACTIVE.tier_ids)
    assert strange.user_id is None


@pytest.mark.parametrize("record", [None, 7, "x", [], {}, {"id": "1", "attributes": 7}])
def test_a_record_that_is_no_member_is_skipped_and_counted_in_the_log(record, caplog):
    document = parsed("members_page1")
    document["data"].insert(1, record)

    page = page_of(document)

    assert [member.id for member, _ in everybody(page)] == [m["id"] for m in document["data"][::2]]
    assert (page.total, page.next_cursor) == (3, CURSOR)
    assert [(r.campaign_id, r.count) for r in caplog.records] == [("1234567", 1)]


@pytest.mark.parametrize("record", [None, 7, {"type": "tier", "id": "1", "attributes": 7}])
def test_a_strange_included_resource_costs_that_resource_only(record):
    document = parsed("members_page1")
    document["included"].insert(0, record)

    page = page_of(document)

    assert everybody(page)[0][0] == ACTIVE
    assert page.tiers == (FREE, PAID)


@pytest.mark.parametrize(
    ("told", "name"),
    [
        (rb"a\ud800b", "a\N{REPLACEMENT CHARACTER}b"),
        (rb"\udc00\uD83D\uDE00", "\N{REPLACEMENT CHARACTER}\N{GRINNING FACE}"),
        (rb"\ud800\ud83d\ude00", "\N{REPLACEMENT CHARACTER}\N{GRINNING FACE}"),
        (rb"\\ud800 \udfff", "\\ud800 \N{REPLACEMENT CHARACTER}"),
        (b"a\xffb", "a\N{REPLACEMENT CHARACTER}b"),
    ],
)
def test_half_characters_in_a_name_are_replaced_and_cost_nothing_else(told, name):
    body = example("members_page1").replace(b"Example Patron", told, 1)

    page = read_members(body, campaign_id="1234567", asked_at=AT)

    assert everybody(page)[0][0] == replace(ACTIVE, name=name)
    assert len(everybody(page)) == 2


def test_a_new_status_is_unknown_and_breaks_nothing():
    assert with_attributes(patron_status="frozen_patron").status is Status.UNKNOWN


def test_a_status_that_is_not_told_is_not_taken_for_a_free_member():
    document = parsed("members_page1")
    document["data"][0]["attributes"] = {}

    assert everybody(page_of(document))[0][0].status is Status.UNKNOWN


@pytest.mark.parametrize(("told", "months"), [("12", 12), (1, 1), (None, None), ("often", None)])
def test_the_cadence_may_be_a_text_or_a_number(told, months):
    assert with_attributes(pledge_cadence=told).cadence_months == months


def test_a_new_charge_status_is_written_in_lower_snake_case():
    assert with_attributes(last_charge_status="Refunded by Patreon").last_charge_status == (
        "refunded_by_patreon"
    )


def test_amounts_that_are_null_are_zero():
    member = with_attributes(currently_entitled_amount_cents=None, will_pay_amount_cents=None)

    assert (member.entitled_cents, member.will_pay_cents) == (0, 0)


@pytest.mark.parametrize(("told", "name"), [(None, None), ("", None), ("a\0b", "ab"), (7, None)])
def test_names_may_be_anything(told, name):
    assert with_attributes(full_name=told).name == name


def test_ids_lose_the_characters_that_no_database_takes():
    document = parsed("members_page1")
    document["data"][0]["id"] = "a\x00b"
    document["data"][0]["relationships"]["user"]["data"]["id"] = "765\x004321"

    member = everybody(page_of(document))[0][0]

    assert (member.id, member.user_id, member.name) == ("ab", "7654321", ACTIVE.name)


@pytest.mark.parametrize(
    "strange",
    [
        {"pledge_cadence": "1"},
        {"pledge_cadence": 1.0},
        {"currently_entitled_amount_cents": "500"},
        {"campaign_lifetime_support_cents": 2**60},
        {"campaign_lifetime_support_cents": {}},
        {"is_gifted": "no"},
        {"last_charge_date": "2023-12-29 05:26:19"},
    ],
)
def test_a_value_of_a_strange_type_costs_its_page_nothing(strange):
    document = parsed("members_page1")
    document["data"][1]["attributes"] |= strange

    plain = page_of(parsed("members_page1"))
    assert everybody(page_of(document))[0] == everybody(plain)[0]
    assert len(everybody(page_of(document))) == 2


@pytest.mark.parametrize("name", ["members_page1", "members_page_last"])
def test_a_sound_page_fits_the_shapes_as_it_is(name):
    # One that does not is read as well, but several times more slowly.
    assert msgspec.json.decode(example(name), type=MembersDocument).data


def test_times_are_converted_to_utc_and_nonsense_is_no_time():
    member = with_attributes(
        last_charge_date="2023-12-29T07:26:19+02:00",
        next_charge_date="soon",
        pledge_relationship_start="2023-12-29T05:26:19",
    )

    assert member.last_charge_at == datetime(2023, 12, 29, 5, 26, 19, tzinfo=UTC)
    assert member.last_charge_at.utcoffset() == timedelta()
    assert member.next_charge_at is None
    assert member.pledge_started_at == datetime(2023, 12, 29, 5, 26, 19, tzinfo=UTC)


def test_tier_and_user_ids_may_be_numbers_and_are_sorted():
    document = parsed("members_page1")
    relations = document["data"][0]["relationships"]
    relations["currently_entitled_tiers"]["data"] = [{"id": 3}, {"id": "20"}, {"id": 3}, {}]
    relations["user"]["data"]["id"] = 7654321

    member = everybody(page_of(document))[0][0]

    assert member.tier_ids == ("20", "3")
    assert (member.user_id, member.hides_pledges) == ("7654321", True)


@pytest.mark.parametrize(
    ("told", "discord_id"),
    [
        ({"url": None, "user_id": "80351110224678912", "scopes": []}, 80351110224678912),
        ({"user_id": 80351110224678912}, 80351110224678912),
        ({"user_id": "me"}, None),
        ({"user_id": "9" * 30}, None),
        ({}, None),
        ("80351110224678912", None),
        (None, None),
    ],
)
def test_the_discord_account_is_read_when_it_is_one(told, discord_id):
    document = parsed("members_page1")
    document["included"][0]["attributes"]["social_connections"] = {"discord": told, "new": [1]}

    assert everybody(page_of(document))[0][0].discord_id == discord_id


def test_unknown_included_resources_are_ignored():
    document = parsed("members_page1")
    document["included"] += [
        {"type": "media", "id": "1", "attributes": {"title": {"a": 1}, "amount_cents": "x"}},
        {"type": "reward", "id": None, "attributes": None},
        {"type": "user", "id": "7654321", "attributes": []},
        {"type": "tier", "id": "9", "attributes": {}},
        {},
    ]

    page = page_of(document)

    assert everybody(page)[0][0].hides_pledges
    assert page.tiers == (FREE, PAID)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"<html>",
        b'{"data":{}}',
        b"[" * 200_000,
        b'{"data":[{"id":"1","attributes":{"full_name":"\\ud8"}}]}',
        b'{"data":[],"meta":"soon"}',
    ],
)
def test_an_answer_that_is_no_page_may_be_asked_for_again(body):
    with pytest.raises(TemporaryError):
        read_members(body, campaign_id="1", asked_at=AT)


@given(st.integers(0, 5847))
def test_a_page_that_is_cut_short_anywhere_is_never_believed(length):
    body = example("members_page1").rstrip()

    with pytest.raises(TemporaryError):
        read_members(body[: min(length, len(body) - 1)], campaign_id="1", asked_at=AT)


def test_a_member_without_a_campaign_is_not_believed():
    document = parsed("webhook_members_delete")
    document["data"]["relationships"]["campaign"]["data"] = None

    with pytest.raises(TemporaryError):
        read_member(json.dumps(document).encode(), asked_at=AT)
