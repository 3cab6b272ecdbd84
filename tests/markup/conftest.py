"""The typesetter, set up once: it keeps nothing between bodies."""

import pytest

from markup.typesetter import MarkdownTypesetter


@pytest.fixture(scope="session")
def typesetter():
    return MarkdownTypesetter()
