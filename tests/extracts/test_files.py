"""The files of an extract: what they say, that they are whole, and how they are opened."""

import csv
import datetime as dt
import hashlib
import json
import subprocess

import polars as pl
import pyreadstat
import pytest
import yaml

import sigpanel
from sigpanel import audit
from sigpanel.contracts.disclosure import disclosure
from sigpanel.errors import InputError, PolicyError, UsageError
from sigpanel.extracts.codebook import codebook
from sigpanel.extracts.cut import draft, under_own_ids
from sigpanel.extracts.layout import ISSUING
from sigpanel.extracts.told import MadeFrom, manifest
from sigpanel.extracts.write import fill, publish
from sigpanel.panel.codebook import codebook as release_codebook
from sigpanel.resources import panel_version
from tests.extracts.panels import approval, body, crowd, episode, episodes_with, own_ids, panel

DAY = dt.date
OF = MadeFrom("r0001", panel_version(), "abcdefghij", "two", "0.1.0", "2.0.0", 5)
TABLES = {
    "persons": {"person_id": "id", "sex": "as_is"},
    **episodes_with(
        enrolled_on="as_is", discharge_reason="as_is", is_transfer="as_is", age={"age_band": 5},
        district="district_group",
    ),
    "waves": {"person_id": "id", "episode_id": "id", "moment": "as_is", "mental_health": "as_is",
              "mental_health__missing": "as_is"},
}  # fmt: skip
GROUPS = {
    "north": {"en": "North|west", "sv": "Nord|väst",
              "districts": ["jarva", "rinkeby_kista", "spanga_tensta", "hasselby_vallingby"]},
    "south": {"en": "South", "sv": "Söder", "districts": ["farsta", "skarpnack", "skarholmen", "enskede_arsta_vantor"]},
}  # fmt: skip


def written(folder, extract_id="small-v1", **said):
    one = approval(
        folder,
        tables=TABLES,
        district_groups=GROUPS,
        quasi_identifiers=["sex", "age", "district", "enrolled_on"],
        **{"formats": ["parquet", "csv"], **said},
    )
    rows = [*crowd(5), *crowd(2, first=30, sex="female"), episode("p9", sex=None, mental_health=4)]
    made = under_own_ids(draft(panel(rows), one), one, own_ids)
    told = manifest(one, made, OF, {"older-v1": "hidden"}, lambda n: f"about {n // 5 * 5}")
    extracts = folder / "extracts"
    issuing, place = extracts / f"{ISSUING}{extract_id}", extracts / extract_id
    fill(issuing, made.tables, one, told, codebook(one, release_codebook(())))
    publish(issuing, place)
    return place


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return written(tmp_path_factory.mktemp("files"), nulls={"sex": "suppress"})


def test_all_files_are_there_and_nothing_else(place):
    assert sorted(path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()) == sorted([
        "EXTRACT.md", "UTDRAG.md", "SHA256SUMS", "approval.yaml", "codebook.csv", "codebook.xml", "datapackage.json",
        "manifest.json",
        *(f"{name}.parquet" for name in TABLES), *(f"csv/{name}.csv" for name in TABLES),
    ])  # fmt: skip
    assert [path.name for path in place.parent.iterdir()] == [place.name]


def test_digests_are_those_of_the_files(place):
    done = subprocess.run(["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=place, capture_output=True, check=False)  # noqa: S607
    assert done.returncode == 0, done.stderr
    told = json.loads((place / "manifest.json").read_bytes())
    for name, digest in told["files"].items():
        assert hashlib.sha256((place / name).read_bytes()).hexdigest() == digest
    package = json.loads((place / "datapackage.json").read_bytes())
    assert {each["path"] for each in package["resources"]} == {*told["files"], "manifest.json"}
    for each in package["resources"]:
        assert each["hash"] == f"sha256:{hashlib.sha256((place / each['path']).read_bytes()).hexdigest()}"


def test_csv_says_what_parquet_says_by_the_rules_it_states(place):
    raw = (place / "csv" / "episodes.csv").read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in raw
    frame = pl.read_parquet(place / "episodes.parquet")
    rows = list(csv.DictReader(raw.decode().splitlines()))
    assert list(rows[0]) == frame.columns
    for row, told in zip(rows, frame.iter_rows(named=True), strict=True):
        for name, value in told.items():
            said = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
            assert row[name] == said


def test_the_codebook_is_of_just_these_columns(place):
    book = pl.read_csv(place / "codebook.csv", infer_schema=False)
    for name in TABLES:
        assert (
            book.filter(pl.col("table") == name)["column"].to_list()
            == pl.read_parquet(place / f"{name}.parquet").columns
        )
    said = {(row["table"], row["column"]): row for row in book.to_dicts()}
    age = said["episodes", "age_band"]
    assert (age["transformation_en"], age["made_of"]) == ("In bands of 5 years, as 20-24", "episodes.age")
    assert age["transformation_sv"] == "I klasser om 5 år, som 20-24"
    assert said["episodes", "district_group"]["codes_sv"].startswith("north = Nord|väst; south = Söder")
    assert said["persons", "sex"]["codes_en"].endswith("suppressed = taken out for protection")
    assert said["episodes", "enrolled_on__hidden"]["type"] == "bool"


def test_the_manifest_holds_protected_numbers_no_clock_and_no_path(place):
    told = json.loads((place / "manifest.json").read_bytes())
    assert told["persons"] == "about 5"
    assert told["consent_withdrawn"] == {"policy": "include", "persons_in": "about 0", "persons_out": 0}
    assert told["linkable"] == {"older-v1": "hidden"}
    assert (told["key_id"], told["roles"], told["ids"]) == ("abcdefghij", "two", "version")
    assert str(place) not in (place / "manifest.json").read_text(encoding="utf-8")
    assert told["approval"]["digest"] == hashlib.sha256((place / "approval.yaml").read_bytes()).hexdigest()


def test_the_approval_beside_it_says_all_that_was_approved(place):
    said = yaml.safe_load((place / "approval.yaml").read_text(encoding="utf-8"))
    assert said["tables"] == TABLES
    assert said.keys() == {*body(), "district_groups"}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "EXTRACT.md",
            ["2026-00001", "left out", "at least 3 persons", "**Hidden is not missing**", "2030-12-31", "North\\|west"],
        ),
        (
            "UTDRAG.md",
            ["2026-00001", "utelämnade", "minst 3 personer", "**Dolt är inte bortfall**", "2030-12-31", "Nord\\|väst"],
        ),
    ],
)
def test_it_can_be_read_by_people(place, name, words):
    text = (place / name).read_text(encoding="utf-8")
    assert not [word for word in words if word not in text]
    tables = [line for line in text.splitlines() if line.startswith("|")]
    for line in tables:
        assert line.count("|") - line.count("\\|") >= 3, line
    assert "None" not in text.replace("| None |", "")
    assert "\n\n\n\n" not in text


def test_a_hidden_number_is_told_in_the_pages_language(place):
    row = {name: next(line for line in (place / name).read_text(encoding="utf-8").splitlines() if "older-v1" in line)
           for name in ("EXTRACT.md", "UTDRAG.md")}  # fmt: skip
    assert row["EXTRACT.md"].endswith("| hidden |")
    assert row["UTDRAG.md"].endswith(f"| {disclosure().word('hidden', 'sv')} |")


def test_the_same_again_gives_the_same_bytes(tmp_path, place):
    again = written(tmp_path, nulls={"sex": "suppress"})
    for path in place.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (again / path.relative_to(place)).read_bytes(), path.name


def test_no_parquet_file_holds_a_category_of_who_is_not_in(place):
    import pyarrow.parquet as pq

    for name in TABLES:
        held = pq.ParquetFile(place / f"{name}.parquet")
        assert not [kind for kind in held.schema_arrow.types if "dictionary" in str(kind)]


# --- opening ---


def test_an_extract_opens_with_its_tables_as_attributes(place):
    extract = sigpanel.open_extract(place, today=DAY(2026, 1, 1))
    assert extract.tables == ("episodes", "persons", "waves")
    assert isinstance(extract.episodes, pl.LazyFrame)
    assert extract.persons.collect().height == extract.table("persons").collect().height
    assert extract.variables.columns[:2] == ["table", "column"]
    assert repr(extract) == "Extract small-v1: about 5 episodes, about 5 persons, about 15 waves (rounded)"
    assert {"episodes", "variables"} <= set(dir(extract))
    with pytest.raises(AttributeError, match="episodes, persons, waves"):
        _ = extract.links
    with pytest.raises(UsageError):
        extract.table("links")


def test_it_is_refused_after_its_last_day(place):
    sigpanel.open_extract(place, today=DAY(2030, 12, 31))
    with pytest.raises(PolicyError) as caught:
        sigpanel.open_extract(place, today=DAY(2031, 1, 1))
    assert (caught.value.code, "2030-12-31" in caught.value.message) == ("extract-expired", True)
    assert "binds only the honest" in " ".join((sigpanel.open_extract.__doc__ or "").split())


@pytest.mark.parametrize(("events", "opens"), [
    ([], True), ([("expired", "early")], False), ([("recalled", "fault")], False), ([("unlinked", "version")], True),
])  # fmt: skip
def test_it_is_refused_when_the_log_beside_it_says_that_it_has_ended(tmp_path, events, opens):
    place = written(tmp_path, nulls={"sex": "suppress"})
    log, day = place.parent / "log.jsonl", DAY(2026, 1, 1)
    audit.append(log, on=day, event="issued", subject="small-v1", digest="0" * 64)
    for event, detail in events:
        audit.append(log, on=day, event=event, subject="small-v1", detail=detail)
    if opens:
        assert sigpanel.open_extract(place, today=day).extract_id == "small-v1"
        return
    with pytest.raises(PolicyError) as caught:
        sigpanel.open_extract(place, today=day)
    assert caught.value.code == "extract-expired"


def test_what_is_no_extract_or_of_another_contract_is_told_so(tmp_path):
    with pytest.raises(InputError) as caught:
        sigpanel.open_extract(tmp_path)
    assert caught.value.code == "extract-missing"
    place = written(tmp_path, nulls={"sex": "suppress"})
    told = json.loads((place / "manifest.json").read_bytes())
    (place / "manifest.json").write_text(json.dumps({**told, "contract_version": "9.0.0"}))
    with pytest.raises(InputError) as caught:
        sigpanel.open_extract(place, today=DAY(2026, 1, 1))
    assert caught.value.code == "extract-of-another-contract"
    (place / "manifest.json").write_text(json.dumps(told))
    (place / "waves.parquet").unlink()
    with pytest.raises(InputError) as caught:
        _ = sigpanel.open_extract(place, today=DAY(2026, 1, 1)).waves
    assert caught.value.code == "extract-incomplete"


# --- SPSS and Stata ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def with_all_formats(tmp_path_factory):
    return written(
        tmp_path_factory.mktemp("formats"), nulls={"sex": "suppress"}, formats=["parquet", "csv", "sav", "dta"]
    )


def test_the_approval_may_ask_for_spss_and_stata_and_what_reads_them_comes_along(with_all_formats):
    found = {path.relative_to(with_all_formats).as_posix() for path in with_all_formats.rglob("*") if path.is_file()}
    assert {*(f"{kind}/{name}.{kind}" for kind in ("sav", "dta") for name in TABLES), "sav/read.sps", "dta/read.do",
            "read.R", "codebook.xml"} <= found  # fmt: skip
    sums = (with_all_formats / "SHA256SUMS").read_text(encoding="utf-8")
    told = json.loads((with_all_formats / "manifest.json").read_bytes())["files"]
    assert all(name in sums and (name in told) for name in found - {"SHA256SUMS", "manifest.json", "datapackage.json"})
    for page in ("EXTRACT.md", "UTDRAG.md"):
        assert "`sav/`" in (with_all_formats / page).read_text(encoding="utf-8")


def test_an_extract_has_a_number_of_its_own_for_each_person(with_all_formats):
    parquet = pl.read_parquet(with_all_formats / "persons.parquet")
    assert "person_no" not in parquet.columns
    ids = parquet["person_id"].sort().to_list()
    for table in TABLES:
        said, _ = pyreadstat.read_sav(str(with_all_formats / "sav" / f"{table}.sav"), output_format="polars")
        assert said["person_no"].to_list() == [ids.index(each) + 1 for each in said["person_id"]]


def test_what_was_taken_out_is_missing_for_that_reason_and_bands_are_texts(with_all_formats):
    parquet = pl.read_parquet(with_all_formats / "episodes.parquet")
    path = str(with_all_formats / "dta" / "episodes.dta")
    stata, said = pyreadstat.read_dta(path, user_missing=True, output_format="polars")
    group = {"north": 1, "south": 2, "suppressed": "s"}
    assert stata["district_group"].to_list() == [group[each] for each in parquet["district_group"]]
    assert said.variable_value_labels["district_group"] == {1: "Nord|väst", 2: "Söder", "s": "Borttaget som skydd"}
    assert stata["age_band"].to_list() == [each or "" for each in parquet["age_band"]]
    assert said.column_names_to_labels["age_band"] == "Ålder vid inskrivning (fråga 4) [klasser]"
    persons = pl.read_parquet(with_all_formats / "persons.parquet")["sex"].to_list()
    sexes, _ = pyreadstat.read_dta(
        str(with_all_formats / "dta" / "persons.dta"), user_missing=True, output_format="polars"
    )
    assert sexes["sex"].to_list() == [{"male": 1, "female": 2, "suppressed": "s"}[each] for each in persons]
    assert {*persons, *parquet["district_group"]} & {"suppressed"}


def test_days_that_were_taken_out_have_a_flag_beside(with_all_formats):
    said = pyreadstat.read_sav(str(with_all_formats / "sav" / "episodes.sav"), metadataonly=True)[1]
    assert said.column_names_to_labels["enrolled_on__hidden"].startswith("Borttaget: Datum för beslutet")
