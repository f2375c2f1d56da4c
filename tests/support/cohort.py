"""Files of the 2013–2016 persons, as csv and as xlsx, and personal numbers that belong to nobody."""

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

import xlsxwriter

Row = Sequence[object]


def as_csv(path: Path, *rows: Row, separator: str = ";", encoding: str = "utf-8-sig", end: str = "\r\n") -> Path:
    lines = [separator.join("" if cell is None else str(cell) for cell in row) for row in rows]
    path.write_bytes(end.join([*lines, ""]).encode(encoding))
    return path


def as_xlsx(path: Path, *rows: Row, **sheets: Sequence[Row]) -> Path:
    """A workbook with the rows on its first sheet, and what is given on further ones; dates are date cells."""
    with xlsxwriter.Workbook(str(path)) as book:
        date = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, table in {"Blad1": rows, **sheets}.items():
            sheet = book.add_worksheet(name)
            for no, row in enumerate(table):
                for column, cell in enumerate(row):
                    if isinstance(cell, dt.date):
                        sheet.write_datetime(no, column, dt.datetime.combine(cell, dt.time()), date)
                    elif cell is not None:
                        sheet.write(no, column, cell)
    return path


WRITERS: Mapping[str, object] = {"csv": as_csv, "xlsx": as_xlsx}


def personal_number(born: dt.date, serial: int, *, is_coordination: bool = False) -> str:
    """Twelve digits with a sound check digit, by the rule as it is published and not as it is read."""
    day = born.day + 60 * is_coordination
    nine = f"{born:%y%m}{day:02}{serial:03}"
    doubled = "".join(str(int(digit) * (2 if place % 2 == 0 else 1)) for place, digit in enumerate(nine))
    return f"{born.year // 100}{nine}{-sum(map(int, doubled)) % 10}"
