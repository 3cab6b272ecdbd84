"""Several posts from one file: all are read, or every problem is told by its line."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.bulk import FileRefused, Known, audience_of, read_posts
from core.bulk_table import LARGEST_FILE, MOST_ROWS, read_table
from core.drafts import LONGEST_PART, MOST_PARTS, Audience, AudienceKind, Content
from core.errors import UserError
from tests.factories import campaign, tier, tiers

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
WEEKLY = Content(
    title="{month} with {Guest}",
    parts=("Hello from {campaign}, {{really}}: {guest}.",),
    audience=Audience(kind=AudienceKind.PATRONS),
    is_paid=True,
)
KNOWN = Known(
    campaign=campaign(),
    tiers=tiers(),
    templates={"Weekly": WEEKLY, "Broken": Content(title="{", parts=("x",))},
    zone="Europe/Berlin",
)


def read(text, known=KNOWN):
    raw = text if isinstance(text, bytes) else text.encode()
    return read_posts(raw, known, NOW)


def refused(text, known=KNOWN):
    with pytest.raises(UserError) as caught:
        read(text, known)
    return str(caught.value)


TWO = '''title,body,when,zone,audience,paid
First,"Hello, *you*",2026-12-24 18:00,,everyone,
Second,"Two

paragraphs with ""quotes""",tomorrow 6pm,New York,Friend|Patron,yes
'''


def test_each_row_is_a_post_with_its_time():
    first, second = read(TWO)

    assert (first.line, second.line) == (2, 3)
    assert first.content == Content(title="First", parts=("Hello, *you*",))
    assert first.when.at == datetime(2026, 12, 24, 17, 0, tzinfo=UTC)
    assert second.content.parts == ('Two\n\nparagraphs with "quotes"',)
    assert second.content.audience == Audience(kind=AudienceKind.TIERS, tier_ids=("201", "202"))
    assert second.content.is_paid
    assert (second.when.zone, second.when.at) == (
        "America/New_York",
        datetime(2026, 11, 22, 23, 0, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: ("\n\n" + text + "\n,,,,,\n\n").encode(),
        lambda text: text.replace("title,body,when", "TITLE, Body ,When").encode(),
    ],
)
def test_files_of_all_spreadsheets_are_read_alike(change):
    plain = read(TWO)

    assert [(post.content, post.when) for post in read(change(TWO))] == [
        (post.content, post.when) for post in plain
    ]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_columns_may_be_apart_by_semicolons_or_tabs(separator):
    text = "title;body;when;audience\nA, b;Hello, you;24.12. 18:00;5,00\n".replace(";", separator)

    (post,) = read(text)

    assert (post.content.title, post.content.parts) == ("A, b", ("Hello, you",))
    assert post.content.audience == Audience(kind=AudienceKind.MINIMUM, minimum_cents=500)


def test_a_template_is_filled_with_its_columns_and_with_the_day_it_goes_out():
    text = "template,guest,when\nweekly,Ada {x},2026-12-31 23:30\n"

    (post,) = read(text)

    assert post.content.title == "December with Ada {x}"
    assert post.content.parts == ("Hello from Ada's Workshop, {really}: Ada {x}.",)
    assert post.content.audience.kind is AudienceKind.PATRONS
    assert post.content.is_paid


def test_a_row_may_say_otherwise_than_its_template():
    text = "template,guest,when,audience,paid\nWeekly,Bo,24.12. 18:00,everyone,no\n"

    (post,) = read(text)

    assert (post.content.audience.kind, post.content.is_paid) == (AudienceKind.PUBLIC, False)


def test_a_file_may_have_both_templates_and_texts():
    text = "title,body,template,guest,when\nA,b,,,18:00\n,,Weekly,Bo,19:00\n"

    titles = [post.content.title for post in read(text)]

    assert titles == ["A", "November with Bo"]


def test_every_problem_is_told_by_its_line_and_nothing_is_used():
    text = (
        "title,body,when,zone,audience,paid,template\n"
        "A,b,24.12. 18:00,,,,\n"
        ",b,24.12. 18:00,,,,\n"
        'A,"",24.12. 18:00,,,,\n'
        "A,b,yesterday,,,,\n"
        "A,b,20.11. 18:00,,,,\n"
        "A,b,18:00,Berlni,,,\n"
        "A,b,18:00,,aliens,,\n"
        "A,b,18:00,,,perhaps,\n"
        ",,18:00,,,,Nightly\n"
        "A,,18:00,,,,Weekly\n"
        ",,18:00,,,,Weekly\n"
        ",,18:00,,,,Broken\n"
    )

    with pytest.raises(FileRefused) as caught:
        read(text)

    said = dict(caught.value.problems)
    assert sorted(said) == list(range(3, 14))
    assert "title is empty" in said[3]
    assert "text is empty" in said[4]
    assert "“yesterday” is no time" in said[5]
    assert "is over already" in said[6]
    assert "Did you mean `Europe/Berlin`?" in said[7]
    assert "“aliens” is no audience" in said[8]
    assert "“Friend”, “Patron”" in said[8]
    assert "neither `yes` nor `no`" in said[9]
    assert "no template “Nightly”" in said[10]
    assert "“title” stays empty" in said[11]
    assert "`{Guest}`" in said[12]
    assert "braces" in said[13]
    words = str(caught.value)
    assert words.startswith("Nothing was scheduled. Put this right:\nLine 3: ")
    assert words.endswith("1 more lines have problems.")


def test_without_a_zone_anywhere_each_row_is_asked_for_one():
    known = Known(campaign=campaign())

    said = refused("title,body,when\nA,b,18:00\n", known)

    assert "Line 2: Name its time zone in the column “zone”" in said


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"title,body,when\n", "no posts"),
        ("title,body,when\nÄ,b,18:00".encode("utf-16"), "not in UTF-8|no text"),
        ("title,body,when\nÄ,b,18:00".encode("latin-1"), "not in UTF-8"),
        (b"PK\x03\x04\0\0\0", "no text"),
        (b"title,body\nA,b\n", "“when” is missing"),
        (b"title,when\nA,18:00\n", "“body” is missing"),
        (b"title,body,when,wehn\nA,b,18:00,\n", "no column “wehn”"),
        (b"template,when,gust\nWeekly,18:00,Bo\n", "no column “gust”"),
        (b"title,title,when\nA,b,18:00\n", "two columns “title”"),
        (b"title,,when\nA,b,18:00\n", "column 2 has no name"),
        (b"title,body,when\nA,b,18:00,c\n", "Line 2: it has 4 columns"),
        (b'title,body,when\nA,"b,18:00\n', "Line 2: the quotes"),
        (b'title,body,when\nA,b,18:00\nA,"b"c,18:00\n', "Line 3: the quotes"),
        (b"a," * 21 + b"when\n1\n", "22 columns"),
        (b"title,body,when\n" + b"A,b,18:00\n" * (MOST_ROWS + 1), "51 posts; at most 50"),
        (b"x" * (LARGEST_FILE + 1), "at most 100 kB"),
        (b'"' * 100_000, "no posts"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_cure(raw, why):
    with pytest.raises(UserError, match=why) as caught:
        read(raw)

    assert len(str(caught.value)) < 400


def test_the_most_rows_fit_and_cells_may_be_missing():
    text = "title,body,when,zone\n" + "A,b,18:00\n" * MOST_ROWS + ",,,,,\n"

    assert len(read(text)) == MOST_ROWS


def test_the_line_of_a_row_is_where_it_begins():
    text = 'title,body,when\nA,"one\n\n\ntwo",18:00\n\nB,,18:00\n'

    with pytest.raises(FileRefused) as caught:
        read(text)

    assert [line for line, _ in caught.value.problems] == [7]


def test_a_long_text_is_split_into_parts_and_one_too_long_is_refused():
    paragraph = "x" * 900
    fits = 'title,body,when\nA,"' + (paragraph + "\n\n") * 20 + '",18:00\n'
    (post,) = read(fits)

    assert 1 < len(post.content.parts) <= MOST_PARTS
    assert max(len(part) for part in post.content.parts) <= LONGEST_PART
    assert post.content.body.count(paragraph) == 20


@pytest.mark.parametrize(
    ("said", "audience"),
    [
        ("Everyone", Audience()),
        ("public", Audience()),
        ("all patrons", Audience(kind=AudienceKind.PATRONS)),
        ("5", Audience(kind=AudienceKind.MINIMUM, minimum_cents=500)),
        ("12.50", Audience(kind=AudienceKind.MINIMUM, minimum_cents=1250)),
        ("friend", Audience(kind=AudienceKind.TIERS, tier_ids=("201",))),
        (" Patron + FRIEND ", Audience(kind=AudienceKind.TIERS, tier_ids=("202", "201"))),
    ],
)
def test_an_audience_is_written_in_words(said, audience):
    assert audience_of(said, tiers(), "USD") == audience


def test_a_tier_whose_name_looks_like_something_else_is_that_tier():
    odd = [tier(id="1", title="5"), tier(id="2", title="A | B")]

    assert audience_of("5", odd, "USD").tier_ids == ("1",)
    assert audience_of("a | b", odd, "USD").tier_ids == ("2",)


@given(raw=st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_whatever_is_uploaded_it_is_a_table_or_a_sentence(raw):
    try:
        table = read_table(raw)
    except UserError as error:
        said = str(error)
    else:
        said = "a table"
        assert all(set(row.cells) == set(table.columns) for row in table.rows)
    assert 0 < len(said) < 400


@given(
    cells=st.lists(
        st.sampled_from(
            ["A", "", "18:00", "24.12. 18:00", "Weekly", "everyone", "5", "Friend|x", "@everyone",
             "\u202e", "{", "yes", "x" * 5000, "```", "\n\n"]
        ),
        min_size=7,
        max_size=7,
    )
)  # fmt: skip
def test_whatever_a_row_holds_it_is_a_post_or_a_sentence(cells):
    header = "title,body,when,zone,audience,paid,template\n"
    row = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    try:
        (post,) = read(header + row)
    except UserError:
        pass
    else:
        assert post.when.at > NOW
        assert post.content.title
        assert "\u202e" not in post.content.title
