"""Hold a delivery against its contract: every rule made concrete by the coverage and the project's ids, and counted.

    hold_delivery(kind, frame, coverage, ids)    the outcome of each rule
    rules_of(kind, coverage)                     the rules by themselves, in the shape that every engine reads

Beside the rules written in a contract stand those that follow from it: columns and types, what is never null, words,
keys, ids that the project knows, words that the source holds, days within the coverage. What is told of a broken rule
is how many rows break it, never which: in a delivery that is not what it should be, an id may be a personal number.

Each delivery is held by itself. What holds between deliveries (nobody is convicted after death, and only who was
searched for has rows) is for whoever receives them. Nothing here reads a file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from sigpanel.contracts.gate import hold
from sigpanel.contracts.rules import Rule, of_table

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from sigpanel.contracts.delivery import Coverage, Delivery
    from sigpanel.contracts.gate import Outcome

_SHAPE = ("columns", "type")


@dataclass(frozen=True)
class Ids:
    """The project's ids: of the persons that the holder was asked about, and those handed out for controls."""

    persons: Collection[str]
    controls: Collection[str] = ()

    def of(self, whose: str) -> list[str]:
        """The ids of `persons`, `controls` or `anybody`, in order."""
        asked = {"persons": self.persons, "controls": self.controls, "anybody": (*self.persons, *self.controls)}
        return sorted({*asked[whose]})


def hold_delivery(kind: Delivery, frame: pl.DataFrame, coverage: Coverage, ids: Ids) -> list[Outcome]:
    """The outcome of each rule of a delivery.

    A delivery with other columns or types is held against these alone, since nothing can be asked of what is not
    there. The order of columns does not matter.

    Args:
        kind: the kind of delivery.
        frame: what was delivered, in the types of `kind.schema`.
        coverage: what was declared with it.
        ids: the ids that it may name.
    """
    if {*frame.columns} == {*kind.by_name}:
        frame = frame.select(*kind.by_name)
    rules = rules_of(kind, coverage)
    shape = hold({kind.name: frame}, [rule for rule in rules if rule.kind in _SHAPE], with_keys=False)
    if not all(outcome.is_kept for outcome in shape):
        return shape
    frames = frames_of(kind, frame, coverage, ids)
    rest = [rule for rule in rules if rule.kind not in _SHAPE]
    return [*shape, *hold(frames, rest, with_keys=False)]


# --- rules ------------------------------------------------------------------------------------------------------------


def rules_of(kind: Delivery, coverage: Coverage) -> list[Rule]:
    """Every rule of a delivery with this coverage: what follows from the contract, then what is written there."""
    return [
        *of_table(kind.table),
        *_known(kind),
        *_held_by_source(kind, coverage),
        *_covered(kind, coverage),
        *(replace(rule, params=_concrete(rule.params, coverage)) for rule in kind.rules),
    ]


def _known(kind: Delivery) -> Iterator[Rule]:
    for column in kind.columns:
        if column.ids is not None:
            yield Rule(
                f"{kind.name}.{column.name}.known", _view_of_ids(kind, column.name), "not_null", ("found",),
                en="An id is one that the request named", sv="Ett id är ett som begäran angav",
            )  # fmt: skip


def _held_by_source(kind: Delivery, coverage: Coverage) -> Iterator[Rule]:
    for column, words in kind.sources[coverage.source].holds.items():
        yield Rule(
            f"{kind.name}.{column}.held_by_source", kind.name, "in_set", (column,), {"values": words},
            en="The source holds such", sv="Källan har sådana",
        )  # fmt: skip


def _covered(kind: Delivery, coverage: Coverage) -> Iterator[Rule]:
    days = {"low": coverage.from_on, "high": coverage.until_on}
    years = {"low": coverage.from_year, "high": coverage.until_year}
    # An interval meets the coverage where it begins before the coverage ends, and ends within it or not at all.
    bounds: dict[str, list[dict[str, Any]]] = {
        "day": [days],
        "year": [years],
        "interval": [{"high": coverage.until_on}, days],
        "none": [],
    }
    for column, params in zip(kind.covered_by, bounds[kind.covered_as], strict=True):
        yield Rule(
            f"{kind.name}.{column}.covered", kind.name, "between", (column,), params,
            en="It lies within the declared coverage", sv="Den ligger inom den angivna täckningen",
        )  # fmt: skip


def _concrete(params: Mapping[str, Any], coverage: Coverage) -> dict[str, Any]:
    return {
        name: getattr(coverage, value.partition(".")[2]) if isinstance(value, str) else value
        for name, value in params.items()
    }


# --- frames -----------------------------------------------------------------------------------------------------------


def frames_of(kind: Delivery, frame: pl.DataFrame, coverage: Coverage, ids: Ids) -> dict[str, pl.DataFrame]:
    """Every frame that a rule of the delivery is about: itself, its ids beside what is known, and the views."""
    referring = {
        _view_of_ids(kind, column.name): _found(frame, column.name, ids.of(column.ids))
        for column in kind.columns
        if column.ids is not None
    }
    asked = {rule.frame.partition("__")[2] for rule in kind.rules}
    views = {f"{kind.name}__{name}": view(frame, coverage, ids) for name, view in _VIEWS.items() if name in asked}
    return {kind.name: frame, **referring, **views}


def _view_of_ids(kind: Delivery, column: str) -> str:
    return f"{kind.name}__{column}"


def _found(frame: pl.DataFrame, column: str, known: list[str]) -> pl.DataFrame:
    found = pl.DataFrame({column: known, "found": known}, schema={column: pl.String, "found": pl.String})
    return frame.select(column).drop_nulls().join(found, on=column, how="left", maintain_order="left")


def asked(frame: pl.DataFrame, _: Coverage, ids: Ids) -> pl.DataFrame:
    """Per id that was asked about, the same where it was answered: `person_id, found`."""
    everybody = pl.DataFrame({"person_id": ids.of("anybody")}, schema={"person_id": pl.String})
    answered = frame.select("person_id", pl.col("person_id").alias("found")).unique()
    return everybody.join(answered, on="person_id", how="left", maintain_order="left")


def in_turn(frame: pl.DataFrame, coverage: Coverage, _: Ids) -> pl.DataFrame:
    """Per time, when the person's next of that kind begins; what is ongoing lasts to the end of the coverage."""
    by = ["person_id", "kind"]
    return (
        frame.select(*by, "from_on", pl.col("until_on").fill_null(coverage.until_on))
        .sort(*by, "from_on", "until_on")
        .with_columns(pl.col("from_on").shift(-1).over(by).alias("next_from_on"))
    )


_OF_DECISION = ("decision", "verdict_on", "legal_force", "in_force_on", "sanction", "sanction_months", "sanction_days")


def decisions(frame: pl.DataFrame, _: Coverage, __: Ids) -> pl.DataFrame:
    """Per decision, its main offences and how many different things its rows say of it."""
    by = ["person_id", "decision_no"]
    return (
        frame.group_by(by)
        .agg(
            pl.col("is_main_offence").sum().cast(pl.Int32).alias("n_main_offences"),
            pl.struct(_OF_DECISION).n_unique().cast(pl.Int32).alias("n_versions"),
        )
        .sort(by)
    )


def lives(frame: pl.DataFrame, _: Coverage, __: Ids) -> pl.DataFrame:
    """Per person, the deaths, the last day on which they can have died, and the last other event."""
    happened, is_death = pl.col("happened_on"), pl.col("kind") == "death"
    month, year = happened.dt.month_end(), happened.dt.offset_by("1y").dt.offset_by("-1d")
    by = pl.when(pl.col("known_to") == "month").then(month).when(pl.col("known_to") == "year").then(year)
    return (
        frame.group_by("person_id")
        .agg(
            is_death.sum().cast(pl.Int32).alias("n_deaths"),
            by.otherwise(happened).filter(is_death).max().alias("died_by_on"),
            happened.filter(~is_death).max().alias("last_other_on"),
        )
        .sort("person_id")
    )


def cases(frame: pl.DataFrame, _: Coverage, ids: Ids) -> pl.DataFrame:
    """Per person in SIG who was asked about, the controls and the days as of which they match."""
    drawn = frame.group_by("person_id").agg(
        pl.len().cast(pl.Int32).alias("n_controls"), pl.col("matched_on").n_unique().cast(pl.Int32).alias("n_days")
    )
    persons = pl.DataFrame({"person_id": ids.of("persons")}, schema={"person_id": pl.String})
    return persons.join(drawn, on="person_id", how="left", maintain_order="left").with_columns(
        pl.col("n_controls", "n_days").fill_null(0)
    )


_VIEWS: dict[str, Callable[[pl.DataFrame, Coverage, Ids], pl.DataFrame]] = {
    view.__name__: view for view in (asked, in_turn, decisions, lives, cases)
}
