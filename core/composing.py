"""Composing posts: everything that is done with a draft, from the first form to its messages."""

from core.composing_desk import View
from core.composing_edits import Editing
from core.composing_forms import Sent
from core.composing_publish import Publishing
from core.composing_templates import Plan, Templates
from core.composing_text import Submitted

__all__ = ["Composing", "Plan", "Sent", "Submitted", "View"]


class Composing(Editing, Publishing, Templates):
    """The use cases of `/patreon post`, each scoped by guild and checked against who asks.

    Whoever changes a draft names the version that they saw. Everything that changes is one
    transaction: a draft, its messages in the outbox and the audit change together or not at all.
    """
