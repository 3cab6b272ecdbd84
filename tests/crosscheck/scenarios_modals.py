"""Modals: fields of every kind, refusals by the client and by Discord."""

import discord
from discord import app_commands, ui

from tests.crosscheck.bot import Buttons, Form
from tests.crosscheck.driver import person, refused, role
from tests.crosscheck.scenario import Differs, scenario


def composing():
    class Compose(Form, title="Compose"):
        hint = ui.TextDisplay("Write **well**.")
        heading = ui.Label(
            text="Heading", component=ui.TextInput(custom_id="heading", min_length=2, max_length=9)
        )
        body = ui.Label(
            text="Body",
            description="Markdown",
            component=ui.TextInput(
                custom_id="body", style=discord.TextStyle.paragraph, required=False
            ),
        )
        kind = ui.Label(
            text="Kind",
            component=ui.Select(
                custom_id="kind",
                required=True,
                options=[discord.SelectOption(label=each, value=each) for each in "ab"],
            ),
        )
        file = ui.Label(
            text="File", component=ui.FileUpload(custom_id="file", required=False, max_values=2)
        )

        async def on_submit(self, interaction):
            files = [(await each.read()).decode() for each in self.file.component.values]
            texts = [self.heading.component.value, self.body.component.value]
            shown = f"{texts} {self.kind.component.values} {files}"
            await interaction.response.send_message(shown, ephemeral=True)

    @app_commands.command(description="Compose")
    async def compose(interaction: discord.Interaction):
        await interaction.response.send_modal(Compose(custom_id="compose"))

    return [compose]


@scenario(composing)
async def a_modal_passes_on_texts_choices_and_files(driver):
    opened = await driver.slash("member", "compose")
    sent = await driver.submit(
        "member", opened, heading="Head", body="Text", kind=["b"], file=[("a.md", b"words")]
    )
    return {"opened": driver.seen(opened), "sent": driver.seen(sent)}


@scenario(composing)
async def optional_fields_can_stay_empty(driver):
    opened = await driver.slash("member", "compose")
    return driver.seen(await driver.submit("member", opened, heading="Head", kind=["a"]))


@scenario(composing)
async def the_client_refuses_a_modal_that_is_filled_in_wrongly(driver):
    opened = await driver.slash("member", "compose")
    attempts = {
        "missing": {"heading": "Head"},
        "empty": {"heading": "", "kind": ["a"]},
        "too short": {"heading": "H", "kind": ["a"]},
        "too long": {"heading": "H" * 10, "kind": ["a"]},
        "no such option": {"heading": "Head", "kind": ["c"]},
        "unknown field": {"heading": "Head", "kind": ["a"], "other": "x"},
        "too many files": {"heading": "Head", "kind": ["a"], "file": [("a", b"")] * 3},
    }
    return {
        name: await refused(driver.submit("member", opened, **values))
        for name, values in attempts.items()
    } | {
        "somebody else": await refused(
            driver.submit("moderator", opened, heading="Head", kind=["a"])
        )
    }


def choosing():
    class Choose(Form, title="Choose"):
        who = ui.Label(text="Who", component=ui.UserSelect(custom_id="who", required=True))
        roles = ui.Label(
            text="Roles",
            component=ui.RoleSelect(custom_id="roles", required=False, min_values=0, max_values=2),
        )
        one = ui.Label(
            text="One",
            component=ui.RadioGroup(
                custom_id="one",
                options=[discord.RadioGroupOption(label=each, value=each) for each in "ab"],
            ),
        )
        many = ui.Label(
            text="Many",
            component=ui.CheckboxGroup(
                custom_id="many",
                options=[discord.CheckboxGroupOption(label=each, value=each) for each in "cd"],
            ),
        )
        yes = ui.Label(text="Yes", component=ui.Checkbox(custom_id="yes"))

        async def on_submit(self, interaction):
            shown = [
                [each.name for each in self.who.component.values],
                [each.name for each in self.roles.component.values],
                self.one.component.value,
                self.many.component.values,
                self.yes.component.value,
            ]
            await interaction.response.send_message(str(shown))

    @app_commands.command(description="Choose")
    async def choose(interaction: discord.Interaction):
        await interaction.response.send_modal(Choose(custom_id="choose"))

    return [choose]


@scenario(choosing)
async def a_modal_passes_on_people_roles_and_ticks(driver):
    opened = await driver.slash("member", "choose")
    sent = await driver.submit(
        "member",
        opened,
        who=[person("moderator")],
        roles=[role("Gold"), role("Bronze")],
        one="b",
        many=["c", "d"],
        yes=True,
    )
    return {"opened": driver.seen(opened), "sent": driver.seen(sent)}


def editing():
    class Edit(Form, title="Edit"):
        text = ui.Label(text="Text", component=ui.TextInput(custom_id="text", default="Old"))

        async def on_submit(self, interaction):
            await interaction.response.edit_message(content=self.text.component.value)

    class Draft(Buttons):
        @ui.button(label="Edit", custom_id="edit")
        async def edit(self, interaction, button):
            await interaction.response.send_modal(Edit(custom_id="edit"))

    @app_commands.command(description="Start a draft")
    async def draft(interaction: discord.Interaction):
        await interaction.response.send_message("Old", view=Draft(), ephemeral=True)

    return [draft]


@scenario(editing)
async def a_button_opens_a_modal_that_edits_the_message(driver):
    answer = await driver.slash("member", "draft")
    opened = await driver.press("member", answer, "Edit")
    sent = await driver.submit("member", opened, text="New")
    return {
        "opened": driver.seen(opened),
        "answer": driver.seen(answer),
        "sent": driver.seen(sent),
    }


@scenario(
    editing,
    differs={
        "seen": Differs(
            False,
            True,
            "simcord's user clears every field first; in the client a text input starts with its"
            " `value` (Component Reference, Text Input).",
        )
    },
)
async def a_text_that_is_left_alone_keeps_its_default(driver):
    answer = await driver.slash("member", "draft")
    opened = await driver.press("member", answer, "Edit")
    return await refused(driver.submit("member", opened))


def too_many():
    def form(title="Title", label="Label", **field):
        modal = Form(title=title, custom_id="form")
        text = ui.TextInput(custom_id="text", **field)
        return modal.add_item(ui.Label(text=label, component=text))

    class Again(Form, title="Again"):
        text = ui.Label(text="Text", component=ui.TextInput(custom_id="text"))

        async def on_submit(self, interaction):
            await interaction.client.attempt(interaction.response.send_modal(form()))
            await interaction.response.send_message("No second modal")

    @app_commands.command(description="Modals over their limits")
    async def excess(interaction: discord.Interaction):
        attempt, send = interaction.client.attempt, interaction.response.send_modal
        await attempt(send(form(title="x" * 46)))
        await attempt(send(form(label="x" * 46)))
        await attempt(send(form(placeholder="x" * 101)))
        await attempt(send(form(max_length=4001)))
        await attempt(send(form(min_length=9, max_length=8)))
        await attempt(send(Form(title="Empty", custom_id="empty")))
        await send(form(title="x" * 45, label="x" * 45, placeholder="x" * 100, max_length=4000))

    @app_commands.command(description="Ask")
    async def ask(interaction: discord.Interaction):
        await interaction.response.send_modal(Again(custom_id="again"))

    @app_commands.command(description="Defer, then open")
    async def late(interaction: discord.Interaction):
        await interaction.response.defer()
        response = discord.InteractionResponse(interaction)
        await interaction.client.attempt(response.send_modal(form()))

    return [excess, ask, late]


@scenario(too_many, fails=["400 50035"] * 6)
async def modals_over_their_limits_are_refused(driver):
    return driver.seen(await driver.slash("member", "excess"))


@scenario(
    too_many,
    fails=["400 50035"],
    differs={
        "seen": Differs(
            "message",
            "modal",
            "simcord opens it; Discord has no MODAL response to a MODAL_SUBMIT (Receiving and"
            " Responding, Interaction Callback Type).",
        ),
        "fails.0": Differs("400 50035", "InteractionResponded", "The answer after it is too many."),
    },
)
async def a_modal_cannot_answer_a_modal(driver):
    opened = await driver.slash("member", "ask")
    seen = driver.seen(await driver.submit("member", opened, text="x"))
    return " and ".join(sorted(seen))


@scenario(too_many, fails=["400 40060"])
async def a_modal_cannot_follow_a_deferral(driver):
    return driver.seen(await driver.slash("member", "late"))
