"""Each leak planted in extracts turns a proof red, and without one all are green."""

import shutil

import pytest

pytest.importorskip("sigpanel.pipeline.extract", reason="extracts are made by another part")

from tests.privacy.extract_mutants import MUTANTS, PROOFS, Office, built_for_extracts
from tests.support.study import SECRET


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return built_for_extracts(tmp_path_factory.mktemp("extracts") / "study")


@pytest.fixture
def office(made, tmp_path, monkeypatch):
    """A copy of the study, with a key of its own beside it."""
    shutil.copytree(made.root, tmp_path / "study")
    key = tmp_path / "study.key"
    key.write_bytes(SECRET)
    key.chmod(0o600)
    settings = tmp_path / "study" / "sigpanel.toml"
    settings.write_text(f'key_file = "{key}"\none_role = true\n', encoding="utf-8")
    return Office(type(made)(tmp_path / "study", _settings(settings)), monkeypatch)


def _settings(path):
    from sigpanel.pipeline.study import open_study

    return open_study(path.parent).settings


@pytest.mark.parametrize("proof", PROOFS)
def test_extracts_as_they_are_hold(office, proof):
    assert list(PROOFS[proof](office)) == []


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_leak_is_found(office, mutant):
    proof, apply = MUTANTS[mutant]
    apply(office)
    assert list(PROOFS[proof](office)) != []
