"""A submitted workbook as sheets of cells, read with the standard library alone.

We read OOXML ourselves since what matters here is what other readers lose: that a cell is an error, a formula nobody
has calculated, a percentage; that the workbook counts from 1904; what a number in a date format would otherwise be.
A sheet is reached as Excel reaches it, by the package's relationships, never by a part's name.

Hidden sheets, rows and columns are data like any other. Charts, dialogs and macros are not opened, nor are document
properties; notes and comments are counted and nothing more. Nothing is written, no formula is calculated.

Whatever goes wrong is a `Refused` that names a rule, not an exception of a library, whose message would quote the file.
"""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote

from sigpanel.intake import formats
from sigpanel.intake.book import NUMBER, Book, Cell, Sheet
from sigpanel.intake.cells import read_cells
from sigpanel.intake.gate import Package, Refused, admit, feed, parser
from sigpanel.intake.strings import MAIN_NAMESPACES, Attributes, read_strings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["Book", "Cell", "Refused", "Sheet", "read"]

# A shared string costs the workbook nothing the second time, but whoever copies the cells into a frame pays for each.
MAX_CHARACTERS: Final = 64_000_000

_COMMENT: Final = re.compile(rb"<(?:[\w.-]+:)?comment[\s>/]")
# Of parts that are alike in many workbooks: as many as a delivery has templates, and more.
_KEPT: Final = 32
_TRUE: Final = ("1", "true")


def read(path: Path) -> Book:
    """The workbook at `path`.

    Raises:
        Refused: it is no workbook, not a sound one, or one of unbearable size.
    """
    package = admit(path)
    try:
        return _read(package)
    except Refused as refused:
        rule, place = refused.rule, refused.place
    except Exception:  # noqa: BLE001 - from expat, zipfile, zlib, the codecs, our own slips: all may quote content
        rule, place = "workbook_is_damaged", package.kind
    # Outside the handlers, so that not even __context__ keeps what was caught, nor its traceback what was being read.
    raise Refused(rule, place) from None


class _Relation(NamedTuple):
    kind: str
    target: str


class _Tab(NamedTuple):
    name: str
    is_visible: bool
    relation: str


def _read(package: Package) -> Book:
    workbook = _find_workbook(package)
    epoch_1904, tabs = _read_workbook(package.read_xml(workbook, "workbook"))
    relations = _relations(package, workbook)
    by_kind = {relation.kind: relation.target for relation in relations.values()}
    kinds = _read_styles(package.read_xml(by_kind["styles"], "styles")) if "styles" in by_kind else {}
    strings = (
        read_strings(package.read_xml(by_kind["sharedStrings"], "sharedStrings")) if "sharedStrings" in by_kind else []
    )
    sheets: list[Sheet] = []
    seen: set[str] = set()
    characters = 0
    for no, tab in enumerate(tabs, start=1):
        relation = relations[tab.relation]
        if relation.kind != "worksheet":
            continue
        # Excel gives each tab a part of its own; a small part read a hundred thousand times would be large.
        if relation.target.casefold() in seen:
            raise Refused("workbook_is_damaged", "workbook")
        seen.add(relation.target.casefold())
        data = package.read_xml(relation.target, "worksheet")
        cells = read_cells(data, strings, kinds, epoch_1904=epoch_1904)
        characters += sum(len(cell.text) for cell in cells)
        if characters > MAX_CHARACTERS:
            raise Refused("workbook_too_large", "worksheet")
        sheets.append(Sheet(no, tab.is_visible, _count_notes(package, relation.target), cells, tab.name))
    return Book(tuple(sheets), epoch_1904)


def _find_workbook(package: Package) -> str:
    """The main part, which need not be xl/workbook.xml; other kinds of zip file have none, or another's."""
    found = [one.target for one in _relations(package, "").values() if one.kind == "officeDocument"]
    name = found[0] if found else "xl/workbook.xml"
    if name not in package:
        raise Refused("workbook_is_not_xlsx")
    return name


def _relations(package: Package, part: str) -> Mapping[str, _Relation]:
    """What a part refers to, by id; parts outside the package are left out."""
    folder, name = posixpath.split(part)
    source = posixpath.join(folder, "_rels", f"{name}.rels")
    return _targets(folder, package.read_xml(source, "relationships")) if source in package else {}


# Workbooks made from one template say the same here, and hold nothing that somebody wrote.
@lru_cache(maxsize=_KEPT)
def _targets(folder: str, data: bytes) -> Mapping[str, _Relation]:
    relations: dict[str, _Relation] = {}

    def start(element: str, attributes: Attributes) -> None:
        if _local(element) == "Relationship" and attributes.get("TargetMode") != "External":
            target = posixpath.join("/", folder, unquote(attributes["Target"]).replace("\\", "/"))
            kind = attributes["Type"].rpartition("/")[2]
            relations[attributes["Id"]] = _Relation(kind, posixpath.normpath(target).lstrip("/"))

    _parse(data, start)
    return relations


def _read_workbook(data: bytes) -> tuple[bool, list[_Tab]]:
    """Whether dates count from 1904, and the tabs in their order."""
    root = ""
    epoch_1904 = False
    tabs = []

    def start(element: str, attributes: Attributes) -> None:
        nonlocal root, epoch_1904
        name = _main(element)
        root = root or name or "unknown"
        if name == "workbookPr":
            epoch_1904 = attributes.get("date1904", "").lower() in _TRUE
        elif name == "sheet":
            # the only attribute called id: the sheet's own number is sheetId
            relation = next(value for key, value in attributes.items() if _local(key) == "id")
            tabs.append(_Tab(attributes.get("name", ""), attributes.get("state", "visible") == "visible", relation))

    _parse(data, start)
    if root != "workbook":
        raise Refused("workbook_is_not_xlsx")
    return epoch_1904, tabs


@lru_cache(maxsize=_KEPT)
def _read_styles(data: bytes) -> Mapping[str, str]:
    """The kind of number by cell style, where it is not a plain number."""
    section = ""
    codes: dict[int, str] = {}
    styles: list[int] = []

    def start(element: str, attributes: Attributes) -> None:
        nonlocal section
        name = _main(element)
        # Differential formats have number formats too, with ids of their own.
        if name in ("numFmts", "cellXfs", "cellStyleXfs", "dxfs"):
            section = name
        elif name == "numFmt" and section == "numFmts":
            codes[int(attributes["numFmtId"])] = attributes["formatCode"]
        elif name == "xf" and section == "cellXfs":
            styles.append(int(attributes.get("numFmtId", "0")))

    _parse(data, start)
    kinds = {number: formats.kind_of_format(codes.get(number), number) for number in set(styles)}
    return {str(style): kinds[number] for style, number in enumerate(styles) if kinds[number] != NUMBER}


def _count_notes(package: Package, worksheet: str) -> int:
    """How many notes a worksheet has. They are counted in the bytes: never parsed, never text.

    Threaded comments each have a note as well, for older versions of Excel, and so are counted too.
    """
    parts = {one.target for one in _relations(package, worksheet).values() if one.kind == "comments"}
    if len(parts) > 1:
        raise Refused("workbook_is_damaged", "comments")
    return sum(len(_COMMENT.findall(package.read(part, "comments"))) for part in parts if part in package)


def _parse(data: bytes, start: Callable[[str, Attributes], None]) -> None:
    made = parser(namespaces=True)
    made.StartElementHandler = start
    feed(made, data)


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _main(name: str) -> str:
    """The local name of an element of SpreadsheetML, transitional or strict; of an extension's, an empty text."""
    namespace, _, local = name.rpartition(" ")
    return local if namespace in MAIN_NAMESPACES else ""
