import ast
import re
from pathlib import Path

from cogs.audit_lists import AuditList
from cogs.audit_words import MEANINGS, audit_embed, export_sentence
from core.audit import AuditEntry, AuditPage
from core.audit_trail import Export
from tests.factories import NOW

PROJECT = Path(__file__).parents[2]
WRITES = {"AuditEntry", "_audit", "_move", "_note", "_save"}
"""What is called to note something in the audit."""


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


def written_actions():
    """Every action that code writes into the audit, with where it does."""
    found = {}
    for folder in ("bot", "core"):
        for path in sorted((PROJECT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                for text in texts_of(node):
                    if re.fullmatch(r"[a-z]+\.[a-z_]+", text):
                        found[text] = path.name
    return found


def texts_of(node):
    """The texts that are passed to what writes the audit, or are called an action before."""
    parts = []
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in WRITES:
            parts = [*node.args, *(keyword.value for keyword in node.keywords)]
    elif isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == "action" for target in node.targets
    ):
        parts = [node.value]
    for part in parts:
        for one in ast.walk(part):
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                yield one.value


def test_every_action_that_is_written_has_words_and_no_other():
    written = written_actions()

    assert {action: written[action] for action in written.keys() - MEANINGS.keys()} == {}
    assert MEANINGS.keys() - written.keys() == set()


def test_what_happened_to_a_post_is_told_in_words():
    assert "**post.retracted**: a post was taken back" in listed("post.retracted")
