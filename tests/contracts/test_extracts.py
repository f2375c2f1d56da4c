"""What may ever leave: every column of the panel is accounted for, and the file cannot let out what it must not."""

import pytest
import yaml

from sigpanel.contracts import extracts as module
from sigpanel.contracts.extracts import columns_of, extracts, is_free_text
from sigpanel.contracts.strict import Oddity
from sigpanel.contracts.tables import contract
from sigpanel.errors import Fault
from sigpanel.resources import contracts_dir


def said():
    return yaml.safe_load((contracts_dir() / "extracts.yaml").read_text(encoding="utf-8"))


def test_every_table_of_the_panel_leaves_or_never_does():
    assert {*extracts().tables, *extracts().never_tables} == set(contract().tables)


def test_every_column_of_the_panel_leaves_or_never_does():
    for name, table in extracts().tables.items():
        assert sorted([*table.columns, *table.ids, *table.never]) == sorted(columns_of(name))


def test_no_id_and_no_text_that_somebody_wrote_may_leave_as_it_is():
    for name, table in extracts().tables.items():
        for column in table.columns:
            assert columns_of(name)[column].classification != "pseudonymised"
            assert not is_free_text(columns_of(name)[column])


def test_days_and_ages_that_others_may_know_have_kin():
    kin = {name: {each.column for each in one.columns} for name, one in extracts().kin.items()}
    dates = {column for name, table in extracts().tables.items() for column in table.columns
             if columns_of(name)[column].type == "date"}  # fmt: skip
    # The end of observation is nearly everybody's; it leaves coarse, and is held beside the others.
    assert dates <= kin["enrolment"] | kin["end"]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda raw: raw["tables"]["persons"]["columns"].pop("sex"), "a column of the panel is not named"),
        (lambda raw: raw["tables"]["persons"]["columns"].update(person_no="plain"), "is not named, or twice"),
        (lambda raw: raw["never_tables"].pop("ledger"), "a table of the panel is not named"),
        (lambda raw: raw["never_tables"].update(persons="linkage"), "leaves as well"),
        (lambda raw: raw["kin"]["sex"]["columns"].append("persons.person_no"), "is no column that may leave"),
        (lambda raw: raw["kin"]["sex"]["columns"].append("waves.observed_on"), "a column of waves has a moment"),
        (lambda raw: raw["kin"]["end"].update(tied="start"), "it is tied to no kin"),
        (lambda raw: raw["ways"].update(plain=["id"]), "it names no transformation"),
        (lambda raw: raw.update(more=1), "nobody knows more"),
    ],
)
def test_the_file_is_read_strictly(change, what):
    raw = said()
    change(raw)
    with pytest.raises((Fault, Oddity), match=what):
        module._read(module.mapping(raw, "the file", module._WHOLE))


def test_an_id_that_would_leave_as_it_is_is_a_fault():
    raw = said()
    raw["tables"]["persons"]["never"].pop("person_no")
    raw["tables"]["persons"]["columns"]["person_no"] = "plain"
    with pytest.raises(Fault, match="an id or a free text never leaves as it is"):
        module._read(module.mapping(raw, "the file", module._WHOLE))
