"""Two workbooks for one place, and where a workbook says that it belongs: what counts, what stops, what is remarked on.

Each test adds workbooks to the small study's Farsta 2023, which has three rows, of which the last repeats the second.
"""

import datetime as dt
import shutil
from dataclasses import replace

import polars as pl
import pytest

from sigpanel.errors import InputError
from sigpanel.forms import form
from sigpanel.forms.write import write_form
from sigpanel.panel import open_panel
from sigpanel.pipeline.build import build
from sigpanel.pipeline.check import check
from sigpanel.pipeline.study import open_study
from tests.support.study import BOOKS, Book, said, settle

FARSTA = next(book for book in BOOKS if book.file.startswith("2023/Farsta"))
ONE, TWO = said("VV0801", "2023-04-04", 14), said("VW0802", "2023-05-05", 14)


def add(study, file: str, *rows, like: Book = FARSTA) -> Book:
    book = replace(like, file=file, rows=rows)
    book.write(study.submissions)
    return book


def tables(study, *settings: str) -> dict[str, pl.DataFrame]:
    return build(settle(study.root, *settings)).tables


def stopped(study, *settings: str) -> InputError:
    with pytest.raises(InputError) as caught:
        build(settle(study.root, *settings))
    return caught.value


def fates(made, year: int = 2023, district: str = "farsta") -> list[tuple]:
    """(status, n_rows, fates) of each workbook of the place."""
    books = made["submissions"].filter(reported_year=year, district=district)
    rows = made["ledger"].join(books, on="submission_id").sort("submission_id", "row")
    told = rows.group_by("submission_id").agg(pl.concat_str("fate", pl.col("reason").fill_null("")).alias("fates"))
    return sorted(books.join(told, on="submission_id").select("status", "n_rows", "fates").rows())


def rules(study) -> dict[str, list[str]]:
    """The rules of scope delivery that `check` finds, with the files."""
    checked = check([study.submissions], study=open_study(study.root))
    names = [source.name for source in checked.delivery.sources]
    found = checked.findings.filter(pl.col("row").is_null()).sort("submission_no")
    return {
        rule: [names[number] for number in found.filter(rule=rule)["submission_no"]]
        for rule in found["rule"].unique(maintain_order=True)
    }


# --- identical rows ---------------------------------------------------------------------------------------------------


def test_a_workbook_whose_every_row_stands_in_another_adds_nothing_and_is_told(study):
    add(study, "2023/utdrag.xlsx", FARSTA.rows[1], FARSTA.rows[1])
    made = tables(study)
    assert fates(made) == [
        ("accepted", 3, ["merged", "kept", "duplicate"]),
        ("superseded", 2, ["duplicateother_workbook", "duplicate"]),
    ]
    assert rules(study)["workbook_within_another"] == ["2023/utdrag.xlsx"]


def test_the_same_rows_under_other_headers_and_in_another_order_are_the_same_rows(study):
    layout = replace(FARSTA.layout, leading_rows=2, leading_columns=1, moved=(12, 8))
    replace(FARSTA, file="2023/annan.xlsx", layout=layout, rows=FARSTA.rows[::-1]).write(study.submissions)
    assert [status for status, *_ in fates(tables(study))] == ["accepted", "superseded"]


def test_one_row_that_the_other_does_not_have_makes_two_workbooks_contend(study):
    add(study, "2023/utdrag.xlsx", FARSTA.rows[0], ONE)
    error = stopped(study)
    assert error.code == "two-workbooks-for-one-place"
    assert error.message.splitlines()[1:] == [f"  {FARSTA.file}", "  2023/utdrag.xlsx"]
    assert rules(study)["two_deliveries_for_one_district"] == [FARSTA.file, "2023/utdrag.xlsx"]


# --- declared ---------------------------------------------------------------------------------------------------------


def replaces(file: str, other: str) -> tuple[str, ...]:
    return ("[[replacements]]", f'file = "{file}"', f'replaces = "{other}"')


def parts(*files: str) -> tuple[str, ...]:
    return ("[[parts]]", f"files = {list(files)!r}")


def test_a_declared_replacement_supersedes_every_row_of_the_other(study):
    add(study, "2023/ny.xlsx", ONE)
    made = tables(study, *replaces("2023/ny.xlsx", FARSTA.file))
    assert fates(made) == [("accepted", 1, ["kept"]), ("superseded", 3, ["superseded"] * 3)]
    assert rules(study)["replaced_by_another"] == [FARSTA.file]


def test_a_replaced_workbook_may_be_one_that_cannot_be_read(study):
    (study.submissions / "2023" / "trasig.xlsx").write_bytes(b"PK\x03\x04")
    assert stopped(study).code == "workbook-refused"
    made = tables(study, *replaces(FARSTA.file, "2023/trasig.xlsx"))
    assert made["submissions"]["status"].value_counts().sort("status").rows() == [("accepted", 6), ("refused", 1)]


def test_of_a_chain_of_replacements_the_last_one_holds(study):
    add(study, "2023/b.xlsx", ONE)
    add(study, "2023/c.xlsx", TWO)
    made = tables(study, *replaces("2023/b.xlsx", FARSTA.file), *replaces("2023/c.xlsx", "2023/b.xlsx"))
    assert [status for status, *_ in fates(made)] == ["accepted", "superseded", "superseded"]


@pytest.mark.parametrize(
    "pairs",
    [
        [("2023/b.xlsx", "2023/b.xlsx")],
        [("2023/b.xlsx", FARSTA.file), (FARSTA.file, "2023/b.xlsx")],
        [("2023/b.xlsx", FARSTA.file), ("2023/c.xlsx", FARSTA.file)],
    ],
)
def test_replacements_of_which_none_holds_in_the_end_stop_the_build(study, pairs):
    add(study, "2023/b.xlsx", ONE)
    add(study, "2023/c.xlsx", TWO)
    assert stopped(study, *(line for pair in pairs for line in replaces(*pair))).code == "replacements-unclear"


def test_declared_parts_are_one_report_and_a_row_of_both_counts_once(study):
    add(study, "2023/del 2.xlsx", FARSTA.rows[0], ONE)
    made = tables(study, *parts(FARSTA.file, "2023/del 2.xlsx"))
    assert fates(made) == [
        ("accepted", 2, ["duplicateother_workbook", "kept"]),
        ("accepted", 3, ["merged", "kept", "duplicate"]),
    ]
    grid = check([study.submissions], study=open_study(study.root)).grid
    assert grid.filter(district="farsta", reported_year=2023, programme="unga")["n_persons"].to_list() == [3]


def test_what_was_declared_stands_in_the_manifest_by_ids(study):
    add(study, "2023/ny.xlsx", ONE)
    add(study, "2023/del 2.xlsx", TWO)
    lines = [*replaces("2023/ny.xlsx", FARSTA.file), *parts("2023/ny.xlsx", "2023/del 2.xlsx")]
    made = tables(study, *lines, "[[districts]]", f'file = "{FARSTA.file}"', 'district = "farsta"')
    books = made["submissions"].filter(reported_year=2023, district="farsta")
    live = sorted(books.filter(status="accepted")["submission_id"])
    old = books.filter(status="superseded")["submission_id"].item()
    told = open_panel(study.panel).manifest["declared"]
    assert told == {"replaced": {old: told["replaced"][old]}, "parts": [live], "districts": {old: "farsta"}}
    assert told["replaced"][old] in live


def test_a_third_workbook_that_is_no_declared_part_contends_with_the_parts(study):
    add(study, "2023/del 2.xlsx", ONE)
    add(study, "2023/del 3.xlsx", TWO)
    error = stopped(study, *parts(FARSTA.file, "2023/del 2.xlsx"))
    assert error.code == "two-workbooks-for-one-place"
    assert len(error.message.splitlines()) == 4


@pytest.mark.parametrize("declare", [replaces, parts])
def test_workbooks_of_different_places_are_neither_parts_nor_replacements(study, declare):
    other = next(book for book in BOOKS if book.file.startswith("2023/Rinkeby"))
    error = stopped(study, *declare(FARSTA.file, other.file))
    assert (error.code, error.message.splitlines()[1:]) == (
        "declared-of-several-places",
        [f"  {FARSTA.file}", f"  {other.file}"],
    )


def test_a_declaration_of_a_file_that_is_not_there_stops_the_build_and_the_check(study):
    lines = replaces("2023/ny.xlsx", FARSTA.file)
    assert stopped(study, *lines).code == "declared-file-missing"
    assert stopped(study, *lines).message.splitlines()[1:] == ["  2023/ny.xlsx"]
    with pytest.raises(InputError):
        check([study.submissions], study=open_study(study.root))


def test_a_file_may_be_declared_with_other_slashes_and_in_decomposed_letters(study):
    add(study, "2023/Fårsta.xlsx", ONE)
    made = tables(study, "[[replacements]]", "file = '2023\\Fa\u030arsta.xlsx'", f'replaces = "{FARSTA.file}"')
    assert [status for status, *_ in fates(made)] == ["accepted", "superseded"]


def test_whose_an_empty_form_is_can_be_declared_and_then_the_district_has_reported(study):
    write_form(study.submissions / "2023" / "tom.xlsx", form("sig-unga-2022"))
    made = tables(study, "[[districts]]", 'file = "2023/tom.xlsx"', 'district = "skarpnack"')
    assert made["submissions"].filter(district="skarpnack", reported_year=2023)["n_rows"].to_list() == [0]
    checked = check([study.submissions], study=open_study(study.root))
    place = checked.grid.filter(district="skarpnack", reported_year=2023, programme="unga")
    assert place.select("state", "n_persons").rows() == [("received", 0)]
    assert "workbook_without_persons" not in rules(study)


def test_names_of_files_change_no_byte_of_a_release_also_where_they_are_declared(study):
    add(study, "2023/ny.xlsx", ONE)
    build(settle(study.root, *replaces("2023/ny.xlsx", FARSTA.file)))
    first = {path.name: path.read_bytes() for path in (study.panel / "r0001").iterdir()}
    shutil.rmtree(study.panel)
    shutil.rmtree(study.registry)
    for folder in (study.panel, study.registry):
        folder.mkdir()
    (study.submissions / "2023" / "ny.xlsx").rename(study.submissions / "2023" / "a.xlsx")
    build(settle(study.root, *replaces("2023/a.xlsx", FARSTA.file)))
    assert {path.name: path.read_bytes() for path in (study.panel / "r0001").iterdir()} == first


# --- where a workbook belongs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("SIG unga 2023 Skarpnäck", "district_differs_from_file_name"),
        ("från Skarpnäck/SIG", "district_differs_from_file_name"),
        ("SIG_hasselby_vallingby", "district_differs_from_file_name"),
        ("Farsta vuxna", "programme_differs_from_file_name"),
        ("Farsta 2022", "year_differs_from_file_name"),
        ("Farsta SIG-unga 2023", None),
        ("Farsta och Skarpnäck", None),
        ("Farsta inskickad 2024-01-12", None),
        ("240112 Farsta", None),
        ("SIG 2022-2023", None),
        ("Tungan", None),
    ],
)
def test_a_name_that_says_another_place_is_a_finding_and_one_that_says_several_or_none_is_not(study, name, rule):
    path = study.submissions / "2023" / f"{name}.xlsx"
    path.parent.mkdir(exist_ok=True)
    (study.submissions / FARSTA.file).rename(path)
    found = rules(study)
    assert [one for one in found if one.endswith("_from_file_name")] == ([rule] if rule else [])
    if rule:
        assert found[rule] == [f"2023/{name}.xlsx"]


def test_the_new_name_of_a_merged_district_is_no_other_district(study):
    (study.submissions / "2023" / "Rinkeby-Kista unga.xlsx").rename(study.submissions / "2023" / "Järva.xlsx")
    assert "district_differs_from_file_name" not in rules(study)


def row_rules(study, file: str) -> set[str]:
    checked = check([study.submissions], study=open_study(study.root))
    numbers = {source.name: number for number, source in enumerate(checked.delivery.sources)}
    return set(checked.findings.filter(submission_no=numbers[file])["rule"])


LATER = [said(f"VV080{day}", "2024-03-04", 15) for day in range(1, 4)]
EARLIER = [said(f"VV080{day}", "2021-03-04", 12, "2022-12-31") for day in range(1, 4)]
NOW = said("VX0805", "2023-03-04", 14)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (LATER, {"year_contradicts_content"}),
        ([*LATER, NOW, NOW], {"year_contradicts_content", "row_stands_twice"}),
        ([*LATER[:2], NOW], {"year_contradicts_content"}),
        ([LATER[0], NOW, TWO], {"enrolled_after_reporting_year"}),
        (LATER[:2], {"enrolled_after_reporting_year"}),
        (EARLIER, {"year_contradicts_content"}),
        ([*EARLIER, NOW], set()),
        (EARLIER[:2], set()),
    ],
)
def test_dates_of_another_year_are_one_finding_of_the_workbook_and_not_one_of_each_row(study, rows, expected):
    add(study, "2023/Farsta.xlsx", *rows)
    study = settle(study.root, *replaces("2023/Farsta.xlsx", FARSTA.file))
    assert row_rules(study, "2023/Farsta.xlsx") == expected


def test_what_came_after_the_fifteenth_of_january_is_told_where_that_is_declared(study):
    days = {FARSTA.file: "2024-01-16", "2023/Rinkeby-Kista unga.xlsx": "2024-01-15"}
    settle(study.root, "[received]", *(f'"{name}" = {day}' for name, day in days.items()))
    assert rules(study)["received_after_deadline"] == [FARSTA.file]
    missing = check([study.submissions], study=open_study(study.root)).grid.filter(state="missing", reported_year=2023)
    assert set(missing["due_on"]) == {dt.date(2024, 1, 15)}
