"""What a workbook, a file name or the cohort file holds besides answers comes out nowhere.

The words are planted in `tests.support.study`; the search is `tests.privacy.scan`. That nothing follows from them
either is held by `tests/pipeline/test_determinism.py`: there they are changed, and no byte of the release with them.
"""

import tempfile
import unicodedata

import polars as pl
import pytest

from sigpanel.panel import open_panel
from sigpanel.pipeline.build import build
from sigpanel.synth.faults import write_faulty
from tests.cli.running import run
from tests.privacy.scan import leaks, told
from tests.support.study import BOOKS, CODES, FARSTA_2022, SECRET, SECRETS, copied

FILE_NAMES = {SECRETS["file name"], SECRETS["folder name"], *(book.file for book in BOOKS)}
# Of one kind and another: what stands in cells and beside them, and what the key holds.
KEY = {SECRET.decode("latin-1"), SECRET.hex()}
CONTENT = {*CODES, *SECRETS.values(), "19990101-1234", "Kanari", "S-2", *KEY} - FILE_NAMES


def test_the_words_are_in_the_study(written):
    """Unpacked, or finding none in what comes out would prove nothing."""
    import zipfile

    held = "".join(
        zipfile.ZipFile(path).read(part).decode("utf-8", "replace")
        for path in written.submissions.rglob("*.xlsx")
        for part in zipfile.ZipFile(path).namelist()
    )
    held += "".join(path.read_text(encoding="utf-8") for path in written.cohort.iterdir())
    held += "".join(str(path) for path in written.submissions.rglob("*"))
    assert {word for word in CODES + tuple(SECRETS.values()) if word not in unicodedata.normalize("NFC", held)} == set()


# --- the researchers' room ------------------------------------------------------------------------------------------


def test_nothing_of_the_input_stands_anywhere_in_research(released):
    build(released)
    words = {*CONTENT, *FILE_NAMES, str(released.root), released.root.parent.name}
    assert leaks(released.research, words) == []


def test_no_column_of_a_release_holds_free_text(built):
    """Every text is a word of a vocabulary, a name from our own contracts, a cell's address, or a keyed id."""
    allowed = r"^([a-z][a-z0-9_]*|sig-[a-z]+-\d{4}|Q\d{1,2}|[A-Z]{1,3}\d+)$"
    panel = open_panel(built.panel)
    for name in panel.manifest["rows"]:
        frame = panel.table(name).select(pl.selectors.string()).collect()
        for column in frame.get_columns():
            strays = column.drop_nulls().filter(~column.drop_nulls().str.contains(allowed))
            assert strays.is_empty(), f"{name}.{column.name}"


def test_ids_differ_between_purposes_and_none_is_a_plain_digest(built):
    panel = open_panel(built.panel)
    episodes = panel.episodes.collect()
    kinds = [episodes[name].drop_nulls().str.slice(1) for name in ("person_id", "episode_id", "uno_id")]
    assert pl.concat([kind.unique() for kind in kinds]).is_unique().all()


# --- the owner's room -----------------------------------------------------------------------------------------------


def test_the_registry_holds_no_code_and_nothing_that_a_cell_held(released):
    build(released)
    assert leaks(released.registry, CONTENT) == []


def test_file_names_stand_in_the_intake_alone(built):
    found = leaks(built.registry, {SECRETS["file name"]})
    assert found == [(SECRETS["file name"], "intake.parquet")]


# --- the terminal ---------------------------------------------------------------------------------------------------


def spoken(study) -> dict[str, str]:
    """What each command says, in words and as JSON; also of workbooks that cannot be used and of what is not known."""
    panel = open_panel(study.panel)
    silent = panel.findings.filter(rule="value_not_among_answers").collect()["episode_id"].item()
    (study.submissions / "2021").mkdir()
    write_faulty(study.submissions / "2021" / f"{SECRETS['file name']} QX0619.xlsx", "missing_question")
    answers = {}
    for flags in ([], ["--json"]):
        for name, arguments in {
            "check": ["check", study.submissions],
            "check one": ["check", study.submissions / FARSTA_2022.file],
            "build": ["build", "--study", study.root],
            "trace": ["trace", silent, "stable_housing", "--study", study.root],
            "trace other": ["trace", silent, "mental_health", "--study", study.root],
            "trace error": ["trace", "QX0619", "mental_health", "--study", study.root],
            "doctor": ["doctor", "--study", study.root],
            "explain": ["explain", "uno_unreadable"],
            "explain error": ["explain", "QX0619"],
            "key": ["key", "show", "--study", study.root],
        }.items():
            answers[" ".join([name, *flags])] = run(*arguments, *flags).all
    return answers


def test_no_command_says_what_stands_in_a_cell_and_only_check_and_build_name_files(built, tmp_path):
    # The file's name holds a code, as file names do; a name is named whole or not at all.
    for command, text in spoken(copied(built, tmp_path / "study")).items():
        assert text
        may_name_files = command.startswith(("check", "build"))
        without = (
            text.replace(f"{SECRETS['file name']} QX0619", "")
            .replace(FARSTA_2022.file, "")
            .replace(f"{SECRETS['file name']}.xlsx", "")
        )
        assert told(without if may_name_files else text, CONTENT) == [], command
        assert may_name_files or told(text, {SECRETS["file name"], SECRETS["folder name"]}) == [], command


def test_a_build_names_no_file_when_nothing_is_wrong(study):
    assert told(run("build", "--study", study.root).all, FILE_NAMES) == []


@pytest.mark.parametrize("fault", ["two for one place", "outside a year", "cohort", "cohort id twice"])
def test_no_error_says_what_stands_in_a_cell(study, fault):
    if fault == "two for one place":
        (study.submissions / "2022" / "Kopia.xlsx").write_bytes((study.submissions / FARSTA_2022.file).read_bytes())
        BOOKS[2].write(study.owner / "other")
        (study.owner / "other" / BOOKS[2].file).rename(study.submissions / "2022" / "Annan.xlsx")
    elif fault == "outside a year":
        (study.submissions / f"{SECRETS['file name']}.xlsx").write_bytes(b"")
    else:
        path = study.cohort / "2013.csv"
        line = path.read_text(encoding="utf-8-sig").splitlines()[1]
        path.write_text(
            path.read_text(encoding="utf-8") + line + (";mer" if fault == "cohort" else "") + "\r\n", "utf-8"
        )
    answer = run("build", "--study", study.root)
    assert (answer.code, answer.out) == (3, "")
    assert told(answer.err.replace(FARSTA_2022.file, ""), CONTENT) == []


# --- temporary files ------------------------------------------------------------------------------------------------


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """A folder of our own for temporary files, empty."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setenv("POLARS_TEMP_DIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def test_a_build_and_a_check_leave_nothing_in_the_folder_for_temporary_files(study, temporary):
    assert run("build", "--study", study.root).code == 0
    assert run("check", study.submissions).code == 1
    assert list(temporary.iterdir()) == []


def test_a_build_that_fails_leaves_nothing_there_either_and_nothing_half_done_in_research(
    released, temporary, monkeypatch
):
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device", SECRETS["file name"])

    monkeypatch.setattr("sigpanel.panel.release.pretty", full)
    before = sorted(path.name for path in released.panel.iterdir())
    answer = run("build", "--study", released.root)
    assert (answer.code, told(answer.all, FILE_NAMES)) == (3, [])
    assert list(temporary.iterdir()) == []
    assert sorted(path.name for path in released.panel.iterdir()) == before
