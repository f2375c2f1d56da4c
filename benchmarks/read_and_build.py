"""What a build costs, beside programs that merely read the same workbooks.

    python3 dev.py bench                the demo's size, and ten times as many persons
    python3 dev.py bench --quick        a tenth of the demo, once: does it run at all

python-calamine is the fastest reader that keeps addresses, openpyxl the most used one. Neither says which question a
cell answers, let alone what it means; the ratio says what knowing that costs. All three read every sheet.

Figures are CPU seconds of all threads, best of several, without starting Python and importing; and the peak memory of a
process that did nothing else, its imports included. Read the ratios: they travel between machines, seconds do not.
Everything is made in a folder for temporary files and removed again; nothing is written but the table on the terminal.
"""

from __future__ import annotations

import json
import resource
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from _common import DEMO, MAKE, QUICK, TEN_TIMES, calamine, in_its_own_process, make_study, options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BYTES_OF_MAXRSS = 1 if sys.platform == "darwin" else 1024

# Where the pipeline calls its stages. Timed from outside, so that the product carries no stopwatch.
STAGES = {
    "read": "sigpanel.intake.read",
    "clean": "sigpanel.clean.clean",
    "episodes": "sigpanel.pipeline.make.collapse",
    "persons": "sigpanel.pipeline.make.resolve",
    "quality": "sigpanel.pipeline.build.quality",
    "assemble": "sigpanel.pipeline.build.assemble",
    "write": "sigpanel.pipeline.build.write",
}


@dataclass(frozen=True)
class Cost:
    """CPU seconds of the best run, peak memory in bytes, and the best run's seconds by stage where it has stages."""

    seconds: float
    peak: int
    stages: dict[str, float]


# --- the tasks, each run in a process of its own ----------------------------------------------------------------------


def openpyxl(books: list[Path], _: Path) -> None:
    """Read every sheet of every workbook in openpyxl's faster mode."""
    from openpyxl import load_workbook  # type: ignore[import-untyped]

    for path in books:
        book = load_workbook(path, read_only=True, data_only=True)
        for sheet in book.worksheets:
            for _row in sheet.iter_rows(values_only=True):
                pass
        book.close()


def our_reader(books: list[Path], _: Path) -> None:
    """Pass every workbook through the gate and read its cells."""
    from sigpanel.intake.xlsx import read

    for path in books:
        read(path)


def build(_: list[Path], study: Path) -> None:
    """Build a first release, from the workbooks to the last file."""
    from sigpanel.key import demonstration
    from sigpanel.pipeline.build import build as run
    from sigpanel.pipeline.study import open_study

    run(open_study(study), demonstration())


TASKS: dict[str, Callable[[list[Path], Path], None]] = {
    "python-calamine reads": calamine,
    "openpyxl reads": openpyxl,
    "sigpanel reads": our_reader,
    "sigpanel builds": build,
}


def measure(task: Callable[[list[Path], Path], None], study: Path, times: int) -> Cost:
    """Run a task several times in this process and keep the best run."""
    books = sorted((study / "owner" / "submissions").rglob("*.xlsx"))
    best, best_stages = float("inf"), {}
    for _ in range(times):
        forget_releases(study)
        stages: dict[str, float] = {}
        with stopwatches(stages) if task is build else ExitStack():
            before = time.process_time()
            task(books, study)
            seconds = time.process_time() - before
        if seconds < best:
            best, best_stages = seconds, stages
    return Cost(best, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_OF_MAXRSS, best_stages)


@contextmanager
def stopwatches(stages: dict[str, float]) -> Iterator[None]:
    """Add each stage's CPU seconds to `stages` while the block runs."""
    import sigpanel.pipeline.build  # noqa: F401 - what is patched must be there, and importing is not what we measure

    def timed(stage: str, run: Callable[..., Any]) -> Callable[..., Any]:
        def timing(*args: object, **kwargs: object) -> object:
            before = time.process_time()
            try:
                return run(*args, **kwargs)
            finally:
                stages[stage] = stages.get(stage, 0.0) + time.process_time() - before

        return timing

    with ExitStack() as stack:
        for stage, place in STAGES.items():
            module, _, name = place.rpartition(".")
            stack.enter_context(patch(place, timed(stage, getattr(sys.modules[module], name))))
        yield


def forget_releases(study: Path) -> None:
    """Make the next build the study's first one again."""
    for folder in (study / "research" / "panel", study / "owner" / "registry"):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)


# --- the script -------------------------------------------------------------------------------------------------------


def report(folder: Path, persons: int, times: int) -> None:
    """Make a study, measure every task on it, and print the table."""
    n_books, n_rows, n_cells = in_its_own_process(__file__, MAKE, folder, persons)
    costs = {name: Cost(**in_its_own_process(__file__, name, folder / "study", times)) for name in TASKS}
    one = costs["python-calamine reads"].seconds
    print(f"\n{persons:,} persons and the pilot's: {n_books} workbooks, {n_rows:,} rows, {n_cells:,} filled cells")
    print(f"  {'':<24}{'CPU s':>8}{'ratio':>8}{'peak MB':>9}")
    for name, cost in costs.items():
        print(f"  {name:<24}{cost.seconds:>8.2f}{cost.seconds / one:>8.1f}{cost.peak / 1e6:>9.0f}")
    built = costs["sigpanel builds"]
    shares = {**built.stages, "the rest": built.seconds - sum(built.stages.values())}
    print("  of the build: " + ", ".join(f"{stage} {spent / built.seconds:.0%}" for stage, spent in shares.items()))


def main() -> None:
    """Run every task on every size, or one task as a child of this script."""
    given = options(__doc__, quick="a small study, once")
    if given.task == MAKE:
        print(json.dumps(make_study(given.folder, given.number)))
    elif given.task:
        print(json.dumps(vars(measure(TASKS[given.task], given.folder, given.number))))
    else:
        for persons, times in {QUICK: 1}.items() if given.quick else {DEMO: 3, TEN_TIMES: 2}.items():
            with tempfile.TemporaryDirectory() as folder:
                report(Path(folder), persons, times)


if __name__ == "__main__":
    main()
