"""What a patron asked not to be told about them in public."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """What must not be named. Hiding the tier hides the amount too, which would give it away."""

    hides_name: bool = False
    hides_tier: bool = False


NOTHING_HIDDEN = Privacy()
