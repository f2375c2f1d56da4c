"""A canary in every place of a real delivery comes out nowhere, and what looks for canaries knows every place.

`test_nothing_leaks` and `test_personal_numbers` hold the same of what the project's own writer can plant and of every
way in which the cohort's files stop a build; here are the places beside cells, and two searches that do not share a
line of code: `sigpanel.proof`, which gathers by itself what is to be looked for, and `tests.privacy.scan`, which is
told. Stages that crash are in `test_crashes`; what must not matter is changed in `proofs` and in
`tests/pipeline/test_determinism.py`.
"""

import signal
import subprocess
import sys

import pytest

from sigpanel.proof import prove
from tests.cli.running import run
from tests.privacy.proofs import FARSTA_2022, Desk, few_codes, needles_of
from tests.privacy.scan import leaks, told
from tests.support.planted import DECIDED, EVERY, IDENTITY, PLACES
from tests.support.study import CODES, SECRETS

WORDS = {*EVERY.values(), *SECRETS.values(), *CODES} - {CODES[4]}
OF_CELLS = WORDS - {SECRETS["file name"], SECRETS["folder name"]}


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    return Desk(tmp_path_factory.mktemp("canaries"))


@pytest.fixture(scope="module")
def seen(desk):
    return desk.look()


@pytest.mark.parametrize("place", EVERY)
def test_what_is_gathered_has_the_word_of_every_place(desk, place):
    sought = {text for texts in desk.needles.sought.values() for text in texts}
    assert any(EVERY[place] in text for text in sought)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("notes", {PLACES["threaded comment"], PLACES["note on a header"], SECRETS["note"]}),
        ("properties", {PLACES["title"], PLACES["custom property"], SECRETS["author"]}),
        ("sheet_names", {SECRETS["sheet name"], PLACES["hidden sheet's name"]}),
        ("aside_texts", {PLACES["header"], PLACES["prompt"], PLACES["link"]}),
        ("cell_texts", {SECRETS["comment"], PLACES["very hidden cell"], SECRETS["banner"]}),
        ("codes_as_sent", {SECRETS["name in the code's cell"]}),
        ("uno_codes", set(CODES[:3])),
        ("decisions", {DECIDED["who corrected"]}),
        ("personal_numbers", {IDENTITY["number"], IDENTITY["number with hyphen"]}),
        ("person_names", {IDENTITY["given name"], IDENTITY["surname"]}),
        ("study_ids", {SECRETS["study id of the cohort"]}),
        ("file_names", {f"{SECRETS['file name']}.xlsx", SECRETS["folder name"]}),
    ],
)
def test_each_is_gathered_as_what_it_is(desk, kind, words):
    sought = desk.needles.sought[kind]
    assert {word for word in words if not any(word in text for text in sought)} == set()


def test_no_word_stands_in_what_is_for_research_by_either_search(seen):
    assert leaks(seen.study.research, WORDS) == []
    assert prove(seen.study.research, seen.needles, is_research=True, possible=few_codes).is_clean


def test_the_same_searches_find_them_in_the_workbooks(seen):
    proof = prove(seen.study.submissions, needles_of(seen.study), possible=few_codes)
    kinds = {one.kind for one in proof.found}
    expected = {"notes", "properties", "sheet_names", "aside_texts", "cell_texts", "codes_as_sent", "uno_codes"}
    assert kinds >= {*expected, "file_names"}


def test_no_command_says_a_word_of_them(seen):
    from sigpanel.panel import open_panel

    study = seen.study
    episode = open_panel(study.panel).episodes.collect()["episode_id"][0]
    for arguments in (
        ["check", study.submissions],
        ["check", study.submissions, "--json"],
        ["build", "--study", study.root, "--json"],
        ["report", "--study", study.root],
        ["review", "--study", study.root],
        ["verify", "--study", study.root],
        ["trace", episode, "stable_housing", "--study", study.root],
        ["doctor", "--study", study.root],
        ["key", "show", "--study", study.root],
    ):
        answer = run(*arguments)
        assert answer.all, arguments
        assert told(answer.all, OF_CELLS) == [], arguments
    assert leaks(study.research, WORDS) == []


# --- a broken workbook, and a build that is killed --------------------------------------------------------------------


@pytest.mark.parametrize("part", [0.15, 0.5, 0.9, 0.999])
def test_a_workbook_that_was_cut_short_is_refused_without_a_word(desk, part):
    seen = desk.look(commands=())
    [path] = seen.study.submissions.rglob(f"*{SECRETS['file name']}*")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    for command in (["check", seen.study.submissions], ["build", "--study", seen.study.root]):
        answer = run(*command)
        assert (answer.code, told(answer.all, OF_CELLS)) == (3, [])
    assert [path for path in seen.study.research.rglob("*") if path.is_file() and path.name != ".lock"] == []


KILLED = """
import os, signal, sys
import {module} as module
whole = module.{name}
def kill(*given, **named):
    {when}
    os.kill(os.getpid(), signal.SIGKILL)
module.{name} = kill
sys.argv = ["sigpanel", "build", "--study", sys.argv[1]]
from sigpanel.cli import main
main()
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "name", "when"),
    [
        ("sigpanel.pipeline.make", "collapse", "pass"),
        ("sigpanel.panel.release", "fill", "whole(*given, **named)"),
        ("sigpanel.pipeline.build", "write_reports", "whole(*given, **named)"),
    ],
)
def test_a_build_that_is_killed_leaves_no_word_anywhere(desk, tmp_path, monkeypatch, module, name, when):
    seen = desk.look(commands=())
    for variable in ("HOME", "TMPDIR", "POLARS_TEMP_DIR"):
        (tmp_path / variable).mkdir()
        monkeypatch.setenv(variable, str(tmp_path / variable))
    script = KILLED.format(module=module, name=name, when=when)
    ran = subprocess.run([sys.executable, "-c", script, seen.study.root], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout + ran.stderr) == (-signal.SIGKILL, "")
    assert leaks(seen.study.research, WORDS) == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_planted_workbook_is_the_one_that_is_read(seen):
    answer = seen.said["check"]
    assert FARSTA_2022.file in answer.out
    assert "comment" not in answer.err
