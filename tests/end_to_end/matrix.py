"""Matrices of cases."""

from collections.abc import Iterable

import pytest


def sampled(every: Iterable[str], sample: Iterable[str]) -> list[object]:
    """Give the cases of a matrix: a sample for `make test`, the whole for `make proof`."""
    whole = [pytest.param(case, marks=pytest.mark.proof, id=f"whole-{case}") for case in every]
    return [*sample, *whole]
