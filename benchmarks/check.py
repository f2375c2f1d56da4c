"""What `sigpanel check` costs, beside python-calamine's bare reading of the same workbooks.

    python3 dev.py bench                the demo's size and, where it lies beside the repository, ../shared
    python3 dev.py bench --quick        a tenth of the demo, once: does it run at all

The aim is under 4 times: whoever checks a delivery before building should not have to wait for it.
python-calamine reads every sheet to Python values and knows nothing of questions; `check` says what is wrong in which
cell. No feedback is written.

Figures are CPU seconds of all threads, best of several, without starting Python and importing, each task in a process
of its own. Read the ratios: they travel between machines, seconds do not.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from _common import DEMO, MAKE, QUICK, calamine, in_its_own_process, make_study

SHARED = Path(__file__).resolve().parents[2] / "shared" / "submissions"


def our_reader(books: list[Path]) -> None:
    """Pass every workbook through the gate and read its cells."""
    from sigpanel.intake.xlsx import read

    for path in books:
        read(path)


def intake(books: list[Path]) -> None:
    """Read every workbook and recognise the form in it."""
    from sigpanel.intake import read

    for number, path in enumerate(books):
        read(path, submission_no=number, year=int(path.parent.name))


def check(books: list[Path]) -> None:
    """Check the workbooks as one delivery."""
    from sigpanel.pipeline.check import check as run

    run(books)


TASKS = {
    "python-calamine reads": calamine,
    "sigpanel reads": our_reader,
    "and recognises": intake,
    "sigpanel checks": check,
}


def measure(task: str, folder: Path, times: int) -> float:
    """Run a task once to warm up and several times more; the CPU seconds of the best run."""
    books = sorted(folder.glob("20*/*.xlsx"))
    TASKS[task](books)
    best = float("inf")
    for _ in range(times):
        before = time.process_time()
        TASKS[task](books)
        best = min(best, time.process_time() - before)
    return best


def report(title: str, folder: Path, times: int) -> None:
    """Measure every task on a folder of reporting years, and print the table."""
    seconds = {name: in_its_own_process(__file__, name, folder, times) for name in TASKS}
    print(f"\n{title}: {len(list(folder.glob('20*/*.xlsx')))} workbooks")
    print(f"  {'':<24}{'CPU s':>8}{'ratio':>8}")
    for name, spent in seconds.items():
        print(f"  {name:<24}{spent:>8.2f}{spent / seconds['python-calamine reads']:>8.1f}")


def main() -> None:
    """Run every task on every delivery, or one task as a child of this script."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help="a small study, once")
    options.add_argument("--task", choices=[MAKE, *TASKS], help=argparse.SUPPRESS)
    options.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options.add_argument("--number", type=int, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.task == MAKE:
        print(json.dumps(make_study(given.folder, given.number)))
    elif given.task:
        print(json.dumps(measure(given.task, given.folder, given.number)))
    else:
        persons, times = (QUICK, 1) if given.quick else (DEMO, 5)
        with tempfile.TemporaryDirectory() as folder:
            in_its_own_process(__file__, MAKE, Path(folder), persons)
            report(f"{persons:,} persons", Path(folder) / "study" / "owner" / "submissions", times)
        if SHARED.is_dir() and not given.quick:
            report("../shared", SHARED, times)


if __name__ == "__main__":
    main()
