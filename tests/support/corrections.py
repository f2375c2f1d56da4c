"""Lines of `owner/corrections.csv`, and two persons for them to correct.

A line is a mapping from column to text. The persons stand in rows 9 and 10, a sum in row 11, nothing in row 12; the
second person has no answer on housing (K) and an Excel error under family (L).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sigpanel.decisions import Corrected, Corrections, apply
from sigpanel.errors import InputError
from tests.support.answers import ExcelError, changed, frames

COLUMNS = ("file", "cell", "action", "expected", "value", "rule", "reason", "who", "date")
HEADER = ";".join(COLUMNS)
FILE, ID = "2022/Farsta.xlsx", "sabc234"
FILES = {FILE: 0, ID: 0}

PERSONS = changed({}, {1: "BQ0711", 4: 15, 11: None, 12: ExcelError()})
CELLS, PERSON_ROWS, WORKBOOKS, PLACES, FORMS = frames(PERSONS)
ROWS = pl.concat(
    [PERSON_ROWS, pl.DataFrame([(0, 11, "sum"), (0, 12, "blank")], schema=PERSON_ROWS.schema, orient="row")]
)


def line(cell: str = "H9", action: str = "set", expected: str = "2", value: str = "", **more: str) -> dict[str, str]:
    """Return a sound line by column, with some texts changed."""
    sound = {"file": FILE, "cell": cell, "action": action, "expected": expected, "value": value, "rule": ""}
    return sound | {"reason": "Ringde", "who": "A.B.", "date": "2023-02-01"} | more


def accept(cell: str, rule: str, expected: str, **more: str) -> dict[str, str]:
    return line(cell, "accept", expected, rule=rule, **more)


def file(
    folder: Path, *lines: dict[str, str], header: str = HEADER, encoding: str = "utf-8", end: str = "\r\n"
) -> Path:
    path = folder / "corrections.csv"
    texts = [header, *(";".join(one[name] for name in COLUMNS) for one in lines)]
    path.write_bytes(end.join([*texts, ""]).encode(encoding))
    return path


def applied(corrections: Corrections, files: dict[str, int] = FILES) -> Corrected:
    return apply(corrections, files=files, cells=CELLS, rows=ROWS, columns=PLACES)


def refused(code: str, call: Callable[..., Any], *args: Any) -> list[str]:
    """Return the lines of the message that name a place, once the error is the one that was expected."""
    with pytest.raises(InputError) as caught:
        call(*args)
    assert (caught.value.code, caught.value.exit_code) == (code, 3)
    assert caught.value.__cause__ is None
    return [text.strip() for text in caught.value.message.splitlines()[1:] if text.strip()]


def at(cells: pl.DataFrame, cell: str) -> list[tuple[Any, ...]]:
    """Return kind, text, number and date of what stands at an address."""
    address = pl.concat_str("column", "row")
    return cells.filter(address == cell).select("kind", "text", "number", "date").rows()


def others(cells: pl.DataFrame, *addresses: str) -> pl.DataFrame:
    return cells.filter(~pl.concat_str("column", "row").is_in(addresses))


SECRETS = {
    "expected": "ZQ8812",
    "value": "Hemlig",
    "reason": "Mamman ringde",
    "who": "Åsa Öberg",
    "file": "2022/Kalle.xlsx",
}
