"""Defects planted in a good release, each with the rules that it breaks and in how many rows: nothing else may be.

A defect is a function from the tables to those that it changes. `CANARY` is the word that stands where a value does, so
that a value which comes out somewhere is seen.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from unittest.mock import ANY

import polars as pl

CANARY = "KANARIE-999"
Tables = Mapping[str, pl.DataFrame]
Planted = tuple[Callable[[Tables], dict[str, pl.DataFrame]], dict[str, int]]

_c = pl.col


def put(name: str, where: pl.Expr | bool = True, **values: object) -> Callable[[Tables], dict[str, pl.DataFrame]]:
    """Other values in the first row of a table that is such."""

    def plant(tables: Tables) -> dict[str, pl.DataFrame]:
        frame = tables[name]
        place = frame.with_row_index("at").filter(where).item(0, "at")
        here = pl.int_range(pl.len()) == place
        return {
            name: frame.with_columns(
                pl.when(here).then(pl.lit(value, frame.schema[column])).otherwise(column).alias(column)
                for column, value in values.items()
            )
        }

    return plant


def made(name: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> Callable[[Tables], dict[str, pl.DataFrame]]:
    """A table as a function of itself."""
    return lambda tables: {name: change(tables[name])}


def repeated(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame whose first row stands twice."""
    return pl.concat([frame.head(1), frame])


def both(*plants: Callable[[Tables], dict[str, pl.DataFrame]]) -> Callable[[Tables], dict[str, pl.DataFrame]]:
    """Some defects at once."""

    def plant(tables: Tables) -> dict[str, pl.DataFrame]:
        changed: dict[str, pl.DataFrame] = {}
        for each in plants:
            changed |= each({**tables, **changed})
        return changed

    return plant


def answer(
    variable: str, where: pl.Expr | bool = True, /, **values: object
) -> Callable[[Tables], dict[str, pl.DataFrame]]:
    """Other values in the first answer to a question at enrolment."""
    return put("answers", (_c("variable") == variable) & (_c("moment") == "enrolment") & where, **values)


_HOUSED = (_c("moment") == "enrolment") & (_c("stable_housing") == 1)
_IN_SCHOOL = (_c("moment") == "enrolment") & (_c("school_enrolled") == 1) & _c("school_functioning").is_not_null()
_SECOND_AND_LAST = (_c("episode_no") == 2) & (_c("episode_no").max().over("person_id") == 2)
_LONG_AGO = dt.date(2001, 1, 1)

DEFECTS: dict[str, Planted] = {
    # columns and types
    "columns in another order": (
        made("submissions", lambda frame: frame.select(reversed(frame.columns))), {"submissions.columns": 1},
    ),
    "a column that nobody described": (
        made("ledger", lambda frame: frame.with_columns(comment=pl.lit(CANARY))), {"ledger.columns": 1},
    ),
    "a column that is not there": (
        made("links", lambda frame: frame.drop("score")),
        {"links.columns": 1, "links.score.type": 1, "links.score_is_a_probability": ANY},
    ),
    "numbers that are wider than said": (
        made("cohort", lambda frame: frame.cast({"n_unobserved_years": pl.Int32})),
        {"cohort.n_unobserved_years.type": 1},
    ),
    "dates that are texts": (
        made("waves", lambda frame: frame.cast({"observed_on": pl.String})), {"waves.observed_on.type": 1},
    ),
    # what is never null, and what is a word
    "a change that nobody reported": (
        put("revisions", new_reported_year=None), {"revisions.new_reported_year.not_null": 1},
    ),
    "a part of a key that is null, twice": (
        both(
            put("availability", _c("variable") == "mental_health", edition=None),
            put("availability", _c("edition").is_not_null() & (_c("variable") == "mental_health"), edition=None),
        ),
        # And the answers of those two have nothing that is said of their edition.
        {"availability.edition.not_null": 2, "availability.all_or_none": 2, "availability.in_order": 1},
    ),
    "a status that no vocabulary has": (
        put("submissions", status=CANARY), {"submissions.status.in_set": 1},
    ),
    "a district that no vocabulary has": (
        put("episodes", district=CANARY), {"episodes.district.in_set": 1},
    ),
    # keys
    "a person of 2013–2016 twice": (made("cohort", repeated), {"cohort.cohort_id.unique": 2}),
    "a question of an edition twice": (
        made("availability", repeated), {"availability.edition+variable+moment.unique": 2},
    ),
    "a number that two persons have": (
        put("persons", _c("person_no") == 2, person_no=1), {"persons.person_no.unique": 2},
    ),
    "a wave twice": (
        made("waves", repeated),
        {
            "waves.episode_id+moment.unique": 2, "waves.person_id+episode_no+moment.unique": 2,
            "episodes.waves_that_happened": 1,
        },
    ),
    # bounds
    "somebody of three years": (put("episodes", age=3), {"episodes.age_of_a_person": 1}),
    "somebody of a hundred years": (put("episodes", age=100), {"episodes.age_of_a_person": 1}),
    "an episode that nobody reported": (
        put("episodes", _c("programme") == "unga", n_reports=0),
        {"episodes.reported_at_all": 1, "episodes.reports_are_rows": 1},
    ),
    "a score above one": (put("links", score=1.5), {"links.score_is_a_probability": 1}),
    "a score that is no number": (put("links", score=float("nan")), {"links.score_is_a_probability": 1}),
    "fewer years than none": (put("cohort", n_observed_years=-1), {"cohort.years_observed": 1}),
    # one column after another
    "discharged before enrolled": (
        put("episodes", _c("discharged_on").is_not_null(), discharged_on=_LONG_AGO),
        {"episodes.enrolled_before_discharged": 1, "waves.day_of_episode": 1},
    ),
    "reported last before first": (
        put("episodes", last_reported_year=2001), {"episodes.reported_in_order": 1},
    ),
    # gates
    "an ongoing episode with a discharge reason": (
        put("episodes", _c("status") == "ongoing", discharge_reason="other"), {"episodes.reason_is_closed": 1},
    ),
    "a move from nowhere": (
        put("episodes", _c("is_transfer"), previous_episode_id=None),
        {
            "episodes.moved_from_somewhere": 1, "episodes.previous_of_all_but_the_first": 1,
            "episodes.gap_after_something": 1,
        },
    ),
    "a move that is a return too": (
        put("episodes", _c("is_transfer"), is_reenrolment=True), {"episodes.move_is_no_return": 1},
    ),
    "a code that differs from its value": (
        answer("stable_housing", _c("value") == 1, code=2), {"answers.code_of_a_value": 1},
    ),
    "unknown without its code": (
        put("answers", _c("missing") == "unknown", code=None), {"answers.code_of_a_reason": 1},
    ),
    "a blank with a code": (
        put("answers", _c("missing") == "blank", code=2), {"answers.no_code_without_an_answer": 1},
    ),
    "a value that is lost": (
        answer("stable_housing", _c("value") == 1, value=None),
        {"answers.value_without_a_reason": 1, "waves.value_of_answers": 1},
    ),
    "a value beside a reason": (
        put("answers", _c("missing") == "invalid", value=1),
        {"answers.no_value_with_a_reason": 1, "waves.value_of_answers": 1},
    ),
    # waves: what the forms give
    "a code that no edition has": (
        both(
            answer("stable_housing", _c("value") == 1, value=7, code=7),
            put("waves", _HOUSED, stable_housing=7),
        ),
        {"waves.stable_housing.answers": 1},
    ),
    "a number of crimes that no edition allows": (
        put("waves", _c("suspected_crimes_before").is_not_null(), suspected_crimes_before=999),
        {"waves.suspected_crimes_before.answers": 1, "waves.value_of_answers": 1},
    ),
    "a wave without value and reason": (
        put("waves", _HOUSED, stable_housing=None),
        {"waves.stable_housing.value_without_a_reason": 1, "waves.value_of_answers": 1},
    ),
    "a wave with value and reason": (
        put("waves", _HOUSED, stable_housing__missing="blank"),
        {"waves.stable_housing.no_value_with_a_reason": 1, "waves.reason_of_answers": 1},
    ),
    "an answer to what was not asked": (
        put("waves", _IN_SCHOOL, school_enrolled=6),
        {"waves.school_functioning.filled_but_not_asked": 1, "waves.value_of_answers": 1},
    ),
    "a question left empty": (
        put("waves", _IN_SCHOOL, school_functioning=None, school_functioning__missing="blank"),
        {
            "waves.school_functioning.asked_but_empty": 1, "waves.value_of_answers": 1,
            "waves.reason_of_answers": 1,
        },
    ),
    # what is written in a way
    "a code where an id should be": (put("cohort", cohort_id=CANARY), {"cohort.cohort_id.matches": 1}),
    "a word where a cell should be": (
        put("answers", _c("cell").is_not_null(), cell=CANARY), {"answers.cell.matches": 1, "answers.row_of_cell": 1},
    ),
    "a rule that nobody knows": (put("findings", rule=CANARY), {"findings.rule.in_set": 1}),
    "a name where a word should be": (put("links", decided_by=CANARY), {"links.decided_by.in_set": 1}),
    # dates and persons
    "other days than dates give": (put("episodes", _c("days") > 0, days=99999), {"episodes.days_of_dates": 1}),
    "a wave without its day": (
        put("waves", _c("observed_on").is_not_null(), observed_on=None), {"waves.day_of_episode": 1},
    ),
    "a link of two persons": (
        put("links", _c("decision") == "rejected", decision="linked"), {"links.persons_as_decided": 1},
    ),
    "rows in another order": (made("persons", lambda frame: frame.reverse()), {"persons.in_order": 1}),
    # between tables
    "an answer from a workbook that is not there": (
        put("answers", _c("submission_id").is_not_null(), submission_id=CANARY),
        {"answers.submission_id.references": 1, "answers.submission_id.matches": 1},
    ),
    "a finding about an episode that is not there": (
        put("findings", episode_id=CANARY),
        {"findings.episode_id.references": 1, "findings.episode_id.matches": 1},
    ),
    "no workbook at all": (
        made("submissions", lambda frame: frame.clear()),
        {
            "submissions.at_all": 1, "answers.submission_id.references": ANY, "ledger.submission_id.references": ANY,
            "findings.submission_id.references": ANY, "submissions.every_row_has_a_fate": ANY,
        },
    ),
    "a row of the ledger that is lost": (
        made("ledger", lambda frame: frame.sort(_c("fate") != "not_a_person", maintain_order=True).slice(1)),
        {"submissions.every_row_has_a_fate": 1, "ledger.in_order": 1},
    ),
    "a row that was kept and is of no episode": (
        put("ledger", _c("fate") == "merged", episode_id=None),
        {"ledger.kept_row_has_an_episode": 1, "episodes.reports_are_rows": 1},
    ),
    "a row that was no person, and is of an episode": (
        lambda tables: put("ledger", _c("fate") == "not_a_person", episode_id=tables["episodes"].item(0, "episode_id"))(
            tables
        ),
        {"ledger.other_row_has_none": 1},
    ),
    "an answer that is lost": (made("answers", lambda frame: frame.slice(1)), {"episodes.full_grid": 1}),
    "a person with an episode too many": (put("persons", n_episodes=99), {"persons.counts_own_episodes": 1}),
    "somebody who is not of the cohort": (
        put("persons", ~_c("in_cohort"), in_cohort=True), {"persons.in_cohort": 1},
    ),
    "a first enrolment that is of no episode": (
        put("persons", first_enrolled_on=_LONG_AGO), {"persons.first_enrolment": 1},
    ),
    "episodes numbered with a gap": (
        put("episodes", _SECOND_AND_LAST, episode_no=99),
        {"episodes.numbered_without_a_gap": 1, "waves.number_of_episode": 2},
    ),
    "a wide person that one of two episodes lies in": (
        put("episodes", _SECOND_AND_LAST, person_id_wide=f"p{'a' * 26}"), {"persons.within_wide": 1},
    ),
}  # fmt: skip
