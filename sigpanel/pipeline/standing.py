"""Which workbooks and rows of a delivery count, and for which district.

A workbook's district is what most of its rows say, else what is declared. What is declared replaced does not count. The
same cells delivered twice count once; so does a row that repeats, cell by cell, another of its workbook or of another
workbook for the same district, programme and year. Where two workbooks for one place each have rows of their own they
are parts of one report if that is declared, and contested if not: which of them holds is not ours to guess, so a build
stops, and `check` says so before.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.clean.checks import most_named
from sigpanel.errors import InputError
from sigpanel.findings import find
from sigpanel.forms import harmonised
from sigpanel.pipeline.declared import NOTHING, Declared, listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sigpanel.pipeline.deliveries import Delivery

PLACE = ["reported_year", "programme", "district"]
_ROW = ["submission_no", "row"]


@dataclass(frozen=True)
class Standing:
    """What counts.

    Attributes:
        workbooks: one row per recognised workbook: the columns of `deliveries.WORKBOOKS` and of its identity;
            `district`, as reported or declared; `standing`: live, replaced (by declaration), copy (of the same cells)
            or contained (every row stands in another workbook for the place); `is_empty`, whether no row is a person's;
            and `is_of_two_years`, whether another year's says the same.
        repeated: `submission_no, row, reason` of rows that repeat another: of their own workbook (no reason), or of
            another one (`other_workbook`).
        contested: the live workbooks for whose place there is another with rows of its own.
        differing: `submission_no, row` of the rows of contested workbooks that stand in no other of their place.
    """

    workbooks: pl.DataFrame
    repeated: pl.DataFrame
    contested: pl.DataFrame
    differing: pl.DataFrame

    @cached_property
    def live(self) -> pl.DataFrame:
        """The workbooks that count."""
        return self.workbooks.filter(pl.col("standing") == "live")

    @property
    def nameless(self) -> pl.DataFrame:
        """The workbooks with persons, but without a readable answer on district in any row and none declared."""
        return self.live.filter(pl.col("district").is_null() & ~pl.col("is_empty"))

    def _shared_rows(self) -> pl.DataFrame:
        """Rows that stand in another workbook, too, where it is settled that both count."""
        shared = self.repeated.filter(pl.col("reason").is_not_null()).join(self.live, on="submission_no", how="semi")
        return shared.join(self.contested, on="submission_no", how="anti")

    def findings(self) -> list[pl.DataFrame]:
        """What concerns a workbook as a whole, or its rows against each other."""
        books = self.workbooks
        return [
            find(self.contested, "two_deliveries_for_one_district"),
            find(self.nameless, "district_not_told"),
            find(books.filter(pl.col("is_empty") & pl.col("district").is_null()), "workbook_without_persons"),
            find(books.filter(pl.col("standing") == "replaced"), "replaced_by_another"),
            find(books.filter(pl.col("standing") == "copy"), "same_delivery_twice"),
            find(books.filter(pl.col("standing") == "contained"), "workbook_within_another"),
            find(self.live.filter("is_of_two_years"), "same_delivery_in_another_year"),
            find(self.repeated.filter(pl.col("reason").is_null()), "row_stands_twice"),
            find(self._shared_rows(), "row_stands_in_two_workbooks"),
        ]


def standing(delivery: Delivery, said: Declared = NOTHING) -> Standing:
    """Judge a delivery.

    Raises:
        InputError: workbooks that are declared to replace each other, or to be parts, are for different places.
    """
    told = _districts(delivery)
    _hold_districts(told, said, delivery)
    workbooks = (
        delivery.workbooks.join(told, on="submission_no", how="left")
        .with_columns(pl.coalesce("district", _declared(said.districts)).alias("district"))
        .join(_copies(delivery, said), on="submission_no")
        .with_columns((~pl.col("submission_no").is_in(_with_persons(delivery))).alias("is_empty"))
        .sort("submission_no")
    )
    _hold_places(workbooks, said, delivery)
    rows = _rows(delivery)
    repeated = _same_row_twice(rows)
    single = rows.join(repeated, on=_ROW, how="anti")
    elsewhere = _in_another_workbook(single, workbooks)
    own = single.join(elsewhere, on=_ROW, how="anti")["submission_no"].unique()
    is_contained = pl.col("submission_no").is_in(elsewhere["submission_no"].unique().implode()) & ~pl.col(
        "submission_no"
    ).is_in(own.implode())
    workbooks = workbooks.with_columns(
        pl.when(is_contained).then(pl.lit("contained")).otherwise("standing").alias("standing")
    )
    contested = _contested(workbooks, own, said)
    of_place = rows.join(contested.select("submission_no", *PLACE), on="submission_no")
    return Standing(
        workbooks=workbooks,
        repeated=pl.concat([repeated, elsewhere]).sort(_ROW),
        contested=contested,
        differing=of_place.filter(pl.col("submission_no").n_unique().over(*PLACE, "text") == 1).select(_ROW).sort(_ROW),
    )


def _declared(by_number: Mapping[int, str]) -> pl.Expr:
    return pl.col("submission_no").replace_strict(dict(by_number), default=None, return_dtype=pl.String)


def _districts(delivery: Delivery) -> pl.DataFrame:
    """What most of a workbook's rows name, null where two are named as often: `submission_no, district`."""
    return delivery.cleaned.reports.group_by("submission_no").agg(most_named().alias("district"))


def _with_persons(delivery: Delivery) -> list[int]:
    return delivery.cleaned.reports["submission_no"].unique().to_list()


def _copies(delivery: Delivery, said: Declared) -> pl.DataFrame:
    """Tell which workbooks stand and which only say what others say: `content, standing, is_of_two_years`.

    Two empty forms say the same, yet come from two offices with nobody enrolled: they are no copies.
    """
    says_something = pl.col("submission_no").is_in(_with_persons(delivery))
    is_replaced = pl.col("submission_no").is_in(list(said.replaced))
    # Two forms that say the same and are declared two districts' are no copies either.
    same = ["reported_year", "content", _declared(said.districts)]
    place = (~is_replaced).cum_sum().over(same, order_by="copy")
    return (
        delivery.identity.join(delivery.workbooks.select("submission_no", "reported_year"), on="submission_no")
        .with_columns(
            pl.when(is_replaced)
            .then(pl.lit("replaced"))
            .when((place > 1) & says_something)
            .then(pl.lit("copy"))
            .otherwise(pl.lit("live"))
            .alias("standing"),
            ((pl.col("reported_year").n_unique().over("content") > 1) & says_something).alias("is_of_two_years"),
        )
        .drop("reported_year")
    )


def _hold_districts(told: pl.DataFrame, said: Declared, delivery: Delivery) -> None:
    """Refuse to be told whose a workbook is whose rows tell otherwise."""
    districts = dict(told.drop_nulls().iter_rows())
    wrong = [
        number
        for number, district in said.districts.items()
        if number in districts and harmonised(districts[number]) != harmonised(district)
    ]
    if wrong:
        raise InputError(
            "declared-district-differs",
            "sigpanel.toml declares a district for workbooks whose rows name another:"
            f"{listed(delivery.sources[number].name for number in wrong)}",
            remedy="Take the entry under [[districts]] away, or have SDF corrected in the workbook.",
        )


def _hold_places(workbooks: pl.DataFrame, said: Declared, delivery: Delivery) -> None:
    """Refuse declarations between workbooks that are for different places."""
    places = {number: place for number, *place in workbooks.select("submission_no", *PLACE).iter_rows()}
    homeless = [
        new
        for old, new in said.replaced.items()
        if new in places and places[new][-1] is None and places.get(old, [None])[-1] is not None
    ]
    if homeless:
        raise InputError(
            "replacement-without-district",
            "Workbooks that are to replace others do not say whose they are:"
            f"{listed(delivery.sources[number].name for number in sorted(homeless))}",
            remedy="Say it under [[districts]] in sigpanel.toml, or take the entry under [[replacements]] away.",
        )
    parts = [[number for number, of in said.parts.items() if of == part] for part in set(said.parts.values())]
    groups = [*parts, *map(list, said.replaced.items())]
    for group in groups:
        told = [places[number] for number in group if number in places]
        # An empty form and a file that cannot be read do not say whose they are.
        if any(len({place[at] for place in told} - {None}) > 1 for at in range(len(PLACE))):
            raise InputError(
                "declared-of-several-places",
                "sigpanel.toml declares workbooks to belong together that are for different districts, programmes or "
                f"years:{listed(delivery.sources[number].name for number in sorted(group))}",
                remedy="Mend the entry under [[replacements]] or [[parts]].",
            )


def _rows(delivery: Delivery) -> pl.DataFrame:
    """What each usable person row says, cell by cell: `submission_no, row, text`.

    Whether a cell holds 5 or a text of it does not matter, so that a workbook and its copy as csv say the same.
    """
    said = pl.concat_str("question", pl.when(pl.col("text") == "").then("kind").otherwise("text"), separator="\x1f")
    # As corrected: two rows that said the same until one of them was corrected are two.
    cells = delivery.corrected.cells
    if not delivery.corrected.findings.is_empty():
        cells = cells.sort(*_ROW, "question")
    return (
        cells.join(delivery.cleaned.reports, on=_ROW, how="semi", maintain_order="left")
        .group_by(_ROW, maintain_order=True)
        .agg(said.str.join("\x1e").alias("text"))
    )


def _same_row_twice(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows that repeat an earlier row of their workbook: `submission_no, row, reason`."""
    repeated = rows.filter(pl.int_range(pl.len()).over("submission_no", "text") > 0)
    return repeated.select(*_ROW, pl.lit(None, pl.String).alias("reason"))


def _in_another_workbook(rows: pl.DataFrame, workbooks: pl.DataFrame) -> pl.DataFrame:
    """Rows that stand in another live workbook for the place, too: `submission_no, row, reason`.

    They count in the workbook with most rows, and of as many in the one whose content comes first: never by file names.
    """
    live = workbooks.filter((pl.col("standing") == "live") & pl.col("district").is_not_null())
    several = live.filter(pl.len().over(PLACE) > 1).select("submission_no", *PLACE, "content")
    ranked = rows.join(several, on="submission_no").with_columns(pl.len().over("submission_no").alias("n_rows"))
    return (
        ranked.sort("n_rows", "content", "submission_no", descending=[True, False, False])
        .filter(pl.int_range(pl.len()).over(*PLACE, "text") > 0)
        .select(*_ROW, pl.lit("other_workbook").alias("reason"))
    )


def _contested(workbooks: pl.DataFrame, own: pl.Series, said: Declared) -> pl.DataFrame:
    """The live workbooks for a place with rows of their own, where not all of them are parts of one report."""
    part = pl.col("submission_no").replace_strict(dict(said.parts), default=None, return_dtype=pl.Int32)
    speaking = workbooks.filter(
        (pl.col("standing") == "live")
        & pl.col("district").is_not_null()
        & pl.col("submission_no").is_in(own.unique().implode())
    ).with_columns(part.alias("part"))
    are_one = (pl.col("part").n_unique().over(PLACE) == 1) & pl.col("part").is_not_null().all().over(PLACE)
    return speaking.filter((pl.len().over(PLACE) > 1) & ~are_one).drop("part").sort(*PLACE, "submission_no")


def harmonise(district: pl.Expr) -> pl.Expr:
    """The district in today's frame."""
    return district.map_batches(
        lambda names: names.replace_strict(
            {name: harmonised(name) for name in names.drop_nulls().unique()}, default=None
        ),
        return_dtype=pl.String,
    )
