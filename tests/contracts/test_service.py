"""How a release serves a consumer: complete, valid and in time, for whom it was asked."""

import datetime as dt

import polars as pl
import pytest

from sigpanel.contracts.consumers import Levels, consumer
from sigpanel.contracts.described import relied_on
from sigpanel.contracts.sentences import sentences
from sigpanel.contracts.service import completeness, serve
from sigpanel.forms import districts_listed

NAME = "evaluation-followup"


def tables(**changed: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """A release in the small: twelve boys of Farsta, enrolled in 2022, and what they answered."""
    episodes = pl.DataFrame(
        [(f"e{at}", "unga", "farsta", dt.date(2022, 3, 1), None) for at in range(12)],
        schema=["episode_id", "programme", "district", "enrolled_on", "discharged_on"], orient="row",
        schema_overrides={"discharged_on": pl.Date},
    ).with_columns(first_reported_year=pl.lit(2022, pl.Int16), last_reported_year=pl.lit(2022, pl.Int16))  # fmt: skip
    reasons = [None] * 6 + ["unknown", "declined", "blank", "invalid", "not_asked", "not_collected"]
    answers = pl.DataFrame(
        [(f"e{at}", "enrolment", "mental_health", reason) for at, reason in enumerate(reasons)],
        schema=["episode_id", "moment", "variable", "missing"], orient="row",
    )  # fmt: skip
    sent = [
        (programme, district, year, "accepted")
        for programme, first in (("unga", 2022), ("vuxna", 2020))
        for year in range(first, 2024)
        for district in sorted(districts_listed(programme, year))
    ]
    of_sent = ["programme", "district", "reported_year", "status"]
    submissions = pl.DataFrame(sent, schema=of_sent, orient="row")
    cohort = pl.DataFrame(
        {
            "status": ["linked", "linked", "not_linkable", "ambiguous"],
            "n_observed_years": pl.Series([5, 6, 4, None], dtype=pl.Int16),
            "n_unobserved_years": pl.Series([0, 0, 2, None], dtype=pl.Int16),
        }
    )
    return {"episodes": episodes, "answers": answers, "submissions": submissions, "cohort": cohort, **changed}


QUALITY = {"levels": {"standard": {"pairs": 40, "precision": {"low": 0.97, "high": 0.99}}}}
TODAY = dt.date(2024, 4, 1)


def verdicts(**changed) -> dict[str, list[tuple]]:
    told: dict[str, list[tuple]] = {}
    for one in serve(consumer(NAME), tables(**changed), QUALITY, TODAY):
        # The small release has answers to one question only.
        if one.mend == "none_asked":
            continue
        told.setdefault(one.check, []).append((one.verdict, one.n, one.value))
    return told


def test_asked_filled_and_answered_are_told_apart():
    told = completeness(tables(), ["mental_health"])
    assert told.select("district", "year", "asked", "filled", "answered").rows() == [
        ("all", 2022, 10, 8, 6),
        ("farsta", 2022, 10, 8, 6),
    ]


def test_a_cell_is_held_against_two_levels():
    assert Levels(warn=0.9, fail=0.5).verdict(0.95) == "kept"
    assert Levels(warn=0.9, fail=0.5).verdict(0.5) == "warned"
    assert Levels(warn=0.9, fail=0.5).verdict(0.49) == "broken"
    assert verdicts()["completeness.health.filled"] == [("warned", 10, 0.8)] * 2
    assert verdicts()["completeness.health.answered"] == [("kept", 10, 0.6)] * 2


def unasked(**changed) -> set[tuple]:
    """What nobody in a release was asked, as broken: variable, moment, programme."""
    told = [one for one in serve(consumer(NAME), tables(**changed), QUALITY, TODAY) if one.mend == "none_asked"]
    assert {(one.verdict, one.n, one.value) for one in told} <= {("broken", 0, 0.0)}
    return {tuple(one.cell.values()) for one in told}


def test_what_a_form_asks_and_nobody_in_the_release_was_asked_is_broken():
    answers, sent = tables()["answers"], tables()["submissions"]
    asked = ("mental_health", "enrolment", "unga")
    assert asked not in unasked()
    assert ("mental_health", "discharge", "unga") in unasked()
    assert asked in unasked(answers=answers.clear())
    assert asked in unasked(answers=answers.with_columns(missing=pl.lit("not_collected")))
    # Of a programme that never reported, coverage tells.
    assert {programme for *_, programme in unasked(submissions=sent.filter(programme="vuxna"))} == {"vuxna"}


def test_an_episode_without_a_date_is_counted_in_the_year_of_its_report():
    undated = tables()["episodes"].with_columns(
        enrolled_on=pl.lit(None, pl.Date), first_reported_year=pl.lit(2023, pl.Int16)
    )
    told = completeness(tables(episodes=undated), ["mental_health"])
    assert told.select("district", "year", "asked").rows() == [("all", 2023, 10), ("farsta", 2023, 10)]


def test_too_few_are_not_judged():
    few = tables()["answers"].head(9)
    assert verdicts(answers=few)["completeness.health.filled"] == [("too_few", 9, None)] * 2


def test_a_district_that_did_not_report_is_missed():
    sent = tables()["submissions"]
    assert {verdict for verdict, *_ in verdicts()["coverage"]} == {"kept"}
    without = sent.filter(~((pl.col("district") == "farsta") & (pl.col("reported_year") == 2023)))
    told = [(verdict, n) for verdict, n, _ in verdicts(submissions=without)["coverage"] if verdict != "kept"]
    assert told == [("warned", len(districts_listed("unga", 2023))), ("warned", len(districts_listed("vuxna", 2023)))]
    nobody = verdicts(submissions=sent.filter(programme="unga"))["coverage"]
    assert [one for one in nobody if one[0] == "broken"] == [("broken", len(districts_listed("vuxna", year)), 0.0)
                                                             for year in range(2020, 2024)]  # fmt: skip


def missed(one, submissions, today=TODAY):
    """The years of SIG unga of which nobody sent anything, as coverage tells them."""
    told = serve(one, tables(submissions=submissions), QUALITY, today)
    return [each.cell["year"] for each in told if each.check == "coverage" and each.cell["programme"] == "unga"
            and (each.verdict, each.value, each.n > 0) == ("broken", 0.0, True)]  # fmt: skip


def test_a_year_of_which_nobody_sent_anything_is_missed(contract_with):
    sent, one = tables()["submissions"], consumer(NAME)
    assert missed(one, sent) == []
    assert missed(one, sent.filter(pl.col("reported_year") != 2022)) == [2022]
    assert missed(one, sent, dt.date(2026, 2, 28)) == [2024]
    assert missed(one, sent, dt.date(2026, 3, 1)) == [2024, 2025]
    assert missed(one, sent.clear()) == [2022, 2023]
    # A later year that came before it was due is judged with the gap before it.
    assert missed(one, pl.concat([sent, sent.head(1).with_columns(reported_year=pl.lit(2025, pl.Int64))])) == [2024]
    since = contract_with(lambda raw: raw["coverage"].update(from_year=2023))
    assert missed(since, sent.clear()) == [2023]
    undated = contract_with(lambda raw: raw.pop("timeliness"))
    assert missed(undated, sent, dt.date(2026, 3, 1)) == []


def test_what_would_mend_a_share_is_told_by_what_lacks():
    def mends(reasons, district="farsta", came="farsta", year=2022):
        answers = pl.DataFrame(
            [(f"e{at}", "enrolment", "mental_health", reason) for at, reason in enumerate(reasons)],
            schema=["episode_id", "moment", "variable", "missing"], orient="row",
        )  # fmt: skip
        sent = tables()["submissions"].filter(pl.col("district") == came)
        episodes = tables()["episodes"].with_columns(district=pl.lit(district), enrolled_on=pl.date(year, 3, 1))
        told = serve(consumer(NAME), tables(answers=answers, submissions=sent, episodes=episodes), QUALITY, TODAY)
        return {(one.check.rpartition(".")[2], one.cell["district"]): one.mend for one in told
                if one.check.startswith("completeness") and one.mend != "none_asked"}  # fmt: skip

    coded, empty = [None] * 2 + ["unknown"] * 8 + ["blank"] * 2, [None] * 2 + ["unknown"] + ["blank"] * 9
    assert mends(coded) == {
        ("filled", "all"): "filled", ("answered", "all"): "answered",
        ("filled", "farsta"): "filled", ("answered", "farsta"): "answered",
    }  # fmt: skip
    assert mends(empty)["answered", "farsta"] == "filled"
    # What the district reports of its persons in other years is no sign that it sent that year's workbook.
    assert mends(coded, "skarpnack")["answered", "skarpnack"] == "not_sent"
    assert mends(empty, "skarpnack")["filled", "skarpnack"] == "not_sent"
    # A merged district sent what those before it sent; and nothing is missed of a year that no form was for.
    assert mends(empty, "jarva", came="rinkeby_kista")["filled", "jarva"] == "filled"
    assert mends(empty, "jarva")["filled", "jarva"] == "not_sent"
    assert mends(coded, "skarpnack", year=2021)["answered", "skarpnack"] == "answered"


def test_every_mend_has_its_words():
    told = serve(consumer(NAME), tables(), QUALITY, TODAY)
    assert {one.mend for one in told if one.mend} <= sentences().asked_mend.keys()


def test_the_cohort_is_decided_and_followed_as_far_as_it_is():
    assert verdicts()["linkage.decided"] == [("broken", 4, 0.75)]
    assert verdicts()["horizon"] == [("warned", 4, 0.5)]
    assert verdicts(cohort=tables()["cohort"].clear())["horizon"] == [("broken", 0, None)]


def test_precision_is_held_at_the_low_end_of_its_range():
    assert verdicts()["linkage.precision"] == [("kept", 40, 0.97)]


@pytest.mark.parametrize(
    ("today", "verdict"),
    [
        (dt.date(2024, 2, 29), "kept"),
        (dt.date(2024, 3, 1), "kept"),
        (dt.date(2025, 2, 28), "kept"),
        (dt.date(2025, 3, 1), "broken"),
    ],
)
def test_from_the_first_of_march_on_the_year_before_is_due(today, verdict):
    [one] = [each for each in serve(consumer(NAME), tables(), QUALITY, today) if each.check == "timeliness"]
    assert (one.verdict, one.n, one.value) == (verdict, 1, float(verdict == "kept"))


def test_what_a_consumer_does_not_ask_for_is_no_level_and_is_not_judged(contract_with):
    def without(*asked):
        return contract_with(lambda raw: [raw.pop(name) for name in asked])

    asked = ("completeness", "coverage", "linkage", "horizon", "timeliness")
    none = without(*asked)
    assert serve(none, tables(), QUALITY, TODAY) == []
    assert (relied_on(none)["thresholds"], relied_on(none)["ceilings"]) == ({}, {})
    for name in asked:
        judged = {one.check.partition(".")[0] for one in serve(without(name), tables(), QUALITY, TODAY)}
        assert judged == {*asked} - {name}
    precise = contract_with(lambda raw: raw["linkage"].pop("decided"))
    assert "linkage.decided" not in {one.check for one in serve(precise, tables(), QUALITY, TODAY)}
