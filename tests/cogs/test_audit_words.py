from cogs.audit_words import export_sentence
from core.audit_trail import Export


def said(count, *, is_cut=False):
    return export_sentence(Export(csv=b"", count=count, is_cut=is_cut))


def test_a_file_that_is_full_says_where_the_rest_is():
    assert "The newest 1,200 entries" in said(1_200, is_cut=True)
    assert "python -m bot audit --csv" in said(1_200, is_cut=True)


def test_a_whole_file_is_counted():
    assert said(1).startswith("1 entry, newest first.")
    assert said(2).startswith("2 entries")
    assert "nothing to export" in said(0)
