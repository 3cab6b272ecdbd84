"""How the page draws what Discord sends, looked at in a real browser."""

from dataclasses import replace

from playwright.async_api import expect

from sandbox.discord.records import Message, MessageFlag
from sandbox.page.server import PageServer
from tests.sandbox.page.chromium import DESKTOP, NEEDS_CHROMIUM, open_page

pytestmark = NEEDS_CHROMIUM

RENDER = """async (text) => {
  const { markdown } = await import("/static/markdown.js");
  const nobody = () => undefined;
  const user = (id) => ({ 5: "Ada" })[id];
  const names = { everyone: false, user, role: nobody, channel: () => "general" };
  const box = document.createElement("div");
  box.append(markdown(text, names));
  return box.innerHTML;
}"""

MARKDOWN = {
    "**b** *i* _i_ __u__ ~~s~~": "<strong>b</strong> <em>i</em> <em>i</em> <u>u</u> <s>s</s>",
    "***both***": "<strong><em>both</em></strong>",
    "snake_case_name": "snake_case_name",
    r"\*not\* \_this\_": "*not* _this_",
    "`**raw**`": '<code class="code">**raw**</code>',
    "<b>&amp;</b>": "&lt;b&gt;&amp;amp;&lt;/b&gt;",
    "[x](javascript:alert(1))": "[x](javascript:alert(1))",
    "<@5> <#9>": '<span class="mention">@Ada</span> <span class="mention">#general</span>',
    "@everyone": "@everyone",
    "a\nb": "a\nb",
    "-# small": '<div class="subtext">small</div>',
    "#### four": "#### four",
    "||**s**||": "<strong>s</strong>",
    "> q": '<div class="quote"><div class="quoted">q</div></div>',
    "- a\n- b": '<ul class="list"><li>a</li><li>b</li></ul>',
    "3. a": '<ol class="list" start="3"><li>a</li></ol>',
    "**open": "**open",
}
LINKS = (
    "[a](https://x.example/?a=1)",
    "https://x.example/path.",
    "<https://x.example/>",
    "[**a**](<https://x.example/>)",
)
SIGNS = ("*", "_", "**", "||", "> ", "[", "[a](", "`", "```", "<t:", "- ", "\\", "~~", "@", "<@")


async def test_markdown_is_drawn_as_discord_does(sandbox):
    async with open_page(sandbox.page_url, DESKTOP) as (page, seen):
        drawn = {text: await page.evaluate(RENDER, text) for text in MARKDOWN}

    wrong = {text: drawn[text] for text, html in MARKDOWN.items() if html not in drawn[text]}
    assert wrong == {}
    assert seen.problems == []


async def test_a_link_tells_the_other_side_nothing(sandbox):
    async with open_page(sandbox.page_url, DESKTOP) as (page, _):
        drawn = [await page.evaluate(RENDER, text) for text in LINKS]

    for html in drawn:
        assert 'rel="noopener noreferrer nofollow"' in html
        assert 'href="https://x.example/' in html


async def test_a_text_of_nothing_but_signs_is_drawn_too(sandbox):
    async with open_page(sandbox.page_url, DESKTOP) as (page, seen):
        for sign in SIGNS:
            for piece in (sign, sign + "a", sign + " a"):
                assert await page.evaluate(RENDER, piece * (4096 // len(piece)))

    assert seen.problems == []


async def test_a_message_of_any_shape_injects_nothing(sandbox):
    world = sandbox.scene.world
    evil = "<img src=//evil.example/x onerror=alert(1)>"
    embed = {
        "title": evil,
        "description": evil,
        "url": "javascript:alert(1)",
        "author": {"name": evil, "url": "data:text/html,x", "icon_url": "http://evil.example/i"},
        "fields": [{"name": evil, "value": evil, "inline": True}],
        "footer": {"text": evil, "icon_url": "http://evil.example/f"},
        "image": {"url": "http://evil.example/i.png"},
        "thumbnail": {"url": "http://127.0.0.1:1/x.png"},
        "timestamp": evil,
        "color": 0xFFFFFF,
    }
    async with open_page(sandbox.page_url, DESKTOP) as (page, seen):
        message = world.messages.write("patreon-bot", "patreon-feed", evil, embeds=[embed])
        button = {"type": 2, "style": 5, "label": evil, "url": "javascript:alert(1)"}
        message.components = [{"type": 1, "components": [button]}]
        world.messages.publish(message)
        item = page.locator(f'[data-id="{message.id}"]')
        await expect(item.locator(".embed-footer")).to_contain_text(evil)

        assert await item.locator("img, script").count() == 0
        assert await item.locator("a[href]").count() == 0
        assert await item.locator(".no-picture").count() == 2

    assert seen.problems == []


async def test_a_message_that_the_bot_still_thinks_about_shows_so(sandbox):
    world = sandbox.scene.world
    place = world.channel_named("patreon-feed")
    async with open_page(sandbox.page_url, DESKTOP) as (page, seen):
        waiting = Message(world.ids.next(), place.id, world.bot.id, world.clock())
        waiting.flags = int(MessageFlag.LOADING)
        world.messages.add(waiting)
        item = page.locator(f'[data-id="{waiting.id}"]')
        await expect(item).to_contain_text("Patreon Bot is thinking…")
        world.messages.change(waiting, replace(waiting, flags=0, content="42"))
        await expect(item.locator(".content")).to_contain_text("42")

        assert await item.locator(".thinking").count() == 0

    assert seen.problems == []


async def test_the_page_comes_back_with_everything_after_a_loss(sandbox):
    first, second = PageServer(sandbox.scene), PageServer(sandbox.scene)
    await first.open()
    port = int(first.url.rstrip("/").rpartition(":")[2])
    async with open_page(first.url, DESKTOP) as (page, _):
        await page.select_option("#viewer", label="Max (moderator)")
        await expect(page.locator("#viewer option:checked")).to_have_text("Max (moderator)")
        await first.close()
        await expect(page.locator("#offline")).to_be_visible()
        sandbox.scene.world.messages.write("owner", "patreon-feed", "while you were away")
        await second.open(port)
        try:
            await expect(page.locator("#log")).to_contain_text("while you were away", timeout=9000)

            await expect(page.locator("#offline")).to_be_hidden()
            await expect(page.locator("#viewer option:checked")).to_have_text("Max (moderator)")
        finally:
            await second.close()


async def test_what_happens_elsewhere_does_not_take_the_focus(sandbox):
    async with open_page(sandbox.page_url, DESKTOP) as (page, _):
        await page.locator("#channels button", has_text="staff").focus()
        sandbox.scene.world.messages.write("member", "general", "hello")
        await expect(page.locator("#channels .unread")).to_contain_text("general")

        focused = await page.evaluate("document.activeElement.textContent")
        assert "staff" in focused


async def test_a_message_elsewhere_offers_the_way_there(sandbox):
    async with open_page(sandbox.page_url, DESKTOP) as (page, _):
        sandbox.scene.world.messages.write("member", "general", "hello there")
        await page.get_by_role("button", name="New message in #general").click()

        await expect(page.locator("#channel-name")).to_have_text("general")
        await expect(page.locator("#log")).to_contain_text("hello there")
