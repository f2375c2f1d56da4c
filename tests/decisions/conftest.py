"""Lines written to a file and read, and applied."""

import pytest

from sigpanel.decisions import read_corrections
from tests.support.corrections import applied, file


@pytest.fixture
def read(tmp_path):
    """Return a function that writes lines to a file and reads them."""
    return lambda *lines, **more: read_corrections(file(tmp_path, *lines, **more))


@pytest.fixture
def correct(read):
    """Return a function that reads lines and applies them."""
    return lambda *lines: applied(read(*lines))
