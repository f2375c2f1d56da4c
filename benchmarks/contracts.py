"""What holding a release against its rules costs, by polars, Great Expectations and dataframely.

    python3 dev.py bench                `waves` of 10,000 and 200,000 rows, and a whole release as large
    python3 dev.py bench --peers        with dataframely beside, which is installed apart, this once
    python3 dev.py bench --quick        a small release, once: does it run at all

All hold the same rules of the same frames, read before, and must count the same failing rows in each; one row in a
hundred of `waves` is spoilt in four columns. A whole release is its tables and the views of several that rules between
tables are about: the demo's, and as many copies of it, under other ids, as are that large, which is measured in rows of
its tables.

polars is what holds every release when it is built: counts alone, and with the keys of the rows that fail. Great
Expectations is `sigpanel verify --engine gx`, from polars frames to counts. dataframely has a schema of the same rules,
and also returns the rows that keep all. Figures are CPU seconds of all threads, best of several, imports apart; read
the ratios: they travel between machines, seconds do not.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from _common import DEMO, MAKE, QUICK, in_its_own_process, make_study, options, python_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sigpanel.contracts.rules import Rule

WAVES, RELEASE = "waves", "release"
SIZES = (10_000, 200_000)
# What step 4 set out to reach: the CPU of polars, counts alone, is at most this part of that of Great Expectations.
TARGET_PART = 1 / 50
# An id is a letter and 26 of base32; of a copy the last of them tell which copy it is.
_ID, _TOLD = 27, 3
PEER = "dataframely"
BYTES_OF_MAXRSS = 1 if sys.platform == "darwin" else 1024


# --- the frames -------------------------------------------------------------------------------------------------------


def make(folder: Path, persons: int) -> dict[str, int]:
    """Make a synthetic release, and lay its tables into the folder."""
    from sigpanel.contracts.tables import names
    from sigpanel.key import demonstration
    from sigpanel.panel import open_panel
    from sigpanel.pipeline.build import build
    from sigpanel.pipeline.study import open_study

    make_study(folder, persons)
    study = open_study(folder / "study")
    build(study, demonstration())
    panel = open_panel(study.panel)
    tables = {name: panel.table(name).collect() for name in names()}
    for name, table in tables.items():
        table.write_parquet(folder / f"{name}.parquet")
    return {name: table.height for name, table in tables.items()}


def make_waves(folder: Path, rows: int) -> dict[str, int]:
    """Lay `waves` of so many rows into a folder of its own."""
    frame = pl.read_parquet(folder / "waves.parquet")
    many = copied("waves", frame, -(-rows // frame.height)).head(rows)
    return _laid({WAVES: spoilt(many)}, folder / f"{WAVES}-{rows}")


def make_release(folder: Path, rows: int) -> dict[str, int]:
    """Lay a release of about so many rows into a folder of its own, and the views of it."""
    from sigpanel.contracts.tables import names
    from sigpanel.contracts.views import frames_of

    tables = {name: pl.read_parquet(folder / f"{name}.parquet") for name in names()}
    times = max(1, round(rows / sum(table.height for table in tables.values())))
    many = {name: copied(name, table, times) for name, table in tables.items()}
    return _laid(frames_of({**many, WAVES: spoilt(many[WAVES])}), folder / f"{RELEASE}-{rows}")


def copied(name: str, frame: pl.DataFrame, times: int) -> pl.DataFrame:
    """So many copies of a table under each other, in its order, each of other persons, episodes and workbooks."""
    from sigpanel.contracts.tables import conform, table
    from sigpanel.forms import variables

    if name == "availability":
        return frame
    ids = [column.name for column in table(name).columns if (column.shape or "").endswith("_id")]
    numbers = [column for column in frame.columns if column == "person_no"]
    copies = pl.concat(
        frame.with_columns(
            pl.col(ids).str.slice(0, _ID - _TOLD) + as_id(place),
            *(pl.col(one) + place * frame.height for one in numbers),
        )
        for place in range(times)
    )
    return conform(copies, name, variables())


def as_id(place: int) -> str:
    """A number as the last letters of an id, which ids have of their own."""
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    digits = [place // len(letters) ** at % len(letters) for at in reversed(range(_TOLD))]
    return "".join(letters[digit] for digit in digits)


def spoilt(waves: pl.DataFrame) -> pl.DataFrame:
    """One row in a hundred with a code, a number and a reason that none may have, and without an episode."""
    here = pl.int_range(pl.len()) % 100 == 0
    wrong = {"stable_housing": 7, "mental_health": 11, "stable_housing__missing": "lost", "person_id": None}
    return waves.with_columns(
        pl.when(here).then(pl.lit(value, waves.schema[name])).otherwise(name).alias(name)
        for name, value in wrong.items()
    )


def _laid(frames: Mapping[str, pl.DataFrame], folder: Path) -> dict[str, int]:
    folder.mkdir()
    for name, frame in frames.items():
        frame.write_parquet(folder / f"{name}.parquet")
    return {name: frame.height for name, frame in frames.items()}


# --- the engines, each in a process of its own ------------------------------------------------------------------------


def polars_counts(frames: dict[str, pl.DataFrame], rules: list[Rule]) -> dict[str, int]:
    """Our gate, the counts alone."""
    from sigpanel.contracts.gate import hold

    return {one.rule.id: one.n_failing for one in hold(frames, rules, with_keys=False)}


def polars_keys(frames: dict[str, pl.DataFrame], rules: list[Rule]) -> dict[str, int]:
    """Our gate, with the keys of rows that fail."""
    from sigpanel.contracts.gate import hold

    return {one.rule.id: one.n_failing for one in hold(frames, rules)}


def great_expectations(frames: dict[str, pl.DataFrame], rules: list[Rule]) -> dict[str, int]:
    """The second engine."""
    from sigpanel.contracts.gx import hold_gx

    return {one.rule.id: one.n_failing for one in hold_gx(frames, rules)}


ENGINES: dict[str, Callable[[dict[str, pl.DataFrame], list[Rule]], dict[str, int]]] = {
    "polars, counts": polars_counts,
    "polars, and keys": polars_keys,
    "Great Expectations": great_expectations,
}
ONCE = ("Great Expectations",)


def measure(engine: str, folder: Path, times: int) -> dict[str, Any]:
    """Hold the frames in a folder, several times: the best seconds and CPU seconds, the peak, the counts by rule."""
    if engine == PEER:
        return _peer(folder, times)
    frames = {path.stem: pl.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}
    rules, hold = _rules(frames), ENGINES[engine]
    # Imports, and what is made at first use, are not what we measure.
    hold({name: frame.head(1) for name, frame in frames.items()}, rules[:1])
    seconds, cpu, counts = [], [], {}
    for _ in range(1 if engine in ONCE else times):
        before, before_cpu = time.perf_counter(), time.process_time()
        counts = hold(frames, rules)
        seconds.append(time.perf_counter() - before)
        cpu.append(time.process_time() - before_cpu)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_OF_MAXRSS
    return {"seconds": min(seconds), "cpu": min(cpu), "peak": peak, "counts": counts}


def _rules(frames: Mapping[str, pl.DataFrame]) -> list[Rule]:
    from sigpanel.contracts.rules import rules

    return [rule for rule in rules() if rule.frame in frames]


def _peer(folder: Path, times: int) -> dict[str, Any]:
    frames = {path.stem: path for path in sorted(folder.glob("*.parquet"))}
    rules = _rules(frames)
    told = [
        {"name": name, "path": str(path), "rules": [asdict(rule) for rule in rules if rule.frame == name]}
        for name, path in frames.items()
    ]
    settings = folder / "settings.json"
    settings.write_text(json.dumps({"frames": told, "times": times + 1}), encoding="utf-8")
    command = [python_of(PEER), Path(__file__).with_name("_peer_dataframely.py"), settings]
    answer = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return {**answer, "seconds": min(answer["seconds"]), "cpu": min(answer["cpu"])}


# --- the script -------------------------------------------------------------------------------------------------------


def report(what: str, folder: Path, rows: int, times: int) -> None:
    """Hold some frames by every engine, and print the table."""
    made = in_its_own_process(__file__, f"{MAKE}-{what}", folder, rows)
    place = folder / f"{what}-{rows}"
    engines = [*ENGINES, *([PEER] if python_of(PEER).exists() else [])]
    told = {engine: in_its_own_process(__file__, engine, place, times) for engine in engines}
    base = told["polars, counts"]
    tables = {name: height for name, height in made.items() if (folder / f"{name}.parquet").exists()}
    sizes = f"{sum(tables.values()):,} rows, with views {sum(made.values()):,}"
    print(f"\n{what}: {sizes}; {len(made)} frames, {len(base['counts'])} rules")
    print(f"  {'':<24}{'CPU s':>9}{'ratio':>8}{'s':>9}{'peak MB':>9}  same counts")
    for engine, one in told.items():
        same = all(base["counts"][rule] == n for rule, n in one["counts"].items())
        cost = f"{one['cpu']:>9.3f}{one['cpu'] / base['cpu']:>8.1f}{one['seconds']:>9.3f}{one['peak'] / 1e6:>9.0f}"
        print(f"  {engine:<24}{cost}  {'yes' if same else 'NO'}, {len(one['counts'])} rules")
    part = base["cpu"] / told["Great Expectations"]["cpu"]
    print(f"    {'met' if part <= TARGET_PART else 'NOT met'}: polars at 1/{1 / part:.0f} of Great Expectations ≤ 1/50")


def main() -> None:
    """Run every engine on every size, or one task as a child of this script."""
    given = options(__doc__, quick="a small release, once")
    makes = {MAKE: make, f"{MAKE}-{WAVES}": make_waves, f"{MAKE}-{RELEASE}": make_release}
    if given.task in makes:
        print(json.dumps(makes[given.task](given.folder, given.number)))
    elif given.task:
        print(json.dumps(measure(given.task, given.folder, given.number)))
    else:
        compare(quick=given.quick)


def compare(*, quick: bool) -> None:
    """Every size in turn: first `waves` alone, then a whole release."""
    if not python_of(PEER).exists():
        print(f"{PEER} is not installed, so it is left out: python3 dev.py bench --peers installs it and runs it too")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        in_its_own_process(__file__, MAKE, folder, QUICK if quick else DEMO)
        for rows in (1_000,) if quick else SIZES:
            for what in (WAVES, RELEASE):
                report(what, folder, rows, 1 if quick else 5)


if __name__ == "__main__":
    main()
