"""A release: the same bytes from the same study, everything checked first, nothing told that must not be."""

import datetime as dt
import hashlib
import json
import os
import stat
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from sigpanel.contracts import conform, names, schema
from sigpanel.contracts.described import stamp
from sigpanel.contracts.tables import ContractFault, contract
from sigpanel.errors import Fault, InputError
from sigpanel.panel import layout, release
from sigpanel.panel.lock import lock
from tests.panel import samples
from tests.panel.samples import CODEBOOK, MANIFEST, VARIABLES, contents, described, panel_dir, registry_dir, write

FILES = {f"{name}.parquet" for name in names()} | {
    "manifest.json", "datapackage.json", "codebook.csv", "linkage_quality.json",
}  # fmt: skip


# --- what lies there ------------------------------------------------------------------------------------------------


def test_releases_are_numbered_and_the_newest_is_live(tmp_path):
    assert [write(tmp_path), write(tmp_path), write(tmp_path)] == ["r0001", "r0002", "r0003"]
    assert (panel_dir(tmp_path) / "CURRENT").read_bytes() == b"r0003\n"
    assert layout.published(panel_dir(tmp_path)) == ("r0001", "r0002", "r0003")


def test_a_release_is_its_tables_and_what_describes_them(tmp_path):
    write(tmp_path)
    assert {path.name for path in (panel_dir(tmp_path) / "r0001").iterdir()} == FILES
    assert {path.name for path in panel_dir(tmp_path).iterdir()} == {"r0001", "CURRENT", ".lock"}
    assert {path.name for path in registry_dir(tmp_path).iterdir()} == {"r0001.parquet"}


@pytest.mark.parametrize("name", names())
def test_a_table_comes_back_as_its_contract_says(tmp_path, name):
    write(tmp_path, rows=7)
    back = pl.read_parquet(panel_dir(tmp_path) / "r0001" / f"{name}.parquet")
    assert back.schema == schema(name, VARIABLES)
    assert back.equals(conform(samples.sample(name, 7), name, VARIABLES))


@pytest.mark.parametrize(("room", "folders", "files"), [("research", 0o750, 0o640), ("owner", 0o700, 0o600)])
def test_research_is_open_to_its_group_and_the_owners_room_to_nobody(tmp_path, room, folders, files):
    before = os.umask(0)
    try:
        write(tmp_path)
    finally:
        os.umask(before)
    inside = [tmp_path / room, *(path for path in (tmp_path / room).rglob("*") if path.name != ".lock")]
    modes = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in inside}
    assert modes == {(True, folders), (False, files)}


# --- the same study, the same bytes ---------------------------------------------------------------------------------


def test_a_release_written_again_is_the_same_bytes(tmp_path):
    write(tmp_path)
    write(tmp_path)
    first, second = (contents(panel_dir(tmp_path) / name) for name in ("r0001", "r0002"))
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_the_order_of_rows_and_columns_and_further_columns_do_not_matter(tmp_path):
    write(tmp_path / "a", rows=50)
    mixed = {
        name: frame.sample(fraction=1, shuffle=True, seed=1).select(reversed(frame.columns)).with_columns(working=1)
        for name, frame in samples.samples(50).items()
    }
    write(tmp_path / "b", rows=50, tables=mixed)
    assert contents(panel_dir(tmp_path / "a") / "r0001") == contents(panel_dir(tmp_path / "b") / "r0001")


def test_rows_that_were_left_out_leave_no_trace(tmp_path):
    write(tmp_path / "a", rows=50)
    more = {name: frame.head(50) for name, frame in samples.samples(60).items()}
    write(tmp_path / "b", rows=50, tables=more)
    assert contents(panel_dir(tmp_path / "a") / "r0001") == contents(panel_dir(tmp_path / "b") / "r0001")


def test_threads_locale_and_time_zone_do_not_matter(tmp_path, python):
    rows = 140_000  # more than a row group
    code = (
        "import sys; from pathlib import Path; import polars as pl; from tests.panel import samples;"
        "tables = samples.samples() | {'answers': samples.sample('answers', int(sys.argv[2]))};"
        "samples.write(Path(sys.argv[1]), tables=tables); print(pl.thread_pool_size())"
    )
    root = Path(__file__).resolve().parents[2]
    environments = {
        "one": {"POLARS_MAX_THREADS": "1", "LC_ALL": "C", "TZ": "UTC"},
        "more": {"POLARS_MAX_THREADS": "4", "LC_ALL": "C.UTF-8", "TZ": "Pacific/Auckland"},
    }
    threads = {}
    for name, environment in environments.items():
        ran = python("-c", code, tmp_path / name, rows, cwd=root, env={"PYTHONPATH": str(root), **environment})
        assert ran.returncode == 0, ran.stderr
        threads[name] = int(ran.stdout)
    assert threads == {"one": 1, "more": 4}
    assert contents(panel_dir(tmp_path / "one") / "r0001") == contents(panel_dir(tmp_path / "more") / "r0001")


# --- manifest, datapackage, codebook --------------------------------------------------------------------------------


def test_the_manifest_is_sorted_json_that_ends_with_a_line_break(tmp_path):
    write(tmp_path)
    assert (panel_dir(tmp_path) / "r0001" / "manifest.json").read_text(encoding="utf-8") == (
        f'{{\n  "contract_digest": "{stamp()["contract_digest"]}",\n  "contract_version": "{contract().version}",\n'
        '  "counts": {\n    "persons": 3\n  },\n  "key_id": "abcdefghij",\n  "sigpanel": "0.1.0",\n'
        '  "title": "Återkomster"\n}\n'
    )


@pytest.mark.parametrize(
    ("told", "what"),
    [
        ({"made": "2024-01-15T09:30:00"}, "a time of day, at manifest.made"),
        ({"made": "on 2024-01-15 09:30"}, "a time of day, at manifest.made"),
        ({"files": [{"name": "/home/somebody/study"}]}, "a path, at manifest.files.name"),
        ({"from": "~/study"}, "a path, at manifest.from"),
        ({"from": "C:\\study"}, "a path, at manifest.from"),
        ({"/srv/study": 1}, "a path, at a name in manifest"),
        ({"release": "r0001"}, "the release's own name, at manifest.release"),
    ],
)
def test_a_manifest_that_tells_when_or_where_is_refused(tmp_path, told, what):
    with pytest.raises(Fault) as caught:
        write(tmp_path, manifest={**MANIFEST, **told})
    assert (caught.value.code, caught.value.message) == ("manifest-tells", f"The manifest holds {what}.")
    assert layout.current(panel_dir(tmp_path)) is None


@pytest.mark.parametrize("odd", [float("nan"), dt.date(2024, 1, 1), {1, 2}, b"bytes"])
def test_a_manifest_that_is_not_json_is_refused(tmp_path, odd):
    with pytest.raises(Fault) as caught:
        write(tmp_path, manifest={**MANIFEST, "odd": odd})
    assert caught.value.code == "manifest-not-json"


def test_dates_digests_and_earlier_releases_may_stand_in_a_manifest(tmp_path):
    write(tmp_path)
    told = {"registry": "r0001", "until": "2024-12-31", "settings": "sha256:ab/cd"}
    assert write(tmp_path, manifest={**MANIFEST, **told}) == "r0002"


def test_the_datapackage_names_every_file_with_its_checksum(tmp_path):
    write(tmp_path)
    folder = panel_dir(tmp_path) / "r0001"
    found = {each["path"]: (each["bytes"], each["hash"]) for each in described(folder)["resources"]}
    assert found == {
        name: (len(content), f"sha256:{hashlib.sha256(content).hexdigest()}")
        for name, content in contents(folder).items()
        if name != "datapackage.json"
    }


def test_the_datapackage_describes_a_table_as_its_contract_does(tmp_path):
    write(tmp_path)
    waves = next(each for each in described(panel_dir(tmp_path) / "r0001")["resources"] if each["name"] == "waves")
    fields = {field["name"]: field for field in waves["schema"]["fields"]}
    assert (waves["type"], waves["format"]) == ("table", "parquet")
    assert list(fields) == list(schema("waves", VARIABLES))
    assert waves["schema"]["primaryKey"] == ["episode_id", "moment"]
    assert waves["schema"]["uniqueKeys"] == [["person_id", "episode_no", "moment"]]
    assert fields["moment"] == {
        "name": "moment",
        "type": "string",
        "description": "Enrolment or discharge",
        "categories": [
            {"value": "enrolment", "label": "At enrolment"},
            {"value": "discharge", "label": "At discharge"},
        ],
        "constraints": {"required": True, "enum": ["enrolment", "discharge"]},
    }
    assert fields["mental_health"] == {
        "name": "mental_health",
        "type": "integer",
        "description": "mental_health: the answer; null when missing",
    }


@pytest.mark.parametrize("name", names())
def test_each_table_says_in_its_own_file_which_contract_it_keeps(tmp_path, name):
    write(tmp_path)
    told = pl.read_parquet_metadata(panel_dir(tmp_path) / "r0001" / f"{name}.parquet")
    assert told["sigpanel.contract_version"] == contract().version
    assert told["sigpanel.contract_digest"] == stamp()["contract_digest"]


def test_other_programs_read_which_contract_a_table_keeps(tmp_path):
    write(tmp_path)
    told = pq.read_metadata(panel_dir(tmp_path) / "r0001" / "persons.parquet").metadata
    assert told[b"sigpanel.contract_version"] == contract().version.encode()


def test_the_datapackage_says_which_contract_the_tables_keep(tmp_path):
    write(tmp_path)
    told = described(panel_dir(tmp_path) / "r0001")["contract"]
    assert told == {"version": contract().version, "hash": f"sha256:{stamp()['contract_digest']}"}


@pytest.mark.parametrize("told", [{"contract_version": "0.0.1"}, {"contract_digest": "0" * 64}])
def test_a_manifest_that_names_another_contract_is_refused(tmp_path, told):
    with pytest.raises(Fault) as caught:
        write(tmp_path, manifest={**MANIFEST, **told})
    assert caught.value.code == "release-contract"
    assert layout.current(panel_dir(tmp_path)) is None


def test_the_codebook_is_written_as_it_was_given(tmp_path):
    write(tmp_path)
    assert (panel_dir(tmp_path) / "r0001" / "codebook.csv").read_text(encoding="utf-8") == (
        "table,column,type,description_en,description_sv,codes\n"
        "episodes,age,int16,Age,Ålder,\n"
        'episodes,sex,string,"Sex, as reported","Kön, som rapporterat",male; female; other\n'
    )


@pytest.mark.parametrize(
    "codebook",
    [CODEBOOK.drop("description_sv"), CODEBOOK.select(reversed(CODEBOOK.columns)), CODEBOOK.with_columns(code=1)],
    ids=["a column is missing", "columns are in another order", "a column is not text"],
)
def test_a_codebook_of_another_shape_is_refused(tmp_path, codebook):
    with pytest.raises(Fault) as caught:
        write(tmp_path, codebook=codebook)
    assert caught.value.code == "release-codebook"


# --- everything is checked before anything is written ---------------------------------------------------------------


def test_a_table_that_breaks_its_contract_is_not_released(tmp_path):
    tables = samples.samples()
    tables["episodes"] = tables["episodes"].with_columns(programme=pl.lit("SIG unga"))
    with pytest.raises(ContractFault) as caught:
        write(tmp_path, tables=tables)
    assert caught.value.message == (
        "The table episodes does not keep its contract: episodes.programme: not in the vocabulary (3 rows)."
    )
    assert list(tmp_path.iterdir()) == []


def test_a_release_without_one_of_its_tables_or_with_another_is_refused(tmp_path):
    tables = {**samples.samples(), "people": samples.sample("persons")}
    del tables["links"]
    with pytest.raises(Fault) as caught:
        write(tmp_path, tables=tables)
    assert caught.value.message == ("A release has exactly the tables of the contract; these differ: links, people.")
    assert list(tmp_path.iterdir()) == []


# --- one build at a time, and none over a release that is not understood --------------------------------------------


def test_two_builds_at_once_are_refused(tmp_path):
    with lock(panel_dir(tmp_path)), pytest.raises(InputError) as caught:
        write(tmp_path)
    assert caught.value.code == "build-running"
    assert write(tmp_path) == "r0001"


def test_a_build_that_has_held_the_lock_since_it_read_the_registry_writes_under_it(tmp_path):
    with lock(panel_dir(tmp_path)) as held:
        assert write(tmp_path, held=held) == "r0001"


def test_the_lock_of_another_panel_is_not_enough(tmp_path):
    with lock(panel_dir(tmp_path / "another")) as held, pytest.raises(Fault) as caught:
        write(tmp_path, held=held)
    assert caught.value.code == "lock-elsewhere"


def test_a_release_that_was_rolled_back_from_is_not_overwritten(tmp_path):
    write(tmp_path)
    write(tmp_path)
    (panel_dir(tmp_path) / "CURRENT").write_text("r0001\n")
    before = contents(tmp_path)
    with pytest.raises(InputError) as caught:
        write(tmp_path)
    assert caught.value.code == "release-unknown"
    assert contents(tmp_path) == before


def test_releases_are_not_overwritten_because_current_is_gone(tmp_path):
    write(tmp_path)
    (panel_dir(tmp_path) / "CURRENT").unlink()
    with pytest.raises(InputError) as caught:
        write(tmp_path)
    assert caught.value.code == "release-unknown"


@pytest.mark.parametrize("text", ["", "0001", "r1", "r0000", "../r0001", "r0001 r0002", "\xff"])
def test_a_current_that_names_no_release_stops_everything(tmp_path, text):
    write(tmp_path)
    (panel_dir(tmp_path) / "CURRENT").write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError) as caught:
        write(tmp_path)
    assert caught.value.code == "current-unreadable"


def test_the_ten_thousandth_release_has_five_digits():
    assert [layout.release_name(number) for number in (1, 9999, 10000)] == ["r0001", "r9999", "r10000"]
    assert [layout.ordinal(name) for name in ("r0001", "r9999", "r10000", "r00001", "r01")] == [
        1,
        9999,
        10000,
        None,
        None,
    ]


def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch):
    write(tmp_path)
    before = contents(tmp_path)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(release, "datapackage", full)
    with pytest.raises(OSError, match="No space"):
        write(tmp_path)
    assert contents(tmp_path) == before
    assert not list(panel_dir(tmp_path).glob(".building-*"))


def test_the_checksum_of_a_manifest_is_of_what_lies_there(tmp_path):
    write(tmp_path)
    assert json.loads((panel_dir(tmp_path) / "r0001" / "manifest.json").read_bytes()) == MANIFEST
