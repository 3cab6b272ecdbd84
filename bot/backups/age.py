"""Files of the format age-encryption.org/v1, written and read piece by piece.

`age` and its relatives open what is written here, and the other way round. Every 64 KiB are sealed
by themselves, counted, and the last ones marked: a byte that was changed, moved or cut off is
noticed before it is believed.

Source: github.com/C2SP/C2SP, age.md.
"""

import hmac
import os
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.backups.age_keys import (
    FILE_KEY_BYTES,
    Identity,
    Recipient,
    Stanza,
    from_text,
    to_text,
)
from core.errors import UserError

CHUNK = 64 * 1024
_TAG = 16
_NONCE = 16
_COLUMNS = 64
_VERSION = b"age-encryption.org/v1\n"
_MAC = b"---"
_KNOWN = ("X25519", "scrypt")
_LONGEST_LINE = 256
_MOST_LINES = 40


class Unreadable(UserError):  # noqa: N818  the name says what was found
    """The file is damaged, incomplete, or none of ours."""


class AgeWriter:
    """Seals what is written into `file`; nothing of it counts before `finish`."""

    def __init__(self, file: BinaryIO, recipients: Sequence[Recipient]) -> None:
        file_key, nonce = os.urandom(FILE_KEY_BYTES), os.urandom(_NONCE)
        head = _VERSION + b"".join(_written(each.wrap(file_key)) for each in recipients) + _MAC
        file.write(head + b" " + to_text(_mac(file_key, head)).encode() + b"\n" + nonce)
        self._file = file
        self._cipher = ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))
        self._rest = bytearray()
        self._count = 0

    def write(self, data: bytes) -> None:
        """Seal more bytes."""
        self._rest += data
        while len(self._rest) > CHUNK:
            self._seal(bytes(self._rest[:CHUNK]), is_last=False)
            del self._rest[:CHUNK]

    def finish(self) -> None:
        """Seal the rest and mark the end."""
        self._seal(bytes(self._rest), is_last=True)
        self._rest.clear()

    def _seal(self, piece: bytes, *, is_last: bool) -> None:
        nonce = _nonce(self._count, is_last=is_last)
        self._file.write(self._cipher.encrypt(nonce, piece, None))
        self._count += 1


class AgeReader:
    """Opens what an `AgeWriter`, or age itself, has sealed.

    Raises:
        UserError: no identity opens it.
        Unreadable: it is no such file, or was changed.
    """

    def __init__(self, file: BinaryIO, identity: Identity) -> None:
        try:
            stanzas, head, mac = _read_head(file)
            file_key = _unwrapped(stanzas, identity)
        except (ValueError, IndexError) as error:
            raise Unreadable("The file is no backup, or its beginning is damaged.") from error
        if file_key is None:
            raise UserError(
                "The backup was not opened: the passphrase or the identity is not the one that it "
                "was made for, or its beginning is damaged."
            )
        if len(file_key) != FILE_KEY_BYTES or not hmac.compare_digest(mac, _mac(file_key, head)):
            raise Unreadable("The backup's beginning is damaged.")
        self._pieces = _pieces(file, file_key)
        self._rest = b""

    def read(self, size: int) -> bytes:
        """Give the next `size` bytes, fewer only at the end.

        Raises:
            Unreadable: the file was changed or cut off.
        """
        found = bytearray()
        while len(found) < size:
            if not self._rest:
                self._rest = next(self._pieces, b"")
            if not self._rest:
                break
            taken = self._rest[: size - len(found)]
            self._rest = self._rest[len(taken) :]
            found += taken
        return bytes(found)


def _pieces(file: BinaryIO, file_key: bytes) -> Iterator[bytes]:
    nonce = file.read(_NONCE)
    cipher = ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))
    count, sealed = 0, file.read(CHUNK + _TAG)
    while True:
        following = file.read(CHUNK + _TAG)
        try:
            piece = cipher.decrypt(_nonce(count, is_last=not following), sealed, None)
        except InvalidTag:
            raise Unreadable("The backup is damaged or incomplete.") from None
        if not piece and count:
            raise Unreadable("The backup ends where it may not.")
        yield piece
        if not following:
            return
        count, sealed = count + 1, following


def _read_head(file: BinaryIO) -> tuple[list[Stanza], bytes, bytes]:
    lines = _lines(file)
    if next(lines) != _VERSION:
        raise ValueError("The first line is another.")
    head, stanzas = _VERSION, list[Stanza]()
    for line in lines:
        if line.startswith(_MAC):
            mac = from_text(line.removeprefix(_MAC + b" ").removesuffix(b"\n").decode())
            return stanzas, head + _MAC, mac
        words = line.decode().removesuffix("\n").split(" ")
        if words[0] != "->" or not all(words[1:]):
            raise ValueError("A stanza begins differently.")
        head += line
        body = ""
        for part in lines:
            head += part
            body += part.decode().removesuffix("\n")
            if len(part) - 1 < _COLUMNS:
                break
        # What is for others need not be understood: some of it is there to prove just that.
        known = words[1] in _KNOWN
        stanzas.append(Stanza(tuple(words[1:]), from_text(body) if known else b""))
    raise ValueError("The beginning does not end.")


def _lines(file: BinaryIO) -> Iterator[bytes]:
    for _ in range(_MOST_LINES):
        line = file.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise ValueError("A line does not end.")
        yield line


def _unwrapped(stanzas: Sequence[Stanza], identity: Identity) -> bytes | None:
    kinds = [stanza.words[0] for stanza in stanzas]
    # Else whoever knows the passphrase of one recipient could have made it for the others.
    if "scrypt" in kinds and len(kinds) > 1:
        raise ValueError("A passphrase stands beside other recipients.")
    unwrap: Callable[[Stanza], bytes | None] = identity.unwrap
    return next((key for key in map(unwrap, stanzas) if key is not None), None)


def _written(stanza: Stanza) -> bytes:
    text = to_text(stanza.body)
    lines = [text[at : at + _COLUMNS] for at in range(0, len(text) + 1, _COLUMNS)]
    return "".join(f"{line}\n" for line in (" ".join(("->", *stanza.words)), *lines)).encode()


def _nonce(count: int, *, is_last: bool) -> bytes:
    return count.to_bytes(11) + bytes([is_last])


def _mac(file_key: bytes, head: bytes) -> bytes:
    return hmac.digest(_derived(file_key, None, b"header"), head, "sha256")


def _derived(file_key: bytes, salt: bytes | None, info: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt, info).derive(file_key)
