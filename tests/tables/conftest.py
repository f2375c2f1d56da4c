"""What tests of tables share."""

import pytest

from sigpanel.tables import Ledger


@pytest.fixture
def ledger(tmp_path) -> Ledger:
    return Ledger(tmp_path / "custody" / "tables.parquet")
