"""The review in a study: lists into the outbox, answers back into `owner/links.csv`, and what is never written over."""

import datetime as dt
import json
import shutil
import stat
from pathlib import Path

import polars as pl
import pytest

from sigpanel import key as keys
from sigpanel.decisions import LinkDecision, LinkDecisions, decide, links_as_csv, read_links
from sigpanel.decisions.in_force import digests
from sigpanel.errors import Fault, InputError, PolicyError
from sigpanel.panel.asked import read_asked, remember_asked
from sigpanel.panel.lock import lock
from sigpanel.pipeline.build import build
from sigpanel.pipeline.review import _resolved, review, take_review, write_reviews
from sigpanel.pipeline.study import create_study
from tests.cli.running import run, written_below
from tests.privacy.scan import leaks
from tests.support.review import EPISODES as NAMED
from tests.support.review import answer, id_of, lines_of, pair, pairs, places, with_ids

KEY = keys.demonstration()
DAY = dt.date(2024, 3, 1)
SAME = ("samma", "Akten", "A.B.", DAY)
EPISODES = with_ids(NAMED)
ALL = with_ids(
    pairs(pair("a1", "a2"), pair("a1", "c1"), pair("b1", "b2", rule="surname_initial_changed"), pair("c2", "c3"))
)
# c3 when its age was corrected, so that what was compared with it is another.
CHANGED = EPISODES.with_columns(
    pl.when(pl.col("episode_id") == id_of("c3")).then(pl.lit(18, pl.Int16)).otherwise("age").alias("age")
)


@pytest.fixture
def empty(tmp_path):
    return create_study(tmp_path / "study")


def among(own: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    ids = own["episode_id"].implode()
    its = ALL.filter(pl.col("episode_a").is_in(ids), pl.col("episode_b").is_in(ids))
    return its, own.select("episode_id", pl.col("episode_id").alias("person_id"))


def write(study, of: pl.DataFrame = EPISODES, the_pairs: pl.DataFrame = ALL, key: keys.Key = KEY):
    with lock(study.panel) as held:
        return write_reviews(study, the_pairs, of, places(of), pseudonyms=key.pseudonyms, pairs_among=among, held=held)


def answered(study, name: str, *answers, elsewhere=None):
    path = study.outbox / name
    if elsewhere:
        path = shutil.copy(path, elsewhere / name)
    return answer(path, *answers)


# --- writing ----------------------------------------------------------------------------------------------------------


def test_lists_are_written_into_the_outbox_for_the_owners_eyes_only(empty):
    empty.outbox.chmod(0o755)
    reviewed = write(empty)
    counts = {path.name: (n_asked, n_left_out) for path, n_asked, n_left_out in reviewed.lists}
    assert counts == {
        "granskning.xlsx": (4, 0),
        "granskning-farsta.xlsx": (2, 0),
        "granskning-skarpnack.xlsx": (1, 0),
    }
    assert {path.name for path in empty.outbox.iterdir()} == set(counts)
    assert {stat.S_IMODE(path.stat().st_mode) for path in empty.outbox.iterdir()} == {0o600}
    assert stat.S_IMODE(empty.outbox.stat().st_mode) == 0o700


def test_the_same_is_written_whenever_it_is_written(empty):
    write(empty)
    before = written_below(empty.owner)
    write(empty)
    assert written_below(empty.owner) == before


def test_a_list_of_which_nothing_is_left_to_ask_is_removed(empty):
    write(empty)
    write(empty, the_pairs=ALL.head(0), of=EPISODES.filter(district="farsta"))
    assert {path.name for path in empty.outbox.iterdir()} == {"granskning.xlsx", "granskning-farsta.xlsx"}


def test_lists_are_written_under_the_lock_of_their_panel(empty, tmp_path):
    other = create_study(tmp_path / "other")
    with lock(other.panel) as held, pytest.raises(Fault) as caught:
        write_reviews(empty, ALL, EPISODES, places(EPISODES), pseudonyms=KEY.pseudonyms, pairs_among=among, held=held)
    assert caught.value.code == "lock-elsewhere"


@pytest.mark.parametrize(
    "texts",
    [SAME, ("samma", None, None, None), (None, "Ringde, svar på tisdag", None, None), (None, None, None, DAY)],
)
def test_a_list_that_was_filled_in_and_not_taken_is_never_written_over(empty, texts):
    write(empty)
    answered(empty, "granskning.xlsx", (0, *texts))
    before = written_below(empty.owner)
    with pytest.raises(InputError) as caught:
        write(empty)
    assert caught.value.code == "review-answers-not-taken"
    assert "hold answers that were not taken: granskning.xlsx." in caught.value.message
    assert written_below(empty.owner) == before


@pytest.mark.parametrize(
    "texts", [("olika", *SAME[1:]), ("samma", "Jag hade fel", *SAME[2:]), ("samma", "Akten", "C.D.", DAY)]
)
def test_an_answer_that_was_changed_after_it_was_taken_is_never_written_over_be_it_of_the_same_day(empty, texts):
    write(empty)
    take_review(empty, answered(empty, "granskning.xlsx", (0, *SAME)), KEY)
    answered(empty, "granskning.xlsx", (0, *texts))
    before = written_below(empty.owner)
    with pytest.raises(InputError) as caught:
        write(empty)
    assert caught.value.code == "review-answers-not-taken"
    assert written_below(empty.owner) == before


def test_a_list_that_was_taken_and_of_which_an_answer_gave_way_to_a_newer_one_is_written_anew(empty, tmp_path):
    write(empty)
    newer = ("olika", "Akten", "C.D.", DAY + dt.timedelta(1))
    theirs = answered(empty, "granskning-skarpnack.xlsx", (0, *newer), elsewhere=tmp_path)
    no = next(at for at, one in enumerate(lines_of(empty.outbox / "granskning.xlsx")) if id_of("c2") in one["episodes"])
    take_review(empty, answered(empty, "granskning.xlsx", (no, *SAME)), KEY)
    take_review(empty, theirs, KEY)
    assert len(lines_of(write(empty).lists[0][0])) == 3


@pytest.mark.parametrize("name", ["granskning-min-kopia.xlsx", "granskning-.xlsx", "Granskning.xlsx"])
def test_what_nobody_wrote_here_stays_in_the_outbox(empty, name):
    write(empty)
    copy = shutil.copy(empty.outbox / "granskning.xlsx", empty.outbox / name)
    before = answer(copy, (0, *SAME)).read_bytes()
    write(empty)
    assert copy.read_bytes() == before


def test_a_file_of_a_districts_name_that_is_no_list_is_not_removed(empty):
    write(empty)
    (empty.outbox / "granskning-jarva.xlsx").write_bytes(b"notes")
    with pytest.raises(InputError, match="granskning-jarva"):
        write(empty)


def test_a_list_whose_answers_were_taken_is_written_anew(empty):
    write(empty)
    take_review(empty, answered(empty, "granskning.xlsx", (0, "samma", "Akten", "A.B.", DAY)), KEY)
    write(empty)
    assert len(lines_of(empty.outbox / "granskning.xlsx")) == 3


def test_an_outbox_that_leads_to_the_researchers_is_refused(empty):
    empty.outbox.rmdir()
    empty.outbox.symlink_to(empty.research)
    with pytest.raises(PolicyError):
        write(empty)
    assert not list(empty.research.rglob("*.xlsx"))


def test_nothing_is_written_outside_the_owners_room_and_no_code_into_the_registry(empty):
    before = written_below(empty.research)
    write(empty)
    assert {path for path in written_below(empty.research) if ".lock" not in path} == set(before)
    assert leaks(empty.registry, EPISODES["uno"].unique().to_list()) == []


# --- taking back ------------------------------------------------------------------------------------------------------


def test_answers_become_decisions_that_hold(empty, tmp_path):
    write(empty)
    back = answered(
        empty,
        "granskning.xlsx",
        (0, "samma", "Akten", "A.B.", DAY),
        (1, "olika", "+Ringde", "Å;Ö", DAY),
        elsewhere=tmp_path,
    )
    asked = lines_of(back)
    took = take_review(empty, back, KEY)
    assert (took.n_answers, took.n_blank, took.merged.added) == (2, 2, 2)
    assert stat.S_IMODE(empty.links.stat().st_mode) == 0o600
    taken = read_links(empty.links)
    assert [f"{one.episode_a}\n{one.episode_b}" for one in taken.all] == [line["episodes"] for line in asked[:2]]
    assert [(one.verdict, one.reason, one.who, one.date) for one in taken.all] == [
        ("same", "Akten", "A.B.", DAY),
        ("different", "+Ringde", "Å;Ö", DAY),
    ]
    assert decide(taken, EPISODES, KEY.pseudonyms).in_force.height == 2
    assert len(lines_of(write(empty).lists[0][0])) == 2


def test_a_districts_answers_are_taken_by_the_pair_that_they_lead_to(empty, tmp_path):
    write(empty)
    back = answered(empty, "granskning-skarpnack.xlsx", (0, "vet ej", "Gallrad", "C.D.", DAY), elsewhere=tmp_path)
    take_review(empty, back, KEY)
    (one,) = read_links(empty.links).all
    assert (one.pair, one.verdict) == ((id_of("c2"), id_of("c3")), "unknown")


def test_an_answer_of_an_old_list_does_not_put_a_decision_that_holds_out_of_force(empty, tmp_path):
    write(empty)
    old = answered(empty, "granskning-skarpnack.xlsx", (0, *SAME), elsewhere=tmp_path)
    old = shutil.move(old, tmp_path / "old.xlsx")
    write(empty, CHANGED)
    take_review(empty, answered(empty, "granskning-skarpnack.xlsx", (0, *SAME)), KEY)
    before = empty.links.read_bytes()
    took = take_review(empty, old, KEY)
    assert (took.merged.outdated, took.merged.replaced) == (1, 0)
    assert empty.links.read_bytes() == before
    assert write(empty, CHANGED).n_in_force == 1


def test_nor_does_one_of_a_list_that_was_written_before_what_had_changed_was_put_right_again(empty, tmp_path):
    write(empty)
    take_review(empty, answered(empty, "granskning-skarpnack.xlsx", (0, *SAME), elsewhere=tmp_path), KEY)
    write(empty, CHANGED)
    meanwhile = answered(empty, "granskning-skarpnack.xlsx", (0, *SAME), elsewhere=tmp_path)
    write(empty)
    assert take_review(empty, meanwhile, KEY).merged.outdated == 1
    assert write(empty).n_in_force == 1


def test_an_answer_on_what_is_now_replaces_one_that_is_not_used_whatever_its_day(empty, tmp_path):
    write(empty)
    take_review(empty, answered(empty, "granskning-skarpnack.xlsx", (0, *SAME), elsewhere=tmp_path), KEY)
    write(empty, CHANGED)
    earlier = ("olika", "Akten", "C.D.", DAY - dt.timedelta(1))
    took = take_review(empty, answered(empty, "granskning-skarpnack.xlsx", (0, *earlier), elsewhere=tmp_path), KEY)
    assert took.merged.replaced == 1
    assert write(empty, CHANGED).n_in_force == 1


def test_while_something_else_is_at_work_in_the_panel_nothing_is_taken_and_it_says_so(empty, tmp_path):
    write(empty)
    back = answered(empty, "granskning-skarpnack.xlsx", (0, *SAME), elsewhere=tmp_path)
    with lock(empty.panel), pytest.raises(InputError) as caught:
        take_review(empty, back, KEY)
    assert caught.value.code == "build-running"
    assert not empty.links.exists()


def test_of_two_lists_that_are_taken_at_once_no_answer_is_lost_without_a_word(empty, tmp_path, monkeypatch):
    write(empty)
    names = ("granskning-farsta.xlsx", "granskning-skarpnack.xlsx")
    mine, other = (answered(empty, name, (0, *SAME), elsewhere=tmp_path) for name in names)
    refused = []

    def meanwhile(path):
        with pytest.raises(InputError) as caught:
            take_review(empty, other, KEY)
        refused.append(caught.value.code)
        return read_links(path)

    with monkeypatch.context() as patch:
        patch.setattr("sigpanel.pipeline.review_answers.read_links", meanwhile)
        take_review(empty, mine, KEY)
    assert refused == ["build-running"]
    take_review(empty, other, KEY)
    assert len(read_links(empty.links).all) == 2


def test_what_was_asked_last_of_a_pair_stands_last(empty):
    for digests_ in (["d1", "d3"], ["d2"], ["d1"]):
        remember_asked(empty.registry, pl.DataFrame({"digest": digests_, "episode_a": "a", "episode_b": "b"}))
    assert read_asked(empty.registry)["digest"].to_list() == ["d3", "d2", "d1"]


def test_an_answer_to_what_has_changed_meanwhile_is_suspended_and_asked_again(empty, tmp_path):
    write(empty)
    back = answered(empty, "granskning-skarpnack.xlsx", (0, "samma", "Akten", "C.D.", DAY), elsewhere=tmp_path)
    take_review(empty, back, KEY)
    reviewed = write(empty, CHANGED)
    assert (reviewed.n_in_force, len(reviewed.not_used)) == (0, 1)
    assert [one["earlier"] for one in lines_of(reviewed.lists[0][0]) if one["earlier"]] == [
        "samma, 2024-03-01. Uppgifter har ändrats sedan dess."
    ]


def test_a_newer_answer_takes_the_place_of_an_older_one_and_not_the_other_way(empty, tmp_path):
    write(empty)
    for verdict, day in (("samma", DAY), ("olika", DAY + dt.timedelta(1)), ("vet ej", DAY)):
        back = answered(empty, "granskning-skarpnack.xlsx", (0, verdict, "Akten", "C.D.", day), elsewhere=tmp_path)
        take_review(empty, back, KEY)
    assert [one.verdict for one in read_links(empty.links).all] == ["different"]


OTHERWISE = ("olika", "Ringde", "C.D.", DAY)


def line_on_c2(study) -> int:
    found = enumerate(lines_of(study.outbox / "granskning.xlsx"))
    return next(no for no, one in found if id_of("c2") in one["episodes"])


def test_another_verdict_of_the_same_day_stops_with_both_and_flips_nothing(empty):
    write(empty)
    take_review(empty, answered(empty, "granskning.xlsx", (line_on_c2(empty), *SAME)), KEY)
    before = empty.links.read_bytes()
    theirs = answered(empty, "granskning-skarpnack.xlsx", (0, *OTHERWISE))
    with pytest.raises(InputError) as caught:
        take_review(empty, theirs, KEY)
    assert (caught.value.code, caught.value.message.splitlines()[1:]) == (
        "review-disputed",
        ["  L4: olika, 2024-03-01; owner/links.csv, line 2: samma, 2024-03-01"],
    )
    assert empty.links.read_bytes() == before
    with pytest.raises(InputError, match=r"not taken: granskning-skarpnack\.xlsx\."):
        write(empty)


def test_a_list_that_was_taken_is_taken_though_the_other_lists_answer_was_let_stand(empty):
    write(empty)
    mine = answered(empty, "granskning.xlsx", (line_on_c2(empty), *SAME))
    take_review(empty, mine, KEY)
    theirs = answered(empty, "granskning-skarpnack.xlsx", (0, *OTHERWISE))
    empty.links.write_bytes(links_as_csv(LinkDecisions()))
    assert take_review(empty, theirs, KEY).merged.added == 1
    again = take_review(empty, mine, KEY)
    assert [(met.became, met.stood.verdict) for _, met in again.met] == [("outdated", "different")]
    write(empty)
    assert [one.verdict for one in read_links(empty.links).all] == ["different"]


def test_a_list_whose_answer_was_taken_back_by_hand_is_written_anew_and_asks_again(empty):
    write(empty)
    take_review(empty, answered(empty, "granskning.xlsx", (0, *SAME)), KEY)
    empty.links.write_bytes(links_as_csv(LinkDecisions()))
    assert len(lines_of(write(empty).lists[0][0])) == 4
    answered(empty, "granskning.xlsx", (0, *SAME))
    with pytest.raises(InputError, match="not taken"):
        write(empty)


def test_an_answer_that_is_changed_back_after_it_was_taken_is_not_taken(empty):
    write(empty)
    for texts in (SAME, OTHERWISE):
        empty.links.write_bytes(links_as_csv(LinkDecisions()))
        take_review(empty, answered(empty, "granskning.xlsx", (0, *texts)), KEY)
    answered(empty, "granskning.xlsx", (0, *SAME))
    with pytest.raises(InputError, match="not taken"):
        write(empty)


def test_a_take_tells_by_line_what_stood_what_holds_now_and_what_was_begun(empty, tmp_path, monkeypatch):
    key = keys.create(tmp_path / "k.key")
    monkeypatch.setenv("SIGPANEL_KEY_FILE", str(tmp_path / "k.key"))
    write(empty, key=key)
    outputs = []
    for verdict, who, day in (
        ("samma", "A.B.", DAY),
        ("olika", "C.D.", DAY + dt.timedelta(1)),
        ("samma", "QX0619", DAY),
    ):
        back = answered(empty, "granskning-skarpnack.xlsx", (0, verdict, "Akten", who, day), elsewhere=tmp_path)
        outputs.append(run("review", "--take", back, "--study", empty.root).out.splitlines()[1:-1])
    assert outputs == [
        ["  1 nya"],
        [
            "  1 ersätter tidigare svar",
            "  L4: olika (C.D., 2024-03-02) gäller nu. Förut gällde samma (A.B., 2024-03-01).",
        ],
        [
            "  1 äldre än det svar som gäller, eller om uppgifter som har ändrats sedan dess",
            "  L4: olika (C.D., 2024-03-02) gäller fortfarande. Listan säger samma (2024-03-01).",
        ],
    ]
    begun = answered(empty, "granskning-farsta.xlsx", (1, None, "Ska ringa", "A.B.", DAY))
    told = run("review", "--take", begun, "--study", empty.root)
    (cell,) = json.loads(run("review", "--take", begun, "--study", empty.root, "--json").out)["begun"]
    assert told.code == 0
    assert told.out.splitlines()[1:-1] == [
        "  2 rader utan svar",
        f"  1 av dem påbörjad utan svar, i {cell}",
        "  Fyll i svaret eller töm raden: annars skrivs inga nya listor.",
    ]
    assert cell == f"L{lines_of(begun)[1]['row']}"


def test_what_is_not_used_is_told_in_swedish(empty, tmp_path):
    write(empty)
    take_review(empty, answered(empty, "granskning-skarpnack.xlsx", (0, *SAME), elsewhere=tmp_path), KEY)
    (line,) = write(empty, CHANGED).not_used
    assert line == (
        f"{id_of('c2')} – {id_of('c3')}: används inte, eftersom en uppgift som jämfördes har ändrats; paret frågas om "
        "igen (owner/links.csv, rad 2)"
    )


def test_answers_that_contradict_stop_and_nothing_is_written(empty, tmp_path):
    across = with_ids(pairs(pair("a1", "b1"), pair("b1", "c1"), pair("a1", "c1")))
    a1, b1, c1 = map(id_of, ("a1", "b1", "c1"))
    write(empty, the_pairs=across)
    path = empty.outbox / "granskning.xlsx"
    verdicts = {f"{a1}\n{b1}": "samma", f"{b1}\n{c1}": "samma", f"{a1}\n{c1}": "olika"}
    texts = [(no, verdicts[line["episodes"]], "Akten", "A.B.", DAY) for no, line in enumerate(lines_of(path))]
    with pytest.raises(InputError) as caught:
        take_review(empty, answered(empty, path.name, *texts, elsewhere=tmp_path), KEY)
    assert caught.value.code == "links-contradict"
    assert f"{a1} same {b1} (new), {b1} same {c1} (new), but {a1} different {c1} (new)" in caught.value.message
    assert not empty.links.exists()


def test_answers_of_another_study_stop_and_are_named_by_their_cells(empty, tmp_path):
    write(empty)
    back = answered(empty, "granskning-skarpnack.xlsx", (0, "samma", "Akten", "C.D.", DAY), elsewhere=tmp_path)
    other = create_study(tmp_path / "other")
    with pytest.raises(InputError) as caught:
        take_review(other, back, KEY)
    assert caught.value.code == "review-of-another-study"
    assert "none was taken: L4." in caught.value.message


# --- from the command line --------------------------------------------------------------------------------------------


def test_a_list_is_taken_and_told_in_figures(empty, tmp_path, monkeypatch):
    key = keys.create(tmp_path / "k.key")
    monkeypatch.setenv("SIGPANEL_KEY_FILE", str(tmp_path / "k.key"))
    write(empty, key=key)
    back = answered(empty, "granskning-skarpnack.xlsx", (0, "samma", "Akten", "C.D.", DAY), elsewhere=tmp_path)
    answer_ = run("review", "--take", back, "--study", empty.root)
    assert (answer_.code, answer_.err) == (0, "")
    assert answer_.out.splitlines() == ["Svar i listan: 1", "  1 nya", "Beslut i owner/links.csv: 1"]
    again = json.loads(run("review", "--take", back, "--study", empty.root, "--json").out)
    assert again == {
        "answers": 1, "blank": 0, "added": 0, "replaced": 0, "unchanged": 1, "outdated": 0, "decisions": 1,
        "begun": [], "met": [],
    }  # fmt: skip
    write(empty, CHANGED, key=key)
    again = answered(empty, "granskning-skarpnack.xlsx", (0, "samma", "Akten", "C.D.", DAY))
    run("review", "--take", again, "--study", empty.root)
    told = run("review", "--take", back, "--study", empty.root).out.splitlines()
    assert told[1] == ("  1 äldre än det svar som gäller, eller om uppgifter som har ändrats sedan dess")


def test_a_list_with_a_day_that_has_not_been_is_refused_by_the_clock_of_the_machine(empty, tmp_path):
    write(empty)
    later = dt.datetime.now().astimezone().date() + dt.timedelta(2)
    back = answered(empty, "granskning-skarpnack.xlsx", (0, *SAME[:3], later), elsewhere=tmp_path)
    with pytest.raises(InputError, match="O4: is a day that has not been yet"):
        take_review(empty, back, KEY)


def test_what_stands_in_the_place_of_an_id_is_never_told(study):
    study.links.write_text(
        "episode_a;episode_b;verdict;reason;who;date;digest\r\n19900101-1234;QX0619;same;x;y;2024-01-01;z\r\n",
        encoding="utf-8",
    )
    for command in ("build", "review"):
        for more in ([], ["--json"]):
            told = run(command, *more, "--study", study.root)
            assert told.code == 3
            assert "line 2, episode_a: must be the id of an episode" in told.all
            assert "19900101" not in told.all
            assert "QX0619" not in told.all


def test_a_study_is_reviewed_from_its_workbooks(study):
    answer_ = run("review", "--study", study.root)
    assert (answer_.code, answer_.err) == (0, "")
    assert "granskning.xlsx" in answer_.out
    told = json.loads(run("review", "--study", study.root, "--json").out)
    assert told["lists"][0]["file"] == str(study.outbox / "granskning.xlsx")
    assert told["not_used"] == []


def test_a_review_writes_no_release_and_the_same_twice(study):
    before = written_below(study.research)
    first = review(study)
    lists = written_below(study.outbox)
    assert review(study) == first
    assert written_below(study.outbox) == lists
    assert {path for path in written_below(study.research) if ".lock" not in path} == set(before)


def decided(study, episode_a: str, episode_b: str, verdict: str) -> None:
    """Write a decision as a review would, on what is told of the two episodes now."""
    key = keys.load(study.key_file(), forbidden=study.forbidden_for_keys)
    episodes = _resolved(study, key)[1]
    asked = pl.DataFrame({"episode_a": [episode_a], "episode_b": [episode_b]})
    digest = digests(asked, episodes, key.pseudonyms)["digest"].item()
    one = LinkDecision(episode_a, episode_b, verdict, "vet att de är två", "AA", DAY, digest)
    study.links.write_bytes(links_as_csv(LinkDecisions((one,))))


def test_a_decision_parts_two_episodes_in_the_next_release_and_says_so(study):
    first = build(study).tables
    a, b = first["links"].filter(decision="linked").select("episode_a", "episode_b").row(0)
    decided(study, a, b, "different")
    second = build(study)
    persons = dict(second.tables["episodes"].select("episode_id", "person_id").iter_rows())
    assert persons[a] != persons[b]
    events = second.tables["id_history"].filter(pl.col("episode_id").is_in([a, b]))
    assert events.select("release_no", "event", "cause").unique().rows() == [(2, "split", "decision")]
    pair_of = pl.col("episode_a").is_in([a, b]) & pl.col("episode_b").is_in([a, b])
    told = second.tables["links"].filter(pair_of)
    assert told.select("decision", "rule", "decided_by").rows() == [("rejected", "decided_different", "person")]
    assert second.decisions_not_used == ()


def test_a_decision_on_somebody_of_the_cohort_is_suspended_when_their_code_is_another(study):
    episodes = _resolved(study, keys.load(study.key_file(), forbidden=study.forbidden_for_keys))[1]
    one = episodes.filter(pl.col("uno").is_not_null(), programme="pilot").row(0, named=True)
    other = episodes.filter(pl.col("programme") != "pilot")["episode_id"].min()
    decided(study, one["episode_id"], other, "different")
    assert build(study).decisions_not_used == ()
    (file,) = study.cohort.glob("*.csv")
    text = file.read_text(encoding="utf-8")
    assert text.count(one["uno"]) == 1
    file.write_text(text.replace(one["uno"], f"VX{one['uno'][2:]}"), encoding="utf-8")
    (line,) = build(study).decisions_not_used
    assert line.startswith(f"{one['episode_id']} – {other}: suspended")


def test_a_decision_on_what_has_changed_is_not_used_and_told(study):
    a, b = build(study).tables["links"].filter(decision="linked").select("episode_a", "episode_b").row(0)
    decided(study, a, b, "different")
    study.links.write_text(study.links.read_text(encoding="utf-8")[:-6] + "0000\r\n", encoding="utf-8")
    again = build(study)
    persons = dict(again.tables["episodes"].select("episode_id", "person_id").iter_rows())
    assert persons[a] == persons[b]
    (line,) = again.decisions_not_used
    assert line.startswith(f"{a} – {b}: suspended")
    assert line in run("build", "--study", study.root).out


def test_a_list_is_found_in_the_outbox_by_its_name(released):
    review(released)
    [first, *_] = sorted(released.outbox.glob("granskning*.xlsx"))
    assert take_review(released, Path(first.name)).n_answers == 0
    with pytest.raises(InputError) as caught:
        take_review(released, Path("granskning-atlantis.xlsx"))
    assert caught.value.code == "review-missing"


def test_lists_are_written_and_taken_with_the_panels_own_key_only(released, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    other = keys.create(tmp_path / "elsewhere" / "another.key")
    review(released)
    [first, *_] = sorted(released.outbox.glob("granskning*.xlsx"))
    before = first.read_bytes()
    for act in (lambda: review(released, other), lambda: take_review(released, first, other)):
        with pytest.raises(PolicyError) as caught:
            act()
        assert caught.value.code == "key-of-another-panel"
    assert first.read_bytes() == before
