"""An extract that a delivery may be for."""

import pytest

from tests.support.followup import make_extract


@pytest.fixture
def extract(tmp_path):
    return make_extract(tmp_path / "demo-followup-v1")
