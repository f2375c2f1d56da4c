"""The registry: the owner's memory of which ids were given to what, release by release.

An alias is a keyed digest of something by which an episode can be known again: its founding facts, its code and date.
The registry holds no clear code, so it is of no use without the key, and none of it goes into a release.

Three more kinds of row tell of persons: `facts`, a keyed digest of what is told of an episode now; `decided`, what is
decided of it and another one now; and events (`merged:<cause>`, `split:<cause>`, `renamed:<cause>`), whose alias is the
person that the episode was of before. Out of these comes the table `id_history`.

Who has withdrawn is remembered too, so that no id is given anew and nobody comes back because linkage now sees it
otherwise: `withdrawn`, with what the withdrawal is about, and `withdrawn_row`, with the row that was theirs.

Each release has its own registry file, `<release>.parquet`, written before the release goes live. The registry that
counts is always the one named like the live release: a build that is killed leaves a file that nobody reads.

`intake.parquet` says which file a submission id is. It is the one place where that stands.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.errors import Fault, InputError
from sigpanel.panel import durable
from sigpanel.panel.layout import current
from sigpanel.panel.parquet import write_parquet

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# `founded_in` is the number of the release in which the alias was first known.
REGISTRY = pl.Schema(
    {
        "alias_kind": pl.String,
        "alias": pl.String,
        "episode_id": pl.String,
        "person_id": pl.String,
        "founded_in": pl.Int32,
    }
)
INTAKE = pl.Schema({"submission_id": pl.String, "file": pl.String})

_INTAKE_FILE = "intake.parquet"
_ALIAS = ("alias_kind", "alias", "episode_id")
FACTS = "facts"
# What a key makes: 16 bytes in base32, with or without a letter for what it is.
_KEYED = re.compile(r"(?<![A-Za-z0-9])([a-z]?[a-z2-7]{26})(?![A-Za-z0-9])")
_EVENT = r"^(merged|split|renamed):(.+)$"
# Rows that tell how things stand now: those of the release before are not kept.
_PASSING = ("decided",)
WITHDRAWN = "withdrawn"
WITHDRAWN_ROW = "withdrawn_row"


def read_live(panel_dir: Path, registry_dir: Path) -> pl.DataFrame | None:
    """The registry of the live release; null before the first release.

    Raises:
        InputError: there is a live release, but its registry is missing or damaged: a build without it could give
            persons new ids.
    """
    release = current(panel_dir)
    if release is None:
        return None
    path = registry_dir / f"{release}.parquet"
    if not path.is_file():
        raise InputError(
            "registry-missing",
            f"The registry of the live release {release} is missing, so ids given earlier are not known.",
            remedy=f"Bring owner/registry/{release}.parquet back from a backup.",
        )
    return _read_checked(path, REGISTRY)


def read_aliases(path: Path) -> pl.DataFrame:
    """By what episodes were known in a release, whichever: `alias_kind, alias`, of its file in the registry.

    Raises:
        InputError: it is damaged.
    """
    return _read_checked(path, REGISTRY).select("alias_kind", "alias")


def before(remembered: pl.DataFrame) -> pl.DataFrame:
    """What was known of each episode in the release before: `episode_id, person_id, facts` (null if not remembered)."""
    facts = remembered.filter(pl.col("alias_kind") == FACTS).select("episode_id", pl.col("alias").alias("facts"))
    persons = remembered.group_by("episode_id").agg(pl.col("person_id").min())
    return persons.join(facts, on="episode_id", how="left")


def history(registry: pl.DataFrame) -> pl.DataFrame:
    """Every event there was: `release_no, episode_id, event, cause, person_id_before, person_id` (today's)."""
    told = pl.col("alias_kind").str.extract_groups(_EVENT)
    return registry.filter(pl.col("alias_kind").str.contains(_EVENT)).select(
        pl.col("founded_in").alias("release_no"),
        "episode_id",
        told.struct.field("1").alias("event"),
        told.struct.field("2").alias("cause"),
        pl.col("alias").alias("person_id_before"),
        "person_id",
    )


def withdrawn(remembered: pl.DataFrame | None) -> pl.DataFrame:
    """Whom withdrawals took out, in the release before: `alias_kind, alias, episode_id`."""
    known = REGISTRY.to_frame() if remembered is None else remembered
    return known.filter(pl.col("alias_kind").is_in([WITHDRAWN, WITHDRAWN_ROW])).select(*_ALIAS)


def with_withdrawn(known: pl.DataFrame, marks: pl.DataFrame, release: int) -> pl.DataFrame:
    """The registry with whom withdrawals take out, in the place of whom they took out before.

    Args:
        known: the registry.
        marks: `alias_kind, alias, episode_id` of episodes that it knows.
        release: the number of the release that is being made.
    """
    is_mark = pl.col("alias_kind").is_in([WITHDRAWN, WITHDRAWN_ROW])
    since = known.filter(is_mark).select(*_ALIAS, "founded_in")
    persons = known.group_by("episode_id").agg(pl.col("person_id").min())
    now = (
        marks.select(*_ALIAS)
        .unique()
        .join(persons, on="episode_id")
        .join(since, on=list(_ALIAS), how="left")
        .with_columns(pl.col("founded_in").fill_null(release).cast(pl.Int32))
    )
    return pl.concat([known.filter(~is_mark), now.select(known.columns)])


def after(
    remembered: pl.DataFrame | None,
    aliases: pl.DataFrame,
    episodes: pl.DataFrame,
    events: pl.DataFrame,
    decided: pl.DataFrame,
    release: int,
) -> pl.DataFrame:
    """The registry after a release: every alias, with the release in which it was first known.

    Aliases of the past are kept, also of episodes that no workbook holds any more: an id is never given anew.

    Args:
        remembered: the registry of the release before, if there was one.
        aliases: `alias_kind, alias, episode_id` of this release's reports.
        episodes: `episode_id, person_id, facts` of this release.
        events: `episode_id, person_id_before, event, cause` of this release.
        decided: `alias_kind, alias, episode_id` of the decisions on links in force.
        release: its number.
    """
    persons = episodes.select("episode_id", "person_id")
    told = events.select(
        pl.concat_str("event", "cause", separator=":").alias("alias_kind"),
        pl.col("person_id_before").alias("alias"),
        "episode_id",
    )
    facts = episodes.select(pl.lit(FACTS).alias("alias_kind"), pl.col("facts").alias("alias"), "episode_id")
    now = (
        pl.concat([aliases.select(told.columns), facts, decided.select(told.columns), told])
        .join(persons, on="episode_id")
        .with_columns(pl.lit(release, pl.Int32).alias("founded_in"))
    )
    if remembered is None:
        return now
    # Of what was told of an episode only the last is kept, from when it was first told so.
    key = ["alias_kind", "alias", "episode_id"]
    of_these = remembered.filter(pl.col("alias_kind") == FACTS).join(facts, on="episode_id", how="semi")
    outdated = of_these.join(facts, on=key, how="anti")
    past = (
        remembered.filter(~pl.col("alias_kind").is_in(_PASSING))
        .join(outdated, on=key, how="anti")
        .join(persons, on="episode_id", how="left", suffix="_now")
        .with_columns(pl.coalesce("person_id_now", "person_id").alias("person_id"))
    )
    known = pl.concat([past.select(now.columns), now]).sort("founded_in", "alias_kind", "alias", "episode_id")
    is_event = pl.col("alias_kind").str.contains(_EVENT)
    # An event may occur again; all else is remembered from when it was first known.
    once = known.filter(~is_event).unique(key, keep="first", maintain_order=True)
    return pl.concat([once, known.filter(is_event)])


def under_other_ids(frame: pl.DataFrame, other: Mapping[str, str]) -> pl.DataFrame:
    """A registry as it is when every id, and every alias, is another.

    Args:
        frame: the registry.
        other: the other one by each id and alias. An alias may hold ids among other words (what was decided stands as
            verdict and the other episode). A row whose alias holds one that has no other is left out: nothing would be
            known again by it.

    Raises:
        Fault: an episode or person has no other id.
    """

    def renamed(alias: str) -> str | None:
        parts = [other.get(part) if _KEYED.fullmatch(part) else part for part in _KEYED.split(alias)]
        return None if None in parts else "".join(map(str, parts))

    aliases = frame["alias"].unique()
    now_of = pl.DataFrame({"alias": aliases, "now": pl.Series(map(renamed, aliases), dtype=pl.String)})
    now = frame.join(now_of, on="alias").with_columns(
        pl.col("episode_id", "person_id").replace_strict(other, default=None, return_dtype=pl.String),
        pl.col("now").alias("alias"),
    )
    if now["episode_id"].null_count() or now["person_id"].null_count():
        raise Fault("registry-ids", "An id of the registry has no other that could take its place.")
    return check(now.drop_nulls("alias").select(REGISTRY.names()).unique())


def write(registry_dir: Path, release: str, frame: pl.DataFrame) -> None:
    """Write the registry of a release that is about to go live.

    Raises:
        Fault: the frame is not a registry.
    """
    _write(registry_dir / f"{release}.parquet", check(frame))


def check(frame: pl.DataFrame) -> pl.DataFrame:
    """Take the registry's columns from a frame, in order and sorted.

    Raises:
        Fault: the frame is not a registry.
    """
    return _checked(frame, REGISTRY)


def write_intake(registry_dir: Path, frame: pl.DataFrame) -> None:
    """Write which file each submission id is, as paths relative to the study's submissions.

    Raises:
        Fault: the frame is not of schema `INTAKE`, or a path is not relative.
    """
    intake = _checked(frame, INTAKE)
    if any(PurePosixPath(file).is_absolute() for file in intake["file"]):
        raise Fault("intake-path", "The intake names a file by an absolute path.")
    _write(registry_dir / _INTAKE_FILE, intake)


def read_intake(registry_dir: Path) -> pl.DataFrame:
    """Which file each submission id is; empty before the first build."""
    path = registry_dir / _INTAKE_FILE
    return _read_checked(path, INTAKE) if path.is_file() else pl.DataFrame(schema=INTAKE)


def read_file(path: Path, schema: pl.Schema | None = None, *, or_else: str = "") -> pl.DataFrame:
    """A file of the owner's registry folder.

    Args:
        path: the file; where it is not there and a schema is given, it is empty.
        schema: the columns that are wanted of it; all if none are said.
        or_else: what may be done where there is no backup, as the rest of a sentence.

    Raises:
        InputError: it is damaged.
    """
    if schema is not None and not path.is_file():
        return pl.DataFrame(schema=schema)
    try:
        frame = pl.read_parquet(path, glob=False)
        return frame if schema is None else frame.select(schema.names()).cast(schema)
    except (pl.exceptions.PolarsError, OSError):
        raise _damaged(path, or_else) from None


def _read_checked(path: Path, schema: pl.Schema) -> pl.DataFrame:
    """A file as it was written, or none: what was written passed, so one that does not is damaged, and no fault."""
    try:
        return _checked(read_file(path), schema)
    except Fault:
        raise _damaged(path) from None


def _damaged(path: Path, or_else: str = "") -> InputError:
    return InputError(
        "registry-damaged",
        f"A file of the registry cannot be read: {path.name}.",
        remedy=f"Bring owner/registry/{path.name} back from a backup{or_else}.",
    )


def _write(path: Path, frame: pl.DataFrame) -> None:
    durable.make_folders(path.parent, durable.PRIVATE_FOLDER)
    with durable.replaced_file(path, durable.PRIVATE) as file:
        write_parquet(frame, file)


def _checked(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    have = {name: dtype for name, dtype in frame.schema.items() if name in schema}
    if have != dict(schema):
        raise Fault("registry-columns", f"The registry needs the columns {', '.join(schema)}, each with its own type.")
    frame = frame.select(schema.names())
    if sum(frame.null_count().row(0)):
        raise Fault("registry-null", "The registry has a row that is not filled.")
    if frame.is_duplicated().any():
        raise Fault("registry-repeated", "The registry has a row twice.")
    return frame.sort(schema.names())
