"""Files for SPSS (.sav) and Stata (.dta): written and read here and nowhere else, by pyreadstat.

The same table gives the same bytes. The library writes the time into both headers and has no way to leave it out, so it
is overwritten with a fixed one; strings are as wide as their longest value, and nothing is compressed. It writes to a
path alone: a file of its owner's, in the folder that is being filled, which is then written anew like every other.

It also calls the labels of a variable's values by the variable's name and a number, and refuses the variable where that
is longer than 32 characters. So variables are written under shorter names and get their own in the bytes.

The import costs .4 s and is made when it is used.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from sigpanel.contracts.exports import exports
from sigpanel.errors import Fault
from sigpanel.exports.coded import coded, lettered
from sigpanel.panel import durable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from sigpanel.contracts.extracts import Words
    from sigpanel.exports.variables import Variable

SAV, DTA = "sav", "dta"
# Stata 14 is the first with UTF-8; its files are read by every later one, SE and IC too.
_STATA = 14
_MOMENT = {SAV: b"01 Jan 0000:00:00", DTA: b"01 Jan 2000 00:00"}
_SAV_TIME = slice(92, 109)
# In .dta a name has a field of so many bytes; before a number of up to four digits there is room for so many
# characters.
_NAME_FIELD, _BEFORE_NUMBER = 129, 28
_DTA_TIME = re.compile(rb"(?<=<timestamp>\x11).{17}(?=</timestamp>)", re.DOTALL)
_FORMATS = {
    SAV: {"date": "SDATE10", "bool": "F1.0", "int16": "F8.0", "int32": "F8.0", "float64": "F8.4"},
    DTA: {"date": "%td", "bool": "%8.0g", "int16": "%8.0g", "int32": "%12.0g", "float64": "%9.0g"},
}


def write(path: Path, frame: pl.DataFrame, variables: Sequence[Variable], about: Words, language: str) -> None:
    """Write a table for SPSS or Stata, by how the path ends.

    Args:
        path: a file that is not there yet.
        frame: the table, with a column for each variable.
        variables: its columns.
        about: what the file is, in a few words.
        language: of labels, sv or en.
    """
    kind = path.suffix.removeprefix(".")
    unfinished = path.with_name(f".{path.name}.unfinished")
    with durable.new_file(unfinished, durable.PRIVATE):
        pass
    try:
        written = _sav if kind == SAV else _dta
        written(unfinished, frame, variables, getattr(about, language), language)
        content = _without_time(unfinished.read_bytes(), kind)
    finally:
        unfinished.unlink(missing_ok=True)
    with durable.new_file(path, durable.SHARED) as file:
        file.write(content)


def _sav(path: Path, frame: pl.DataFrame, variables: Sequence[Variable], about: str, language: str) -> None:
    import pyreadstat

    last = exports().last_code
    _guarded(
        pyreadstat.write_sav,
        coded(frame, variables),
        path,
        **_described(variables, about, language, SAV),
        missing_ranges={each.name: [{"lo": each.first_code, "hi": last}] for each in variables if each.reasons},
        variable_measure={each.name: "nominal" if each.is_text or each.categories else "scale" for each in variables},
    )


def _dta(path: Path, frame: pl.DataFrame, variables: Sequence[Variable], about: str, language: str) -> None:
    import pyreadstat

    made = lettered(frame, variables)
    letters = {
        each.name[:_BEFORE_NUMBER]: [exports().reasons[name].letter for name in each.reasons]
        for each in variables
        if made.schema[each.name] == pl.Object
    }
    short = [replace(each, name=each.name[:_BEFORE_NUMBER]) for each in variables]
    made.columns = [each.name for each in short]
    described = _described(short, about, language, DTA)
    for name, labels in described["variable_value_labels"].items():
        # Of a letter a label can be written only where the column may hold letters: not in a table without rows.
        described["variable_value_labels"][name] = {
            value: label for value, label in labels.items() if name in letters or not isinstance(value, str)
        }
    _guarded(pyreadstat.write_dta, made, path, **described, missing_user_values=letters, version=_STATA)
    path.write_bytes(_named(path.read_bytes(), [each.name for each in variables]))


def _named(content: bytes, names: Sequence[str]) -> bytes:
    """The file with the variables' names as they are."""
    before, start, rest = content.partition(b"<varnames>")
    fields = b"".join(name.encode().ljust(_NAME_FIELD, b"\0") for name in names)
    return before + start + fields + rest[len(fields) :]


def _described(variables: Sequence[Variable], about: str, language: str, kind: str) -> dict[str, Any]:
    formats = _FORMATS[kind]
    return {
        "file_label": about,
        "column_labels": {each.name: getattr(each.label, language) for each in variables},
        "variable_value_labels": {each.name: labels for each in variables if (labels := _labels(each, language, kind))},
        "variable_format": {each.name: formats[each.type] for each in variables if each.type in formats},
    }


def _labels(variable: Variable, language: str, kind: str) -> dict[int | str, str]:
    values: dict[int | str, str] = {each.number: getattr(each.said, language) for each in variable.categories}
    reasons = [exports().reasons[name] for name in variable.reasons]
    return values | {
        (reason.code if kind == SAV else reason.letter): getattr(reason.said, language) for reason in reasons
    }


def _guarded(write: Callable[..., None], frame: pl.DataFrame, path: Path, **described: Any) -> None:
    try:
        write(frame, str(path), **described)
    except OSError:
        raise
    except Exception:  # noqa: BLE001 - the library's errors print values
        raise Fault(
            "export-not-written", "A table could not be written for SPSS or Stata.", remedy="Please report it."
        ) from None


def _without_time(content: bytes, kind: str) -> bytes:
    """The file with a fixed time in its header.

    Raises:
        Fault: the header is not as it was known to be.
    """
    if kind == SAV:
        known = content[:4] == b"$FL2" and re.fullmatch(rb"\d\d \w{3} \d\d\d\d:\d\d:\d\d", content[_SAV_TIME])
        made = content[: _SAV_TIME.start] + _MOMENT[SAV] + content[_SAV_TIME.stop :]
    else:
        header, end, rest = content.partition(b"</header>")
        header, known = _DTA_TIME.subn(_MOMENT[DTA], header)  # type: ignore[assignment]
        made = header + end + rest
    if not known:
        raise Fault(
            "export-header-unknown", "The library writes another header than it did.", remedy="Please report it."
        )
    return made


# --- reading ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Read:
    """What a file says: its values by column, codes of the missing among them; and every text in its description."""

    frame: pl.DataFrame
    texts: tuple[str, ...]


def is_statistical(content: bytes) -> bool:
    """Whether bytes are those of a .sav or .dta file."""
    return content[:3] == b"$FL" or content[:11] == b"<stata_dta>"


def read(content: bytes) -> Read:
    """Read a file from its bytes, whatever wrote it, without laying it on a disk.

    Raises:
        ValueError: it cannot be read, or this machine has no files in memory.
    """
    import pyreadstat

    reader = pyreadstat.read_dta if content[:11] == b"<stata_dta>" else pyreadstat.read_sav
    try:
        place = os.memfd_create("statistical")
    except AttributeError:
        raise ValueError from None
    try:
        with os.fdopen(place, "wb") as file:
            file.write(content)
            file.flush()
            frame, said = reader(f"/proc/self/fd/{place}", user_missing=True, output_format="polars")
    except Exception:  # noqa: BLE001 - the library's errors may print values
        raise ValueError from None
    return Read(frame, tuple(_texts(said)))


def _texts(said: Any) -> Iterator[str]:  # noqa: ANN401 - the library's own description of a file
    for text in (said.file_label, said.table_name, *(said.notes or ()), *said.column_names):
        if text:
            yield str(text)
    yield from (str(text) for text in (said.column_labels or ()) if text)
    for labels in said.value_labels.values():
        yield from (f"{value}\n{text}" for value, text in labels.items())
