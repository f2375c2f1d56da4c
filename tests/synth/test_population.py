"""The invented persons, what happens to them, and which of it is reported, for several seeds."""

import datetime as dt
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest

from sigpanel.forms import form, harmonised
from sigpanel.synth import NOT_SENT_AGAIN
from sigpanel.synth import answers as answers_of
from sigpanel.synth.population import PILOT_PERSONS, Episode, Window, population
from sigpanel.synth.reports import reports

WINDOW = Window(2020, 2029)


def chance(seed: object) -> Random:
    return Random(f"{seed}")  # noqa: S311 - it makes examples, no secrets


@pytest.fixture(scope="module", params=[1, 2, 3])
def episodes(request: pytest.FixtureRequest) -> list[Episode]:
    return population(chance(request.param), WINDOW, 450)


# Persons and episodes, for several seeds


def lives(episodes: list[Episode]) -> list[list[Episode]]:
    by_person: dict[int, list[Episode]] = {}
    for episode in episodes:
        by_person.setdefault(episode.person.no, []).append(episode)
    return list(by_person.values())


def test_no_person_is_enrolled_twice_at_one_time(episodes):
    for life in lives(episodes):
        for earlier, later in pairwise(life):
            assert earlier.discharged is not None
            assert earlier.discharged <= later.enrolled
            assert earlier.discharged < later.enrolled or harmonised(earlier.district) != harmonised(later.district)


def test_episodes_are_numbered_in_order_and_end_after_they_begin(episodes):
    assert [episode.no for episode in episodes] == list(range(len(episodes)))
    assert all(episode.discharged is None or episode.discharged > episode.enrolled for episode in episodes)
    assert all(episode.enrolled <= WINDOW.end for episode in episodes)
    assert all((episode.discharged is None) == (episode.reason == "") for episode in episodes)


def test_persons_return_move_grow_up_and_change_name(episodes):
    pairs = [pair for life in lives(episodes) for pair in pairwise(life)]
    assert sum((later.enrolled - earlier.discharged).days > 14 for earlier, later in pairs) > 50
    assert sum(earlier.discharged == later.enrolled for earlier, later in pairs) > 10
    assert sum((earlier.programme, later.programme) == ("unga", "vuxna") for earlier, later in pairs) > 10
    assert sum(earlier.programme == "pilot" for earlier, _ in pairs) > 5
    assert any(earlier.code != later.code for earlier, later in pairs)
    assert any(episode.person.coordination and int(episode.code[4:]) > 60 for episode in episodes)


def test_nobody_returns_to_the_youth_programme_from_the_adults(episodes):
    pairs = [pair for life in lives(episodes) for pair in pairwise(life)]
    assert not [pair for pair in pairs if (pair[0].programme, pair[1].programme) == ("vuxna", "unga")]


def test_ages_fit_the_programme(episodes):
    for episode in episodes:
        low, high = {"unga": (11, 21), "vuxna": (17, 60), "pilot": (19, 30)}[episode.programme]
        assert low <= episode.age <= high


def test_some_persons_share_a_code_in_each_of_three_ways(episodes):
    people = {episode.person.no: episode.person for episode in episodes if not episode.person.cohort_id}
    by_code: dict[str, list[object]] = {}
    for person in people.values():
        by_code.setdefault(person.code(dt.date.min), []).append(person)
    pairs = [pair for sharing in by_code.values() for pair in pairwise(sharing)]
    assert any(one.sex != other.sex for one, other in pairs)
    assert any(one.sex == other.sex and one.born.month != other.born.month for one, other in pairs)
    assert any((one.sex, one.born) == (other.sex, other.born) for one, other in pairs)


def test_the_pilot_is_a_hundred_and_twenty_five_persons_of_two_districts(episodes):
    pilot = [episode for episode in episodes if episode.programme == "pilot"]
    assert len(pilot) == len({episode.person.no for episode in pilot}) == PILOT_PERSONS == 125
    assert {episode.district for episode in pilot} == {"rinkeby_kista", "spanga_tensta"}
    assert {episode.enrolled.year for episode in pilot} == {2013, 2014, 2015, 2016}


# What is reported


@pytest.fixture(scope="module")
def reported(episodes) -> dict[int, list[int]]:
    years: dict[int, list[int]] = {}
    for made in reports(chance(1), WINDOW, episodes).values():
        for report in made:
            years.setdefault(report.episode.no, []).append(report.year)
    return {no: sorted(found) for no, found in years.items()}


def test_two_districts_send_an_ongoing_episode_once_and_again_when_it_ends(episodes, reported):
    theirs = [episode for episode in episodes if episode.district in NOT_SENT_AGAIN and episode.no in reported]
    assert len(theirs) > 20
    assert max(len(reported[episode.no]) for episode in theirs) == 2


def test_episodes_are_reported_late_lost_and_silent(episodes, reported):
    lost = silent = truncated = 0
    for episode in episodes:
        years = reported.get(episode.no)
        if not years:
            continue
        last = episode.discharged.year if episode.discharged else WINDOW.last
        lost += years[-1] < last
        silent += episode.district not in NOT_SENT_AGAIN and len(years) < years[-1] - years[0] + 1
        truncated += episode.enrolled.year < years[0]
    assert min(lost, truncated) > 5
    assert silent > 0


def test_an_episode_over_before_its_programme_was_watched_is_in_no_workbook(episodes, reported):
    early = [episode for episode in episodes if episode.ended_by(dt.date(2019, 12, 31))]
    assert early
    assert not any(episode.no in reported for episode in early)


def test_a_variable_nobody_has_an_opinion_on_gets_some_answer_of_the_form(monkeypatch, episodes):
    asked = form("sig-vuxna-2024")
    new = [
        replace(asked.by_key["stable_housing", "enrolment"], no=33, variable="debts"),
        replace(asked.by_key["mental_health", "enrolment"], no=34, variable="sleep"),
    ]
    monkeypatch.setattr(answers_of, "forms", lambda: {"new": replace(asked, questions=(*asked.questions, *new))})
    adult = next(episode for episode in episodes if episode.programme == "vuxna")
    drawn = [answers_of.answers(chance(seed), adult) for seed in range(60)]
    assert {answers["debts", "enrolment"] for answers in drawn} == {"yes", "no", "unknown"}
    assert {answers["sleep", "enrolment"] for answers in drawn} >= set(range(1, 11))
