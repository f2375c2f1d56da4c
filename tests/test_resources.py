"""The contracts are found in a checkout and in an installed wheel alike."""

import zipfile
from pathlib import Path

import pytest

from sigpanel import resources

ROOT = Path(__file__).resolve().parents[1]


def test_a_checkout_reads_the_contracts_at_its_top():
    assert resources.contracts_dir() == ROOT / "contracts"


def test_an_installed_wheel_reads_its_own_copy_and_no_neighbour_of_the_same_name(tmp_path, monkeypatch):
    package = tmp_path / "site-packages" / "sigpanel"
    (package / "_contracts").mkdir(parents=True)
    (package.parent / "contracts").mkdir()
    monkeypatch.setattr(resources, "_PACKAGE", package)
    assert resources.contracts_dir() == package / "_contracts"


def test_a_damaged_installation_says_how_to_mend_it(tmp_path, monkeypatch):
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path / "sigpanel")
    with pytest.raises(
        FileNotFoundError, match=r"Install sigpanel again; in a checkout, restore the folder contracts/"
    ):
        resources.contracts_dir()


def test_the_notebooks_of_a_checkout_are_at_its_top():
    assert resources.notebooks_dir() == ROOT / "notebooks"


@pytest.mark.slow
def test_the_wheel_holds_every_contract_and_notebook(tmp_path, python):
    made = python("-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, cwd=ROOT)
    assert made.returncode == 0, made.stderr
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    sources = [*ROOT.glob("contracts/**/*.*"), *ROOT.glob("notebooks/*.ipynb")]
    assert {f"sigpanel/_{source.relative_to(ROOT).as_posix()}" for source in sources} <= held


def test_a_digest_of_files_tells_their_names_and_their_bytes_and_not_where_they_lie(tmp_path):
    def digest(**files: str) -> str:
        folder = tmp_path / f"{len(list(tmp_path.iterdir()))}"
        (folder / "below").mkdir(parents=True)
        for name, text in files.items():
            (folder / "below" / f"{name}.yaml").write_text(text)
        (folder / "note.txt").write_text(folder.name)
        return resources.digest_of(folder, "*.yaml")

    assert digest(a="1", b="2") == digest(b="2", a="1")
    assert len({digest(a="1"), digest(a="2"), digest(b="1"), digest(a="1", b=""), digest()}) == 5
