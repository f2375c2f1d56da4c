"""Whatever goes wrong inside, the terminal shows a code and a place of ours, and the release before stays live.

Most errors of libraries print the values that they stumbled over. Each stage is made to fail with an error that holds a
name from a cell; none of it may be seen.
"""

import json
import os
import re
import subprocess
import sys

import polars as pl
import pytest

# Imported before a stage is made to fail: what first imports it meanwhile would keep the failing one for ever.
from sigpanel.cli import show_check, show_rules  # noqa: F401
from sigpanel.panel import open_panel, registry
from sigpanel.pipeline.build import build
from tests.cli.running import run, written_below
from tests.privacy.scan import told
from tests.support.study import SECRETS

NAME = SECRETS["name in the code's cell"]
HIDDEN = {NAME, "KANARIE", "19990101"}


def value_error():
    raise ValueError(f"invalid literal for int(): {NAME!r}")


def with_a_cause():
    try:
        value_error()
    except ValueError as error:
        raise RuntimeError(f"could not read {NAME}") from error


def several():
    raise ExceptionGroup(NAME, [ValueError(NAME), KeyError(NAME)])


def with_a_note():
    error = TypeError("no")
    error.add_note(NAME)
    raise error


def that_cannot_be_printed():
    class Unprintable(Exception):  # noqa: N818 - so that its name is short
        def __str__(self):
            raise ValueError(NAME)

    raise Unprintable(NAME)


def of_polars():
    pl.DataFrame({NAME: [NAME]}).select(pl.col(NAME).cast(pl.Int32))


def of_a_missing_column():
    pl.DataFrame({NAME: [1]}).select("something else")


def in_a_function_that_polars_calls():
    pl.Series([NAME]).map_elements(int, return_dtype=pl.Int64)


def panic_in_rust():
    # The message of a panic is written to the process's standard error, past Python.
    os.write(2, f"thread '<unnamed>' panicked at crates/polars-core: {NAME}\n".encode())
    raise pl.exceptions.PanicException(NAME)


def of_pyarrow():
    import pyarrow

    pyarrow.array([NAME]).cast(pyarrow.int32())


def out_of_memory():
    raise MemoryError(NAME)


def too_deep(text=NAME):
    return too_deep(text)


def not_in_this_encoding():
    NAME.replace("A", "Å").encode("ascii")


def end_of_file():
    raise EOFError(NAME)


def file_not_found():
    raise FileNotFoundError(2, "No such file or directory", NAME)


def os_error_without_number():
    raise OSError(NAME)


def stopped_by_a_library():
    sys.exit(NAME)


def left_by_a_library():
    raise GeneratorExit(NAME)


CRASHES = [
    value_error, with_a_cause, several, with_a_note, that_cannot_be_printed, of_polars, of_a_missing_column,
    in_a_function_that_polars_calls, panic_in_rust, of_pyarrow, out_of_memory, too_deep, not_in_this_encoding,
    end_of_file, file_not_found, os_error_without_number, stopped_by_a_library, left_by_a_library,
]  # fmt: skip
STAGES = [
    "make.read_delivery", "make.collapse", "make.resolve", "build.quality", "build.assemble", "build.write",
    "build.write_reports", "build.overview",
]  # fmt: skip
LIVE_BEFORE = {"build.write_reports", "build.overview"}


def failing(crash):
    return lambda *_args, **_kwargs: crash()


@pytest.mark.parametrize("crash", CRASHES, ids=lambda crash: crash.__name__)
def test_a_fault_shows_its_type_and_our_own_places_and_nothing_else(released, monkeypatch, crash):
    monkeypatch.setattr("sigpanel.pipeline.make.read_delivery", failing(crash))
    before = written_below(released.root)
    answer = run("build", "--study", released.root)
    assert (answer.code, answer.out) == (70, "")
    assert told(answer.err, HIDDEN) == []
    first, *rest = answer.err.lstrip("\n").splitlines()
    assert re.fullmatch(r"sigpanel: \w+ at (sigpanel/[\w/]+\.py:\d+( > )?)+\.", first)
    assert rest == [
        "  → This is a fault of sigpanel, not of your data: please report it, with this message.",
        "  [unforeseen]",
    ]
    assert written_below(released.root) == before


@pytest.mark.parametrize(
    ("number", "says"), [(28, "No space left on device"), (13, "Permission denied"), (30, "Read-only file system")]
)
def test_a_disk_that_refuses_is_no_fault_of_ours(released, monkeypatch, number, says):
    def refuse(*_args, **_kwargs):
        raise OSError(number, f"something of {NAME}", f"/home/{NAME}")

    monkeypatch.setattr("sigpanel.pipeline.build.write", refuse)
    answer = run("build", "--study", released.root)
    assert (answer.code, answer.out) == (3, "")
    assert answer.err.splitlines() == [
        f"sigpanel: The disk refused: {says}.",
        "  → See that there is room, and that you may read and write the study's folders. `sigpanel doctor` looks too.",
        "  [disk]",
    ]


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage not in LIVE_BEFORE])
def test_whichever_stage_fails_the_release_before_stays_live(released, monkeypatch, stage):
    before = registry.read_live(released.panel, released.registry)
    monkeypatch.setattr(f"sigpanel.pipeline.{stage}", failing(value_error))
    answer = run("build", "--study", released.root)
    assert (answer.code, told(answer.all, HIDDEN)) == (70, [])
    assert open_panel(released.panel).release == "r0001"
    assert registry.read_live(released.panel, released.registry).equals(before)
    monkeypatch.undo()
    assert build(released).release == "r0002"


@pytest.mark.parametrize("stage", ["make.read_delivery", "build.write", "build.write_reports"])
def test_an_interrupted_build_ends_with_130_and_says_nothing(released, monkeypatch, stage):
    def interrupt():
        raise KeyboardInterrupt(NAME)

    monkeypatch.setattr(f"sigpanel.pipeline.{stage}", failing(interrupt))
    answer = run("build", "--study", released.root)
    assert (answer.code, answer.out, answer.err) == (130, "", "")
    assert open_panel(released.panel).release == ("r0002" if stage in LIVE_BEFORE else "r0001")


@pytest.mark.parametrize(
    ("arguments", "stage"),
    [
        (["check", "{submissions}"], "sigpanel.pipeline.check.read_delivery"),
        (["trace", "e1", "mental_health", "--study", "{root}"], "sigpanel.pipeline.trace.trace"),
        (["report", "--study", "{root}"], "sigpanel.pipeline.report.linkage_page"),
        (["review", "--diagnose", "--study", "{root}"], "sigpanel.pipeline.review.diagnose"),
        (["doctor", "--study", "{root}"], "sigpanel.pipeline.doctor.open_study"),
        (["key", "show", "--study", "{root}"], "sigpanel.pipeline.custody.show_key"),
        (["demo", "{root}-demo"], "sigpanel.pipeline.demo.create_study"),
        (["init", "{root}-new"], "sigpanel.pipeline.study.create_study"),
        (["explain", "row_rejected"], "sigpanel.findings.rules"),
    ],
    ids=lambda given: given[0] if isinstance(given, list) else "",
)
@pytest.mark.parametrize("crash", [value_error, panic_in_rust], ids=lambda crash: crash.__name__)
def test_every_command_stands_behind_the_barrier(released, monkeypatch, arguments, stage, crash):
    monkeypatch.setattr(stage, failing(crash))
    places = {"submissions": released.submissions, "root": released.root}
    answer = run(*(argument.format(**places) for argument in arguments))
    assert (answer.code, answer.out, told(answer.err, HIDDEN)) == (70, "", [])


def test_a_fault_is_json_where_json_was_asked_for(released, monkeypatch):
    monkeypatch.setattr("sigpanel.pipeline.make.collapse", failing(of_polars))
    answer = run("build", "--study", released.root, "--json")
    assert json.loads(answer.err).keys() == {"code", "message", "remedy", "exit_code"}
    assert told(answer.err, HIDDEN) == []


def test_a_real_panic_of_polars_is_a_fault_like_any_other(released, monkeypatch):
    monkeypatch.setattr("sigpanel.pipeline.make.collapse", lambda *_, **__: pl.Series([NAME]).new_from_index(0, 2**62))
    answer = run("build", "--study", released.root)
    assert (answer.code, answer.out) == (70, "")
    assert re.fullmatch(r"sigpanel: PanicException at [^\n]*\n.*\n  \[unforeseen\]\n", answer.err)


# --- what is printed past every exception ---------------------------------------------------------------------------

TALKATIVE = """
import logging, sys, threading, warnings
import sigpanel.pipeline.make as module
whole = module.collapse

class Left:
    def __del__(self):
        raise ValueError(NAME)

def fail():
    raise ValueError(NAME)

def collapse(*given, **named):
    warnings.warn(NAME)
    logging.getLogger("polars").error(NAME)
    Left()
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    return whole(*given, **named)

module.collapse = collapse
sys.argv = ["sigpanel", "build", "--study", sys.argv[1]]
from sigpanel.cli import main
main()
"""


@pytest.mark.slow
def test_warnings_logs_and_errors_that_nobody_catches_are_not_seen(released, python):
    ran = python("-W", "always", "-c", f"NAME = {NAME!r}\n{TALKATIVE}", released.root)
    assert (ran.returncode, ran.stderr, told(ran.stdout, HIDDEN)) == (0, "", [])


# --- terminals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "encoding"),
    [("build", "latin-1"), ("check", "ascii"), ("trace", "cp1252"), ("explain", "ascii"), ("doctor", "ascii")],
)
def test_a_terminal_that_knows_few_letters_is_no_fault(released, command, encoding):
    episode = open_panel(released.panel).revisions.collect()["episode_id"][0]
    arguments = {
        "build": ["--study", released.root],
        "check": [released.submissions],
        "trace": [episode, "stable_housing", "--study", released.root],
        "explain": ["row_rejected"],
        "doctor": ["--study", released.root],
    }
    plain = run(command, *arguments[command])
    answer = run(command, *arguments[command], encoding=encoding)
    assert (answer.code, answer.err) == (plain.code, "")
    expected = plain.out.replace("r0002", "r0003").encode(encoding, "backslashreplace").decode(encoding)
    assert answer.out == expected


def test_json_is_json_on_a_terminal_that_knows_few_letters(released):
    for arguments in (
        ["check", released.submissions],
        ["build", "--study", released.root],
        ["explain", "row_rejected"],
    ):
        answer = run(*arguments, "--json", encoding="ascii")
        assert json.loads(answer.out) is not None


def test_a_fault_is_told_on_a_terminal_that_knows_few_letters(released, monkeypatch):
    monkeypatch.setattr("sigpanel.pipeline.make.collapse", failing(not_in_this_encoding))
    answer = run("build", "--study", released.root, encoding="latin-1")
    assert (answer.code, told(answer.all, HIDDEN)) == (70, [])
    assert answer.err.splitlines()[1].startswith("  \\u2192 This is a fault of sigpanel")


@pytest.mark.slow
@pytest.mark.parametrize("command", ["check", "check --json", "build"])
def test_a_reader_that_stops_reading_is_no_fault(released, command):
    name, *flags = command.split()
    place = ["--study", released.root] if name == "build" else [released.submissions]
    started = subprocess.Popen(
        [sys.executable, "-m", "sigpanel", name, *map(str, place), *flags],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    started.stdout.close()
    _, err = started.communicate(timeout=60)
    assert (started.returncode, err) == (1 if name == "check" else 0, b"")
