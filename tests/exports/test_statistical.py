"""Files for SPSS and Stata: what is written is what is read, and the same table has the same bytes."""

import datetime as dt
import hashlib
import os
import sys
from collections import Counter

import polars as pl
import pyreadstat
import pytest

import sigpanel
from sigpanel.contracts.exports import exports
from sigpanel.contracts.extracts import Words
from sigpanel.contracts.tables import names
from sigpanel.errors import Fault
from sigpanel.exports import statistical
from sigpanel.exports.coded import coded, lettered
from sigpanel.exports.described import variable_of, variables_of
from sigpanel.exports.numbered import numbered
from sigpanel.exports.statistical import read, write
from sigpanel.exports.variables import with_suppressed

ABOUT = Words("waves, r0001", "vågor åäö, r0001")
KINDS = ("sav", "dta")
REASONS = {"unknown": "a", "declined": "b", "not_applicable": "c", "not_asked": "d", "blank": "e", "invalid": "f",
           "not_yet": "g", "not_collected": "h"}  # fmt: skip


@pytest.fixture(scope="module")
def panel():
    return sigpanel.demo_panel()


def written(folder, frame, variables, kind, language="sv"):
    path = folder / f"table.{kind}"
    path.unlink(missing_ok=True)
    write(path, frame, variables, ABOUT, language)
    reader = pyreadstat.read_sav if kind == "sav" else pyreadstat.read_dta
    return *reader(str(path), user_missing=True, output_format="polars"), path


# --- every table ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("table", names())
def test_every_column_of_every_table_comes_back(panel, tmp_path, table, kind):
    frame, variables = panel.table(table).collect(), variables_of(table)
    back, said, _ = written(tmp_path, frame, variables, kind)
    assert back.columns == frame.columns
    assert said.column_labels == [each.label.sv for each in variables]
    for variable in variables:
        assert values_of(back, said, variable, kind) == expected_of(frame, variable), variable.name


def expected_of(frame, variable):
    values = frame[variable.name].to_list()
    if variable.is_text:
        return [value or "" for value in values]
    if variable.reason_column:
        words = {each.number: each.said.sv for each in variable.categories}
        why = {name: reason.said.sv for name, reason in exports().reasons.items()}
        pairs = zip(values, frame[variable.reason_column].to_list(), strict=True)
        return [words.get(value, value) if reason is None else why[reason] for value, reason in pairs]
    words = {each.token: each.said.sv for each in variable.categories}
    return [words.get(value, value) for value in values]


def values_of(back, said, variable, kind):
    labels = said.variable_value_labels.get(variable.name, {})
    values = back[variable.name].to_list()
    if variable.is_text:
        return values
    found = [labels.get(value, value) for value in values]
    assert kind == "sav" or not any(isinstance(each, str) and len(each) == 1 for each in found)
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("table", names())
def test_a_table_without_rows_keeps_its_columns(panel, tmp_path, table, kind):
    frame = panel.table(table).collect().clear()
    back, said, _ = written(tmp_path, frame, variables_of(table), kind)
    assert (back.height, back.columns) == (0, frame.columns)
    assert said.column_labels == [each.label.sv for each in variables_of(table)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("table", names())
def test_columns_of_nothing_but_null_are_written(panel, tmp_path, table, kind):
    frame = panel.table(table).collect()
    empty = pl.DataFrame({name: pl.Series([None] * 3, dtype=kind_of) for name, kind_of in frame.schema.items()})
    back, _, _ = written(tmp_path, empty, variables_of(table), kind)
    assert all(value in (None, "") for name in back.columns for value in back[name].to_list())


# --- reasons ----------------------------------------------------------------------------------------------------------


def health(values, reasons):
    frame = {
        "mental_health": pl.Series(values, dtype=pl.Int16),
        "mental_health__missing": pl.Series(reasons, dtype=pl.String),
    }
    return pl.DataFrame(frame), tuple(variable_of("waves", name) for name in frame)


EVERY_REASON = health([7, *[None] * 8, None], [None, *REASONS, None])


def test_reasons_are_user_missing_in_spss_under_the_codes_of_the_form(tmp_path):
    back, said, path = written(tmp_path, *EVERY_REASON, "sav")
    assert back["mental_health"].to_list() == [7, 999, 99, 9993, 9994, 9995, 9996, 9997, 9998, None]
    assert said.missing_ranges == {"mental_health": [{"lo": 99.0, "hi": 9998.0}]}
    assert said.variable_value_labels["mental_health"][99] == "Vill inte svara (99, hälsa)"
    without, _ = pyreadstat.read_sav(str(path), output_format="polars")
    assert without["mental_health"].to_list() == [7, *[None] * 9]
    # The column beside keeps them as values.
    assert without["mental_health__missing"].to_list() == [None, 999, 99, 9993, 9994, 9995, 9996, 9997, 9998, None]


def test_reasons_are_letters_in_stata(tmp_path):
    back, said, _ = written(tmp_path, *EVERY_REASON, "dta", "en")
    assert back["mental_health"].to_list() == [7, *REASONS.values(), None]
    assert said.variable_value_labels["mental_health"]["b"] == "Declines to answer (99, health)"


@pytest.mark.parametrize("kind", KINDS)
def test_ninety_nine_crimes_are_a_count(tmp_path, kind):
    names_of = ("suspected_crimes_before", "suspected_crimes_before__missing")
    frame = pl.DataFrame(
        {names_of[0]: pl.Series([99, 998, None], dtype=pl.Int16), names_of[1]: [None, None, "unknown"]}
    )
    back, said, _ = written(tmp_path, frame, [variable_of("waves", name) for name in names_of], kind)
    assert back[names_of[0]].to_list() == [99, 998, 999 if kind == "sav" else "a"]
    assert said.missing_ranges.get(names_of[0], [{"lo": 999.0, "hi": 9998.0}]) == [{"lo": 999.0, "hi": 9998.0}]


@pytest.mark.parametrize("make", [coded, lettered])
@pytest.mark.parametrize(
    ("values", "reasons"),
    [([5, 6], [None, "unknown"]), ([99, 5], [None, None]), ([5, None], [None, "another"])],
    ids=["a value and a reason", "a value that is a code", "a reason that nobody knows"],
)
def test_what_would_be_another_value_is_a_fault_and_not_told(make, values, reasons):
    with pytest.raises(Fault, match="mental_health") as raised:
        make(*health(values, reasons))
    assert "another" not in raised.value.message


def test_a_word_without_a_number_is_a_fault_and_not_told():
    frame = pl.DataFrame({"sex": ["male", "hemligt"]})
    with pytest.raises(Fault, match="sex") as raised:
        coded(frame, [variable_of("episodes", "sex")])
    assert "hemligt" not in str(raised.value)


def test_declined_cannot_be_a_reason_where_99_is_a_count():
    frame = pl.DataFrame({"suspected_crimes_before": pl.Series([None], dtype=pl.Int16),
                          "suspected_crimes_before__missing": ["declined"]})  # fmt: skip
    with pytest.raises(Fault, match="suspected_crimes_before"):
        coded(frame, [variable_of("waves", "suspected_crimes_before")])


def test_what_an_extract_took_out_is_missing_for_that_reason(tmp_path):
    sex = with_suppressed(variable_of("episodes", "sex"))
    frame = pl.DataFrame({"sex": ["male", "suppressed", None]})
    assert written(tmp_path, frame, [sex], "sav")[0]["sex"].to_list() == [1, 9990, None]
    back, said, _ = written(tmp_path, frame, [sex], "dta")
    assert back["sex"].to_list() == [1, "s", None]
    assert said.variable_value_labels["sex"]["s"] == "Borttaget som skydd"


# --- dates, ids, texts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_days_are_days_and_ids_texts(tmp_path, kind):
    days = [dt.date(2022, 2, 28), None, dt.date(1899, 12, 31), dt.date(2024, 2, 29)]
    frame = pl.DataFrame({"enrolled_on": days, "episode_id": ["e" + "a" * 26, "eö", "", "e"]})
    back, said, _ = written(tmp_path, frame, [variable_of("episodes", name) for name in frame.columns], kind)
    assert back["enrolled_on"].to_list() == days
    assert back["episode_id"].to_list() == frame["episode_id"].to_list()
    assert said.original_variable_types["enrolled_on"] == {"sav": "SDATE10", "dta": "%td"}[kind]
    assert said.file_label == "vågor åäö, r0001"


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_of_thirty_two_letters_stays_whole(tmp_path, kind):
    name = "suspected_crimes_before__missing"
    assert len(name) == 32
    frame = pl.DataFrame({name: ["blank", None], "sex": ["male", "other"]})
    back, said, _ = written(tmp_path, frame, [variable_of("waves", name), variable_of("episodes", "sex")], kind)
    assert back.columns == [name, "sex"]
    assert said.variable_value_labels[name][9995] == "Lämnad tom fast den skulle besvaras"


# --- persons' numbers -------------------------------------------------------------------------------------------------


def test_persons_are_numbered_in_the_order_of_their_ids_and_the_same_in_every_table():
    tables = {"a": pl.DataFrame({"person_id": ["x3", "x1", "x3"]}), "b": pl.DataFrame({"person_id": ["x2"], "n": [1]}),
              "c": pl.DataFrame({"n": [1]})}  # fmt: skip
    made = numbered(tables)
    assert made["a"]["person_no"].to_list() == [3, 1, 3]
    assert made["b"].columns == ["person_id", "person_no", "n"]
    assert made["c"].columns == ["n"]


def test_the_panel_has_its_own_number_for_a_person_and_episodes_are_one_row_each(panel):
    persons, episodes = panel.persons.collect(), panel.episodes.collect()
    made = numbered({"episodes": episodes}, persons)["episodes"]
    assert (
        made.select("person_id", "person_no")
        .unique()
        .sort("person_id")
        .equals(
            persons.select("person_id", "person_no")
            .filter(pl.col("person_id").is_in(episodes["person_id"].implode()))
            .sort("person_id")
        )
    )
    assert not made.select("person_no", "episode_no").is_duplicated().any()


# --- bytes ------------------------------------------------------------------------------------------------------------

DIGESTS = """
import hashlib, pathlib, sys, tempfile
import sigpanel
from sigpanel.contracts.extracts import Words
from sigpanel.exports.statistical import write
from sigpanel.exports.described import variables_of
panel = sigpanel.demo_panel()
with tempfile.TemporaryDirectory() as folder:
    for table in ("episodes", "waves"):
        for kind in ("sav", "dta"):
            path = pathlib.Path(folder) / f"{table}.{kind}"
            write(path, panel.table(table).collect(), variables_of(table), Words("x", "x"), "sv")
            print(hashlib.sha256(path.read_bytes()).hexdigest())
"""


@pytest.mark.slow
def test_the_same_table_has_the_same_bytes_in_any_process_zone_and_second(python):
    answers = set()
    for seed, zone, threads in (("0", "UTC", "1"), ("1", "Asia/Tokyo", "2"), ("77", "America/Anchorage", "7")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "POLARS_MAX_THREADS": threads}
        answer = python("-c", DIGESTS, env=environment)
        assert answer.stderr == ""
        answers.add(answer.stdout)
    assert len(answers) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_no_file_tells_when_or_where_it_was_written(tmp_path, kind):
    frame = pl.DataFrame({"sex": ["male"]})
    _, said, path = written(tmp_path, frame, [variable_of("episodes", "sex")], kind)
    assert said.creation_time.year == 2000
    content = path.read_bytes()
    assert str(tmp_path).encode() not in content
    assert dt.datetime.now(dt.UTC).strftime("%d %b %Y").encode() not in content
    assert oct(path.stat().st_mode & 0o777) == "0o640"
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_header_that_is_not_as_it_was_is_a_fault():
    for kind in KINDS:
        with pytest.raises(Fault, match="another header"):
            statistical._without_time(b"$FL2" + b" " * 200 + b"</header>", kind)


def test_what_the_library_says_of_an_error_is_not_told(tmp_path, monkeypatch):
    def fails(*_args, **_named):
        raise ValueError("hemligt")

    monkeypatch.setattr(pyreadstat, "write_sav", fails)
    with pytest.raises(Fault, match="could not be written") as raised:
        write(tmp_path / "a.sav", pl.DataFrame({"sex": ["male"]}), [variable_of("episodes", "sex")], ABOUT, "sv")
    assert "hemligt" not in str(raised.value)
    assert list(tmp_path.iterdir()) == []


# pyreadstat reads from a path alone, and a leak must not be looked for by writing it to a disk. On other systems the
# proof tells of such files as not read.
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="files in memory are Linux's")


# --- reading ----------------------------------------------------------------------------------------------------------


@on_linux
@pytest.mark.parametrize("kind", KINDS)
def test_a_file_is_read_from_its_bytes_with_everything_that_it_says(tmp_path, kind):
    *_, path = written(tmp_path, *EVERY_REASON, kind)
    found = read(path.read_bytes())
    assert found.frame.height == 10
    counted = Counter(found.texts)
    assert counted["vågor åäö, r0001"] == counted["mental_health"] == 1
    assert any("Vill inte svara" in text for text in found.texts)


@on_linux
def test_a_damaged_file_is_said_to_be_so_without_what_it_holds(tmp_path):
    *_, path = written(tmp_path, *EVERY_REASON, "sav")
    with pytest.raises(ValueError, match=r"^$"):
        read(path.read_bytes()[:150])
    assert hashlib.sha256(path.read_bytes()).hexdigest()
