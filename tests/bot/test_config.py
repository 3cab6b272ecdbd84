import tomllib
from pathlib import Path
from urllib.parse import unquote

import pytest
from pydantic import SecretStr

from bot.config import Config
from bot.environment import environment_name, every_option
from bot.load_config import ConfigError, load
from core.changes import Kind

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"

MINIMUM = {
    "DISCORD_TOKEN": "MTk4.dGVz.dG9rZW4",
    "PATREON_CLIENT_ID": "client-0815",
    "PATREON_CLIENT_SECRET": "cs-0815-abcdef",
    "PATREON_CREATOR_ACCESS_TOKEN": "at-0815-abcdef",
}


def written(tmp_path, text):
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(path, environ):
    """Every problem of a configuration, none when it can be used."""
    try:
        load(path, environ)
    except ConfigError as error:
        return error.problems
    return ()


def options_of_example():
    """Every option that the example shows, the commented link included."""
    text = EXAMPLE.read_text()
    head, _, link = text.partition("# [[links]]")
    uncommented = "\n".join(line.removeprefix("# ") for line in ("# [[links]]" + link).splitlines())
    return tomllib.loads(head + uncommented)


def test_the_environment_alone_can_say_everything():
    config = load(None, MINIMUM)

    assert config.discord.token.get_secret_value() == "MTk4.dGVz.dG9rZW4"
    assert (config.server.host, config.server.port) == ("127.0.0.1", 8080)
    assert config.feed.kinds == tuple(Kind)


def test_the_example_shows_every_option():
    shown = options_of_example()

    for section, option, _ in every_option():
        table = shown[section][0] if section == "links" else shown[section]
        assert option in table, f"{section}.{option}"
    assert set(shown) == set(Config.model_fields)


def test_the_example_names_every_option_in_the_environment():
    text = EXAMPLE.read_text()

    missing = [
        environment_name(section, option)
        for section, option, _ in every_option()
        if environment_name(section, option) not in text
    ]

    assert missing == []


def test_the_example_shows_the_defaults():
    default, shown = load(None, MINIMUM), load(EXAMPLE, MINIMUM)

    assert shown == default


def test_the_example_unchanged_names_exactly_what_must_be_filled_in():
    found = problems(EXAMPLE, {})

    assert [sentence.split("`")[1] for sentence in found] == [
        "discord.token",
        "patreon.client_id",
        "patreon.client_secret",
    ]
    assert all("is not set. " in sentence and "https://" in sentence for sentence in found)


def test_the_example_link_is_refused_until_it_is_filled_in(tmp_path):
    link = EXAMPLE.read_text().partition("# [[links]]")[2]
    text = "[[links]]" + "\n".join(line.removeprefix("# ") for line in link.splitlines())

    found = problems(written(tmp_path, text), MINIMUM)

    assert len(found) == 4
    assert all("placeholder" in sentence for sentence in found)


def test_every_problem_is_told_at_once(tmp_path):
    path = written(
        tmp_path,
        """
        [discord]
        tokn = "x"
        [patreon]
        client_id = "your-client-id"
        requests_per_minute = 5000
        [server]
        port = "many"
        [sinc]
        interval = 3
        """,
    )

    found = "\n".join(problems(path, {}))

    for expected in (
        "`discord.tokn` is no option of `[discord]`. Did you mean `token`?",
        "`discord.token` (DISCORD_TOKEN) is not set.",
        "`patreon.client_id` (PATREON_CLIENT_ID) still holds a placeholder",
        "`patreon.client_secret` (PATREON_CLIENT_SECRET) is not set.",
        "`patreon.requests_per_minute` (PATREON_RATE_LIMIT_REQUESTS_PER_MINUTE) should be less",
        "`server.port` (PATREON_SERVER_PORT) should be a valid integer",
        "`sinc` is no section. Did you mean `sync`?",
    ):
        assert expected in found


def test_a_missing_file_is_only_a_problem_when_it_was_named_or_is_needed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert problems(None, MINIMUM) == ()
    assert "copy config.example.toml" in problems(None, {})[-1]
    assert "does not exist" in problems(tmp_path / "other.toml", MINIMUM)[0]


def test_the_environment_wins_over_the_file(tmp_path):
    path = written(tmp_path, '[server]\nport = 1111\nhost = "127.0.0.9"')

    config = load(path, MINIMUM | {"PATREON_SERVER_PORT": "2222", "PATREON_SERVER_HOST": " "})

    assert (config.server.host, config.server.port) == ("127.0.0.9", 2222)


def test_a_file_named_in_the_environment_holds_the_value(tmp_path):
    secret = tmp_path / "token"
    secret.write_text("from-a-file-0815\n")
    environ = MINIMUM | {"DISCORD_TOKEN": "", "DISCORD_TOKEN_FILE": str(secret)}

    assert load(None, environ).discord.token.get_secret_value() == "from-a-file-0815"


def test_a_named_file_that_is_missing_is_a_clear_problem():
    (found,) = problems(None, MINIMUM | {"PATREON_WEBHOOK_SECRET_FILE": "/nowhere/hook"})

    assert found.startswith("PATREON_WEBHOOK_SECRET_FILE names /nowhere/hook, which cannot be read")


def test_a_named_file_wins_over_the_environment_and_that_over_the_configuration_file(tmp_path):
    path = written(tmp_path, '[discord]\ntoken = "of-the-toml-0815"\n[log]\nlevel = "error"')
    secret = tmp_path / "token"
    secret.write_text("of-the-file-0815\n")

    config = load(path, MINIMUM | {"DISCORD_TOKEN_FILE": str(secret), "LOG_LEVEL": "debug"})

    assert config.discord.token.get_secret_value() == "of-the-file-0815"
    assert config.log.level == "debug"


def test_an_empty_file_counts_as_not_set_and_the_environment_stands(tmp_path):
    secret = tmp_path / "token"
    secret.write_text("\n")

    config = load(None, MINIMUM | {"DISCORD_TOKEN_FILE": str(secret)})

    assert config.discord.token.get_secret_value() == MINIMUM["DISCORD_TOKEN"]


def test_a_named_file_that_cannot_be_read_is_a_problem_even_beside_a_value(tmp_path):
    (found,) = problems(None, MINIMUM | {"DISCORD_TOKEN_FILE": str(tmp_path)})

    assert found.startswith(f"DISCORD_TOKEN_FILE names {tmp_path}, which cannot be read")


def test_the_key_file_is_an_option_and_not_the_file_of_the_key():
    config = load(None, MINIMUM | {"SECRETS_KEY_FILE": "/run/new.key"})

    assert (config.secrets.key, config.secrets.key_file) == (None, "/run/new.key")


def test_lists_are_separated_by_commas_in_the_environment():
    config = load(
        None,
        MINIMUM
        | {
            "DISCORD_MODERATOR_ROLES": "200000000000000001, 200000000000000002,",
            "FEED_KINDS": "joined,declined",
            "SERVER_TRUSTED_PROXIES": "127.0.0.1,10.1.2.3/8",
            "FEED_SHOW_AMOUNTS": "yes",
        },
    )

    assert config.discord.moderator_roles == (200000000000000001, 200000000000000002)
    assert config.feed.kinds == (Kind.JOINED, Kind.DECLINED)
    assert config.server.trusted_proxies == ("127.0.0.1/32", "10.0.0.0/8")
    assert config.feed.show_amounts is True


def test_one_link_can_come_from_the_environment(tmp_path):
    path = written(tmp_path, '[[links]]\nguild = 5\ncampaign = 6\nfeed = "7"')

    link_of_file = load(path, MINIMUM).links[0]
    (link,) = load(path, MINIMUM | {"LINKS_GUILD": "8", "LINKS_CAMPAIGN": "9"}).links

    assert (link_of_file.guild, link_of_file.campaign, link_of_file.feed) == (5, "6", 7)
    assert (link.guild, link.campaign, link.feed) == (8, "9", None)


def test_a_link_given_twice_is_refused(tmp_path):
    path = written(tmp_path, "[[links]]\nguild=5\ncampaign=6\n" * 2)

    assert "guild 5 with campaign 6 twice" in problems(path, MINIMUM)[0]


def test_problems_of_a_link_say_which_one(tmp_path):
    path = written(tmp_path, '[[links]]\nguild=5\ncampaign=6\n[[links]]\nguild="#x"\nfeeed=1')

    found = problems(path, MINIMUM)

    assert any(s.startswith("`links[2].guild` is no Discord id") for s in found)
    assert any(s.startswith("`links[2].campaign` is not set") for s in found)
    assert any(s.endswith("Did you mean `feed`?") for s in found)


@pytest.mark.parametrize(
    "text",
    [
        "changeme", "CHANGE_ME", "your-token-here", "<token>", "xxx", "xxxxxxxx", "TODO", "...",
        "your token", "replace-me", "put-it-here", "placeholder", "token", "aaaaaaaaaaaaaaaaaaaa",
        "my-secret", "the_bot_token", "YourDiscordTokenHere", "insert your key", "fill_it_in",
    ],
)  # fmt: skip
def test_placeholders_are_refused(text):
    (found,) = problems(None, MINIMUM | {"DISCORD_TOKEN": text})

    assert "still holds a placeholder" in found


@pytest.mark.parametrize(
    "token",
    [
        "my-abcDEF123", "my_0815abcdef", "the-4f8Xq", "your.Zx81.token7", "insert-9Qx1",
        "9Qx1-here", "tokenQx81", "secretary",
    ],
)  # fmt: skip
def test_a_real_token_may_begin_or_end_like_a_placeholder(token):
    assert problems(None, MINIMUM | {"PATREON_WEBHOOK_SECRET": token}) == ()


@pytest.mark.parametrize(
    "value", ["two words-in-a-secret", "line\nbreak-in-a-secret", "s\N{ZERO WIDTH SPACE}ecret-4711"]
)
def test_secrets_that_were_copied_badly_are_refused_and_never_shown(value, tmp_path):
    path = written(tmp_path, f'[discord]\ntoken = """{value}"""')
    environ = {k: v for k, v in MINIMUM.items() if k != "DISCORD_TOKEN"}

    with pytest.raises(ConfigError) as caught:
        load(path, environ)

    assert "copy" in str(caught.value)
    assert "secret" not in str(caught.value) + repr(caught.value)


def test_no_secret_is_in_any_text_of_the_configuration():
    config = load(None, MINIMUM | {"DATABASE_URL": "postgresql://u:geheim-0815@h/n"})

    text = repr(config) + str(config) + config.model_dump_json()

    assert "0815-abcdef" not in text
    assert "geheim" not in text
    assert {"MTk4.dGVz.dG9rZW4", "cs-0815-abcdef", "geheim-0815"} <= set(config.secret_values())


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("PATREON_API_URL", "https://patreon.com.evil.example/api"),
        ("PATREON_API_URL", "http://www.patreon.com/api"),
        ("PATREON_TOKEN_URL", "https://evil.example/www.patreon.com"),
        ("DISCORD_API_URL", "http://localhost.evil.example/api"),
        ("DISCORD_API_URL", "https://notdiscord.com/api/v10"),
        ("DISCORD_GATEWAY_URL", "wss://evil.example/"),
        ("DISCORD_API_URL", "http://10.0.0.7:9000/api/v10"),
    ],
)
def test_tokens_are_never_sent_to_a_strange_host(name, url):
    (found,) = problems(None, MINIMUM | {name: url})

    assert "would be sent your tokens" in found
    assert (
        problems(None, MINIMUM | {name: url, f"{name.split('_')[0]}_ALLOW_OTHER_HOSTS": "1"}) == ()
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1@evil.example/", "http://ada:word@127.0.0.1/",
        "http://evil.example\\@127.0.0.1/", "ftp://127.0.0.1/",
        "127.0.0.1:80", "http://", "http://127.0.0.1:99999/", "http://127.0.0.1/?a=b",
        "http://evil.example#@127.0.0.1/",
    ],
)  # fmt: skip
def test_addresses_that_mislead_are_refused(url):
    assert len(problems(None, MINIMUM | {"PATREON_API_URL": url})) == 1


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("DISCORD_API_URL", "http://127.0.0.1:9000/api/v10"),
        ("DISCORD_GATEWAY_URL", "ws://[::1]:9000/gw/"),
        ("DISCORD_API_URL", "https://canary.discord.com/api/v10"),
        ("PATREON_API_URL", "http://localhost:9000/api/oauth2/v2/"),
    ],
)
def test_this_machine_and_the_platforms_themselves_are_fine(name, url):
    assert problems(None, MINIMUM | {name: url}) == ()


@pytest.mark.parametrize("word", ["true", "false"])
@pytest.mark.parametrize("option", ["server.port", "feed.digest_above", "sync.interval_minutes"])
def test_true_is_no_number(option, word, tmp_path):
    section, name = option.split(".")

    (found,) = problems(written(tmp_path, f"[{section}]\n{name} = {word}"), MINIMUM)

    assert found.startswith(f"`{option}`")
    assert "must be a number, not true or false" in found


@pytest.mark.parametrize("host", ["bot.example.org", "8.8.8.8", "[2606:4700::1111]"])
def test_a_public_address_needs_https(host):
    (found,) = problems(None, MINIMUM | {"SERVER_PUBLIC_URL": f"http://{host}:8080"})

    assert "`server.public_url` (SERVER_PUBLIC_URL) names the public host" in found
    assert "write https://" in found
    assert problems(None, MINIMUM | {"SERVER_PUBLIC_URL": f"https://{host}"}) == ()


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "10.1.2.3", "bot", "bot.local", "[::1]"]
)
def test_an_address_at_home_may_do_without_https(host):
    assert problems(None, MINIMUM | {"SERVER_PUBLIC_URL": f"http://{host}:8080"}) == ()


@pytest.mark.parametrize("text", [None, "[server"])
def test_a_file_that_cannot_be_read_says_nothing_of_what_it_would_have_set(text, tmp_path):
    path = tmp_path / "config.toml" if text is None else written(tmp_path, text)

    found = problems(path, {"PATREON_SERVER_PORT": "many"})

    assert len(found) == 2
    assert str(path) in found[0]
    assert "`server.port`" in found[1]


@pytest.mark.parametrize("text", ["[server", "port = ", "a = 1\na = 2"])
def test_broken_toml_is_one_problem_that_names_the_file(text, tmp_path):
    path = written(tmp_path, text)

    (found,) = problems(path, MINIMUM)

    assert "is no valid TOML" in found
    assert str(path) in found


def test_a_file_that_is_no_text_or_no_file_is_a_problem(tmp_path):
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xff\xfe\x00")

    assert "is not UTF-8" in problems(path, MINIMUM)[0]
    assert "cannot be read" in problems(tmp_path, MINIMUM)[0]


def test_a_section_that_is_no_section_is_a_problem(tmp_path):
    found = problems(written(tmp_path, 'discord = "x"\nlinks = 3'), MINIMUM)

    assert any("`discord` must be a section of its own, `[discord]`" in s for s in found)
    assert any(s.startswith("`links`") for s in found)


@pytest.mark.parametrize("text", ["[links]\nguild = 5\ncampaign = 6", "links = 3"])
def test_a_link_without_double_brackets_is_told_how_to_write_it(text, tmp_path):
    (found,) = problems(written(tmp_path, text), MINIMUM)

    assert found.startswith("`links` must be sections in double brackets: write `[[links]]`")


def test_words_of_the_log_may_have_capitals(tmp_path):
    config = load(written(tmp_path, '[log]\nlevel = "INFO"\nformat = "Json"'), MINIMUM)

    assert (config.log.level, config.log.format) == ("info", "json")


@pytest.mark.parametrize("word", ["geheim#0815", "geheim]0815", "geheim[0815", "geheim%2F0815"])
def test_a_database_password_of_any_characters_is_known_as_a_secret(word):
    config = load(None, MINIMUM | {"DATABASE_URL": f"postgresql://u:{word}@127.0.0.1/n"})

    assert {word, unquote(word)} <= set(config.secret_values())


def test_the_user_agent_names_the_app_and_cannot_hold_a_line_break():
    config = load(None, MINIMUM | {"PATREON_APP_NAME": "Ada's Workshop"})

    assert config.patreon.sent_user_agent.startswith("Ada's Workshop (patreon-discord-bot/")
    assert problems(None, MINIMUM | {"PATREON_USER_AGENT": "a\r\nX-Evil: 1"})


def test_the_current_webhook_secret_comes_first():
    config = load(
        None,
        MINIMUM
        | {"PATREON_WEBHOOK_SECRET": "now-0815", "PATREON_PREVIOUS_WEBHOOK_SECRET": "then-0815"},
    )

    assert config.patreon.webhook_secrets == ("now-0815", "then-0815")
    assert isinstance(config.patreon.webhook_secret, SecretStr)
