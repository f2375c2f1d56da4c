"""Somebody has two codes and says no by the one, then by the other: the wider of what was said holds, by either."""

import polars as pl
import pytest

from sigpanel import audit
from sigpanel.cli.show_custody import show_withdrew
from sigpanel.decisions import read_withdrawals
from sigpanel.errors import InputError
from sigpanel.panel import open_panel
from sigpanel.pipeline.audit_log import owner_log
from sigpanel.pipeline.build import build
from sigpanel.pipeline.check import check
from sigpanel.pipeline.recall import Cut
from sigpanel.pipeline.withdraw import pending
from tests.support.study import Book, F, copied, make_study, said
from tests.support.withdraw import KEY, SHARED, TWO, episodes_under, take_out

OTHERS, OWN = "AB0610", "AB0619"
BOOKS = (
    Book("2022/Farsta unga.xlsx", "sig-unga-2022", 2, (said(OTHERS, "2022-03-01", 15), said(F, "2022-03-01", 12))),
    Book("2023/Farsta unga.xlsx", "sig-unga-2022", 2, (said(OWN, "2022-03-01", 15, "2023-02-01"),)),
)
WIDER = "En person som redan var uttagen ur forskningen är nu uttagen ur stadens egna siffror också."
CHANGED_NOTHING = (
    "Inget nytt är antecknat: den som det gäller är redan uttagen ur minst lika mycket, genom ett annat uttag."
)


@pytest.fixture(scope="module")
def built_two_codes(tmp_path_factory):
    """A study with somebody whose code was corrected; released, only to be read."""
    study = make_study(tmp_path_factory.mktemp("codes") / "study", BOOKS, None)
    build(study)
    return study


@pytest.fixture
def study(built_two_codes, tmp_path):
    return copied(built_two_codes, tmp_path / "study")


@pytest.fixture
def two(tmp_path):
    """Two persons with one code, of whom the first is out of research."""
    study = make_study(tmp_path / "study", TWO, None)
    build(study)
    first, second = episodes_under(study, SHARED).sort("enrolled_on")["episode_id"]
    take_out(study, episode=first)
    return study, first, second


def scopes(study):
    return {one.id: one.scope for one in read_withdrawals(study.withdrawals).all}


def counted(study) -> list[int]:
    """How many persons each workbook counts with in the city's own figures."""
    return check([study.submissions], study=study).grid["n_persons"].drop_nulls().to_list()


def logged(study):
    return [entry.detail for entry in audit.read(owner_log(study).path) if entry.event == "withdrawn"]


def first_line(done) -> str:
    return show_withdrew(done).splitlines()[0]


def cuts(_):
    return [Cut("all-v1", "r0001", lambda tables: tables["episodes"].select("person_id").unique().collect())]


# --- out of more ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("first", "then"), [(OWN, OTHERS), (OTHERS, OWN)])
def test_out_of_statistics_by_the_other_code_is_written_down_told_and_done(study, first, then):
    assert take_out(study, first, scope="research").n_persons == 1
    assert counted(study) == [2, 1]
    done = take_out(study, then, scope="statistics", reason="erasure")
    assert counted(study) == [1, 0]
    assert scopes(study) == {KEY.pseudonym("uno", first): "research", KEY.pseudonym("uno", then): "statistics"}
    assert logged(study) == ["research", "statistics"]
    assert (done.n_persons, done.n_widened, done.is_known, done.is_written) == (0, 1, False, True)
    assert first_line(done) == WIDER
    assert not pending(study, KEY)
    assert build(study).overview.grid["n_persons"].drop_nulls().to_list() == [1, 0]


def test_by_the_same_code_it_is_told_what_was_changed_and_so_it_is_when_it_is_less(study):
    take_out(study, OWN, scope="research")
    wider = take_out(study, OWN, scope="statistics")
    assert (first_line(wider), counted(study)) == (WIDER, [1, 0])
    again = take_out(study, OWN, scope="statistics")
    assert (first_line(again), again.is_written) == ("Det var redan antecknat.", False)
    less = take_out(study, OWN, scope="research")
    assert counted(study) == [2, 1]
    assert first_line(less) == ("En person är nu bara uttagen ur forskningen, och räknas igen i stadens egna siffror.")
    assert logged(study) == ["research", "statistics"]


def test_less_by_the_other_code_changes_nothing_and_says_so(study):
    take_out(study, OWN, scope="statistics")
    before = study.withdrawals.read_bytes()
    done = take_out(study, OTHERS, scope="research")
    assert (first_line(done), done.is_written) == (CHANGED_NOTHING, False)
    assert (study.withdrawals.read_bytes(), counted(study)) == (before, [1, 0])


def test_less_by_one_code_is_nothing_where_the_other_said_more(study):
    take_out(study, OWN, scope="statistics")
    take_out(study, OTHERS, scope="statistics", even_so=True)
    done = take_out(study, OWN, scope="research")
    assert (done.is_written, done.n_narrowed, counted(study)) == (True, 0, [1, 0])
    assert first_line(done) == "Det som var antecknat är ändrat. Ingen person i studien berörs av ändringen nu."


def test_an_episode_asks_for_more_as_a_code_does(study):
    (episode,) = episodes_under(study, OWN)["episode_id"]
    take_out(study, OWN, scope="research")
    assert first_line(take_out(study, episode=episode, scope="statistics")) == WIDER
    assert counted(study) == [1, 0]


# --- of several persons -----------------------------------------------------------------------------------------------


def test_who_is_out_already_may_be_the_one_who_asks_for_more_by_a_code_of_two(two):
    study, first, second = two
    before = study.withdrawals.read_bytes()
    with pytest.raises(InputError) as caught:
        take_out(study, SHARED, scope="statistics")
    assert caught.value.code == "withdraw-ambiguous"
    assert [episode in caught.value.message for episode in (first, second)] == [True, True]
    assert study.withdrawals.read_bytes() == before
    # What the one who is out has said already, only the other one can mean.
    assert take_out(study, SHARED, scope="research").n_persons == 1


def test_all_who_have_a_code_go_out_of_more_where_that_is_asked_for_and_each_is_told(two):
    study, _, _ = two
    done = take_out(study, SHARED, scope="statistics", everybody=True)
    assert (done.n_persons, done.n_widened) == (1, 1)
    assert show_withdrew(done).splitlines()[:2] == ["En person är uttagen, med alla sina insatsperioder.", WIDER]
    assert sorted(counted(study)) == [0, 1]


def test_a_line_that_has_come_to_be_about_two_is_not_changed_for_both_unasked(two):
    study, _, _ = two
    take_out(study, SHARED, scope="research")
    with pytest.raises(InputError) as caught:
        take_out(study, SHARED, scope="statistics")
    assert caught.value.code == "withdraw-ambiguous"
    assert take_out(study, SHARED, scope="statistics", everybody=True).n_widened == 2


# --- extracts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", ["research", "statistics"])
def test_extracts_that_hold_the_person_are_told_by_whichever_code_it_is_asked(study, scope):
    assert take_out(study, OWN, extracts=cuts).recall == ("all-v1",)
    assert take_out(study, OTHERS, scope=scope, extracts=cuts).recall == ("all-v1",)
    assert take_out(study, OWN, scope=scope, extracts=cuts).recall == ("all-v1",)


def test_extracts_of_others_are_not_told(study):
    def of_the_other(_):
        whom = KEY.pseudonym("uno", F)
        return [
            Cut("f-v1", "r0001", lambda tables: tables["episodes"].filter(uno_id=whom).select("person_id").collect())
        ]

    for code in (OWN, OTHERS):
        done = take_out(study, code, extracts=of_the_other)
        assert (done.recall, done.unsure) == ((), ())


def test_an_episode_that_no_workbook_holds_any_more_is_the_persons_by_either_code(tmp_path):
    again = Book("2024/Farsta unga.xlsx", "sig-unga-2024", 2, (said(OWN, "2023-09-01", 16, "2024-02-01"),))
    study = make_study(tmp_path / "study", (*BOOKS, again), None)
    build(study)
    later = open_panel(study.panel).episodes.filter(pl.col("enrolled_on").dt.year() == 2023).collect()["episode_id"]
    assert later.len() == 1
    of_later = [Cut("later-v1", "r0001", lambda tables: _persons_of(tables, later))]
    take_out(study, OWN, extracts=lambda _: of_later)
    (study.submissions / again.file).unlink()
    build(study)
    assert take_out(study, OTHERS, extracts=lambda _: of_later).recall == ("later-v1",)


def _persons_of(tables, episodes):
    return tables["episodes"].filter(pl.col("episode_id").is_in(episodes.implode())).select("person_id").collect()
