"""The registry: the one of the live release counts, and it is never done without."""

import stat

import polars as pl
import pytest

from sigpanel.errors import Fault, InputError
from sigpanel.panel import registry
from tests.panel import samples
from tests.panel.samples import panel_dir, registry_dir, write

INTAKE = pl.DataFrame({"submission_id": ["s2", "s1"], "file": ["2022/Farsta.xlsx", "2021/Farsta.xlsx"]})


def test_before_the_first_release_there_is_no_registry(tmp_path):
    assert registry.read_live(panel_dir(tmp_path), registry_dir(tmp_path)) is None


def test_the_registry_of_the_live_release_is_read(tmp_path):
    write(tmp_path, rows=3)
    write(tmp_path, rows=4, registry=samples.registry(4, founded_in=2))
    live = registry.read_live(panel_dir(tmp_path), registry_dir(tmp_path))
    assert live.equals(samples.registry(4, founded_in=2))


def test_a_registry_of_a_release_that_never_went_live_is_not_read(tmp_path):
    write(tmp_path, rows=3)
    registry.write(registry_dir(tmp_path), "r0002", samples.registry(4))
    assert registry.read_live(panel_dir(tmp_path), registry_dir(tmp_path)).height == 3


def test_a_live_release_without_its_registry_stops_the_build(tmp_path):
    write(tmp_path)
    (registry_dir(tmp_path) / "r0001.parquet").unlink()
    with pytest.raises(InputError) as caught:
        registry.read_live(panel_dir(tmp_path), registry_dir(tmp_path))
    assert str(caught.value) == (
        "The registry of the live release r0001 is missing, so ids given earlier are not known. "
        "Bring owner/registry/r0001.parquet back from a backup."
    )


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (samples.registry().drop("alias"), "registry-columns"),
        (samples.registry().with_columns(pl.col("founded_in").cast(pl.Int64)), "registry-columns"),
        (samples.registry().with_columns(pl.col("alias").cast(pl.Categorical)), "registry-columns"),
        (samples.registry().with_columns(person_id=pl.lit(None, pl.String)), "registry-null"),
        (pl.concat([samples.registry(), samples.registry(1)]), "registry-repeated"),
    ],
    ids=["column missing", "wrong integer", "categorical", "null", "row twice"],
)
def test_what_is_no_registry_is_refused_before_anything_is_written(tmp_path, frame, code):
    with pytest.raises(Fault) as caught:
        write(tmp_path, registry=frame)
    assert caught.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_the_intake_comes_back_sorted_and_is_the_owners_alone(tmp_path):
    registry.write_intake(registry_dir(tmp_path), INTAKE)
    assert registry.read_intake(registry_dir(tmp_path)).rows() == [
        ("s1", "2021/Farsta.xlsx"),
        ("s2", "2022/Farsta.xlsx"),
    ]
    assert stat.S_IMODE((registry_dir(tmp_path) / "intake.parquet").stat().st_mode) == 0o600


def test_a_new_intake_takes_the_place_of_the_old(tmp_path):
    registry.write_intake(registry_dir(tmp_path), INTAKE)
    registry.write_intake(registry_dir(tmp_path), INTAKE.head(1))
    assert registry.read_intake(registry_dir(tmp_path)).rows() == [("s2", "2022/Farsta.xlsx")]
    assert [path.name for path in registry_dir(tmp_path).iterdir()] == ["intake.parquet"]


def test_two_files_with_the_same_cells_are_one_submission_at_two_places(tmp_path):
    twice = INTAKE.with_columns(submission_id=pl.lit("s1"))
    registry.write_intake(registry_dir(tmp_path), twice)
    assert registry.read_intake(registry_dir(tmp_path)).height == 2


def test_before_the_first_build_the_intake_is_empty(tmp_path):
    assert registry.read_intake(registry_dir(tmp_path)).equals(pl.DataFrame(schema=registry.INTAKE))


def test_an_absolute_path_in_the_intake_is_refused(tmp_path):
    with pytest.raises(Fault) as caught:
        registry.write_intake(registry_dir(tmp_path), INTAKE.with_columns(file=pl.lit("/home/somebody/Farsta.xlsx")))
    assert caught.value.code == "intake-path"
    assert "somebody" not in str(caught.value)


READ = {
    "r0001.parquet": lambda root: registry.read_live(panel_dir(root), registry_dir(root)),
    "intake.parquet": lambda root: registry.read_intake(registry_dir(root)),
}


@pytest.mark.parametrize("name", READ)
def test_a_damaged_file_of_the_registry_is_told_by_name_and_where_to_get_it(tmp_path, name):
    write(tmp_path)
    registry.write_intake(registry_dir(tmp_path), INTAKE)
    (registry_dir(tmp_path) / name).write_bytes(b"PAR1 no parquet PAR1")
    with pytest.raises(InputError) as caught:
        READ[name](tmp_path)
    assert (caught.value.code, caught.value.message) == (
        "registry-damaged",
        f"A file of the registry cannot be read: {name}.",
    )


@pytest.mark.parametrize("read", [READ["r0001.parquet"], lambda root: registry.read_aliases(live_file(root))])
@pytest.mark.parametrize(
    "other",
    [lambda frame: frame.drop("alias"), lambda frame: frame.with_columns(alias=pl.lit(7))],
    ids=["less", "typed"],
)
def test_a_registry_with_other_columns_than_were_written_is_damaged_and_no_fault_of_ours(tmp_path, read, other):
    write(tmp_path)
    other(pl.read_parquet(live_file(tmp_path))).write_parquet(live_file(tmp_path))
    with pytest.raises(InputError) as caught:
        read(tmp_path)
    assert caught.value.code == "registry-damaged"


def live_file(root):
    return registry_dir(root) / "r0001.parquet"


def decided(*told: str) -> pl.DataFrame:
    """Decisions in force, such as "same:e2 e1": decided of e1, and e2."""
    rows = [("decided", *line.split()) for line in told]
    return pl.DataFrame(rows, schema=dict.fromkeys(("alias_kind", "alias", "episode_id"), pl.String), orient="row")


def test_an_alias_once_known_is_kept_with_the_release_that_knew_it_first():
    first = registry.after(None, aliases("a e1", "b e2"), persons("e1 p1", "e2 p2"), events(), decided(), 1)
    second = registry.after(first, aliases("a e1", "c e3"), persons("e1 p9", "e3 p3"), events("e1 p1"), decided(), 2)
    assert second.filter(alias_kind="kind").sort("alias").select(
        "alias", "episode_id", "person_id", "founded_in"
    ).rows() == [
        ("a", "e1", "p9", 1),
        ("b", "e2", "p2", 1),
        ("c", "e3", "p3", 2),
    ]


def test_what_is_told_of_an_episode_is_remembered_as_it_was_told_last():
    first = registry.after(None, aliases("a e1", "b e2"), persons("e1 p1", "e2 p2"), events(), decided(), 1)
    second = registry.after(first, aliases("a e1"), persons("e1 p1", told="otherwise"), events(), decided(), 2)
    assert registry.before(second).sort("episode_id").rows() == [("e1", "p1", "otherwise"), ("e2", "p2", "as told")]


def test_what_is_decided_is_remembered_as_long_as_it_holds():
    first = registry.after(None, aliases("a e1"), persons("e1 p1"), events(), decided("same:e2 e1"), 1)
    assert first.filter(alias_kind="decided").select("alias", "episode_id").rows() == [("same:e2", "e1")]
    second = registry.after(first, aliases("a e1"), persons("e1 p1"), events(), decided(), 2)
    assert second.filter(alias_kind="decided").is_empty()


def test_an_episode_that_goes_to_and_fro_has_an_event_each_time_and_its_person_of_today():
    known = registry.after(None, aliases("a e1"), persons("e1 p1"), events(), decided(), 1)
    for release, (before, now) in enumerate([("p1", "p2"), ("p2", "p1"), ("p1", "p2")], start=2):
        known = registry.after(known, aliases("a e1"), persons(f"e1 {now}"), events(f"e1 {before}"), decided(), release)
    assert registry.history(known).sort("release_no").rows() == [
        (2, "e1", "split", "decision", "p1", "p2"),
        (3, "e1", "split", "decision", "p2", "p2"),
        (4, "e1", "split", "decision", "p1", "p2"),
    ]


def events(*rows: str) -> pl.DataFrame:
    told = [(*row.split(), "split", "decision") for row in rows]
    return pl.DataFrame(
        told, dict.fromkeys(("episode_id", "person_id_before", "event", "cause"), pl.String), orient="row"
    )


def aliases(*rows: str) -> pl.DataFrame:
    return pl.DataFrame([("kind", *row.split()) for row in rows], ["alias_kind", "alias", "episode_id"], orient="row")


def persons(*rows: str, told: str = "as told") -> pl.DataFrame:
    frame = pl.DataFrame([tuple(row.split()) for row in rows], ["episode_id", "person_id"], orient="row")
    return frame.with_columns(pl.lit(told).alias("facts"))
