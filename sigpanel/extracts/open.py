"""Open an extract: its tables as lazy polars frames, as those of a panel are opened.

    extract = open_extract("research/extracts/demo-followup-v1")
    extract.episodes        a pl.LazyFrame; likewise the other tables that the approval lets out
    extract.variables       its codebook as a pl.DataFrame
    extract.outcomes        likewise what register holders have delivered to it, once they have (docs/registers.md)

An extract is refused after its approval's last day, and when the log beside it says that it has ended or was called
back. That binds only the honest: the files can be read without sigpanel, and a clock can be set back. What protects
persons afterwards is that the recipients delete their copies, as the approval obliges them to.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import NoneType
from typing import Any

import polars as pl

from sigpanel import audit
from sigpanel.analysis.methods import Analyses
from sigpanel.contracts.audit import vocabulary
from sigpanel.contracts.strict import NAME, VERSION
from sigpanel.errors import InputError, PolicyError, SigpanelError, UsageError
from sigpanel.extracts.layout import BEFORE, CODEBOOK, FOLLOWUP, FOLLOWUP_BEFORE, ISSUING, MANIFEST, SUMS
from sigpanel.extracts.whole import is_whole
from sigpanel.resources import panel_version

LOG = "log.jsonl"
_NEEDED = {"extract_id", "approval", "rows", "contract_version"}
_ENDED = {"expired": "has ended", "recalled": "was called back"}


@dataclass(frozen=True)
class Extract(Analyses):
    """An extract. Each table is an attribute, each analysis a method; the codebook is `variables`.

    `has_received` is false of one that was opened for what was issued alone (`open_issued`).
    """

    path: Path
    manifest: dict[str, Any]
    has_received: bool = True

    @property
    def extract_id(self) -> str:
        """What the extract is called."""
        return str(self.manifest["extract_id"])

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that it holds, and those that deliveries of registers have become."""
        return (*self.manifest["rows"], *self._received)

    @property
    def threshold(self) -> int | None:
        """Fewer persons are hidden in tables, as the study had it when the extract was issued."""
        return self.manifest.get("threshold")

    @cached_property
    def _received(self) -> dict[str, str]:
        """The file of each table that lies beside the extract's own, by name.

        Raises:
            InputError: what was received cannot be read, or is another extract's.
        """
        place = self.path / FOLLOWUP
        if not self.has_received or not place.is_dir():
            return {}
        try:
            told = json.loads((place / MANIFEST).read_bytes())
            if told["extract_id"] == self.extract_id:
                return {name: f"{FOLLOWUP}/{file}" for name, file in told["tables"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            pass
        raise self._damaged("cannot be read, or is another extract's")

    def _damaged(self, what: str) -> InputError:
        return InputError(
            "followup-damaged",
            f"What register holders delivered to {self.extract_id} {what}.",
            remedy=f"Ask for the folder {FOLLOWUP} again, or bring it back from a backup. Without one move it away, "
            "and receive all deliveries again: `sigpanel followup receive`.",
        )

    def table(self, name: str) -> pl.LazyFrame:
        """One table by name.

        Raises:
            UsageError: the extract has no such table.
            InputError: its file is not there, or is not the one that was written.
        """
        if name not in self.tables:
            raise UsageError(
                "table-unknown",
                f"The extract has no table {name}.",
                remedy=f"Its tables are: {', '.join(self.tables)}.",
            )
        file = self._received.get(name, f"{name}.parquet")
        return pl.scan_parquet(self._file(file), glob=False, hive_partitioning=False)

    @cached_property
    def variables(self) -> pl.DataFrame:
        """The codebook: every column, what it means, what was done to it, and its codes."""
        own = pl.read_csv(self._file(CODEBOOK), infer_schema=False, glob=False)
        if not self._received:
            return own
        return pl.concat([own, pl.read_csv(self._file(f"{FOLLOWUP}/{CODEBOOK}"), infer_schema=False, glob=False)])

    def _file(self, name: str) -> Path:
        path = self.path / name
        if not path.is_file():
            raise InputError(
                "extract-incomplete", f"The extract lacks its file {name}.", remedy="Ask its sender for it again."
            )
        is_received = path.is_relative_to(self.path / FOLLOWUP)
        place = self.path / FOLLOWUP if is_received else self.path
        if is_whole(place, path.relative_to(place).as_posix()):
            return path
        if is_received:
            raise self._damaged(f"is not as it was written: {name}")
        raise InputError(
            "extract-damaged",
            f"The file {name} of the extract {self.extract_id} is not as it was issued.",
            remedy=f"Hold the folder against its {SUMS}, and ask its sender for it again.",
        )

    def __getattr__(self, name: str) -> pl.LazyFrame:
        if not name.startswith("_") and name in self.tables:
            return self.table(name)
        raise AttributeError(f"An extract has no {name}. This one's tables are: {', '.join(self.tables)}.")

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.tables})

    def __repr__(self) -> str:
        rows = ", ".join(f"{n} {name}" for name, n in self.manifest["rows"].items())
        beside = f"; received: {', '.join(self._received)}" if self._received else ""
        return f"Extract {self.extract_id}: {rows} (rounded){beside}"


def open_extract(path: str | Path, *, today: dt.date | None = None) -> Extract:
    """Open an extract, unless it has ended. That binds only the honest: the files can be read without this.

    Args:
        path: its folder.
        today: the day; that of the clock if it is not given.

    Raises:
        InputError: there is no extract, it is damaged, it keeps another contract than this sigpanel reads, or what was
            received for it is not there, or only half.
        PolicyError: its approval has ended, or it was ended or called back.
    """
    folder = Path(path)
    told, standing = _open(folder, today)
    # Without what was received nobody in it would seem to have died: that is another answer, and not an error.
    if not (folder / FOLLOWUP).is_dir() and (_has_half(folder) or (standing is not None and standing.received)):
        raise InputError(
            "followup-unfinished",
            f"What register holders delivered to {told['extract_id']} is not in its place: a command was interrupted, "
            "or somebody moved it.",
            remedy="Receive the last delivery again (`sigpanel followup receive`), which puts back what was there. "
            "Where that delivery is gone, rename .followup-before to followup, or bring it back from a backup. If "
            "the extract was handed to you so, ask its sender for it again.",
        )
    return Extract(folder, told)


def open_issued(path: str | Path, *, today: dt.date | None = None) -> Extract:
    """Open an extract for what was issued alone, whatever has become of what was received; as `open_extract` else."""
    folder = Path(path)
    return Extract(folder, _open(folder, today)[0], has_received=False)


def _has_half(folder: Path) -> bool:
    """Whether a killed command had put aside what was received: that which receives, or that which issues again."""
    issuing = folder.absolute().parent / f"{ISSUING}{folder.absolute().name}{BEFORE}"
    return any(place.is_dir() for place in (folder / FOLLOWUP_BEFORE, issuing / FOLLOWUP, issuing / FOLLOWUP_BEFORE))


def _open(folder: Path, today: dt.date | None) -> tuple[dict[str, Any], audit.Standing | None]:
    """What the manifest of an extract in use says, and what the log beside it, if there is one."""
    told = _manifest(folder)
    day = today or dt.datetime.now().astimezone().date()
    _refuse_other_contract(told)
    if day > dt.date.fromisoformat(told["approval"]["valid_to"]):
        raise _ended(told, f"was approved until {told['approval']['valid_to']}")
    standing = _standing(folder.absolute().parent / LOG, told["extract_id"])
    if standing is not None and standing.state.word in _ENDED:
        raise _ended(told, _ENDED[standing.state.word])
    return told, standing


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        told = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or not told.keys() >= _NEEDED:
        raise InputError(
            "extract-missing",
            f"There is no extract at {folder}, or its manifest cannot be read.",
            remedy="Give the folder that holds manifest.json, as it was received.",
        )
    odd = [name for name, is_well in _holds(told).items() if not is_well]
    if odd:
        raise InputError(
            "extract-manifest-damaged",
            f"The manifest of the extract says of {', '.join(odd)} what it cannot say.",
            remedy="Hold the folder against its SHA256SUMS, and ask its sender for it again.",
        )
    return told


def _holds(told: dict[str, Any]) -> dict[str, bool]:
    """By entry that is needed, whether it can be what was written."""
    approval, rows = told["approval"], told["rows"]
    return {
        "extract_id": _is(vocabulary().subjects["extract"].pattern, told["extract_id"]),
        "contract_version": _is(VERSION, told["contract_version"]),
        "approval.valid_to": isinstance(approval, dict) and _is_day(approval.get("valid_to")),
        "rows": isinstance(rows, dict)
        and all(_is(NAME, name) and isinstance(n, int | str) for name, n in rows.items()),
        "threshold": type(told.get("threshold")) in {int, NoneType},
    }


def _is(pattern: re.Pattern[str], said: object) -> bool:
    return isinstance(said, str) and bool(pattern.fullmatch(said))


def _is_day(said: object) -> bool:
    try:
        return isinstance(said, str) and dt.date.fromisoformat(said).isoformat() == said
    except ValueError:
        return False


def _standing(log: Path, extract_id: str) -> audit.Standing | None:
    """What the log beside an extract says of it; null where none lies there that is about it.

    Raises:
        InputError: there is one, and it cannot be followed.
    """
    if not log.is_file():
        return None
    try:
        return audit.standings(audit.read(log)).get(extract_id)
    except (OSError, SigpanelError):
        if not _is_told(log, extract_id):
            # Any program may call a log of its own so. A recipient has none of ours, and nothing to answer for.
            return None
    raise InputError(
        "extract-log-unreadable",
        f"The log beside the extract {extract_id} tells of it and cannot be followed, so it may have ended.",
        remedy="If this is the study's own folder, tell the research data manager, who finds out by "
        "`sigpanel extract verify-log`. If the extract was handed to you, keep its folder at a place of its own.",
    )


def _is_told(log: Path, extract_id: str) -> bool:
    """Whether a file that is no sound log has a line about an extract; one that may not be read counts as having it."""
    try:
        return f'"{extract_id}"'.encode() in log.read_bytes()
    except OSError:
        return True


def _refuse_other_contract(told: dict[str, Any]) -> None:
    major, ours = (str(each).partition(".")[0] for each in (told["contract_version"], panel_version()))
    if major != ours:
        raise InputError(
            "extract-of-another-contract",
            f"The extract keeps version {major} of the panel's contract, and this sigpanel reads {ours}.",
            remedy="Open it with the sigpanel that made it, whose version is in its manifest.json.",
        )


def _ended(told: dict[str, Any], what: str) -> PolicyError:
    return PolicyError(
        "extract-expired",
        f"The extract {told['extract_id']} {what}, and may not be used any more.",
        remedy="Delete all copies, and confirm that to the research data manager. A new approval gives a new extract.",
    )
