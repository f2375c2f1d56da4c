"""Issuing: from the demo study's live release to a folder that is whole, or to a refusal that leaves nothing."""

import datetime as dt
import itertools
import json
import shutil
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

import sigpanel
from sigpanel import audit
from sigpanel import key as keys
from sigpanel.analysis.opened import open_panel
from sigpanel.cli.show_extract import show_issued
from sigpanel.contracts.approvals import find, read_approval
from sigpanel.errors import Fault, InputError, PolicyError, SigpanelError
from sigpanel.extracts import open_extract
from sigpanel.extracts.population import members
from sigpanel.key import salts
from sigpanel.pipeline import extract as module
from sigpanel.pipeline.audit_log import extracts_log, note
from sigpanel.pipeline.extract import Manager, issue
from sigpanel.pipeline.log_checks import verify_log
from sigpanel.pipeline.study import open_study
from tests.extracts.panels import demo_body, written

TODAY = dt.date(2030, 1, 15)
DEMO = find("demo-followup")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The demo study with a research data manager's key. Only to be read."""
    return made(tmp_path_factory.mktemp("demo"))


def made(folder):
    shutil.copytree(sigpanel.demo_panel().path.parents[2], folder / "study")
    keys.create(folder / "manager.key")
    return settled(folder)


def settled(folder):
    text = 'manager_key_file = "../manager.key"\n'
    (folder / "study" / "sigpanel.toml").write_text(text, encoding="utf-8")
    return open_study(folder / "study")


@pytest.fixture
def study(demo, tmp_path):
    """The demo study, to do anything with; its manager's key and salts beside it."""
    shutil.copytree(demo.root.parent, tmp_path, dirs_exist_ok=True)
    return settled(tmp_path)


@pytest.fixture(scope="module")
def issued(tmp_path_factory):
    """The worked example, issued. Only to be read."""
    study = made(tmp_path_factory.mktemp("issued"))
    return study, issue(study, DEMO, today=TODAY)


def changed(tmp_path, **said):
    return written(tmp_path, {**demo_body(), **said}, "changed.yaml")


def refusal(study, path, today=TODAY, **more) -> SigpanelError:
    before = left(study)
    with pytest.raises(SigpanelError) as caught:
        issue(study, path, today=today, **more)
    assert left(study) == before
    return caught.value


def left(study):
    """What extracts, salts and their log hold."""
    places = (study.research / "extracts", salts.salts_folder(study.manager_key_file()))
    return {
        str(path): path.read_bytes() for place in places for path in sorted(place.rglob("*")) if path.is_file()
        if path.name != ".lock"
    }  # fmt: skip


def ids_of(folder):
    frames = [pl.read_parquet(path) for path in sorted(folder.glob("*.parquet"))]
    return {
        value
        for frame in frames
        for name in frame.columns
        if name.endswith("_id")
        for value in frame[name].drop_nulls()
    }


# --- the worked example ---


def test_a_panel_and_its_extracts_know_the_threshold_of_their_study(study):
    assert open_panel(study.panel).threshold == 5
    settings = study.root / "sigpanel.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + "\n[disclosure]\nthreshold = 10\n", encoding="utf-8")
    again = issue(open_study(study.root), DEMO, today=TODAY)
    assert open_extract(again.folder, today=TODAY).threshold == 10
    manifest = again.folder / "manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace('"threshold": 10', '"threshold": "ten"'), "utf-8")
    with pytest.raises(InputError) as caught:
        open_extract(again.folder, today=TODAY)
    assert (caught.value.code, "threshold" in caught.value.message) == ("extract-manifest-damaged", True)


def test_the_worked_example_issues_on_the_demo_study(issued):
    study, one = issued
    assert (one.extract_id, one.is_again, one.notes) == ("demo-followup-v1", False, ())
    assert one.folder == study.research / "extracts" / "demo-followup-v1"
    assert one.manifest["risk"]["k"]["found"] >= 5
    assert one.manifest == json.loads((one.folder / "manifest.json").read_bytes())
    counts = one.counts
    assert counts.n_eligible == counts.n_persons + counts.n_excluded + counts.n_left_out
    assert counts.n_consent_withdrawn == counts.n_excluded > 0
    extract = sigpanel.open_extract(one.folder, today=TODAY)
    assert extract.persons.collect().height == counts.n_persons


@pytest.mark.parametrize(("told", "said"), [(155, "applies: 155;"), ("hidden", "applies: not told, as a part of them")])
def test_a_population_that_is_not_told_is_not_called_small(issued, told, said):
    _, one = issued
    population = {**one.manifest["population"], "persons": told}
    assert said in show_issued(replace(one, manifest={**one.manifest, "population": population}))


REWRITTEN = {
    "a word that is none": pl.when(pl.int_range(pl.len()) < 40).then(pl.lit("QX0619 är sen")).otherwise("status")
    .alias("status"),
    "an age as a text": pl.col("age").cast(pl.String),
    "nothing at all": pl.col("status"),
}  # fmt: skip


@pytest.mark.parametrize("how", REWRITTEN)
@pytest.mark.parametrize("is_again", [False, True])
def test_nothing_is_issued_of_a_release_that_is_not_what_was_written(study, how, is_again):
    if is_again:
        issue(study, DEMO, today=TODAY)
    path = study.panel / open_panel(study.panel).release / "episodes.parquet"
    pl.read_parquet(path).with_columns(REWRITTEN[how]).write_parquet(path)
    told = refusal(study, DEMO)
    assert (told.code, told.exit_code) == ("release-damaged", 3)
    assert "episodes" in told.message
    assert "backup" in told.remedy
    assert "QX0619" not in str(told)


def test_an_extract_is_not_opened_as_a_panel_which_would_ask_for_no_last_day(issued):
    _, one = issued
    for place in (one.folder, str(one.folder)):
        with pytest.raises(InputError) as caught:
            sigpanel.open_panel(place)
        assert (caught.value.code, "sigpanel.open_extract" in caught.value.remedy) == ("is-an-extract", True)


def test_no_id_and_no_exact_day_of_the_panel_leaves(issued):
    study, one = issued
    panel = sigpanel.open_panel(study.panel)
    of_panel = {
        value
        for name in ("persons", "episodes", "cohort", "answers", "submissions")
        for column in panel.table(name).collect_schema().names()
        if column.endswith("_id") or "_id_" in column
        for value in panel.table(name).select(column).collect()[column].drop_nulls().unique()
    }
    written_ = {path.name: path.read_bytes() for path in one.folder.rglob("*") if path.is_file()}
    frames = [pl.read_parquet(path) for path in one.folder.glob("*.parquet")]
    values = {str(value) for frame in frames for column in frame for value in column.drop_nulls().unique()}
    assert not values & of_panel
    assert not [name for name, raw in written_.items() for each in list(of_panel)[:200] if each.encode() in raw]
    assert not [frame for frame in frames if pl.Date in frame.dtypes]
    days = {str(day) for day in panel.episodes.select("enrolled_on").collect()["enrolled_on"].drop_nulls().unique()}
    assert not [day for day in days for raw in (written_["episodes.csv"], written_["waves.csv"]) if day.encode() in raw]


def test_rows_are_in_the_order_of_the_extracts_own_ids(issued):
    study, one = issued
    own = sigpanel.open_extract(one.folder, today=TODAY)
    for name in own.tables:
        assert own.table(name).collect()["person_id"].is_sorted()
    persons = sigpanel.open_panel(study.panel).persons.collect()["person_id"].to_list()
    key = keys.load(study.manager_key_file()).salted(
        salts.read_salt(study.manager_key_file(), "demo-followup-v1"), "demo-followup/v1"
    )
    of = dict(zip(key.pseudonyms("extract-persons", pl.Series(persons)), persons, strict=True))
    back = [of[each] for each in own.persons.collect()["person_id"]]
    assert {each[0] for each in ids_of(one.folder)} == {"x", "y"}
    # Of a thousand pairs of neighbours in another's order about half stand the other way round.
    assert 0.4 < sum(a < b for a, b in itertools.pairwise(back)) / len(back) < 0.6


def test_who_is_in_can_be_told_from_the_approval_that_lies_beside_it(issued):
    study, one = issued
    beside = read_approval(one.folder / "approval.yaml")
    panel = sigpanel.open_panel(study.panel)
    assert members(panel.table, beside).height == one.counts.n_persons + one.counts.n_left_out


def test_the_log_says_that_it_was_issued(issued):
    _, one = issued
    entries = audit.read(one.folder.parent / "log.jsonl")
    assert [(each.event, each.subject, each.on) for each in entries] == [("issued", "demo-followup-v1", TODAY)]


# --- again, and another ---


def test_the_same_version_again_gives_the_same_bytes_and_says_so(study):
    first = issue(study, DEMO, today=TODAY)
    before = {path.name: path.read_bytes() for path in first.folder.rglob("*") if path.is_file()}
    again = issue(study, DEMO, today=TODAY + dt.timedelta(days=400))
    assert again.is_again
    assert again.manifest == first.manifest
    assert before == {path.name: path.read_bytes() for path in again.folder.rglob("*") if path.is_file()}
    events = [each.event for each in audit.read(first.folder.parent / "log.jsonl")]
    assert events == ["issued", "reissued"]


def test_a_folder_of_which_something_was_lost_is_made_again_as_it_was(study):
    first = issue(study, DEMO, today=TODAY)
    digest = (first.folder / "SHA256SUMS").read_bytes()
    for name in ("waves.parquet", "manifest.json"):
        (first.folder / name).unlink()
        assert not issue(study, DEMO, today=TODAY).is_again
        assert (first.folder / "SHA256SUMS").read_bytes() == digest
    shutil.rmtree(first.folder)
    issue(study, DEMO, today=TODAY)
    assert (first.folder / "SHA256SUMS").read_bytes() == digest
    assert (first.folder / "waves.parquet").is_file()


@pytest.mark.parametrize("name", ["csv/persons.csv", "manifest.json", "QX0619.csv"])
def test_a_folder_that_somebody_has_changed_is_not_replaced_unseen(study, name):
    first = issue(study, DEMO, today=TODAY)
    with (first.folder / name).open("a", encoding="utf-8") as file:
        file.write(" ")
    told = refusal(study, DEMO)
    assert told.code == "extract-tampered"
    assert (name in told.message) == (name != "QX0619.csv")
    # The check of the log gives the same way out, which is open.
    said = [one.remedy for one in verify_log(study).problems if one.code == "extract-files-changed"]
    assert said == [told.remedy] * (name == "csv/persons.csv")
    assert "Find out who has changed it" in told.remedy
    first.folder.rename(study.root / "aside")
    assert not issue(study, DEMO, today=TODAY).is_again


def test_a_clock_that_was_set_back_makes_no_approval_hold(study, tmp_path):
    """An approval until June, a log of November, and a clock that says March."""
    note(extracts_log(study), on=dt.date(2026, 11, 26), event="key_sealed", subject="key")
    told = refusal(study, changed(tmp_path, valid_to=dt.date(2026, 6, 30)), today=dt.date(2026, 3, 1))
    assert (type(told), told.code) == (InputError, "log-clock-back")


def test_a_folder_that_is_a_link_is_not_issued_into(study, tmp_path):
    first = issue(study, DEMO, today=TODAY)
    first.folder.rename(tmp_path / "real")
    first.folder.symlink_to(tmp_path / "real")
    assert refusal(study, DEMO).code == "extract-linked"
    assert (tmp_path / "real" / "persons.parquet").is_file()


def test_a_link_under_the_name_of_what_a_killed_issue_left_is_taken_away_and_not_followed(study, tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_text("kept", encoding="utf-8")
    place = study.research / "extracts"
    (place / ".issuing-demo-followup-v9").symlink_to(tmp_path / "kept")
    (place / ".issuing-demo-followup-v1").write_text("", encoding="utf-8")
    issue(study, DEMO, today=TODAY)
    assert (tmp_path / "kept" / "file").is_file()
    assert sorted(path.name for path in place.iterdir()) == [".lock", "demo-followup-v1", "log.jsonl"]


def test_two_versions_share_no_id_and_no_order_and_tell_who_can_be_found(study, tmp_path):
    first = issue(study, DEMO, today=TODAY)
    second = issue(study, changed(tmp_path, version=2, risk={**demo_body()["risk"], "linkable": 1.0}), today=TODAY)
    assert not ids_of(first.folder) & ids_of(second.folder)
    one, other = (
        pl.read_parquet(each.folder / "waves.parquet").drop("person_id", "episode_id") for each in (first, second)
    )
    assert one.height == other.height
    assert not one.equals(other)
    # Nearly everybody can be found: the two hold the same columns. That is what the limit is for.
    assert second.linkable["demo-followup-v1"] > second.counts.n_persons / 3
    told = second.manifest["linkable"]["demo-followup-v1"]
    assert abs(told - second.linkable["demo-followup-v1"]) < 5
    assert issue(study, DEMO, today=TODAY).is_again
    text = (second.folder / "EXTRACT.md").read_text(encoding="utf-8")
    assert "can be found in demo-followup-v1 by values alone" in text


def test_more_linkable_persons_than_approved_are_refused(study, tmp_path):
    issue(study, DEMO, today=TODAY)
    risk = {**demo_body()["risk"], "linkable": 0.01}
    told = refusal(study, changed(tmp_path, approval="another", risk=risk))
    assert (told.code, "demo-followup-v1" in told.message) == ("extract-linkable", True)


def test_ids_that_last_for_the_approval_are_the_same_in_its_next_version(study, tmp_path):
    said = {"approval": "lasting", "id_scope": "approval"}
    first = issue(study, changed(tmp_path, **said), today=TODAY)
    ids = ids_of(first.folder)
    end(study, "expired", "early", "lasting-v1")
    second = issue(study, changed(tmp_path, **said, version=2), today=TODAY)
    assert ids_of(second.folder) == ids


def test_versions_with_the_same_ids_are_not_in_use_together_since_one_shows_what_the_other_hides(study, tmp_path):
    said = {"approval": "lasting", "id_scope": "approval"}
    issue(study, changed(tmp_path, **said), today=TODAY)
    tables = demo_body()["tables"]
    tables["episodes"] = {**tables["episodes"], "age": {"age_band": 20}}
    told = refusal(study, changed(tmp_path, **said, version=2, tables=tables))
    assert (told.code, "lasting-v1" in told.remedy) == ("extract-versions-join", True)
    assert issue(study, changed(tmp_path, **said), today=TODAY).is_again
    other = changed(tmp_path, approval="lasting", version=2, risk={**demo_body()["risk"], "linkable": 1.0})
    # With ids of its own it may go out: who is in both is told by values alone, which `linkable` limits.
    second = issue(study, other, today=TODAY)
    assert not ids_of(second.folder) & ids_of(second.folder.with_name("lasting-v1"))


def test_an_extract_that_has_ended_is_held_against_nothing(study, tmp_path):
    issue(study, DEMO, today=TODAY)
    end(study, "expired", "early")
    second = issue(study, changed(tmp_path, version=2), today=TODAY)
    assert second.linkable == {}


def end(study, event, detail, subject="demo-followup-v1"):
    module.note(module.extracts_log(study), on=TODAY, event=event, subject=subject, detail=detail)


# --- refusals ---


@pytest.mark.parametrize(
    ("today", "code"), [(dt.date(2035, 1, 1), "approval-expired"), (dt.date(2019, 1, 1), "approval-not-yet-valid")]
)
def test_an_approval_that_is_not_in_force_is_refused(demo, today, code):
    assert refusal(demo, DEMO, today=today).code == code


def test_limits_that_cannot_be_kept_are_refused_and_no_salt_is_made(demo, tmp_path):
    told = refusal(demo, changed(tmp_path, small_classes={"policy": "refuse"}))
    assert told.code == "extract-small-classes"
    assert not salts.salts_folder(demo.manager_key_file()).exists()


def test_a_changed_approval_under_the_same_version_is_refused(study, tmp_path):
    issue(study, DEMO, today=TODAY)
    told = refusal(study, changed(tmp_path, recipients=["Somebody else"]))
    assert (told.code, "version" in told.remedy) == ("extract-version-taken", True)


def test_another_release_under_the_same_version_is_refused(study):
    issue(study, DEMO, today=TODAY)
    shutil.copytree(study.panel / "r0001", study.panel / "r0002")
    (study.panel / "CURRENT").write_text("r0002\n", encoding="utf-8")
    assert refusal(study, DEMO).code == "extract-version-taken"


def test_another_key_under_the_same_version_is_refused(study):
    issue(study, DEMO, today=TODAY)
    other = study.root.parent / "other.key"
    key = keys.create(other)
    shutil.copytree(salts.salts_folder(study.manager_key_file()), salts.salts_folder(other))
    assert refusal(study, DEMO, manager=Manager(key, other, "two")).code == "extract-version-taken"


@pytest.mark.parametrize(("event", "detail"), [("expired", "early"), ("recalled", "fault"), ("unlinked", "version")])
def test_what_has_ended_is_not_made_again(study, event, detail):
    issue(study, DEMO, today=TODAY)
    end(study, event, detail)
    assert refusal(study, DEMO).code == "extract-ended"


def test_without_its_salt_an_extract_cannot_be_made_again(study):
    issue(study, DEMO, today=TODAY)
    salts.destroy_salt(study.manager_key_file(), "demo-followup-v1")
    assert refusal(study, DEMO).code == "salt-missing"


def test_a_withdrawal_that_is_pending_stops_every_extract(demo, monkeypatch):
    monkeypatch.setattr(module, "pending", lambda *_: True)
    assert refusal(demo, DEMO).code == "withdrawal-pending"


def test_an_extract_in_use_that_holds_who_withdrew_stops_every_other_but_not_itself(study, tmp_path, monkeypatch):
    """In full in `test_extract_beside_withdrawn`."""
    issue(study, DEMO, today=TODAY)
    monkeypatch.setattr(module, "to_recall", lambda _: ["demo-followup-v1"])
    assert refusal(study, changed(tmp_path, version=2)).code == "withdrawal-not-recalled"
    assert issue(study, DEMO, today=TODAY).is_again


def test_an_extract_in_use_that_is_not_whole_stops_the_next(study, tmp_path):
    first = issue(study, DEMO, today=TODAY)
    (first.folder / "waves.parquet").unlink()
    assert refusal(study, changed(tmp_path, version=2)).code == "extract-damaged"


def test_the_owners_key_is_not_the_managers(study):
    demo = Manager(keys.demonstration(), study.manager_key_file(), "one")
    told = issue(study, DEMO, today=TODAY, manager=demo)
    assert told.manifest["roles"] == "one"
    text = (told.folder / "UTDRAG.md").read_text(encoding="utf-8")
    assert "en och samma person är dataägare och forskningsdataansvarig" in text


def test_a_command_that_dies_while_writing_leaves_nothing(demo, monkeypatch):
    def full(*_: object, **__: object):
        raise Fault("disk", "The disk is full.")

    monkeypatch.setattr(module, "fill", full)
    with pytest.raises(Fault):
        issue(demo, DEMO, today=TODAY)
    extracts = demo.research / "extracts"
    assert [path.name for path in extracts.iterdir() if path.name != ".lock"] == []
    shutil.rmtree(salts.salts_folder(demo.manager_key_file()))


def test_a_study_without_release_or_key_is_told_so(tmp_path, demo):
    from sigpanel.pipeline.study import create_study

    empty = create_study(tmp_path / "empty")
    with pytest.raises(InputError) as caught:
        issue(empty, DEMO, today=TODAY)
    assert caught.value.code == "manager-key-not-set"
    manager = Manager(keys.load(demo.manager_key_file()), demo.manager_key_file(), "two")
    with pytest.raises(InputError) as caught:
        issue(empty, DEMO, today=TODAY, manager=manager)
    assert caught.value.code == "no-release"


def test_every_refusal_of_issuing_stands_in_a_test():
    import re

    source = Path(module.__file__).read_text(encoding="utf-8")
    here = Path(__file__).read_text(encoding="utf-8")
    raised = set(re.findall(r'"((?:extract|withdrawal)-[a-z-]+)",\n', source))
    assert {code for code in raised if code not in here} == set()
    assert issubclass(PolicyError, SigpanelError)
