"""A release's tables without somebody: what goes, what gives way, and that all else is what it was."""

import polars as pl
import pytest

from sigpanel.panel import open_panel
from sigpanel.panel.withdrawn import NOBODY, Gone, is_held, without
from tests.support.study import built, written  # noqa: F401


@pytest.fixture(scope="module")
def tables(built):  # noqa: F811
    panel = open_panel(built.panel)
    return {name: panel.table(name).collect() for name in panel.manifest["rows"]}


@pytest.fixture(scope="module")
def person(tables) -> str:
    """Somebody with three episodes in two districts."""
    return tables["persons"].filter(n_episodes=3)["person_id"].item()


def gone_of(tables, person: str) -> Gone:
    return Gone(episodes=tables["episodes"].filter(person_id=person)["episode_id"], person_ids=pl.Series([person]))


def test_without_anybody_to_take_out_the_tables_are_the_same(tables):
    assert all(frame is tables[name] for name, frame in without(tables, NOBODY).items())


def test_one_episode_or_one_code_takes_the_whole_person_out(tables, person):
    own = tables["episodes"].filter(person_id=person)
    whole = without(tables, gone_of(tables, person))
    for gone in (Gone(episodes=own["episode_id"][:1]), Gone(uno_ids=own["uno_id"][:1])):
        left = without(tables, gone)
        assert all(left[name].equals(frame) for name, frame in whole.items())


def test_a_wide_id_that_was_the_persons_becomes_that_of_who_is_left(tables, person):
    others = tables["persons"].filter(pl.col("person_id") != person)["person_id"][:2]
    wide = pl.when(pl.col("person_id").is_in(others.implode())).then(pl.lit(person)).otherwise("person_id_wide")
    joined = {**tables, "episodes": tables["episodes"].with_columns(wide.alias("person_id_wide"))}
    left = without(joined, gone_of(tables, person))["episodes"]
    told = left.filter(pl.col("person_id").is_in(others.implode()))["person_id_wide"].unique().to_list()
    assert told == [others.min()]
    rest = left.filter(~pl.col("person_id").is_in(others.implode()))
    assert rest.equals(tables["episodes"].join(rest, on="episode_id", how="semi", maintain_order="left"))


def test_what_history_tells_of_another_person_by_an_id_of_theirs_is_not_told(tables, person):
    other = tables["episodes"].filter(pl.col("person_id") != person).row(0, named=True)
    told = {
        "release_no": 2, "episode_id": other["episode_id"], "event": "split", "cause": "new_evidence",
        "person_id_before": person, "person_id": other["person_id"],
    }  # fmt: skip
    history = pl.DataFrame([told], schema=tables["id_history"].schema)
    assert without({**tables, "id_history": history}, gone_of(tables, person))["id_history"].is_empty()
    own = history.with_columns(pl.lit(other["person_id"]).alias("person_id_before"))
    assert without({**tables, "id_history": own}, gone_of(tables, person))["id_history"].equals(own)


def test_a_folder_holds_an_id_in_any_column_of_any_table_and_one_that_cannot_be_read_is_taken_to(tmp_path):
    pl.DataFrame({"anything": [1], "other": ["e1"]}).write_parquet(tmp_path / "unheard_of.parquet")
    assert is_held(tmp_path, pl.Series(["e1", "e2"]))
    assert not is_held(tmp_path, pl.Series(["e2"]))
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    assert is_held(tmp_path, pl.Series(["e2"]))
