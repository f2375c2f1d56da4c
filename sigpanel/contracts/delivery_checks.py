"""That a contract of a delivery does not contradict itself: what it names is there, and a delivery could keep it.

The reader (`sigpanel.contracts.deliveries`) sees to the shape of each entry; here entries are held against each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sigpanel.contracts.delivery import BOUNDS, VIEWS
from sigpanel.contracts.strict import require

if TYPE_CHECKING:
    from sigpanel.contracts.delivery import Delivery
    from sigpanel.contracts.rules import Rule

# Types of the columns by which a coverage runs, and what bounds columns of a type may have.
COVERED: Final = {"day": ("date",), "interval": ("date", "date"), "year": ("int16",), "none": ()}
_BOUNDS: Final = {"date": BOUNDS[:2], "int16": BOUNDS[2:], "int32": (), "float64": ()}
_PARAMS: Final = {
    "in_set": {"values"},
    "not_in_set": {"values"},
    "between": {"low", "high"},
    "row_count": {"low", "high"},
}


def check(kind: Delivery) -> None:
    """Hold the entries of a contract against each other.

    Raises:
        Fault: two of them contradict each other; the message names the place.
    """
    columns = [column.name for column in kind.columns]
    for name in columns:
        require(columns.count(name) == 1, f"{kind.name}.{name}", "a column stands twice")
    for name in (*kind.key, *(name for each in kind.unique for name in each)):
        require(name in columns, "key", f"key or unique names {name}, which is no column")
    for name in kind.key:
        require(not kind.by_name[name].nullable, f"{kind.name}.{name}", "a key is never null")
    require(any(kind.by_name[name].ids for name in kind.key), "key", "it says whom a row is of")
    require(bool(kind.sources), "sources", "there is none")
    _check_coverage(kind)
    _check_sources(kind)
    ids = [rule.id for rule in kind.rules]
    for rule in kind.rules:
        place = f"rule {rule.id.partition('.')[2]}"
        require(ids.count(rule.id) == 1, place, "it stands twice")
        _check_rule(kind, rule, place)


def _check_coverage(kind: Delivery) -> None:
    known = all(name in kind.by_name for name in kind.covered_by)
    types = tuple(kind.by_name[name].type for name in kind.covered_by) if known else None
    expected = COVERED[kind.covered_as]
    wanted = " and ".join(expected) or "no column"
    require(types == expected, "coverage, by", f"{kind.covered_as} runs by {wanted}")


def _check_sources(kind: Delivery) -> None:
    for name, source in kind.sources.items():
        for column, words in source.holds.items():
            place = f"source {name}, {column}"
            require(column in kind.by_name and bool(kind.words(column)), place, "it is no column that has words")
            known = {term.token for term in kind.words(column)}
            require({*words} <= known, place, "it names a word that the column does not have")


def _check_rule(kind: Delivery, rule: Rule, place: str) -> None:
    view = rule.frame.partition("__")[2]
    known = VIEWS[view] if view else (*kind.by_name,)
    for name in (*rule.columns, *([rule.when.column] if rule.when else [])):
        require(name in known, place, f"{name} is no column of {rule.frame}")
    stray = rule.params.keys() - _PARAMS.get(rule.kind, set())
    require(not stray, place, f"nobody knows {', '.join(sorted(stray))}")
    require(rule.kind not in _PARAMS or bool(rule.params), place, "it lacks its values or bounds")
    for name in () if view else rule.columns:
        _check_params(kind, rule, name, place)
    if rule.when and rule.when.values and not view:
        _check_words(kind, rule.when.column, rule.when.values, place)


def _check_params(kind: Delivery, rule: Rule, column: str, place: str) -> None:
    _check_words(kind, column, rule.params.get("values", ()), place)
    for bound in (rule.params[side] for side in ("low", "high") if side in rule.params):
        is_number = isinstance(bound, int) and not isinstance(bound, bool)
        of_type = kind.by_name[column].type
        fits = (is_number and of_type != "date") or bound in _BOUNDS.get(of_type, ())
        require(fits, place, f"{column} has bounds of its own kind, or of the coverage")


def _check_words(kind: Delivery, column: str, values: object, place: str) -> None:
    known = {term.token for term in kind.words(column)}
    told = {*values} if isinstance(values, list | tuple) else set()
    require(not known or told <= known, place, f"it names a word that {column} does not have")
