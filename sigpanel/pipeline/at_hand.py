"""What a withdrawal is looked for in, and what a release without the person is made of: workbooks, or the live release.

As long as workbooks are there, everything that any of them gave is looked through, and the release is made of them, as
a build makes one. Where they have been destroyed there is the live release: a person is found by the code as last
reported, and the next release is the live one without them. Its figures on linkage go, since they were worked out with
the person and cannot be worked out again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import polars as pl

from sigpanel.decisions import Withdrawals
from sigpanel.decisions.withdrawals import CODE, EPISODE
from sigpanel.errors import InputError
from sigpanel.forms import variables
from sigpanel.panel import layout, open_panel, registry
from sigpanel.panel import purge as releases
from sigpanel.panel.layout import upcoming
from sigpanel.panel.release import write
from sigpanel.panel.withdrawn import Gone, without
from sigpanel.pipeline.build import publish
from sigpanel.pipeline.custody import remembered_of
from sigpanel.pipeline.deliveries import find_sources
from sigpanel.pipeline.intact import whole
from sigpanel.pipeline.make import Whole, make_whole
from sigpanel.pipeline.report import write_reports
from sigpanel.pipeline.verify import hold_tables, refusals_told, tables_of
from sigpanel.pipeline.withdrawn import (
    hold_somebody_left,
    holders,
    lines_of,
    rows_of_codes,
    rows_told,
    taken_out,
    withdrawals_digest,
)

if TYPE_CHECKING:
    from sigpanel.decisions import Withdrawal
    from sigpanel.key import Key
    from sigpanel.panel import Panel
    from sigpanel.panel.lock import Lock
    from sigpanel.pipeline.study import Study


class AtHand(Protocol):
    """What there is of a study, with everybody in it who has not gone for good."""

    @property
    def episodes(self) -> pl.DataFrame:
        """Every episode: `episode_id, person_id, district, enrolled_on, first_reported_year`."""

    def holders(self, withdrawals: Withdrawals) -> pl.DataFrame:
        """Whom lines take out: `line, episode_id`."""

    def is_told(self, line: Withdrawal) -> bool:
        """Whether a row gives a code that made no episode."""

    def publish(self, withdrawals: Withdrawals, held: Lock) -> None:
        """Make a release without those who have withdrawn, and let it be live.

        Raises:
            InputError: nobody would be left.
        """


def at_hand(study: Study, key: Key) -> AtHand:
    """What there is; whoever calls this holds the panel's lock.

    Raises:
        InputError: the study cannot be built, or there is neither a workbook nor a release.
    """
    remembered = remembered_of(study)
    if layout.current(study.panel) is not None and not find_sources(study.submissions):
        return _of_release(study, key, remembered)
    return _Workbooks(study, key, remembered, make_whole(study, key, remembered))


@dataclass(frozen=True)
class _Workbooks:
    study: Study
    key: Key
    remembered: pl.DataFrame | None
    whole: Whole

    @property
    def episodes(self) -> pl.DataFrame:
        return self.whole.made.resolved.episodes

    def holders(self, withdrawals: Withdrawals) -> pl.DataFrame:
        return holders(self.whole.made, lines_of(withdrawals), self.key.pseudonyms, self.remembered)

    def is_told(self, line: Withdrawal) -> bool:
        told = rows_told(self.whole.delivery, self.whole.made.judged)
        return rows_of_codes(told, lines_of(Withdrawals((line,))), self.key.pseudonyms).height > 0

    def publish(self, withdrawals: Withdrawals, held: Lock) -> None:
        made = taken_out(self.whole, withdrawals, self.study, self.key.pseudonyms, self.remembered)
        publish(self.study, self.key, made, self.remembered, held)


@dataclass(frozen=True)
class _Release:
    study: Study
    key: Key
    remembered: pl.DataFrame
    panel: Panel
    tables: dict[str, pl.DataFrame]

    @property
    def episodes(self) -> pl.DataFrame:
        return self.tables["episodes"]

    def holders(self, withdrawals: Withdrawals) -> pl.DataFrame:
        lines, persons = lines_of(withdrawals), self.episodes.select("episode_id", "person_id")
        by_code = self.episodes.join(lines.filter(kind=CODE), left_on="uno_id", right_on="id")
        by_episode = persons.join(lines.filter(kind=EPISODE), left_on="episode_id", right_on="id")
        about = pl.concat([each.select("line", "person_id") for each in (by_code, by_episode)])
        return about.unique().join(persons, on="person_id").select("line", "episode_id").sort("line", "episode_id")

    def is_told(self, line: Withdrawal) -> bool:  # noqa: ARG002 - a release tells of no row what it gave
        return False

    def publish(self, withdrawals: Withdrawals, held: Lock) -> None:
        out = self.holders(withdrawals)
        hold_somebody_left(out["episode_id"], self.episodes.height)
        gone = Gone(
            episodes=out["episode_id"].unique().sort(),
            person_ids=self.key.pseudonyms("persons", out["episode_id"]).unique(),
            uno_ids=lines_of(withdrawals).filter(kind=CODE)["id"],
        )
        tables = without(self.tables, gone)
        with refusals_told(self.study):
            hold_tables(tables)
        told = {"withdrawals_digest": withdrawals_digest(withdrawals, self.key), "n_withdrawals": len(withdrawals.all)}
        quality = self.panel.linkage_quality
        release = write(
            tables,
            releases.manifest_of(self.panel, tables, told),
            registry.with_withdrawn(self.remembered, self._marks(withdrawals, out), upcoming(self.study.panel)),
            quality=quality if out.is_empty() else releases.quality_of(quality),
            codebook=self.panel.variables,
            variables=variables(),
            panel_dir=self.study.panel,
            registry_dir=self.study.registry,
            held=held,
        )
        write_reports(self.study, release)

    def _marks(self, withdrawals: Withdrawals, out: pl.DataFrame) -> pl.DataFrame:
        """Who is out now, beside whom lines that still stand took out before, of whom the release tells nothing."""
        before = registry.withdrawn(self.remembered)
        is_line = pl.col("alias_kind") == registry.WITHDRAWN
        stands = before.filter(is_line).filter(pl.col("alias").is_in([one.target for one in withdrawals.all]))
        rows = self.tables["ledger"].join(out.select("episode_id").unique(), on="episode_id")
        return pl.concat(
            [
                stands,
                before.filter(~is_line).join(stands, on="episode_id", how="semi"),
                out.select(pl.lit(registry.WITHDRAWN).alias("alias_kind"), pl.col("line").alias("alias"), "episode_id"),
                rows.select(
                    pl.lit(registry.WITHDRAWN_ROW).alias("alias_kind"),
                    pl.concat_str("submission_id", "row", separator=":").alias("alias"),
                    "episode_id",
                ),
            ]
        )


def _of_release(study: Study, key: Key, remembered: pl.DataFrame | None) -> _Release:
    panel = open_panel(study.panel)
    if remembered is None or not releases.is_of_this_contract(study.panel, panel.release):
        raise InputError(
            "withdraw-without-workbooks",
            "There is no workbook in owner/submissions, and the live release keeps another version of its contract "
            "than this sigpanel writes.",
            remedy="Bring the workbooks back from a backup, or withdraw with the sigpanel that made the release, whose "
            "version is in its manifest.json.",
        )
    return _Release(study, key, remembered, whole(panel), tables_of(panel))
