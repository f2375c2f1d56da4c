"""Whom the withdrawals of a study take out of what was made of it, once it is known who is one person.

A line about a code takes out every person who was reported under it at any time, and every row under it that made no
episode. A line about an episode takes out the person of that episode. Whom a line took out in the release before stays
out as long as the line stands: that linkage now sees two persons where it saw one brings nobody back. It is always a
whole person that goes.

Everything was worked out with them, so that nothing changes for others. What is taken out here is what the data owner
and researchers see: material, episodes, pairs, decisions, findings and, where the line says so, the rows in the city's
own figures. The registry goes on knowing them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.clean.spelling import read_uno
from sigpanel.decisions import read_withdrawals
from sigpanel.decisions.in_force import PAIR
from sigpanel.decisions.withdrawals import CODE, EPISODE, STATISTICS
from sigpanel.errors import InputError
from sigpanel.panel import registry
from sigpanel.panel.layout import upcoming
from sigpanel.panel.open import live_manifest
from sigpanel.panel.withdrawn import Gone
from sigpanel.persons import Resolved
from sigpanel.persons.names import told_codes
from sigpanel.pipeline import gather
from sigpanel.pipeline.overview import delivery_grid
from sigpanel.pipeline.standing import PLACE

if TYPE_CHECKING:
    from collections.abc import Callable

    from sigpanel.decisions import Decided, Withdrawals
    from sigpanel.key import Key
    from sigpanel.pipeline.deliveries import Delivery
    from sigpanel.pipeline.make import Made, Whole
    from sigpanel.pipeline.standing import Standing
    from sigpanel.pipeline.study import Study

    Pseudonyms = Callable[[str, pl.Series], pl.Series]

_ROW = ["submission_no", "row"]
_LINES = pl.Schema({"line": pl.String, "kind": pl.String, "id": pl.String, "scope": pl.String})


def withdrawals_of(study: Study) -> Withdrawals:
    """Who has withdrawn from a study.

    Raises:
        InputError: the file cannot be used; or it is gone, and the live release was made by it: nobody comes back
            because a file was lost.
    """
    withdrawals = read_withdrawals(study.withdrawals)
    if not study.withdrawals.exists() and live_manifest(study.panel).get("n_withdrawals"):
        raise InputError(
            "withdrawals-missing",
            "owner/withdrawals.csv is missing, and the live release was made by what stood there.",
            remedy="Bring it back from a backup. To take withdrawals back, leave the file with its header and take the "
            "lines away.",
        )
    return withdrawals


def withdrawals_digest(withdrawals: Withdrawals, key: Key) -> str | None:
    """A keyed digest of whom withdrawals take out, null where there are none: by it a release that lags is known."""
    meaning = withdrawals.meaning()
    return key.pseudonym("decisions/withdrawals", json.dumps(meaning)) if meaning else None


def lines_of(withdrawals: Withdrawals) -> pl.DataFrame:
    """The lines as a frame: `line` (what it is about), `kind, id, scope`."""
    rows = [(one.target, one.kind, one.id, one.scope) for one in withdrawals.all]
    return pl.DataFrame(rows, schema=_LINES, orient="row")


def holders(made: Made, lines: pl.DataFrame, pseudonyms: Pseudonyms, remembered: pl.DataFrame | None) -> pl.DataFrame:
    """Whom lines take out: `line, episode_id`, for every episode of every person that a line is about.

    Args:
        made: with everybody in it.
        lines: of `lines_of`.
        pseudonyms: turns texts into keyed ids, by purpose.
        remembered: the registry of the live release.
    """
    persons = made.resolved.episodes.select("episode_id", "person_id")
    coded = _under_codes(made.episodes, pseudonyms).join(lines.filter(kind=CODE), left_on="uno_id", right_on="id")
    about = pl.concat(
        [
            coded.select("line", "episode_id"),
            lines.filter(kind=EPISODE).select("line", pl.col("id").alias("episode_id")),
            _out_before(lines, remembered),
        ]
    )
    of_persons = about.join(persons, on="episode_id").select("line", "person_id").unique()
    return of_persons.join(persons, on="person_id").select("line", "episode_id").sort("line", "episode_id")


def taken_out(
    whole: Whole, withdrawals: Withdrawals, study: Study, pseudonyms: Pseudonyms, remembered: pl.DataFrame | None
) -> Made:
    """What was made, without those who have withdrawn.

    Raises:
        InputError: nobody is left.
    """
    made = whole.made
    lines = lines_of(withdrawals)
    held = holders(made, lines, pseudonyms, remembered)
    hold_somebody_left(held["episode_id"], made.episodes.height)
    out = _Out.of(whole, lines, held, pseudonyms, remembered)
    is_pair = _is_of(out.episodes, *PAIR)
    left = made.resolved.episodes.filter(~_is_of(out.episodes))
    return replace(
        made,
        material=replace(
            made.material,
            gone=out.gone(lines, pseudonyms),
            findings=without_rows(made.material.findings, out.rows),
        ),
        episodes=made.episodes.filter(~_is_of(out.episodes)),
        resolved=Resolved(
            episodes=left,
            persons=made.resolved.persons.join(left, on="person_id", how="semi", maintain_order="left"),
            links=made.resolved.links.filter(~is_pair),
            pairs=made.resolved.pairs.filter(~is_pair).with_columns(
                pl.when(~_is_of(out.episodes, "runner_up")).then("runner_up").alias("runner_up")
            ),
        ),
        decided=_decided(made.decided, out.episodes),
        registry=registry.with_withdrawn(made.registry, out.marks, upcoming(study.panel)),
        grid=_grid(whole, out.rows),
        withdrawals=withdrawals,
    )


def hold_somebody_left(out: pl.Series, n_episodes: int) -> None:
    """Refuse to take out everybody.

    Raises:
        InputError: nobody would be left.
    """
    if out.n_unique() == n_episodes > 0:
        raise InputError(
            "nobody-left",
            "Everybody in the study has withdrawn, and there is no release without anybody.",
            remedy="Take the panel and the extracts in the researchers' room away by hand; or mend "
            "owner/withdrawals.csv, if somebody is in it by mistake.",
        )


def without_rows(frame: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """A frame of source rows, or of findings about them, without some of the rows."""
    return frame.join(rows.select(_ROW).unique(), on=_ROW, how="anti", maintain_order="left")


def rows_told(delivery: Delivery, judged: Standing) -> pl.DataFrame:
    """What the person rows of the workbooks that count say of who it is: `submission_no, row, uno, content` and place.

    Rejected rows too, since one may say nothing but a code: of these `content` is null.
    """
    rejected = delivery.corrected.cells.join(delivery.cleaned.rejected, on=_ROW, how="semi")
    told = pl.concat(
        [
            delivery.cleaned.reports.select(*_ROW, "uno", "content"),
            rejected.select(*_ROW, read_uno(pl.col("text")).alias("uno")).drop_nulls(),
        ],
        how="diagonal",
    )
    return told.join(judged.live.select("submission_no", *PLACE), on="submission_no")


def rows_of_codes(told: pl.DataFrame, lines: pl.DataFrame, pseudonyms: Pseudonyms) -> pl.DataFrame:
    """The rows that give a withdrawn code, whatever else they say: `submission_no, row, line`.

    Args:
        told: of `rows_told`.
        lines: of `lines_of`.
        pseudonyms: turns texts into keyed ids, by purpose.
    """
    return (
        told.select(*_ROW, pseudonyms("uno", told["uno"]).alias("id"))
        .join(lines.filter(kind=CODE), on="id")
        .select(*_ROW, "line")
        .unique()
    )


def rows_known(
    delivery: Delivery,
    judged: Standing,
    withdrawals: Withdrawals,
    pseudonyms: Pseudonyms,
    remembered: pl.DataFrame | None,
) -> pl.DataFrame:
    """The rows of those who have withdrawn, as far as they are told before persons are resolved.

    Those of the live release's workbooks, and of others those under a withdrawn code: who withdrew and is now reported
    under another code is known once a release is built.

    Returns:
        `submission_no, row, is_of_statistics`, a row once; the last, whether it is out of the city's figures too.
    """
    lines = lines_of(withdrawals)
    marks = registry.withdrawn(remembered)
    taken = marks.filter(alias_kind=registry.WITHDRAWN).select("episode_id", pl.col("alias").alias("line"))
    place = pl.col("alias").str.split_exact(":", 1).struct
    placed = marks.filter(alias_kind=registry.WITHDRAWN_ROW).select(
        "episode_id", place[0].alias("submission_id"), place[1].cast(pl.Int32).alias("row")
    )
    ids = delivery.identity.select("submission_no", "submission_id")
    rows = placed.join(taken, on="episode_id").join(ids, on="submission_id").select(*_ROW, "line")
    by_code = rows_of_codes(rows_told(delivery, judged), lines, pseudonyms)
    return (
        pl.concat([rows, by_code])
        .join(lines, on="line")
        .group_by(_ROW)
        .agg((pl.col("scope") == STATISTICS).any().alias("is_of_statistics"))
        .sort(_ROW)
    )


@dataclass(frozen=True)
class _Out:
    """What goes.

    `episodes` by id; `rows` (`submission_no, row, submission_id, line, episode_id, is_of_statistics`; no episode where
    the row made none); `marks` for the registry.
    """

    episodes: pl.Series
    rows: pl.DataFrame
    marks: pl.DataFrame

    @classmethod
    def of(
        cls,
        whole: Whole,
        lines: pl.DataFrame,
        held: pl.DataFrame,
        pseudonyms: Pseudonyms,
        remembered: pl.DataFrame | None,
    ) -> _Out:
        rows = _rows(whole, lines, held, pseudonyms)
        # Of episodes that no workbook holds any more too: whoever holds an older release holds them.
        absent = _out_before(lines, remembered).join(whole.made.episodes, on="episode_id", how="anti")
        every = pl.concat([held, absent])
        of_rows = pl.concat_str("submission_id", "row", separator=":").alias("alias")
        marks = [
            every.select(pl.lit(registry.WITHDRAWN).alias("alias_kind"), pl.col("line").alias("alias"), "episode_id"),
            rows.drop_nulls("episode_id").select(
                pl.lit(registry.WITHDRAWN_ROW).alias("alias_kind"), of_rows, "episode_id"
            ),
        ]
        return cls(every["episode_id"].unique().sort(), rows, pl.concat(marks))

    def gone(self, lines: pl.DataFrame, pseudonyms: Pseudonyms) -> Gone:
        """The same for the tables of a release."""
        return Gone(
            episodes=self.episodes,
            person_ids=pseudonyms("persons", self.episodes),
            uno_ids=lines.filter(kind=CODE)["id"],
            rows=self.rows.select("submission_id", "row").unique(),
        )


def _out_before(lines: pl.DataFrame, remembered: pl.DataFrame | None) -> pl.DataFrame:
    """Whom lines that still stand took out in the release before: `line, episode_id`."""
    before = registry.withdrawn(remembered).filter(alias_kind=registry.WITHDRAWN)
    return before.select(pl.col("alias").alias("line"), "episode_id").join(lines, on="line", how="semi")


def _under_codes(episodes: pl.DataFrame, pseudonyms: Pseudonyms) -> pl.DataFrame:
    """Every code that any report of an episode gave, keyed: `episode_id, uno_id`."""
    codes = episodes.select("episode_id", told_codes()).explode("codes").drop_nulls()
    return codes.select("episode_id", pseudonyms("uno", codes["codes"]).alias("uno_id")).unique()


def _rows(whole: Whole, lines: pl.DataFrame, held: pl.DataFrame, pseudonyms: Pseudonyms) -> pl.DataFrame:
    """The rows of those who go.

    A row that repeats one of theirs is theirs, and so is one that gives a withdrawn code and made no episode.
    """
    material = whole.made.material
    told = rows_told(whole.delivery, whole.made.judged)
    own = material.membership.join(held, on="episode_id").select(*_ROW, "line", "episode_id")
    says = [*PLACE, "content"]
    first = told.join(own, on=_ROW).select(*says, "line", "episode_id").unique()
    repeating = told.join(whole.made.judged.repeated, on=_ROW, how="semi").join(first, on=says, nulls_equal=True)
    theirs = pl.concat([own, repeating.select(own.columns)])
    by_code = rows_of_codes(told, lines, pseudonyms).join(theirs, on=_ROW, how="anti")
    alone = by_code.select(*_ROW, "line", pl.lit(None, pl.String).alias("episode_id"))
    scopes = lines.select("line", (pl.col("scope") == STATISTICS).alias("is_of_statistics"))
    ids = material.workbooks.select("submission_no", "submission_id")
    return pl.concat([theirs, alone]).join(scopes, on="line").join(ids, on="submission_no")


def _grid(whole: Whole, rows: pl.DataFrame) -> pl.DataFrame:
    """What came in, without the rows that are to be out of the city's figures too."""
    out = rows.filter("is_of_statistics")
    if out.is_empty():
        return whole.made.grid
    judged, reports = whole.made.judged, without_rows(whole.reports, out)
    return delivery_grid(judged, reports, gather.counted_bortfall(whole.delivery, judged, reports))


def _is_of(episodes: pl.Series, *columns: str) -> pl.Expr:
    return pl.any_horizontal(pl.col(name).is_in(episodes.implode()) for name in columns or ("episode_id",))


def _decided(decided: Decided, episodes: pl.Series) -> Decided:
    """What is told of decisions. Those in force stay as they are: they shaped who is one person."""
    is_pair = _is_of(episodes, *PAIR)
    return replace(decided, suspended=decided.suspended.filter(~is_pair), gone=decided.gone.filter(~is_pair))
