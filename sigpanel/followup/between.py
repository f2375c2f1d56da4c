"""Deliveries held against each other, those received before and those that come now.

    hold_between(all_taken)        a refusal where two cannot both be so
    deaths_apart(all_taken, new)   deaths of one person that lie a few days apart: a warning that counts

Only who was searched for has rows, nothing happens after death, and nobody dies twice. Registers date one death a few
days apart, as when somebody is found later; two deaths that lie further apart are of two persons, or one is mistaken.
Of a death of which the month or year is known, any of its days may be the day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from sigpanel.contracts.delivered import Ids, lives
from sigpanel.contracts.followup import DEATH, FOUND, facts
from sigpanel.errors import InputError
from sigpanel.followup.held import Warned, line_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sigpanel.followup.held import Taken

DEATHS: Final = "deaths_and_emigration"


def hold_between(all_taken: Sequence[Taken]) -> None:
    """Hold tables against each other.

    Raises:
        InputError: somebody has rows who was not searched for, something happened to somebody after death, or somebody
            died twice.
    """
    lines = [*_searched_only(all_taken), *_nothing_after_death(all_taken), *_one_death(all_taken)]
    if lines:
        raise InputError(
            "delivery-contradicts",
            f"Deliveries contradict each other, and nothing was taken in:{''.join(lines)}\n",
            remedy="Send them this list: it holds no person's data. Nothing is left out by guess.",
        )


def deaths_apart(all_taken: Sequence[Taken], new: Sequence[Taken]) -> tuple[Warned, ...]:
    """Deaths that registers date otherwise, each by few days; told when one of them comes now."""
    n = _deaths(all_taken).filter(pl.col("days_apart") > 0).height
    if not n or not any(one.kind == DEATHS for one in new):
        return ()
    return (Warned(f"{DEATHS}.same_day_of_death", n, facts().claimed["same_day_of_death"].en, DEATH),)


def _searched_only(all_taken: Sequence[Taken]) -> Iterator[str]:
    said = facts().between["searched_only"]
    for each in all_taken:
        found = each.searched.filter(search=FOUND).select("person_id")
        n = each.frame.join(found, on="person_id", how="anti").height
        if n:
            yield line_of(f"{each.kind}.searched_only", n, [said.en, said.mend_en])


def _nothing_after_death(all_taken: Sequence[Taken]) -> Iterator[str]:
    said = facts().between["nothing_after_death"]
    died = [lives(each.frame, each.coverage, Ids(())) for each in all_taken if each.kind == DEATHS]
    if not died:
        return
    by = pl.concat(died).group_by("person_id").agg(pl.col("died_by_on").max()).drop_nulls()
    for each in all_taken:
        if each.kind not in facts().not_after_death:
            continue
        column = facts().not_after_death[each.kind]
        day = pl.date(pl.col(column), 12, 31) if each.frame.schema[column] == pl.Int16 else pl.col(column)
        n = each.frame.join(by, on="person_id").filter(day > pl.col("died_by_on")).height
        if n:
            yield line_of(f"{each.kind}.nothing_after_death", n, [said.en, said.mend_en])


def _one_death(all_taken: Sequence[Taken]) -> Iterator[str]:
    said = facts().between["one_death"]
    n = int(_deaths(all_taken).filter(pl.col("days_apart") > facts().one_death.most_days_apart)["n"].sum())
    if n:
        yield line_of(f"{DEATHS}.one_death", n, [said.en, said.mend_en])


def _deaths(all_taken: Sequence[Taken]) -> pl.DataFrame:
    """Per person the rows of deaths, and how many days they lie apart at least: `person_id, n, days_apart`."""
    told = [
        lives(each.frame.filter(kind=DEATH), each.coverage, Ids(()))
        .select("person_id", "died_by_on")
        .join(each.frame.filter(kind=DEATH).select("person_id", "happened_on"), on="person_id")
        for each in all_taken
        if each.kind == DEATHS
    ]
    empty = pl.DataFrame(schema={"person_id": pl.String, "died_by_on": pl.Date, "happened_on": pl.Date})
    # The latest of the first possible days lies after the earliest of the last possible ones.
    apart = (pl.col("happened_on").max() - pl.col("died_by_on").min()).dt.total_days()
    return pl.concat([empty, *told]).group_by("person_id").agg(pl.len().alias("n"), apart.alias("days_apart"))
