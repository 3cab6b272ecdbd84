"""Buttons, menus and Components V2."""

import io

import discord
from discord import app_commands, ui

from tests.crosscheck.bot import Buttons, Layout
from tests.crosscheck.driver import person, place, refused, role
from tests.crosscheck.scenario import scenario


def panel():
    class Panel(Buttons):
        @ui.button(label="Publish", style=discord.ButtonStyle.primary, custom_id="publish")
        async def publish(self, interaction, button):
            await interaction.response.edit_message(content="Published", view=None)

        @ui.button(label="Slowly", custom_id="slowly")
        async def slowly(self, interaction, button):
            await interaction.response.defer()
            await interaction.edit_original_response(content="Slowly published")
            await interaction.followup.send("And told", ephemeral=True)

        @ui.button(label="Reply", custom_id="reply", emoji="\N{WAVING HAND SIGN}")
        async def reply(self, interaction, button):
            await interaction.response.send_message(f"For {interaction.user.name}", ephemeral=True)

        @ui.button(label="Never", custom_id="never", disabled=True)
        async def never(self, interaction, button):
            await interaction.response.send_message("Never")

    @app_commands.command(description="Show the panel")
    async def show(interaction: discord.Interaction, private: bool = False):
        view = Panel().add_item(ui.Button(label="Site", url="https://example.com/"))
        await interaction.response.send_message("Ready?", view=view, ephemeral=private)

    return [show]


@scenario(panel)
async def a_button_edits_its_message(driver):
    answer = await driver.slash("member", "show")
    before = driver.seen(answer)
    pressed = await driver.press("moderator", answer, "Publish")
    return {"before": before, "after": driver.seen(answer), "pressed": driver.seen(pressed)}


@scenario(panel)
async def a_button_can_defer_and_edit_later(driver):
    answer = await driver.slash("member", "show")
    pressed = await driver.press("moderator", answer, "Slowly")
    return {
        "answer": driver.seen(answer),
        "pressed": driver.seen(pressed),
        "member": driver.history("member", "general"),
    }


@scenario(panel)
async def a_button_answers_the_one_who_pressed_it(driver):
    answer = await driver.slash("member", "show")
    pressed = await driver.press("moderator", answer, "Reply")
    return {"pressed": driver.seen(pressed), "member": driver.history("member", "general")}


@scenario(panel)
async def only_live_buttons_that_one_sees_can_be_pressed(driver):
    answer = await driver.slash("member", "show")
    private = await driver.slash("member", "show", private=True)
    return {
        "disabled": await refused(driver.press("member", answer, "Never")),
        "link": await refused(driver.press("member", answer, "Site")),
        "unknown": await refused(driver.press("member", answer, "Nothing")),
        "somebody else's": await refused(driver.press("moderator", private, "Publish")),
    }


def pickers():
    class Menus(Buttons):
        @ui.select(
            custom_id="words",
            placeholder="Words",
            min_values=1,
            max_values=2,
            options=[discord.SelectOption(label=each.title(), value=each) for each in "abc"],
        )
        async def words(self, interaction, select):
            await interaction.response.send_message(f"{sorted(select.values)}")

        @ui.select(cls=ui.UserSelect, custom_id="who", max_values=2)
        async def who(self, interaction, select):
            await interaction.response.send_message(f"{[each.name for each in select.values]}")

        @ui.select(cls=ui.RoleSelect, custom_id="role")
        async def role(self, interaction, select):
            await interaction.response.send_message(f"{[each.name for each in select.values]}")

        @ui.select(cls=ui.ChannelSelect, custom_id="where")
        async def where(self, interaction, select):
            await interaction.response.send_message(f"{[each.name for each in select.values]}")

        @ui.select(cls=ui.MentionableSelect, custom_id="any", max_values=2)
        async def any_of(self, interaction, select):
            await interaction.response.send_message(f"{[each.name for each in select.values]}")

    @app_commands.command(description="Show menus")
    async def pick(interaction: discord.Interaction):
        await interaction.response.send_message("Pick", view=Menus())

    return [pick]


@scenario(pickers)
async def menus_of_every_kind_pass_on_what_was_chosen(driver):
    answer = await driver.slash("owner", "pick")

    async def chosen(*values):
        return driver.seen(await driver.select("owner", answer, *values))

    return {
        "shown": driver.seen(answer),
        "words": await chosen("words", "a", "c"),
        "who": await chosen("who", person("member"), person("moderator")),
        "role": await chosen("role", role("Gold")),
        "where": await chosen("where", place("staff")),
        "any": await chosen("any", person("member"), role("Silver")),
    }


@scenario(pickers)
async def menus_take_what_they_offer_in_the_right_number(driver):
    answer = await driver.slash("owner", "pick")
    return {
        "unknown": await refused(driver.select("owner", answer, "words", "d")),
        "none": await refused(driver.select("owner", answer, "words")),
        "three": await refused(driver.select("owner", answer, "words", "a", "b", "c")),
        "another kind": await refused(driver.select("owner", answer, "role", place("staff"))),
        "no such menu": await refused(driver.select("owner", answer, "nothing", "a")),
        "two roles": await refused(
            driver.select("owner", answer, "role", role("Gold"), role("Silver"))
        ),
    }


@scenario(pickers)
async def a_value_can_be_chosen_once_only(driver):
    answer = await driver.slash("owner", "pick")
    return await refused(driver.select("owner", answer, "words", "a", "a"))


def cards():
    class Like(ui.Button):
        async def callback(self, interaction):
            self.view.title.content = "# Liked"
            await interaction.response.edit_message(view=self.view)

    class Card(Layout):
        title = ui.TextDisplay("# Post")
        card = ui.Container(
            ui.Section(
                ui.TextDisplay("Words"),
                accessory=Like(label="Like", custom_id="like"),
            ),
            ui.Separator(),
            ui.MediaGallery(discord.MediaGalleryItem("attachment://a.png", description="A")),
            ui.File("attachment://b.md"),
            accent_colour=0xFFD700,
        )

    @app_commands.command(description="Show a card")
    async def card(interaction: discord.Interaction):
        files = [
            discord.File(io.BytesIO(b"png"), "a.png"),
            discord.File(io.BytesIO(b"words"), "b.md"),
        ]
        await interaction.response.send_message(view=Card(), files=files)

    return [card]


@scenario(cards)
async def a_layout_shows_its_texts_and_files(driver):
    return driver.seen(await driver.slash("member", "card"))


@scenario(cards)
async def a_button_within_a_layout_edits_it(driver):
    answer = await driver.slash("member", "card")
    await driver.press("member", answer, "Like")
    return driver.seen(answer)


def too_much():
    class Unchecked(Layout):
        def _add_count(self, value):
            """Let Discord count, not discord.py."""

    def layout(*items):
        view = Unchecked()
        for item in items:
            view.add_item(item)
        return view

    def buttons(*ids):
        view = Buttons()
        for each in ids:
            view.add_item(ui.Button(label=each, custom_id=each))
        return view

    @app_commands.command(description="Too much of everything")
    async def excess(interaction: discord.Interaction):
        attempt, send = interaction.client.attempt, interaction.response.send_message
        await attempt(send(view=layout(ui.TextDisplay("x" * 2001), ui.TextDisplay("x" * 2000))))
        await attempt(send(view=layout(*(ui.TextDisplay("x") for _ in range(41)))))
        await attempt(send("Text", view=layout(ui.TextDisplay("x"))))
        await attempt(send(view=layout(ui.TextDisplay(""))))
        await attempt(send("Text", view=buttons("same", "same")))
        await attempt(send("Text", view=buttons("x" * 101)))
        await attempt(send("Text", view=Buttons().add_item(ui.Button(label="x" * 81))))
        await send(view=layout(ui.TextDisplay("x" * 2000), ui.TextDisplay("x" * 2000)))

    return [excess]


@scenario(too_much, fails=["400 50035"] * 7)
async def layouts_and_rows_over_their_limits_are_refused(driver):
    return driver.seen(await driver.slash("member", "excess"))
