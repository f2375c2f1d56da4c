"""The pages of a Parquet file, unpacked: also what no value of any row says any more.

A dictionary page keeps the values of rows that were filtered out, and packed pages hide from whoever searches bytes. So
each page of each column is found by its header and unpacked, dictionaries are split into their values, and what lies
between the pages (footer, indexes, statistics, whatever somebody put there) is given apart. Page headers are Thrift in
its compact form, of which just enough is read here; no library that we use gives pages.

Encryption of columns is not known here: such a file cannot be read, and that is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    import pyarrow.parquet as pq

_STRUCT, _LIST, _SET, _MAP, _BINARY, _DOUBLE, _BYTE = 12, 9, 10, 11, 8, 7, 3
_DICTIONARY, _DATA_V2 = 2, 3
_LONG_LIST = 15


class Unreadable(Exception):  # noqa: N818 - that it cannot be read is what is said of it
    """A file whose pages cannot be found or unpacked."""


def pages(data: bytes, metadata: pq.FileMetaData) -> Iterator[tuple[str, bytes]]:
    """Each page with its column's name, and everything that is no page under an empty name.

    Raises:
        Unreadable: a page is not what its header says.
    """
    taken = []
    for group in range(metadata.num_row_groups):
        for number in range(metadata.num_columns):
            column = metadata.row_group(group).column(number)
            start = min(at for at in (column.dictionary_page_offset, column.data_page_offset) if at is not None)
            end = start + column.total_compressed_size
            taken.append((start, end))
            try:
                for page in _of_column(data[start:end], column):
                    yield column.path_in_schema, page
            except Exception:  # noqa: BLE001 - of codecs and of slices that are not there; their texts quote content
                raise Unreadable from None
    before = 0
    for start, end in [*sorted(taken), (len(data), len(data))]:
        yield "", data[before:start]
        before = max(before, end)


def _of_column(data: bytes, column: pq.ColumnChunkMetaData) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        header, body_at = _struct(data, at)
        size, whole = header[3], header[2]
        body = data[body_at : body_at + size]
        # A header may hold statistics.
        yield data[at:body_at]
        levels = 0
        is_packed = column.compression != "UNCOMPRESSED"
        if header[1] == _DATA_V2:
            levels = header[8].get(5, 0) + header[8].get(6, 0)
            is_packed &= header[8].get(7, True)
        rest = body[levels:]
        unpacked = _unpacked(rest, column.compression, whole - levels) if is_packed and rest else rest
        is_texts = header[1] == _DICTIONARY and column.physical_type == "BYTE_ARRAY"
        yield b"\n".join(_plain(unpacked)) if is_texts else unpacked
        at = body_at + size


def _unpacked(data: bytes, compression: str, size: int) -> bytes:
    return pa.decompress(data, decompressed_size=size, codec=compression.lower(), asbytes=True) if size else b""


def _plain(data: bytes) -> Iterator[bytes]:
    """The values of a dictionary of byte arrays: a length of four bytes before each."""
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "little")
        yield data[at + 4 : at + 4 + length]
        at += 4 + length


# --- Thrift, compact ----------------------------------------------------------------------------------------------


def _struct(data: bytes, at: int) -> tuple[dict[int, Any], int]:
    """A struct's fields by number, and where it ends."""
    fields: dict[int, Any] = {}
    number = 0
    while data[at]:
        kind, step = data[at] & 15, data[at] >> 4
        at += 1
        if step:
            number += step
        else:
            number, at = _zigzag(data, at)
        if kind in (1, 2):
            fields[number] = kind == 1
        else:
            fields[number], at = _value(data, at, kind)
    return fields, at + 1


def _value(data: bytes, at: int, kind: int) -> tuple[Any, int]:
    if kind == _STRUCT:
        return _struct(data, at)
    if kind == _BINARY:
        length, at = _varint(data, at)
        return data[at : at + length], at + length
    if kind in (_DOUBLE, _BYTE):
        width = 8 if kind == _DOUBLE else 1
        return data[at : at + width], at + width
    if kind in (_LIST, _SET):
        length, of = data[at] >> 4, data[at] & 15
        at += 1
        if length == _LONG_LIST:
            length, at = _varint(data, at)
        items = []
        for _ in range(length):
            item, at = _value(data, at, of)
            items.append(item)
        return items, at
    if kind == _MAP:
        raise Unreadable
    return _zigzag(data, at)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        number |= (data[at] & 127) << shift
        at += 1
        if data[at - 1] < 128:  # noqa: PLR2004 - the bit that says whether more follows
            return number, at
        shift += 7


def _zigzag(data: bytes, at: int) -> tuple[int, int]:
    number, at = _varint(data, at)
    return (number >> 1) ^ -(number & 1), at
