"""A workbook for each rule of the catalogue that breaks it and it alone, and one as near to that which breaks nothing.

`CASES` is by rule; what a case needs is told at `Case`. A new row is one line for most rules:

    "value_out_of_range": answer(16, 11, border=10),
    "age_implausible": row({4: 9, 1: "AP1315"}, at="D9", border={4: 10, 1: "AP1215"}),

For what needs more than a row there are `Case(breaks={file: writer}, at={(file, place)}, border={file: writer})` and
the writers `rows`, `form`, `raw`, `repacked`. Files go by their path below the folder of submissions, so the year is in
it; `SETTINGS` and `CORRECTIONS` are what the data owner decides, for cases through a build. The three persons of a
workbook are of Skärholmen's SIG unga 2022, from row 9 on (`tests.support.workbooks`).
"""

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sigpanel.forms import Form, forms
from sigpanel.forms.write import Formula, OwnColumn, Shown
from tests.support.workbooks import FIRST, HEADER, book, person, put

Writer = Callable[[Path], object]
Files = Mapping[str, Writer]
Place = tuple[str, str | None]

UNGA = "sig-unga-2022"
FILE = "2022/Skärholmen unga.xlsx"
LATER = "2023/Skärholmen unga.xlsx"
FORM = forms()[UNGA]
COLUMN = {question.no: column for question, column in zip(
    FORM.questions, [*"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "AA", "AB", "AC", "AD", "AE", "AF"], strict=True
)}  # fmt: skip
SETTINGS, CORRECTIONS = DECIDED = ("sigpanel.toml", "owner/corrections.csv")
ONGOING: dict[int, Any] = dict.fromkeys(range(18, 33))
CODES = ("AP0615", "BO0602", "CI0623", "DU0611")


@dataclass(frozen=True)
class Case:
    """How a rule is broken.

    Attributes:
        breaks: the files that break it.
        at: where it is told: file, and cell ("D9"), row ("row 9"), a refusal's place, or None for the workbook.
        border: the files that are as near to that as may be and give no finding at all.
        through: "check", or "build" for what only a release tells.
    """

    breaks: Files
    at: frozenset[Place]
    border: Files
    through: str = "check"


# --- writers ----------------------------------------------------------------------------------------------------------


def rows(*changes: Mapping[int, Any], edition: str = UNGA, **layout: Any) -> Writer:
    """A workbook of sound persons, one for each change, with their codes and what is changed of them."""
    given = [person(forms()[edition], {1: code, **change}) for code, change in zip(CODES, changes, strict=False)]
    return lambda path: book(path, edition, given, **layout)


def form(edition: str | Form = UNGA, **layout: Any) -> Writer:
    """A workbook of three sound persons in a form that an office has changed (`change`, or a `Layout` by name)."""
    known = forms()[edition] if isinstance(edition, str) else edition
    given = [person(known, {1: code}) for code in CODES[:3]]
    return lambda path: book(path, known, given, **layout)


def raw(data: bytes) -> Writer:
    """A file of these bytes."""
    return lambda path: path.write_bytes(data)


def decided(*lines: str) -> Writer:
    """What the data owner writes, line by line."""
    return lambda _: "\n".join([*lines, ""])


def corrected(line: str) -> Files:
    """The sound workbook, but for what it leaves blank, with one correction."""
    head = "file;cell;action;expected;value;rule;reason;who;date"
    return {FILE: rows({11: None}, {}, {}), CORRECTIONS: decided(head, f"{FILE};{line};ja;jag;2023-02-01")}


def repacked(parts: Mapping[str, bytes | Callable[[bytes], bytes]] | None = None, *, twice: str = "") -> Writer:
    """The sound workbook with parts of its zip file added or changed, or one of them written twice."""

    def write(path: Path) -> None:
        form()(path)
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        for name, content in (parts or {}).items():
            members[name] = content(members[name]) if callable(content) else content
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
            if twice:
                archive.writestr(twice.upper(), members[twice])

    return write


SOUND = form()


# --- short for the usual ----------------------------------------------------------------------------------------------


def row(change: Mapping[int, Any], *, at: str, border: Mapping[int, Any], through: str = "check") -> Case:
    """A rule that one row of three breaks."""
    return Case({FILE: rows(change, {}, {})}, frozenset({(FILE, at)}), {FILE: rows(border, {}, {})}, through)


def answer(question: int, broken: Any, *, border: Any, **also: Any) -> Case:
    """A rule that one answer breaks, told at its cell."""
    return row({question: broken, **also}, at=f"{COLUMN[question]}{FIRST}", border={question: border, **also})


def file(breaks: Writer, *, border: Writer = SOUND, place: str | None = None, named: str = FILE) -> Case:
    """A rule about the file; the border file may have another name."""
    return Case({FILE: breaks}, frozenset({(FILE, place)}), {named: border})


def change(values: Mapping[str, Any], **layout: Any) -> Writer:
    """The sound workbook with these values at these addresses."""
    return form(change=put(values), **layout)


def ole2(*streams: str) -> Writer:
    """The container that Excel keeps old and encrypted workbooks in, with these streams named."""
    head = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)
    return raw(head + b"".join(name.encode("utf-16-le") + bytes(64) for name in streams))


def years(first: Sequence[Mapping[int, Any]], second: Sequence[Mapping[int, Any]]) -> Files:
    """Workbooks of 2022 and 2023."""
    return {FILE: rows(*first), LATER: rows(*second)}


def other_questions(sheet: Any) -> None:
    for cell in sheet[HEADER]:
        cell.value = cell.value and f"Uppgift {cell.column}"


def only_answers_at(*addresses: str) -> Callable[[Any], None]:
    """A change that clears the answer row but for these cells."""

    def clear(sheet: Any) -> None:
        for cell in sheet[HEADER - 1]:
            if cell.coordinate not in addresses:
                cell.value = None

    return clear


def person_above(sheet: Any) -> None:
    sheet["A5"], sheet["E5"] = "EX0612", dt.date(2022, 5, 1)


def blank_but_for_a_sum(sheet: Any) -> None:
    other = sheet.parent["2021"]
    for line in other.iter_rows(min_row=FIRST):
        for cell in line:
            cell.value = None
    other["A12"], other["D12"] = "Summa", 15.5


def swollen(data: bytes) -> bytes:
    return data.replace(b"<sheetData>", b"<sheetData>" + b" " * (3 << 20))


# --- the file ---------------------------------------------------------------------------------------------------------

SHEET = "xl/worksheets/sheet1.xml"
ZIP = b"PK\x03\x04"


def _zip(members: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


OF_FILES = {
    "workbook_is_empty": file(raw(b"")),
    "workbook_is_not_xlsx": file(raw(b"%PDF-1.7 SIG"), named="2022/Skärholmen unga.pdf"),
    "workbook_is_xls": file(ole2("Workbook"), named="2022/Skärholmen unga.xls"),
    "workbook_is_xlsb": file(
        raw(_zip({"[Content_Types].xml": b"", "xl/workbook.bin": b"\0"})), named="2022/Skärholmen unga.xlsb"
    ),
    "workbook_is_ods": file(
        raw(_zip({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"})), named="2022/Skärholmen unga.ods"
    ),
    "workbook_is_html": file(raw(b"<html><table><tr><td>UNO-kod</td></tr></table>"), named="2022/Skärholmen.html"),
    "workbook_is_encrypted": file(ole2("EncryptionInfo", "EncryptedPackage"), border=form(protected=True)),
    "workbook_has_label": file(
        ole2("DRMEncryptedDataSpace", "EncryptedPackage"),
        border=repacked({"docMetadata/LabelInfo.xml": b"<labelList><label enabled='1'/></labelList>"}),
    ),
    "workbook_is_damaged": file(
        repacked({SHEET: lambda data: data[:-20]}),
        border=repacked({"docProps/core.xml": lambda data: data[:-20]}),
        place="worksheet",
    ),
    "workbook_has_duplicate_parts": file(
        repacked(twice="docProps/app.xml"), border=repacked({"docProps/old/app.xml": b"<Properties/>"})
    ),
    "workbook_has_dtd": file(
        repacked({SHEET: lambda data: data.replace(b"?>", b"?><!DOCTYPE worksheet []>", 1)}),
        border=change({"A4": "<!DOCTYPE worksheet []>"}),
    ),
    "workbook_too_large": file(
        repacked({SHEET: swollen}), border=repacked({"xl/media/image1.png": bytes(3 << 20)}), place="worksheet"
    ),
    # Forty columns times fifty thousand rows are the two million places that are allowed.
    "workbook_range_too_large": file(
        change({"AN50001": "x"}), border=change({"AN50000": "x"}), place="AN50001"
    ),
    "form_not_recognised": file(
        form(change=other_questions),
        border=form(header_breaks=(8, 12), header_blanks=(6, 7)),
        place=f"sheet 1, title of {UNGA}, sig-unga-2024 at A1",
    ),
    "headers_differ_from_form": file(
        change({"H8": None}),
        border=change({"H8": "ÄR INSKRIVEN\ni en skola,  vid inskrivning"}),
        place=f"sheet 1, compared with {UNGA}: missing Q8",
    ),
    "header_stands_twice": file(
        change({"AH8": FORM.questions[9].header}), border=change({"AH7": FORM.questions[9].header}), place="J8, AH8"
    ),
    "form_stands_on_two_sheets": file(
        form(second_sheet="2021"), border=form(second_sheet="2021", change=blank_but_for_a_sum),
        place="sheet 1, sheet 2",
    ),
    "headers_not_above_rows": file(
        form(change=person_above), border=change({"A5": "EX0612", "B5": "Exempel"}), place="sheet 1, row 5"
    ),
    "edition_not_told_apart": file(
        form(change=only_answers_at("C7")),
        border=form(change=only_answers_at("B7")),
        place=f"sheet 1 fits {UNGA}, sig-unga-2024; the answer row at B7 (Q2) would tell",
    ),
    "edition_not_known": file(
        change({"B7": "1=Centrum\n2=Hisingen"}),
        border=change({"A1": f"{FORM.title} unga Skärholmen 2022"}),
        place=f"sheet 1, compared with {UNGA}: answer row at B7 (Q2)",
    ),
    "edition_outside_its_years": Case(
        {"2024/Skärholmen unga.xlsx": rows({}, {}, {18: dt.date(2024, 1, 1)})},
        frozenset({("2024/Skärholmen unga.xlsx", None)}),
        {LATER: rows({}, {}, {18: dt.date(2023, 1, 1)})},
    ),
    "comments_filled_in": file(
        form(comments={1: "Ring mormor"}), border=form(comments={1: " – "}), place="AG10"
    ),
    "notes_in_cells": file(form(notes={0: "Heter Siv"}), border=SOUND),
    "own_column_dropped": file(
        form(own_columns=(OwnColumn(5, "Handläggare", "B.S."),)), border=form(own_columns=(OwnColumn(5),)), place="E8"
    ),
    "header_number_differs": file(
        change({"H8": f"18. {FORM.questions[7].header}"}), border=change({"H8": FORM.questions[7].header}), place="H8"
    ),
}  # fmt: skip


# --- a value ----------------------------------------------------------------------------------------------------------

OF_VALUES = {
    "value_not_among_answers": answer(32, 11, border=10),
    "value_is_no_number": answer(6, "3-4", border="003."),
    "value_out_of_range": answer(16, 11, border=10),
    "value_is_boolean": answer(11, True, border="1=Ja"),
    "value_is_percent": answer(16, Shown(0.7, "0%"), border=Shown(7, '0"%"')),
    "value_is_an_excel_error": Case(
        {FILE: change({"K9": "#N/A"})}, frozenset({(FILE, "K9")}), {FILE: rows({11: Formula("=1+0", 1)}, {}, {})}
    ),
    "formula_without_value": answer(11, Formula("=1+0"), border=Formula("=1+0", 1)),
    "date_unreadable": answer(18, "2022-11-31", border="31 okt. 2022"),
    "uno_unreadable": answer(1, "AP615", border="ap 06-15"),
    # Schooling is not asked of who is in no school.
    "answer_left_blank": row({11: None}, at="K9", border={8: 6, 9: None, 10: 1}),
    "value_approximate": answer(6, "ca 3", border="3 brott"),
    "number_shown_as_date": answer(4, Shown(16, "yyyy-mm-dd"), border=Shown(16, "00")),
    "uno_letter_for_digit": answer(1, "AP06O5", border="OO0605"),
    "uno_with_month": answer(1, "AP060315", border="A.P. 0615"),
    "cell_corrected": Case(corrected("K9;set;;1;"), frozenset({(FILE, "K9")}), {FILE: SOUND}, "build"),
    "finding_accepted": Case(
        corrected("K9;accept;;;answer_left_blank"), frozenset({(FILE, "K9")}), {FILE: SOUND}, "build"
    ),
}


# --- a row ------------------------------------------------------------------------------------------------------------

OF_ROWS = {
    "row_rejected": row({1: "okänd", 5: "våren"}, at="row 9", border=dict.fromkeys(range(1, 33), "-")),
    "row_not_a_person": Case({FILE: form(sum_row=True)}, frozenset({(FILE, "row 12")}), {FILE: form(blank_rows=(1,))}),
    "row_dropped_by_owner": Case(corrected("A9;drop;AP0615;;"), frozenset({(FILE, "row 9")}), {FILE: SOUND}, "build"),
    "row_stands_twice": Case({FILE: rows({}, {1: CODES[0]})}, frozenset({(FILE, "row 10")}), {FILE: rows({}, {16: 8})}),
    "uno_day_impossible": answer(1, "AP0692", border="AP0691"),
    "age_implausible": row({4: 9, 1: "AP1315"}, at="D9", border={4: 10, 1: "AP1215"}),
    "age_against_birth_year": answer(4, 17, border=15),
    "enrolled_after_reporting_year": row(
        {5: dt.date(2023, 1, 1), 18: dt.date(2023, 1, 1)},
        at="E9",
        border={5: dt.date(2022, 12, 31), 18: dt.date(2022, 12, 31)},
    ),
    "discharged_after_reporting_year": answer(18, dt.date(2023, 1, 1), border=dt.date(2022, 12, 31)),
    "discharged_before_enrolled": answer(18, dt.date(2022, 2, 28), border=dt.date(2022, 3, 1)),
    "discharge_answers_without_discharge": row(ONGOING | {21: 2}, at="U9", border=ONGOING | {21: "–"}),
    "not_in_school_but_schooling_answered": row({8: 6, 9: 1, 10: 1}, at="I9", border={8: 6, 9: 3, 10: 1}),
    "in_school_but_schooling_not_relevant": row({8: 5, 9: 3}, at="H9", border={8: 999, 9: 3}),
    "work_not_relevant_but_not_in_school": row({8: 6, 9: 3, 10: 3}, at="H9", border={8: 5, 9: 2, 10: 3}),
}


# --- rows, years and deliveries against each other --------------------------------------------------------------------

TWINS = [{1: "AP0614"}, {1: "AP0616"}]
COPY = "2022/Skärholmen unga (2).xlsx"
REPLACED = decided("[[replacements]]", f'file = "{COPY}"', f'replaces = "{FILE}"')
PARTS = decided("[[parts]]", f'files = ["{FILE}", "{COPY}"]')
# Of two that say the same the later one by its name is the copy.
LAST = max(FILE, COPY)

OF_MANY = {
    "district_differs_from_workbook": answer(2, 5, border="Skärholmen"),
    "enrolment_reported_twice": Case(
        {FILE: rows({}, {1: CODES[0], 16: 8}, {})}, frozenset({(FILE, "A9"), (FILE, "A10")}),
        {FILE: rows({}, {1: CODES[0], 5: dt.date(2022, 11, 1), 16: 8, 18: dt.date(2022, 12, 1)}, {})},
    ),
    # A slip in the code of who is reported again; what is reported again without one is no remark.
    "uno_differs_between_reports": Case(
        years([{1: "AP0615"}], [{1: "AP0616"}]), frozenset({(LATER, "A9")}),
        years([{1: "AP0615"}], [{1: "AP0615", 16: 8}]),
    ),
    # A slip in the date of who was still enrolled; what was open and has ended is no remark.
    "enrolled_on_differs_between_reports": Case(
        years([ONGOING], [{5: dt.date(2022, 3, 11)}]), frozenset({(LATER, "E9")}),
        years([ONGOING], [{}]),
    ),
    # Either of two is one slip away; one of them is just the same.
    "report_fits_several_episodes": Case(
        years(TWINS, [{1: "AP0615"}]), frozenset({(LATER, "row 9")}), years(TWINS, [{1: "AP0614"}])
    ),
    "same_code_contradicts": Case(
        {FILE: rows({}, {1: CODES[0], 3: 1, 5: dt.date(2022, 11, 1), 18: dt.date(2022, 12, 1)})},
        frozenset({(FILE, "A9"), (FILE, "A10")}), {FILE: rows({}, {3: 1})}, "build"
    ),
    "same_delivery_twice": Case(
        {FILE: SOUND, COPY: SOUND}, frozenset({(LAST, None)}),
        {FILE: SOUND, "2022/SIG unga.xlsx": rows({2: 2}, {2: 2}, {2: 2})},
    ),
    "workbook_within_another": Case(
        {FILE: SOUND, COPY: rows({}, {})}, frozenset({(COPY, None)}), {FILE: SOUND, "2022/SIG unga.xlsx": rows({2: 2})}
    ),
    "row_stands_in_two_workbooks": Case(
        {FILE: SOUND, COPY: rows({}, {1: "FY0618"}), SETTINGS: PARTS}, frozenset({(COPY, "row 9")}),
        {FILE: SOUND, COPY: rows({16: 8, 1: "EX0612"}, {1: "FY0618"}), SETTINGS: PARTS}, "build",
    ),
    "replaced_by_another": Case(
        {FILE: SOUND, COPY: rows({16: 8}), SETTINGS: REPLACED},
        frozenset({(FILE, None)}), {COPY: rows({16: 8})}, "build",
    ),
    "two_deliveries_for_one_district": Case(
        {FILE: SOUND, COPY: rows({16: 8}, {}, {})}, frozenset({(FILE, None), (COPY, None)}),
        {FILE: SOUND, "2022/Skärholmen.xlsx": form("sig-vuxna-2021")},
    ),
    "same_delivery_in_another_year": Case(
        {FILE: SOUND, LATER: SOUND}, frozenset({(FILE, None), (LATER, None)}),
        {FILE: SOUND, LATER: rows({16: 8}, {}, {18: dt.date(2023, 1, 1)})},
    ),
    "year_contradicts_content": Case(
        {LATER: rows({}, {}, {})}, frozenset({(LATER, None)}), {LATER: rows({}, {}, {18: dt.date(2023, 1, 1)})}
    ),
    "nothing_in_reporting_year": Case(
        {LATER: rows(ONGOING, ONGOING, ONGOING)}, frozenset({(LATER, None)}),
        {LATER: rows(ONGOING, ONGOING, {18: dt.date(2023, 1, 1)})},
    ),
    "district_differs_from_file_name": Case(
        {"2022/Farsta.xlsx": SOUND}, frozenset({("2022/Farsta.xlsx", None)}), {"2022/Farsta Skärholmen.xlsx": SOUND}
    ),
    "programme_differs_from_file_name": Case(
        {"2022/SIG vuxna.xlsx": SOUND}, frozenset({("2022/SIG vuxna.xlsx", None)}), {"2022/SIG vuxnas.xlsx": SOUND}
    ),
    "year_differs_from_file_name": Case(
        {"2022/SIG 2021.xlsx": SOUND}, frozenset({("2022/SIG 2021.xlsx", None)}), {"2022/SIG 2023.xlsx": SOUND}
    ),
    "received_after_deadline": Case(
        {FILE: SOUND, SETTINGS: decided("[received]", f'"{FILE}" = 2023-01-16')}, frozenset({(FILE, None)}),
        {FILE: SOUND, SETTINGS: decided("[received]", f'"{FILE}" = 2023-01-15')}, "build",
    ),
    "workbook_without_persons": file(rows(), border=rows({})),
    "district_not_told": file(rows(*[{2: None}] * 3), border=rows(*[{2: "4 = skärholmen"}] * 3)),
}  # fmt: skip

CASES: dict[str, Case] = OF_FILES | OF_VALUES | OF_ROWS | OF_MANY
