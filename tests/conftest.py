"""What every test stands on: no key from outside, the same examples every time, the workbooks beside the repository."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]

# Whoever runs the tests may hold a real key. No test may pseudonymise with it, nor a failure print what it made.
os.environ.pop("SIGPANEL_KEY_FILE", None)
os.environ.pop("SIGPANEL_MANAGER_KEY_FILE", None)

# A test that fails for chance examples or a slow machine teaches people to run it again. Searching for new
# counter-examples is a deliberate act: pytest --hypothesis-profile=search
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("search", max_examples=2_000, deadline=None, print_blob=True)
settings.load_profile("same")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by what they are, so that nobody has to say it twice.

    `shared` is every test that uses the fixture. `no_cover` are the slow ones and those of chance examples: they go the
    same ways hundreds of times, and coverage, which looks at every line of everybody's code, takes as long again.
    """
    for item in items:
        if "shared" in getattr(item, "fixturenames", ()):
            item.add_marker("shared")
        if item.get_closest_marker("slow") or getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("no_cover")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Start the processes of a test that coverage leaves out without coverage too."""
    with pytest.MonkeyPatch.context() as patch:
        if item.get_closest_marker("no_cover"):
            patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        return (yield)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return ../shared, where the real-form workbooks and their truth lie; they are not the repository's to hold."""
    place = ROOT.parent / "shared"
    if not place.is_dir():
        # What these tests hold is held of our own synthetic deliveries too (tests/truth), so nothing goes unseen.
        pytest.skip("../shared, with the real-form workbooks, is not beside this repository")
    return place


@pytest.fixture(scope="session")
def python() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs a fresh Python: `python("-m", "sigpanel", "doctor")`, `python("-c", code)`.

    For what can only be seen from outside: exit codes, what goes to which stream, what an import drags in. A start
    takes half a second and coverage as much again; what a command answers is asked in this process, by
    `tests.cli.running.run`.
    """

    def run(*args: str | Path, **more: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *map(str, args)]
        return subprocess.run(command, capture_output=True, text=True, check=False, **{"timeout": 300, **more})

    return run
