"""Shapes and sums beside the same ones put together row by row, on the demonstration's panel."""

from collections import Counter

import polars as pl
import pytest

import sigpanel
from sigpanel.analysis.answers import moments_of
from sigpanel.contracts.codes import questions
from sigpanel.forms import variables

NUMBER, CODED = "mental_health", "school_enrolled"


@pytest.fixture(scope="module")
def answers() -> dict[tuple[str, str, str], tuple[object, object]]:
    """By episode, moment and variable: the value and why there is none."""
    rows = sigpanel.demo_panel().table("waves").collect().to_dicts()
    return {
        (row["episode_id"], row["moment"], name): (row[name], row[f"{name}__missing"])
        for row in rows
        for name in variables()
    }


def test_long_rows_are_the_answers_of_every_moment_at_which_they_are_asked(answers):
    told = {
        (row["episode_id"], row["moment"], row["variable"]): (row["value"], row["missing"])
        for row in sigpanel.demo_panel().long().iter_rows(named=True)
    }
    assert told == {key: each for key, each in answers.items() if key[1] in moments_of(key[2])}


def test_wide_rows_are_the_same_answers_beside_each_other(answers):
    told = {
        (row["episode_id"], moment, name): (row[f"{name}{suffix}"], row[f"{name}{suffix}__missing"])
        for row in sigpanel.demo_panel().wide(missing=True).iter_rows(named=True)
        for moment, suffix in (("enrolment", "__in"), ("discharge", "__out"))
        for name in variables()
        if moment in moments_of(name)
    }
    asked = {key: each for key, each in answers.items() if key[1] in moments_of(key[2])}
    assert {key: each for key, each in told.items() if key in asked} == asked
    # What has not happened yet was not answered, and nobody says why not.
    assert {each for key, each in told.items() if key not in asked} == {(None, None)}


def both_answers(answers, name):
    for (episode, moment, variable), (value, _) in answers.items():
        if variable == name and moment == "enrolment":
            later = answers.get((episode, "discharge", name), (None, None))[0]
            if value is not None and later is not None:
                yield value, later


def test_a_change_of_points_is_of_the_episodes_with_both_answers(answers):
    pairs = list(both_answers(answers, NUMBER))
    [told] = sigpanel.demo_panel().change(NUMBER, protect=False).to_dicts()
    directions = Counter((later > at) - (later < at) for at, later in pairs)
    assert (told["episodes"], told["lower"], told["same"], told["higher"]) == (
        len(pairs), directions[-1], directions[0], directions[1],
    )  # fmt: skip
    assert told["difference"] == pytest.approx(sum(later - at for at, later in pairs) / len(pairs))


def test_a_change_of_alternatives_counts_each_pair_of_them(answers):
    word = {code.code: code.token for each in questions(CODED) for code in each.answer.codes}
    told = sigpanel.demo_panel().change(CODED, protect=False)
    assert {(row[0], row[1]): row[3] for row in told.iter_rows()} == Counter(
        (word[at], word[later]) for at, later in both_answers(answers, CODED)
    )


@pytest.mark.parametrize("width", [1, 91, 365, 5000])
def test_periods_are_walked_day_by_day(width):
    told = sigpanel.demo_panel().person_periods("enrolment", "discharge", width=width)
    walked = []
    for row in sigpanel.demo_panel().survival("enrolment", "discharge").drop_nulls("event").iter_rows(named=True):
        start = row["entry"]
        while start < row["time"]:
            stop = min((start // width + 1) * width, row["time"])
            happened = row["event"] if stop == row["time"] else 0
            walked.append((row["person_id"], start // width + 1, start, stop, happened))
            start = stop
    assert told.rows() == walked
    assert told["event"].sum() == sum(1 for row in walked if row[4])
    assert told.schema["period"] == pl.Int64
