"""A delivery folder as it came: which files there are, what they declare, and their rows, read strictly.

    sent = read_sent(folder)
    sent.declared["convictions"]     the coverage declared for a table
    sent.table(kind)                 its rows in the contract's types, and what could not be read so

A folder is one holder's: `coverage.csv`, whom it searched for, and a file for each other table, as docs/deliveries.md
says. A cell that cannot be read in its column's type is counted and refused, never made null in silence. What a file or
a column is called is not repeated, nor is any value: each may be a personal number.

Whether rows keep their contract is for `sigpanel.followup.held`.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Final

import polars as pl

from sigpanel.contracts.deliveries import declared as declared_of
from sigpanel.contracts.deliveries import deliveries
from sigpanel.contracts.delivery import Coverage
from sigpanel.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sigpanel.contracts.delivery import Delivery

COVERAGE: Final = "coverage.csv"
_DECLARED: Final = ("delivery", *(field.name for field in fields(Coverage)))
_BOM: Final = b"\xef\xbb\xbf"
# A version stands in tables and manifests: a short name, with no room for a personal number.
_VERSION: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.:_-]{0,19}", re.ASCII)
_MOST_DIGITS: Final = 8
# What lies in a folder of ours: whoever gave it meant another.
_OURS: Final = ("manifest.json", "sigpanel.toml")
_READ: Final = {
    "date": r"^\d{4}-\d{2}-\d{2}$",
    "int16": r"^-?\d{1,9}$",
    "int32": r"^-?\d{1,18}$",
    "float64": r"^-?\d+(\.\d+)?$",
    "bool": r"^(true|false)$",
}
_AGAIN: Final = "Ask the holder for the file as docs/deliveries.md says. Nothing was taken in."


@dataclass(frozen=True)
class Table:
    """Rows of a delivery, and by column how many cells could not be read in its type."""

    frame: pl.DataFrame = field(repr=False)
    unread: Mapping[str, int]


@dataclass(frozen=True)
class Sent:
    """A delivery folder: by kind what is declared of it, and its file."""

    declared: Mapping[str, Coverage]
    files: Mapping[str, Path] = field(repr=False)

    def table(self, kind: Delivery) -> Table:
        """The rows of a kind.

        Raises:
            InputError: its file cannot be read.
        """
        path = self.files[kind.name]
        return _of_parquet(path, kind) if path.suffix == ".parquet" else _of_csv(path, kind)


def read_sent(folder: Path) -> Sent:
    """What a folder holds, by what it declares.

    Raises:
        UsageError: there is no such folder.
        InputError: files are missing, too many or cannot be read, or something declared does not hold.
    """
    if not folder.is_dir():
        what = "The delivery is to be a folder, and this is a file." if folder.exists() else "There is no such folder."
        raise UsageError("no-folder", what, remedy=f"Give the folder in which the {COVERAGE} of the delivery lies.")
    files, others = _files(folder)
    if not files and not (folder / COVERAGE).is_file():
        raise _no_delivery(folder)
    if others:
        raise _refused(
            "delivery-files", f"{_number(others, 'file')} in the folder belong to no delivery.",
            f"There belong {COVERAGE} and one file for each table, such as convictions.csv; move others away.",
        )  # fmt: skip
    if not (folder / COVERAGE).is_file():
        raise _refused("delivery-coverage-missing", f"The delivery has no {COVERAGE}.", _AGAIN)
    said = dict(_declared(folder / COVERAGE))
    lacking = [name for name in deliveries() if name in files and name not in said]
    if lacking:
        what = f"{COVERAGE} has no line for {', '.join(lacking)}, which the delivery holds."
        raise _refused("delivery-coverage-missing", what, _AGAIN)
    absent = [name for name in said if name not in files]
    if absent:
        what = f"The delivery declares {', '.join(absent)}, and the file is not there."
        raise _refused("delivery-table-missing", what, "An empty table is a file with its header alone. " + _AGAIN)
    return Sent({name: said[name] for name in deliveries() if name in said}, files)


def _no_delivery(folder: Path) -> InputError:
    """That a folder holds nothing of a delivery, so that nothing in it is to be moved away, nor asked for again."""
    below = sum((path / COVERAGE).is_file() for path in folder.iterdir())
    if below == 1:
        remedy = "A folder in it holds one: give that."
    elif below:
        remedy = f"{below} folders in it hold one each: receive them one by one."
    elif any((folder / name).exists() for name in _OURS):
        remedy = "It is an extract, a release or a study. Give the folder that the holder's files lie in."
    else:
        remedy = f"Give the folder that holds {COVERAGE} and a file for each table, such as convictions.csv."
    return _refused(
        "delivery-none", f"The folder holds no delivery: neither {COVERAGE} nor a table. Nothing was taken in.", remedy
    )


def _files(folder: Path) -> tuple[dict[str, Path], int]:
    """The file of each kind, and how many others there are."""
    found: dict[str, Path] = {}
    others = 0
    for path in sorted(folder.iterdir()):
        is_plain = path.is_file() and not path.is_symlink()
        if is_plain and path.name == COVERAGE:
            continue
        if not is_plain or path.suffix not in (".csv", ".parquet") or path.stem not in deliveries():
            others += 1
        elif path.stem in found:
            raise _refused("delivery-table-twice", f"The delivery has two files of {path.stem}.", _AGAIN)
        else:
            found[path.stem] = path
    return found, others


def _declared(path: Path) -> Iterator[tuple[str, Coverage]]:
    header, rows = _lines(path, COVERAGE)
    if sorted(header) != sorted(_DECLARED):
        what = f"The columns of {COVERAGE} are not those that it must have."
        raise _refused("delivery-coverage", what, f"They are {', '.join(_DECLARED)}. {_AGAIN}")
    known: set[str] = set()
    for no, row in enumerate(rows, start=2):
        said = dict(zip(header, row, strict=True))
        name = said.pop("delivery")
        if name not in deliveries() or name in known:
            what = f"Line {no} of {COVERAGE} is for no table that there is, or for one that has a line already."
            raise _refused("delivery-coverage", what, f"The tables are: {', '.join(deliveries())}. {_AGAIN}")
        known.add(name)
        yield name, _coverage(name, said)


def _coverage(name: str, said: Mapping[str, str]) -> Coverage:
    lag, version = said["lag_months"], said["version"]
    days = {each: _day(said[each]) or said[each] for each in ("from_on", "until_on")}
    months = int(lag) if re.fullmatch(r"\d{1,3}", lag, re.ASCII) else lag
    made = declared_of(deliveries()[name], {**said, **days, "lag_months": months})
    if not _VERSION.fullmatch(version) or sum(each.isdigit() for each in version) > _MOST_DIGITS:
        raise InputError(
            "delivery-coverage",
            f"The declared coverage of {name} does not hold: version.",
            remedy=f"Write a short name without blanks, of at most 20 letters, digits and . : _ - and at most "
            f"{_MOST_DIGITS} digits, such as 2024:1.",
        )
    return made


def _day(text: str) -> dt.date | None:
    if not re.fullmatch(_READ["date"], text, re.ASCII):
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


# --- files ------------------------------------------------------------------------------------------------------------


def _of_csv(path: Path, kind: Delivery) -> Table:
    header, rows = _lines(path, f"The file of {kind.name}")
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(header)
    texts = pl.DataFrame(
        {name: pl.Series([each or None for each in cells], dtype=pl.String)
         for name, cells in zip(header, columns, strict=True)}
    )  # fmt: skip
    known = [name for name in header if name in kind.by_name and kind.by_name[name].type != "string"]
    frame = texts.with_columns(_typed(name, kind.by_name[name].type) for name in known)
    unread = {name: frame[name].null_count() - texts[name].null_count() for name in known}
    return Table(frame, {name: n for name, n in unread.items() if n})


def _typed(name: str, type_: str) -> pl.Expr:
    text = pl.when(pl.col(name).str.contains(_READ[type_])).then(pl.col(name))
    match type_:
        case "date":
            return text.str.to_date("%Y-%m-%d", strict=False).alias(name)
        case "bool":
            return (text == "true").alias(name)
    dtype = {"int16": pl.Int16, "int32": pl.Int32, "float64": pl.Float64}[type_]
    return text.cast(dtype, strict=False).alias(name)


def _of_parquet(path: Path, kind: Delivery) -> Table:
    try:
        return Table(pl.read_parquet(path, glob=False, hive_partitioning=False), {})
    except (pl.exceptions.PolarsError, OSError):
        pass
    raise _refused("delivery-unreadable", f"The file of {kind.name} cannot be read as Parquet.", _AGAIN)


def _lines(path: Path, called: str) -> tuple[list[str], list[list[str]]]:
    """The header and the rows of a file, each with as many cells."""
    content = path.read_bytes()
    if content.startswith(_BOM):
        raise _refused(
            "delivery-bom", f"{called} begins with a byte order mark.", "Save it as UTF-8 without. " + _AGAIN
        )
    try:
        text = content.decode("utf-8")
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True))
    except (UnicodeDecodeError, csv.Error):
        lines = None
    if lines is None:
        raise _refused("delivery-unreadable", f"{called} is not UTF-8, or its quotes do not match.", _AGAIN)
    if not lines or not any(lines[0]):
        raise _refused("delivery-unreadable", f"{called} is empty.", "Its first line holds the columns. " + _AGAIN)
    header, rows = lines[0], lines[1:]
    if len(header) == 1 and "," in header[0]:
        raise _refused(
            "delivery-comma", f"{called} has commas between columns.", "A semicolon belongs there. " + _AGAIN
        )
    if len({*header}) < len(header):
        raise _refused("delivery-column-twice", f"{called} has two columns of one name.", _AGAIN)
    uneven = sum(len(row) != len(header) for row in rows)
    if uneven:
        what = f"{called} has {_number(uneven, 'line')} with more or fewer cells than its header."
        raise _refused("delivery-lines", what, _AGAIN)
    return header, rows


def _number(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"


def _refused(code: str, what: str, remedy: str) -> InputError:
    return InputError(code, what, remedy=remedy)
