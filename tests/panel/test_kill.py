"""Kill the build at any moment: the panel opens at the release before, and the registry is in step with it."""

import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigpanel.errors import InputError
from sigpanel.panel import layout, open_panel
from sigpanel.panel.registry import read_live
from tests.panel import samples
from tests.panel.samples import copied, described, panel_dir, registry_dir, write
from tests.support.killed import CALLS, Killed, Killer

KILLED = [name for name in CALLS if name != "write"]


def build(study: Path, rows: int, kill_at: int = sys.maxsize) -> int | None:
    """Build a release of so many rows and return how many calls that took; null if it was killed."""
    tables, registry = samples.samples(rows), samples.registry(rows)
    with pytest.MonkeyPatch.context() as patch:
        killer = Killer(patch, kill_at, names=KILLED)
        try:
            write(study, tables=tables, registry=registry)
        except Killed:
            return None
    return killer.calls


def rows_of_live(study: Path) -> int | None:
    """How many rows the live release has, if it is whole and the registry is its own; null if there is none."""
    if layout.current(panel_dir(study)) is None:
        assert read_live(panel_dir(study), registry_dir(study)) is None
        with pytest.raises(InputError, match=r"No release has been published|There is no panel"):
            open_panel(panel_dir(study))
        return None
    panel = open_panel(panel_dir(study))
    for resource in described(panel.path)["resources"]:
        assert len((panel.path / resource["path"]).read_bytes()) == resource["bytes"]
    counts = {panel.table(name).select(pl.len()).collect().item() for name in samples.names()}
    registry = read_live(panel_dir(study), registry_dir(study))
    assert counts == {registry.height}
    return registry.height


def litter(study: Path) -> list[str]:
    known = {".lock"}
    return [path.name for path in study.rglob(".*") if path.name not in known]


FIRST, SECOND, THIRD = 3, 4, 5
N_CALLS = 57


@pytest.fixture(scope="module")
def after_one(tmp_path_factory):
    study = tmp_path_factory.mktemp("study")
    build(study, FIRST)
    return study


def test_every_call_of_a_build_is_tried_below(after_one, tmp_path):
    assert build(copied(after_one, tmp_path / "study"), SECOND) == N_CALLS


@pytest.mark.parametrize("kill_at", range(N_CALLS))
def test_a_killed_build_leaves_the_release_before_or_the_new_one_whole(after_one, tmp_path, kill_at):
    study = copied(after_one, tmp_path / "study")
    assert build(study, SECOND, kill_at) is None
    assert rows_of_live(study) in {FIRST, SECOND}
    # The next build is not troubled by what was left behind.
    assert build(study, THIRD) is not None
    assert rows_of_live(study) == THIRD
    assert litter(study) == []


@pytest.mark.parametrize(("kill_at", "live"), [(0, FIRST), (N_CALLS - 1, SECOND)])
def test_a_build_killed_at_once_changed_nothing_and_one_killed_at_last_is_done(after_one, tmp_path, kill_at, live):
    study = copied(after_one, tmp_path / "study")
    build(study, SECOND, kill_at)
    assert rows_of_live(study) == live


@pytest.mark.slow
def test_a_killed_first_build_leaves_no_release_or_the_first(tmp_path):
    calls = build(tmp_path / "whole", FIRST)
    for kill_at in range(calls):
        study = tmp_path / f"study-{kill_at}"
        assert build(study, FIRST, kill_at) is None
        assert rows_of_live(study) in {None, FIRST}
        assert build(study, SECOND) is not None
        assert rows_of_live(study) == SECOND


@pytest.mark.slow
@settings(max_examples=25)
@given(kills=st.lists(st.integers(0, N_CALLS + 20), min_size=2, max_size=5))
def test_builds_killed_one_after_another_never_lose_a_release(after_one, tmp_path_factory, kills):
    study = copied(after_one, tmp_path_factory.mktemp("killed") / "study")
    live = FIRST
    for rows, kill_at in enumerate(kills, start=SECOND):
        finished = build(study, rows, kill_at) is not None
        now = rows_of_live(study)
        assert now == rows if finished else now in {live, rows}
        live = now
    published = layout.published(panel_dir(study))
    assert published == tuple(layout.release_name(number) for number in range(1, len(published) + 1))
    assert layout.current(panel_dir(study)) == published[-1]


@pytest.mark.parametrize(("call", "live"), [("rename", FIRST), ("replace", FIRST)])
def test_a_process_that_is_really_killed_leaves_the_release_before(after_one, tmp_path, call, live):
    study = copied(after_one, tmp_path / "study")
    code = (
        "import os, signal, sys; from pathlib import Path; from tests.panel import samples;"
        f"os.{call} = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL);"
        f"samples.write(Path(sys.argv[1]), rows={SECOND})"
    )
    root = Path(__file__).resolve().parents[2]
    killed = subprocess.run([sys.executable, "-c", code, study], cwd=root, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert rows_of_live(study) == live
    assert write(study, rows=THIRD) == "r0002"
    assert rows_of_live(study) == THIRD
