"""Plain text for a terminal: tables, the grid of what came in, percentages, and the messages of errors.

No colour and no borders, so that what is printed can be read aloud, piped and pasted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from sigpanel.errors import SigpanelError


def table(heads: Sequence[str], rows: Sequence[Sequence[object]], *, right: Sequence[int] = ()) -> str:
    """Columns lined up; those numbered in `right` (from 0) to the right."""
    texts = [[str(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(len(row[at]) for row in texts) for at in range(len(heads))]
    lines = [
        "  ".join(
            cell.rjust(width) if at in right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in texts
    ]
    return "\n".join(line.rstrip() for line in lines)


def grid(cells: pl.DataFrame, *, head: str, missing: str) -> str:
    """Districts × years for each programme: persons and bortfall, `missing`, or a point where none is expected.

    Args:
        cells: the grid of `sigpanel.pipeline.overview`.
        head: what the figures are.
        missing: what is said of a workbook that did not come.
    """
    from sigpanel.forms import districts, programmes

    parts = []
    for (programme,), of_programme in cells.sort("programme").partition_by("programme", as_dict=True).items():
        years = sorted(of_programme["reported_year"].unique())
        figures = {
            (one["district"], one["reported_year"]): missing
            if one["state"] == "missing"
            else f"{one['n_persons']} ({percent(one['share'])})"
            for one in of_programme.iter_rows(named=True)
        }
        named = [name for name in districts() if any((name, year) in figures for year in years)]
        rows = [[districts()[name].sv, *(figures.get((name, year), "·") for year in years)] for name in named]
        heads = [f"{programmes()[programme].sv}: {head}", *map(str, years)]
        parts.append(table(heads, rows, right=range(1, len(heads))))
    return "\n\n".join(parts)


def spans(numbers: Sequence[int]) -> str:
    """Years as people write them: 2017–2019, 2022."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def percent(share: float | None) -> str:
    """A share as whole per cent."""
    return "–" if share is None else f"{share:.0%}"


def plural(number: int, one: str, more: str | None = None) -> str:
    """`3 rows`, `1 row`."""
    return f"{number} {one if number == 1 else more or f'{one}s'}"


def told(error: SigpanelError) -> str:
    """An error as it is printed: code, message, and what to do."""
    return f"sigpanel: {error.message}\n  → {error.remedy}\n  [{error.code}]"
