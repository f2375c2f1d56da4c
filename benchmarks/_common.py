"""What the benchmarks share: a synthetic study, the reader to compare with, and a process for each task."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

DEMO, TEN_TIMES, QUICK = 450, 4_500, 45
MAKE = "make"
ROOT = Path(__file__).resolve().parents[1]


def calamine(books: list[Path], _: Path | None = None) -> None:
    """Read every sheet of every workbook as rows of Python values."""
    from python_calamine import CalamineWorkbook

    for path in books:
        book = CalamineWorkbook.from_path(path)
        for sheet in range(len(book.sheet_names)):
            book.get_sheet_by_index(sheet).to_python(skip_empty_area=False)


def make_study(root: Path, persons: int) -> tuple[int, int, int]:
    """Make a synthetic study of that many persons, not yet built: how many workbooks, rows and filled cells it has."""
    from sigpanel.pipeline.deliveries import find_sources, read_delivery
    from sigpanel.pipeline.study import create_study
    from sigpanel.synth import generate

    study = create_study(root / "study")
    made = generate(root / "made", persons=persons)
    for year in made.folder.glob("20*"):
        year.rename(study.submissions / year.name)
    for file in (made.folder / "cohort").iterdir():
        file.rename(study.cohort / file.name)
    delivery = read_delivery(find_sources(study.submissions))
    return delivery.workbooks.height, delivery.rows.height, delivery.cells.height


def options(doc: str | None, *, quick: str) -> argparse.Namespace:
    """What a benchmark was asked for: `quick`, or one `task` on a `folder` and a `number` as a child of itself.

    Args:
        doc: the script's own, which `--help` shows.
        quick: what `--quick` does.
    """
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help=quick)
    parser.add_argument("--task", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--number", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def in_its_own_process(script: str, task: str, folder: Path, number: int) -> Any:  # noqa: ANN401 - whatever the task answers
    """Run a benchmark for one task in a fresh process.

    A process's peak memory is never told as less than its parent's at its birth, so the parent does nothing itself.
    """
    command = [sys.executable, script, "--task", task, "--folder", str(folder), "--number", str(number)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def python_of(peer: str) -> Path:
    """The Python of a peer, in the environment that `dev.py bench --peers` makes; it may not be there."""
    return ROOT / ".venv-peers" / peer / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
