"""The format age-encryption.org/v1: what others wrote is opened, and nothing that was changed."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.backups.age import CHUNK, AgeReader, AgeWriter, Unreadable
from bot.backups.age_keys import Passphrase, PrivateKey, PublicKey
from core.errors import BotError, UserError

KEY = PrivateKey.parse("AGE-SECRET-KEY-155CFJT3Y2NQ4CK666P6H5EPQ29VKPWJECUHUFZDW2WLX2D0DEPCQZRP35H")
BY_RAGE = bytes.fromhex(
    "6167652d656e6372797074696f6e2e6f72672f76310a2d3e205832353531392032433977496374796c7a786a344e"
    "57707175462f4b434134706d507944444842786273384a7073494732410a3478316f377a4e665946327757767a67"
    "4a7546376e2f556f3058556b686173497077563735757966314c6b0a2d3e20332d6772656173652077737278526c"
    "202d20244b673c77645050205b4d0a324752334c382f44614d4b456c4d72784932795a3762636d30656d716c7750"
    "3048623643586b572b4c6e4c4164782b79763648757359366b31614d72307075580a32542b4e356d667762663374"
    "764f775a754852574a706b6f77664d5548787752696e48786f3750502f2f5473592b4f6262766f58675848715455"
    "61590a2d2d2d2070776977574d746b7359647737687579704b5a74793079386243776b4a696f6e732f6a572f6774"
    "2f61364d0a67f5526ddb06aa4393aa31a688d718b840fa9aee6e39e3deb5c58847f321ef21345295fa4b5d7b62c5"
    "42b3129e0a"
)
"""Made by rage (pyrage 1.4.0) for the key above, with a stanza of grease."""

BY_RAGE_WITH_WORDS = bytes.fromhex(
    "6167652d656e6372797074696f6e2e6f72672f76310a2d3e2073637279707420736a2b572b61654448694f645835"
    "55646857544a44672031390a59744b5831774972796c475666517558584f6237656c2f6550412f38687162423767"
    "793269666b48315a340a2d2d2d204b59706f4847426b4d68584d715551382f49496b69614979324967594231304d"
    "38674f5a506a476f2f33340a642f5df47b644daa730b7fc4d7135ced940e06e565b8f35c4f462ae9c6249cb302d9"
    "5fd5b76d92ff740614ef7314"
)
"""Made by rage for the passphrase "correct horse battery"."""


def sealed(data, *recipients):
    file = io.BytesIO()
    writer = AgeWriter(file, recipients or [KEY.public])
    writer.write(data)
    writer.finish()
    return file.getvalue()


def opened(data, identity=KEY):
    reader = AgeReader(io.BytesIO(data), identity)
    return b"".join(iter(lambda: reader.read(10_000), b""))


def test_what_another_program_sealed_is_opened():
    words = Passphrase("correct horse battery")

    assert opened(BY_RAGE) == opened(BY_RAGE_WITH_WORDS, words) == b"sealed by age\n"


def test_a_key_is_spelled_as_it_was_read():
    assert PrivateKey.parse(f"# a comment\n\n{KEY.spelled()}\n") == KEY
    assert KEY.spelled().startswith("AGE-SECRET-KEY-1")
    assert KEY.spelled() not in repr(KEY)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7])
def test_what_is_sealed_is_opened_whatever_its_size(size):
    data = bytes(range(251)) * (size // 251 + 1)

    assert opened(sealed(data[:size])) == data[:size]


def test_each_of_several_recipients_opens_it():
    other = PrivateKey.new()
    file = sealed(b"hello", KEY.public, other.public)

    assert opened(file) == opened(file, other) == b"hello"


def test_a_passphrase_opens_what_it_sealed_and_another_does_not():
    file = sealed(b"hello", Passphrase("correct horse battery"))

    assert opened(file, Passphrase("correct horse battery")) == b"hello"
    with pytest.raises(UserError, match="not opened: the passphrase"):
        opened(file, Passphrase("correct horse batterie"))


def test_another_key_does_not_open_it():
    with pytest.raises(UserError, match="not the one that it was made for"):
        opened(sealed(b"hello"), PrivateKey.new())


def test_a_key_does_not_open_what_is_sealed_with_a_passphrase():
    with pytest.raises(UserError, match="not the one that it was made for"):
        opened(sealed(b"hello", Passphrase("correct horse battery")))


@given(data=st.data())
@settings(max_examples=300)
def test_a_bit_that_was_changed_anywhere_is_noticed(data):
    file = bytearray(FILE)
    place = data.draw(st.integers(0, len(file) - 1))
    file[place] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(BotError):
        opened(bytes(file))


@given(length=st.integers(0, 70_000))
@settings(max_examples=150)
def test_a_file_that_was_cut_off_anywhere_is_noticed(length):
    with pytest.raises(BotError):
        opened(FILE[: min(length, len(FILE) - 1)])


def test_a_file_cut_off_between_two_chunks_or_with_more_behind_its_end_is_noticed():
    head = len(FILE) - (CHUNK + 16) - (1_000 + 16)

    for file in (FILE[: head + CHUNK + 16], FILE + b"\0", FILE + FILE):
        with pytest.raises(Unreadable):
            opened(file)


FILE = sealed(bytes(CHUNK + 1_000))


@pytest.mark.parametrize(
    "text", ["", "age1", "AGE-SECRET-KEY-1", "age1qqqq", "ssh-ed25519 AAAA", "é" * 62]
)
def test_what_is_no_key_is_refused_without_being_quoted(text):
    for parse in (PublicKey.parse, PrivateKey.parse):
        with pytest.raises(UserError) as refused:
            parse(f"{text}zzz")
        assert "zzz" not in str(refused.value)


@pytest.mark.parametrize("work", ["0", "21", "99", "-1", "1e9", "017777"])
def test_a_file_that_asks_for_too_much_work_is_refused_at_once(work):
    file = sealed(b"hello", Passphrase("correct horse battery"))
    head, salt, rest = file.split(b" ", 2)[0], file.split(b" ")[2], file.partition(b" 17\n")[2]

    with pytest.raises(Unreadable):
        opened(head + b" scrypt " + salt + b" " + work.encode() + b"\n" + rest, Passphrase("x"))
