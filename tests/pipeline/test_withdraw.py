"""A person is taken out: of every table but the ledger, of older releases, and of all that is shown to anybody."""

import datetime as dt
import json
import shutil
import zipfile
from dataclasses import replace

import openpyxl
import polars as pl
import pytest

from sigpanel import audit
from sigpanel import key as keys
from sigpanel.contracts.tables import names
from sigpanel.decisions import LinkDecision, LinkDecisions, links_as_csv, read_withdrawals
from sigpanel.decisions.in_force import digests
from sigpanel.errors import Fault, InputError, PolicyError, UsageError
from sigpanel.forms import forms
from sigpanel.forms.write_layout import PLAIN
from sigpanel.panel import open_panel, registry
from sigpanel.panel.members import read_members
from sigpanel.pipeline.audit_log import owner_log
from sigpanel.pipeline.build import build
from sigpanel.pipeline.check import check
from sigpanel.pipeline.doctor import doctor
from sigpanel.pipeline.feedback import feedback_on, give_feedback, shares_of
from sigpanel.pipeline.intact import damaged
from sigpanel.pipeline.make import make_whole
from sigpanel.pipeline.recall import Cut
from sigpanel.pipeline.review import _resolved, review
from sigpanel.pipeline.study import open_study
from sigpanel.pipeline.trace import trace, trace_person
from sigpanel.pipeline.verify import verify
from sigpanel.pipeline.withdraw import finish, pending, withdraw
from tests.privacy.scan import leaks, told
from tests.support.study import BOOKS, FARSTA_2022, A, B, Book, F, G, copied, make_study, release_of, said
from tests.support.withdraw import KEY, SHARED, TODAY, TWO, asked, episodes_under, ids_of, take_out

HEADER = "kind;id;scope;reason;who;date\r\n"
# Of persons; whatever else a release tells, it tells of workbooks and forms.
OF_PERSONS = set(names()) - {"ledger", "submissions", "availability", "findings"}


@pytest.fixture(scope="module")
def ids(built) -> list[str]:
    """All ids of B, whose three episodes are one person's."""
    return ids_of(episodes_under(built, B), B)


@pytest.fixture(scope="module")
def withdrawn(built, tmp_path_factory):
    """The small study once B is taken out; only to be read."""
    study = copied(built, tmp_path_factory.mktemp("withdrawn") / "study")
    return study, take_out(study, " zw 07-08 ")


@pytest.fixture(scope="module")
def purged(built, tmp_path_factory):
    """The same, with the older release rewritten; only to be read."""
    study = copied(built, tmp_path_factory.mktemp("purged") / "study")
    return study, take_out(study, B, older="purge")


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """A study in which two persons have one code, released; only to be read."""
    study = make_study(tmp_path_factory.mktemp("two") / "study", TWO, None)
    build(study)
    return study


def tables(study, release: str | None = None) -> dict[str, pl.DataFrame]:
    panel = open_panel(study.panel, release)
    return {name: panel.table(name).collect() for name in names()}


def without_ids(frame: pl.DataFrame, ids: list[str]) -> pl.DataFrame:
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    return frame.filter(~pl.any_horizontal(pl.col(name).is_in(ids).fill_null(value=False) for name in texts))


def is_same_but_for(now: dict, before: dict, ids: list[str]) -> None:
    """Everybody else is told as before, row for row and id for id; findings but for those about rows of theirs."""
    for name in OF_PERSONS:
        assert now[name].equals(without_ids(before[name], ids)), name
    for name in ("submissions", "availability"):
        assert now[name].equals(before[name]), name
    gone = now["ledger"].filter(fate="withdrawn")
    assert now["findings"].equals(
        before["findings"].join(gone, on=["submission_id", "row"], how="anti", maintain_order="left")
    )
    rest = before["ledger"].join(gone, on=["submission_id", "row"], how="anti", maintain_order="left")
    assert now["ledger"].filter(pl.col("fate") != "withdrawn").equals(rest)


# --- what is left of them ---------------------------------------------------------------------------------------------


def test_nothing_for_research_holds_an_id_of_the_person(built, withdrawn, ids):
    study, done = withdrawn
    assert leaks(built.research, ids) != []
    assert leaks(study.research, ids) == []
    assert (done.release, done.is_new, done.n_persons, done.removed, done.purged) == ("r0002", True, 1, ("r0001",), ())


def test_everybody_else_is_told_as_before_and_the_ledger_keeps_the_rows(built, withdrawn, ids):
    now, before = tables(withdrawn[0]), tables(built)
    is_same_but_for(now, before, ids)
    gone = now["ledger"].filter(fate="withdrawn")
    assert gone.select("reason", "episode_id").null_count().row(0) == (5, 5)
    # Two enrolments sent twice, one of them with its row repeated: what was said twice is theirs too.
    assert before["ledger"].join(gone, on=["submission_id", "row"])["fate"].sort().to_list() == [
        "duplicate", "kept", "kept", "kept", "merged",
    ]  # fmt: skip


def test_tables_that_held_nobody_who_goes_have_the_bytes_that_they_had(built, withdrawn):
    now, before = release_of(withdrawn[0], "r0002"), release_of(built)
    of_nobody = ("availability", "cohort", "id_history", "submissions", "revisions")
    assert {name for name in now if now[name] == before[name]} == {
        "codebook.csv",
        *(f"{name}.parquet" for name in of_nobody),
    }


@pytest.mark.parametrize("engine", ["polars", pytest.param("gx", marks=pytest.mark.slow)])
def test_the_release_keeps_its_contract_and_so_does_one_that_was_rewritten(withdrawn, purged, engine):
    for study, release in ((withdrawn[0], "r0002"), (purged[0], "r0002"), (purged[0], "r0001")):
        assert verify(study.panel, release, engine=engine).is_kept


def test_the_manifest_tells_how_many_lines_there_are_and_that_they_are_these(built, withdrawn):
    before, now = open_panel(built.panel).manifest, open_panel(withdrawn[0].panel).manifest
    assert (before["n_withdrawals"], before["withdrawals_digest"]) == (0, None)
    assert now["n_withdrawals"] == 1
    assert now["withdrawals_digest"]
    assert now["fates"]["withdrawn"] == 5


def test_figures_on_linkage_are_those_of_who_is_left(released, withdrawn, tmp_path):
    before, now = build(released).quality, build(copied(withdrawn[0], tmp_path / "again")).quality
    assert (before["population"]["episodes"], now["population"]["episodes"]) == (12, 9)
    assert now["levels"]["standard"]["persons"] == before["levels"]["standard"]["persons"] - 1
    assert now["levels"]["wide"]["persons"] == before["levels"]["wide"]["persons"] - 1


def test_what_is_written_down_holds_a_pseudonym_and_is_the_owners_alone(withdrawn):
    study, _ = withdrawn
    assert study.withdrawals.read_bytes().decode().splitlines() == [
        "kind;id;scope;reason;who;date",
        f"code;{KEY.pseudonym('uno', B)};research;asked;A.B.;2024-03-01",
    ]
    assert study.withdrawals.stat().st_mode & 0o777 == 0o600


# --- what is shown ----------------------------------------------------------------------------------------------------


def test_trace_knows_no_such_episode_and_the_registry_still_does(built, withdrawn):
    study, _ = withdrawn
    panel = open_panel(study.panel)
    remembered = registry.read_live(study.panel, study.registry)
    for episode in episodes_under(built, B)["episode_id"]:
        for traced in (
            lambda one=episode: trace(panel, one, "mental_health"),
            lambda one=episode: trace_person(panel, one),
        ):
            with pytest.raises(UsageError, match="no such episode"):
                traced()
        assert remembered.filter(episode_id=episode).height > 3
    assert {look.what for look in doctor(study.root) if not look.is_well} == set()


def test_a_build_tells_nothing_of_them(withdrawn, tmp_path):
    study = copied(withdrawn[0], tmp_path / "again")
    built = build(study)
    assert built.overview.persons == 7
    assert leaks(study.research, ids_of(built.tables["episodes"].clear(), B)) == []
    assert release_of(study, "r0003").keys() == release_of(study, "r0002").keys()
    differ = {
        name for name, content in release_of(study, "r0003").items() if content != release_of(study, "r0002")[name]
    }
    # The one was made from the registry of r0001, the other from that of r0002.
    assert differ == {"manifest.json", "datapackage.json"}


def test_no_list_of_a_review_shows_them_and_no_decision_on_them_is_told(two, tmp_path):
    study = copied(two, tmp_path / "study")
    mine, other = episodes_under(two, SHARED)["episode_id"].to_list()
    review(study)
    assert SHARED in texts_of(study.outbox)
    shutil.rmtree(study.outbox)
    _decide(study, mine, other, "different", digest="outdated")
    assert len(review(study).not_used) == 1
    done = take_out(study, episode=mine)
    assert "granskning.xlsx" in done.outdated
    assert review(study).not_used == ()
    assert SHARED not in texts_of(study.outbox)
    pairs, episodes, places, gone = _resolved(study, KEY)
    assert mine in gone
    assert leaks_in(pairs, [mine]) + leaks_in(episodes, [mine]) + leaks_in(places, [mine]) == []


def leaks_in(frame: pl.DataFrame, words: list[str]) -> list[str]:
    return told(str(frame.to_dicts()), words)


def texts_of(outbox) -> str:
    """All that stands in the lists, without reading them as workbooks."""
    archives = [zipfile.ZipFile(path) for path in sorted(outbox.glob("granskning*.xlsx"))]
    return " ".join(book.read(part).decode() for book in archives for part in book.namelist())


def _decide(study, one: str, other: str, verdict: str, digest: str | None = None) -> None:
    _, episodes, _, _ = _resolved(study, KEY)
    pair = pl.DataFrame({"episode_a": [one], "episode_b": [other]})
    made = digest or digests(pair, episodes, KEY.pseudonyms)["digest"][0]
    decision = LinkDecision(one, other, verdict, "Akten", "A.B.", TODAY, made)
    study.links.write_bytes(links_as_csv(LinkDecisions((decision,))))


@pytest.fixture(scope="module")
def sloppy(tmp_path_factory):
    """A study whose one row has a fault, beside a row without; not built."""
    rows = (said(A, "2022-03-01", 15), said(B, "2022-01-20", 14, stable_housing="Kanarie"))
    return make_study(
        tmp_path_factory.mktemp("sloppy") / "study", [replace(FARSTA_2022, rows=rows, layout=PLAIN)], None
    )


@pytest.mark.parametrize(("scope", "n_rows"), [("research", 2), ("statistics", 1)])
def test_of_their_rows_nothing_is_asked_and_the_citys_figures_are_without_them_if_they_said_so(
    sloppy, tmp_path, scope, n_rows
):
    study = copied(sloppy, tmp_path / "study")
    before = check([study.submissions], study=study)
    assert set(before.findings["row"]) == {10}
    take_out(study, B, scope=scope)
    now = check([study.submissions], study=study)
    assert now.findings.is_empty()
    assert now.knows_withdrawn
    assert before.grid["n_persons"].drop_nulls().to_list() == [2]
    assert now.grid["n_persons"].drop_nulls().to_list() == [n_rows]
    assert build(study).overview.grid["n_persons"].drop_nulls().to_list() == [n_rows]
    assert (now.bortfall.equals(before.bortfall)) == (scope == "research")
    # It is the district's own file: its row stands there as it was sent.
    feedback = feedback_on(now, shares_of(now.bortfall), 0)
    assert (feedback.findings.height, set(feedback.rows["row"])) == (0, set(before.delivery.rows["row"]))
    (path,) = give_feedback(now, study.outbox).values()
    assert B in {cell.value for row in openpyxl.load_workbook(path).worksheets[1].iter_rows() for cell in row}


def test_a_check_without_the_key_says_that_it_does_not_know_which_rows_are_theirs(sloppy, tmp_path, monkeypatch):
    study = copied(sloppy, tmp_path / "study")
    take_out(study, B)
    monkeypatch.setenv("SIGPANEL_KEY_FILE", str(tmp_path / "none.key"))
    now = check([study.submissions], study=open_study(study.root))
    assert not now.knows_withdrawn
    assert set(now.findings["row"]) == {10}


# --- older releases ---------------------------------------------------------------------------------------------------


def test_an_older_release_is_rewritten_without_them_and_is_whole(built, purged, ids):
    study, done = purged
    assert (done.removed, done.purged) == ((), ("r0001",))
    assert leaks(study.research, ids) == []
    old = open_panel(study.panel, "r0001")
    assert list(damaged(old)) == []
    is_same_but_for(tables(study, "r0001"), tables(built), ids)
    assert old.manifest["rows"] == {name: frame.height for name, frame in tables(study, "r0001").items()}
    assert old.manifest["withdrawals_digest"] == open_panel(study.panel).manifest["withdrawals_digest"]
    assert old.manifest["submissions"] == open_panel(built.panel).manifest["submissions"]


def test_a_rewritten_release_tells_no_figures_that_were_worked_out_with_them(purged):
    study, _ = purged
    old = open_panel(study.panel, "r0001").linkage_quality
    assert (old["purged"], set(old)) == (True, {"purged", "parameters", "disclosure"})
    assert open_panel(study.panel, "r0001").threshold == 5
    assert sorted(path.name for path in study.reports.glob("*r0001*")) == ["kontrakt-r0001.html"]


def of_another_version(manifest):
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "contract_version": "1.0.0"}))


def of_another_key(manifest):
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "key_id": "anotherkey"}))


def damaged_(manifest):
    (manifest.parent / "episodes.parquet").write_bytes(b"PAR1")


@pytest.mark.parametrize("change", [of_another_version, of_another_key, damaged_])
def test_a_release_of_another_contract_or_key_and_a_damaged_one_are_removed_though_to_be_rewritten(released, change):
    build(released)
    change(released.panel / "r0001" / "manifest.json")
    done = take_out(released, B, older="purge")
    assert (done.removed, done.purged) == (("r0001",), ("r0002",))


def test_an_older_release_without_them_stays_as_it_is(released):
    Book("2024/Skarpnäck unga.xlsx", "sig-unga-2024", 3, (said("NY0801", "2024-05-05", 15),)).write(
        released.submissions
    )
    build(released)
    before = release_of(released)
    done = take_out(released, "NY0801")
    assert (done.release, done.removed) == ("r0003", ("r0002",))
    assert release_of(released) == before
    assert not (released.reports / "kontrakt-r0002.html").exists()
    assert (released.reports / "kontrakt-r0001.html").exists()


def test_nothing_old_is_touched_where_the_new_release_is_not_made(released, monkeypatch):
    def fails(*_, **__):
        raise Fault("some-fault", "Nothing works.")

    monkeypatch.setattr("sigpanel.pipeline.build.write", fails)
    before = release_of(released)
    with pytest.raises(Fault, match="Nothing works"):
        take_out(released, B)
    assert release_of(released) == before
    assert pending(released, KEY)


# --- back again -------------------------------------------------------------------------------------------------------


def test_without_the_line_the_person_comes_back_with_all_their_ids(built, purged, tmp_path):
    study = copied(purged[0], tmp_path / "study")
    study.withdrawals.write_text(HEADER, encoding="utf-8")
    assert pending(study, KEY)
    build(study)
    assert not pending(study, KEY)
    now, before = release_of(study, "r0003"), release_of(built)
    assert {name for name in now if now[name] != before[name]} == {"manifest.json", "datapackage.json"}


def test_a_file_that_is_lost_brings_nobody_back(withdrawn, tmp_path):
    study = copied(withdrawn[0], tmp_path / "study")
    study.withdrawals.unlink()
    for tried in (
        lambda: build(study),
        lambda: finish(study, today=TODAY),
        lambda: check([study.submissions], study=study),
    ):
        with pytest.raises(InputError) as caught:
            tried()
        assert caught.value.code == "withdrawals-missing"
    assert open_panel(study.panel).release == "r0002"


# --- whom it is about -------------------------------------------------------------------------------------------------


def test_a_code_of_two_persons_stops_and_tells_where_and_when_each_was_enrolled_and_by_which_id(two, tmp_path):
    study = copied(two, tmp_path / "study")
    with pytest.raises(InputError) as caught:
        take_out(study, SHARED)
    own = episodes_under(two, SHARED).sort("enrolled_on")["episode_id"]
    assert caught.value.code == "withdraw-ambiguous"
    assert caught.value.message == (
        "2 persons have the code, and nothing was changed:\n"
        f"  --episode {own[0]}  Skarpnäck 2022\n  --episode {own[1]}  Skärholmen 2022\n"
    )
    assert (study.withdrawals.exists(), open_panel(study.panel).release) == (False, "r0001")


def test_by_an_episode_one_of_two_goes_and_the_other_keeps_the_code(two, tmp_path):
    study = copied(two, tmp_path / "study")
    mine, other = episodes_under(two, SHARED).sort("enrolled_on")["episode_id"]
    done = take_out(study, episode=mine)
    assert done.n_persons == 1
    left = tables(study)["episodes"]
    assert mine not in left["episode_id"].to_list()
    assert left.filter(episode_id=other)["uno_id"].to_list() == [KEY.pseudonym("uno", SHARED)]
    assert leaks(study.research, ids_of(episodes_under(two, SHARED).filter(episode_id=mine))) == []
    # The other one then is the only one whom the code is about.
    assert take_out(study, SHARED).n_persons == 1
    assert leaks(study.research, ids_of(episodes_under(two, SHARED), SHARED)) == []
    assert read_withdrawals(study.withdrawals).all[1].kind == "code"


def test_all_who_have_a_code_go_where_that_is_asked_for(two, tmp_path):
    study = copied(two, tmp_path / "study")
    assert take_out(study, SHARED, everybody=True).n_persons == 2
    assert leaks(study.research, ids_of(episodes_under(two, SHARED), SHARED)) == []


def test_a_code_that_was_corrected_since_leads_to_the_person_and_so_does_that_of_another_enrolment(tmp_path):
    books = (
        Book(
            "2022/Farsta unga.xlsx", "sig-unga-2022", 2, (said("AB0610", "2022-03-01", 15), said(F, "2022-03-01", 12))
        ),
        Book("2023/Farsta unga.xlsx", "sig-unga-2022", 2, (said("AB0619", "2022-03-01", 15, "2023-02-01"),)),
    )
    study = make_study(tmp_path / "study", books, None)
    build(study)
    assert KEY.pseudonym("uno", "AB0610") not in tables(study)["episodes"]["uno_id"].to_list()
    own = ids_of(episodes_under(study, "AB0619"), "AB0619")
    assert take_out(study, "AB0610").n_persons == 1
    assert leaks(study.research, own) == []


def test_a_person_of_the_cohort_goes_with_the_pilot_and_all_that_came_after(released):
    own = ids_of(episodes_under(released, G), G)
    before = tables(released)["cohort"]
    take_out(released, G)
    now = tables(released)
    assert leaks(released.research, [*own, *before.filter(pl.col("person_id").is_in(own))["cohort_id"]]) == []
    assert now["cohort"].equals(without_ids(before, own))
    assert now["cohort"].height == 2


def test_a_code_that_nobody_has_is_said_to_be_nobodys_and_may_be_written_down_for_what_comes(released):
    with pytest.raises(InputError) as caught:
        take_out(released, "NY0801")
    assert (caught.value.code, released.withdrawals.exists()) == ("withdraw-nobody", False)
    done = take_out(released, "NY0801", even_so=True)
    assert (done.n_persons, done.is_new, done.removed) == (0, True, ())
    Book("2024/Skarpnäck unga.xlsx", "sig-unga-2024", 3, (said("ny 0801", "2024-05-05", 15),)).write(
        released.submissions
    )
    built = build(released)
    assert built.overview.fates["withdrawn"] == 1
    assert KEY.pseudonym("uno", "NY0801") not in built.tables["episodes"]["uno_id"].to_list()


def test_a_row_of_nothing_but_the_code_is_withdrawn_too(tmp_path):
    nothing = dict.fromkeys({question.variable for question in forms()["sig-unga-2022"].questions})
    rows = (said(A, "2022-03-01", 15), replace(said(B, None, None), answers=nothing))
    study = make_study(tmp_path / "study", [replace(FARSTA_2022, rows=rows, layout=PLAIN)], None)
    assert "row_rejected" in build(study).tables["findings"]["rule"].to_list()
    assert take_out(study, B).n_persons == 0
    now = tables(study)
    assert now["ledger"].select("row", "fate").rows() == [(9, "kept"), (10, "withdrawn")]
    assert now["findings"].filter(row=10).is_empty()


def test_a_code_that_only_a_release_holds_and_no_workbook_any_more_is_found(released, ids):
    for book in BOOKS:
        if B in {row.uno for row in book.rows}:
            replace(book, rows=[row for row in book.rows if row.uno != B], layout=PLAIN).write(released.submissions)
    build(released)
    assert leaks(released.panel / "r0002", ids) == []
    done = take_out(released, B)
    assert (done.n_persons, done.removed) == (0, ("r0001",))
    assert leaks(released.research, ids) == []


def test_that_linkage_sees_two_persons_later_brings_nobody_back(built, tmp_path, ids):
    study = copied(built, tmp_path / "study")
    first, second, third = episodes_under(built, B).sort("enrolled_on")["episode_id"]
    assert take_out(study, episode=first).n_persons == 1
    # Decided of the whole, as it would be read from a list that was written before.
    episodes = make_whole(study, KEY, registry.read_live(study.panel, study.registry)).made.episodes
    pairs = pl.DataFrame({"episode_a": [first, first], "episode_b": [second, third]})
    of_pairs = digests(pairs, episodes, KEY.pseudonyms).iter_rows()
    decisions = [LinkDecision(a, b, "different", "Akten", "A.B.", TODAY, digest) for a, b, digest in of_pairs]
    study.links.write_bytes(links_as_csv(LinkDecisions(tuple(decisions))))
    build(study)
    assert leaks(study.panel / "r0003", ids) == []
    study.withdrawals.write_text(HEADER, encoding="utf-8")
    back = build(study).tables["episodes"].filter(pl.col("episode_id").is_in([first, second, third]))
    assert back["person_id"].n_unique() == 2


def test_an_episode_that_is_not_there_and_a_code_that_cannot_be_read_stop_without_being_repeated(released):
    for given, code in (
        ({"episode": "e" + "b" * 25 + "a"}, "withdraw-episode-unknown"),
        ({"code": "Kalle"}, "withdraw-code-unreadable"),
    ):
        with pytest.raises(InputError) as caught:
            take_out(released, given.get("code"), episode=given.get("episode"))
        assert caught.value.code == code
        assert told(str(caught.value), given.values()) == []
    assert not released.withdrawals.exists()


def test_somebody_who_is_the_only_one_cannot_leave_a_release_without_anybody(tmp_path):
    study = make_study(
        tmp_path / "study", [replace(FARSTA_2022, rows=(said(A, "2022-03-01", 15),), layout=PLAIN)], None
    )
    build(study)
    with pytest.raises(InputError) as caught:
        take_out(study, A)
    assert caught.value.code == "nobody-left"
    assert pending(study, KEY)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"scope": "QX0619"}, "withdraw-word"),
        ({"reason": "QX0619"}, "withdraw-word"),
        ({"who": "QX0619"}, "withdraw-who"),
        ({"who": " "}, "withdraw-who"),
        ({"episode": "QX0619", "code": None}, "withdraw-episode"),
        ({"episode": "e" + "b" * 25 + "a"}, "withdraw-whom"),
        ({"code": None}, "withdraw-whom"),
        ({"older": "QX0619"}, "withdraw-older"),
    ],
)
def test_a_word_that_is_none_is_refused_without_being_repeated(built, more, code):
    more = {"code": B, **more}
    with pytest.raises(UsageError) as caught:
        take_out(built, more.pop("code"), **more)
    assert caught.value.code == code
    assert told(str(caught.value), ["QX0619"]) == []


def test_what_is_asked_for_is_not_shown_when_printed():
    assert told(repr(asked(B)), [B, "A.B."]) == []


# --- without workbooks ------------------------------------------------------------------------------------------------


def test_where_the_workbooks_are_gone_the_live_release_is_made_anew_without_them(built, released, ids):
    shutil.rmtree(released.submissions)
    released.submissions.mkdir()
    done = take_out(released, B)
    assert (done.release, done.is_new, done.n_persons, done.removed) == ("r0002", True, 1, ("r0001",))
    assert leaks(released.research, ids) == []
    is_same_but_for(tables(released), tables(built), ids)
    assert verify(released.panel, None, engine="polars").is_kept
    assert open_panel(released.panel).linkage_quality["purged"]
    assert not pending(released, KEY)
    with pytest.raises(InputError, match="Nobody in the study has the code"):
        take_out(released, "NY0801")
    # Once they are there again, nobody is back.
    shutil.rmtree(released.submissions)
    shutil.copytree(built.submissions, released.submissions)
    build(released)
    is_same_but_for(tables(released), tables(built), ids)


# --- again, pending, log, recall --------------------------------------------------------------------------------------


def test_the_same_again_changes_nothing_and_another_scope_is_written_down(withdrawn, tmp_path):
    study = copied(withdrawn[0], tmp_path / "study")
    before, release = study.withdrawals.read_bytes(), release_of(study, "r0002")
    done = take_out(study, B, who="C.D.")
    assert (done.is_known, done.is_new, done.n_persons, done.release) == (True, False, 0, "r0002")
    assert (study.withdrawals.read_bytes(), release_of(study, "r0002")) == (before, release)
    take_out(study, B, scope="statistics")
    assert [one.scope for one in read_withdrawals(study.withdrawals).all] == ["statistics"]
    assert not pending(study, KEY)


def test_what_is_written_down_by_hand_is_pending_until_it_is_done(released, withdrawn, ids):
    assert not pending(released, KEY)
    assert not pending(released)
    shutil.copy(withdrawn[0].withdrawals, released.withdrawals)
    assert pending(released, KEY)
    assert pending(released)
    done = finish(released, today=TODAY)
    assert (done.is_new, done.removed) == (True, ("r0001",))
    assert not pending(released, KEY)
    assert not pending(released)
    assert leaks(released.research, ids) == []


def test_a_line_of_a_day_after_today_stops_since_no_log_could_tell_of_it(released, withdrawn):
    shutil.copy(withdrawn[0].withdrawals, released.withdrawals)
    text = released.withdrawals.read_text(encoding="utf-8")
    released.withdrawals.write_text(text.replace(str(TODAY), str(TODAY + dt.timedelta(days=1))), encoding="utf-8")
    for tried in (lambda: finish(released, today=TODAY), lambda: take_out(released, G)):
        with pytest.raises(InputError, match="line 2") as caught:
            tried()
        assert caught.value.code == "withdrawals-later-day"
    assert open_panel(released.panel).release == "r0001"


def test_the_log_is_told_the_scope_and_the_releases_and_no_id(released):
    def logged():
        return [(entry.event, entry.subject, entry.detail) for entry in audit.read(owner_log(released).path)]

    take_out(released, B, scope="statistics")
    first = [("withdrawn", "panel", "statistics"), ("release_removed", "r0001", "withdrawal")]
    assert logged() == first
    take_out(released, F, older="purge")
    second = [("withdrawn", "panel", "research"), ("release_purged", "r0002", "withdrawal")]
    assert logged() == [*first, *second]
    take_out(released, F)
    assert logged() == [*first, *second]


def cut(extract_id: str, release: str, **where) -> Cut:
    return Cut(
        extract_id, release, lambda tables: tables["episodes"].filter(**where).select("person_id").unique().collect()
    )


def test_extracts_that_hold_the_person_are_listed_also_when_their_release_is_gone(released):
    cuts = [cut("all-v1", "r0001"), cut("girls-v1", "r0001", sex="female"), cut("lost-v1", "r0009")]
    done = take_out(released, B, extracts=lambda _: cuts)
    assert (done.recall, done.unsure) == (("all-v1",), ("lost-v1",))
    assert done.removed == ("r0001",)
    # Their release is gone, and who is in them is known all the same.
    again = take_out(released, F, extracts=lambda _: cuts)
    assert (again.recall, again.unsure) == (("all-v1", "girls-v1"), ("lost-v1",))
    # Once the panel has passed to another key, nobody can be told by what was remembered under the one before.
    members = read_members(released.registry).with_columns(pl.lit("anotherkey").alias("key_id"))
    members.write_parquet(released.registry / "extracts.parquet")
    assert take_out(released, F, extracts=lambda _: cuts).unsure == ("all-v1", "girls-v1", "lost-v1")
    # What is not in use any more is forgotten.
    take_out(released, F, extracts=lambda _: cuts[:1])
    assert set(read_members(released.registry)["extract_id"]) == {"all-v1"}


def test_with_another_key_nothing_is_done(released):
    other = keys.demonstration()
    with pytest.raises(PolicyError, match="made with another key"):
        withdraw(released, asked(B), today=TODAY, key=other)
    assert not released.withdrawals.exists()
