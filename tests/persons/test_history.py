"""What became of ids: merged or split, and the first cause that applies."""

import polars as pl
import pytest

from sigpanel.persons import facts
from sigpanel.persons.history import decided_rows, events, withdrawn
from tests.support.episodes import episodes
from tests.support.reports import pseudonyms


def told(*rows: str) -> pl.DataFrame:
    """Rows of episode, person and what is told of the episode."""
    schema = dict.fromkeys(("episode_id", "person_id", "facts"), pl.String)
    return pl.DataFrame([tuple(row.split()) for row in rows], schema, orient="row")


BEFORE = told("a p f", "b q f", "c r f", "d r f")


def test_where_everybody_is_who_they_were_nothing_happened():
    assert events(BEFORE, BEFORE).is_empty()


def test_what_was_not_known_before_is_no_event():
    assert events(told("a p f", "e s f"), BEFORE).is_empty()


def test_two_who_turn_out_to_be_one_are_merged_and_the_one_that_keeps_the_id_has_no_event():
    now = told("a p f", "b p f", "c r f", "d r f")
    assert events(now, BEFORE).rows() == [("b", "q", "merged", "weights_moved")]


def test_one_who_turns_out_to_be_two_is_split():
    now = told("a p f", "b q f", "c r f", "d s f")
    assert events(now, BEFORE).rows() == [("d", "r", "split", "weights_moved")]


@pytest.mark.parametrize(
    ("now", "decided", "other_parameters", "cause"),
    [
        (told("a p f", "b p f"), [], False, "weights_moved"),
        (told("a p f", "b p f", "e p f"), [], False, "new_evidence"),
        (told("a p x", "b p f", "e p f"), [], False, "facts_changed"),
        (told("a p f", "b p x"), [], False, "facts_changed"),
        (told("a p x", "b p f", "e p f"), ["a"], False, "decision"),
        (told("a p x", "b p f", "e p f"), ["a"], True, "parameters"),
    ],
)
def test_the_first_cause_that_applies_is_told(now, decided, other_parameters, cause):
    assert events(now, BEFORE, decided, is_by_other_parameters=other_parameters)["cause"].to_list() == [cause]


def test_an_episode_that_was_gone_and_is_back_is_new_evidence():
    before = told("a p f", "b b f")
    assert events(told("a p f", "b p f"), before, absent=["a"]).rows() == [("b", "b", "merged", "new_evidence")]
    # And if it comes back as somebody else's, that is told of itself.
    assert events(told("a b f", "b b f"), before, absent=["a"]).rows() == [("a", "p", "merged", "new_evidence")]


def test_an_episode_that_was_gone_already_is_the_cause_of_nothing():
    before = told("a p f", "z p f", "c r f")
    now = told("a r x", "c r f")
    assert events(now, before)["cause"].to_list() == ["episode_gone"]
    assert events(now, before, absent=["z"])["cause"].to_list() == ["facts_changed"]


def test_a_change_in_somebody_else_is_no_cause():
    assert events(told("a p f", "b p f", "c r x", "d r f"), BEFORE)["cause"].to_list() == ["weights_moved"]


def test_a_later_report_that_says_the_same_changes_no_facts_and_a_corrected_one_does():
    table = """
        name code   age
        a    AP0712 15
    """
    again, corrected = (
        episodes(table.replace("age", "age last").replace("15", "15 2024")),
        episodes(table.replace("15", "16")),
    )
    first = facts(episodes(table), pseudonyms)
    assert facts(again, pseudonyms).equals(first)
    assert not facts(corrected, pseudonyms).equals(first)


def test_a_person_whose_founder_is_gone_is_renamed_and_nobody_is_merged():
    now = told("a p f", "b q f", "d d f")
    assert events(now, BEFORE).rows() == [("d", "r", "renamed", "episode_gone")]


def test_a_decision_that_was_taken_back_is_the_cause_of_what_comes_of_it():
    before = told("a p f", "b p f")
    yes = pl.DataFrame({"episode_a": ["a"], "episode_b": ["b"], "verdict": ["same"]})
    remembered = decided_rows(yes).with_columns(pl.lit("p").alias("person_id"))
    back = withdrawn(remembered, yes.clear())
    assert back.to_list() == ["a", "b"]
    assert withdrawn(remembered, yes).is_empty()
    assert withdrawn(None, yes).is_empty()
    assert events(told("a p f", "b b f"), before, back).rows() == [("b", "p", "split", "decision")]
