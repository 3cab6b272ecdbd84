"""Which right each command and each button needs: a new one adds its line here."""

from core.rights import Right

COMMANDS = {
    "patreon sync": Right.SEE_MEMBERS,
    "patreon members": Right.SEE_MEMBERS,
    "patreon status": Right.SEE_MEMBERS,
    "patreon webhooks": Right.SEE_MEMBERS,
    "patreon audit": Right.ADMINISTRATE,
    "patreon permissions": None,
}
"""None: any right will do."""

BUTTONS = {
    "members1|next||n|0||": Right.SEE_MEMBERS,
    "webhooks1|again|all|0": Right.SEE_MEMBERS,
    "brake1|keep|1001|000000000000": Right.ADMINISTRATE,
    "brake1|apply|1001|000000000000": Right.ADMINISTRATE,
    "audit1|newest|0||": Right.ADMINISTRATE,
    "audit1|csv|0||": Right.ADMINISTRATE,
    "permission-steps1|back|0|": Right.ADMINISTRATE,
    "permission-steps1|everybody|0|": Right.ADMINISTRATE,
    "permission-steps1|confirm|0|": Right.ADMINISTRATE,
}

MENUS = {
    ("webhook-changes1|replay|parked|0", "1"): Right.ADMINISTRATE,
    ("webhook-changes1|discard|parked|0", "1"): Right.ADMINISTRATE,
    ("permission-rights1|1", "compose"): Right.ADMINISTRATE,
}
"""By custom id and value."""
