"""Every door of the bot, and what a stranger would try at it: a new one adds its line here."""

THERE = {
    "campaign": "cquartz",
    "member": "mzenobia",
    "tier": "tobsidian",
    "name": "Zenobia",
    "title": "Obsidian",
    "link": "1",
    "letter": "1",
    "draft": "1",
    "creator": "1",
    "version": "",
    "action": "malachite.mined",
    "key": "hookkeyquartzhookkeyquartz",
}
"""What belongs to the first server."""

NOWHERE = {
    "campaign": "cnobody",
    "member": "mnobody1",
    "tier": "tnothing1",
    "name": "Nobody1",
    "title": "Nothing1",
    "link": "7",
    "letter": "7",
    "draft": "7",
    "creator": "7",
    "version": "0123456789ab",
    "action": "nothing.done",
    "key": "hookkeynowhrehookkeynowhre",
}
"""The same for what exists nowhere; the stranger must not be able to tell the two apart."""

SECRETS = (
    "Zenobia",
    "Quartz",
    "cquartz",
    "mzenobia",
    "Obsidian",
    "tobsidian",
    "Onyx",
    "Xanthippe",
    "Vermilion",
    "Malachite",
    "malachite.mined",
    "Heliotrope",
    "Lapislazuli",
    "Perlmutt",
    "777",
    "9,876",
    "Studio",
    "hookkeyquartz",
    "patreon-feed",
    "uzenobia",
)
"""Names, ids, titles, amounts and reasons of the first server's world."""

COMMANDS = {
    "patreon sync": [{}],
    "patreon members": [{}, {"tier": "{tier}"}, {"tier": "{title}"}, {"text": "{name}"}],
    "patreon member": [{"member": "{member}"}, {"member": "{name}"}],
    "patreon campaigns": [{}],
    "patreon tiers": [{}],
    "patreon tier-name": [{"tier": "{tier}"}, {"tier": "{title}", "name": "Mine"}],
    "patreon status": [{}],
    "patreon webhooks": [{}, {"state": "all"}],
    "patreon audit": [{}, {"action": "{action}"}],
    "patreon doctor": [{}],
    "patreon connect": [{}],
    "patreon disconnect": [{}],
    "patreon words show": [{}, {"campaign": "{campaign}"}, {"campaign": "{link}"}],
    "patreon words edit": [{"kind": "joined", "campaign": "{campaign}"}, {"kind": "joined"}],
    "patreon words reset": [{"kind": "joined", "campaign": "{campaign}"}, {"kind": "joined"}],
    "patreon images refresh": [{}, {"model": "member"}, {"force": True}],
    "patreon images status": [{}],
    "patreon post": [{}],
    "patreon posts": [
        {},
        {"campaign": "{campaign}"},
        {"state": "published"},
        {"author": "stranger"},
    ],
    "patreon template list": [{}],
    "patreon template use": [{"name": "{title}"}, {"name": "#{draft}"}],
    "patreon setup": [{}],
    "patreon settings": [{}],
    "patreon permissions": [{}],
    "patron me": [{}],
    "patron export": [{}],
    "patron forget": [{}],
    "patron privacy": [{}],
    "patron link": [{}],
    "patron unlink": [{}],
}
"""Every command with what a stranger would type."""

TYPED = ("", "{name}", "{title}", "{member}", "{tier}", "{campaign}", "m", "quartz", "{link}")
"""What is typed into every option that suggests something."""

BUTTONS = (
    "audit1|newest|0||",
    "audit1|csv|0||",
    "audit1|older|99||{action}",
    "brake1|keep|{campaign}|{version}",
    "brake1|apply|{campaign}|{version}",
    "disconnect1|yes|{creator}",
    "disconnect1|no|{creator}",
    "doctor1|0",
    "doctor1|again",
    "lookups1|campaigns|next|0",
    "lookups1|tiers|next|0",
    "members1|next||n|0|{tier}|",
    "members1|next||n|0||{name}",
    "patron1|page|{person}|0",
    "patron1|forget|{person}|0",
    "patron1|keep|{person}|0",
    "patron1|hide-name|{person}|0",
    "patron1|show-tier|{person}|0",
    "patron1|page|{stranger}|0",
    "patron1|forget|{stranger}|0",
    "patron1|hide-name|{stranger}|0",
    "post-buttons1|show|{draft}|1|main",
    "post-buttons1|look|{draft}|0|main",
    "post-buttons1|preview|{draft}|1|",
    "post-buttons1|edit|{draft}|1|",
    "post-buttons1|schedule|{draft}|1|",
    "post-buttons1|approve|{draft}|1|",
    "post-buttons1|publish|{draft}|1|",
    "post-buttons1|discard|{draft}|1|",
    "post-buttons1|copy|{draft}|1|",
    "post-buttons1|use|{draft}|1|",
    "post-buttons1|hand-over|{draft}|1|",
    "post-buttons1|patreon|{draft}|1|",
    "post-buttons1|describe|{draft}|1|abc",
    "post-buttons1|reopen|{draft}|0|",
    "post-buttons1|dismiss|{draft}|0|",
    "post-buttons1|bulk|0|0|{campaign}",
    "post-list1|show||0|{campaign}|0",
    "post-list1|pause||0||0",
    "postmatch:yes:{draft}:301",
    "postmatch:no:0:301",
    "permission-steps1|back|0|",
    "permission-steps1|everybody|0|",
    "setup-buttons1|show|steps|{campaign}",
    "setup-buttons1|show|settings|{campaign}",
    "setup-buttons1|show|campaigns|",
    "setup-buttons1|sync|steps|{campaign}",
    "setup-buttons1|test|test|{campaign}",
    "setup-buttons1|remove-here|test|{campaign}",
    "setup-buttons1|amounts-on|settings|{campaign}",
    "setup-buttons1|unfollow|settings|{campaign}",
    "webhooks1|again|all|0",
    "words1|save|{link}|joined|public",
    "words1|edit|{link}|joined|public",
    "words1|reset|{link}|joined|public",
)
MENUS = (
    ("disconnect-accounts1|", "{creator}"),
    ("permission-rights1|{role}", "compose"),
    ("permission-roles1|", "Gold"),
    ("post-menus1|open|0|0|", "{draft}"),
    ("post-menus1|reopen|0|0|", "{draft}"),
    ("post-menus1|dismiss|0|0|", "{draft}"),
    ("post-menus1|audience|{draft}|1|", "patrons"),
    ("post-menus1|campaign|{draft}|1|", "{campaign}"),
    ("post-menus1|reopen|0|0|", "{draft}"),
    ("setup-menus1|pick|steps|", "{campaign}"),
    ("setup-menus1|kinds|settings|{campaign}", "joined"),
    ("setup-menus1|post-detail|settings-kinds|{campaign}", "whole"),
    ("setup-channels1|feed|settings|{campaign}", "staff"),
    ("webhook-changes1|replay|parked|0", "{letter}"),
    ("webhook-changes1|discard|parked|0", "{letter}"),
)
"""Every kind of button and menu, by custom id and value; `{…}` as above."""

FORMS = {
    "post_forms": ("post-forms1|schedule|{draft}|1|", "post-forms1|minimum|{draft}|1|"),
    "words_form": ("words-form1|{link}|joined|public", "words-form1|{link}|upgraded|staff"),
}
"""The custom ids of every kind of form, by the module that makes it."""

ROUTES = {
    "/": ["/"],
    "/livez": ["/livez"],
    "/readyz": ["/readyz"],
    "/oauth/authorize": ["/oauth/authorize", "/oauth/authorize?s=" + "x" * 43],
    "/webhooks/patreon": ["/webhooks/patreon"],
    "/api/patreon/webhooks/patreon": ["/api/patreon/webhooks/patreon"],
    "/webhooks/patreon/{key}": ["/webhooks/patreon/{key}"],
    **{
        path: [path, f"{path}?state={'x' * 43}&code=c", f"{path}?state={'x' * 43}&error=e"]
        for way in ("/oauth/callback", "/patreon/oauth/callback", "/auth/patreon/callback")
        for path in (way, f"{way}/")
    },
}
"""Every route with the addresses that a stranger would try."""
