"""The synthetic study: made anew where one stands, never over anything else, the same everywhere."""

import io
import json
import tempfile
from pathlib import Path

import pytest

import sigpanel
from sigpanel import intake
from sigpanel import key as keys
from sigpanel.errors import InputError
from sigpanel.panel import open_panel
from sigpanel.pipeline import demo
from sigpanel.pipeline.study import open_study
from tests.cli.running import error, run


@pytest.fixture(autouse=True)
def _quick(monkeypatch, request):
    """A demonstration of one year and few persons."""
    from sigpanel import synth

    if request.node.get_closest_marker("slow"):
        return
    whole = synth.generate
    monkeypatch.setattr(
        synth,
        "generate",
        lambda folder, *, seed: whole(folder, seed=seed, first_year=2021, last_year=2021, persons=30),
    )


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_the_demo_study_is_built_and_told(temporary, tmp_path):
    answer = run("demo", tmp_path / "demo")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines()[-1] == f'Open it:  sigpanel.open_panel("{tmp_path / "demo" / "research" / "panel"}")'
    assert open_panel(tmp_path / "demo").release == "r0001"
    assert list(temporary.iterdir()) == []


def test_a_demo_study_is_made_anew_with_the_same_ids(tmp_path):
    first = demo.make_demo(tmp_path / "demo").tables["persons"]
    again = json.loads(run("demo", tmp_path / "demo", "--json").out)
    assert again["release"] == "r0001"
    assert open_panel(tmp_path / "demo").persons.collect().equals(first)


def test_a_request_can_be_practised_on_it_once_the_manager_has_a_key(tmp_path, monkeypatch):
    """By the lines at the head of `contracts/extracts/demo-followup.yaml`, and then as on any study."""
    monkeypatch.delenv(demo.KEY_VARIABLE, raising=False)
    demo.make_demo(tmp_path / "demo")
    (tmp_path / "keys").mkdir(mode=0o700)
    manager = tmp_path / "keys" / "manager.key"
    assert run("key", "new", "--manager", manager).code == 0
    monkeypatch.setenv(demo.MANAGER_KEY_VARIABLE, str(manager))
    assert run("extract", "issue", "demo-followup", "--study", tmp_path / "demo").code == 0
    answer = run("extract", "verify-log", "--study", tmp_path / "demo")
    assert (answer.code, answer.err) == (0, "")
    assert "The data owner's log: 0 lines; this is the practice study, which keeps none.\n" in answer.out
    answer = run("followup", "request", "demo-followup-v1", "--study", tmp_path / "demo")
    assert (answer.code, answer.err) == (0, "")
    assert [*(tmp_path / "demo" / "owner" / "outbox").glob("personnummer-demo-followup-v1-*.xlsx")]
    (tmp_path / "demo" / "demo").unlink()
    answer = run("followup", "request", "demo-followup-v1", "--study", tmp_path / "demo")
    assert error(answer)[:2] == (3, "key-not-set")


def test_a_withdrawal_can_be_practised_on_it_as_on_any_study(tmp_path, monkeypatch):
    demo.make_demo(tmp_path / "demo")
    study = open_study(tmp_path / "demo")
    sources = sorted(study.submissions.rglob("*.xlsx"))
    book = intake.read(sources[0], submission_no=0, year=0)
    question = f"Q{book.form.by_key['uno', 'enrolment'].no}"
    code = intake.cells_of([book]).filter(question=question)["text"].drop_nulls()[0]
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{code}\n"))
    given = ("--from", "research", "--reason", "asked", "--who", "A.B.", "--study", study.root)
    answer = run("withdraw", *given)
    assert (answer.code, answer.err) == (0, "")
    assert open_panel(study.root).release == "r0002"
    assert run("withdraw", "--finish", "--study", study.root).code == 0
    # What is no demo study is not taken for one by its mark.
    manifest = study.panel / "r0002" / "manifest.json"
    manifest.write_text(manifest.read_text().replace(keys.demonstration().key_id, "abcdefghij"))
    assert error(run("withdraw", "--finish", "--study", study.root))[1] == "key-not-set"


def test_something_else_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(InputError) as caught:
        demo.make_demo(tmp_path)
    assert caught.value.code == "demo-folder"
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_no_other_study_can_be_built_with_the_demos_key(released):
    from sigpanel import key as keys
    from sigpanel.errors import PolicyError
    from sigpanel.pipeline.build import build

    with pytest.raises(PolicyError, match="another key"):
        build(released, keys.demonstration())


@pytest.mark.usefixtures("temporary")
def test_the_demo_panel_is_made_on_first_use_and_opened_after_that(monkeypatch):
    panel = sigpanel.demo_panel()
    assert panel.persons.collect().height > 0
    monkeypatch.setattr(demo, "make_demo", None)
    assert sigpanel.demo_panel() == panel


def test_a_demo_panel_whose_making_was_cut_short_is_made_again(temporary, monkeypatch):
    def cut_short(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(demo, "build", cut_short)
        with pytest.raises(KeyboardInterrupt):
            sigpanel.demo_panel()
    assert list(temporary.iterdir()) == []
    assert sigpanel.demo_panel().persons.collect().height > 0


def test_a_demo_panel_that_other_code_made_is_not_opened_as_this_ones(temporary, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(demo, "digest_of", lambda _, pattern: f"older {pattern}")
        older = sigpanel.demo_panel()
    newer = sigpanel.demo_panel()
    assert {panel.path.parents[2] for panel in (older, newer)} == set(temporary.iterdir())
    assert older.path != newer.path


def test_of_two_that_make_the_demo_panel_at_once_both_open_the_same(temporary, monkeypatch):
    whole, first = demo.make_demo, []

    def beside_another(root):
        with monkeypatch.context() as patch:
            patch.setattr(demo, "make_demo", whole)
            first.append(sigpanel.demo_panel())
        return whole(root)

    monkeypatch.setattr(demo, "make_demo", beside_another)
    assert sigpanel.demo_panel() == first[0]
    assert [path.name for path in temporary.iterdir()] == [first[0].path.parents[2].name]


@pytest.mark.slow
def test_the_whole_demo_is_made_well_within_twenty_seconds(tmp_path):
    import time

    began = time.process_time()
    built = demo.make_demo(tmp_path / "demo")
    assert time.process_time() - began < 40  # of two cores
    assert built.overview.returned > 0
    assert Path(tmp_path / "demo" / "research" / "panel" / "CURRENT").read_text() == "r0001\n"
