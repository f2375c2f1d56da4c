"""Workbooks beside what is true of them: our own synthetic ones, and the real-form ones of ../shared that others made.

Every test here runs on both, so that what is asserted of the real-form workbooks is asserted where they are absent too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from sigpanel.synth import generate

SEED = 7


@dataclass(frozen=True)
class Known:
    """What is known of a set besides its truth: which districts do not re-send, and the one workbook never sent."""

    folder: Path
    name: str
    silent: frozenset[str]
    never_sent: tuple[str, str, int]

    @property
    def cohort(self) -> Path:
        return next((self.folder / "cohort").glob("*.csv"))

    def truth(self, name: str) -> pl.DataFrame:
        return pl.read_csv(self.folder / "truth" / f"{name}.csv", infer_schema=False)

    @property
    def workbooks(self) -> list[Path]:
        return sorted(self.folder.glob("20*/*.xlsx"))


def _of_shared(request, _folder) -> Known:
    place = request.getfixturevalue("shared") / "submissions"
    return Known(place, "shared", frozenset({"farsta", "hasselby_vallingby"}), ("vuxna", "skarpnack", 2023))


def _synthetic(_request, folder) -> Known:
    made = generate(folder / "set", seed=SEED)
    silent = frozenset({"enskede_arsta_vantor", "skarholmen"})
    return Known(made.folder, "synthetic", silent, ("unga", "hasselby_vallingby", 2024))


_SETS: dict[str, Callable] = {"synthetic": _synthetic, "shared": _of_shared}


@pytest.fixture(scope="session", params=["synthetic", pytest.param("shared", marks=pytest.mark.shared)], name="known")
def _known(request, tmp_path_factory) -> Known:
    return _SETS[request.param](request, tmp_path_factory.mktemp(request.param))
