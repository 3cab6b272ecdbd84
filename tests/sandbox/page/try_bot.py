"""A small bot with a command for everything that the page can show."""

import asyncio
import io

import discord
from discord import app_commands
from discord.ui import Label

from sandbox.discord.cdn import png

PICTURE = png(88, 101, 242, 200)
NO_MENTIONS = discord.AllowedMentions.none()


class Texts(discord.ui.Modal):
    """Texts, a menu and files."""

    def __init__(self, mark: str) -> None:
        super().__init__(title=f"{mark}Compose a post", custom_id="texts")
        self.add_item(discord.ui.TextDisplay(f"{mark}Nothing is sent **before** you approve it."))
        self.heading = discord.ui.TextInput(
            min_length=3, max_length=40, placeholder=f"{mark}A short title"
        )
        self.words = discord.ui.TextInput(style=discord.TextStyle.paragraph, required=False)
        self.kind = discord.ui.Select(
            placeholder=f"{mark}Choose a kind",
            options=[
                discord.SelectOption(label=f"{mark}News", value="news", description="For all"),
                discord.SelectOption(label="Tutorial", value="tutorial", emoji="🎓"),
            ],
        )
        self.files = discord.ui.FileUpload(required=False, max_values=2)
        self.add_item(Label(text=f"{mark}Heading", component=self.heading))
        about = f"{mark}Markdown works."
        self.add_item(Label(text=f"{mark}Words", description=about, component=self.words))
        self.add_item(Label(text="Kind", component=self.kind))
        self.add_item(Label(text="Pictures", component=self.files))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        files = [f"{each.filename}={len(await each.read())}" for each in self.files.values]
        got = [self.heading.value, self.words.value, *self.kind.values, *files]
        await answer(interaction, got)


class Choices(discord.ui.Modal):
    """One of several, several of several, yes or no."""

    def __init__(self, mark: str) -> None:
        super().__init__(title=f"{mark}Choose", custom_id="choices")
        self.when = discord.ui.RadioGroup()
        self.when.add_option(label=f"{mark}Now", value="now", description=f"{mark}At once")
        self.when.add_option(label="Tomorrow", value="tomorrow")
        self.where = discord.ui.CheckboxGroup(max_values=2)
        for name in ("Discord", "Patreon", "Newsletter"):
            self.where.add_option(label=name, value=name.lower(), default=name == "Discord")
        self.sure = discord.ui.Checkbox()
        self.tiers = discord.ui.Select(max_values=2, required=False)
        for name in ("Bronze", "Silver", "Gold"):
            self.tiers.add_option(label=name, value=name.lower())
        self.add_item(Label(text="When", component=self.when))
        self.add_item(Label(text="Where", description="One or two", component=self.where))
        self.add_item(Label(text="Tiers", component=self.tiers))
        self.add_item(Label(text="I am sure", component=self.sure))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        got = [self.when.value, *self.where.values, *self.tiers.values, self.sure.value]
        await answer(interaction, got)


class Names(discord.ui.Modal):
    """People, roles and channels."""

    def __init__(self, mark: str) -> None:
        super().__init__(title=f"{mark}Name them", custom_id="names")
        self.who = discord.ui.UserSelect(max_values=2, placeholder="Who")
        self.role = discord.ui.RoleSelect(placeholder="Role")
        self.where = discord.ui.ChannelSelect(
            required=False, channel_types=[discord.ChannelType.text]
        )
        for text, part in (("Who", self.who), ("Role", self.role), ("Where", self.where)):
            self.add_item(Label(text=text, component=part))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        picked = [*self.who.values, *self.role.values, *self.where.values]
        await answer(interaction, [each.name for each in picked])


async def answer(interaction: discord.Interaction, got: list[object]) -> None:
    """Answer with everything that arrived."""
    await interaction.response.send_message(f"Got: {got}", ephemeral=True)


class Menus(discord.ui.View):
    """Menus of every kind; each answers with what was chosen."""

    def __init__(self, mark: str) -> None:
        super().__init__(timeout=None)
        word = discord.ui.Select(placeholder=f"{mark}Word", custom_id="word")
        word.add_option(label=f"{mark}One", value="one", description=f"{mark}The first")
        word.add_option(label="Two", value="two", emoji="✌️")
        several = discord.ui.Select(placeholder="Several", max_values=2, custom_id="several")
        for name in ("Red", "Green", "Blue"):
            several.add_option(label=name, value=name.lower())
        people = discord.ui.UserSelect(placeholder="Who", max_values=2, custom_id="who")
        role = discord.ui.RoleSelect(placeholder="Role", custom_id="role")
        where = discord.ui.ChannelSelect(placeholder="Where", custom_id="where")
        for menu in (word, several, people, role, where):
            menu.callback = self._told(menu)
            self.add_item(menu)

    def _told(self, menu: discord.ui.Select):
        async def chosen(interaction: discord.Interaction) -> None:
            values = [getattr(each, "name", each) for each in menu.values]
            await answer(interaction, [menu.custom_id, *values])

        return chosen


class Buttons(discord.ui.View):
    """Buttons of every style."""

    def __init__(self, mark: str) -> None:
        super().__init__(timeout=None)
        for name in ("primary", "secondary", "success", "danger"):
            button = discord.ui.Button(
                label=f"{mark}{name.title()}", style=discord.ButtonStyle[name], custom_id=name
            )
            button.callback = self._pressed
            self.add_item(button)
        link = discord.ui.Button(label=f"{mark}Link", url="https://example.com/")
        off = discord.ui.Button(label="Disabled", disabled=True, custom_id="off", emoji="🔒")
        form = discord.ui.Button(label="Form", custom_id="form")
        silent = discord.ui.Button(label="Silent", custom_id="silent")
        form.callback = lambda interaction: interaction.response.send_modal(Texts(mark))
        for each in (link, off, form, silent):
            self.add_item(each)

    async def _pressed(self, interaction: discord.Interaction) -> None:
        pressed = interaction.data["custom_id"]
        await interaction.response.edit_message(content=f"Pressed: {pressed}")


class Layout(discord.ui.LayoutView):
    """Every part of Components V2."""

    def __init__(self, mark: str) -> None:
        super().__init__(timeout=None)
        press = discord.ui.Button(label=f"{mark}Press", custom_id="section")
        press.callback = self._pressed
        thumbnail = discord.ui.Thumbnail("attachment://moon.png", description=f"{mark}The Moon")
        picture = discord.MediaGalleryItem("attachment://moon.png", description=f"{mark}One")
        hidden = discord.MediaGalleryItem("attachment://moon.png", spoiler=True)
        row = discord.ui.ActionRow(discord.ui.Button(label="Go", url="https://example.com/"))
        self.add_item(discord.ui.TextDisplay(f"{mark}Before the **container**"))
        self.add_item(
            discord.ui.Container(
                discord.ui.Section(f"# {mark}Night log", "Clear skies.", accessory=thumbnail),
                discord.ui.Separator(),
                discord.ui.Section("-# Only with a button", accessory=press),
                discord.ui.Separator(visible=False, spacing=discord.SeparatorSpacing.large),
                discord.ui.MediaGallery(picture, hidden),
                discord.ui.File("attachment://notes.md"),
                row,
                accent_colour=0xFF6B57,
            )
        )

    async def _pressed(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message("Pressed in a section", ephemeral=True)


class TryBot(discord.Client):
    """Answers `/try …`. Each text that it sends starts with `mark`."""

    def __init__(self, mark: str = "") -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=0.02,
            allowed_mentions=NO_MENTIONS,
        )
        self.go_on = asyncio.Event()
        self.tree = app_commands.CommandTree(self)
        self.tree.add_command(_commands(mark, self.go_on))
        self.failures: list[str] = []

    async def on_error(self, event_method: str, *args: object, **kwargs: object) -> None:
        self.failures.append(event_method)


def _commands(mark: str, go_on: asyncio.Event) -> app_commands.Group:
    root = app_commands.Group(name="try", description=f"{mark}Try out the page")
    group = app_commands.Group(name="group", description="A group in a group", parent=root)

    @root.command(description=f"{mark}Open a form")
    async def form(interaction: discord.Interaction, kind: str = "texts") -> None:
        forms = {"texts": Texts, "choices": Choices, "names": Names}
        await interaction.response.send_modal(forms[kind](mark))

    @root.command(description="Menus of every kind")
    async def menu(interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"{mark}Choose", view=Menus(mark))

    @root.command(description="Buttons of every style")
    async def buttons(interaction: discord.Interaction) -> None:
        embed = discord.Embed(title=f"{mark}A title", description=f"{mark}Words", color=0x57F287)
        embed.add_field(name=f"{mark}Name", value=f"{mark}Value")
        embed.set_footer(text=f"{mark}Footer").set_author(name=f"{mark}Author")
        await interaction.response.send_message(f"{mark}Press", embed=embed, view=Buttons(mark))

    @root.command(description="Components V2 and a picture")
    async def layout(interaction: discord.Interaction) -> None:
        files = [
            discord.File(io.BytesIO(PICTURE), "moon.png"),
            discord.File(io.BytesIO(b"# Notes\n"), "notes.md"),
        ]
        await interaction.response.send_message(view=Layout(mark), files=files)

    @root.command(description="A picture and a file")
    async def files(interaction: discord.Interaction, file: discord.Attachment) -> None:
        content = await file.read()
        back = [
            discord.File(io.BytesIO(each), name)
            for each, name in (
                (content, file.filename),
                (PICTURE, "SPOILER_moon.png"),
            )
        ]
        await interaction.response.send_message(f"{len(content)} bytes", files=back)

    @root.command(description="Never answers")
    async def late(_: discord.Interaction) -> None:
        return

    @root.command(description="Thinks, answers, changes its mind")
    async def edit(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        await step(go_on)
        await interaction.edit_original_response(content="First thought")
        await step(go_on)
        await interaction.edit_original_response(content="Second thought")
        more = await interaction.followup.send("One thing more", ephemeral=False, wait=True)
        await step(go_on)
        await more.delete()

    @root.command(description="Write in the channel")
    async def write(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        try:
            await interaction.channel.send("Written by the bot")
        except discord.Forbidden as error:
            return await interaction.edit_original_response(content=f"Refused: {error.code}")
        return await interaction.edit_original_response(content="Written.")

    @group.command(description="A command in a group")
    async def sub(
        interaction: discord.Interaction,
        number: app_commands.Range[int, 1, 9],
        who: discord.Member | None = None,
    ) -> None:
        await answer(interaction, [number, who and who.display_name])

    form.autocomplete("kind")(_kinds)
    return root


async def _kinds(_: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
    kinds = ("texts", "choices", "names")
    return [app_commands.Choice(name=each, value=each) for each in kinds if typed in each]


async def step(go_on: asyncio.Event) -> None:
    """Wait until the test lets the bot go on."""
    async with asyncio.timeout(10):
        await go_on.wait()
    go_on.clear()
