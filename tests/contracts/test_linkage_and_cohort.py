"""The thresholds of linkage and the description of the cohort file: a slip in them is refused, never passed over."""

import shutil

import pytest
import yaml

from sigpanel import resources
from sigpanel.contracts import cohort as cohort_module
from sigpanel.contracts.cohort import cohort
from sigpanel.contracts.linkage import linkage
from sigpanel.errors import Fault
from sigpanel.resources import contracts_dir


@pytest.fixture
def change(tmp_path, monkeypatch):
    """Return a function that changes a description and reads it again."""
    readers = {"linkage": linkage, "cohort": cohort}

    def changed(name, edit):
        read = readers[name]
        shutil.copy(contracts_dir() / f"{name}.yaml", tmp_path)
        raw = yaml.safe_load((tmp_path / f"{name}.yaml").read_text(encoding="utf-8"))
        edit(raw)
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
        for module in (resources, cohort_module):
            monkeypatch.setattr(module, "contracts_dir", lambda: tmp_path)
        read.cache_clear()
        return read()

    yield changed
    linkage.cache_clear()
    cohort.cache_clear()


def test_the_thresholds_are_those_of_the_file(change):
    assert change("linkage", lambda raw: raw.update(transfer_most_days=3)).transfer_most_days == 3


def test_the_cohorts_columns_are_known_by_folded_headers():
    assert "födelseår" in cohort().columns["birth_year"].headers
    assert cohort().columns["sex"].codes["kvinna"] == "female"
    assert cohort().columns["uno"].codes == {}


@pytest.mark.parametrize(
    ("name", "edit"),
    [
        ("linkage", lambda raw: raw.pop("version")),
        ("linkage", lambda raw: raw.update(transfer_days=14)),
        ("cohort", lambda raw: raw.pop("district")),
        ("cohort", lambda raw: raw.update(country="se")),
        ("cohort", lambda raw: raw.pop("columns")),
        ("cohort", lambda raw: raw["columns"]["uno"].pop("headers")),
        ("cohort", lambda raw: raw["columns"]["uno"].update(header="kod")),
        ("cohort", lambda raw: raw["years"].update(shoe_size=[36, 47])),
        ("cohort", lambda raw: raw["years"].update(birth_year=[2001, 1970])),
        ("cohort", lambda raw: raw["years"].update(birth_year=[1970])),
    ],
)
def test_an_entry_too_many_or_too_few_is_refused(change, name, edit):
    with pytest.raises(Fault, match=f"contracts/{name}.yaml has an entry too many or too few") as caught:
        change(name, edit)
    assert caught.value.remedy.startswith("Mend the file")
