"""Every text of a file as somebody sent it: cells, and all the places beside cells where a workbook can hold a text.

    for kind, text in texts_of(path):       kinds of `contracts/proof.yaml`

The intake reads the form's own cells and nothing else; here it is the other way round: what must never come out is
gathered, from hidden sheets, notes, threaded comments, properties, defined names, headers and footers, drop-downs,
links and drawings, of workbooks that were refused too. Formats and styles are passed over. A file that is no workbook
is taken for text, each field for a cell; one that is neither (encrypted, an old container) gives `Sealed`.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

from sigpanel.intake.gate import Refused, bytes_of, feed, parser
from sigpanel.proof.parts import decoded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MOST_IN_A_PART = 256 << 20
_XML = (".xml", ".rels", ".vml")
# What programs write about shapes and themselves.
_PASSED_OVER = re.compile(r"(^|/)(styles|theme\d*|calcChain|metadata|\[Content_Types\])\.xml$", re.IGNORECASE)
_OF_PROGRAMS = {"Application", "AppVersion", "created", "modified", "lastPrinted", "TotalTime", "HeadingPairs"}
# A text may be cut into runs; what belongs together ends with one of these.
_WHOLE = {"si", "is", "comment", "threadedComment", "p", "author", "div"}
_TELLING = {
    "name", "displayName", "userName", "userId", "prompt", "promptTitle", "error", "errorTitle", "display", "location",
    "tooltip", "comment", "description", "descr", "author", "title", "alt", "codeName",
}  # fmt: skip
# Of a formula, what stands in quotes may be somebody's words.
_FORMULAS = {"f", "formula", "formula1", "formula2"}
_QUOTED = re.compile(r'"([^"]+)"')
_OF_EXCEL = "_xlnm."
_LONG_NUMBER = re.compile(r"\d{8,}")
_FIELDS = re.compile(r"[;\t\r\n,]+")
_MOST_CONTROLS = 0.01


class Sealed(Exception):  # noqa: N818 - it is no error of anybody's
    """A file of which no text can be read."""


def texts_of(path: Path) -> Iterator[tuple[str, str]]:
    """The kind and the text of everything in a file that somebody may have written.

    Raises:
        Sealed: it is neither a workbook nor text.
    """
    try:
        data = bytes_of(path)
    except (Refused, OSError):
        raise Sealed from None
    if data[:4] != b"PK\x03\x04":
        yield from (("cell_texts", field.strip(' "')) for field in _FIELDS.split(_text(data)))
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = [one for entry in archive.infolist() for one in _of_member(archive, entry)]
    except Exception:  # noqa: BLE001 - zipfile raises some ten kinds, and their texts quote names
        raise Sealed from None
    yield from found


def _text(data: bytes) -> str:
    text = decoded(data)
    controls = sum(1 for letter in text[:10_000] if ord(letter) < ord(" ") and letter not in "\r\n\t")
    if controls > _MOST_CONTROLS * min(len(text), 10_000):
        raise Sealed
    return text


def _of_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[tuple[str, str]]:
    name = entry.filename
    if not name.lower().endswith(_XML) or _PASSED_OVER.search(name) or entry.file_size > _MOST_IN_A_PART:
        return
    part = _Part(_kind_of(name), is_sheet="worksheets/" in name and not name.endswith(".rels"))
    data = archive.read(entry)
    try:
        part.read(data)
    except Exception:  # noqa: BLE001 - of expat; what was read before stands, the rest is taken by its signs
        part.found += [(part.kind, text) for text in re.findall(r">([^<>]+)<", decoded(data))]
    yield from part.found


def _kind_of(name: str) -> str:
    folded = name.casefold()
    if "comment" in folded or "persons/" in folded:
        return "notes"
    if folded.startswith("docprops/"):
        return "properties"
    return "cell_texts" if "sharedstrings" in folded else "aside_texts"


class _Part:
    """One part as it is parsed: which texts it has so far."""

    def __init__(self, kind: str, *, is_sheet: bool) -> None:
        self.kind = kind
        self.is_sheet = is_sheet
        self.found: list[tuple[str, str]] = []
        self._open: list[tuple[str, str]] = []
        self._whole = 0
        self._letters: list[str] = []

    def read(self, data: bytes) -> None:
        made = parser(namespaces=False)
        made.StartElementHandler = self._start
        made.EndElementHandler = self._end
        made.CharacterDataHandler = self._letters.append
        feed(made, data)

    def _start(self, element: str, attributes: dict[str, str]) -> None:
        name = element.rpartition(":")[2]
        self._open.append((name, attributes.get("t", "")))
        if name in _WHOLE:
            self._whole += 1
        if not self._whole:
            self._letters.clear()
        is_external = attributes.get("TargetMode") == "External"
        for attribute, text in attributes.items():
            tells = attribute.rpartition(":")[2] in _TELLING or (is_external and attribute == "Target")
            if tells and not text.startswith(_OF_EXCEL):
                self.found.append(("sheet_names" if name == "sheet" else self.kind, text))

    def _end(self, _: str) -> None:
        name, _of = self._open.pop()
        if name in _WHOLE:
            self._whole -= 1
        if self._whole:
            return
        text = "".join(self._letters).strip()
        self._letters.clear()
        if text and name not in _OF_PROGRAMS and not any(above in _OF_PROGRAMS for above, _ in self._open):
            self._note(name, text)

    def _note(self, name: str, text: str) -> None:
        if name == "v" and self.is_sheet:
            # The text that a formula gave, or a number; what stands elsewhere is a number to find it by.
            of = self._open[-1][1] if self._open else ""
            if of == "str" or (of in ("", "n") and _LONG_NUMBER.fullmatch(text)):
                self.found.append(("cell_texts", text))
        elif name in ("is", "si"):
            self.found.append(("cell_texts", text))
        elif name in _FORMULAS:
            self.found += [(self.kind, quoted) for quoted in _QUOTED.findall(text)]
        else:
            self.found.append((self.kind, text))
