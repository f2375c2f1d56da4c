"""What `sigpanel check` costs, beside python-calamine's bare reading of the same workbooks.

    python3 dev.py bench                the demo's size and, where it lies beside the repository, ../shared
    python3 dev.py bench --quick        a tenth of the demo, once: does it run at all

The aim is under 4 times: whoever checks a delivery before building should not have to wait for it.
python-calamine reads every sheet to Python values and knows nothing of questions; `check` says what is wrong in which
cell. No feedback is written.

Figures are seconds by the clock and CPU seconds of all threads, without starting Python and importing. The tasks take
turns in one process, and a ratio is the median of those of neighbours: a machine that others use is slow by turns. Read
the ratios: they travel between machines, seconds do not.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from _common import DEMO, MAKE, QUICK, calamine, in_its_own_process, make_study, options

if TYPE_CHECKING:
    from collections.abc import Callable

MEASURE = "measure"
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


def measure(folder: Path, times: int) -> dict[str, list[float]]:
    """Run the tasks in turn, once to warm up and `times` more: of each `[seconds, ratio, CPU seconds, ratio]`."""
    books = sorted(folder.glob("20*/*.xlsx"))
    rounds = [{name: _spent(task, books) for name, task in TASKS.items()} for _ in range(times + 1)][1:]
    bare = "python-calamine reads"
    return {
        name: [
            told(figures)
            for at in (0, 1)
            for told, figures in (
                (min, [one[name][at] for one in rounds]),
                (statistics.median, [one[name][at] / one[bare][at] for one in rounds]),
            )
        ]
        for name in TASKS
    }


def _spent(task: Callable[[list[Path]], None], books: list[Path]) -> tuple[float, float]:
    clock, cpu = time.perf_counter(), time.process_time()
    task(books)
    return time.perf_counter() - clock, time.process_time() - cpu


def report(title: str, folder: Path, times: int) -> None:
    """Measure every task on a folder of reporting years, and print the table."""
    figures = in_its_own_process(__file__, MEASURE, folder, times)
    print(f"\n{title}: {len(list(folder.glob('20*/*.xlsx')))} workbooks")
    print(f"  {'':<24}{'s':>8}{'ratio':>8}{'CPU s':>8}{'ratio':>8}")
    for name, (clock, to_clock, cpu, to_cpu) in figures.items():
        print(f"  {name:<24}{clock:>8.2f}{to_clock:>8.1f}{cpu:>8.2f}{to_cpu:>8.1f}")


def main() -> None:
    """Measure every delivery, or do one thing as a child of this script."""
    given = options(__doc__, quick="a small study, once")
    if given.task == MAKE:
        print(json.dumps(make_study(given.folder, given.number)))
    elif given.task:
        print(json.dumps(measure(given.folder, given.number)))
    else:
        persons, times = (QUICK, 1) if given.quick else (DEMO, 9)
        with tempfile.TemporaryDirectory() as folder:
            in_its_own_process(__file__, MAKE, Path(folder), persons)
            report(f"{persons:,} persons", Path(folder) / "study" / "owner" / "submissions", times)
        if SHARED.is_dir() and not given.quick:
            report("../shared", SHARED, times)


if __name__ == "__main__":
    main()
