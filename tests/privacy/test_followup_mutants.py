"""Each leak planted in follow-up turns a proof red, and without one all are green."""

import shutil

import pytest

from sigpanel.pipeline.study import open_study
from tests.privacy.extract_mutants import built_for_extracts
from tests.privacy.followup_mutants import MUTANTS, PROOFS, Followed
from tests.support.study import SECRET


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return built_for_extracts(tmp_path_factory.mktemp("followup") / "study")


@pytest.fixture
def office(made, tmp_path, monkeypatch):
    """A copy of the study, with a key of its own beside it."""
    shutil.copytree(made.root, tmp_path / "study")
    key = tmp_path / "study.key"
    key.write_bytes(SECRET)
    key.chmod(0o600)
    settings = tmp_path / "study" / "sigpanel.toml"
    settings.write_text(f'key_file = "{key}"\none_role = true\n', encoding="utf-8")
    return Followed(open_study(tmp_path / "study"), monkeypatch)


@pytest.mark.parametrize("proof", PROOFS)
def test_followup_as_it_is_holds(office, proof):
    assert list(PROOFS[proof](office)) == []


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_leak_is_found(office, mutant):
    proof, apply = MUTANTS[mutant]
    apply(office)
    assert list(PROOFS[proof](office)) != []
