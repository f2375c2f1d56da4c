"""Forms as districts send them: written by the project's own writer, then changed by hand where an office would.

`book` writes a workbook of an edition with a few sound persons. What a `Layout` can express is given by its name; for
all else there is `change`, a function of the sheet as openpyxl opens it.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from sigpanel.forms import Form, forms
from sigpanel.forms.write import Layout, write_form

# The head takes eight rows: title, three instructions, an empty row, bands, answers, headers.
HEADER, FIRST = 8, 9

# A person who was enrolled in 2022 and left that autumn, every question answered.
SOUND = {
    ("uno", "enrolment"): "AP0615",
    ("district", "enrolment"): 4,
    ("sex", "enrolment"): 2,
    ("age", "enrolment"): 16,
    ("enrolled_on", "enrolment"): dt.date(2022, 3, 1),
    ("suspected_crimes_before", "enrolment"): 3,
    ("convicted_crimes_before", "enrolment"): 0,
    ("discharged_on", "discharge"): dt.date(2022, 10, 31),
    ("suspected_crimes_during", "discharge"): 1,
    ("convicted_crimes_during", "discharge"): 0,
    ("family_felt_supported", "discharge"): 1,
    ("discharge_reason", "discharge"): 1,
    **{
        (variable, moment): value
        for moment in ("enrolment", "discharge")
        for variable, value in {
            "school_enrolled": 2,
            "school_functioning": 2,
            "work_or_internship": 3,
            "stable_housing": 1,
            "supportive_family": 1,
            "meaningful_leisure": 2,
            "noncriminal_peers": 2,
            "substance_misuse": 2,
            "physical_health": 7,
            "mental_health": 5,
        }.items()
    },
}


def person(form: Form, changed: Mapping[int, Any] | None = None) -> dict[int, Any]:
    """Return a sound row of the form, with some answers changed by their number."""
    return {question.no: SOUND[question.variable, question.moment] for question in form.questions} | (changed or {})


def persons(form: Form, *codes: str) -> list[dict[int, Any]]:
    """Return sound rows that differ in their code."""
    return [person(form, {1: code}) for code in codes or ("AP0615", "BO0702", "CI0523")]


def book(
    path: Path,
    edition: str | Form = "sig-unga-2022",
    rows: Sequence[Mapping[int, Any]] | None = None,
    change: Callable[[Worksheet], object] | None = None,
    **layout: Any,
) -> Path:
    """Write a workbook and return where it is."""
    form = forms()[edition] if isinstance(edition, str) else edition
    written = write_form(path, form, persons(form) if rows is None else rows, layout=Layout(**layout))
    if change:
        workbook = openpyxl.load_workbook(path)
        change(workbook[written.sheet])
        workbook.save(path)
    return path


def put(values: Mapping[str, Any]) -> Callable[[Worksheet], None]:
    """Return a change that writes these values at these addresses; None empties a cell."""

    def change(sheet: Worksheet) -> None:
        for address, value in values.items():
            sheet[address] = value

    return change
