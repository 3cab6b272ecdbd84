"""Who may open an age file: a passphrase, or the owner of an X25519 key.

Source: age-encryption.org/v1 (github.com/C2SP/C2SP, age.md), "scrypt" and "X25519" recipients.
"""

import base64
import binascii
import hashlib
import os
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.backups.bech32 import decode, encode
from core.errors import UserError

FILE_KEY_BYTES = 16
_WRAPPED_BYTES = FILE_KEY_BYTES + 16
_KEY_BYTES = 32
_SALT_BYTES = 16
_NONCE = bytes(12)
_PUBLIC_PREFIX = "age"
_PRIVATE_PREFIX = "age-secret-key-"
_X25519_INFO = b"age-encryption.org/v1/X25519"
_SCRYPT_SALT = b"age-encryption.org/v1/scrypt"
_LOG_N = 17
_MOST_LOG_N = 20
"""A file that asks for more would take more than a gigabyte of memory."""


@dataclass(frozen=True, slots=True)
class Stanza:
    """The file key, wrapped for one recipient."""

    words: tuple[str, ...]
    body: bytes


class Recipient(Protocol):
    """Somebody for whom a file can be sealed."""

    def wrap(self, file_key: bytes) -> Stanza:
        """Wrap the file key so that only this recipient unwraps it."""
        ...


class Identity(Protocol):
    """Somebody who may be able to open a file."""

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """Give the file key, None when the stanza is for somebody else."""
        ...


@dataclass(frozen=True, slots=True)
class Passphrase:
    """A passphrase, which seals and opens; it is stretched by scrypt with N = 2^17 (128 MB)."""

    text: str = field(repr=False)

    def wrap(self, file_key: bytes) -> Stanza:
        """Wrap the file key under the passphrase."""
        salt = os.urandom(_SALT_BYTES)
        body = ChaCha20Poly1305(self._stretched(salt, _LOG_N)).encrypt(_NONCE, file_key, None)
        return Stanza(("scrypt", to_text(salt), str(_LOG_N)), body)

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """Unwrap the file key, when the passphrase is right.

        Raises:
            ValueError: the stanza is malformed, or asks for too much work.
        """
        if stanza.words[0] != "scrypt":
            return None
        _, salt_text, work = stanza.words
        salt = from_text(salt_text)
        if len(salt) != _SALT_BYTES or not (work.isascii() and work.isdigit() and len(work) <= 2):
            raise ValueError("A scrypt stanza is malformed.")
        if not 0 < int(work) <= _MOST_LOG_N:
            raise ValueError("A scrypt stanza asks for too much work.")
        return _opened(self._stretched(salt, int(work)), stanza.body)

    def _stretched(self, salt: bytes, log_n: int) -> bytes:
        # The standard library's lets other threads run meanwhile.
        return hashlib.scrypt(
            self.text.encode(),
            salt=_SCRYPT_SALT + salt,
            n=1 << log_n,
            r=8,
            p=1,
            maxmem=(1 << log_n) * 1024 + (1 << 20),
            dklen=_KEY_BYTES,
        )


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The public half of an X25519 key, such as `age1…`: it seals and cannot open."""

    raw: bytes

    @classmethod
    def parse(cls, text: str) -> "PublicKey":
        """Read what `age-keygen` shows as the public key.

        Raises:
            UserError: it is no such key.
        """
        try:
            return cls(_key_in(text, _PUBLIC_PREFIX))
        except ValueError:
            raise UserError(
                "The backup's recipient is no age public key: it begins with age1, and "
                "`age-keygen` shows it as the public key."
            ) from None

    def wrap(self, file_key: bytes) -> Stanza:
        """Wrap the file key for the owner of the private half."""
        ephemeral = X25519PrivateKey.generate()
        share = ephemeral.public_key().public_bytes_raw()
        shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(self.raw))
        key = _derived(shared, share + self.raw)
        body = ChaCha20Poly1305(key).encrypt(_NONCE, file_key, None)
        return Stanza(("X25519", to_text(share)), body)


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """An X25519 key, such as `AGE-SECRET-KEY-1…`: it opens."""

    raw: bytes = field(repr=False)

    @classmethod
    def new(cls) -> "PrivateKey":
        """Make a key."""
        return cls(X25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> "PrivateKey":
        """Read what `age-keygen` wrote; lines that begin with # are comments.

        Raises:
            UserError: it holds no such key, or several. It is not quoted.
        """
        lines = [line.strip() for line in text.splitlines()]
        keys = [line for line in lines if line and not line.startswith("#")]
        try:
            (key,) = keys
            return cls(_key_in(key, _PRIVATE_PREFIX))
        except ValueError:
            raise UserError(
                "The identity's file does not hold exactly one age key: `age-keygen` writes such "
                "files, and the key begins with AGE-SECRET-KEY-1."
            ) from None

    @property
    def public(self) -> PublicKey:
        """The public half."""
        private = X25519PrivateKey.from_private_bytes(self.raw)
        return PublicKey(private.public_key().public_bytes_raw())

    def spelled(self) -> str:
        """Spell the key as `age-keygen` does."""
        return encode(_PRIVATE_PREFIX, self.raw).upper()

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """Unwrap the file key, when it was wrapped for this key.

        Raises:
            ValueError: the stanza is malformed.
        """
        if stanza.words[0] != "X25519":
            return None
        _, share_text = stanza.words
        share = from_text(share_text)
        private = X25519PrivateKey.from_private_bytes(self.raw)
        shared = private.exchange(X25519PublicKey.from_public_bytes(share))
        return _opened(_derived(shared, share + self.public.raw), stanza.body)


def to_text(data: bytes) -> str:
    """Spell bytes in base64 without padding."""
    return base64.b64encode(data).decode().rstrip("=")


def from_text(text: str) -> bytes:
    """Read base64 without padding, in the only spelling that it has.

    Raises:
        ValueError: it is something else.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        raise ValueError("This is no base64.") from None
    if to_text(data) != text:
        raise ValueError("This is no canonical base64.")
    return data


def _key_in(text: str, prefix: str) -> bytes:
    found, raw = decode(text.strip())
    if found != prefix or len(raw) != _KEY_BYTES:
        raise ValueError("This is another kind of key.")
    return raw


def _derived(shared: bytes, salt: bytes) -> bytes:
    return HKDF(hashes.SHA256(), _KEY_BYTES, salt, _X25519_INFO).derive(shared)


def _opened(key: bytes, body: bytes) -> bytes | None:
    if len(body) != _WRAPPED_BYTES:
        raise ValueError("A wrapped key has the wrong length.")
    try:
        return ChaCha20Poly1305(key).decrypt(_NONCE, body, None)
    except InvalidTag:
        return None
