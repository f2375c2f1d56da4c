"""The workbook that goes back to a district: its own rows, the faulty cells marked, and in Swedish what to do.

    write_feedback(outbox / file_name("farsta", "unga", 2022), feedback)

It is written anew from what was read, never by editing the submission, so nothing comes along that was not asked for:
no comment, note, property, own column, sheet name or formula. It is the form itself, of the same edition and at the
same addresses, so that the corrected workbook is read like any other.

The same `Feedback` gives the same bytes. What may be told to a district is decided by whoever makes the `Feedback`;
nothing is read, judged or counted here beyond it.
"""

from __future__ import annotations

import os
from io import BytesIO
from typing import TYPE_CHECKING

from sigpanel.errors import InputError
from sigpanel.feedback import sheet_first, sheet_form
from sigpanel.feedback.lines import tell
from sigpanel.feedback.model import Feedback
from sigpanel.feedback.words import texts
from sigpanel.forms.write import new_workbook
from sigpanel.forms.write_aside import write_explanations, write_lists
from sigpanel.forms.write_style import Styles

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Feedback", "file_name", "write_feedback"]

_OWNER_ONLY = 0o600
_WITHOUT_DISTRICT = "utan-sdf"


def file_name(district: str | None, programme: str, year: int, part: int | None = None) -> str:
    """What the file is called, from tokens alone: `aterkoppling-farsta-unga-2022.xlsx`.

    `part` tells apart the workbooks of one district, programme and year.
    """
    place = (district or _WITHOUT_DISTRICT).replace("_", "-")
    return "-".join(["aterkoppling", place, programme, str(year), *([str(part)] if part is not None else [])]) + ".xlsx"


def write_feedback(path: Path, feedback: Feedback) -> None:
    """Write the feedback, for its owner's eyes only. A file that is there is replaced, whole or not at all.

    Raises:
        InputError: nothing can be written there.
        Fault: the feedback holds rows of more than one workbook.
    """
    data = _workbook(feedback)
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise InputError(
            "feedback-not-written",
            "A feedback workbook cannot be written where it belongs.",
            remedy="Name a folder that exists and may be written to, and close the workbook if it is open in Excel.",
        ) from None


def _workbook(feedback: Feedback) -> bytes:
    held = BytesIO()
    form, told = feedback.form, tell(feedback)
    workbook = new_workbook(held, texts().sheet)
    styles = Styles(workbook, sheet_first.LOOKS | sheet_form.LOOKS)
    names = (texts().sheet, form.sheets["form"], form.sheets["explanations"], form.sheets["lists"])
    first, rows, explanations, lists = (workbook.add_worksheet(name) for name in names)
    sheet_first.write_first_sheet(first, styles, feedback, told)
    sheet_form.write_form_sheet(rows, styles, feedback, told.marks)
    write_explanations(explanations, form, styles)
    write_lists(lists, form)
    lists.hide()
    first.activate()
    workbook.close()
    return held.getvalue()
