from bot.permissions import EMBED_LINKS, SEND_MESSAGES, VIEW_CHANNEL, missing, permissions_in

ALL = str(VIEW_CHANNEL | SEND_MESSAGES | EMBED_LINKS)
GUILD = {
    "id": "1",
    "owner_id": "9",
    "roles": [
        {"id": "1", "permissions": str(VIEW_CHANNEL)},
        {"id": "2", "permissions": ALL},
        {"id": "3", "permissions": "0"},
        {"id": "4", "permissions": str(1 << 3)},
    ],
}


def lacking(roles, *overwrites, user="7"):
    found = permissions_in(GUILD, roles, user, overwrites)
    return missing(found, (VIEW_CHANNEL, SEND_MESSAGES, EMBED_LINKS))


def overwrite(target, allow=0, deny=0):
    return {"id": target, "allow": str(allow), "deny": str(deny)}


def test_roles_add_up():
    assert lacking(["2", "3"]) == []
    assert lacking(["3"]) == ["Send Messages", "Embed Links"]


def test_without_view_channel_only_that_is_named():
    assert lacking(["2"], overwrite("1", deny=VIEW_CHANNEL)) == ["View Channel"]


def test_a_roles_overwrite_wins_over_everyones_and_the_members_over_both():
    everyone = overwrite("1", deny=SEND_MESSAGES)
    role = overwrite("2", allow=SEND_MESSAGES)
    member = overwrite("7", deny=SEND_MESSAGES)

    assert lacking(["2"], everyone) == ["Send Messages"]
    assert lacking(["2"], everyone, role) == []
    assert lacking(["2"], everyone, role, member) == ["Send Messages"]


def test_among_roles_an_allowance_wins_over_a_denial():
    assert lacking(["2", "3"], overwrite("3", deny=EMBED_LINKS), overwrite("2", EMBED_LINKS)) == []


def test_overwrites_of_others_do_not_count():
    assert (
        lacking(["2"], overwrite("3", deny=VIEW_CHANNEL), overwrite("8", deny=VIEW_CHANNEL)) == []
    )


def test_administrators_and_the_owner_may_do_everything():
    nothing = overwrite("1", deny=VIEW_CHANNEL)

    assert lacking(["4"], nothing) == []
    assert lacking([], nothing, user="9") == []
