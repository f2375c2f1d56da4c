"""Synthetic deliveries: the same for the same seed, true to their truth, with everything in them that offices do."""

import hashlib
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

import openpyxl
import polars as pl
import pytest

from sigpanel.errors import InputError
from sigpanel.forms import forms
from sigpanel.forms.write import Layout
from sigpanel.synth import NEVER_SENT, Delivery, generate
from sigpanel.synth.faults import BROKEN_FILES, FAULTS, draft, write_faulty
from sigpanel.synth.offices import HABITS, Desk, Habits
from sigpanel.synth.population import Window, source_form
from sigpanel.synth.reports import offices

SPELLINGS = {
    "number", "text", "text0", "code=label", "label", "LABEL", "nbsp", "dot", "trailing", "unit", "formula",
    "excel", "excel-long", "excel-d/m", "iso-text", "yymmdd-text", "yymmdd-number", "yyyymmdd-number", "d/m yyyy",
    "d mon yyyy", "serial-unformatted",
    "plain", "lower", "inner-space", "hyphen", "O-for-0", "with-month",
    "blank", "missing", "space", "dash", "error", "bad-code", "bool", "percent", "range",
}  # fmt: skip
WINDOW = Window(2020, 2029)


def chance(seed: object) -> Random:
    return Random(f"{seed}")  # noqa: S311 - it makes examples, no secrets


def table(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, infer_schema=False)


@pytest.fixture(scope="module")
def ten_years(tmp_path_factory: pytest.TempPathFactory) -> Delivery:
    return generate(tmp_path_factory.mktemp("ten") / "delivery")


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Delivery:
    return generate(tmp_path_factory.mktemp("short") / "delivery", seed=7, first_year=2022, last_year=2024, persons=120)


@pytest.fixture(scope="module")
def answers(ten_years) -> pl.DataFrame:
    """One line per source row: the true answers by question, as text."""
    cells = table(ten_years.cells)
    return cells.pivot("question", index=["file", "row"], values="value").join(
        table(ten_years.rows), on=["file", "row"]
    )


# Files


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_gives_the_same_bytes(tmp_path, short):
    again = generate(tmp_path / "again", seed=7, first_year=2022, last_year=2024, persons=120)
    assert digests(again.folder) == digests(short.folder)


def test_it_does_not_depend_on_hash_seed_time_zone_or_locale(tmp_path, short, python):
    code = (
        "import sys, pathlib; from sigpanel.synth import generate; "
        "generate(pathlib.Path(sys.argv[1]), seed=7, first_year=2022, last_year=2024, persons=120)"
    )
    env = {"PYTHONHASHSEED": "42", "TZ": "Pacific/Auckland", "LC_ALL": "C", "PATH": "", "PYTHONPATH": "."}
    run = python("-c", code, tmp_path / "elsewhere", env=env, cwd=Path(__file__).parents[2])
    assert run.returncode == 0, run.stderr
    assert digests(tmp_path / "elsewhere") == digests(short.folder)


def test_another_seed_gives_other_persons(tmp_path, short):
    other = generate(tmp_path / "other", seed=8, first_year=2022, last_year=2022, persons=20)
    assert table(other.persons)["born"].to_list() != table(short.persons)["born"].to_list()[:20]


def test_spellings_do_not_change_what_happened(tmp_path, short):
    tidy = generate(tmp_path / "tidy", seed=7, first_year=2022, last_year=2024, persons=120, messy=False)
    assert tidy.persons.read_bytes() == short.persons.read_bytes()
    assert tidy.episodes.read_bytes() == short.episodes.read_bytes()
    assert set(table(tidy.cells)["spelling"]) == {"number", "plain", "excel", "blank"}


def test_ten_years_are_a_hundred_and_thirteen_workbooks(ten_years):
    assert len(ten_years.workbooks) == 113
    assert all(path.is_file() for path in ten_years.workbooks)
    per_year = Counter(path.parent.name for path in ten_years.workbooks)
    assert per_year == {
        "2020": 7, "2021": 7, "2022": 14, "2023": 14, "2024": 11, **{str(year): 12 for year in range(2025, 2030)},
    }  # fmt: skip


def test_files_are_named_in_three_ways(ten_years):
    names = [path.stem for path in ten_years.workbooks]
    ways = Counter("SIG" if n.startswith("SIG ") else "Uppf" if n.startswith("Uppf") else "SDF" for n in names)
    assert set(ways) == {"SIG", "Uppf", "SDF"}
    assert min(ways.values()) > 20


def test_one_workbook_was_never_sent(ten_years):
    assert NEVER_SENT == (2024, "unga", "hasselby_vallingby")
    theirs = [path for path in ten_years.workbooks if "unga" in path.name and "Hässelby" in path.name]
    assert [path.parent.name for path in theirs] == ["2022", "2023", *(str(year) for year in range(2025, 2030))]


def test_a_second_delivery_into_the_same_folder_is_refused(short):
    with pytest.raises(InputError) as caught:
        generate(short.folder, seed=2, first_year=2024, last_year=2026)
    assert caught.value.code == "delivery-exists"


@pytest.mark.parametrize(("first", "last", "workbooks"), [(2020, 2020, 7), (2023, 2024, 25), (2022, 2022, 14)])
def test_any_span_of_years_can_be_asked_for(tmp_path, first, last, workbooks):
    delivery = generate(tmp_path / "d", first_year=first, last_year=last, persons=30)
    assert len(delivery.workbooks) == workbooks


# Truth and workbooks


@pytest.fixture(scope="module")
def read_back(short) -> dict[str, openpyxl.Workbook]:
    return {path.relative_to(short.folder).as_posix(): openpyxl.load_workbook(path) for path in short.workbooks}


def test_every_cell_of_the_truth_stands_in_its_workbook(short, read_back):
    sheets = {row["file"]: read_back[row["file"]][row["sheet"]] for row in table(short.rows).to_dicts()}
    for cell in table(short.cells).to_dicts():
        value = sheets[cell["file"]][f"{cell['column']}{cell['row']}"].value
        assert (value is None) == (cell["spelling"] in {"blank", "missing"}), cell
        if cell["spelling"] == "number":
            assert value == int(cell["value"])
        elif cell["spelling"] == "plain":
            assert value == cell["value"]
        elif cell["spelling"] in {"excel", "excel-long", "excel-d/m"}:
            assert value.date().isoformat() == cell["value"]


def test_nothing_but_the_truths_rows_is_below_the_header(short, read_back):
    rows = table(short.rows)
    allowed = {"Summa"}
    for file, workbook in read_back.items():
        true = rows.filter(pl.col("file") == file)
        if true.is_empty():
            continue
        sheet = workbook[true["sheet"][0]]
        numbers = {int(row) for row in true["row"]}
        code = table(short.cells).filter((pl.col("file") == file) & (pl.col("question") == "1"))["column"][0]
        header = next(cell.row for cell in sheet[code] if str(cell.value).strip().startswith("1."))
        others = [
            cell.value
            for row in sheet.iter_rows(min_row=header + 1)
            for cell in row
            if cell.row not in numbers and cell.value is not None
        ]
        footers = {"Lämnat av samordnarna gemensamt", "Frågor om uppgifterna besvaras av enheten"}
        assert all(str(value).startswith("=AVERAGE") or value in allowed | footers for value in others)


def test_every_reported_row_is_a_row_of_the_truth(ten_years):
    rows, cells = table(ten_years.rows), table(ten_years.cells)
    assert rows.select("file", "row").is_unique().all()
    assert cells.select("file", "row").unique().height == rows.height
    assert set(rows["episode"]) <= set(table(ten_years.episodes)["episode"])
    assert set(rows["person"]) <= set(table(ten_years.persons)["person"])


def test_a_row_says_of_an_episode_what_the_episode_is(ten_years, answers):
    joined = answers.join(table(ten_years.episodes), on="episode", suffix="_true")
    assert (joined["5"] == joined["enrolled"]).all()
    assert (joined["4"] == joined["age"]).all()
    assert (joined["1"] == joined["code"]).all()
    closed = joined.filter(pl.col("closed") == "1")
    assert (closed["18"] == closed["discharged"]).all()
    assert joined.filter(pl.col("closed") == "0")["18"].is_null().all()


def test_an_episode_is_closed_once_and_last(ten_years):
    by_episode = table(ten_years.rows).sort("episode", "year").group_by("episode", maintain_order=True).agg("closed")
    assert all("1" not in reported[:-1] for reported in by_episode["closed"].to_list())


def test_tables_have_the_columns_of_the_shared_set(ten_years, shared):
    for name in ("rows", "cells", "persons", "episodes"):
        assert table(ten_years.truth / f"{name}.csv").columns == table(shared / f"submissions/truth/{name}.csv").columns
    ours, theirs = (next(place.glob("*.csv")) for place in (ten_years.cohort.parent, shared / "submissions/cohort"))
    assert ours.read_text("utf-8-sig").splitlines()[0] == theirs.read_text("utf-8-sig").splitlines()[0]


# What occurs


@pytest.mark.parametrize("seed", [1, 2])
def test_every_spelling_occurs(tmp_path, ten_years, seed):
    delivery = ten_years if seed == 1 else generate(tmp_path / "d", seed=seed)
    assert set(table(delivery.cells)["spelling"]) == SPELLINGS


def test_every_office_habit_is_dealt_within_a_dozen_years_of_any_seed():
    deck = Habits(chance("any"))
    dealt = Counter(name for _ in range(60) for name in deck.deal())
    assert set(dealt) == set(HABITS)


@pytest.mark.parametrize("name", HABITS)
def test_every_office_habit_changes_the_layout(name):
    office = offices(WINDOW)[0]
    assert HABITS[name](Desk(office, 5, chance(name)), Layout()) != Layout()


def test_habits_fit_a_workbook_with_one_row_or_none():
    for rows in (0, 1):
        for name in HABITS:
            HABITS[name](Desk(offices(WINDOW)[0], rows, chance(name)), Layout())


def test_a_row_loses_its_code_or_its_date_but_never_both(ten_years):
    lost = table(ten_years.cells).filter(
        pl.col("question").is_in(["1", "5"]) & pl.col("spelling").is_in(["missing", "error"])
    )
    assert lost.height > 3
    assert lost.select("file", "row").is_unique().all()


def test_much_is_unknown_in_2021_and_less_in_2029(answers):
    share = answers.group_by("year").agg(unknown=(pl.col("6") == "999").mean())
    by_year = dict(share.rows())
    assert by_year["2021"] > 0.3 > by_year["2029"] > 0.05


def test_ninety_nine_is_declined_for_health_and_a_count_of_crimes(answers):
    assert "99" in answers["16"].to_list()
    assert "99" in [*answers["6"].to_list(), *answers["19"].to_list()]


def test_code_one_means_jarva_from_2024(answers):
    of_jarva = answers.filter(pl.col("file").str.contains("Järva"))
    assert set(of_jarva["2"]) == {"1"}
    assert min(of_jarva["year"]) == "2024"
    assert set(answers.filter(pl.col("file").str.contains("Spånga"))["2"]) == {"5"}


def test_answers_and_codes_change_between_reports(answers):
    assert answers.filter(pl.col("true_code") != pl.col("code")).height > 5
    changed = answers.group_by("episode").agg(pl.col("11", "12", "13", "14", "15").n_unique())
    assert changed.filter(pl.any_horizontal(pl.col("11", "12", "13", "14", "15") > 1)).height > 3


# Skip logic and sense


def test_schooling_follows_from_school(answers):
    for school, schooling, work in (("8", "9", "10"), ("21", "22", "23")):
        known = answers.filter(pl.col(school).is_not_null())
        assert ((known[school] == "6") == (known[schooling] == "3")).all()
        assert known.filter(pl.col(work) == "3")[school].is_in(["1", "2", "3", "4", "5"]).all()


def test_every_answer_is_one_that_its_edition_knows(ten_years):
    source = {question.no: question for question in source_form().questions}
    for cell in table(ten_years.cells).filter(pl.col("value").is_not_null()).unique(["question", "value"]).to_dicts():
        answer = source[int(cell["question"])].answer
        if answer.codes:
            assert int(cell["value"]) in {*answer.by_code, *answer.missing}
        elif answer.kind == "number":
            assert answer.low <= int(cell["value"]) <= answer.high or int(cell["value"]) in answer.missing


def test_who_is_under_fifteen_has_no_convictions(answers):
    young = answers.filter(pl.col("4").cast(pl.Int16) < 15)
    assert young.height > 20
    assert set(young["7"]) == {"0"}


def test_families_without_contact_have_not_felt_supported(answers):
    alone = answers.filter(pl.col("25") == "3")
    assert alone.height > 5
    assert set(alone["31"]) <= {"3", "4"}


def test_the_cohort_file_has_persons_without_code_and_twenty_six_that_had_ended(ten_years):
    cohort = pl.read_csv(ten_years.cohort, separator=";", infer_schema=False)
    assert cohort.height == 125
    assert 2 <= cohort["uno-kod"].null_count() <= 25
    assert (cohort["avslutad_vid_utvärderingen"] == "1").sum() == 26
    assert set(cohort["kön"]) == {"Man", "Kvinna"}


# Faults


@pytest.mark.parametrize("edition", list(forms()))
def test_a_draft_has_a_few_rows_of_its_edition(edition):
    sound = draft(edition)
    assert len(sound.rows) == 3
    assert all(set(row) == {question.no for question in sound.form.questions} for row in sound.rows)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_changes_the_draft_and_leaves_a_workbook(tmp_path, fault):
    sound = draft("sig-unga-2024")
    assert FAULTS[fault](sound) != sound
    write_faulty(tmp_path / "f.xlsx", fault, edition="sig-unga-2024")
    openpyxl.load_workbook(tmp_path / "f.xlsx")


@pytest.mark.parametrize("fault", BROKEN_FILES)
def test_a_broken_file_is_no_workbook(tmp_path, fault):
    write_faulty(tmp_path / "f.xlsx", fault)
    with pytest.raises(Exception):  # noqa: B017, PT011 - each kind has its own, all that counts is that none opens
        openpyxl.load_workbook(tmp_path / "f.xlsx")


def test_a_missing_question_is_missing_and_its_answers_with_it():
    broken = FAULTS["missing_question"](draft("sig-vuxna-2021"))
    assert ("meaningful_leisure", "enrolment") not in broken.form.by_key
    assert all(13 not in row for row in broken.rows)
    assert replace(broken, form=draft("sig-vuxna-2021").form) != broken
