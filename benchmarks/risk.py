"""What it costs to measure the risk of a table: k and l in persons, by sigpanel and, where it is installed, by pycanon.

    python3 dev.py bench                one row per person, 10,000 and 100,000; and a million rows of 300,000 persons
    python3 dev.py bench --peers        with pycanon beside, which is installed apart, this once
    python3 dev.py bench --quick        a small table, once: does it run at all

Six quasi-identifiers with no null in them, and one sensitive variable. pycanon counts rows, and so it is given tables
of one row per person, in which both must find the same k and l. Ours measures the dominant share and trajectories too.
Seconds by the clock and CPU seconds of all threads, best of several, imports apart.
"""

from __future__ import annotations

import json
import random
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import polars as pl
from _common import options, python_of

PEER = "pycanon"
BY = {"sex": 2, "district": 8, "programme": 2, "birth_band": 6, "enrolled_year": 6, "housing": 3}
SENSITIVE = {"health": 10}
# What step 5 set out to reach, in seconds, for k and l of a million rows.
TARGET = 1.0


def table(rows: int, persons: int, seed: int = 1) -> pl.DataFrame:
    """Rows of persons, each column drawn evenly; every person has a row where there are as many."""
    chance = random.Random(seed)  # noqa: S311 - synthetic persons guard no secret
    whose = list(range(rows)) if rows == persons else [chance.randrange(persons) for _ in range(rows)]
    drawn = {name: [chance.randrange(n) for _ in range(rows)] for name, n in {**BY, **SENSITIVE}.items()}
    texts = {name: [f"{name} {value}" for value in drawn.pop(name)] for name in ("sex", "district", "programme")}
    return pl.DataFrame({"person_id": [f"x{one:026d}" for one in whose], **texts, **drawn})


def ours(frame: pl.DataFrame, times: int) -> dict[str, Any]:
    """The risk by sigpanel, and what it cost."""
    from sigpanel.disclosure import risk

    seconds, cpu = [], []
    for _ in range(times):
        before, before_cpu = time.perf_counter(), time.process_time()
        found = risk(frame, list(BY), sensitive=list(SENSITIVE))
        seconds.append(time.perf_counter() - before)
        cpu.append(time.process_time() - before_cpu)
    return {"seconds": min(seconds), "cpu": min(cpu), "k": found.k, "l": min(found.l.values())}


def theirs(frame: pl.DataFrame, times: int, folder: Path) -> dict[str, Any]:
    """The risk by pycanon, and what it cost."""
    frame.write_csv(folder / "table.csv")
    told = {"path": str(folder / "table.csv"), "by": list(BY), "sensitive": list(SENSITIVE), "times": times}
    (folder / "settings.json").write_text(json.dumps(told), encoding="utf-8")
    command = [python_of(PEER), Path(__file__).with_name(f"_peer_{PEER}.py"), folder / "settings.json"]
    answer = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return {**answer, "seconds": min(answer["seconds"]), "cpu": min(answer["cpu"])}


def compare(folder: Path, rows: int, persons: int, times: int) -> None:
    """One table, by each that can, and the row that is printed of it."""
    frame = table(rows, persons)
    found = {"sigpanel": ours(frame, times)}
    if rows == persons and python_of(PEER).exists():
        found[PEER] = theirs(frame, times, folder)
    base = found["sigpanel"]
    print(f"\n{rows:,} rows, {persons:,} persons, {len(BY)} quasi-identifiers")
    for name, one in found.items():
        same = "yes" if (one["k"], one["l"]) == (base["k"], base["l"]) else "NO"
        ratio = one["cpu"] / base["cpu"]
        cost = f"{one['seconds']:>9.3f} s{one['cpu']:>9.3f} CPU s{ratio:>8.1f}"
        print(f"  {name:<10}{cost}   k {one['k']}, l {one['l']}: {same}")


def main() -> None:
    """Measure every size in turn."""
    given = options(__doc__, quick="a small table, once")
    if not python_of(PEER).exists():
        print(f"{PEER} is not installed, so it is left out: python3 dev.py bench --peers installs it and runs it too")
    with tempfile.TemporaryDirectory() as name:
        if given.quick:
            compare(Path(name), 1_000, 1_000, 1)
            return
        for size in (10_000, 100_000):
            compare(Path(name), size, size, 3)
        compare(Path(name), 1_000_000, 300_000, 5)
    print(f"\nThe aim is k and l of a million rows in under {TARGET:.0f} s.")


if __name__ == "__main__":
    main()
