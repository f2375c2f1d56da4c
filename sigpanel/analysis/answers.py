"""The answers of a panel or an extract, as analyses read them: by person under an identity, with strata beside.

    waves(source, "strict", ["mental_health"])          one row per episode and moment
    asked_in(source)                                     the variables that it has, in the order of the forms

An extract may have a number in bands. A band is a text and no value, so such a variable is refused by name where a
value is needed. Nothing here counts anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.analysis.source import columns_of, dated, lacking, need, person_column
from sigpanel.contracts.codes import questions
from sigpanel.contracts.cohort import cohort
from sigpanel.contracts.disclosure import HIDDEN_FLAG
from sigpanel.contracts.exports import SUPPRESSED
from sigpanel.contracts.extracts import extracts
from sigpanel.contracts.tables import table, vocabulary
from sigpanel.errors import UsageError
from sigpanel.forms import forms, variables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigpanel.analysis.source import Source

MISSING = "__missing"
# What tells apart groups of episodes: the columns by which tables are made. What an extract has coarsened is found by
# the name that it had.
STRATA = ("programme", "district", "sex", "cohort", "enrolled_year", "discharge_reason", "status")


def asked_in(source: Source) -> list[str]:
    """The variables whose values a source has, in the order of the forms."""
    there = columns_of(source, "waves")
    return [name for name in variables() if name in there]


def moments_of(variable: str) -> tuple[str, ...]:
    """When a variable is asked: at enrolment, at discharge, or at both."""
    at = {question.moment for question in questions(variable)}
    return tuple(moment for moment in ("enrolment", "discharge") if moment in at)


def is_number(variable: str) -> bool:
    """Whether a variable is a number, and not one of some alternatives."""
    return questions(variable)[-1].answer.kind == "number"


def code_of_not_relevant(variable: str) -> int | None:
    """The code by which the form says that a question is not relevant; null where it has none."""
    codes = [
        code.code for each in questions(variable) for code in each.answer.codes if code.missing == "not_applicable"
    ]
    return codes[-1] if codes else None


def known(variable: str) -> str:
    """The variable, if there is one of that name.

    Raises:
        UsageError: there is none, or it is no name.
    """
    if not isinstance(variable, str):
        raise UsageError(
            "variable-no-name", "One variable belongs here, by its name.", remedy='Give "mental_health", and no list.'
        )
    if variable not in variables():
        raise UsageError(
            "variable-unknown", "There is no such variable.", remedy=f"The variables are: {', '.join(variables())}."
        )
    return variable


def waves(source: Source, identity: str, names: Sequence[str], why: str) -> pl.DataFrame:
    """One row per episode and moment: `person_id, episode_id, moment`, the named variables and why they are missing.

    Args:
        source: a panel or an extract.
        identity: what a person is.
        names: variables; the reason of each comes along where the source has it.
        why: what needs them, for the message.

    Raises:
        InputError: the source lacks a column, or has the variable in bands only.
    """
    there = columns_of(source, "waves")
    banded = [name for name in names if name not in there and any(f"{name}{end}" in there for end in _coarser())]
    if banded:
        raise lacking("waves", [f"{name} (it is there in bands)" for name in banded], why)
    reasons = [f"{name}{MISSING}" for name in names if f"{name}{MISSING}" in there]
    frame = need(source, "waves", ["person_id", "episode_id", "moment", *names, *reasons], why)
    if identity == "default":
        return frame.collect()
    person = person_column(identity)
    of = need(source, "episodes", ["episode_id", person], why).rename({person: "person_id"})
    return frame.drop("person_id").join(of, on="episode_id").select("person_id", pl.exclude("person_id")).collect()


def strata(source: Source, by: Sequence[str], why: str, identity: str = "default") -> pl.DataFrame:
    """One row per episode: `episode_id` and the columns of `by`.

    `cohort` is whether the person, under the identity, was in the pilot or came later; `enrolled_year` the year of
    enrolment, which an extract may have by itself; any other is a column of `episodes`, also as it is called there
    after coarsening, or of `persons`, where an extract has it there alone.

    Raises:
        InputError: the source lacks a column.
        UsageError: a stratum is a column of ids or days.
    """
    person = person_column(identity)
    found = {name: _stratum(source, name, person, why) for name in by}
    made = [expression.alias(name) for name, (expression, _) in found.items()]
    needed = [column for _, column in found.values()]
    there = columns_of(source, "episodes")
    of_persons = [name for name in dict.fromkeys(needed) if name not in there and name in columns_of(source, "persons")]
    keys = [*(["person_id"] if of_persons else []), *([person] if "cohort" in by else [])]
    own = [name for name in needed if name not in of_persons]
    wanted = list(dict.fromkeys(["episode_id", *keys, *own]))
    rows = need(source, "episodes", wanted, why)
    if of_persons:
        rows = rows.join(need(source, "persons", ["person_id", *of_persons], why), on="person_id", how="left")
    return rows.select("episode_id", *made).collect()


def programmes_with_forms() -> list[str]:
    """The programmes that have forms: all but the pilot."""
    return sorted({form.programme for form in forms().values()})


def beside_hidden(source: Source, rows: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """The same rows, with `<stratum>__hidden` where an extract tells that it has hidden a number: a table has a word.

    Args:
        source: a panel or an extract.
        rows: with `episode_id`.
        by: the strata in them.
    """
    schema = source.table("episodes").collect_schema()
    told = []
    for name in by:
        column = _stratum(source, name, "person_id", "")[1]
        if f"{column}{HIDDEN_FLAG}" in schema:
            told.append(pl.col(f"{column}{HIDDEN_FLAG}").alias(f"{name}{HIDDEN_FLAG}"))
        elif name == "enrolled_year" and schema[column] == pl.String:
            # Of a month or quarter, a text, the year was read: the word for what is hidden has none.
            told.append((pl.col(column) == SUPPRESSED).fill_null(value=False).alias(f"{name}{HIDDEN_FLAG}"))
    if not told:
        return rows
    return rows.join(source.table("episodes").select("episode_id", *told).collect(), on="episode_id", how="left")


def lists_of(source: Source, by: Sequence[str]) -> dict[str, list[str]]:
    """The categories that a table of these strata has by itself, where they are not those of the panel's column.

    Of programmes those with forms: a table has no empty lines for the pilot. Of what an extract has coarsened none: the
    categories are the extract's own, and the panel's would all stand there as hidden.
    """
    named = {"programme": programmes_with_forms()} if "programme" in by else {}
    plain = [name for name in by if name not in {"cohort", "enrolled_year"}]
    return {**named, **{name: [] for name in plain if _stratum(source, name, "person_id", "")[1] != name}}


def without_forms() -> list[str]:
    """The programmes of which the panel tells and that have no forms: the pilot."""
    return sorted({term.token for term in vocabulary("programme")} - set(programmes_with_forms()))


def _stratum(source: Source, name: str, person: str, why: str) -> tuple[pl.Expr, str]:
    there = columns_of(source, "episodes")
    if name == "cohort":
        is_pilot = (pl.col("programme") == cohort().programme).any().over(person)
        return pl.when(is_pilot).then(pl.lit("pilot")).otherwise(pl.lit("later")), "programme"
    if name == "enrolled_year":
        found = dated(source, "episodes", "enrolled_on")
        if found is None or found.grain == "days_since_enrolment":
            raise lacking("episodes", ["enrolled_on"], why)
        year = pl.col(found.column).dt.year() if found.grain == "day" else pl.col(found.column)
        exact = year if found.grain in {"day", "year"} else year.str.slice(0, 4).cast(pl.Int16, strict=False)
        return exact.cast(pl.Int16), found.column
    if name.endswith(("_id", "_on")):
        raise UsageError(
            "by-no-group",
            f"{name} tells rows apart, and is no group of them.",
            remedy=f"Such are: {', '.join(STRATA)}.",
        )
    coarser = [f"{name}{suffix}" for suffix in _coarser() if f"{name}{suffix}" in there]
    known_columns = {column.name for column in table("episodes").columns}
    if not coarser and name not in known_columns:
        _refuse_coarser(source, name, [each for each in known_columns if name.startswith(f"{each}_")], why)
        raise UsageError(
            "group-unknown", "There is no such group of episodes.", remedy=f"There are: {', '.join(STRATA)}."
        )
    return pl.col(coarser[0] if coarser else name), coarser[0] if coarser else name


def _refuse_coarser(source: Source, name: str, columns: Sequence[str], why: str) -> None:
    """Refuse what an extract may have in place of a column of the panel, and this source has not."""
    finer = [column for column in columns if name.removeprefix(column) in _coarser()]
    if finer and finer[0] in columns_of(source, "episodes"):
        raise UsageError(
            "group-of-extracts",
            f"{name} is what an extract may have in place of {finer[0]}, which is here itself.",
            remedy=f'Give by="{finer[0]}".',
        )
    if finer:
        raise lacking("episodes", [name], why)


def _coarser() -> list[str]:
    """What stands behind a column's name where an extract has coarsened it, as days are not; nothing comes first."""
    return sorted({rule.suffix for rule in extracts().transformations.values() if rule.of != ("date",)})
