"""A build of the small study: what comes out, that it adds up, and what stops it with nothing published."""

import json
import os
import shutil
import tomllib
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from sigpanel.contracts import conform, names
from sigpanel.contracts.described import stamp
from sigpanel.errors import Fault, InputError, PolicyError
from sigpanel.findings import rules
from sigpanel.forms import MOMENTS, variables
from sigpanel.forms.write_layout import PLAIN
from sigpanel.panel import open_panel, registry
from sigpanel.panel.assemble import balanced
from sigpanel.pipeline.build import build
from sigpanel.pipeline.doctor import doctor
from sigpanel.pipeline.review import review
from sigpanel.synth.faults import write_faulty
from tests.support.study import BOOKS, FARSTA_2022, changed, make_study, said, settle


@pytest.fixture(scope="module")
def panel(built):
    return open_panel(built.panel)


def table(panel, name: str, *columns: str) -> list[tuple]:
    """A table's columns as rows, sorted."""
    return sorted(panel.table(name).select(columns).collect().iter_rows(), key=str)


def stopped(study) -> InputError:
    """What stops the build of a study that has no release; nothing is published, nothing remembered."""
    with pytest.raises(InputError) as caught:
        build(study)
    assert not (study.panel / "CURRENT").exists()
    assert [path for path in study.research.rglob("*") if path.is_file() and path.name != ".lock"] == []
    assert list(study.registry.iterdir()) == []
    return caught.value


# --- what comes out -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", names())
def test_every_table_is_there_and_keeps_its_contract(panel, name):
    frame = panel.table(name).collect()
    # A first release has no history.
    assert (frame.height > 0) == (name != "id_history")
    assert conform(frame, name, variables()).equals(frame)


def test_the_episodes_are_those_that_were_reported(panel):
    assert table(panel, "episodes", "programme", "district_reported", "enrolled_on", "episode_no", "status") == [
        (programme, district, pl.Series([day]).str.to_date().item(), no, status)
        for programme, district, day, no, status in [
            ("pilot", None, "2013-05-05", 1, "closed"),
            ("pilot", None, "2014-03-01", 1, "closed"),
            ("pilot", None, "2015-01-10", 1, "ongoing"),
            ("unga", "farsta", "2022-01-20", 1, "closed"),
            ("unga", "farsta", "2022-03-01", 1, "closed"),
            ("unga", "farsta", "2022-05-02", 1, "ongoing"),
            ("unga", "farsta", "2023-04-01", 2, "closed"),
            ("unga", "jarva", "2023-05-05", 1, "closed"),
            ("unga", "jarva", "2024-02-01", 3, "ongoing"),
            ("unga", "jarva", "2024-05-02", 2, "ongoing"),
            ("unga", "rinkeby_kista", "2023-02-02", 1, "closed"),
            ("vuxna", "skarpnack", "2020-02-02", 2, "closed"),
        ]
    ]


def test_each_row_has_its_fate(panel):
    fates = panel.ledger.join(panel.submissions, on="submission_id").sort("reported_year", "district", "row")
    assert fates.select("reported_year", "district", "row", "fate", "reason").collect().rows() == [
        (2020, "skarpnack", 9, "kept", None),
        (2022, "farsta", 10, "kept", None),
        (2022, "farsta", 11, "kept", None),
        (2022, "farsta", 12, "kept", None),
        (2022, "farsta", 13, "rejected", None),
        (2022, "farsta", 14, "not_a_person", "sum"),
        (2022, "farsta", 15, "not_a_person", "blank"),
        (2022, "farsta", 16, "not_a_person", "footer"),
        (2023, "farsta", 9, "merged", None),
        (2023, "farsta", 10, "kept", None),
        (2023, "farsta", 11, "duplicate", None),
        (2023, "rinkeby_kista", 9, "kept", None),
        (2023, "rinkeby_kista", 10, "kept", None),
        (2024, "farsta", 9, "merged", None),
        (2024, "jarva", 9, "merged", None),
        (2024, "jarva", 10, "kept", None),
        (2024, "jarva", 11, "kept", None),
    ]


def test_rows_below_the_header_are_the_sum_over_fates_in_each_workbook(panel):
    fates = panel.ledger.group_by("submission_id").agg(pl.len().cast(pl.Int32).alias("n_rows"))
    assert (
        panel.submissions.select("submission_id", "n_rows")
        .sort("submission_id")
        .collect()
        .equals(fates.sort("submission_id").collect())
    )


def test_answers_are_the_full_grid(panel):
    answers, episodes = panel.answers.collect(), panel.episodes.collect()
    assert answers.height == episodes.height * len(MOMENTS) * len(variables()) == 12 * 2 * 15
    assert answers.select("episode_id", "moment", "variable").is_unique().all()


def test_an_answer_has_a_value_or_a_reason_and_never_both(panel):
    answers = panel.answers.collect()
    assert (answers["value"].is_null() == answers["missing"].is_not_null()).all()


def test_not_collected_is_just_what_the_edition_does_not_ask(panel):
    joined = panel.answers.join(panel.availability, on=["edition", "moment", "variable"], how="left").collect()
    assert joined["status"].null_count() == 0
    assert ((joined["status"] == "not_collected") == (joined["missing"].fill_null("") == "not_collected")).all()


def test_an_answer_that_was_given_names_its_cell_and_no_other_does(panel):
    answers = panel.answers.collect()
    origin = ["reported_year", "submission_id", "row", "cell"]
    is_given = answers["missing"].fill_null("") != "not_collected"
    for column in origin:
        assert (answers[column].is_not_null() == is_given).all()


def test_waves_are_the_moments_that_have_happened_with_their_answers_side_by_side(panel):
    long = panel.answers.select("episode_id", "moment", "variable", "value", "missing").collect()
    waves = panel.waves.collect()
    closed = panel.episodes.filter(pl.col("status") == "closed").collect()
    assert waves.height == panel.episodes.collect().height + closed.height
    for variable in variables():
        wide = waves.select("episode_id", "moment", pl.col(variable).alias("value"), f"{variable}__missing")
        same = wide.join(long.filter(pl.col("variable") == variable), on=["episode_id", "moment"], suffix="_long")
        assert same.height == waves.height
        assert same["value"].equals(same["value_long"])
        assert same[f"{variable}__missing"].equals(same["missing"])


@pytest.mark.parametrize(
    ("enrolled_on", "moment", "variable", "code", "value", "missing"),
    [
        ("2022-03-01", "enrolment", "suspected_crimes_before", 99, 99, None),
        ("2022-03-01", "enrolment", "mental_health", 99, None, "declined"),
        ("2022-03-01", "enrolment", "physical_health", 7, 7, None),
        ("2022-03-01", "enrolment", "work_or_internship", 3, None, "not_applicable"),
        ("2022-01-20", "enrolment", "school_functioning", None, None, "not_asked"),
        ("2022-01-20", "enrolment", "stable_housing", None, None, "blank"),
        ("2022-05-02", "enrolment", "stable_housing", None, None, "invalid"),
        ("2022-05-02", "discharge", "stable_housing", None, None, "not_yet"),
        ("2020-02-02", "enrolment", "mental_health", None, None, "not_collected"),
        ("2022-03-01", "discharge", "family_felt_supported", 1, 1, None),
        ("2022-03-01", "enrolment", "family_felt_supported", None, None, "not_collected"),
    ],
)
def test_each_kind_of_silence_stays_apart(panel, enrolled_on, moment, variable, code, value, missing):
    episode = panel.episodes.filter(pl.col("enrolled_on") == pl.lit(enrolled_on).str.to_date())
    answer = panel.answers.join(episode, on="episode_id", how="semi").filter(moment=moment, variable=variable)
    assert answer.select("code", "value", "missing").collect().rows() == [(code, value, missing)]


def test_a_change_of_answer_is_a_revision_and_the_later_one_stands(panel):
    assert table(panel, "revisions", "variable", "old_value", "old_missing", "new_value", "new_reported_year") == [
        ("physical_health", None, "unknown", 7, 2023),
        ("stable_housing", 1, None, 2, 2023),
    ]


def test_a_move_is_a_transfer_and_a_new_label_is_not(panel):
    moved = panel.episodes.filter("is_transfer").select("district", "gap_days").collect()
    assert moved.rows() == [("jarva", 0)]
    relabelled = panel.episodes.filter(pl.col("enrolled_on") == pl.date(2023, 5, 5))
    assert relabelled.select("n_reports", "is_transfer", "is_reenrolment").collect().rows() == [(2, False, False)]


def test_a_pilot_person_who_came_back_is_one_person_in_the_cohort(panel):
    back = panel.persons.filter(pl.col("in_cohort") & (pl.col("n_episodes") > 1)).collect()
    assert back.select("sex", "birth_year", "n_episodes").rows() == [("male", 1990, 2)]
    assert table(panel, "cohort", "status") == [("linked",), ("linked",), ("not_linkable",)]


def test_the_manifest_counts_what_the_release_holds(panel):
    assert panel.manifest["rows"] == {name: panel.table(name).collect().height for name in names()}
    assert sum(panel.manifest["fates"].values()) == 17
    assert panel.manifest["submissions"] == [name for (name,) in table(panel, "submissions", "submission_id")]
    assert panel.manifest["registry_digest"] is None


# --- the overview ---------------------------------------------------------------------------------------------------


def test_the_overview_adds_up(study):
    seen = build(study).overview
    assert (seen.n_rows, sum(seen.fates.values())) == (17, 17)
    assert (seen.persons, seen.episodes, seen.pilot_episodes) == (8, 9, 3)
    assert (seen.returned, seen.reenrolments, seen.transfers, seen.cohort, seen.cohort_returned) == (3, 3, 1, 3, 1)


def test_the_grid_says_received_and_missing_and_leaves_out_who_is_not_expected(study):
    grid = build(study).overview.grid
    of_2023 = grid.filter(programme="unga", reported_year=2023).select("district", "state", "n_persons").rows()
    assert of_2023 == [
        ("enskede_arsta_vantor", "missing", None),
        ("farsta", "received", 2),
        ("hasselby_vallingby", "missing", None),
        ("rinkeby_kista", "received", 2),
        ("skarholmen", "missing", None),
        ("skarpnack", "missing", None),
        ("spanga_tensta", "missing", None),
    ]
    assert set(grid.filter(programme="unga", reported_year=2024)["district"]) == {
        "enskede_arsta_vantor", "farsta", "hasselby_vallingby", "jarva", "skarholmen", "skarpnack",
    }  # fmt: skip
    assert grid.filter(programme="unga", reported_year=2020).is_empty()


# --- the ledger -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tamper",
    [
        lambda ledger: ledger[1:],
        lambda ledger: pl.concat([ledger, ledger[:1]]),
        lambda ledger: ledger.with_columns(submission_id=pl.lit("s-nobody")),
        lambda ledger: ledger.clear(),
    ],
    ids=["a row without fate", "a row with two", "rows of no workbook", "no rows"],
)
def test_a_ledger_that_does_not_add_up_is_a_fault(panel, tamper):
    submissions, ledger = panel.submissions.collect(), panel.ledger.collect()
    balanced(submissions, ledger)
    with pytest.raises(Fault) as caught:
        balanced(submissions, tamper(ledger))
    assert caught.value.code == "ledger-unbalanced"


def test_a_row_moved_from_one_workbook_to_another_does_not_balance(panel):
    submissions, ledger = panel.submissions.collect(), panel.ledger.collect()
    one, other = submissions["submission_id"][0], submissions["submission_id"][1]
    moved = ledger.with_columns(pl.col("submission_id").replace({one: other}))
    with pytest.raises(Fault, match="Source rows and fates differ in 2 workbooks"):
        balanced(submissions, moved)


def test_a_row_that_a_stage_lost_stops_the_build(released, monkeypatch):
    from sigpanel.pipeline import make as module

    whole = module.ledger
    monkeypatch.setattr(module, "ledger", lambda *given: whole(*given)[1:])
    with pytest.raises(Fault) as caught:
        build(released)
    assert caught.value.code == "ledger-unbalanced"
    assert (released.panel / "CURRENT").read_text() == "r0001\n"


# --- what stops a build ---------------------------------------------------------------------------------------------


def left_out(study, *ids: str):
    return settle(study.root, "[leave_out]", f"submissions = {list(ids)!r}")


def ids_in(error: InputError) -> list[str]:
    return [line.rpartition("[")[2].removesuffix("]") for line in error.message.splitlines() if line.endswith("]")]


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ("text_file", "workbook_is_not_xlsx"),
        ("empty_file", "workbook_is_empty"),
        ("web_page", "workbook_is_html"),
        ("half_a_workbook", "workbook_is_damaged"),
        ("missing_question", "headers_differ_from_form"),
        ("unknown_header", "headers_differ_from_form"),
        ("repeated_question", "header_stands_twice"),
        ("unknown_form", "form_not_recognised"),
        ("unknown_answers", "edition_not_known"),
        ("two_filled_sheets", "form_stands_on_two_sheets"),
    ],
)
def test_a_workbook_that_cannot_be_used_stops_the_build_and_is_named_with_rule_and_id(study, fault, rule):
    write_faulty(study.submissions / "2022" / "fel.xlsx", fault)
    error = stopped(study)
    assert error.code == "workbook-refused"
    assert error.message.splitlines()[0] == "Not every workbook can be used, so nothing was published:"
    assert error.message.splitlines()[1].startswith(f"  2022/fel.xlsx: {rules()[rule].en} ({rule}")
    assert len(ids_in(error)) == 1
    assert "[leave_out] in sigpanel.toml" in error.remedy


def test_left_out_by_its_id_a_refused_workbook_is_listed_and_the_rest_is_as_without_it(study, built):
    write_faulty(study.submissions / "2022" / "fel.xlsx", "missing_question")
    (name,) = ids_in(stopped(study))
    release = build(left_out(study, name)).tables
    submissions = release["submissions"]
    assert submissions.filter(status="refused").rows() == [(name, 2022, None, None, None, None, "refused")]
    others = open_panel(built.panel)
    assert submissions.filter(status="accepted").equals(others.submissions.collect())
    for table_name in sorted(set(names()) - {"submissions"}):
        assert release[table_name].equals(others.table(table_name).collect())


def test_leaving_out_another_workbook_does_not_help(study):
    write_faulty(study.submissions / "2022" / "fel.xlsx", "missing_question")
    assert stopped(left_out(study, "s-another")).code == "workbook-refused"


def test_every_refused_workbook_is_named_at_once(study):
    for fault in ("text_file", "missing_question", "unknown_form"):
        write_faulty(study.submissions / "2022" / f"{fault}.xlsx", fault)
    assert len(set(ids_in(stopped(study)))) == 3


def test_one_unusable_file_delivered_twice_is_left_out_twice(study):
    for name in ("fel.xlsx", "samma fel igen.xlsx"):
        write_faulty(study.submissions / "2022" / name, "text_file")
    ids = ids_in(stopped(study))
    assert len(set(ids)) == 2
    submissions = build(left_out(study, *ids)).tables["submissions"]
    assert sorted(submissions.filter(status="refused")["submission_id"]) == sorted(ids)


def test_a_file_that_nobody_may_read_can_be_left_out_too(study, monkeypatch):
    def denied(path):
        raise PermissionError(13, "Permission denied", str(path))

    write_faulty(study.submissions / "2022" / "fel.xlsx", "text_file")
    monkeypatch.setattr(Path, "read_bytes", denied)
    ids = ids_in(stopped(study))
    assert len(ids) == 1
    monkeypatch.undo()


def test_two_different_workbooks_for_one_place_stop_the_build(study):
    other = replace(FARSTA_2022, file="2022/Farsta igen.xlsx", rows=[said("VV0801", "2022-04-04", 13)], layout=PLAIN)
    other.write(study.submissions)
    error = stopped(study)
    assert error.code == "two-workbooks-for-one-place"
    names = ["2022/Farsta igen.xlsx", FARSTA_2022.file]
    assert sorted(error.message.splitlines()[1:]) == [f"  {name}" for name in names]
    assert error.remedy.startswith("Ask the district; `sigpanel check` tells which rows differ.")
    pasted = tomllib.loads(error.remedy.partition("sigpanel.toml:")[2])
    assert pasted == {"replacements": [{"file": names[1], "replaces": names[0]}]}
    assert f'# [[parts]]\n# files = ["{names[0]}", "{names[1]}"]' in error.remedy


def test_the_same_workbook_delivered_twice_counts_once(study, built):
    FARSTA_2022.write(study.submissions / "2022" / "kopia")
    (study.submissions / "2022" / "kopia" / "2022").rename(study.submissions / "2022" / "en kopia")
    shutil.rmtree(study.submissions / "2022" / "kopia")
    tables = build(study).tables
    assert tables["submissions"]["status"].value_counts().sort("status").rows() == [("accepted", 6), ("superseded", 1)]
    once = open_panel(built.panel)
    assert tables["episodes"].equals(once.episodes.collect())
    assert tables["persons"].equals(once.persons.collect())
    assert tables["answers"].equals(once.answers.collect())
    copy = tables["submissions"].filter(status="superseded")
    fates = tables["ledger"].join(copy, on="submission_id", how="semi")
    assert set(fates["fate"]) <= {"duplicate", "not_a_person"}
    assert fates.height == copy["n_rows"].item() == 7
    assert "same_delivery_twice" in set(tables["findings"]["rule"])


def test_a_file_outside_the_folder_of_a_year_stops_the_build(study):
    FARSTA_2022.write(study.submissions / "inkommet")
    assert stopped(study).code == "submission-without-year"


@pytest.mark.parametrize("name", ["~$Farsta unga.xlsx", ".DS_Store", ".hidden/Farsta.xlsx"])
def test_what_excel_and_systems_leave_lying_about_is_no_delivery(study, name):
    path = study.submissions / "2023" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"left lying about")
    assert build(study).tables["submissions"].height == 6


def test_a_file_may_be_called_anything_even_what_is_no_text(study, built):
    folder = study.submissions / "2023"
    (folder / "Farsta unga.xlsx").rename(folder / os.fsdecode(b"H\xe4sselby.xlsx"))
    tables = build(study).tables
    assert tables["persons"].equals(open_panel(built.panel).persons.collect())
    assert "2023/H\\xe4sselby.xlsx" in set(registry.read_intake(study.registry)["file"])
    (folder / os.fsdecode(b"\xff.xlsx")).write_bytes(b"")
    with pytest.raises(InputError, match=r"2023/\\xff\.xlsx: The file is empty. \(workbook_is_empty\)"):
        build(study)


def test_a_study_without_a_usable_workbook_has_nothing_to_build(tmp_path):
    assert stopped(make_study(tmp_path / "study", books=())).code == "no-workbooks"


def test_a_study_without_a_cohort_is_built_all_the_same(tmp_path):
    tables = build(make_study(tmp_path / "study", cohort=None)).tables
    assert (tables["episodes"].height, tables["cohort"].height) == (9, 0)


def test_a_workbook_without_persons_is_accepted_as_received(study):
    replace(FARSTA_2022, file="2022/tom.xlsx", rows=(), layout=PLAIN).write(study.submissions)
    tables = build(study).tables
    assert tables["submissions"].filter(pl.col("district").is_null()).height == 1
    assert tables["episodes"].height == 12


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("deltagare;uno-kod\r\nS-1;QX0619\r\n", "there is no column for"),
        (
            "deltagare;uno-kod;kön;födelseår;inskriven;avslutad;anteckning\r\nS-1;QX0619;Man;1990;;;Kanarie\r\n",
            "the headers in G1 are not known",
        ),
        ("deltagare;uno-kod;kön;inskriven;avslutad\r\nS-1;QX0619;Man;;\r\n", "there is no column for birth_year"),
        (
            "deltagare;uno-kod;kön;födelseår;inskriven;avslutad\r\nS-1;QX0619;Man\r\n",
            "(workbook_is_damaged, row 2)",
        ),
    ],
)
def test_a_cohort_file_that_cannot_be_used_stops_the_build(tmp_path, text, says):
    error = stopped(make_study(tmp_path / "study", cohort=text))
    assert error.code == "cohort-file"
    assert says in error.message


def test_two_cohort_persons_with_one_study_id_stop_the_build(tmp_path):
    head = "deltagare;uno-kod;kön;födelseår;inskriven;avslutad\r\n"
    rows = "S-1;QX0619;Man;1990;2014-01-01;\r\nS-1;ZW0708;Man;1991;2014-01-01;\r\n"
    assert stopped(make_study(tmp_path / "study", cohort=head + rows)).code == "cohort-study-ids"


# --- releases after the first ---------------------------------------------------------------------------------------


def test_a_refused_workbook_leaves_the_live_release_and_its_registry_as_they_were(released):
    before = registry.read_live(released.panel, released.registry)
    write_faulty(released.submissions / "2022" / "fel.xlsx", "missing_question")
    with pytest.raises(InputError):
        build(released)
    assert open_panel(released.panel).release == "r0001"
    assert registry.read_live(released.panel, released.registry).equals(before)


def test_an_earlier_registry_under_the_live_name_stops_build_and_review_and_is_seen_by_doctor(tmp_path):
    study = make_study(tmp_path / "study", books=BOOKS[:1], cohort=None)
    build(study)
    shutil.copytree(make_study(tmp_path / "whole").submissions, study.submissions, dirs_exist_ok=True)
    build(study)
    shutil.copy(study.registry / "r0001.parquet", study.registry / "r0002.parquet")
    for command in (build, review):
        with pytest.raises(InputError) as caught:
            command(study)
        assert caught.value.code == "registry-behind"
    assert open_panel(study.panel).release == "r0002"
    assert [look.is_well for look in doctor(study.root) if look.what == "registry"] == [False]


def test_a_key_that_is_not_the_live_releases_is_refused(released, tmp_path):
    (tmp_path / "study.key").write_bytes(bytes(32))
    with pytest.raises(PolicyError) as caught:
        build(released)
    assert caught.value.code == "key-of-another-panel"
    assert [path.name for path in released.panel.iterdir() if path.is_dir()] == ["r0001"]


def test_a_corrected_date_keeps_the_ids_of_episode_and_person(released):
    before = open_panel(released.panel)
    rows = (said("ÅX0809", "2023-05-15", 14), said("QZ0910", "2023-02-02", 13, "2023-09-01", sex=2))
    for book in changed(BOOKS, "2023/Rinkeby-Kista unga.xlsx", rows=rows):
        book.write(released.submissions)
    later = [said("ÅX0809", "2023-05-15", 14, "2024-03-03"), *BOOKS[5].rows[1:]]
    replace(BOOKS[5], rows=later).write(released.submissions)
    after = build(released).tables
    for name, key in {"episodes": "episode_id", "persons": "person_id"}.items():
        assert sorted(after[name][key]) == sorted(before.table(name).collect()[key])


def test_a_later_year_adds_and_renumbers_nothing(tmp_path):
    study = make_study(tmp_path / "study", books=BOOKS[:4])
    first = build(study).tables
    for book in BOOKS[4:]:
        book.write(study.submissions)
    second = build(study).tables
    for name, key in {"episodes": ["person_id", "episode_id", "episode_no"], "persons": ["person_id"]}.items():
        assert first[name].join(second[name], on=key, how="anti").is_empty()
    assert second["episodes"].height > first["episodes"].height


def test_where_each_submission_lies_stands_in_the_owners_room_alone(built):
    intake = registry.read_intake(built.registry)
    assert set(intake["file"]) == {book.file for book in BOOKS}
    assert set(intake["submission_id"]) == set(open_panel(built.panel).submissions.collect()["submission_id"])


@pytest.mark.parametrize("version", ["0.9.0", None])
def test_a_panel_whose_live_release_keeps_another_contract_is_built_anew_with_all_its_ids(released, version):
    before = open_panel(released.panel).episodes.collect()
    path = released.panel / "r0001" / "manifest.json"
    manifest = {**json.loads(path.read_bytes()), "contract_version": version}
    path.write_text(json.dumps(manifest))
    with pytest.raises(InputError) as caught:
        open_panel(released.panel)
    assert caught.value.code == "release-of-another-contract"
    assert build(released).release == "r0002"
    assert open_panel(released.panel).episodes.collect().equals(before)


def test_a_release_says_which_contract_it_keeps(panel):
    assert {name: panel.manifest[name] for name in stamp()} == dict(stamp())
    told = pl.read_parquet_metadata(panel.path / "waves.parquet")
    assert told["sigpanel.contract_digest"] == panel.manifest["contract_digest"]
