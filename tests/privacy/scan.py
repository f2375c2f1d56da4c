"""Looks for words in everything that a folder holds, in whatever form they may stand there.

    leaks(folder, words)      the (word, file) pairs found

A file is searched as it lies and, if it is Parquet, also page by page unpacked (dictionary pages keep values of rows
that were removed), by every value of every column, and by what the footer says. A word is searched in the encodings and
spellings in which it may hide, and as what a careless pseudonym would make of it: a plain digest.
"""

import base64
import functools
import hashlib
import html
import json
import unicodedata
import urllib.parse
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

_ZSTD = b"\x28\xb5\x2f\xfd"


def leaks(folder: Path, words: Iterable[str]) -> list[tuple[str, str]]:
    """Which words stand in which files below a folder."""
    found = []
    searched = {word: _forms(word) for word in words}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        parts = [part.lower() for part in (name.encode(), *(_parts(path.read_bytes()) if path.is_file() else []))]
        found += [(word, name) for word, forms in searched.items() if _stand(forms, parts)]
    return found


def told(text: str, words: Iterable[str]) -> list[str]:
    """Which words stand in a text."""
    return [word for word in words if _stand(_forms(word), [text.encode().lower()])]


def _stand(forms: Iterable[bytes], parts: Iterable[bytes]) -> bool:
    return any(form in part for form in forms for part in parts)


@functools.cache
def _forms(word: str) -> frozenset[bytes]:
    """Every form in which a word is searched."""
    spelt = {
        unicodedata.normalize(form, text)
        for text in (word, word.lower(), word.upper(), word.casefold())
        for form in ("NFC", "NFD")
    }
    spelt |= {text[::-1] for text in spelt} | {text.replace(" ", "_") for text in spelt}
    spelt |= {json.dumps(text)[1:-1] for text in spelt}
    spelt |= {urllib.parse.quote(text) for text in spelt} | {html.escape(text) for text in spelt}
    forms = {text.encode(code, "ignore") for text in spelt for code in ("utf-8", "cp1252", "utf-16-le", "utf-16-be")}
    # As XML may write what is not ASCII.
    forms |= {text.encode("ascii", "xmlcharrefreplace") for text in spelt}
    for text in (word, word.lower(), word.upper()):
        told = text.encode()
        forms |= {told.hex().encode(), *_in_base64(told), *_digests(told)}
    # In small letters, as what is searched: of ASCII alone, so the others stand there in both cases.
    return frozenset(form.lower() for form in forms if len(form) >= min(len(word), 4))


def _in_base64(told: bytes) -> Iterator[bytes]:
    """The middle of a word in Base64, at each of three offsets; the ends depend on what stands beside it."""
    for offset in range(3):
        encoded = base64.b64encode(bytes(offset) + told)
        middle = encoded[4 if offset else 0 : -4]
        if len(middle) > 6:
            yield middle


def _digests(told: bytes) -> Iterator[bytes]:
    for name in ("md5", "sha1", "sha256", "blake2b"):
        digest = hashlib.new(name, told).digest()
        yield from (digest, digest.hex()[:16].encode(), base64.b32encode(digest)[:16], base64.b64encode(digest)[:16])


def _parts(data: bytes) -> Iterator[bytes]:
    yield data
    if data[:4] == b"PAR1":
        yield from _pages(data)
        yield _values_and_footer(data)


def _pages(data: bytes) -> Iterator[bytes]:
    """Every piece of a file that zstd can unpack."""
    at = data.find(_ZSTD)
    while at >= 0:
        try:
            yield pa.CompressedInputStream(BytesIO(data[at:]), "zstd").read()
        except OSError:
            yield _as_far_as_it_goes(data[at:])
        at = data.find(_ZSTD, at + 1)


def _as_far_as_it_goes(data: bytes) -> bytes:
    stream, unpacked = pa.CompressedInputStream(BytesIO(data), "zstd"), b""
    try:
        while piece := stream.read(64):
            unpacked += piece
    except OSError:
        pass
    return unpacked


def _values_and_footer(data: bytes) -> bytes:
    file = pq.ParquetFile(BytesIO(data))
    texts = [str(file.metadata.metadata), str(file.schema), str(file.schema_arrow.metadata)]
    for group in range(file.metadata.num_row_groups):
        for column in range(file.metadata.num_columns):
            chunk = file.metadata.row_group(group).column(column)
            texts += [str(chunk), str(chunk.statistics)]
    for column in file.read().columns:
        texts += [str(value) for value in column.to_pylist()]
    return "\n".join(texts).encode()
