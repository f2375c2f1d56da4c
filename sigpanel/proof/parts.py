"""Everything that a folder holds, as parts of which each is searched: names, bytes, what bytes unpack to, values.

    for part in parts(Path("r0001")):     part.file, part.place, part.text, part.data

A file's own name and those of its folders are parts too. Parquet gives each page, what lies between pages, what the
footer says, and all values of each column; SPSS and Stata files their labels and all values; zip files and workbooks
each member, and what lies before, between and behind them; gzip, bzip2, xz and zlib what they hold. A kind of file that
nobody here can read is searched as bytes alone, and told (`Folder.opaque`), wherever in a file it lies and whatever it
is called; one that should be readable and is not is told (`Folder.unreadable`), and so is a link, behind which
something else may lie tomorrow.
"""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sigpanel.contracts.proof import proof_contract
from sigpanel.exports.statistical import is_statistical, read
from sigpanel.proof.packed import MOST_UNPACKED, beside, is_text, printed, unpacked
from sigpanel.proof.pages import Unreadable, pages

if TYPE_CHECKING:
    from pathlib import Path, PurePath

_DEEPEST = 3
# Of so many bytes the zeros are looked at, to tell how many a letter takes; most letters are Latin.
_LOOKED_AT = 1 << 16
_MOSTLY = 0.7
_ZIPPED = {"xlsx", "zip", "docx", "ods", "whl"}


@dataclass(frozen=True)
class Part:
    """A part of a file: where it is, its bytes, and what they read as, if anything.

    `place` may hold a name of a column or a member, which may itself be what must not be told. Of what `is_packed` the
    text is what prints among bytes: there codes alone are looked for, since short words stand in it by chance.
    """

    file: int
    place: str
    data: bytes = field(repr=False, default=b"")
    text: str | None = field(repr=False, default=None)
    is_packed: bool = False


@dataclass
class Folder:
    """A folder to be searched: its files by number, and what became known of them while it was."""

    root: Path
    files: list[Path] = field(init=False)
    opaque: list[int] = field(default_factory=list)
    unreadable: list[int] = field(default_factory=list)
    n_bytes: int = 0

    def __post_init__(self) -> None:
        self.files = [path for path in sorted(self.root.rglob("*")) if path.is_symlink() or not path.is_dir()]

    def parts(self) -> Iterator[Part]:
        """Every part of every file, and the names of all files and folders."""
        for folder in (path for path in sorted(self.root.rglob("*")) if path.is_dir() and not path.is_symlink()):
            # An empty folder has a name too; that of one with files is searched with them.
            yield _name(-1, folder.relative_to(self.root).as_posix())
        for number, path in enumerate(self.files):
            yield _name(number, path.relative_to(self.root).as_posix())
            if path.is_symlink() or not path.is_file():
                self.unreadable.append(number)
                continue
            yield from self._of_file(number, path)

    def _of_file(self, number: int, path: Path) -> Iterator[Part]:
        try:
            data = path.read_bytes()
            self.n_bytes += len(data)
            yield from self._of_bytes(number, _suffix(path), data, "", 0)
        except (Unreadable, OSError, pa.ArrowException, zipfile.BadZipFile, EOFError, ValueError, RuntimeError):
            self.unreadable.append(number)

    def _of_bytes(self, number: int, suffix: str, data: bytes, inside: str, depth: int) -> Iterator[Part]:
        """The parts of what a file or a member of one holds; `inside` is its place in the file."""
        if data[:4] == b"PAR1":
            yield Part(number, f"{inside}bytes", data)
            yield from (Part(number, f"{inside}{place}", part, text) for place, part, text in _of_parquet(data))
            # Whatever else may be packed in bytes that a table has for values.
            if any(map(_holds_bytes, pq.read_schema(io.BytesIO(data)).types)):
                self._tell(number)
        elif is_statistical(data):
            yield Part(number, f"{inside}bytes", data)
            yield from (Part(number, f"{inside}{place}", part, text) for place, part, text in _of_statistical(data))
        elif suffix in _ZIPPED or data[:4] == b"PK\x03\x04" or zipfile.is_zipfile(io.BytesIO(data)):
            yield from self._of_zip(number, data, inside, depth)
        elif packed := unpacked(data):
            yield _packed(number, inside, data, depth)
            held, behind = packed
            yield from self._of_bytes(number, "", held, f"{inside}unpacked: ", depth + 1)
            if behind:
                yield from self._of_bytes(number, "", behind, f"{inside}behind it: ", depth + 1)
        else:
            yield from self._of_content(number, suffix, data, inside)

    def _of_content(self, number: int, suffix: str, data: bytes, inside: str) -> Iterator[Part]:
        """What is taken for a text; of what is none, or of no kind that is, the file is told."""
        text = decoded(data)
        yield Part(number, f"{inside}content", data, text)
        if is_text(data, text):
            if suffix in proof_contract().read_as_text:
                return
        else:
            yield Part(number, f"{inside}content", b"", printed(data), is_packed=True)
        self._tell(number)

    def _tell(self, number: int) -> None:
        if number not in self.opaque:
            self.opaque.append(number)

    def _of_zip(self, number: int, data: bytes, inside: str, depth: int) -> Iterator[Part]:
        yield _packed(number, inside, data, depth)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_UNPACKED:
                raise Unreadable
            for piece in (archive.comment, *beside(archive, data)):
                yield from self._of_bytes(number, "", piece, f"{inside}beside members: ", depth + 1)
            for no, entry in enumerate(archive.infolist(), 1):
                place = f"{inside}member {no}: "
                yield _name(number, entry.filename, place)
                yield Part(number, f"{place}extra", entry.extra + entry.comment, decoded(entry.comment))
                member = archive.read(entry)
                yield from self._of_bytes(number, _suffix(PurePosixPath(entry.filename)), member, place, depth + 1)


def _name(number: int, name: str, inside: str = "") -> Part:
    return Part(number, f"{inside}name", name.encode("utf-8", "replace"), name)


def _packed(number: int, inside: str, data: bytes, depth: int) -> Part:
    """A container as bytes, in which others lie no deeper than anybody packs them."""
    if depth == _DEEPEST:
        raise Unreadable
    return Part(number, f"{inside}bytes", data, printed(data), is_packed=True)


def _suffix(path: PurePath) -> str:
    return path.suffix.lower().removeprefix(".")


def decoded(data: bytes) -> str:
    """Bytes as the text that they most likely are; UTF-16 and UTF-32 also without the mark that says so.

    These show by the zeros in each letter's higher bytes, of which other texts hold none.
    """
    if data[:4] in (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff"):
        return data.decode("utf-32", "replace")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    if wide := _wide(data):
        return data.decode(wide, "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _wide(data: bytes) -> str | None:
    """Which encoding of several bytes a letter these bytes are in, by where their zeros stand, if in any."""
    start = data[:_LOOKED_AT]
    zeros = [start[place::4].count(0) for place in range(4)]
    of_four, of_two = len(start) // 4, len(start) // 2
    if of_four and min(zeros[2:]) >= of_four and zeros[0] < of_four:
        return "utf-32-le"
    if of_four and min(zeros[:2]) >= of_four and zeros[3] < of_four:
        return "utf-32-be"
    even, odd = zeros[0] + zeros[2], zeros[1] + zeros[3]
    if odd > _MOSTLY * of_two and not even:
        return "utf-16-le"
    return "utf-16-be" if even > _MOSTLY * of_two and not odd else None


def _of_parquet(data: bytes) -> Iterator[tuple[str, bytes, str | None]]:
    file = pq.ParquetFile(io.BytesIO(data))
    for column, page in pages(data, file.metadata):
        place = f"pages of column {column}" if column else "between pages"
        yield place, page, decoded(page)
    footer = "\n".join(_footer(file))
    yield "footer", footer.encode("utf-8", "replace"), footer
    for group in range(file.metadata.num_row_groups):
        table = file.read_row_group(group)
        for name, column in zip(table.column_names, table.columns, strict=True):
            text = "\n".join(_values(column))
            yield f"values of column {name}", text.encode("utf-8", "replace"), text


def _holds_bytes(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _holds_bytes(kind.value_type)
    is_bytes = pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
    return is_bytes or any(_holds_bytes(kind.field(number).type) for number in range(kind.num_fields))


def _of_statistical(data: bytes) -> Iterator[tuple[str, bytes, str | None]]:
    """What an SPSS or Stata file says: its header and labels, and the values of each column as they are shown."""
    found = read(data)
    said = "\n".join(found.texts)
    yield "labels", said.encode("utf-8", "replace"), said
    for name in found.frame.columns:
        text = "\n".join(dict.fromkeys(str(value) for value in found.frame[name].to_list() if value is not None))
        yield f"values of column {name}", text.encode("utf-8", "replace"), text


def _footer(file: pq.ParquetFile) -> Iterator[str]:
    """What a footer says in texts: names, metadata of file, columns and schema, least and greatest values."""
    yield str(file.schema)
    yield str(file.metadata.created_by)
    for key, said in (file.metadata.metadata or {}).items():
        yield f"{decoded(key)}\n{decoded(said)}"
        if key == b"ARROW:schema":
            yield decoded(base64.b64decode(said))
    yield from _metadata(file.schema_arrow)
    for group in range(file.metadata.num_row_groups):
        for number in range(file.metadata.num_columns):
            statistics = file.metadata.row_group(group).column(number).statistics
            if statistics is not None and statistics.has_min_max:
                yield f"{statistics.min}\n{statistics.max}"


def _metadata(schema: pa.Schema) -> Iterator[str]:
    for said in (schema.metadata, *(each.metadata for each in schema)):
        for key, text in (said or {}).items():
            yield f"{decoded(key)}\n{decoded(text)}"
    for each in schema:
        yield f"{each.name}\n{each.type}"


def _values(column: pa.ChunkedArray) -> Iterator[str]:
    """Every different value of a column as a text; those of a dictionary that no row has too."""
    for chunk in column.chunks:
        if pa.types.is_dictionary(chunk.type):
            yield from (str(value) for value in chunk.dictionary.to_pylist())
    plain = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
    try:
        plain = pc.unique(plain)
    except pa.ArrowException:
        plain = plain.combine_chunks()
    for value in plain.to_pylist():
        if value is not None:
            yield decoded(value) if isinstance(value, bytes) else str(value)
