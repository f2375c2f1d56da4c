"""Open a panel: a release as lazy polars frames, one attribute for each table.

    panel = open_panel("research/panel")
    panel.episodes                          a pl.LazyFrame; likewise persons, answers, waves, ...
    panel.variables                         the codebook as a pl.DataFrame

Only the release is read, never the owner's room, and of its tables nothing before it is asked for. This works wherever
polars does, also where no release could be made. A release whose contract is of another major version is refused: under
the same names it may hold something else. Whether a release keeps its contract is held by `sigpanel verify`.
"""

from __future__ import annotations

import html
import json
import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, overload

import polars as pl

from sigpanel.errors import InputError, SigpanelError, UsageError
from sigpanel.panel import layout
from sigpanel.resources import panel_version

_SETTINGS = "sigpanel.toml"
_VERSION = re.compile(r"(\d+)\.\d+\.\d+", re.ASCII)
_INSIDE = ("", "panel", "research/panel")


class _Table:
    """An attribute of `Panel` that is the table of the same name."""

    def __init__(self, one_row_per: str) -> None:
        self.__doc__ = f"One row per {one_row_per}."

    def __set_name__(self, owner: type[Panel], name: str) -> None:
        self.name = name

    @overload
    def __get__(self, panel: None, owner: type[Panel]) -> _Table: ...
    @overload
    def __get__(self, panel: Panel, owner: type[Panel]) -> pl.LazyFrame: ...
    def __get__(self, panel: Panel | None, owner: type[Panel]) -> _Table | pl.LazyFrame:
        return self if panel is None else panel.table(self.name)


@dataclass(frozen=True)
class Panel:
    """A release of the panel. Each table is an attribute; the codebook is `variables`."""

    path: Path
    release: str

    persons = _Table("person")
    episodes = _Table("enrolment episode, the pilot's included")
    answers = _Table("episode, moment and variable: a full grid")
    waves = _Table("episode and moment that has happened")
    submissions = _Table("workbook")
    ledger = _Table("source row below the header")
    findings = _Table("finding")
    revisions = _Table("answer that a later report changed")
    links = _Table("pair of episodes considered")
    id_history = _Table("episode that came to another person")
    cohort = _Table("person of the first evaluation, 2013 to 2016")
    availability = _Table("edition, variable and moment")

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that it has."""
        return tuple(TABLES)

    def table(self, name: str) -> pl.LazyFrame:
        """One table by name.

        Raises:
            UsageError: a panel has no such table.
            InputError: the release lacks its file.
        """
        if name not in TABLES:
            raise UsageError(
                "table-unknown", f"A panel has no table {name}.", remedy=f"Its tables are: {', '.join(TABLES)}."
            )
        # A folder may be called anything: `glob` takes brackets in its name for a pattern, `hive` a = for a column.
        return pl.scan_parquet(self._file(f"{name}.parquet"), glob=False, hive_partitioning=False)

    @cached_property
    def variables(self) -> pl.DataFrame:
        """The codebook: every column of every table, what it means, and its codes."""
        return pl.read_csv(self._file(layout.CODEBOOK), infer_schema=False, glob=False)

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What the release was made from."""
        return self._json(layout.MANIFEST)

    @cached_property
    def linkage_quality(self) -> dict[str, Any]:
        """How good the linkage of persons is: precision and recall as ranges, by id and by group."""
        return self._json(layout.QUALITY)

    @property
    def threshold(self) -> int | None:
        """Fewer persons are hidden in tables, as the study has it; null where a release tells no figures."""
        told = self.linkage_quality.get("disclosure")
        return told.get("threshold") if isinstance(told, dict) else None

    def _json(self, name: str) -> dict[str, Any]:
        try:
            content = json.loads(self._file(name).read_bytes())
        except ValueError:
            content = None
        if not isinstance(content, dict) or not content:
            raise InputError(
                "release-damaged",
                f"{name} of release {self.release} cannot be read.",
                remedy="Bring the release back from a backup.",
            )
        return content

    def _file(self, name: str) -> Path:
        path = self.path / name
        if not path.is_file():
            raise InputError(
                "release-incomplete",
                f"Release {self.release} lacks its file {name}.",
                remedy="Bring the release back from a backup, or build again.",
            )
        return path

    def _count(self, name: str) -> str:
        try:
            return f"{self.table(name).select(pl.len()).collect().item():,}"
        except (SigpanelError, pl.exceptions.PolarsError, OSError):
            # What shows an object must not fail on a damaged one: whoever looks at it wants to know what is wrong.
            return "?"

    def __getattr__(self, name: str) -> pl.LazyFrame:
        raise AttributeError(f"A panel has no {name}. Its tables are: {', '.join(TABLES)}; its codebook is: variables.")

    def __repr__(self) -> str:
        counts = ", ".join(f"{self._count(name)} {name}" for name in ("persons", "episodes", "answers", "submissions"))
        return f"Panel {self.release}: {counts}"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{name}</td><td style='text-align:right'>{self._count(name)}</td><td>{html.escape(doc)}</td></tr>"
            for name, doc in TABLES.items()
        )
        return f"<table><caption>Panel {html.escape(self.release)}</caption>{rows}</table>"


TABLES = {name: str(each.__doc__) for name, each in vars(Panel).items() if isinstance(each, _Table)}


def open_panel(path: str | Path = "research/panel", release: str | None = None) -> Panel:
    """Open a release of a panel; the live one unless another is named.

    Args:
        path: the panel folder, the study or its research folder, or the folder of one release.
        release: the name of an earlier release, such as r0001.

    Raises:
        InputError: there is no panel, no release yet, or no such release; or it is an extract, or keeps another
            contract than this sigpanel reads.
        UsageError: `path` is one release and `release` another.
    """
    place = Path(path)
    if (place / layout.MANIFEST).is_file() and (place / layout.DATAPACKAGE).is_file():
        return _one_release(place, release)
    panel_dir = _panel_folder(place)
    live = layout.current(panel_dir)
    if live is None:
        raise InputError(
            "no-release",
            f"No release has been published in {panel_dir} yet.",
            remedy="Make the first with `sigpanel build`, or give the folder that holds CURRENT.",
        )
    return _readable(_published(panel_dir, release or live))


def live_manifest(panel_dir: Path) -> dict[str, Any]:
    """What the live release was made from, whichever contract it keeps: what a build asks of the one before.

    Empty before the first release.

    Raises:
        InputError: the release is damaged.
    """
    live = layout.current(panel_dir)
    return _published(panel_dir, live).manifest if live else {}


def live_persons(panel_dir: Path) -> pl.DataFrame:
    """Whose each episode of the live release is, whichever contract it keeps: `episode_id, person_id`.

    Empty before the first release.

    Raises:
        InputError: the release is damaged.
    """
    schema = {"episode_id": pl.String, "person_id": pl.String}
    live = layout.current(panel_dir)
    if live is None:
        return pl.DataFrame(schema=schema)
    try:
        return pl.read_parquet(panel_dir / live / "episodes.parquet", columns=list(schema), glob=False)
    except (pl.exceptions.PolarsError, OSError):
        raise InputError(
            "release-damaged",
            f"The episodes of the live release {live} cannot be read.",
            remedy=f"Bring research/panel/{live} back from a backup.",
        ) from None


def _one_release(place: Path, release: str | None) -> Panel:
    name = place.resolve().name
    if release not in (None, name):
        raise UsageError(
            "release-twice", f"{place} is the release {name}, not {release}.", remedy="Give the panel folder instead."
        )
    panel = Panel(place, name)
    # An extract has the same two files. Opened here it would be held against neither its last day nor the log.
    if "extract_id" in panel.manifest:
        raise InputError(
            "is-an-extract",
            f"{place} is an extract, and no release of a panel.",
            remedy="Open it with sigpanel.open_extract, which holds it against its approval's last day.",
        )
    return _readable(panel)


def _panel_folder(place: Path) -> Path:
    if (place / _SETTINGS).is_file():
        return place / _research(place / _SETTINGS) / "panel"
    for inside in _INSIDE:
        if (place / inside / layout.CURRENT).is_file():
            return place / inside
    # A panel before its first release has the folder at most.
    for inside in reversed(_INSIDE):
        if (place / inside).is_dir():
            return place / inside
    raise InputError(
        "panel-missing",
        f"There is no panel at {place}.",
        remedy="Give the folder that holds CURRENT: research/panel in a study, or where the settings put it.",
    )


def _research(settings: Path) -> str:
    """Where a study's settings put what is for research; the one setting that opening a panel needs."""
    try:
        return str(tomllib.loads(settings.read_text(encoding="utf-8")).get("research", "research"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError):
        raise InputError(
            "settings-unreadable",
            f"The settings {settings} cannot be read.",
            remedy="Mend them, or give the folder that holds CURRENT instead of the study.",
        ) from None


def _published(panel_dir: Path, release: str) -> Panel:
    known = layout.published(panel_dir)
    if release not in known:
        raise InputError(
            "release-unknown",
            f"There is no release {release} in {panel_dir}.",
            remedy=f"Published are: {', '.join(known) or 'none'}.",
        )
    return Panel(panel_dir / release, release)


def _readable(panel: Panel) -> Panel:
    """Refuse a release of another major version of the contract, and one from before contracts had versions."""
    told = _VERSION.fullmatch(str(panel.manifest.get("contract_version")))
    major = panel_version().partition(".")[0]
    if told and told[1] == major:
        return panel
    says = f"keeps version {told[0]} of" if told else "does not say which version it keeps of"
    raise InputError(
        "release-of-another-contract",
        f"Release {panel.release} {says} the panel's contract, and this sigpanel reads {major}.x.",
        remedy="Build a new release with this sigpanel, which keeps all ids; or open this one with the sigpanel that "
        "made it, whose version is in its manifest.json.",
    )
