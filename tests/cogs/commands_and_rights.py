"""Which right each command and each button needs: a new one adds its line here."""

from core.rights import Right

EVERYBODY = "everybody"
"""No right is asked: it is about the person who acts, and about nobody else."""

COMMANDS = {
    "patreon sync": Right.SEE_MEMBERS,
    "patreon members": Right.SEE_MEMBERS,
    "patreon member": Right.SEE_MEMBERS,
    "patreon campaigns": Right.SEE_MEMBERS,
    "patreon tiers": Right.SEE_MEMBERS,
    "patreon tier-name": Right.ADMINISTRATE,
    "patreon status": Right.SEE_MEMBERS,
    "patreon webhooks": Right.SEE_MEMBERS,
    "patreon audit": Right.ADMINISTRATE,
    "patreon doctor": Right.ADMINISTRATE,
    "patreon connect": Right.ADMINISTRATE,
    "patreon disconnect": Right.ADMINISTRATE,
    "patreon words show": Right.ADMINISTRATE,
    "patreon words edit": Right.ADMINISTRATE,
    "patreon words reset": Right.ADMINISTRATE,
    "patreon images refresh": Right.ADMINISTRATE,
    "patreon images status": Right.ADMINISTRATE,
    # Its form opens before anything is looked up; what comes back needs COMPOSE.
    "patreon post": EVERYBODY,
    "patreon posts": frozenset({Right.COMPOSE, Right.APPROVE}),
    "patreon template list": Right.COMPOSE,
    "patreon template use": Right.COMPOSE,
    "patreon setup": Right.ADMINISTRATE,
    "patreon settings": Right.ADMINISTRATE,
    "patreon permissions": None,
    "patron me": EVERYBODY,
    "patron export": EVERYBODY,
    "patron forget": EVERYBODY,
    "patron privacy": EVERYBODY,
    "patron link": EVERYBODY,
    "patron unlink": EVERYBODY,
}
"""None: any right will do; a set: any of these."""

OPTIONS = {
    "patreon member": {"member": "somebody"},
    "patreon tier-name": {"tier": "something"},
    "patreon template use": {"name": "something"},
    "patreon words edit": {"kind": "upgraded"},
    "patreon words reset": {"kind": "upgraded"},
}
"""What a command cannot do without."""

BUTTONS = {
    "disconnect1|yes|1": Right.ADMINISTRATE,
    "disconnect1|no|1": Right.ADMINISTRATE,
    "members1|next||n|0||": Right.SEE_MEMBERS,
    "lookups1|campaigns|next|0": Right.SEE_MEMBERS,
    "lookups1|tiers|next|0": Right.SEE_MEMBERS,
    "webhooks1|again|all|0": Right.SEE_MEMBERS,
    "brake1|keep|1001|000000000000": Right.ADMINISTRATE,
    "brake1|apply|1001|000000000000": Right.ADMINISTRATE,
    "postmatch:yes:1:301": Right.APPROVE,
    "postmatch:no:0:301": Right.APPROVE,
    "audit1|newest|0||": Right.ADMINISTRATE,
    "doctor1|0": Right.ADMINISTRATE,
    "doctor1|again": Right.ADMINISTRATE,
    "audit1|csv|0||": Right.ADMINISTRATE,
    "words1|save|1|upgraded|public": Right.ADMINISTRATE,
    "words1|edit|1|upgraded|public": Right.ADMINISTRATE,
    "words1|reset|1|upgraded|public": Right.ADMINISTRATE,
    "permission-steps1|back|0|": Right.ADMINISTRATE,
    "permission-steps1|everybody|0|": Right.ADMINISTRATE,
    "permission-steps1|confirm|0|": Right.ADMINISTRATE,
    "setup-buttons1|show|steps|": Right.ADMINISTRATE,
    "setup-buttons1|connect|steps|": Right.ADMINISTRATE,
    "setup-buttons1|sync|steps|1001": Right.ADMINISTRATE,
    "setup-buttons1|test|test|1001": Right.ADMINISTRATE,
    "setup-buttons1|remove-here|test|1001": Right.ADMINISTRATE,
    "setup-buttons1|amounts-on|settings|1001": Right.ADMINISTRATE,
    "setup-buttons1|unfollow|settings|1001": Right.ADMINISTRATE,
    "patron1|page|{me}|0": EVERYBODY,
    "patron1|forget|{me}|0": EVERYBODY,
    "patron1|keep|{me}|0": EVERYBODY,
    "patron1|hide-name|{me}|0": EVERYBODY,
    "patron1|show-name|{me}|0": EVERYBODY,
    "patron1|hide-tier|{me}|0": EVERYBODY,
    "patron1|show-tier|{me}|0": EVERYBODY,
}
"""By custom id; `{me}` is the id of whoever presses it."""

MENUS = {
    ("disconnect-accounts1|", "1"): Right.ADMINISTRATE,
    ("webhook-changes1|replay|parked|0", "1"): Right.ADMINISTRATE,
    ("webhook-changes1|discard|parked|0", "1"): Right.ADMINISTRATE,
    ("permission-rights1|1", "compose"): Right.ADMINISTRATE,
    ("setup-menus1|kinds|settings|1001", "joined"): Right.ADMINISTRATE,
    ("setup-menus1|post-detail|settings-kinds|1001", "whole"): Right.ADMINISTRATE,
    ("setup-channels1|feed|settings|1001", "general"): Right.ADMINISTRATE,
}
"""By custom id and value."""
