"""A panel passes to another key: the same persons, no id in common, decisions carried over; new before old goes."""

import datetime as dt
import json
import re
import shutil
from dataclasses import replace

import polars as pl
import pytest

from sigpanel import key as keys
from sigpanel.decisions import LinkDecision, LinkDecisions, links_as_csv, read_links, read_withdrawals
from sigpanel.decisions.in_force import digests
from sigpanel.errors import InputError, PolicyError
from sigpanel.key import salts
from sigpanel.panel import open_panel, registry
from sigpanel.pipeline import bridge, carry, rekey, rotate
from sigpanel.pipeline.audit_log import held, owner_log
from sigpanel.pipeline.bridge import id_columns
from sigpanel.pipeline.build import build
from sigpanel.pipeline.custody import owner_key, remembered_of
from sigpanel.pipeline.make import make
from sigpanel.pipeline.review import review
from sigpanel.pipeline.study import open_study
from sigpanel.pipeline.verify import outcomes_of
from tests.support.killed import Killed
from tests.support.study import release_of, settle
from tests.support.withdraw import take_out

DAY = dt.date(2025, 2, 1)
PERSONS = ("person_id", "person_id_strict", "person_id_wide")
HEADER = "file;cell;action;expected;value;rule;reason;who;date"


def new_key(study, name="new.key"):
    path = study.root.with_name(name)
    return path, keys.create(path).key_id


def set_key(study, path):
    text = (study.root / "sigpanel.toml").read_text()
    (study.root / "sigpanel.toml").write_text(re.sub(r'(?m)^key_file = ".*"$', f'key_file = "{path}"', text))
    return open_study(study.root)


def ids(panel) -> set[str]:
    found = (panel.table(name).collect()[column] for name, columns in id_columns().items() for column in columns)
    return set(pl.concat([series.rename("id") for series in found]).drop_nulls())


def without_ids(panel) -> dict[str, pl.DataFrame]:
    """Every table without its ids, and without the number that counts persons by their ids; rows in an order of own."""
    tables = {name: panel.table(name).collect() for name in id_columns()}
    plain = {name: frame.drop([*id_columns()[name], "person_no"], strict=False) for name, frame in tables.items()}
    return {name: frame.sort(frame.columns) for name, frame in plain.items()}


def partition(panel, name: str) -> set[tuple]:
    """The episodes of each person, each told by what is said of it."""
    said = ["programme", "district_reported", "enrolled_on", "discharged_on", "sex", "age", "n_reports"]
    told = panel.episodes.collect().with_columns(
        pl.concat_str(pl.col(said).cast(pl.String).fill_null("")).alias("told")
    )
    return {tuple(sorted(one)) for one in told.group_by(name).agg("told")["told"].to_list()}


def hold_the_same_persons(before, after):
    assert not ids(before) & ids(after)
    for name in PERSONS:
        assert partition(before, name) == partition(after, name)
    for name, frame in without_ids(before).items():
        assert frame.equals(without_ids(after)[name]), name


def decide(study, verdict: str = "different"):
    """Let somebody have decided about two episodes of one person, in force; and about one that is not there."""
    key = owner_key(study)
    made = make(study, key, remembered_of(study))
    persons = made.resolved.episodes.group_by("person_id").agg("episode_id").sort("person_id")
    a, b = next(pair for pair in persons["episode_id"].to_list() if len(pair) > 1)[:2]
    pair = pl.DataFrame({"episode_a": [a], "episode_b": [b]})
    digest = digests(pair, made.episodes, key.pseudonyms)["digest"][0]
    gone = key.pseudonym("episodes", "an episode that never was")
    rows = [(a, b, digest), (a, gone, digest)]
    study.links.write_bytes(
        links_as_csv(LinkDecisions(tuple(LinkDecision(x, y, verdict, "sågs över", "NN", DAY, d) for x, y, d in rows)))
    )
    return a, b, gone


# --- rebuild: the workbooks are at hand -------------------------------------------------------------------------------


def test_a_rebuild_under_a_new_key_keeps_persons_and_no_id(released):
    before = open_panel(released.panel)
    path, key_id = new_key(released)
    done = rotate.rebuild(released, path, today=DAY)
    after = open_panel(released.panel)
    assert (after.release, after.manifest["key_id"]) == ("r0002", key_id)
    assert after.manifest["previous_key_id"] == before.manifest["key_id"] == done.previous_key_id
    hold_the_same_persons(before, after)
    assert all(one.is_kept for one in outcomes_of(after) if one.rule.severity == "error")
    assert done.finished.removed == done.finished.recall == done.finished.lost == ()
    assert done.n_persons == before.persons.collect().height


def test_after_a_rebuild_the_next_build_goes_on_under_the_new_key_as_if_nothing_had_been(released):
    path, _ = new_key(released)
    rotate.rebuild(released, path, today=DAY)
    study = set_key(released, path)
    assert build(study).release == "r0003"
    second, third = release_of(study, "r0002"), release_of(study, "r0003")
    tables = {name for name in second if name.endswith(".parquet")}
    assert {name: second[name] for name in tables} == {name: third[name] for name in tables}
    assert open_panel(study.panel).id_history.collect().is_empty()


def test_a_rebuild_carries_a_decision_over_in_force_and_tells_the_one_that_is_lost(released):
    a, b, gone = decide(released)
    build(released)
    before = open_panel(released.panel)
    path, _ = new_key(released)
    done = rotate.rebuild(released, path, today=DAY)
    hold_the_same_persons(before, open_panel(released.panel))
    assert done.finished.lost == ("owner/links.csv, line 3",)
    study = set_key(released, path)
    bridge = dict(pl.read_parquet(done.finished.bridge).select("old", "new").iter_rows())
    kept, lost = read_links(study.links).all
    assert (kept.episode_a, kept.episode_b, kept.reason, kept.who) == (bridge[a], bridge[b], "sågs över", "NN")
    assert lost.episode_b == gone
    again = make(study, owner_key(study), remembered_of(study))
    assert again.decided.in_force.select("episode_a", "episode_b").rows() == [(bridge[a], bridge[b])]
    assert again.decided.suspended.is_empty()


def test_a_suspended_decision_stays_suspended(released):
    decide(released)
    text = released.links.read_text().splitlines()[:2]
    released.links.write_text("\n".join(text).replace(text[1].rpartition(";")[2], "a" * 26) + "\n")
    path, _ = new_key(released)
    rotate.rebuild(released, path, today=DAY)
    study = set_key(released, path)
    again = make(study, owner_key(study), remembered_of(study))
    assert (again.decided.in_force.height, again.decided.suspended.height, again.decided.gone.height) == (0, 1, 0)


def test_a_rebuild_carries_ids_over_in_corrections_withdrawals_and_settings_and_touches_nothing_else(released):
    (released.submissions / "2023" / "trasig.xlsx").write_bytes(b"not a workbook")
    with pytest.raises(InputError, match="Not every workbook") as refused:
        build(released)
    refused_id = re.search(r"\[(s[a-z2-7]{26})\]", refused.value.message)[1]
    settle(released.root, "# Ändra inte ordningen", "[leave_out]", f'submissions = ["{refused_id}"]')
    study = open_study(released.root)
    build(study)
    panel = open_panel(study.panel)
    uno = panel.episodes.collect()["uno_id"].drop_nulls()[0]
    found = panel.findings.filter(rule="answer_left_blank").collect().row(0, named=True)
    book = found["submission_id"]
    line = f"{book};{found['cell']};accept;;;{found['rule']};mot säkra källor;ÅÄ;2025-01-01"
    study.corrections.write_bytes(f"{HEADER}\r\n{line}\r\n".encode("cp1252"))
    withdrawals = study.owner / "withdrawals.csv"
    withdrawals.write_text(f"kind;id;scope;reason;who;date\r\ncode;{uno};research;asked;NN;2025-01-01\r\n", newline="")
    path, _ = new_key(study)
    done = rotate.rebuild(study, path, today=DAY)
    bridge = dict(pl.read_parquet(done.finished.bridge).select("old", "new").iter_rows())
    assert done.finished.lost == ()
    assert open_study(study.root).settings.left_out == {bridge[refused_id]}
    assert "# Ändra inte ordningen" in (study.root / "sigpanel.toml").read_text()
    assert withdrawals.read_bytes().split(b";")[6].decode() == bridge[uno]
    assert bridge[book].encode() in study.corrections.read_bytes()
    assert "mot säkra källor;ÅÄ".encode("cp1252") in study.corrections.read_bytes()
    study = set_key(study, path)
    assert build(study).release == "r0004"


def test_a_withdrawal_of_what_is_still_to_come_holds_under_the_new_key(released, monkeypatch):
    # Every code there can be is tried in `tests/contracts`; here are some.
    monkeypatch.setattr(bridge, "possible_codes", lambda: iter(["AA0100", "AA0101", "AA0102"]))
    take_out(released, "AA0101", even_so=True)
    path, _ = new_key(released)
    done = rotate.rebuild(released, path, today=DAY)
    assert done.finished.lost == ()
    study = set_key(released, path)
    [line] = read_withdrawals(study.withdrawals).all
    assert line.id == keys.load(path).pseudonym("uno", "AA0101")


def test_a_withdrawal_of_a_code_that_cannot_be_is_told(released, monkeypatch):
    monkeypatch.setattr(bridge, "possible_codes", lambda: iter(["AA0100"]))
    take_out(released, "AA0101", even_so=True)
    path, _ = new_key(released)
    assert rotate.rebuild(released, path, today=DAY).finished.lost == ("owner/withdrawals.csv, line 2",)


def test_an_episode_that_no_workbook_reports_any_more_is_told_of_and_keeps_its_place_in_decisions(released):
    a, b, _ = decide(released)
    (released.submissions / "2020" / "Skarpnäck vuxna.xlsx").unlink()
    one = open_panel(released.panel).episodes.filter(pl.col("first_reported_year") == 2020).collect()["episode_id"][0]
    released.links.write_text(released.links.read_text().replace(b, one))
    path, _ = new_key(released)
    done = rotate.rebuild(released, path, today=DAY)
    assert done.n_forgotten == 1
    bridge = dict(pl.read_parquet(done.finished.bridge).select("old", "new").iter_rows())
    assert read_links(released.links).all[0].pair == tuple(sorted((bridge[a], bridge[one])))
    assert not [path for path in released.panel.iterdir() if path.name.startswith(".building")]


def test_the_bridge_is_the_owners_alone_and_holds_ids_and_nothing_else(released):
    path, _ = new_key(released)
    kept = rotate.rebuild(released, path, today=DAY).finished.bridge
    assert (kept.parent, kept.name) == (released.registry, "bridge-r0002.parquet")
    assert kept.stat().st_mode & 0o777 == 0o600
    bridge = pl.read_parquet(kept)
    assert set(bridge["kind"]) == {"persons", "episodes", "uno", "submissions", "cohort"}
    texts = [*bridge["old"], *bridge["new"]]
    assert all(re.fullmatch("[pesuc][a-z2-7]{26}", text) for text in texts)
    assert sorted(path.name for path in released.registry.iterdir() if "unfinished" in path.name) == []
    assert not (released.registry / ".carried").exists()


def test_the_registry_of_the_new_release_has_nothing_of_the_old_key(released):
    old = registry.read_live(released.panel, released.registry)
    path, _ = new_key(released)
    rotate.rebuild(released, path, today=DAY)
    new = registry.read_live(released.panel, released.registry)
    assert new.height == old.height
    for column in ("alias", "episode_id", "person_id"):
        assert not set(old[column]) & set(new[column])


def test_review_lists_of_before_are_gone_and_new_ones_can_be_written(released):
    review(released)
    lists = sorted(path.name for path in released.outbox.glob("*.xlsx"))
    assert lists
    path, _ = new_key(released)
    rotate.rebuild(released, path, today=DAY)
    assert not list(released.outbox.glob("granskning*.xlsx"))
    assert not (released.registry / "asked.parquet").exists()
    review(set_key(released, path))
    assert sorted(path.name for path in released.outbox.glob("*.xlsx")) == lists


def test_tables_of_the_owners_registry_know_persons_by_their_new_ids(released):
    panel = open_panel(released.panel)
    people = panel.persons.collect()["person_id"]
    cells = pl.DataFrame(
        [(table, row, person) for table in ("b", "a") for row in (0, 1) for person in people[row::2]],
        schema=["table", "row", "person"], orient="row",
    ).sort(pl.col("table") == "a", "row", "person")  # fmt: skip
    cells.write_parquet(released.registry / "tables.parquet")
    members = pl.DataFrame({"extract_id": "demo-v1", "key_id": panel.manifest["key_id"], "episode_id": people[:2]})
    members.write_parquet(released.registry / "extracts.parquet")
    path, key_id = new_key(released)
    bridge = dict(
        pl.read_parquet(rotate.rebuild(released, path, today=DAY).finished.bridge).select("old", "new").iter_rows()
    )
    after = pl.read_parquet(released.registry / "tables.parquet")
    assert after.equals(
        cells.with_columns(pl.col("person").replace_strict(bridge)).sort(pl.col("table") == "a", "row", "person")
    )
    assert set(pl.read_parquet(released.registry / "extracts.parquet")["key_id"]) == {key_id}
    assert (released.registry / "tables.parquet").stat().st_mode & 0o777 == 0o600


def test_an_alias_that_holds_ids_among_words_is_carried_over_in_the_registry():
    e, p, u, s = (f"{letter}{'a' * 26}" for letter in "epus")
    other = {one: one[0] + "b" * 26 for one in (e, p, u, s)} | {"c" * 26: "d" * 26}
    rows = [("withdrawn", f"code:{u}"), ("withdrawn_row", f"{s}:17"), ("decided", f"same:{e}"), ("facts", "c" * 26)]
    rows += [("merged:decision", p), ("every_fact", f"r{'z' * 26}"), ("withdrawn", f"code:u{'z' * 26}")]
    frame = pl.DataFrame([(kind, alias, e, p, 1) for kind, alias in rows], schema=registry.REGISTRY, orient="row")
    now = registry.under_other_ids(frame, other)
    assert set(now.select("alias_kind", "alias").iter_rows()) == {
        ("withdrawn", f"code:{other[u]}"),
        ("withdrawn_row", f"{other[s]}:17"),
        ("decided", f"same:{other[e]}"),
        ("facts", "d" * 26),
        ("merged:decision", other[p]),
    }
    assert set(now["episode_id"]) == {other[e]}


@pytest.mark.parametrize("one_role", [False, True])
def test_what_is_named_after_the_key_goes_with_it_and_salts_where_the_key_is_the_managers_too(released, one_role):
    settle(released.root, f"one_role = {str(one_role).lower()}")
    study = open_study(released.root)
    salts.create_salt(study.key_file(), "demo-v1")
    path, _ = new_key(study)
    path.with_name("new.key.extracts-log-head").write_text("there already")
    study.key_file().with_name("study.key.extracts-log-head").write_text("8 def")
    done = rotate.rebuild(study, path, today=DAY)
    # Where two persons have the roles, the head of the log of extracts is none that goes with the owner's key.
    assert done.left == (("study.key.extracts-log-head",) if one_role else ())
    said = [(entry.event, entry.detail) for entry in held(replace(owner_log(study), key_file=lambda: path))]
    assert said == [("key_rotated", "rebuild")]
    assert not path.with_name("study.key.owner-log-head").exists()
    assert salts.has_salt(path, "demo-v1") == one_role
    assert salts.has_salt(study.key_file(), "demo-v1") != one_role


# --- rekey: they are not ----------------------------------------------------------------------------------------------


@pytest.fixture
def kept(released):
    """The small study when its workbooks are deleted, and one was refused and one decision is in force."""
    decide(released)
    build(released)
    shutil.rmtree(released.submissions)
    released.submissions.mkdir(mode=0o700)
    return released


def test_a_rekeying_keeps_persons_and_no_id_and_needs_no_old_key(kept):
    before = open_panel(kept.panel)
    kept.key_file().unlink()
    path, key_id = new_key(kept)
    done = rekey.rekey(kept, path, today=DAY)
    after = open_panel(kept.panel)
    assert (after.release, after.manifest["key_id"], after.manifest["is_rekeyed"]) == ("r0003", key_id, True)
    hold_the_same_persons(before, after)
    assert all(one.is_kept for one in outcomes_of(after) if one.rule.severity == "error")
    assert done.finished.lost == ()
    text = json.dumps(after.manifest)
    assert not [id_ for id_ in ids(before) if id_ in text]
    assert after.manifest["submissions"] == sorted(after.submissions.collect()["submission_id"])
    assert before.manifest["decisions_digest"] not in text
    assert after.manifest["rows"] == before.manifest["rows"]


def test_persons_are_numbered_anew_when_ids_are(kept):
    def numbered():
        persons = open_panel(kept.panel).persons.collect()
        assert persons["person_no"].to_list() == list(range(1, persons.height + 1))
        assert persons["person_id"].is_sorted()
        return dict(persons.select("person_id", "person_no").iter_rows())

    before = numbered()
    path, _ = new_key(kept)
    bridge = dict(pl.read_parquet(rekey.rekey(kept, path, today=DAY).finished.bridge).select("old", "new").iter_rows())
    after = numbered()
    assert {after[bridge[person]] for person in before} == set(before.values())
    assert [after[bridge[person]] for person in before] != list(before.values())


def test_on_a_rekeyed_release_nothing_can_be_built_and_that_is_said(kept):
    path, _ = new_key(kept)
    rekey.rekey(kept, path, today=DAY)
    study = set_key(kept, path)
    for act in (build, review):
        with pytest.raises(PolicyError) as refused:
            act(study)
        assert refused.value.code == "panel-rekeyed"
    assert remembered_of(study) is not None


def test_a_rekeyed_release_can_be_rekeyed_again_and_each_time_gives_the_same_bytes(kept, tmp_path):
    first, _ = new_key(kept)
    second, _ = new_key(kept, "second.key")
    before = open_panel(kept.panel)
    shutil.copytree(kept.root, tmp_path / "twin")
    twin = open_study(tmp_path / "twin")
    for study in (kept, twin):
        rekey.rekey(study, first, today=DAY)
    assert release_of(kept, "r0003") == release_of(twin, "r0003")
    rekey.rekey(kept, second, today=DAY)
    hold_the_same_persons(before, open_panel(kept.panel))


def test_where_there_are_workbooks_nothing_is_rekeyed(released):
    path, _ = new_key(released)
    with pytest.raises(PolicyError) as refused:
        rekey.rekey(released, path, today=DAY)
    assert refused.value.code == "rekey-with-workbooks"
    assert open_panel(released.panel).release == "r0001"


def test_a_damaged_release_is_not_rekeyed(kept):
    (kept.panel / "r0002" / "persons.parquet").write_bytes((kept.panel / "r0001" / "episodes.parquet").read_bytes())
    path, _ = new_key(kept)
    with pytest.raises(InputError) as refused:
        rekey.rekey(kept, path, today=DAY)
    assert refused.value.code == "release-damaged"


# --- compromise: what stands under the old key goes, once the new release is live -------------------------------------


def issued(study, name: str):
    folder = study.research / "extracts" / name
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")


def everything_below(study) -> bytes:
    """What the study holds but for the workbooks, tables of Parquet as their values."""
    files = [path for path in study.root.rglob("*") if path.is_file() and study.submissions not in path.parents]
    tables = [pl.read_parquet(path).write_csv().encode() for path in files if path.suffix == ".parquet"]
    return b"".join([*tables, *(path.read_bytes() for path in files if path.suffix != ".parquet")])


@pytest.mark.parametrize("way", ["rebuild", "rekey"])
def test_after_a_compromise_nothing_of_the_old_key_is_left_and_extracts_are_listed(way, released, request):
    study = request.getfixturevalue("kept") if way == "rekey" else released
    if way == "rebuild":
        decide(study)
        (study.links).write_text("".join(study.links.read_text().splitlines(keepends=True)[:2]))
        review(study)
        build(study)
    old = {id_ for release in ("r0001", "r0002") for id_ in ids(open_panel(study.panel, release))}
    old_links = {one.episode_a for one in read_links(study.links).all}
    issued(study, "demo-followup-v1")
    issued(study, ".issuing-demo-followup-v2")
    path, _ = new_key(study)
    rotated_by = {"rebuild": rotate.rebuild, "rekey": rekey.rekey}[way]
    # What a withdrawal had left of a release that it removed.
    (study.registry / "r0000.parquet").write_bytes((study.registry / "r0001.parquet").read_bytes())
    (study.reports / "kopplingar-r0000.html").write_text("")
    done = rotated_by(study, path, today=DAY, is_compromise=True)
    assert done.finished.removed == ("r0001", "r0002")
    assert done.finished.recall == ("demo-followup-v1",)
    assert done.finished.bridge is None
    assert [path.name for path in study.panel.glob("r*")] == ["r0003"]
    assert sorted(path.name for path in study.registry.glob("*.parquet")) == ["intake.parquet", "r0003.parquet"]
    assert {path.name.rpartition(".")[0][-5:] for path in study.reports.glob("*-r*.html")} == {"r0003"}
    left = everything_below(study)
    assert old_links
    assert not [id_ for id_ in old | old_links if id_.encode() in left]


# --- killed at any moment ---------------------------------------------------------------------------------------------


def kill(*_args, **_more):
    raise Killed


@pytest.mark.parametrize("where", ["sigpanel.panel.release.memory.write", "sigpanel.pipeline.rotate._hold_persons"])
def test_stopped_before_the_release_is_live_nothing_has_happened(released, monkeypatch, where):
    decide(released)
    links = released.links.read_bytes()
    path, _ = new_key(released)
    with monkeypatch.context() as patch:
        patch.setattr(where, kill)
        with pytest.raises(Killed):
            rotate.rebuild(released, path, today=DAY)
    assert released.links.read_bytes() == links
    assert carry.unfinished(released) is None
    assert not [path.name for path in released.registry.iterdir() if path.name.startswith(("unfinished", ".carried"))]
    assert build(released).release == "r0002"
    assert open_panel(released.panel).manifest["key_id"] == owner_key(released).key_id


@pytest.mark.parametrize("is_compromise", [False, True])
def test_stopped_after_it_everything_waits_until_the_rotation_is_finished(released, monkeypatch, is_compromise):
    decide(released)
    build(released)
    before = open_panel(released.panel)
    path, _ = new_key(released)
    with monkeypatch.context() as patch:
        patch.setattr(rotate, "finish", kill)
        with pytest.raises(Killed):
            rotate.rebuild(released, path, today=DAY, is_compromise=is_compromise)
    study = set_key(released, path)
    with pytest.raises(PolicyError) as refused:
        build(study)
    assert refused.value.code == "rotation-unfinished"
    with pytest.raises(PolicyError) as refused:
        rotate.rebuild(study, new_key(study, "third.key")[0], today=DAY)
    assert refused.value.code == "rotation-unfinished"
    if not is_compromise:
        hold_the_same_persons(before, open_panel(study.panel))
    done = rotate.finish_rotation(study, today=DAY)
    assert done.finished.removed == (("r0001", "r0002") if is_compromise else ())
    again = make(study, owner_key(study), remembered_of(study))
    assert again.decided.in_force.height == 1
    assert build(study).release == "r0004"


def test_a_mark_of_a_rotation_that_never_went_live_is_none_of_the_next_build(released):
    path, key_id = new_key(released)
    mark = released.registry / f"unfinished-rotation-r0002-{key_id}.parquet"
    mark.write_bytes(b"")
    build(released)
    assert carry.unfinished(released) is None
    rotate.rebuild(released, path, today=DAY)
    assert not mark.exists()


# --- what stops a rotation --------------------------------------------------------------------------------------------


def test_without_a_release_there_is_nothing_to_rotate(study):
    with pytest.raises(InputError) as refused:
        rotate.rebuild(study, new_key(study)[0], today=DAY)
    assert refused.value.code == "nothing-to-rotate"


def test_the_key_that_the_panel_is_under_is_no_new_one(released, tmp_path):
    shutil.copy(released.key_file(), tmp_path / "copy.key")
    with pytest.raises(PolicyError) as refused:
        rotate.rebuild(released, tmp_path / "copy.key", today=DAY)
    assert refused.value.code == "key-not-new"


def test_a_new_key_in_the_study_is_refused_like_any_other(released):
    shutil.copy(released.key_file(), released.owner / "new.key")
    with pytest.raises(PolicyError) as refused:
        rotate.rebuild(released, released.owner / "new.key", today=DAY)
    assert refused.value.code == "key-in-study"


def test_if_persons_would_not_be_the_same_nothing_is_published(released, monkeypatch):
    whole = rotate.make

    def joined_otherwise(study, key, remembered):
        made = whole(study, key, remembered)
        if isinstance(study, carry.Carried):
            persons = made.resolved.episodes["person_id"]
            made.resolved.episodes.replace_column(
                made.resolved.episodes.columns.index("person_id"), pl.Series("person_id", [persons[0]] * len(persons))
            )
        return made

    monkeypatch.setattr(rotate, "make", joined_otherwise)
    with pytest.raises(InputError) as refused:
        rotate.rebuild(released, new_key(released)[0], today=DAY)
    assert refused.value.code == "rotation-persons-differ"
    assert open_panel(released.panel).release == "r0001"


def test_nothing_to_finish_is_said(released):
    with pytest.raises(InputError) as refused:
        rotate.finish_rotation(released, today=DAY)
    assert refused.value.code == "no-rotation-unfinished"
