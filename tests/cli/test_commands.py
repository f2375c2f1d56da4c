"""Every command: what it answers, on which stream, with which exit code."""

import json
import re
import shutil
from pathlib import Path

import pytest

from sigpanel.findings import rules
from sigpanel.forms import forms
from sigpanel.key import salts
from sigpanel.panel import open_panel
from sigpanel.synth.faults import write_faulty
from tests.cli.running import run, written_below
from tests.support.blank import fill, ongoing, sound
from tests.support.extracts import issued, study_with_keys
from tests.support.study import FARSTA_2022


def test_init_makes_an_empty_study_that_only_the_owner_can_look_into(tmp_path):
    answer = run("init", tmp_path / "study")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines() == [
        f"Made an empty study in {tmp_path / 'study'}.",
        "Next: put workbooks in owner/submissions/<year>/, make a key with `sigpanel key new FILE`, and build.",
    ]
    assert {path.name for path in (tmp_path / "study").iterdir()} == {"sigpanel.toml", "owner", "research"}
    assert (tmp_path / "study" / "owner").stat().st_mode & 0o777 == 0o700


def test_a_key_is_made_and_told_by_its_id_alone(tmp_path):
    made = run("key", "new", tmp_path / "sig.key")
    assert (made.code, made.err) == (0, "")
    secret = (tmp_path / "sig.key").read_bytes()
    run("init", tmp_path / "study")
    (tmp_path / "study" / "sigpanel.toml").write_text(f'key_file = "{tmp_path / "sig.key"}"\n')
    shown = run("key", "show", "--study", tmp_path / "study")
    assert (shown.code, len(shown.out)) == (0, 11)
    assert f"id {shown.out.strip()}" in made.out
    assert not any(form in made.all + shown.all for form in (secret.hex(), str(secret), secret.decode("latin-1")))


def test_build_ends_with_the_grid_the_sums_and_where_the_panel_is(study):
    answer = run("build", "--study", study.root)
    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.splitlines()
    found = dict(open_panel(study.panel).findings.collect()["severity"].value_counts().iter_rows())
    assert lines[0].split() == ["SIG", "unga:", "rows", "(bortfall)", "2022", "2023", "2024"]
    assert lines[-16:] == [
        "Rows      17 below the headers = 1 duplicate, 9 kept, 3 merged, 3 not_a_person, 1 rejected",
        f"Findings  {found['error']} errors, {found['warning']} warnings, {found['note']} notes",
        "Persons   8, with 9 episodes in SIG and 3 in the pilot",
        "Returns   3 persons came back: 3 re-enrolments; besides, 1 transfer between districts and 0 renewed decisions",
        "Linkage   of the linked pairs some 95.5% to 100.0% are right, and some 98.7% to 100.0% of the right ones are "
        "linked;",
        f"          came back: 37.5% to 37.5% of persons. See {study.reports / 'kopplingskvalitet-r0001.html'}",
        "Cohort    3 persons of 2013–2016, of whom 1 were in SIG again (2017–2024 are not observed)",
        "          2 linked, 1 not_linkable; back within the follow-up: 1 yes, 0 no, 2 cannot be known",
        "          published: 125 ±5 participants in all; 3 in our files, outside tolerance",
        "          published: 49 interviewed; not told by our files",
        "          published: 30 interviewed, earlier version; not told by our files",
        "          published: 26 ended when evaluated; not told by our files",
        "Re-sent   Farsta unknown, Järva unknown, Skarpnäck unknown",
        "",
        f"Release r0001 is live in {study.panel}",
        f'Open it:  sigpanel.open_panel("{study.panel}")',
    ]


def test_check_tells_each_workbook_its_findings_by_cell_and_exits_with_1_for_errors(study):
    answer = run("check", study.submissions)
    assert (answer.code, answer.err) == (1, "")
    lines = [re.sub(r" \[s[a-z2-7]{26}\]$", "", line) for line in answer.out.splitlines()]
    assert lines[:3] == [
        "2020/Skarpnäck vuxna.xlsx: godkänd (sig-vuxna-2020)",
        f"{FARSTA_2022.file}: godkänd med anmärkningar (sig-unga-2022)",
        "  varning   own_column_dropped  E9",
    ]
    assert "  fel       uno_unreadable  A12" in lines
    assert "2023/Rinkeby-Kista unga.xlsx: godkänd (sig-unga-2022)" in lines


def test_check_of_workbooks_without_errors_exits_with_0(study):
    assert run("check", study.submissions / "2024", study.submissions / "2020").code == 0


def test_check_of_a_file_that_is_no_workbook_exits_with_3_and_checks_the_others(tmp_path, written):
    folder = Path(shutil.copytree(written.submissions / "2024", tmp_path / "2024"))
    write_faulty(folder / "anteckningar.xlsx", "text_file")
    answer = run("check", folder)
    assert (answer.code, answer.err) == (3, "")
    assert "anteckningar.xlsx: refuserad\n  fel       workbook_is_not_xlsx\n" in answer.out
    assert "Järva unga.xlsx: godkänd (sig-unga-2024)\n" in answer.out


def test_check_of_workbooks_outside_a_study_needs_no_key_and_writes_nothing(written, tmp_path):
    shutil.copytree(written.submissions, tmp_path / "elsewhere")
    before = written_below(tmp_path)
    assert run("check", tmp_path / "elsewhere").code == 1
    assert written_below(tmp_path) == before


def test_trace_leads_from_an_answer_to_its_cell_and_the_rule_that_chose_it(built):
    panel = open_panel(built.panel)
    episode = panel.revisions.collect()["episode_id"][0]
    submissions = panel.submissions.filter(programme="unga", district="farsta").collect()
    named = dict(submissions.select("reported_year", "submission_id").iter_rows())
    answer = run("trace", episode, "stable_housing", "--study", built.root)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines() == [
        "enrolment: code 2",
        f"  Q11 of sig-unga-2022, reported for 2023, workbook {named[2023]}, cell K9",
        "  rule: the last readable answer stands",
        "discharge: code 1",
        f"  Q24 of sig-unga-2022, reported for 2023, workbook {named[2023]}, cell X9",
        "  rule: the last readable answer stands",
        "2 reports of the episode:",
        f"  2022  kept  workbook {named[2022]}, row 10",
        f"  2023  merged  workbook {named[2023]}, row 9",
        "revised: 1 (2022) → 2 (2023)",
    ]


def test_form_writes_the_edition_of_the_year_and_says_where(tmp_path):
    answer = run("form", "unga", "--year", "2023", "--out", tmp_path)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == f"Wrote the blank form sig-unga-2022 to {tmp_path / 'SIG-unga-2023.xlsx'}.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["SIG-unga-2023.xlsx"]


def test_form_says_of_a_stand_in_that_it_is_one(tmp_path):
    answer = run("form", "vuxna", "--year", "2022", "--out", tmp_path / "f.xlsx")
    assert (answer.code, answer.out) == (0, f"Wrote the blank form sig-vuxna-2021 to {tmp_path / 'f.xlsx'}.\n")
    assert answer.err == (
        "sig-vuxna-2021 is a stand-in: the city's own form was not among our sources. "
        "Compare the two before you send it out.\n"
    )


def test_a_blank_form_filled_in_as_asked_is_accepted_without_a_finding(tmp_path):
    described = forms()["sig-unga-2024"]
    run("form", "unga", "--year", "2026", "--out", tmp_path)
    fill(tmp_path / "SIG-unga-2026.xlsx", described, [sound(described, 2026), ongoing(described, 2026, "BO")])
    answer = run("check", tmp_path / "SIG-unga-2026.xlsx", "--year", "2026")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("SIG-unga-2026.xlsx: godkänd (sig-unga-2024)\n\n")


@pytest.mark.parametrize(
    ("rule", "concerns"),
    [
        ("row_rejected", "raden som helhet."),
        ("workbook_is_xls", "arbetsboken som helhet."),
        ("answer_left_blank", "vilken fråga som helst."),
        ("uno_unreadable", "fråga 1: UNO-kod"),
        ("age_against_birth_year", "fråga 1, 4, 5: UNO-kod; Ålder (år); Inskrivningsdatum (beslut)"),
        ("discharge_answers_without_discharge", "fråga 18–32: Utskrivningsdatum; Misstänkta brott under insatsen "
         "(antal); Dömda brott under insatsen (antal) …"),
    ],
)  # fmt: skip
def test_explain_tells_a_rule_in_both_languages_with_what_it_concerns_and_what_to_do(rule, concerns):
    answer = run("explain", rule)
    known = rules()[rule]
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines() == [
        f"{rule} ({known.severity}, {known.scope})",
        f"  {known.sv} {known.do_sv}",
        f"  {known.en} {known.do_en}",
        f"  Gäller {concerns}",
    ]


def test_explain_without_a_rule_lists_all_of_them_by_scope_in_the_catalogue_s_order():
    answer = run("explain")
    assert (answer.code, answer.err) == (0, "")
    heads = [line for line in answer.out.splitlines() if line and not line.startswith(" ")]
    assert heads == [
        "Filen", "Enskilda svar", "Inom en rad", "Mellan rader", "Mot tidigare år", "Leveransen som helhet",
    ]  # fmt: skip
    told = [line.split(maxsplit=2) for line in answer.out.splitlines() if line.startswith(" ")]
    assert told == [[one.severity, one.name, one.sv] for one in rules().values()]
    assert [one["name"] for one in json.loads(run("explain", "--json").out)] == list(rules())


def test_the_questions_of_a_rule_stand_in_its_json_by_programme():
    asked = json.loads(run("explain", "age_implausible", "--json").out)["questions"]
    assert asked == [
        {"programme": programme, "edition": edition, "question": "Q4", "variable": "age", "moment": "enrolment",
         "label_sv": "Ålder (år)"}
        for programme, edition in [("unga", "sig-unga-2024"), ("vuxna", "sig-vuxna-2024")]
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "remedy"),
    [
        ("age_inplausible", "Near it are: age_implausible, uno_day_impossible, value_is_boolean."),
        ("QX0619", "`sigpanel explain` lists every rule."),
        ("approval-expired", "What to do stands above it, after the arrow; docs/refusals.md has every code."),
    ],
)
def test_explain_of_a_rule_nobody_knows_names_those_near_it(rule, remedy):
    answer = run("explain", rule, "--json")
    assert (answer.code, answer.out, json.loads(answer.err)["remedy"]) == (2, "", remedy)


def test_doctor_finds_nothing_wrong_with_a_sound_study(built):
    answer = run("doctor", "--study", built.root)
    assert (answer.code, answer.err) == (0, "")
    assert "!!" not in answer.out
    assert "ok  release        r0001\nok  registry       in step with the live release" in answer.out


def test_doctor_has_a_row_for_each_key_the_salts_and_the_logs(built):
    looks = {look["what"]: look["says"] for look in json.loads(run("doctor", "--study", built.root, "--json").out)}
    assert looks["manager's key"] == "none set; needed once an extract is to be made"
    assert looks["salts"] == "none yet"
    assert (
        looks["logs"] == "extracts 0, owner 0 lines, as they should be; not held to its end without its key: extracts"
    )


def test_doctor_says_that_a_key_is_not_the_live_releases(released, tmp_path):
    other = tmp_path / "other.key"
    other.write_bytes(b"another key of thirty-two bytes.")
    other.chmod(0o600)
    settings = released.root / "sigpanel.toml"
    settings.write_text(f'key_file = "{other}"\n', encoding="utf-8")
    wrong = looked_at(released)
    assert wrong.keys() == {"key"}
    assert wrong["key"].startswith("The live release was made with another key.")


def test_doctor_says_what_is_wrong_with_logs_and_salts(tmp_path):
    study = study_with_keys(tmp_path / "study")
    folder = issued(study)
    assert looked_at(study) == {}
    (folder / "persons.parquet").unlink()
    salts.destroy_salt(study.manager_key_file(), "demo-v1")
    wrong = looked_at(study)
    assert wrong.keys() == {"salts", "logs"}
    assert "demo-v1" in wrong["salts"]
    assert "extract-files-missing" in wrong["logs"]
    settings = study.root / "sigpanel.toml"
    settings.write_text(settings.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    assert looked_at(study).keys() == {"logs"}


def test_doctor_says_nothing_of_salts_where_the_managers_key_is_not_where_it_is_set(tmp_path):
    study = study_with_keys(tmp_path / "study")
    issued(study)
    study.manager_key_file().rename(study.manager_key_file().with_name("another"))
    looks = {look["what"]: look for look in json.loads(run("doctor", "--study", study.root, "--json").out)}
    assert {what for what, look in looks.items() if not look["is_well"]} >= {"manager's key", "logs"}
    assert looks["salts"]["says"] == "not looked at: they lie beside the manager's key"
    assert "key-missing" in looks["logs"]["says"]


def test_for_doctor_a_managers_key_that_is_held_elsewhere_is_a_note(tmp_path):
    study = study_with_keys(tmp_path / "study")
    issued(study)
    settings = study.root / "sigpanel.toml"
    settings.write_text(settings.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    answer = run("doctor", "--study", study.root)
    assert answer.code == 0
    assert "none set here; there are extracts, so whoever makes them holds it" in answer.out
    assert "extracts 1, owner 0 lines, as they should be; not held to its end without its key: extracts" in answer.out


def looked_at(study) -> dict[str, str]:
    looks = json.loads(run("doctor", "--study", study.root, "--json").out)
    return {look["what"]: look["says"] for look in looks if not look["is_well"]}


def test_doctor_says_what_is_wrong_and_what_to_do(released, tmp_path):
    released.owner.chmod(0o755)
    (tmp_path / "study.key").unlink()
    (released.registry / "r0001.parquet").unlink()
    wrong = looked_at(released)
    assert wrong.keys() == {"owner room", "key", "registry"}
    assert wrong["owner room"] == "others can look in. Run `chmod 700 owner`."
    assert wrong["registry"].endswith("Bring owner/registry/r0001.parquet back from a backup.")
    assert run("doctor", "--study", released.root).code == 1


def test_doctor_counts_the_cohorts_files_and_names_none_that_cannot_be_read(study):
    assert "ok  cohort         files that can be read: 1" in run("doctor", "--study", study.root).out
    (study.cohort / "Siskefil.csv").write_text("Kanarina")
    says = "the files cannot be used (cohort-file). `sigpanel build` names which, and why."
    assert looked_at(study)["cohort"] == says
    assert "Siskefil" not in run("doctor", "--study", study.root).all
    for file in study.cohort.iterdir():
        file.unlink()
    assert "ok  cohort         no files" in run("doctor", "--study", study.root).out


def test_doctor_looks_at_the_installation_where_there_is_no_study(tmp_path):
    answer = run("doctor", "--study", tmp_path)
    assert answer.code == 1
    assert "!!  study" in answer.out
    assert "There is no study here" in answer.out


def test_the_version_is_told():
    from importlib.metadata import version

    answer = run("--version")
    assert (answer.code, answer.out, answer.err) == (0, f"{version('sigpanel')}\n", "")
