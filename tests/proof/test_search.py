"""A needle is found wherever it stands in a folder, in whatever form; what only looks like one is not."""

import base64
import gzip
import io
import json
import zipfile

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest

from sigpanel.errors import InputError
from sigpanel.proof import Needles, prove
from sigpanel.proof.needles import codes_of_ours
from sigpanel.proof.words import is_ours

CODE, TEXT, ID = "ÅX0809", "Lillasyster Kanariefågel", "pabcdefghijklmnopqrstuvwxyz"
KEY = bytes(range(1, 33))
NEEDLES = Needles(
    {
        "uno_codes": {CODE, "QX0619"},
        "notes": {TEXT, "kort"},
        "words": {"kanariefågel"},
        "person_names": {"Kanariella Siskenberg"},
        "panel_ids": {ID},
        "study_ids": {"S-2", "KANARIE-017"},
        "file_names": {"Farsta unga.xlsx"},
        "paths": {"/srv/study/farsta"},
    },
    [KEY],
)


def statistical(folder, kind, label, values):
    """A file of somebody's for SPSS or Stata, packed as such programs pack it."""
    frame, path = pl.DataFrame({"a": values}), folder / f"table.{kind}"
    if kind == "sav":
        pyreadstat.write_sav(frame, str(path), column_labels={"a": label}, row_compress=True)
    else:
        pyreadstat.write_dta(frame, str(path), column_labels={"a": label})
    return path


def few():
    return ["AP0615"]


def found(folder) -> set[tuple[str, str, str]]:
    return {(one.kind, one.file, one.place) for one in prove(folder, NEEDLES, possible=few).found}


def kinds(folder) -> set[str]:
    return {kind for kind, _, _ in found(folder)}


HIDDEN = {
    "as it is": ("uno_codes", f"see {CODE}."),
    "in small letters": ("uno_codes", CODE.lower()),
    "with a blank": ("uno_codes", "Åx 08 09"),
    "with hyphens": ("uno_codes", "åx-08-09"),
    "with slashes": ("uno_codes", "QX/06/19"),
    "with a dash between blanks": ("uno_codes", "QX – 0619"),
    "sign by sign": ("uno_codes", "Q X 0 6 1 9"),
    "sign by sign with hyphens": ("uno_codes", "å-x-0-8-0-9"),
    "with a blank of no width": ("uno_codes", "QX\u200b0619"),
    "with a hyphen that is not shown": ("uno_codes", "&Aring;X08&shy;09"),
    "parted by tags": ("uno_codes", "<p><b>QX</b>06<i class='a'>19</i></p>"),
    "in two runs of a workbook": ("uno_codes", "<si><r><t>QX</t></r><r><t>0619</t></r></si>"),
    "decomposed": ("uno_codes", "A\u030aX0809"),
    "glued to a letter": ("uno_codes", "uQX0619"),
    "between underscores": ("uno_codes", "a_QX0619_b"),
    "backwards": ("uno_codes", "9160XQ"),
    "in hexadecimals": ("uno_codes", b"QX0619".hex()),
    "in Base64": ("uno_codes", base64.b64encode(b"QX0619").decode()),
    "in Base32": ("uno_codes", base64.b32encode(b"QX0619").decode().rstrip("=").lower()),
    "as JSON escapes it": ("uno_codes", json.dumps(CODE)),
    "as HTML escapes it": ("uno_codes", "&#197;X0809"),
    "as addresses escape it": ("uno_codes", "%C3%85X0809"),
    "a text with another case and blanks": ("notes", "LILLASYSTER \n kanariefågel"),
    "a text with underscores": ("notes", "lillasyster_kanariefågel"),
    "a text inside a longer one": ("notes", "om lillasyster kanariefågels skola"),
    "a text backwards": ("notes", TEXT[::-1]),
    "a text in hexadecimals": ("notes", TEXT.encode().hex()),
    "a text in Base64": ("notes", base64.b64encode(f"xx{TEXT}yy".encode()).decode()),
    "one of two names": ("person_names", "siskenberg"),
    "a study id": ("study_ids", "kanarie 017"),
    "an id": ("panel_ids", ID),
    "an id without its letter": ("panel_ids", ID[1:]),
    "the beginning of an id": ("panel_ids", ID[:14]),
    "a name of a file": ("file_names", "was Farsta unga.xlsx"),
    "a path": ("paths", "read /srv/study/farsta/owner"),
    "a key in hexadecimals": ("keys", KEY.hex().upper()),
    "a key in Base64": ("keys", base64.b64encode(KEY).decode()),
}


@pytest.mark.parametrize("how", HIDDEN)
def test_it_is_found_in_a_text(tmp_path, how):
    kind, text = HIDDEN[how]
    (tmp_path / "a.txt").write_text(f"nothing\n{text}\n", encoding="utf-8")
    assert (kind, "a.txt", "content") in found(tmp_path)


@pytest.mark.parametrize("how", HIDDEN)
def test_it_is_found_in_parquet_wherever_it_stands(tmp_path, how):
    kind, text = HIDDEN[how]
    pl.DataFrame({"remark": ["x" * 40, text]}).write_parquet(tmp_path / "a.parquet", statistics=False)
    assert kind in kinds(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "pabqx2619cdefghijklmnopqrs",
        "0xqx06190f3a1b2c3d4e5f",
        "skort",
        "S 2",
        "qx0618",
        "Q X 0 6 1 8",
        "Q X 0/6 1 9",
        "QX <06> 19 1",
        "lillasyster",
        "kanarie",
        ID[:9],
        "Farsta unga",
    ],
)
def test_it_is_no_false_alarm(tmp_path, text):
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    assert found(tmp_path) == set()


# --- files ----------------------------------------------------------------------------------------------------------


def _dictionary() -> bytes:
    values = pa.array([TEXT, "a", "b"]).dictionary_encode()
    return _parquet(pa.table({"text": values[1:]}), compression="zstd")


def _parquet(table, **more) -> bytes:
    memory = io.BytesIO()
    pq.write_table(table, memory, **more)
    return memory.getvalue()


def _zip(name: str, content: bytes) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return memory.getvalue()


FILES = {
    "in UTF-16": TEXT.encode("utf-16"),
    **{f"in {way}": TEXT.encode(way) for way in ("utf-32", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")},
    **{
        f"in {way} between bytes that are no text": b"\x00\xff\x01" * 9 + TEXT.encode(way) + b"\x00\xff" * 9
        for way in ("utf-16-be", "utf-32-le", "utf-32-be")
    },
    "in Windows-1252": TEXT.encode("cp1252"),
    "between bytes that are no text": b"\x00\xff\x01" * 9 + TEXT.encode("utf-16-le") + b"\x00\xff" * 9,
    "in a dictionary": _dictionary(),
    "in metadata": _parquet(pa.table({"n": [1]}).replace_schema_metadata({"note": TEXT})),
    "in a column's name": _parquet(pa.table({TEXT: [1]})),
    "in a zip": _zip("a.txt", TEXT.encode()),
    "in a zip in a zip": _zip("b.zip", _zip("a.txt", TEXT.encode())),
    "as a member's name": _zip(f"{TEXT}.txt", b""),
    "in gzip": gzip.compress(TEXT.encode()),
    "in Parquet in a zip": _zip("a.parquet", _dictionary()),
    **{
        f"packed by {codec}": _parquet(pa.table({"t": [TEXT] * 99}), compression=codec, data_page_version=version)
        for codec, version in (("snappy", "1.0"), ("gzip", "2.0"), ("zstd", "2.0"), ("brotli", "1.0"), ("lz4", "2.0"))
    },
}


@pytest.mark.parametrize("how", FILES)
def test_it_is_found_in_a_file(tmp_path, how):
    (tmp_path / "a").write_bytes(FILES[how])
    assert "notes" in kinds(tmp_path)


@pytest.mark.parametrize("way", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_a_code_is_found_in_every_encoding_with_and_without_its_mark(tmp_path, way):
    (tmp_path / "a.csv").write_bytes(f"code;number\n{CODE};17\nQX0619;20\n".encode(way))
    assert "uno_codes" in kinds(tmp_path)


def test_a_value_that_shares_its_beginning_with_the_one_before_is_found(tmp_path):
    texts = [f"{TEXT} {number:03}" for number in range(200)]
    table = pa.table({"text": texts})
    data = _parquet(table, use_dictionary=False, column_encoding={"text": "DELTA_BYTE_ARRAY"}, write_statistics=False)
    (tmp_path / "a.parquet").write_bytes(data)
    assert ("notes", "a.parquet", "values of a column with a name of its own") not in found(tmp_path)
    assert ("notes", "a.parquet", "values of column text") in found(tmp_path)


def test_names_of_files_and_folders_are_searched_and_not_repeated(tmp_path):
    (tmp_path / "deep" / CODE).mkdir(parents=True)
    (tmp_path / "deep" / CODE / "a.csv").write_text("x")
    (tmp_path / "sound.csv").write_text("QX0619")
    (tmp_path / TEXT).mkdir()
    told = found(tmp_path)
    assert ("uno_codes", "file 1 of 2 (its name tells)", "name") in told
    assert ("uno_codes", "sound.csv", "content") in told
    assert ("notes", "a folder", "name") in told


def test_a_column_whose_name_tells_is_not_named(tmp_path):
    pl.DataFrame({"ÅX0809 är sen": ["QX0619"], "n_rows": ["QX0619"]}).write_parquet(tmp_path / "a.parquet")
    places = {place for _, _, place in found(tmp_path)}
    assert places >= {"values of column n_rows", "values of a column with a name of its own"}
    assert not [place for place in places if "0809" in place]


# --- what a folder is -------------------------------------------------------------------------------------------------


def test_ids_of_the_panel_may_stand_in_a_release_and_in_no_extract(tmp_path):
    for name, manifest in (("r0001", {"rows": {}}), ("e-v1", {"extract_id": "e-v1"}), ("loose", None)):
        (tmp_path / name / "in").mkdir(parents=True)
        (tmp_path / name / "in" / "ids.csv").write_text(ID)
        if manifest:
            (tmp_path / name / "manifest.json").write_text(json.dumps(manifest))
    assert {file for kind, file, _ in found(tmp_path) if kind == "panel_ids"} == {"e-v1/in/ids.csv", "loose/in/ids.csv"}
    inside = prove(tmp_path, NEEDLES, is_research=True, possible=few)
    assert {one.file for one in inside.found} == {"e-v1/in/ids.csv"}
    assert inside.folders == ("extract", "release")


def test_single_words_are_looked_for_in_what_the_program_wrote_and_not_in_somebodys_report(tmp_path):
    (tmp_path / "a.txt").write_text("en kanariefågel", encoding="utf-8")
    assert found(tmp_path) == set()
    (tmp_path / "manifest.json").write_text('{"extract_id": "x"}')
    assert found(tmp_path) == {("words", "a.txt", "content")}


# --- what cannot be looked into, or for -------------------------------------------------------------------------------


def test_what_cannot_be_unpacked_is_no_clean_proof(tmp_path):
    data = _parquet(pa.table({"a": [1]}))
    (tmp_path / "cut.parquet").write_bytes(data[:-20])
    (tmp_path / "cut.zip").write_bytes(_zip("a", b"x" * 99)[:-30])
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    proof = prove(tmp_path, NEEDLES, possible=few)
    assert (proof.unreadable, proof.found, proof.is_clean) == (("cut.parquet", "cut.zip", "link"), (), False)


def test_kinds_of_files_that_nobody_can_read_are_told(tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7 \xff\x00")
    (tmp_path / "a.csv").write_text("a;b")
    proof = prove(tmp_path, NEEDLES, possible=few)
    assert (proof.opaque, proof.is_clean) == (("a.pdf",), True)


@pytest.mark.parametrize(
    ("needles", "has_file", "code"),
    [(Needles({}), True, "nothing-to-look-for"), (Needles({"uno_codes": {"AP4701"}}), True, "nothing-to-look-for"),
     (NEEDLES, False, "nothing-to-verify")],
)  # fmt: skip
def test_nothing_to_look_for_and_nothing_to_look_into_are_errors(tmp_path, needles, has_file, code):
    if has_file:
        (tmp_path / "a.csv").write_text("x")
    with pytest.raises(InputError) as caught:
        prove(tmp_path, needles, possible=few)
    assert caught.value.code == code


def test_what_is_too_short_or_our_own_is_counted():
    counted = {one.kind: (one.looked_for, one.left_out) for one in NEEDLES.counted()}
    assert counted["notes"] == (1, 1)
    assert counted["study_ids"] == (1, 1)
    assert counted["keys"] == (1, 0)
    assert Needles({"notes": {"Enrolment date", "Kön"}}).counted()[3] == type(NEEDLES.counted()[0])("notes", 0, 2)


def test_nothing_shows_a_needle_when_printed():
    assert "QX0619" not in repr(NEEDLES)


def test_our_own_words_are_those_of_the_contracts_and_the_program_and_not_of_what_is_planted():
    assert is_ours("Är inskriven i en skola, 2022")
    assert not is_ours("Lillebror också aktuell")
    assert codes_of_ours() >= {"AP4701", "AW4701"}


# --- SPSS and Stata ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sav", "dta"])
def test_a_value_in_a_file_for_spss_or_stata_is_found_by_its_column(tmp_path, kind):
    statistical(tmp_path, kind, "ord", ["x", f"se {CODE}", "y"])
    assert ("uno_codes", f"table.{kind}", "values of column a") in found(tmp_path)


@pytest.mark.parametrize("kind", ["sav", "dta"])
def test_a_label_in_a_file_for_spss_or_stata_is_found(tmp_path, kind):
    statistical(tmp_path, kind, f"som {TEXT}", ["x", "y"])
    assert ("notes", f"table.{kind}", "labels") in found(tmp_path)


@pytest.mark.parametrize("kind", ["sav", "dta"])
def test_a_file_for_spss_or_stata_that_cannot_be_read_is_told(tmp_path, kind):
    path = statistical(tmp_path, kind, "ord", ["x", "y"])
    path.write_bytes(path.read_bytes()[:140])
    proof = prove(tmp_path, NEEDLES, possible=few)
    assert proof.unreadable == (f"table.{kind}",)
    assert not proof.is_clean
