from pathlib import Path

from tests.cli.running import error, run

SOURCES = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


def test_notebooks_are_copied_as_they_are(tmp_path):
    answer = run("notebooks", tmp_path / "mine" / "work")
    assert answer.code == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "mine" / "work").iterdir()} == {
        path.name: path.read_bytes() for path in SOURCES
    }
    assert f"Wrote {tmp_path / 'mine' / 'work' / '01_start.ipynb'}\n" in answer.out
    assert "one line to change" in answer.out


def test_a_second_copy_changes_nothing_and_says_so(tmp_path):
    run("notebooks", tmp_path)
    answer = run("notebooks", tmp_path)
    assert (answer.code, answer.out.count("There already"), answer.out.count("Wrote")) == (0, len(SOURCES), 0)


def test_what_somebody_worked_in_is_not_written_over_unless_it_is_wanted(tmp_path):
    (tmp_path / "01_start.ipynb").write_text("mine", encoding="utf-8")
    code, name, message, remedy = error(run("notebooks", tmp_path))
    assert (code, name) == (3, "notebook-there")
    assert message == "These stand there and are not as they came: 01_start.ipynb."
    assert "--force" in remedy
    assert [path.name for path in tmp_path.iterdir()] == ["01_start.ipynb"]
    assert run("notebooks", tmp_path, "--force").code == 0
    assert (tmp_path / "01_start.ipynb").read_bytes() == SOURCES[0].read_bytes()
