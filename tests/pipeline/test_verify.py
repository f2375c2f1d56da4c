"""A release is held against its contract before it is made, and whenever somebody asks."""

import datetime as dt
import json

import polars as pl
import pytest

from sigpanel.cli.show_verify import show_verified
from sigpanel.contracts.consumers import Levels, consumer
from sigpanel.contracts.gate import Outcome
from sigpanel.contracts.rules import rules
from sigpanel.contracts.service import Verdict
from sigpanel.contracts.tables import ContractFault, contract, names
from sigpanel.panel import open_panel
from sigpanel.pipeline import build as module
from sigpanel.pipeline.build import build
from sigpanel.pipeline.verify import Served, Verified, promises_to, verify
from tests.cli.running import run

UNO = "AP4701"


def without_an_answer(assemble):
    """Assemble as ever, but lose an answer on the way."""

    def lossy(material):
        tables = assemble(material)
        return {**tables, "answers": tables["answers"].slice(1)}

    return lossy


def test_a_release_that_would_break_its_contract_is_never_live(released, monkeypatch):
    monkeypatch.setattr(module, "assemble", without_an_answer(module.assemble))
    with pytest.raises(ContractFault) as caught:
        build(released)
    assert caught.value.code == "contract-broken"
    assert "episodes.full_grid (1 rows)" in caught.value.message
    assert open_panel(released.panel).release == "r0001"
    assert [path.name for path in released.panel.glob("r*")] == ["r0001"]


def test_which_rows_is_told_in_the_owners_room_by_the_panels_keys_alone(released, monkeypatch):
    monkeypatch.setattr(module, "assemble", without_an_answer(module.assemble))
    with pytest.raises(ContractFault):
        build(released)
    path = released.outbox / "kontraktsbrott.json"
    assert path.stat().st_mode & 0o777 == 0o600
    told = {one["rule"]: one for one in json.loads(path.read_bytes())["broken"]}
    assert set(told) == {"episodes.full_grid"}
    lost = told["episodes.full_grid"]
    assert (lost["rows"], len(lost["keys"])) == (1, 1)
    ids = open_panel(released.panel).episodes.collect()
    assert {part for key in lost["keys"] for part in key} <= {*ids["episode_id"], *ids["person_id"]}


def lossy(name, change):
    """Assemble as ever, but with another table of a name."""

    def wrapped(assemble):
        return lambda material: {**(tables := assemble(material)), name: change(tables[name])}

    return wrapped


REFUSED = {
    "persons.sex.type": lossy("persons", lambda frame: frame.drop("sex")),
    "persons.n_episodes.type": lossy("persons", lambda frame: frame.cast({"n_episodes": pl.Int64})),
    "persons.in_cohort.not_null": lossy(
        "persons", lambda frame: frame.with_columns(in_cohort=pl.lit(None, pl.Boolean))
    ),
    "persons.sex.in_set": lossy("persons", lambda frame: frame.with_columns(sex=pl.lit(UNO))),
    "persons.person_id.unique": lossy("persons", lambda frame: pl.concat([frame, frame.head(1)])),
    "persons.person_id.matches": lossy("persons", lambda frame: frame.with_columns(person_id=pl.lit(UNO)).head(1)),
    "cohort.columns": lambda assemble: (
        lambda material: {name: frame for name, frame in assemble(material).items() if name != "cohort"}
    ),
    "availability.all_or_none": lossy("availability", lambda frame: frame.with_columns(status=pl.lit("collected"))),
}


@pytest.mark.parametrize("rule", REFUSED)
def test_every_refusal_is_told_in_the_owners_room_and_no_value_with_it(released, monkeypatch, rule):
    monkeypatch.setattr(module, "assemble", REFUSED[rule](module.assemble))
    with pytest.raises(ContractFault) as caught:
        build(released)
    path = released.outbox / "kontraktsbrott.json"
    told = {one["rule"]: one for one in json.loads(path.read_bytes())["broken"]}
    assert rule in told
    assert bool(told[rule]["keys"]) == (rule.rpartition(".")[2] not in ("type", "columns"))
    assert path.name in caught.value.remedy
    assert UNO not in path.read_text() + str(caught.value) + caught.value.remedy
    assert open_panel(released.panel).release == "r0001"


def test_a_report_of_a_refusal_goes_with_the_next_build_that_passes(released, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(module, "assemble", without_an_answer(module.assemble))
        with pytest.raises(ContractFault):
            build(released)
    assert (released.outbox / "kontraktsbrott.json").exists()
    build(released)
    assert not (released.outbox / "kontraktsbrott.json").exists()


def test_where_the_report_cannot_be_written_the_refusal_is_told_all_the_same(released, monkeypatch):
    monkeypatch.setattr(module, "assemble", without_an_answer(module.assemble))
    monkeypatch.setattr("sigpanel.pipeline.verify.pretty", full_disk)
    with pytest.raises(ContractFault) as caught:
        build(released)
    assert "kontraktsbrott" not in caught.value.remedy
    assert list(released.outbox.glob("*kontraktsbrott*")) == []


def full_disk(_):
    raise OSError(28, "No space left on device")


def test_a_release_is_held_by_polars_and_says_so(built):
    answer = run("verify", "--study", built.root)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("Release r0001: ")
    assert "rules held by polars" in answer.out


def test_a_release_that_was_tampered_with_is_broken(released):
    path = released.panel / "r0001" / "answers.parquet"
    pl.read_parquet(path).slice(1).write_parquet(path)
    answer = run("verify", "--study", released.root, "--json")
    told = json.loads(answer.out)
    assert (answer.code, told["kept"]) == (1, False)
    assert "episodes.full_grid" in {one["rule"] for one in told["broken"]}
    assert [(one["file"], one["what"]) for one in told["damaged"]] == [("answers", "changed"), ("answers", "stamp")]


def test_a_file_that_keeps_every_rule_and_is_not_the_one_that_was_written_is_told(released):
    path = released.panel / "r0001" / "codebook.csv"
    path.write_bytes(path.read_bytes() + b"\n")
    answer = run("verify", "--study", released.root)
    assert answer.code == 1
    assert "all kept" in answer.out
    assert "codebook  the file is not the one that was written" in answer.out
    assert "Bring the release back from a backup, or build again." in answer.out


def test_a_manifest_of_another_contract_than_the_tables_is_told(released):
    folder = released.panel / "r0001"
    manifest = json.loads((folder / "manifest.json").read_bytes())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"contract_digest": "0" * 64}))
    told = json.loads(run("verify", "--study", released.root, "--json").out)
    assert {one["what"] for one in told["damaged"]} == {"stamp", "changed"}
    assert len(told["damaged"]) == len(names()) + 2


def test_a_data_package_that_cannot_be_read_or_lacks_a_file_is_told(released):
    path = released.panel / "r0001" / "datapackage.json"
    package = json.loads(path.read_bytes())
    package["resources"] = [one for one in package["resources"] if one["name"] != "persons"]
    path.write_text(json.dumps(package))
    assert json.loads(run("verify", "--study", released.root, "--json").out)["damaged"][0]["what"] == "unlisted"
    path.write_text("no JSON")
    answer = run("verify", "--study", released.root, "--json")
    assert answer.code == 1
    assert json.loads(answer.out)["damaged"][0]["file"] == "datapackage"


def test_a_code_that_strayed_into_a_key_is_in_no_output(released):
    path = released.panel / "r0001" / "cohort.parquet"
    frame = pl.read_parquet(path).with_columns(cohort_id=pl.lit(UNO), person_id=pl.lit(None, pl.String))
    frame.write_parquet(path)
    for options in ((), ("--json",)):
        answer = run("verify", "--study", released.root, *options)
        assert answer.code == 1
        assert UNO not in answer.out + answer.err


def test_of_a_release_of_another_shape_the_shape_is_told_and_nothing_else(released):
    path = released.panel / "r0001" / "episodes.parquet"
    pl.read_parquet(path).with_columns(pl.col("age").cast(pl.String)).write_parquet(path)
    answer = run("verify", "--study", released.root, "--json", "--consumer", "evaluation-followup")
    assert answer.code == 1
    told = json.loads(answer.out)
    assert [one["rule"] for one in told["broken"]] == ["episodes.age.type"]
    assert (told["rules_kept"], told["consumers_kept"]) == (False, None)


@pytest.mark.parametrize("engine", ["polars", "gx"])
def test_of_a_misshapen_release_it_is_told_who_held_what_and_what_was_not_asked(released, engine):
    path = released.panel / "r0001" / "episodes.parquet"
    pl.read_parquet(path).drop("age").write_parquet(path)
    answer = run("verify", "--study", released.root, "--engine", engine)
    first, second, *_ = answer.out.splitlines()
    of_shape = [rule for rule in rules() if rule.kind in ("columns", "type")]
    left = len(rules()) - len(of_shape)
    assert first == f"Release r0001: {len(of_shape)} rules held by polars, broken: 2 errors"
    assert second == (
        f"A table is misshapen, so only shape was held, by polars: {left} other rules were not asked, and nothing for "
        "consumers."
    )
    told = json.loads(run("verify", "--study", released.root, "--engine", engine, "--json").out)
    assert (told["engine"], told["rules"], told["rules_not_asked"]) == ("polars", len(of_shape), left)


def test_a_broken_rule_comes_with_what_would_mend_it(released):
    path = released.panel / "r0001" / "answers.parquet"
    pl.read_parquet(path).slice(1).write_parquet(path)
    answer = run("verify", "--study", released.root)
    assert "What would mend it:\n  This is a fault of sigpanel, not of your data" in answer.out


def test_a_release_of_another_minor_version_is_told_beside_the_outcomes(released):
    for version in ("1.99.0", contract().version):
        path = released.panel / "r0001" / "manifest.json"
        manifest = json.loads(path.read_bytes()) | {"contract_version": version}
        path.write_text(json.dumps(manifest), encoding="utf-8")
        answer = run("verify", "--study", released.root)
        says = (
            f"The release keeps version {version} of the panel's contract, and this sigpanel holds it to version "
            f"{contract().version}."
        )
        assert (says in answer.out.splitlines()) == (version != contract().version)
        told = json.loads(run("verify", "--study", released.root, "--json").out)
        assert told["contract"] == {"release": version, "sigpanel": contract().version}


def test_a_consumer_is_told_how_it_is_served_and_what_would_mend_it(built):
    answer = run("verify", "--study", built.root, "--consumer", "evaluation-followup")
    assert answer.code == 1
    assert "Consumer evaluation-followup: NOT served" in answer.out
    assert "What would mend it:" in answer.out
    told = json.loads(run("verify", "--study", built.root, "--consumer", "evaluation-followup", "--json").out)
    assert (told["kept"], told["rules_kept"], told["consumers_kept"]) == (False, True, False)
    [served] = told["consumers"]
    for check, counts in served["summary"].items():
        found = [one["verdict"] for one in served["verdicts"] if one["check"] == check]
        assert counts == {verdict: found.count(verdict) for verdict in ("kept", "warned", "broken", "too_few")}
    assert sum(map(sum, (counts.values() for counts in served["summary"].values()))) == len(served["verdicts"])


def test_what_is_warned_of_is_told_too_with_its_place_and_what_would_mend_it():
    cells = [{"programme": "unga", "year": year} for year in range(2020, 2028)]
    verdicts = tuple(
        Verdict("coverage", "warned", cell, 10, 0.9 - at / 100, Levels(1.0, 0.75), "coverage")
        for at, cell in enumerate(cells)
    )
    outcomes = (Outcome(rules()[0], 5, 0),)
    text = show_verified(
        Verified("r0001", "polars", outcomes, (Served(consumer("evaluation-followup"), (), verdicts),), None,
                 contract().version)
    )  # fmt: skip
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert lines[1:3] == ["", "Consumer evaluation-followup: served"]
    head = lines.index("Warned Of n Is Least")
    assert lines[head + 1] == "coverage unga, 2027 10 83.0% 100%"
    assert lines[head + 6] == "and 3 more; --json has them all"
    assert lines[-1].startswith("Ask for the workbooks that are missing")


def test_a_panel_without_a_study_is_held_too(built):
    answer = run("verify", "--panel", built.panel)
    assert answer.code == 0


def test_an_engine_or_a_consumer_that_is_not_there_is_wrong_usage(built):
    for option in (("--engine", "abacus"), ("--consumer", "neighbour")):
        answer = run("verify", "--study", built.root, *option)
        assert (answer.code, answer.out) == (2, "")


def test_timeliness_is_told_for_a_day(built):
    def kept(today: dt.date) -> bool:
        verified = verify(
            built.panel, None, engine="polars", consumers=promises_to(["evaluation-followup"]), today=today
        )
        [one] = [each for each in verified.consumers[0].verdicts if each.check == "timeliness"]
        return one.verdict == "kept"

    assert kept(dt.date(2025, 3, 1))
    assert not kept(dt.date(2026, 3, 1))


@pytest.mark.slow
def test_the_second_engine_says_the_same_of_a_release(built):
    answer = run("verify", "--study", built.root, "--engine", "gx", "--json")
    told, by_polars = json.loads(answer.out), json.loads(run("verify", "--study", built.root, "--json").out)
    assert (told["engine"], told["rules"], told["kept"]) == ("gx", by_polars["rules"], by_polars["kept"])
    counts = [{(one["rule"], one["failing"], one["rows"]) for one in each["broken"]} for each in (told, by_polars)]
    assert counts[0] == counts[1]
