"""What is packed in other bytes: streams unpacked to their ends, what lies in a zip beside its members, what is text.

    unpacked(data)          what a gzip, bzip2, xz or zlib file holds, and what lies behind it; None for others
    beside(archive, data)   the bytes of a zip file that belong to no member and not to its directory
    is_text(data)           whether bytes are a text, whatever their file is called

A name that ends in .csv proves nothing, and a program that opens a container passes over what lies before, between and
behind its parts: so both go by the bytes. A way of packing that is not known here stays packed; then `is_text` says no.
"""

from __future__ import annotations

import bz2
import lzma
import re
import struct
import zlib
from typing import TYPE_CHECKING, Protocol

from sigpanel.proof.pages import Unreadable

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Callable, Iterator

MOST_UNPACKED = 1 << 30
_GZIP = 31  # zlib's word for: with the header of gzip
_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
_LOCAL, _END = b"PK\x03\x04", b"PK\x05\x06"
_LOCAL_LENGTH, _END_LENGTH = 30, 22
_HAS_DESCRIPTOR = 8
# With and without a mark of its own, in files below and above four gigabytes.
_DESCRIPTORS = (16, 24, 12, 20)
# Those of tabs, line ends and form feeds, DOS's end of a file and the escape of terminals apart.
_CONTROLS = r"\x00-\x08\x0e-\x19\x1c-\x1f\x7f"
_NO_TEXT = re.compile(rf"[{_CONTROLS}\ufffd]")
_NO_TEXT_BYTES = re.compile(rf"[{_CONTROLS}]".encode())
_UNPRINTED = re.compile(rb"[^\x20-\x7e]+")


class _Unpacker(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


_UNPACKERS: tuple[tuple[re.Pattern[bytes], Callable[[], _Unpacker]], ...] = (
    (re.compile(rb"\x1f\x8b"), lambda: zlib.decompressobj(_GZIP)),
    (re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)"), bz2.BZ2Decompressor),
    (re.compile(rb"\xfd7zXZ\x00"), lzma.LZMADecompressor),
)


def unpacked(data: bytes) -> tuple[bytes, bytes] | None:
    """What a packed stream holds, all of several one behind the other, and the bytes that lie behind the last.

    Raises:
        Unreadable: it ends too early, is broken, or is larger than anybody needs.
    """
    for mark, unpacker in _UNPACKERS:
        if mark.match(data):
            return _unpacked(data, mark, unpacker)
    if _ZLIB.match(data):
        try:
            return _unpacked(data, None, zlib.decompressobj)
        except Unreadable:
            # A text may begin with these two signs.
            return None
    return None


def _unpacked(data: bytes, mark: re.Pattern[bytes] | None, unpacker: Callable[[], _Unpacker]) -> tuple[bytes, bytes]:
    found: list[bytes] = []
    rest, size = data, 0
    while not found or (mark is not None and mark.match(rest)):
        stream = unpacker()
        try:
            found.append(stream.decompress(rest, MOST_UNPACKED - size + 1))
        except (zlib.error, lzma.LZMAError, OSError, ValueError, EOFError):
            raise Unreadable from None
        size += len(found[-1])
        if not stream.eof or size > MOST_UNPACKED:
            raise Unreadable
        rest = stream.unused_data
    return b"".join(found), rest.lstrip(b"\x00")


def beside(archive: zipfile.ZipFile, data: bytes) -> Iterator[bytes]:
    """The bytes of a zip file before, between and behind its members and its directory, piece by piece."""
    directory = archive.start_dir
    end = data.rfind(_END, directory) + _END_LENGTH + len(archive.comment)
    used = sorted([*(_span(entry, data) for entry in archive.infolist()), (directory, end), (len(data), len(data))])
    reached = 0
    for start, stop in used:
        if (piece := data[reached:start]).strip(b"\x00"):
            yield piece
        reached = max(reached, stop)


def _span(entry: zipfile.ZipInfo, data: bytes) -> tuple[int, int]:
    """Where a member with its header stands."""
    start = entry.header_offset
    head = data[start : start + _LOCAL_LENGTH]
    if len(head) < _LOCAL_LENGTH or not head.startswith(_LOCAL):
        raise Unreadable
    end = start + _LOCAL_LENGTH + sum(struct.unpack("<HH", head[-4:])) + entry.compress_size
    if entry.flag_bits & _HAS_DESCRIPTOR:
        end += next((length for length in _DESCRIPTORS if data[end + length : end + length + 2] == b"PK"), 0)
    return start, end


def is_text(data: bytes, read: str) -> bool:
    """Whether bytes are a text, which reads so: no sign of it is unknown or controls anything.

    Args:
        data: the bytes.
        read: the same, decoded.
    """
    # What was decoded by single bytes is looked at as such, which is faster.
    return not (_NO_TEXT_BYTES.search(data) and _NO_TEXT.search(read)) and "\ufffd" not in read


def printed(data: bytes) -> str:
    """The signs among bytes that print, with blanks for others; none for zeros, which stand in letters of two bytes."""
    return _UNPRINTED.sub(b" ", data.replace(b"\x00", b"")).decode("ascii")
