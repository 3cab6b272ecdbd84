"""Bech32, the spelling of age's keys: text with a prefix and a checksum.

Source: github.com/bitcoin/bips, BIP 173.
"""

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM = 6
_LONGEST = 200


def decode(text: str) -> tuple[str, bytes]:
    """Read a prefix, in small letters, and the bytes behind it.

    Raises:
        ValueError: a character or the checksum is wrong. The text is not quoted.
    """
    lower = text.lower()
    prefix, separator, data = lower.rpartition("1")
    if text not in (lower, text.upper()) or not separator or not prefix or len(text) > _LONGEST:
        raise ValueError("This is no Bech32.")
    values = [_ALPHABET.find(character) for character in data]
    if min(values, default=-1) < 0 or len(values) <= _CHECKSUM or not lower.isascii():
        raise ValueError("This is no Bech32.")
    if _polymod([*_expanded(prefix), *values]) != 1:
        raise ValueError("The checksum is wrong.")
    return prefix, _to_bytes(values[:-_CHECKSUM])


def encode(prefix: str, data: bytes) -> str:
    """Spell bytes behind a prefix in small letters."""
    values = _to_fives(data)
    rest = _polymod([*_expanded(prefix), *values, *[0] * _CHECKSUM]) ^ 1
    values += [(rest >> 5 * (_CHECKSUM - 1 - place)) & 31 for place in range(_CHECKSUM)]
    return f"{prefix}1" + "".join(_ALPHABET[value] for value in values)


def _expanded(prefix: str) -> list[int]:
    codes = prefix.encode()
    return [*(code >> 5 for code in codes), 0, *(code & 31 for code in codes)]


def _polymod(values: list[int]) -> int:
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for bit, term in enumerate(_GENERATOR):
            checksum ^= term if top >> bit & 1 else 0
    return checksum


def _to_fives(data: bytes) -> list[int]:
    count = (len(data) * 8 + 4) // 5
    number = int.from_bytes(data) << (count * 5 - len(data) * 8)
    return [number >> 5 * (count - 1 - place) & 31 for place in range(count)]


def _to_bytes(values: list[int]) -> bytes:
    spare = len(values) * 5 % 8
    number = 0
    for value in values:
        number = number << 5 | value
    if spare > 4 or number & ((1 << spare) - 1):
        raise ValueError("The padding is wrong.")
    return (number >> spare).to_bytes(len(values) * 5 // 8)
