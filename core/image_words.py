"""What pictures are called, and why one could not be had, in words for people."""

from collections.abc import Mapping

from core.images import ImageFailure, ImageKind

KINDS: Mapping[str, ImageKind] = {
    "campaign": ImageKind.CAMPAIGN,
    "member": ImageKind.USER,
    "tier": ImageKind.TIER,
    "post": ImageKind.POST,
}
"""What people call the kinds of pictures, in the order in which they are shown."""

NAMES: Mapping[ImageKind, str] = {kind: name for name, kind in KINDS.items()}

REASONS: Mapping[ImageFailure, str] = {
    ImageFailure.EXPIRED: (
        "Patreon's link was dead, and there is no fresh one yet. The next sync brings one, so sync "
        "if it cannot wait."
    ),
    ImageFailure.GONE: (
        "Patreon has no such picture any more: it was removed, or its owner left. There is "
        "nothing to do; something else is shown in its place."
    ),
    ImageFailure.REFUSED_HOST: (
        "The link leads to a server that is not known to be Patreon's, so nothing was fetched. If "
        "Patreon uses it by now, the bot's admin can add it to `patreon.image_hosts`."
    ),
    ImageFailure.REFUSED_ADDRESS: (
        "The server's name leads to an address that is not on the public internet, so nothing was "
        "fetched. The bot's admin has to look at the name server (DNS) of the bot's machine."
    ),
    ImageFailure.TOO_MANY_REDIRECTS: (
        "Patreon's server sends the bot from one address to the next. The bot tries again in a "
        "day or more; if it stays like this, upload the picture at Patreon anew."
    ),
    ImageFailure.TOO_LARGE: (
        "The picture is too large a file. Upload a smaller one at Patreon: far below 20 MB."
    ),
    ImageFailure.NOT_AN_IMAGE: (
        "What came is no picture that can be shown: the bot takes PNG, JPEG, GIF, WebP and AVIF "
        "with up to 40 million pixels. Upload another one at Patreon."
    ),
    ImageFailure.REJECTED: (
        "Patreon's server refuses to give the picture. The bot tries again in a day or more; if "
        "it stays like this, upload the picture at Patreon anew."
    ),
    ImageFailure.BROKEN: (
        "What came was damaged or cut short. The bot tries again by itself, within hours."
    ),
    ImageFailure.UNTRUSTED: (
        "The server could not prove that it is Patreon's, so nothing was fetched. The bot's admin "
        "has to look at the clock and the certificates of the bot's machine, and at its proxy."
    ),
    ImageFailure.TIMED_OUT: (
        "The picture took too long to come. The bot tries again by itself, within hours."
    ),
    ImageFailure.AWAY: (
        "Patreon's server could not be reached or is out of order, or the bot's own decoder broke "
        "down. The bot tries again by itself, within hours."
    ),
    ImageFailure.NOT_STORED: (
        "The picture came and could not be written to the bot's disk. The bot's admin has to look "
        "at it: `python -m bot check` says what is wrong. The bot tries again by itself, within "
        "hours."
    ),
}
"""Why a picture could not be had, and what to do."""

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def by_number(failures: Mapping[ImageFailure, int]) -> list[tuple[ImageFailure, int]]:
    """Give the reasons that there are with their numbers, the most frequent first."""
    found = [(reason, count) for reason, count in failures.items() if count]
    return sorted(found, key=lambda each: (-each[1], each[0].value))


def size_words(count: int) -> str:
    """Write a number of bytes, such as "512 bytes" or "1.5 MB" (of 1024 kB)."""
    size, unit = float(count), 0
    # What would be written as 1,024.0 is one of the next unit.
    while unit < len(_UNITS) - 1 and size >= (1024 if unit == 0 else 1023.95):
        size, unit = size / 1024, unit + 1
    if unit == 0:
        return "1 byte" if count == 1 else f"{count} bytes"
    return f"{size:,.1f} {_UNITS[unit]}"
