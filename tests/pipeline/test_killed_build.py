"""Kill a real build, of real workbooks, at any moment: the panel opens at the release before, and the next build works.

Every single step of writing is tried in `tests/panel/test_kill.py`; here the whole process is killed, wherever it
happens to be: reading, cleaning, linking or writing.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sigpanel.panel import layout, open_panel, registry
from sigpanel.pipeline.build import build
from tests.support.study import differing, make_study, release_of

ROOT = Path(__file__).resolve().parents[2]
CODE = """
import sys; from pathlib import Path
from sigpanel.pipeline.build import build; from sigpanel.pipeline.study import open_study
study = open_study(Path(sys.argv[1]))
print("ready", flush=True)
build(study)
print("done", flush=True)
"""


def started(study) -> subprocess.Popen:
    """A build in a process of its own, which has imported everything and begins now."""
    temporary = study.root.with_name("temporary")
    temporary.mkdir(exist_ok=True)
    environment = {**os.environ, "TMPDIR": str(temporary)}
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, study.root], cwd=ROOT, env=environment, stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"ready\n"
    return process


def killed_after(study, seconds: float) -> bool:
    """Kill a build so long after it began; whether it was still at it."""
    process = started(study)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert list(study.root.with_name("temporary").iterdir()) == []
    return process.returncode == -signal.SIGKILL


def whole(study, release: str) -> bool:
    """Whether a release is whole and the registry that counts is its own."""
    panel = open_panel(study.panel)
    rows = {name: panel.table(name).collect().height for name in panel.manifest["rows"]}
    remembered = registry.read_live(study.panel, study.registry)
    return (
        panel.release == release
        and rows == panel.manifest["rows"]
        and {path.name for path in panel.path.iterdir()} == {path.name for path in (study.panel / "r0001").iterdir()}
        and remembered["person_id"].is_in(panel.persons.collect()["person_id"].implode()).all()
    )


@pytest.fixture(scope="module")
def duration(tmp_path_factory) -> float:
    """How long a build takes in a process of its own."""
    study = make_study(tmp_path_factory.mktemp("timed") / "study")
    process = started(study)
    began = time.monotonic()
    assert process.communicate()[0] == b"done\n"
    return time.monotonic() - began


@pytest.mark.slow
def test_a_build_killed_at_any_moment_leaves_the_release_before_or_the_new_one_whole(released, duration):
    moments = random.Random(20220101)  # noqa: S311
    was_killed = []
    # At once, which no build survives however fast the machine has become, and then at any moment.
    for seconds in (0, *(moments.uniform(0, duration) for _ in range(5))):
        before = layout.current(released.panel)
        was_killed.append(killed_after(released, seconds))
        now = layout.current(released.panel)
        assert now in {before, layout.release_name((layout.ordinal(before) or 0) + 1)}
        assert whole(released, now)
    assert any(was_killed)
    last = build(released).release
    assert whole(released, last)
    assert differing(release_of(released, last), release_of(released, "r0001")) == {"manifest.json", "datapackage.json"}
    assert [path.name for path in released.panel.iterdir() if path.name.startswith(layout.BUILDING)] == []


@pytest.mark.slow
def test_a_first_build_that_is_killed_leaves_nothing_live_and_the_next_is_as_if_it_had_not_been(study, built, duration):
    for part in (0.1, 0.4, 0.7):
        if killed_after(study, part * duration) and layout.current(study.panel) is None:
            assert registry.read_live(study.panel, study.registry) is None
    build(study)
    # The first release, whichever build it was that came through.
    assert differing(release_of(study, "r0001"), release_of(built)) == set()
