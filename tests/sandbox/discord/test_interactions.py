import io

import discord
import pytest
from discord import app_commands

from sandbox.discord import NoAnswer, NotPossible
from sandbox.discord.interactions import Kind

MESSAGE, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9


def say(content="Hello", **more):
    return {"type": MESSAGE, "data": {"content": content} | more}


def webhook(world, interaction, path=""):
    return f"/webhooks/{world.application.id}/{interaction.token}{path}"


async def test_an_answer_after_three_seconds_is_refused(server, ask, start, clock):
    _, path = start()

    clock.advance(seconds=3.1)
    status, answer = await ask("POST", path, say())

    assert (status, answer["code"]) == (404, 10062)
    assert server.violations == []


async def test_a_second_answer_is_refused_and_recorded(server, ask, start):
    _, path = start()

    await ask("POST", path, say())
    status, answer = await ask("POST", path, say())

    assert (status, answer["code"]) == (400, 40060)
    assert len(server.violations) == 1


async def test_an_answer_can_be_edited_for_fifteen_minutes(world, server, ask, start, clock):
    interaction, path = start()
    await ask("POST", path, say())
    original = webhook(world, interaction, "/messages/@original")

    clock.advance(minutes=14)
    assert (await ask("PATCH", original, {"content": "Later"}))[0] == 200
    clock.advance(minutes=2)
    status, answer = await ask("PATCH", original, {"content": "Too late"})

    assert (status, answer["code"]) == (404, 10015)
    assert interaction.original.content == "Later"


async def test_a_followup_before_the_first_answer_is_refused(world, ask, start):
    interaction, _ = start()

    status, answer = await ask("POST", webhook(world, interaction), {"content": "First"})

    assert (status, answer["code"]) == (404, 10015)


async def test_the_first_followup_after_a_deferral_fills_the_waiting_message(world, ask, start):
    interaction, path = start()
    await ask("POST", path, {"type": DEFER, "data": {"flags": 64}})
    assert interaction.original.loading

    await ask("POST", webhook(world, interaction), {"content": "One"})
    await ask("POST", webhook(world, interaction), {"content": "Two"})

    assert interaction.original.content == "One"
    assert interaction.original.ephemeral
    assert [each.content for each in interaction.followups] == ["Two"]
    assert not interaction.followups[0].ephemeral


async def test_a_deferral_may_set_no_flag_but_ephemeral(ask, start):
    _, path = start()

    status, answer = await ask("POST", path, {"type": DEFER, "data": {"flags": 1 << 15}})

    assert (status, answer["code"]) == (400, 50035)


@pytest.mark.parametrize(
    ("kind", "response"),
    [
        (Kind.COMMAND, UPDATE),
        (Kind.COMMAND, CHOICES),
        (Kind.AUTOCOMPLETE, DEFER),
        (Kind.AUTOCOMPLETE, MESSAGE),
        (Kind.MODAL, MODAL),
        (Kind.MODAL, DEFER_UPDATE),
    ],
)
async def test_an_answer_of_a_kind_that_does_not_fit_is_refused(server, ask, start, kind, response):
    _, path = start(kind)

    status, _ = await ask("POST", path, {"type": response, "data": {}})

    assert status == 400
    assert len(server.violations) == 1


async def test_autocomplete_values_have_limits(ask, start):
    _, path = start(Kind.AUTOCOMPLETE)
    choices = [{"name": "n", "value": "x" * 101}]

    status, answer = await ask("POST", path, {"type": CHOICES, "data": {"choices": choices}})

    assert (status, answer["code"]) == (400, 50035)


async def test_an_ephemeral_answer_is_seen_by_its_user_only(world, server, ask, start):
    interaction, path = start(channel="general")
    with world.subscribe() as events:
        await ask("POST", path, say("Psst", flags=64))
        event = await events.wait_for("message_create")

    assert event["viewer_id"] == str(interaction.user.id)
    assert [each.content for each in server.user("moderator").messages("general")] == ["Psst"]
    assert server.user("member").messages("general") == []
    status, answer = await ask(
        "GET", f"/channels/{interaction.channel.id}/messages/{interaction.original.id}"
    )
    assert (status, answer["code"]) == (404, 10008)


async def test_nobody_else_can_press_the_buttons_of_an_ephemeral_answer(server, ask, start):
    interaction, path = start(channel="general")
    button = {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}
    await ask("POST", path, say(flags=64, components=[{"type": 1, "components": [button]}]))

    with pytest.raises(NotPossible):
        await server.user("member").press(interaction.original, "Go")


async def test_the_bot_that_stays_silent_lets_the_user_down(server, client):
    @client.tree.command(description="Say nothing")
    async def silent(interaction: discord.Interaction):
        pass

    await client.online(server.token)

    with pytest.raises(NoAnswer, match="did not respond"):
        await server.user("member").slash("silent", timeout=0.05)


async def test_commands_are_hidden_from_those_who_lack_the_permission(server, client):
    @client.tree.command(description="For the team")
    @app_commands.default_permissions(manage_messages=True)
    async def team(interaction: discord.Interaction):
        await interaction.response.send_message("Yes")

    @client.tree.command(description="For administrators")
    @app_commands.default_permissions()
    async def admins(interaction: discord.Interaction):
        await interaction.response.send_message("Yes")

    await client.online(server.token)

    def names(user):
        return {each["name"] for each in server.user(user).commands("general")}

    assert names("member") == set()
    assert names("moderator") == {"team"}
    assert names("owner") == {"team", "admins"}
    with pytest.raises(NotPossible):
        await server.user("member").slash("team", channel="general")
    with pytest.raises(NotPossible):
        server.user("member").commands("staff")


async def test_the_client_refuses_values_that_do_not_fit(server, client):
    @client.tree.command(description="Choose")
    @app_commands.choices(word=[app_commands.Choice(name="One", value="1")])
    async def choose(
        interaction: discord.Interaction, word: str, amount: app_commands.Range[int, 1, 5] = 1
    ):
        await interaction.response.send_message(f"{word} {amount}")

    await client.online(server.token)
    user = server.user("member")

    for values in ({}, {"word": "Two"}, {"word": "One", "amount": 6}, {"word": "One", "x": 1}):
        with pytest.raises(NotPossible):
            await user.slash("choose", **values)
    assert (await user.slash("choose", word="One", amount=5)).content == "1 5"


async def test_a_command_learns_what_its_user_and_the_bot_may_do(server, client):
    seen = []

    @client.tree.command(description="Who")
    async def who(interaction: discord.Interaction):
        seen.append(interaction)
        await interaction.response.send_message("Seen")

    await client.online(server.token)
    for user in ("moderator", "member"):
        await server.user(user).slash("who", channel="general")

    moderator, member = seen
    assert moderator.permissions.manage_messages
    assert moderator.user.guild_permissions.manage_messages
    assert not member.permissions.manage_messages
    assert member.permissions.send_messages
    assert moderator.app_permissions.manage_roles
    assert moderator.is_guild_integration()
    assert moderator.context.guild
    assert moderator.filesize_limit == 10 * 1024 * 1024
    assert moderator.channel.name == "general"


async def test_commands_of_a_guild_win_over_global_ones_and_are_called(world, server, client):
    guild = discord.Object(world.guild.id)

    @client.tree.command(description="Here", guild=guild)
    async def here(interaction: discord.Interaction):
        await interaction.response.send_message("of the guild")

    await client.online(server.token)
    first = await client.tree.sync(guild=guild)
    again = await client.tree.sync(guild=guild)

    assert [each.id for each in first] == [each.id for each in again]
    assert (await server.user("member").slash("here")).content == "of the guild"
    assert server.user("member").commands("@dm") == []
    assert server.violations == []


async def test_every_kind_of_option_reaches_the_command(server, client):
    @client.tree.command(description="Everything")
    async def everything(
        interaction: discord.Interaction,
        who: discord.Member,
        role: discord.Role,
        where: discord.TextChannel,
        file: discord.Attachment,
        share: float,
        yes: bool,
    ):
        text = (await file.read()).decode()
        shown = f"{who.name} {role.name} {where.name} {text} {share} {yes}"
        await interaction.response.send_message(shown)

    await client.online(server.token)

    answer = await server.user("owner").slash(
        "everything",
        who="member",
        role="Gold",
        where="staff",
        file=("a.md", b"words"),
        share=0.5,
        yes=True,
    )

    assert answer.content == "member Gold staff words 0.5 True"
    assert server.violations == []


async def test_autocomplete_sees_what_was_typed_and_the_other_options(server, client):
    @client.tree.command(description="Find")
    async def find(interaction: discord.Interaction, kind: str, tier: str):
        await interaction.response.send_message(tier)

    @find.autocomplete("tier")
    async def suggest(interaction: discord.Interaction, typed: str):
        kind = interaction.namespace.kind
        return [app_commands.Choice(name=f"{kind} {typed}ld", value="gold")]

    await client.online(server.token)

    choices = await server.user("member").autocomplete("find", "tier", "Go", kind="paid")

    assert [(each["name"], each["value"]) for each in choices] == [("paid Gold", "gold")]
    assert server.violations == []


async def test_selects_of_every_kind_pass_on_what_was_chosen(server, client):
    class Menus(discord.ui.View):
        @discord.ui.select(
            placeholder="Word", options=[discord.SelectOption(label="One", value="1")]
        )
        async def word(self, interaction, select):
            await interaction.response.send_message(f"word {select.values[0]}")

        @discord.ui.select(cls=discord.ui.UserSelect, placeholder="Who", max_values=2)
        async def who(self, interaction, select):
            names = " ".join(each.name for each in select.values)
            await interaction.response.send_message(f"who {names}")

        @discord.ui.select(cls=discord.ui.RoleSelect, placeholder="Role")
        async def role(self, interaction, select):
            await interaction.response.send_message(f"role {select.values[0].name}")

        @discord.ui.select(cls=discord.ui.ChannelSelect, placeholder="Where")
        async def where(self, interaction, select):
            await interaction.response.send_message(f"where {select.values[0].name}")

    @client.tree.command(description="Menus")
    async def menus(interaction: discord.Interaction):
        await interaction.response.send_message("Choose", view=Menus())

    await client.online(server.token)
    answer = await server.user("owner").slash("menus")

    assert (await answer.select("Word", "One")).content == "word 1"
    assert (await answer.select("Who", "member", "moderator")).content == "who member moderator"
    assert (await answer.select("Role", "Gold")).content == "role Gold"
    assert (await answer.select("Where", "staff")).content == "where staff"
    for values in (["Two"], [], ["One", "One"]):
        with pytest.raises(NotPossible):
            await answer.select("Word", *values)
    assert server.violations == []


class Form(discord.ui.Modal, title="Compose"):
    heading = discord.ui.Label(text="Heading", component=discord.ui.TextInput(max_length=20))
    body = discord.ui.Label(
        text="Body",
        component=discord.ui.TextInput(style=discord.TextStyle.paragraph, required=False),
    )
    kind = discord.ui.Label(
        text="Kind",
        component=discord.ui.Select(
            options=[discord.SelectOption(label="News", value="n", default=True)], required=True
        ),
    )
    role = discord.ui.Label(
        text="Role", component=discord.ui.RoleSelect(required=False, min_values=0)
    )
    file = discord.ui.Label(text="File", component=discord.ui.FileUpload(required=False))

    async def on_submit(self, interaction):
        files = [(await each.read()).decode() for each in self.file.component.values]
        parts = (
            self.heading.component.value,
            self.kind.component.values,
            [each.name for each in self.role.component.values],
            files,
        )
        await interaction.response.send_message(str(parts), ephemeral=True)


async def test_a_modal_passes_on_texts_menus_and_files(server, client):
    @client.tree.command(description="Compose")
    async def compose(interaction: discord.Interaction):
        await interaction.response.send_modal(Form())

    await client.online(server.token)
    user = server.user("moderator")
    opened = await user.slash("compose")
    assert opened.modal["title"] == "Compose"

    for values in ({}, {"Heading": "x" * 21}, {"Heading": "H", "Nothing": 1}):
        with pytest.raises(NotPossible):
            await opened.submit(values)
    answer = await user.submit_modal(
        opened, {"Heading": "H", "Role": "Gold", "File": [("a.md", b"words")]}
    )

    assert answer.content == "('H', ['n'], ['Gold'], ['words'])"
    assert server.violations == []


async def test_a_modal_passes_on_radio_groups_and_checkboxes(server, client):
    class Groups(discord.ui.Modal, title="Groups"):
        one = discord.ui.Label(
            text="One",
            component=discord.ui.RadioGroup(
                options=[
                    discord.RadioGroupOption(label="A", value="a"),
                    discord.RadioGroupOption(label="B", value="b"),
                ]
            ),
        )
        many = discord.ui.Label(
            text="Many",
            component=discord.ui.CheckboxGroup(
                options=[
                    discord.CheckboxGroupOption(label="C", value="c"),
                    discord.CheckboxGroupOption(label="D", value="d"),
                ]
            ),
        )
        yes = discord.ui.Label(text="Yes", component=discord.ui.Checkbox())

        async def on_submit(self, interaction):
            each = self.one.component.value, self.many.component.values, self.yes.component.value
            await interaction.response.send_message(str(each))

    @client.tree.command(description="Groups")
    async def groups(interaction: discord.Interaction):
        await interaction.response.send_modal(Groups())

    await client.online(server.token)
    opened = await server.user("moderator").slash("groups")

    answer = await opened.submit({"One": "B", "Many": ["C", "D"], "Yes": True})

    assert answer.content == "('b', ['c', 'd'], True)"
    assert server.violations == []


async def test_a_button_opens_a_modal_that_edits_the_message(server, client):
    class Edit(discord.ui.Modal, title="Edit"):
        text = discord.ui.Label(text="Text", component=discord.ui.TextInput())

        async def on_submit(self, interaction):
            await interaction.response.edit_message(content=self.text.component.value)

    class Buttons(discord.ui.View):
        @discord.ui.button(label="Edit")
        async def edit(self, interaction, button):
            await interaction.response.send_modal(Edit())

    @client.tree.command(description="Draft")
    async def draft(interaction: discord.Interaction):
        await interaction.response.send_message("Old", view=Buttons())

    await client.online(server.token)
    answer = await server.user("moderator").slash("draft")
    opened = await answer.press("Edit")
    await opened.submit({"Text": "New"})

    assert answer.content == "New"
    assert [each["content"] for each in answer.edits] == ["Old"]
    assert server.violations == []


async def test_a_layout_message_shows_its_files(server, client):
    class Layout(discord.ui.LayoutView):
        card = discord.ui.Container(
            discord.ui.TextDisplay("# Title"),
            discord.ui.MediaGallery(discord.MediaGalleryItem("attachment://a.png")),
        )

    @client.tree.command(description="Card")
    async def card(interaction: discord.Interaction):
        file = discord.File(io.BytesIO(b"png"), "a.png")
        await interaction.response.send_message(view=Layout(), file=file)

    await client.online(server.token)
    answer = await server.user("member").slash("card")

    gallery = answer.components[0]["components"][1]
    assert gallery["items"][0]["media"]["url"] == answer.attachments[0].url
    assert answer.text == "# Title"
    assert server.violations == []


async def test_context_menu_commands_name_their_target(world, server, client):
    async def quote(interaction: discord.Interaction, message: discord.Message):
        await interaction.response.send_message(message.content)

    async def greet(interaction: discord.Interaction, member: discord.Member):
        await interaction.response.send_message(member.display_name)

    client.tree.add_command(app_commands.ContextMenu(name="Quote", callback=quote))
    client.tree.add_command(app_commands.ContextMenu(name="Greet", callback=greet))
    await client.online(server.token)
    user = server.user("moderator")
    message = server.user("member").say("Words", channel="general")

    assert (await user.use_on("Quote", message)).content == "Words"
    assert (await user.use_on("Greet", world.user_named("member"))).content == "Kim"
    assert server.violations == []


async def test_a_command_without_guild_limit_works_in_direct_messages(server, client):
    @client.tree.command(description="Hello")
    async def hello(interaction: discord.Interaction):
        place = "here" if interaction.guild is None else "there"
        await interaction.response.send_message(place)

    await client.online(server.token)

    assert (await server.user("member").slash("hello", channel="@dm")).content == "here"
    assert server.violations == []


async def test_followups_and_edits_can_be_awaited(server, client):
    @client.tree.command(description="Report")
    async def report(interaction: discord.Interaction):
        await interaction.response.send_message("1")
        await interaction.edit_original_response(content="2")
        await interaction.followup.send("more", ephemeral=True)
        await interaction.delete_original_response()

    await client.online(server.token)
    answer = await server.user("member").slash("report")

    followup = await answer.followed_up()
    await answer.until(lambda each: each.deleted, what="the deletion")

    assert followup.content == "more"
    assert followup.ephemeral
    with pytest.raises(LookupError):
        _ = answer.content
    assert server.violations == []
