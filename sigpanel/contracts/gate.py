"""Hold frames against rules with polars: how many rows break each, and which.

All rules of a frame are counted in one query; the failing rows are looked up only where there are any. What is told of
a row is its key, never a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.keys import keys_of
from sigpanel.contracts.model import TYPES
from sigpanel.contracts.rules import FOUND, known
from sigpanel.contracts.tables import contract, key_words, vocabulary
from sigpanel.forms import variables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sigpanel.contracts.keys import Key
    from sigpanel.contracts.rules import Rule, When

# Of a view of several tables, what besides an id may name its rows.
_PARTS = ("edition", "moment", "variable", "row")


@dataclass(frozen=True)
class Outcome:
    """What became of a rule: the rows it is about, and those that break it; the keys of the first of these.

    Of a key nothing is there that could be cell content: see `sigpanel.contracts.keys`.
    """

    rule: Rule
    n_rows: int
    n_failing: int
    keys: tuple[Key, ...] = ()

    @property
    def is_kept(self) -> bool:
        """Whether no row breaks it."""
        return self.n_failing == 0


def hold(frames: Mapping[str, pl.DataFrame], rules: Iterable[Rule], *, with_keys: bool = True) -> list[Outcome]:
    """The outcome of each rule, in the order of the rules.

    Args:
        frames: every frame that a rule is about; a column that is not there breaks the rules about it.
        rules: the rules.
        with_keys: whether to look up which rows fail, by their keys.
    """
    asked = list(rules)
    of_frame: dict[str, list[Rule]] = {}
    for rule in asked:
        of_frame.setdefault(rule.frame, []).append(rule)
    found = {
        outcome.rule.id: outcome
        for name, own in of_frame.items()
        for outcome in _hold_frame(frames[name], own, with_keys=with_keys)
    }
    return [found[rule.id] for rule in asked]


def _hold_frame(frame: pl.DataFrame, rules: list[Rule], *, with_keys: bool) -> Iterable[Outcome]:
    of_rows = [rule for rule in rules if rule.kind in _FAILING and _are_there(frame, rule)]
    counts = frame.select(
        expression
        for rule in of_rows
        for expression in (
            (gate(rule.when) & failing(rule)).sum().alias(f"{rule.id}|failing"),
            gate(rule.when).sum().alias(f"{rule.id}|rows"),
        )
    )
    told = counts.row(0, named=True) if of_rows else {}
    for rule in rules:
        if rule.kind not in _FAILING:
            yield Outcome(rule, frame.height, _of_frame(frame, rule))
        elif rule not in of_rows:
            yield Outcome(rule, frame.height, frame.height)
        else:
            n_failing, n_rows = int(told[f"{rule.id}|failing"]), int(told[f"{rule.id}|rows"])
            keys = _keys(frame, rule) if n_failing and with_keys else ()
            yield Outcome(rule, n_rows, n_failing, keys)


def _are_there(frame: pl.DataFrame, rule: Rule) -> bool:
    asked = {*rule.columns, *([rule.when.column] if rule.when else [])}
    return asked <= set(frame.columns)


def gate(when: When | None) -> pl.Expr:
    """Which rows a rule is about; never null."""
    if when is None:
        return pl.repeat(value=True, n=pl.len())
    column = pl.col(when.column)
    if when.is_ == "null":
        return column.is_null()
    if when.is_ == "not_null":
        return column.is_not_null()
    return column.is_in(list(when.values)).fill_null(value=False)


def failing(rule: Rule) -> pl.Expr:
    """Which rows break a rule about rows; never null."""
    return _FAILING[rule.kind](rule).fill_null(value=False)


def _between(rule: Rule) -> pl.Expr:
    column, low, high = pl.col(rule.columns[0]), rule.params.get("low"), rule.params.get("high")
    below = column < low if low is not None else pl.lit(value=False)
    above = column > high if high is not None else pl.lit(value=False)
    return below | above


def _repeated(rule: Rule) -> pl.Expr:
    # Who has no number has not the same one as another; and what a gate lets in is held against what else it lets in.
    known = pl.all_horizontal(pl.col(column).is_not_null() for column in rule.columns)
    asked = [gate(rule.when).alias("gate")] if rule.when else []
    return pl.struct(*rule.columns, *asked).is_duplicated() & known


_FAILING: dict[str, Callable[[Rule], pl.Expr]] = {
    "not_null": lambda rule: pl.col(rule.columns[0]).is_null(),
    "null": lambda rule: pl.col(rule.columns[0]).is_not_null(),
    "in_set": lambda rule: ~pl.col(rule.columns[0]).is_in(list(rule.params["values"])),
    "not_in_set": lambda rule: pl.col(rule.columns[0]).is_in(list(rule.params["values"])),
    "between": _between,
    "matches": lambda rule: ~pl.col(rule.columns[0]).str.contains(f"^(?:{rule.params['pattern']})$"),
    "unique": _repeated,
    "not_after": lambda rule: pl.col(rule.columns[0]) > pl.col(rule.columns[1]),
    "equal": lambda rule: pl.col(rule.columns[0]) != pl.col(rule.columns[1]),
}


def _of_frame(frame: pl.DataFrame, rule: Rule) -> int:
    """Of a rule about the whole frame: 1 if it is broken."""
    if rule.kind == "columns":
        return int(tuple(frame.columns) != rule.columns)
    if rule.kind == "type":
        return int(frame.schema.get(rule.columns[0]) != TYPES[rule.params["type"]]())
    low, high = rule.params.get("low", 0), rule.params.get("high")
    return int(frame.height < low or (high is not None and frame.height > high))


def _keys(frame: pl.DataFrame, rule: Rule) -> tuple[Key, ...]:
    """The keys of the first failing rows; of a view, the id in it and what else names a row."""
    if rule.columns == FOUND:
        return ()
    failed = frame.filter(gate(rule.when) & failing(rule))
    described = contract().tables.get(rule.frame)
    if described:
        return keys_of(failed, list(described.key), key_words(described) | _editions(described.key))
    ids = [name for name in frame.columns if name.endswith("_id")][:1]
    words = {"moment": tuple(term.token for term in vocabulary("moment")), "variable": variables()}
    return keys_of(failed, [*ids, *_PARTS], words | _editions(_PARTS))


def _editions(columns: Iterable[str]) -> dict[str, tuple[str, ...]]:
    return {"edition": known("editions")} if "edition" in columns else {}
