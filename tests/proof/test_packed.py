"""What is packed is looked into or told, wherever it lies and whatever it is called; what is plain is not told."""

import bz2
import gzip
import io
import lzma
import struct
import zipfile
import zlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sigpanel.proof import prove
from sigpanel.proof.packed import is_text
from sigpanel.proof.parts import decoded
from tests.proof.test_search import CODE, NEEDLES, few
from tests.support.study import FARSTA_2022, make_study

PLAIN = b"uno\nQX0619\n"


def zipped(members, comment=b"", how=zipfile.ZIP_DEFLATED):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", how) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.comment = comment
    return memory.getvalue()


def table(values):
    memory = io.BytesIO()
    pq.write_table(pa.table({"a": values}), memory)
    return memory.getvalue()


def streamed(name, content):
    """A zip whose members' lengths stand behind them, as programs write it that cannot go back."""

    class Forward(io.RawIOBase):
        def __init__(self):
            self.written = []

        def writable(self):
            return True

        def write(self, data):
            self.written.append(bytes(data))
            return len(data)

    out = Forward()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return b"".join(out.written)


def image(text):
    def chunk(kind, said):
        return struct.pack(">I", len(said)) + kind + said + struct.pack(">I", zlib.crc32(kind + said))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    shown = chunk(b"IDAT", zlib.compress(b"\0" * 4)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"zTXt", b"Comment\0\0" + zlib.compress(text)) + shown


PDF = (
    b"%PDF-1.4\n1 0 obj<</Length 1/Filter/FlateDecode>>stream\n"
    + zlib.compress(PLAIN * 9)[2:]
    + b"\nendstream\n%%EOF\n"
)
HIDDEN_MEMBER = zipped({"secret.txt": PLAIN * 3})
GONE = HIDDEN_MEMBER[: HIDDEN_MEMBER.index(b"PK\x01\x02")]

# What it is; the file's name; its bytes; whether the code is found, the file told, or it is no clean proof.
FILES = [
    ("an image in a document", "report.docx", zipped({"word/media/image1.png": image(PLAIN)}), "told"),
    ("an image", "a.png", image(PLAIN), "told"),
    ("plain bytes behind a zip", "tables.zip", zipped({"a.txt": "x"}) + b"\nQX0619\n", "found"),
    ("plain bytes before a zip", "tables.zip", b"#!/bin/sh QX0619\n" + zipped({"a.txt": "x"}), "found"),
    ("a code behind a zip in two bytes a letter", "a.zip", zipped({"a": "x"}) + "x QX0619".encode("utf-16"), "found"),
    ("the comment of a zip", "a.zip", zipped({"a.txt": "x"}, comment=b"QX0619"), "found"),
    ("a packed comment of a zip", "a.zip", zipped({"a.txt": "x"}, comment=zlib.compress(PLAIN)), "found"),
    ("two zips one behind the other", "a.zip", zipped({"a.txt": PLAIN * 3}) + zipped({"b.txt": b"x"}), "found"),
    ("a member that no directory names", "a.zip", GONE + zipped({"a.txt": "x"}), "unreadable"),
    ("bzip2 in a zip", "a.zip", zipped({"a.csv.bz2": bz2.compress(PLAIN)}), "found"),
    ("bzip2 in gzip", "a.gz", gzip.compress(bz2.compress(PLAIN)), "found"),
    ("xz in a zip", "a.zip", zipped({"a.csv.xz": lzma.compress(PLAIN)}), "found"),
    ("bzip2", "a.bz2", bz2.compress(PLAIN), "found"),
    ("bzip2 that is called .csv", "a.csv", bz2.compress(PLAIN), "found"),
    ("zlib that is called .txt", "a.txt", zlib.compress(PLAIN), "found"),
    ("a packed object in a workbook", "a.xlsx", zipped({"xl/embeddings/a.bin": zlib.compress(PLAIN * 9)}), "found"),
    ("an object of another kind in a workbook", "a.xlsx", zipped({"xl/a.bin": b"\0\1" + zlib.compress(PLAIN)[2:]}),
     "told"),
    ("a PDF in a zip", "a.zip", zipped({"a.pdf": PDF}), "told"),
    ("a PDF", "a.pdf", PDF, "told"),
    ("a PDF that is called .md", "a.md", PDF, "told"),
    ("arrays in a zip", "panel.npz", zipped({"uno.npy": b"\x93NUMPY\1\0" + "QX0619".encode("utf-32-le")}), "found"),
    ("bytes for values of a table", "a.parquet", table([zlib.compress(PLAIN)]), "told"),
    ("lists of such", "a.parquet", table([[zlib.compress(PLAIN)]]), "told"),
    ("one gzip behind the other", "a.gz", gzip.compress(b"x") + gzip.compress(PLAIN), "found"),
    ("plain bytes behind gzip", "a.gz", gzip.compress(b"x") + b"\0" * 8 + b"QX0619", "found"),
    ("the name in the head of gzip", "a.gz",
     b"\x1f\x8b\x08\x08" + b"\0" * 4 + b"\2\xffQX0619.csv\0" + gzip.compress(b"x")[10:], "found"),
    ("gzip behind a text", "a.txt", b"hello\n" + gzip.compress(PLAIN), "told"),
    ("a zip behind a text", "a.txt", b"hello\n" + zipped({"a.txt": PLAIN}), "found"),
    ("bzip2 that is cut", "a.csv", bz2.compress(PLAIN)[:-6], "unreadable"),
    ("a zip within zips without end", "a.zip",
     zipped({"a.zip": zipped({"a.zip": zipped({"a.zip": zipped({"a": "x"})})})}), "unreadable"),
    ("something packed in a way that nobody knows", "a.tsv", b"\x28\xb5\x2f\xfd" + bytes(range(256)), "told"),
    ("a member of a kind that is no text, which reads as one", "a.zip", zipped({"a.ps": "%!PS"}), "told"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "what"), [row[1:] for row in FILES], ids=[row[0] for row in FILES])
def test_what_is_packed_is_found_or_told(tmp_path, name, data, what):
    (tmp_path / name).write_bytes(data)
    proof = prove(tmp_path, NEEDLES, possible=few)
    found = any(one.kind == "uno_codes" for one in proof.found)
    assert {
        "found": found, "told": proof.opaque == (name,), "unreadable": proof.unreadable == (name,)
    }[what]  # fmt: skip
    assert found or proof.opaque or not proof.is_clean


PLAINS = [
    ("a text in UTF-8", "a.csv", f"kön;{CODE[2:]}\r\n\tä\f\x1a".encode()),
    ("a text in Windows-1252", "a.txt", "kön – ”ä”".encode("cp1252")),
    ("a text in UTF-16", "a.csv", "kön;år\n".encode("utf-16")),
    ("a text that begins as zlib does", "a.md", b"x^2 + y^2"),
    ("a text that begins as bzip2 does", "a.md", b"BZh9 is how it begins"),
    ("a zip of texts, of folders and of what is empty", "a.zip", zipped({"b/": "", "b/c.csv": "a;b", "py.typed": ""})),
    ("a zip whose members are as they were", "a.zip", zipped({"a.csv": "a;b", "b.txt": "x"}, how=zipfile.ZIP_STORED)),
    ("a zip that was written forwards", "a.zip", streamed("a.csv", "a;b")),
    ("a zip with a comment", "a.zip", zipped({"a.csv": "a;b"}, comment="kön".encode())),
    ("a packed text", "a.csv.gz", gzip.compress(b"a;b")),
    ("an empty file", "a.csv", b""),
    ("a table of texts and numbers", "a.parquet", table([{"text": "x", "number": 1}])),
]


@pytest.mark.parametrize(("name", "data"), [row[1:] for row in PLAINS], ids=[row[0] for row in PLAINS])
def test_what_can_be_read_is_not_told_as_what_cannot(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    proof = prove(tmp_path, NEEDLES, possible=few)
    assert (proof.opaque, proof.unreadable, proof.found) == ((), (), ())


def test_a_workbook_holds_nothing_that_cannot_be_read(tmp_path):
    study = make_study(tmp_path / "study", (FARSTA_2022,), cohort=None)
    proof = prove(study.submissions, NEEDLES, possible=few)
    assert (proof.n_files, proof.opaque, proof.unreadable) == (1, (), ())


def test_short_words_that_stand_in_packed_bytes_by_chance_are_no_alarm(tmp_path):
    """A name of three letters is a word in every megabyte of what is packed."""
    (tmp_path / "a.zip").write_bytes(zipped({"a.txt": "x"}, comment=b"\xff\x00 kanariella siskenberg"))
    (tmp_path / "b.gz").write_bytes(gzip.compress(b"x"))
    assert {one.file for one in prove(tmp_path, NEEDLES, possible=few).found} == {"a.zip"}


@pytest.mark.parametrize("data", [b"\x00", b"a\x01b", b"\x7f", b"\x81 in Windows-1252", b"\x1b\x00\x00"])
def test_what_controls_or_says_nothing_is_no_text(data):
    assert not is_text(data, decoded(data))
