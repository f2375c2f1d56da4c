"""The same rules by dataframely: run by `contracts.py` in an environment of its own, where nothing of sigpanel is.

    python _peer_dataframely.py SETTINGS.json

SETTINGS names parquet files, the rules of each, and how many times to hold them. A schema is made of each frame: its
columns with their types, never null where a rule says so, and every other rule about rows as a named expression. What
is about a frame as a whole is in the nature of a schema, and of no row: it is held, and not counted.

Answers in JSON on stdout: seconds and CPU seconds of each time, the peak memory of the process in bytes, and the rows
that break each rule.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dataframely as dy
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

TYPES = {
    pl.String: dy.String, pl.Int16: dy.Int16, pl.Int32: dy.Int32, pl.Float64: dy.Float64, pl.Boolean: dy.Bool,
    pl.Date: dy.Date,
}  # fmt: skip
_PLACED = "rule_{}"

# Whether a row keeps the rule. A null breaks none, to dataframely as to us.
KEPT: dict[str, Callable[[list[pl.Expr], dict[str, Any]], pl.Expr]] = {
    "not_null": lambda columns, _: columns[0].is_not_null(),
    "null": lambda columns, _: columns[0].is_null(),
    "in_set": lambda columns, params: columns[0].is_in(params["values"]),
    "not_in_set": lambda columns, params: ~columns[0].is_in(params["values"]),
    "between": lambda columns, params: between(columns[0], params.get("low"), params.get("high")),
    "unique": lambda columns, _: ~pl.struct(columns).is_duplicated() | pl.any_horizontal(c.is_null() for c in columns),
    "not_after": lambda columns, _: columns[0] <= columns[1],
    "equal": lambda columns, _: columns[0] == columns[1],
}


def main() -> None:
    """Hold every frame that the settings name."""
    told = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    frames = {each["name"]: pl.read_parquet(each["path"]) for each in told["frames"]}
    schemas = {each["name"]: schema_of(frames[each["name"]], each["rules"]) for each in told["frames"]}
    seconds, cpu, counts = [], [], {}
    for _ in range(told["times"]):
        before, before_cpu = time.perf_counter(), time.process_time()
        counts = {name: schema.filter(frames[name])[1].counts() for name, schema in schemas.items()}
        seconds.append(time.perf_counter() - before)
        cpu.append(time.process_time() - before_cpu)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    broken = {
        rule["id"]: counts[each["name"]].get(name_of(place, rule), 0)
        for each in told["frames"]
        for place, rule in enumerate(each["rules"])
        if rule["kind"] in KEPT
    }
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak": peak, "counts": broken}))


def schema_of(frame: pl.DataFrame, rules: list[dict[str, Any]]) -> type[dy.Schema]:
    """A frame's schema of types, and of rules by their places."""
    filled = {rule["columns"][0] for rule in rules if is_nullability(rule)}
    body: dict[str, Any] = {
        name: TYPES[dtype.base_type()](nullable=name not in filled) for name, dtype in frame.schema.items()
    }
    for place, rule in enumerate(rules):
        if rule["kind"] in KEPT and not is_nullability(rule):
            kept = dy.rule()(lambda _, rule=rule: expression(rule))
            body[_PLACED.format(place)] = kept
    return type("Frame", (dy.Schema,), body)


def is_nullability(rule: dict[str, Any]) -> bool:
    """Whether dataframely has the rule as something of a column."""
    return rule["kind"] == "not_null" and rule["when"] is None


def name_of(place: int, rule: dict[str, Any]) -> str:
    """The name under which dataframely counts a rule."""
    return f"{rule['columns'][0]}|nullability" if is_nullability(rule) else _PLACED.format(place)


def expression(rule: dict[str, Any]) -> pl.Expr:
    """Whether a row keeps a rule, or its gate does not let the row in."""
    kept = KEPT[rule["kind"]]([pl.col(name) for name in rule["columns"]], rule["params"])
    if rule["when"] is None:
        return kept
    column = pl.col(rule["when"]["column"])
    gates = {"null": column.is_null(), "not_null": column.is_not_null()}
    asked = gates.get(rule["when"]["is_"])
    return kept | ~(column.is_in(rule["when"]["values"]).fill_null(value=False) if asked is None else asked)


def between(column: pl.Expr, low: float | None, high: float | None) -> pl.Expr:
    """Whether a value lies within bounds, either of which may lack."""
    if low is None:
        return column <= high
    return column >= low if high is None else (column >= low) & (column <= high)


if __name__ == "__main__":
    main()
