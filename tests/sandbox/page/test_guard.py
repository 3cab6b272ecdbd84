"""Who may open the page, and what it may load."""

import aiohttp
import pytest


async def test_the_page_may_load_from_its_own_server_only(sandbox, http):
    async with http.get(sandbox.page_url) as answer:
        policy = answer.headers["Content-Security-Policy"]

        assert answer.status == 200
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"


async def test_the_page_has_no_script_or_style_within(sandbox, http):
    async with http.get(sandbox.page_url) as answer:
        text = await answer.text()

    assert text.count("<script") == text.count('<script type="module" src="/static/')
    assert "<style" not in text
    assert " style=" not in text
    assert " onclick=" not in text


@pytest.mark.parametrize("path", ["", "static/app.js", "live", "media?url=x"])
async def test_a_request_under_a_foreign_name_is_refused(sandbox, http, path):
    headers = {"Host": "rebound.example", "Origin": "http://rebound.example"}
    async with http.get(sandbox.page_url + path, headers=headers) as answer:
        assert answer.status == 421
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "origin",
    [None, "null", "http://evil.example", "https://127.0.0.1", "http://127.0.0.1:1", "file://"],
)
async def test_another_page_cannot_open_the_connection(sandbox, http, origin):
    headers = {} if origin is None else {"Origin": origin}
    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
        await http.ws_connect(f"{sandbox.page_url}live", headers=headers)

    assert refusal.value.status == 403


async def test_localhost_is_another_name_for_the_same_page(sandbox, http):
    port = sandbox.page_url.rstrip("/").rpartition(":")[2]
    headers = {"Host": f"localhost:{port}", "Origin": f"http://localhost:{port}"}
    async with http.ws_connect(f"{sandbox.page_url}live", headers=headers, max_msg_size=0) as line:
        assert (await line.receive_json())["type"] == "state"


@pytest.mark.parametrize(
    "path",
    [
        "static/../server.py",
        "static/%2e%2e/server.py",
        "static/..%2fserver.py",
        "static//etc/passwd",
        "static/",
        "server.py",
    ],
)
async def test_only_the_files_of_the_page_are_served(sandbox, http, path):
    url = aiohttp.client.URL(sandbox.page_url + path, encoded=True)
    async with http.get(url) as answer:
        assert answer.status in (403, 404)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_nothing_is_changed_by_plain_requests(sandbox, http, method):
    async with http.request(method, sandbox.page_url) as answer:
        assert answer.status == 405
