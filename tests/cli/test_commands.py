"""Every command: what it answers, on which stream, with which exit code, and what it says to do when it cannot."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from sigpanel.contracts.tables import vocabulary
from sigpanel.findings import rules
from sigpanel.forms import districts, forms
from sigpanel.panel import open_panel
from sigpanel.synth.faults import write_faulty
from tests.cli.running import run, written_below
from tests.support.blank import fill, ongoing, sound
from tests.support.study import FARSTA_2022, SECRETS, settle


def error(answer) -> tuple[int, str, str, str]:
    """Exit code, error code, message and remedy of what a command said on standard error, and nothing on the other."""
    assert answer.out == ""
    message, remedy, code = answer.err.rstrip("\n").rsplit("\n", 2)
    return answer.code, code.strip().strip("[]"), message.removeprefix("sigpanel: "), remedy.removeprefix("  → ")


def some_episode(study) -> str:
    return open_panel(study.panel).episodes.filter(programme="unga").collect()["episode_id"][0]


# --- what each command answers --------------------------------------------------------------------------------------


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
    ],
)
def test_explain_of_a_rule_nobody_knows_names_those_near_it(rule, remedy):
    answer = run("explain", rule, "--json")
    assert (answer.code, answer.out, json.loads(answer.err)["remedy"]) == (2, "", remedy)


def test_doctor_finds_nothing_wrong_with_a_sound_study(built):
    answer = run("doctor", "--study", built.root)
    assert (answer.code, answer.err) == (0, "")
    assert "!!" not in answer.out
    assert "ok  release     r0001\nok  registry    in step with the live release" in answer.out


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
    assert "ok  cohort      files that can be read: 1" in run("doctor", "--study", study.root).out
    (study.cohort / "Siskefil.csv").write_text("Kanarina")
    says = "the files cannot be used (cohort-file). `sigpanel build` names which, and why."
    assert looked_at(study)["cohort"] == says
    assert "Siskefil" not in run("doctor", "--study", study.root).all
    for file in study.cohort.iterdir():
        file.unlink()
    assert "ok  cohort      no files" in run("doctor", "--study", study.root).out


def test_doctor_looks_at_the_installation_where_there_is_no_study(tmp_path):
    answer = run("doctor", "--study", tmp_path)
    assert answer.code == 1
    assert "!!  study" in answer.out
    assert "There is no study here" in answer.out


def test_the_version_is_told():
    from importlib.metadata import version

    answer = run("--version")
    assert (answer.code, answer.out, answer.err) == (0, f"{version('sigpanel')}\n", "")


# --- as JSON --------------------------------------------------------------------------------------------------------


def test_trace_of_an_episode_alone_tells_whose_it_is_and_why_without_a_code(built):
    panel = open_panel(built.panel)
    link = panel.links.filter(decision="linked").sort("episode_b").collect().row(0, named=True)
    person, no = panel.episodes.filter(episode_id=link["episode_b"]).select("person_id", "episode_no").collect().row(0)
    answer = run("trace", link["episode_b"], "--study", built.root)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines()[0] == f"person {person}, episode {no}"
    assert (
        f"linked: episode {link['episode_a']} of person {person} ({link['kind']})\n"
        "  The very same code\n"
        f"  {link['class']}: "
    ) in answer.out
    assert not re.search(r"\b\w{2}\d{4}\b", answer.out)


def test_trace_of_somebody_of_the_cohort_who_cannot_be_linked_says_why(built):
    cohort = open_panel(built.panel).cohort.filter(status="not_linkable").sort("episode_id").collect()
    episode, rule = cohort.select("episode_id", "rule").row(0)
    lines = run("trace", episode, "--study", built.root).out.splitlines()
    said = {term.token: term.en for term in vocabulary("cohort_rule")}[rule]
    assert f"It cannot be linked to any other episode ({rule}): {said}." in lines
    assert "No other episode came into question." not in lines


@pytest.mark.parametrize(
    ("arguments", "has"),
    [
        (["check", "{submissions}"], {"workbooks", "grid", "bortfall"}),
        (["build", "--study", "{root}"], {"release", "grid", "n_rows", "fates", "persons", "episodes", "resends"}),
        (["trace", "{episode}", "mental_health", "--study", "{root}"], {"answers", "reports", "revisions", "findings"}),
        (["trace", "{episode}", "--study", "{root}"], {"persons", "links", "id_history", "unlinkable"}),
        (["form", "unga", "--year", "2026", "--out", "{folder}"], {"edition", "programme", "year", "status", "file"}),
        (["explain", "row_rejected"], {"name", "severity", "about", "sv", "en", "do_sv", "do_en", "questions"}),
        (["key", "show", "--study", "{root}"], {"key_id"}),
    ],
    ids=lambda given: given[0] if isinstance(given, list) else "",
)
def test_a_command_that_answers_answers_in_json(released, tmp_path, arguments, has):
    places = {"submissions": released.submissions, "root": released.root, "episode": some_episode(released)}
    places["folder"] = tmp_path
    answer = run(*(argument.format(**places) for argument in arguments), "--json")
    assert answer.err == ""
    assert has <= json.loads(answer.out).keys()


def test_a_build_tells_the_same_figures_as_text_and_as_json(released):
    told = json.loads(run("build", "--study", released.root, "--json").out)
    assert (told["release"], told["n_rows"], told["persons"], told["returned"]) == ("r0002", 17, 8, 3)
    assert sum(told["fates"].values()) == told["n_rows"]
    received = [cell for cell in told["grid"] if cell["state"] == "received"]
    assert sorted((cell["reported_year"], cell["district"], cell["n_persons"]) for cell in received) == [
        (2020, "skarpnack", 1), (2022, "farsta", 3), (2023, "farsta", 2), (2023, "rinkeby_kista", 2),
        (2024, "farsta", 1), (2024, "jarva", 3),
    ]  # fmt: skip


def test_a_refused_workbook_stands_in_the_json_of_a_check(tmp_path):
    write_faulty(tmp_path / "fel.xlsx", "missing_question")
    answer = run("check", tmp_path / "fel.xlsx", "--year", "2022", "--json")
    assert answer.code == 3
    assert json.loads(answer.out)["workbooks"] == [
        {
            "file": "fel.xlsx",
            "status": "refused",
            "rule": "headers_differ_from_form",
            "place": "sheet 1, compared with sig-unga-2022: missing Q13",
        }
    ]


def test_an_error_is_json_too_and_goes_to_standard_error(tmp_path):
    answer = run("build", "--study", tmp_path, "--json")
    assert (answer.code, answer.out) == (2, "")
    assert json.loads(answer.err) == {
        "code": "no-study",
        "message": "There is no study here: no sigpanel.toml.",
        "remedy": "Give --study DIR, or make one: `sigpanel init DIR`.",
        "exit_code": 2,
    }


# --- when something is missing or wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments", [["build"], ["key", "show"], ["trace", "e1", "mental_health"]], ids=lambda given: given[0]
)
def test_where_there_is_no_study_a_command_says_how_to_make_one(tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    assert error(run(*arguments)) == (
        2,
        "no-study",
        "There is no study here: no sigpanel.toml.",
        "Give --study DIR, or make one: `sigpanel init DIR`.",
    )


def test_a_study_is_not_made_over_something_else(built):
    before = written_below(built.root)
    code, name, _, remedy = error(run("init", built.root))
    assert (code, name, remedy) == (3, "study-exists", "Name a new folder, or an empty one.")
    assert written_below(built.root) == before


def no_key(study):
    (study.root / "sigpanel.toml").write_text("")


def key_gone(study):
    study.root.with_name("study.key").unlink()


def key_in_the_study(study):
    key = study.owner / "sig.key"
    study.root.with_name("study.key").rename(key)
    (study.root / "sigpanel.toml").write_text(f'key_file = "{key}"\n')


def key_in_a_git_tree(study):
    subprocess.run(["git", "init", "--quiet", study.root.parent], check=True)  # noqa: S607


def key_that_others_can_read(study):
    study.root.with_name("study.key").chmod(0o644)


def key_of_a_wrong_size(study):
    study.root.with_name("study.key").write_bytes(b"too short")


KEYS = [
    (no_key, 3, "key-not-set", "Make one with `sigpanel key new FILE` outside the study"),
    (key_gone, 3, "key-missing", "make one: `sigpanel key new FILE`"),
    (key_in_the_study, 4, "key-in-study", "Choose a folder of your own outside the study and any git work tree"),
    (key_in_a_git_tree, 4, "key-in-git", "Choose a folder of your own outside the study and any git work tree"),
    (key_that_others_can_read, 4, "key-mode", "chmod 600"),
    (key_of_a_wrong_size, 4, "key-size", "bring the right file back from the key's custodian"),
]


@pytest.mark.parametrize("command", ["build", "key show"])
@pytest.mark.parametrize(("fault", "code", "name", "remedy"), KEYS, ids=[fault.__name__ for fault, *_ in KEYS])
def test_without_a_safe_key_nothing_is_written(study, command, fault, code, name, remedy):
    fault(study)
    before = written_below(study.root)
    told = error(run(*command.split(), "--study", study.root))
    assert told[:2] == (code, name)
    assert remedy in told[3]
    assert written_below(study.root) == before


def test_with_another_key_than_the_live_releases_nothing_is_written(released, tmp_path):
    (tmp_path / "study.key").write_bytes(bytes(32))
    before = written_below(released.root)
    assert error(run("build", "--study", released.root)) == (
        4,
        "key-of-another-panel",
        "The live release was made with another key.",
        "Set the key whose id stands in its manifest.json. `sigpanel key show` tells which is set now.",
    )
    assert written_below(released.root) == before


@pytest.mark.parametrize(
    ("place", "name"), [("study/sig.key", "key-in-study"), ("study.key", "key-exists"), ("a/b/c", "key-folder-missing")]
)
def test_no_key_is_made_where_it_must_not_lie(study, tmp_path, place, name):
    answer = run("key", "new", tmp_path / place, "--study", study.root)
    assert error(answer)[1] == name


WORKBOOKS = [
    ("text_file", "workbook_is_not_xlsx"),
    ("unknown_form", "form_not_recognised"),
    ("missing_question", "headers_differ_from_form, sheet 1, compared with sig-unga-2022: missing Q13"),
    ("unknown_header", "headers_differ_from_form, sheet 1, compared with sig-unga-2022: unknown AG8"),
]


@pytest.mark.parametrize(("fault", "says"), WORKBOOKS)
def test_a_workbook_that_cannot_be_used_is_named_with_rule_place_and_the_id_to_leave_it_out_by(study, fault, says):
    write_faulty(study.submissions / "2022" / "fel.xlsx", fault)
    code, name, message, remedy = error(run("build", "--study", study.root))
    assert (code, name) == (3, "workbook-refused")
    assert message.splitlines()[0] == "Not every workbook can be used, so nothing was published:"
    assert message.splitlines()[1].startswith("  2022/fel.xlsx: ")
    assert f" ({says}) [s" in message.splitlines()[1]
    assert "sigpanel explain RULE" in remedy
    assert "leave_out" in remedy
    assert not (study.panel / "CURRENT").exists()


def test_a_file_outside_the_folder_of_a_year_is_refused_with_where_to_put_it(study):
    (study.submissions / "Farsta.xlsx").write_bytes(b"")
    assert error(run("build", "--study", study.root)) == (
        3,
        "submission-without-year",
        "A file lies outside the folder of a reporting year in owner/submissions: Farsta.xlsx",
        "Move each workbook to owner/submissions/<year>/, named by the year that it reports.",
    )


ENTRIES = "cohort, districts, key_file, leave_out, parts, received, replacements, research, resends"
DISTRICTS = f"The districts are: {', '.join(districts())}"


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (["resends = [", ""], "the file is not valid TOML"),
        (["[resends]", "farsta false"], "the file is not valid TOML, at line 2, column 8"),
        (['colour = "yellow"'], f"unknown entry that is like no word which stands here. The entries are: {ENTRIES}"),
        (['recieved = "yellow"'], f"unknown entry recieved. The entries are: {ENTRIES}"),
        (["research = 7"], "research must be the path of a file or folder, as a text"),
        (['research = "a\\u0000b"'], "research must be the path of a file or folder, as a text"),
        (["research = " + "9" * 5_000], "the file is not valid TOML"),
        (["[resends]", 'farsta = "no"'], "resends says true or false for each district"),
        (
            ["[resends]", "ap4701 = false"],
            f"resends names no district: that is like no word which stands here. {DISTRICTS}",
        ),
        (["[resends]", "farstaa = false"], f"resends names no district: farstaa. {DISTRICTS}"),
        (
            ["[resends]", "rinkeby_kista = true", "jarva = false"],
            "resends says both of jarva, which is one district today",
        ),
        (["[leave_out]", 'submissions = "s1"'], "leave_out holds `submissions`, a list of ids"),
        (["[leave_out]", "submissions = [1]"], "leave_out holds `submissions`, a list of ids"),
        (["[leave_out]", "workbooks = []"], "leave_out holds `submissions`, a list of ids"),
        (["leave_out = 5"], "leave_out holds `submissions`, a list of ids"),
    ],
)
def test_settings_that_nobody_knows_stop_the_command_and_are_named(study, settings, says):
    (study.root / "sigpanel.toml").write_text("\n".join(settings))
    told = error(run("build", "--study", study.root))
    assert told == (3, "settings", f"sigpanel.toml: {says}.", "Mend the entry; `sigpanel init` shows every one.")


def test_settings_that_are_no_text_are_named(study):
    (study.root / "sigpanel.toml").write_bytes(b"research = '\xff\xfe'")
    assert error(run("build", "--study", study.root))[2] == "sigpanel.toml: the file is not valid TOML."


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["trace", "e-nobody", "mental_health"], "episode-unknown"),
        (["trace", "e-nobody", "shoe_size"], "variable-unknown"),
        (["trace", "e-nobody"], "episode-unknown"),
    ],
)
def test_trace_says_what_it_does_not_know(built, arguments, name):
    code, told, _, remedy = error(run(*arguments, "--study", built.root))
    assert (code, told) == (2, name)
    assert remedy


def test_trace_before_the_first_release_says_how_to_make_one(written):
    assert error(run("trace", "e1", "mental_health", "--study", written.root))[:2] == (3, "no-release")


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["/nowhere/at/all.xlsx"], "no-such-path"),
        (["{book}"], "year-not-told"),
        (["{book}", "--year", "99999"], "usage"),
        (["{book}", "--year", "0"], "usage"),
        (["{book}", "--year", "-2022"], "usage"),
    ],
)
def test_check_says_what_it_cannot_tell(tmp_path, arguments, name):
    write_faulty(tmp_path / "bok.xlsx", "row_twice")
    arguments = [argument.format(book=tmp_path / "bok.xlsx") for argument in arguments]
    assert error(run("check", *arguments))[:2] == (2, name)


@pytest.mark.parametrize(
    ("arguments", "code", "name"),
    [
        (["pilot"], 2, "programme-without-form"),
        (["unga", "--edition", "sig-vuxna-2021"], 2, "edition-unknown"),
        (["unga", "--out", "{folder}/f.xls"], 2, "form-not-xlsx"),
        (["unga", "--year", "2021"], 3, "no-edition-for-year"),
        (["unga", "--out", "{folder}/there.xlsx"], 3, "form-exists"),
        (["unga", "--out", "{folder}/nowhere/f.xlsx"], 3, "form-not-written"),
    ],
)
def test_form_says_what_it_cannot_write(tmp_path, monkeypatch, arguments, code, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.xlsx").write_text("mine")
    answer = run("form", *(argument.format(folder=tmp_path) for argument in arguments))
    assert error(answer)[:2] == (code, name)
    assert written_below(tmp_path) == {str(tmp_path / "there.xlsx"): b"mine"}


def test_a_build_beside_another_says_to_wait(released):
    from sigpanel.panel.lock import lock

    with lock(released.panel):
        told = error(run("build", "--study", released.root))
    assert told == (3, "build-running", "Another build or review of this panel is running.", told[3])
    assert told[3].startswith("Wait until it has ended")


def test_demo_is_not_made_over_something_else(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    assert error(run("demo", tmp_path))[:2] == (3, "demo-folder")
    assert (tmp_path / "mine.txt").read_text() == "mine"


# --- wrong usage ----------------------------------------------------------------------------------------------------

WRONG = "QX0619"
USAGE = [
    [WRONG],
    ["--QX0619"],
    ["build", WRONG],
    ["build", f"--{WRONG}"],
    ["build", "--study"],
    ["check"],
    ["check", "--year", WRONG, "here"],
    ["trace"],
    ["trace", WRONG, WRONG, WRONG],
    ["explain", WRONG],
    ["key", WRONG],
    ["key", "new", "a", WRONG],
    ["demo", "--seed", WRONG],
    ["form"],
    ["form", WRONG],
    ["form", "unga", WRONG],
    ["form", "unga", "--year", WRONG],
    ["form", "unga", "--edition", WRONG],
    ["form", "unga", "--out", WRONG],
    ["check", f"/nowhere/{WRONG}.xlsx"],
    ["build", "--study", f"/nowhere/{WRONG}"],
    ["trace", WRONG, "mental_health", "--study", "{built}"],
    ["trace", "e1", WRONG, "--study", "{built}"],
]


@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
@pytest.mark.parametrize("arguments", USAGE, ids=" ".join)
def test_wrong_usage_exits_with_2_and_never_repeats_the_argument(built, arguments, as_json):
    arguments = [argument.format(built=built.root) for argument in arguments]
    answer = run(*arguments, *["--json"] * as_json)
    assert (answer.code, answer.out) == (2, "")
    assert WRONG not in answer.err
    assert answer.err


@pytest.mark.parametrize("arguments", [[], ["key"]])
def test_without_a_command_the_help_is_shown(arguments):
    answer = run(*arguments)
    assert answer.code == 2
    assert "Usage: sigpanel" in answer.all
    assert "Commands:" in answer.all


@pytest.mark.parametrize("command", ["demo", "init", "key", "form", "check", "build", "trace", "explain", "doctor"])
def test_every_command_has_help_that_says_what_it_does(command):
    answer = run(command, "--help")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(f"Usage: sigpanel {command}")


def test_a_study_may_be_called_anything(study, tmp_path):
    place = tmp_path / "Återkomster [1] *"
    study.root.rename(place)
    shutil.copy(tmp_path / "study.key", tmp_path / f"{place.name}.key")
    settle(place)
    assert run("build", "--study", place).code == 0
    assert SECRETS["file name"] not in run("doctor", "--study", place).all


def test_a_missing_argument_is_named_as_help_names_it():
    answer = run("init")
    assert (answer.code, answer.out) == (2, "")
    assert "was called wrongly (MissingParameter). It takes: {folder}." in answer.err
