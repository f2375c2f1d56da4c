"""What a command says where something is missing or wrong: which error, which exit code, and what to do."""

import subprocess

import pytest

from sigpanel.forms import districts
from sigpanel.synth.faults import write_faulty
from tests.cli.running import error, run, written_below


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


ENTRIES = (
    "cohort, disclosure, districts, key_file, leave_out, manager_key_file, one_role, parts, received, replacements, "
    "research, resends"
)
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
