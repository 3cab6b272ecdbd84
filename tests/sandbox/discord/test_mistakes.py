"""Each of these is a request that Discord refuses; the stand-in must refuse and record it."""

import pytest

ROW = 1


def button(**more):
    return {"type": 2, "style": 1, "label": "Go", "custom_id": "go"} | more


def menu(count=2, **more):
    options = [{"label": f"o{at}", "value": f"v{at}"} for at in range(count)]
    return {"type": 3, "custom_id": "menu", "options": options} | more


def row(*components):
    return {"type": 1, "components": list(components)}


def text(content="Hello"):
    return {"type": 10, "content": content}


def layout(*components):
    return {"flags": 1 << 15, "components": list(components)}


def embeds(*each):
    return {"embeds": list(each)}


MESSAGES = {
    "content over 2000": {"content": "x" * 2001},
    "empty message": {"content": ""},
    "eleven embeds": embeds(*[{"title": "t"}] * 11),
    "embed title over 256": embeds({"title": "x" * 257}),
    "embed description over 4096": embeds({"description": "x" * 4097}),
    "embeds over 6000 in total": embeds({"description": "x" * 4000}, {"description": "x" * 2001}),
    "empty field value": embeds({"title": "t", "fields": [{"name": "n", "value": ""}]}),
    "blank field name": embeds({"title": "t", "fields": [{"name": "  ", "value": "v"}]}),
    "twenty-six fields": embeds({"fields": [{"name": "n", "value": "v"}] * 26}),
    "field value over 1024": embeds({"fields": [{"name": "n", "value": "x" * 1025}]}),
    "footer over 2048": embeds({"footer": {"text": "x" * 2049}}),
    "empty embed": embeds({}),
    "image that is no address": embeds({"title": "t", "image": {"url": "ftp://x/a.png"}}),
    "image of a file that is not sent": embeds({"image": {"url": "attachment://no.png"}}),
    "nonce over 25": {"content": "c", "nonce": "x" * 26},
    "unknown attachment": {"content": "c", "attachments": [{"id": "0"}]},
    "button outside a row": {"content": "c", "components": [button()]},
    "six action rows": {"components": [row(button(custom_id=f"b{at}")) for at in range(6)]},
    "six buttons in a row": {"components": [row(*[button(custom_id=f"b{at}") for at in range(6)])]},
    "button label over 80": {"components": [row(button(label="x" * 81))]},
    "button without label": {"components": [row(button(label=""))]},
    "link button with custom id": {"components": [row(button(style=5, url="https://example.org"))]},
    "link button without address": {"components": [row({"type": 2, "style": 5, "label": "x"})]},
    "custom id over 100": {"components": [row(button(custom_id="x" * 101))]},
    "custom id twice": {"components": [row(button(), button())]},
    "two menus in a row": {"components": [row(menu(), menu(custom_id="other"))]},
    "twenty-six options": {"components": [row(menu(26))]},
    "no options": {"components": [row(menu(0))]},
    "placeholder over 150": {"components": [row(menu(placeholder="x" * 151))]},
    "same option value twice": {
        "components": [row(menu(options=[{"label": "a", "value": "v"}] * 2))]
    },
    "text input in a message": {
        "components": [row({"type": 4, "custom_id": "t", "style": 1, "label": "l"})]
    },
    "layout with content": layout(text()) | {"content": "c"},
    "layout with embeds": layout(text()) | embeds({"title": "t"}),
    "layout over 40 components": layout(*[text(str(at)) for at in range(41)]),
    "layout with 40 components and one nested": layout(
        *[text(str(at)) for at in range(39)], {"type": 17, "components": [text()]}
    ),
    "layout over 4000 characters": layout(text("x" * 2001), text("x" * 2001)),
    "container in a container": layout(
        {"type": 17, "components": [{"type": 17, "components": [text()]}]}
    ),
    "gallery of eleven": layout(
        {"type": 12, "items": [{"media": {"url": "https://example.org/a.png"}}] * 11}
    ),
    "section without accessory": layout({"type": 9, "components": [text()]}),
    "section with four texts": layout(
        {"type": 9, "components": [text()] * 4, "accessory": button()}
    ),
    "file component with an address": layout(
        {"type": 13, "file": {"url": "https://example.org/a.zip"}}
    ),
    "text display without the flag": {"components": [text()]},
}

UNKNOWN_TO_US = {
    "unknown field": {"content": "c", "colour": 1},
    "wrong type": {"content": 5},
    "bad allowed mentions": {"content": "c", "allowed_mentions": {"parse": ["all"]}},
    "unknown button style": {"components": [row(button(style=9))]},
}


@pytest.mark.parametrize("body", MESSAGES.values(), ids=MESSAGES)
async def test_a_message_that_breaks_a_rule_is_refused_and_recorded(world, server, ask, body):
    channel = world.channel_named("general")

    status, answer = await ask("POST", f"/channels/{channel.id}/messages", body)

    assert status == 400
    assert answer["code"] in (50035, 50006)
    assert len(server.violations) == 1
    assert world.messages.all_in(channel) == []


@pytest.mark.parametrize("body", UNKNOWN_TO_US.values(), ids=UNKNOWN_TO_US)
async def test_what_only_the_published_document_knows_is_refused(world, checked, ask, body):
    channel = world.channel_named("general")

    status, answer = await ask("POST", f"/channels/{channel.id}/messages", body)

    assert (status, answer["code"]) == (400, 50035)
    assert len(checked.violations) == 1


def command(**more):
    return {"name": "test", "type": 1, "description": "Test"} | more


def option(**more):
    return {"type": 3, "name": "word", "description": "A word"} | more


CHOICE = {"name": "n", "value": "v"}

COMMANDS = {
    "upper case": [command(name="Test")],
    "name with a space": [command(name="a b")],
    "name over 32": [command(name="x" * 33)],
    "empty description": [command(description="")],
    "description over 100": [command(description="x" * 101)],
    "same name twice": [command(), command()],
    "over a hundred commands": [command(name=f"c{at}") for at in range(101)],
    "sixteen user commands": [{"name": f"c{at}", "type": 2} for at in range(16)],
    "twenty-six options": [command(options=[option(name=f"o{at}") for at in range(26)])],
    "twenty-six choices": [
        command(options=[option(choices=[{"name": f"{at}", "value": "v"} for at in range(26)])])
    ],
    "required after optional": [
        command(options=[option(name="a"), option(name="b", required=True)])
    ],
    "choices and autocomplete": [command(options=[option(choices=[CHOICE], autocomplete=True)])],
    "same option twice": [command(options=[option(), option()])],
    "same choice twice": [command(options=[option(choices=[CHOICE, CHOICE])])],
    "over 8000 characters": [
        command(
            options=[
                option(name=f"o{at}", description="x" * 100, choices=choices)
                for at, choices in enumerate(
                    [[{"name": f"{n:0100}", "value": "v" * 90} for n in range(25)]] * 2
                )
            ]
        )
    ],
    "group in a group": [
        command(
            options=[option(type=2, options=[option(type=2, name="in", options=[option(type=1)])])]
        )
    ],
    "subcommand beside an option": [
        command(options=[option(type=1, name="sub"), option(name="word")])
    ],
}


@pytest.mark.parametrize("body", COMMANDS.values(), ids=COMMANDS)
async def test_commands_that_break_a_rule_are_refused_and_recorded(world, server, ask, body):
    status, answer = await ask("PUT", f"/applications/{world.application.id}/commands", body)

    assert status == 400
    assert answer["code"] in (50035, 30032)
    assert len(server.violations) == 1
    assert world.commands.all() == []


def label(component, text="Label", **more):
    return {"type": 18, "label": text, "component": component} | more


def field(**more):
    return {"type": 4, "custom_id": "field", "style": 1} | more


def modal(*components, **more):
    data = {"custom_id": "modal", "title": "Title", "components": list(components)} | more
    return {"type": 9, "data": data}


RADIO = {"type": 21, "custom_id": "r", "options": [{"label": "a", "value": "a"}]}

MODALS = {
    "title over 45": modal(label(field()), title="x" * 46),
    "custom id over 100": modal(label(field()), custom_id="x" * 101),
    "no components": modal(),
    "six components": modal(*[label(field(custom_id=f"f{at}")) for at in range(6)]),
    "label over 45": modal(label(field(), "x" * 46)),
    "label description over 100": modal(label(field(), description="x" * 101)),
    "max length over 4000": modal(label(field(max_length=4001))),
    "min length above max length": modal(label(field(min_length=10, max_length=5))),
    "value over 4000": modal(label(field(value="x" * 4001))),
    "input placeholder over 100": modal(label(field(placeholder="x" * 101))),
    "button in a modal": modal(row(button())),
    "button in a label": modal(label(button())),
    "disabled menu": modal(label(menu(disabled=True))),
    "custom id twice": modal(label(field()), label(field())),
    "radio group with one option": modal(label(RADIO)),
    "required with no least": modal(label(menu(required=True, min_values=0))),
    "eleven files": modal(label({"type": 19, "custom_id": "f", "max_values": 11})),
}


@pytest.mark.parametrize("body", MODALS.values(), ids=MODALS)
async def test_a_modal_that_breaks_a_rule_is_refused_and_recorded(server, ask, start, body):
    interaction, path = start()

    status, answer = await ask("POST", path, body)

    assert (status, answer["code"]) == (400, 50035)
    assert len(server.violations) == 1
    assert not interaction.answered


async def test_an_unknown_route_is_refused_and_recorded(server, ask):
    status, _ = await ask("GET", "/guilds/1/gifts")

    assert status == 404
    assert "no such route" in str(server.violations[0])
