from cogs.audit_lists import AuditList
from cogs.audit_words import audit_embed, export_sentence
from core.audit import AuditEntry, AuditPage
from core.audit_trail import Export
from tests.factories import NOW


def said(count, *, is_cut=False):
    return export_sentence(Export(csv=b"", count=count, is_cut=is_cut))


def test_a_file_that_is_full_says_where_the_rest_is():
    assert "The newest 1,200 entries" in said(1_200, is_cut=True)
    assert "python -m bot audit --csv" in said(1_200, is_cut=True)


def test_a_whole_file_is_counted():
    assert said(1).startswith("1 entry, newest first.")
    assert said(2).startswith("2 entries")
    assert "nothing to export" in said(0)


def listed(action):
    entry = AuditEntry(at=NOW, guild_id=1, user_id=7, action=action, detail="Campaign 1.")
    return audit_embed(AuditPage(entries=(entry,)), AuditList()).description


def test_an_answer_to_the_brake_is_told_in_words():
    assert "<@7> · **brake.applied**: missing members were let go\n> Campaign 1." in (
        listed("brake.applied")
    )
    assert "**brake.kept**: missing members were kept" in listed("brake.kept")


def test_an_action_without_words_is_named_only():
    assert "**moon.landed**\n> Campaign 1." in listed("moon.landed")
