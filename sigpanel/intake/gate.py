"""The gate in front of the Excel reader: what is no sound workbook of bearable size is refused before it is parsed.

A submission comes by mail from machines that nobody here knows. So the file is read once, into memory, and judged by
its bytes: its name, its extension and the sizes that its zip directory states are claims and never believed. Only parts
that the reader asks for are unpacked, each under a bound. The others are counted and left alone: unread they can do no
harm, and unread is right for what may hold names: pictures, document properties, caches of linked workbooks.

The gate knows nothing of sheets, cells or questions, repairs nothing, and says nothing of what it saw: a `Refused`
names a rule and at most a place. No exception of a library gets past it, since those quote names and content.
"""

from __future__ import annotations

import re
import stat
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Final
from xml.parsers import expat

MAX_FILE: Final = 64 << 20
MAX_PARTS: Final = 2_000
MAX_PART: Final = 64 << 20
MAX_WHOLE: Final = 256 << 20
MAX_RATIO: Final = 200
RATIO_COUNTS_ABOVE: Final = 1 << 20
# Bytes do not bound the time and memory of parsing, tags and attributes do: 64 MB of "<a>" are 22 million elements. A
# form with sixty persons has some 8,000.
MAX_TAGS: Final = 1_500_000
MAX_ATTRIBUTES: Final = 6_000_000
MAX_ESCAPES: Final = 1_000_000  # `_x0041_` for a letter; programs write them for a line break here and there
MAX_NAMES: Final = 10_000  # different names of elements and attributes; the parser keeps each
XML_CHUNK: Final = 1 << 20


class Refused(Exception):  # noqa: N818 - refusing is what the gate is for; an error would be ours
    """A workbook that cannot be used: the rule (in `contracts/findings.yaml`) and, where it helps, a place.

    The place is a cell's address or the kind of a part ("styles"): nothing here can hold content.
    """

    def __init__(self, rule: str, place: str | None = None) -> None:
        super().__init__(rule, place)
        self.rule = rule
        self.place = place

    def __str__(self) -> str:
        return self.rule if self.place is None else f"{self.rule} ({self.place})"


@dataclass
class Package:
    """An admitted zip file: parts by name, whatever its case and slashes, each unpacked when read, within bounds.

    The bounds that are left are the whole package's: a part that is referred to a thousand times is charged each time.
    """

    archive: zipfile.ZipFile = field(repr=False)
    parts: Mapping[str, zipfile.ZipInfo] = field(repr=False)
    kind: str = "package"
    bytes_left: int = MAX_WHOLE
    tags_left: int = MAX_TAGS
    attributes_left: int = MAX_ATTRIBUTES
    escapes_left: int = MAX_ESCAPES

    def __contains__(self, name: str) -> bool:
        return _folded(name) in self.parts

    def read(self, name: str, kind: str) -> bytes:
        """The bytes of a part, its checksum held; `kind` ("worksheet", "styles", …) is what a refusal may call it."""
        self.kind = kind
        part = self.parts.get(_folded(name))
        if part is None:
            raise Refused("workbook_is_damaged", kind)
        bound = min(MAX_PART, self.bytes_left, max(RATIO_COUNTS_ABOVE, MAX_RATIO * part.compress_size))
        with self.archive.open(part) as stream:
            data = stream.read(bound + 1)
        if len(data) > bound:
            raise Refused("workbook_too_large", kind)
        # zipfile cuts at the announced size what it unpacks, then compares checksums; less than announced it accepts.
        if len(data) != part.file_size:
            raise Refused("workbook_is_damaged", kind)
        self.bytes_left -= len(data)
        return data

    def read_xml(self, name: str, kind: str) -> bytes:
        """The UTF-8 of an XML part with no more tags and attributes than a workbook can need."""
        data = self.read(name, kind)
        # OOXML allows UTF-8 and UTF-16. Other encodings are read as UTF-8 (see `parser`), and then fail as malformed.
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            data = data.decode("utf-16").encode()
        self.tags_left -= data.count(b"<")
        self.attributes_left -= data.count(b"=")
        self.escapes_left -= data.count(b"_x")
        if min(self.tags_left, self.attributes_left, self.escapes_left) < 0:
            raise Refused("workbook_too_large", kind)
        return data


def admit(path: Path) -> Package:
    """The workbook at `path` as a package whose parts may be read.

    Raises:
        Refused: it is something else, or unsound.
    """
    place: str | None
    try:
        return _admit(bytes_of(path))
    except Refused as refused:
        # Not the exception itself: a frame that holds one whose traceback holds the frame keeps the file's bytes alive.
        rule, place = refused.rule, refused.place
    except OSError:
        rule, place = "workbook_is_damaged", "file"
    except Exception:  # noqa: BLE001 - zipfile raises some ten kinds on a malformed archive, and their messages quote names
        rule, place = "workbook_is_damaged", None
    raise Refused(rule, place) from None


def parser(namespaces: bool) -> expat.XMLParserType:
    """An expat parser for one part: UTF-8 whatever the part declares, text in one piece, no document type.

    Without a DTD there are no entities to expand and nothing outside to fetch. With `namespaces` names are "uri local".
    """
    made = expat.ParserCreate("utf-8", " ") if namespaces else expat.ParserCreate("utf-8")
    made.buffer_text = True
    made.StartDoctypeDeclHandler = _refuse_dtd
    return made


def feed(made: expat.XMLParserType, data: bytes) -> None:
    """Parse the whole of `data`.

    A single tag or comment of more than two chunks is refused: expat 2.5 reads an unfinished one anew with each chunk,
    and a tag's attributes are all held at once.
    """
    view = memoryview(data)
    for start in range(0, len(data), XML_CHUNK):
        chunk = view[start : start + XML_CHUNK]
        made.Parse(chunk, False)
        if start + len(chunk) - made.CurrentByteIndex > 2 * XML_CHUNK or len(made.intern) > MAX_NAMES:
            raise Refused("workbook_too_large")
    made.Parse(b"", True)


def _refuse_dtd(*_: object) -> None:
    raise Refused("workbook_has_dtd")


def bytes_of(path: Path) -> bytes:
    """The bytes of a file of bearable size; an OSError where it cannot be read."""
    # asked of the path before opening: opening a pipe would wait for ever
    if not stat.S_ISREG(path.stat().st_mode):
        raise Refused("workbook_is_damaged", "file")
    with path.open("rb") as stream:
        data = stream.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise Refused("workbook_too_large")
    return data


def _admit(data: bytes) -> Package:
    if not data.startswith(b"PK\x03\x04"):
        raise Refused(_what_else(data))
    # An upper bound on the directory's entries, wherever it stands: zipfile makes an object of each before one can ask.
    if data.count(b"PK\x01\x02") > 10 * MAX_PARTS:
        raise Refused("workbook_too_large")
    archive = zipfile.ZipFile(BytesIO(data))
    entries = archive.infolist()
    if len(entries) > MAX_PARTS:
        raise Refused("workbook_too_large")
    # Entries that overlap could overstate their packed size, and with it how far they may swell.
    if sum(entry.compress_size for entry in entries) > len(data):
        raise Refused("workbook_is_damaged")
    parts: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        _check_entry(entry)
        if parts.setdefault(_folded(entry.filename), entry) is not entry:
            raise Refused("workbook_has_duplicate_parts")
    package = Package(archive, parts)
    if "mimetype" in package and b"opendocument" in package.read("mimetype", "mimetype"):
        raise Refused("workbook_is_ods")
    if "xl/workbook.bin" in package:
        raise Refused("workbook_is_xlsb")
    return package


def _check_entry(entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & 0x1:
        raise Refused("workbook_is_encrypted")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused("workbook_is_damaged")
    segments = _folded(entry.filename).removesuffix("/").split("/")
    if ":" in segments[0] or any(segment in ("", ".", "..") for segment in segments):
        raise Refused("workbook_is_damaged")


def _folded(name: str) -> str:
    return name.replace("\\", "/").casefold()


def _what_else(data: bytes) -> str:
    """The rule for a file that is no zip, by what it is instead, so that the sender can be told what to do."""
    if not data.strip(b"\0 \t\r\n"):
        return "workbook_is_empty"
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return _which_ole2(data)
    # BIFF 2 to 4, before Excel wrote containers
    if data[:2] in (b"\x09\x00", b"\x09\x02", b"\x09\x04", b"\x09\x08"):
        return "workbook_is_xls"
    head = data[:4096].replace(b"\0", b"").lower()
    if re.search(rb"<(!doctype\s+html|html|head|body|table)\b", head) or head.startswith(b"mime-version:"):
        return "workbook_is_html"
    return "workbook_is_not_xlsx"


def _which_ole2(data: bytes) -> str:
    def names(stream: str) -> bool:
        return stream.encode("utf-16-le") in data

    # A file that a sensitivity label encrypts has an encrypted package too, but no password: look for the label first.
    if names("DRMEncrypted"):
        return "workbook_has_label"
    if names("EncryptedPackage") or names("EncryptionInfo"):
        return "workbook_is_encrypted"
    # "Workbook" and "Book"; a Word file has neither
    return "workbook_is_xls" if names("orkbook") or names("Book") else "workbook_is_not_xlsx"
