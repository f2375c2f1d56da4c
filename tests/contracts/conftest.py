"""The small study of `tests.support.study`, at hand here; and a consumer's contract, changed."""

import pytest
import yaml

from sigpanel.contracts.consumers import read_consumer
from sigpanel.resources import contracts_dir
from tests.support.study import built, released, study, written  # noqa: F401

NAME = "evaluation-followup"


@pytest.fixture
def contract_with(tmp_path):
    """Return a function that writes a changed copy of the consumer's contract, and reads it."""

    def write(change):
        raw = yaml.safe_load((contracts_dir() / "consumers" / f"{NAME}.yaml").read_text(encoding="utf-8"))
        change(raw)
        path = tmp_path / f"{NAME}.yaml"
        path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
        return read_consumer(path)

    return write
