"""What every test stands on: no key from outside, the same examples every time, the workbooks beside the repository."""

import os
import subprocess
import sys
from collections.abc import Callable
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
    """Mark as `shared` every test that uses the fixture, so that nobody has to say it twice."""
    for item in items:
        if "shared" in getattr(item, "fixturenames", ()):
            item.add_marker("shared")


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

    For what can only be seen from outside: exit codes, what goes to which stream, what an import drags in.
    """

    def run(*args: str | Path, **more: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *map(str, args)]
        return subprocess.run(command, capture_output=True, text=True, check=False, **{"timeout": 300, **more})

    return run
