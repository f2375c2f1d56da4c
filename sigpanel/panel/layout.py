"""How releases lie in a panel folder, and which one is live.

    panel/CURRENT          the name of the live release, and nothing else
    panel/r0001/           a release: a parquet file per table, manifest, datapackage, codebook, quality of linkage
    panel/.building-r0002  a release that is being written, or was when a build was killed
    panel/.lock            held while one is being written

A release is published when CURRENT names it or a later one. A folder with a later number than CURRENT's never was.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sigpanel.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

CURRENT = "CURRENT"
LOCK = ".lock"
BUILDING = ".building-"
MANIFEST = "manifest.json"
DATAPACKAGE = "datapackage.json"
CODEBOOK = "codebook.csv"
QUALITY = "linkage_quality.json"
# In the folder of an extract: what register holders delivered to its project. Extracts read it and follow-up writes it.
FOLLOWUP = "followup"
# What lay there before, while something takes its place: whoever finds it alone finds a killed command's half.
FOLLOWUP_BEFORE = ".followup-before"

_RELEASE = re.compile(r"r(?P<ordinal>\d{4,})")


def release_name(ordinal: int) -> str:
    """The name of the release of that number: r0001."""
    return f"r{ordinal:04d}"


def ordinal(name: str) -> int | None:
    """The number of a release, or null if this is no release's name."""
    match = _RELEASE.fullmatch(name)
    number = int(match["ordinal"]) if match else 0
    return number if number and release_name(number) == name else None


def current(panel_dir: Path) -> str | None:
    """The live release, or null before the first.

    Raises:
        InputError: CURRENT does not hold the name of a release.
    """
    try:
        name = (panel_dir / CURRENT).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        name = ""
    if ordinal(name) is None:
        raise InputError(
            "current-unreadable",
            f"{panel_dir / CURRENT} does not hold the name of a release.",
            remedy="Write the name of the newest release in it, such as r0001, and nothing else.",
        )
    return name


def upcoming(panel_dir: Path) -> int:
    """The number that the next release will have."""
    live = current(panel_dir)
    return 1 if live is None else (ordinal(live) or 0) + 1


def folders(panel_dir: Path) -> dict[int, Path]:
    """Every release folder by number, published or not."""
    found = {ordinal(path.name): path for path in panel_dir.iterdir()} if panel_dir.is_dir() else {}
    return {number: found[number] for number in sorted(key for key in found if key)}


def published(panel_dir: Path) -> tuple[str, ...]:
    """The names of the published releases, oldest first."""
    return tuple(path.name for number, path in folders(panel_dir).items() if number < upcoming(panel_dir))
