"""What Discord refuses in threads and forum posts.

Source: Discord developer documentation, "Threads" and "Channel".
"""

from .access import Access
from .errors import Findings, Refused
from .permissions import Permission
from .records import Channel
from .wire import Json

ARCHIVE_MINUTES = (60, 1440, 4320, 10080)
MAX_APPLIED_TAGS = 5


def check_thread(body: Json) -> None:
    """Refuse a new thread whose name or archive time is wrong.

    Raises:
        Refused: it breaks a rule.
    """
    findings = Findings()
    if not str(body.get("name") or "").strip():
        findings.required("name")
    findings.length("name", body.get("name"), 1, 100)
    if body.get("auto_archive_duration") not in (None, *ARCHIVE_MINUTES):
        text = f"Value must be one of {ARCHIVE_MINUTES}."
        findings.add("auto_archive_duration", "BASE_TYPE_CHOICES", text)
    findings.check()


def chosen_tags(access: Access, forum: Channel, body: Json) -> list[int]:
    """Read the tags that a forum post asks for.

    Raises:
        Refused: they are too many, unknown, reserved for moderators, or required and missing.
    """
    wanted = [int(each) for each in body.get("applied_tags") or ()]
    findings = Findings()
    findings.length("applied_tags", wanted, 0, MAX_APPLIED_TAGS)
    findings.check()
    known = {tag.id: tag for tag in forum.tags}
    if not set(wanted) <= set(known):
        raise Refused(400, 10087, "Unknown tag", is_mistake=False)
    if forum.requires_tag and not wanted:
        message = "A tag is required to create a forum post in this channel"
        raise Refused(400, 40067, message, is_mistake=False)
    if any(known[each].moderated for each in wanted):
        access.channel(forum.id, Permission.MANAGE_THREADS)
    return wanted
