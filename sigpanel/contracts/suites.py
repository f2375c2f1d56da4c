"""The rules as suites of Great Expectations: a plain dictionary for each frame, committed below `contracts/gx/`.

Anyone who has Great Expectations and the Parquet file of a table can hold the one against the other without sigpanel
(docs/contracts.md says how). So nothing here imports Great Expectations, and a suite names no version of it, nor a
clock. Each expectation's `meta` holds the id of its rule, by which results are told apart: they come in any order.

Written for pandas with Arrow's types, which is how `pandas.read_parquet(..., dtype_backend="pyarrow")` reads. Pandas's
own types make floats of whole numbers with nulls among them, and hide that a column changed its type.

Two things that a suite cannot say by itself stand in its `meta`: `read_with`, and the `result_format` to run it with.
By default Great Expectations puts values that break an expectation into the results.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sigpanel.contracts.rules import rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sigpanel.contracts.rules import Rule, When

# Counts, and never a value. It has to be given to each run: one that an expectation brings along is overruled.
RESULT_FORMAT: Final = {
    "result_format": "BASIC",
    "exclude_unexpected_values": True,
    "partial_unexpected_count": 0,
    "include_unexpected_rows": False,
}
READ_WITH: Final = 'pandas.read_parquet(path, dtype_backend="pyarrow")'

# What pandas calls the types that Arrow reads from our Parquet files.
ARROW_TYPES: Final = {
    "string": "large_string[pyarrow]",
    "int16": "int16[pyarrow]",
    "int32": "int32[pyarrow]",
    "float64": "double[pyarrow]",
    "bool": "bool[pyarrow]",
    "date": "date32[day][pyarrow]",
}
_SEVERITIES: Final = {"error": "critical", "warning": "warning"}


def suites() -> dict[str, dict[str, Any]]:
    """The suite of every frame that a rule is about, by the frame's name."""
    of_frame: dict[str, list[Rule]] = {}
    for rule in rules():
        of_frame.setdefault(rule.frame, []).append(rule)
    return {name: suite(name, own) for name, own in of_frame.items()}


def suite(frame: str, of_it: Iterable[Rule]) -> dict[str, Any]:
    """The rules of a frame as one suite, in their order."""
    return {
        "name": frame,
        "meta": {"read_with": READ_WITH, "result_format": dict(RESULT_FORMAT)},
        "expectations": [expectation(rule) for rule in of_it],
    }


def expectation(rule: Rule) -> dict[str, Any]:
    """A rule as an expectation of the core of Great Expectations."""
    kind, kwargs = _KINDS[rule.kind](rule.columns, rule.params)
    if rule.when is not None:
        kwargs = {**kwargs, "row_condition": _row_condition(rule.when)}
    return {
        "type": kind,
        "kwargs": kwargs,
        "severity": _SEVERITIES[rule.severity],
        "meta": {"rule": rule.id, "severity": rule.severity, "en": rule.en, "sv": rule.sv},
    }


# --- which rows -------------------------------------------------------------------------------------------------------


def _row_condition(when: When) -> dict[str, Any]:
    """A gate. That a null lets no row in is said, since backends differ in what a comparison with null is."""
    if when.is_ != "in":
        return _nullity(when.column, is_null=when.is_ == "null")
    return {"type": "and", "conditions": [_nullity(when.column, is_null=False), *_among(when)]}


def _nullity(column: str, *, is_null: bool) -> dict[str, Any]:
    return {"type": "nullity", "column": {"name": column}, "is_null": is_null}


def _among(when: When) -> list[dict[str, Any]]:
    """The comparison of a gate: `IN` takes no booleans, and both of them together let in whatever is not null."""
    words = dict.fromkeys(when.values)
    if {True, False} == set(words) and all(isinstance(word, bool) for word in words):
        return []
    if len(words) == 1 and isinstance(when.values[0], bool):
        return [_comparison(when.column, "==", when.values[0])]
    return [_comparison(when.column, "IN", list(words))]


def _comparison(column: str, operator: str, parameter: object) -> dict[str, Any]:
    return {"type": "comparison", "column": {"name": column}, "operator": operator, "parameter": parameter}


# --- which expectation ------------------------------------------------------------------------------------------------


def _bounds(params: Mapping[str, Any]) -> dict[str, Any]:
    named = {"min_value": params.get("low"), "max_value": params.get("high")}
    return {name: bound for name, bound in named.items() if bound is not None}


def _of_column(kind: str, columns: tuple[str, ...], **more: object) -> tuple[str, dict[str, Any]]:
    return f"expect_column_{kind}", {"column": columns[0], **more}


def _unique(columns: tuple[str, ...], _: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    # The compound form takes two columns or more, and does not pass over nulls unless it is told to.
    if len(columns) == 1:
        return _of_column("values_to_be_unique", columns)
    kwargs = {"column_list": list(columns), "ignore_row_if": "any_value_is_missing"}
    return "expect_compound_columns_to_be_unique", kwargs


def _not_after(columns: tuple[str, ...], _: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    first, last = columns
    kwargs = {"column_A": last, "column_B": first, "or_equal": True, "ignore_row_if": "either_value_is_missing"}
    return "expect_column_pair_values_a_to_be_greater_than_b", kwargs


def _equal(columns: tuple[str, ...], _: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    kwargs = {"column_A": columns[0], "column_B": columns[1], "ignore_row_if": "either_value_is_missing"}
    return "expect_column_pair_values_to_be_equal", kwargs


_Columns = tuple[str, ...]
_KINDS: Final[Mapping[str, Callable[[_Columns, Mapping[str, Any]], tuple[str, dict[str, Any]]]]] = {
    "columns": lambda columns, _: ("expect_table_columns_to_match_ordered_list", {"column_list": list(columns)}),
    "type": lambda columns, params: _of_column("type_to_be", columns, type_=ARROW_TYPES[params["type"]]),
    "not_null": lambda columns, _: _of_column("values_to_not_be_null", columns),
    "null": lambda columns, _: _of_column("values_to_be_null", columns),
    "in_set": lambda columns, params: _of_column("values_to_be_in_set", columns, value_set=list(params["values"])),
    "not_in_set": lambda columns, params: _of_column(
        "values_to_not_be_in_set", columns, value_set=list(params["values"])
    ),
    "between": lambda columns, params: _of_column("values_to_be_between", columns, **_bounds(params)),
    "matches": lambda columns, params: _of_column(
        # All of the text, as Python's regular expressions say it: `$` would let a line's end follow.
        "values_to_match_regex",
        columns,
        regex=rf"\A(?:{params['pattern']})\Z",
    ),
    "unique": _unique,
    "not_after": _not_after,
    "equal": _equal,
    "row_count": lambda _, params: ("expect_table_row_count_to_be_between", _bounds(params)),
}
