"""The invented persons of the golden answers, as a panel and as an extract."""

from pathlib import Path

import polars as pl

from tests.support.frames import Frames

GOLDEN = Path(__file__).parent / "golden"
_TYPES = {
    "episode_no": pl.Int32, "until_on": pl.Date, "lag_months": pl.Int64,
    **dict.fromkeys(("is_left_truncated", "is_reenrolment", "is_renewal", "is_transfer"), pl.String),
}  # fmt: skip


def golden(name: str) -> pl.DataFrame:
    """One of the tables beside the scripts in R."""
    frame = pl.read_csv(GOLDEN / f"{name}.csv", schema_overrides=_TYPES, try_parse_dates=True)
    flags = [name for name, kind in _TYPES.items() if kind == pl.String and name in frame.columns]
    return frame.with_columns(pl.col(name) == "TRUE" for name in flags)


def golden_panel() -> Frames:
    """The persons as a panel has them, of whom no register was asked."""
    return Frames(**{name: golden(name) for name in ("episodes", "persons")})


def golden_extract() -> Frames:
    """The persons as an extract has them after a delivery of a register."""
    frames = {name: golden(name) for name in ("episodes", "persons", "outcomes", "coverage", "searched")}
    frames["outcomes"] = frames["outcomes"].with_columns(what=pl.lit(None, pl.String))
    return Frames(**frames)
