"""The small study of `tests.support.study`, at hand here, and a build without what no planted leak touches."""

import pytest

from tests.support.study import built, released, study, written  # noqa: F401


@pytest.fixture
def without_pages(monkeypatch):
    """The page on contracts takes as long as all the rest of a build, and no mutant touches it."""
    monkeypatch.setattr("sigpanel.pipeline.report.outcomes_of", lambda _: None)
    monkeypatch.setattr("sigpanel.pipeline.report.contracts_page", lambda *_: "<html></html>")


@pytest.fixture
def beside(tmp_path):
    """A folder of one's own, beside the study."""
    folder = tmp_path / "beside"
    folder.mkdir(mode=0o700)
    return folder
