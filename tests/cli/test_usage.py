"""A command that is called wrongly, or with nothing: what it says, and that it repeats no argument."""

import shutil

import pytest

from tests.cli.running import run
from tests.support.study import SECRETS, settle

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
    assert "was called wrongly: {folder} is missing. It takes: {folder}." in answer.err


WHAT_IS_WRONG = [
    (["key", "seal", "--out", "x"], "`sigpanel key seal` was called wrongly: --to is missing. It takes: --to, --out"),
    (["extract", "issue"], "`sigpanel extract issue` was called wrongly: {approval} is missing. It takes: {approval}"),
    (
        ["key", "rotate", WRONG],
        "what was given for {case} is not one of extract, rebuild, rekey, compromise, finish. It takes: {case}",
    ),
    (["form", "unga", "--year", WRONG], "what was given for --year is not what it takes. It takes: "),
    (["extract", "list", f"--{WRONG}"], "an option was given that it does not have. It takes: "),
    (["extract", "list", WRONG], "something was given that it does not take. It takes: "),
    (["extract", WRONG], "`sigpanel extract` was called wrongly: there is no such command. It takes: expire, issue"),
    (["key", "seal", "--out", "x", "--to"], "The command was called wrongly: --to was given without its value."),
    (
        ["extract", "list", f"--json={WRONG}"],
        "The command was called wrongly: --json takes no value, and was given one.",
    ),
]


@pytest.mark.parametrize(
    ("arguments", "says"), WHAT_IS_WRONG, ids=[" ".join(arguments) for arguments, _ in WHAT_IS_WRONG]
)
def test_what_is_missing_or_wrong_is_named_and_what_was_given_is_not(arguments, says):
    answer = run(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert says in answer.err
    assert WRONG not in answer.err
