"""Workbooks of which every byte is told, for what no program would write."""

import io
import zipfile
from pathlib import Path

from sigpanel.intake.xlsx import read

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def parts(
    sheet_data: str = "",
    *,
    sheet: str | bytes = "",
    strings: str = "",
    styles: str = "",
    properties: str = "",
    target: str = "worksheets/sheet1.xml",
    part: str = "xl/worksheets/sheet1.xml",
) -> dict[str, str | bytes]:
    """Return the parts of the least workbook: one sheet, with `sheet_data` or as a whole."""
    relations = f'<Relationship Id="b" Type="{OFFICE}/worksheet" Target="{target}"/>'
    members: dict[str, str | bytes] = {
        "_rels/.rels": f'<Relationships><Relationship Id="a" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{properties}<sheets>'
        '<sheet name="Blad1" sheetId="1" r:id="b"/></sheets></workbook>',
        part: sheet or f'<worksheet xmlns="{MAIN}"><sheetData>{sheet_data}</sheetData></worksheet>',
    }
    if strings:
        relations += f'<Relationship Id="c" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
        members["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}" count="1" uniqueCount="99">{strings}</sst>'
    if styles:
        relations += f'<Relationship Id="d" Type="{OFFICE}/styles" Target="styles.xml"/>'
        members["xl/styles.xml"] = f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>'
    return members | {"xl/_rels/workbook.xml.rels": f"<Relationships>{relations}</Relationships>"}


def zipped(members: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return the parts as the bytes of a zip file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def stored(path: Path, data: bytes) -> Path:
    """Write the bytes and return where."""
    path.write_bytes(data)
    return path


def workbook(path: Path, sheet_data: str = "", **more: str | bytes) -> Path:
    """Write the least workbook and return where."""
    return stored(path, zipped(parts(sheet_data, **more)))


def only_sheet(path: Path) -> dict[str, tuple]:
    """Return the cells of the only sheet by address, as (kind, text, number, date)."""
    (sheet,) = read(path).sheets
    return {repr(cell).split()[1]: tuple(cell)[2:] for cell in sheet.cells}


def texts(path: Path, sheet_data: str, **more: str | bytes) -> dict[str, str]:
    """Return the texts of the least workbook with this sheet, by address."""
    return {place: reading[1] for place, reading in only_sheet(workbook(path, sheet_data, **more)).items()}
