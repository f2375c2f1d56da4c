"""What goes where: results on standard output, a progress bar on a terminal only, and nothing else anywhere."""

import os
import pty
import subprocess
import sys

import pytest

from tests.cli.running import run
from tests.privacy.scan import told
from tests.support.study import BOOKS, SECRETS


def on_a_terminal(*arguments: object) -> tuple[int, str, str]:
    """Exit code, standard output, and what a terminal got to show as standard error."""
    terminal, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "sigpanel", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(terminal, 4096):
            shown += piece
    except OSError:  # how a terminal says that nobody writes to it any more
        pass
    out, _ = process.communicate(timeout=60)
    os.close(terminal)
    return process.returncode, out.decode(), shown.decode()


@pytest.mark.slow
@pytest.mark.parametrize("command", ["build", "check"])
def test_a_terminal_shows_progress_without_naming_a_file_and_the_result_is_the_same(released, command):
    arguments = ["build", "--study", released.root] if command == "build" else ["check", released.submissions]
    plain = run(*arguments)
    code, out, shown = on_a_terminal(*arguments)
    assert (code, out) == (plain.code, plain.out.replace("r0002", "r0003"))
    assert "Reading workbooks" in shown
    assert told(shown, {*SECRETS.values(), *(book.file for book in BOOKS)}) == []
    assert plain.err == ""


def test_a_key_is_made_where_the_settings_say(study, tmp_path):
    (tmp_path / "study.key").unlink()
    answer = run("key", "new", "--study", study.root)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines()[0].endswith(f" in {tmp_path / 'study.key'}.")
    assert run("build", "--study", study.root).code == 0


def test_where_no_key_file_is_named_anywhere_none_is_made(tmp_path):
    answer = run("key", "new", "--study", tmp_path)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.splitlines()[-1] == "  [key-path]"
    assert list(tmp_path.iterdir()) == []
