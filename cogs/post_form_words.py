"""Forms that were not used, in a few words."""

from cogs.post_fields import uploads_in
from cogs.post_forms import BODY, DESCRIPTION, TITLE
from cogs.post_ids import Act, Item, decode
from cogs.post_reopening import text_of, variables_of
from cogs.post_settling_forms import AMOUNT, NAME, REASON, WHEN
from cogs.text import plain
from core.draft_rows import Submission
from core.errors import UserError

_NAMES = {
    Act.NEW: "New post",
    Act.EDIT: "Edit",
    Act.ADD: "More text",
    Act.PART: "Part of the text",
    Act.UPLOAD: "Files",
    Act.DESCRIBE: "Picture",
    Act.MINIMUM: "Amount",
    Act.SCHEDULE: "Schedule",
    Act.REFUSE: "Send back",
    Act.TEMPLATE: "Template's name",
    Act.USE: "From a template",
    Act.BULK: "Schedule from a file",
}
"""What each form is for."""

_TYPED = (TITLE, BODY, DESCRIPTION, AMOUNT, WHEN, REASON, NAME)


def form_words(kept: Submission) -> str:
    """Say what a form is for, and what was typed into it or uploaded with it."""
    typed = [text_of(kept, name) for name in _TYPED]
    typed += variables_of(kept.fields).values()
    typed += [upload.name for upload in uploads_in(kept.fields)]
    first = next((plain(text) for text in typed if plain(text)), "nothing typed")
    try:
        target = decode(kept.custom_id, Item.FORM)
    except UserError:
        return first
    name = _NAMES.get(target.act, "Form")
    has_draft = target.act not in (Act.NEW, Act.BULK)
    return f"{name} #{target.draft_id}: {first}" if has_draft else f"{name}: {first}"
