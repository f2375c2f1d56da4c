"""What a release leaves for the next one to know: the registry, with what became of ids, and which file is which.

The registry of the release before says who was whose; compared with the persons of this one it gives the events of
`id_history`, each with its cause.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.linkage import linkage_digest
from sigpanel.panel import registry
from sigpanel.panel.layout import upcoming
from sigpanel.panel.open import live_manifest, live_persons
from sigpanel.persons.history import decided_rows, events, withdrawn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sigpanel.persons import Resolved
    from sigpanel.pipeline.study import Study


def remember(
    study: Study,
    remembered: pl.DataFrame | None,
    aliases: pl.DataFrame,
    resolved: Resolved,
    told: pl.DataFrame,
    decisions: pl.DataFrame,
) -> pl.DataFrame:
    """The registry after this release.

    Args:
        study: the study, for the live release.
        remembered: the registry of the live release, if there is one.
        aliases: `alias_kind, alias, episode_id` of this release's reports.
        resolved: the persons of this release.
        told: `episode_id, facts`: a digest of what linkage looked at.
        decisions: `episode_a, episode_b, verdict` that are in force.
    """
    persons = resolved.episodes.select("episode_id", "person_id").join(told, on="episode_id")
    taken_back = withdrawn(remembered, decisions)
    known = persons.clear() if remembered is None else registry.before(remembered)
    # Who had withdrawn was known to the release before, though not told in it.
    was_there = pl.concat([live_persons(study.panel)["episode_id"], registry.withdrawn(remembered)["episode_id"]])
    moved = events(
        persons,
        known,
        pl.concat([decisions["episode_a"], decisions["episode_b"], taken_back]).unique(),
        absent=known.filter(~pl.col("episode_id").is_in(was_there.implode()))["episode_id"],
        is_by_other_parameters=_linked_by(study) != linkage_digest(),
    )
    return registry.after(remembered, aliases, persons, moved, decided_rows(decisions), upcoming(study.panel))


def _linked_by(study: Study) -> str | None:
    """The digest of the parameters by which the live release was linked."""
    digest: str | None = live_manifest(study.panel).get("linkage_digest")
    return digest


def files(study: Study, workbooks: pl.DataFrame, names: Mapping[int, str]) -> pl.DataFrame:
    """Which file each submission id is, of this release and of those before, for the owner's room."""
    now = workbooks.sort("submission_no").select(
        "submission_id",
        pl.col("submission_no").replace_strict(names, return_dtype=pl.String).alias("file"),
    )
    past = registry.read_intake(study.registry).join(now, on="submission_id", how="anti")
    return pl.concat([now, past]).sort("submission_id")
