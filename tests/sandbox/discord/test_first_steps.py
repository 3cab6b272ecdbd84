import io

import discord
from discord import app_commands


async def test_the_real_client_logs_in_and_sees_the_guild(server, client):
    await client.online(server.token)

    assert client.user.name == "patreon-bot"
    (guild,) = client.guilds
    assert guild.name == "Studio"
    assert {channel.name for channel in guild.channels} == {
        "general",
        "patreon-feed",
        "staff",
        "posts",
    }
    assert guild.me.top_role.name == "Patreon Bot"
    assert server.violations == []


async def test_a_slash_command_in_a_nested_group_is_answered(server, client):
    group = app_commands.Group(name="patreon", description="All of it", guild_only=True)
    images = app_commands.Group(name="images", description="Pictures", parent=group)

    @images.command(description="Fetch again")
    async def refresh(interaction: discord.Interaction, amount: int, who: discord.Member):
        await interaction.response.send_message(f"{amount} for {who.display_name}", ephemeral=True)

    client.tree.add_command(group)
    await client.online(server.token)

    answer = await server.user("moderator").slash(
        "patreon images refresh", channel="patreon-feed", amount=3, who="member"
    )

    assert answer.content == "3 for Kim"
    assert answer.ephemeral
    assert server.violations == []


async def test_a_deferred_answer_is_edited_and_its_button_works(server, client):
    class Buttons(discord.ui.View):
        @discord.ui.button(label="Publish", style=discord.ButtonStyle.primary)
        async def publish(self, interaction: discord.Interaction, button: discord.ui.Button):
            await interaction.response.edit_message(content="Published", view=None)

    @client.tree.command(description="Write")
    async def post(interaction: discord.Interaction):
        await interaction.response.defer(ephemeral=True)
        await interaction.edit_original_response(content="Ready?", view=Buttons())

    await client.online(server.token)

    answer = await server.user("owner").slash("post")
    await answer.finished()
    assert answer.content == "Ready?"
    pressed = await answer.press("Publish")

    assert pressed.content == "Published"
    assert answer.components == []
    assert server.violations == []


async def test_the_client_sends_a_message_with_a_file_and_reads_it_back(server, client):
    await client.online(server.token)
    channel = discord.utils.get(client.get_all_channels(), name="patreon-feed")
    file = discord.File(io.BytesIO(b"bytes"), "a.png")
    embed = discord.Embed(title="New post").set_image(url="attachment://a.png")

    sent = await channel.send(embed=embed, file=file, nonce="a1")
    (read,) = [message async for message in channel.history(limit=5)]

    assert read.id == sent.id
    assert read.embeds[0].image.url == read.attachments[0].url
    assert await read.attachments[0].read() == b"bytes"
    await sent.publish()
    await sent.delete()
    assert server.world.messages.all_in(channel.id) == []
    assert server.violations == []
