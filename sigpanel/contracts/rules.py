"""One list of rules for a release, which is all that an engine sees.

A rule says of a frame, a table or a view of several, which rows break it. Most come out of the description of tables
and the forms: columns, types, what is never null, vocabularies, keys, references, the values that a variable may have.
The rest stand in `contracts/panel/rules.yaml`. The polars engine (`gate`) and Great Expectations (`suites`) are two
readings of the same list and must count the same rows.

What is null breaks no rule but `not_null`, and a gate that is null lets no row in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from sigpanel.contracts.cohort import cohort
from sigpanel.contracts.strict import fault as _fault
from sigpanel.contracts.strict import items as _list
from sigpanel.contracts.strict import load as _load
from sigpanel.contracts.strict import mapping as _mapping
from sigpanel.contracts.strict import of_file
from sigpanel.contracts.strict import require as _require
from sigpanel.contracts.strict import text as _text
from sigpanel.contracts.tables import contract, names, table
from sigpanel.findings import rules as findings
from sigpanel.forms import forms, variables
from sigpanel.resources import contracts_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sigpanel.contracts.model import Column, Table
    from sigpanel.forms import Question

KINDS: Final = (
    "columns", "type", "not_null", "null", "in_set", "not_in_set", "between", "matches", "unique", "not_after", "equal",
    "row_count",
)  # fmt: skip
SEVERITIES: Final = ("error", "warning")
GATES: Final = ("in", "null", "not_null")
# Of a view of references, the column that says where a value was found.
FOUND: Final = ("found",)
_COLUMNS_OF = {"columns": None, "row_count": 0, "unique": None, "not_after": 2, "equal": 2}


@dataclass(frozen=True)
class When:
    """Which rows a rule is about: those in which a column is among values, is null, or is not."""

    column: str
    is_: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A rule. `params` by kind: `values` of sets, `low` and `high` (either may lack) of bounds and counts, `type`."""

    id: str
    frame: str
    kind: str
    columns: tuple[str, ...]
    params: Mapping[str, Any] = field(default_factory=dict)
    when: When | None = None
    severity: str = "error"
    en: str = ""
    sv: str = ""


@lru_cache(maxsize=1)
@of_file("panel/rules.yaml")
def rules() -> tuple[Rule, ...]:
    """Every rule of a release, tables in their order; what the description gives first.

    Raises:
        Fault: rules.yaml says something nobody knows, or two rules have one id.
    """
    described = [rule for name in names() for rule in of_table(table(name).given(variables()))]
    described += [_of_order(name) for name in names()]
    of_forms = [rule for variable in variables() for rule in _of_variable(variable)]
    found = (*described, *of_forms, *written())
    ids = [rule.id for rule in found]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    _require(not twice, "rules", f"two rules are called {', '.join(twice)}")
    return found


# --- what the description of tables gives -----------------------------------------------------------------------------


def of_table(described: Table) -> Iterator[Rule]:
    """The rules that a description gives: columns, types, what is never empty, words, keys and references."""
    name = described.name
    yield Rule(
        f"{name}.columns", name, "columns", tuple(column.name for column in described.columns),
        en="The columns of the table, in order", sv="Tabellens kolumner, i ordning",
    )  # fmt: skip
    for column in described.columns:
        yield from _of_column(column, name)
    for columns in (described.key, *described.unique):
        if columns:
            yield Rule(
                f"{name}.{'+'.join(columns)}.unique", name, "unique", columns,
                en="No two rows have these in common", sv="Inga två rader har dessa gemensamt",
            )  # fmt: skip


def _of_order(name: str) -> Rule:
    return Rule(
        f"{name}.in_order", "rows_in_order", "equal", ("n_out_of_order", "n_expected"),
        when=When("table", "in", (name,)),
        en="Rows stand in the order that is told", sv="Raderna står i den ordning som sägs",
    )  # fmt: skip


def _of_column(column: Column, frame: str) -> Iterator[Rule]:
    place = f"{frame}.{column.name}"
    only = (column.name,)
    yield Rule(f"{place}.type", frame, "type", only, {"type": column.type}, en="The column's type", sv="Kolumnens typ")
    if not column.nullable:
        yield Rule(f"{place}.not_null", frame, "not_null", only, en="Never empty", sv="Aldrig tom")
    if column.values is not None:
        yield Rule(
            f"{place}.in_set", frame, "in_set", only, {"values": column.values},
            en="A word of its vocabulary", sv="Ett ord i dess ordlista",
        )  # fmt: skip
    if column.known is not None:
        yield Rule(
            f"{place}.in_set", frame, "in_set", only, {"values": known(column.known)},
            en="A name that the contracts know", sv="Ett namn som kontrakten känner",
        )  # fmt: skip
    if column.pattern is not None:
        yield Rule(
            f"{place}.matches", frame, "matches", only, {"pattern": column.pattern},
            en="Written as such texts are", sv="Skriven som sådana texter är",
        )  # fmt: skip
    if column.references is not None:
        yield Rule(
            f"{place}.references", reference_view(frame, column.name), "not_null", FOUND,
            en=f"Stands in {'.'.join(column.references)}", sv=f"Finns i {'.'.join(column.references)}",
        )  # fmt: skip


def known(what: str) -> tuple[str, ...]:
    """The names that another contract lists: editions of the form, the pilot's too, or rules of findings."""
    return (*forms(), cohort().edition) if what == "editions" else tuple(findings())


def reference_view(frame: str, column: str) -> str:
    """The name of the view in which the values of a column stand beside where they were found."""
    return f"{frame}__{column}"


@lru_cache(maxsize=1)
def references() -> dict[str, tuple[str, str, tuple[str, str]]]:
    """By view: the table and column that refer, and the table and column that they refer to."""
    return {
        reference_view(name, column.name): (name, column.name, column.references)
        for name, described in contract().tables.items()
        for column in described.columns
        if column.references is not None
    }


# --- what the forms give ----------------------------------------------------------------------------------------------


def _of_variable(variable: str) -> Iterator[Rule]:
    missing = f"{variable}__missing"
    yield Rule(
        f"waves.{variable}.value_without_a_reason", "waves", "not_null", (variable,), when=When(missing, "null"),
        en="A value stands where no reason does", sv="Ett värde står där inget skäl står",
    )  # fmt: skip
    yield Rule(
        f"waves.{variable}.no_value_with_a_reason", "waves", "null", (variable,), when=When(missing, "not_null"),
        en="No value stands where a reason does", sv="Inget värde står där ett skäl står",
    )  # fmt: skip
    values = values_of(variable)
    yield Rule(
        f"waves.{variable}.answers", "waves", "in_set" if "values" in values else "between", (variable,), values,
        en="An answer that some edition allows", sv="Ett svar som någon utgåva tillåter",
    )  # fmt: skip
    gates = {question.skip_when for question in _asked(variable)}
    gate = gates.pop()
    # The skip condition, where every edition has the same.
    if gate is None or gates:
        return
    skipped = When(gate.variable, "in", gate.codes)
    asked = tuple(value for value in values_of(gate.variable).get("values", ()) if value not in gate.codes)
    yield Rule(
        f"waves.{variable}.filled_but_not_asked", "waves", "null", (variable,), when=skipped, severity="warning",
        en="No answer where the form does not ask", sv="Inget svar där formuläret inte frågar",
    )  # fmt: skip
    if asked:
        yield Rule(
            f"waves.{variable}.asked_but_empty", "waves", "not_in_set", (missing,), {"values": ("blank",)},
            When(gate.variable, "in", asked), "warning",
            en="An answer where the form asks", sv="Ett svar där formuläret frågar",
        )  # fmt: skip


def _asked(variable: str) -> list[Question]:
    return [question for form in forms().values() for question in form.questions if question.variable == variable]


def values_of(variable: str) -> dict[str, Any]:
    """The values that some edition allows: `values`, or `low` and `high` of a number. Codes that say why are none."""
    answers = [question.answer for question in _asked(variable)]
    if any(answer.kind == "number" for answer in answers):
        return {"low": min(answer.low or 0 for answer in answers), "high": max(answer.high or 0 for answer in answers)}
    codes = {code.code for answer in answers for code in answer.codes if not code.missing}
    return {"values": tuple(sorted(codes))}


# --- what is written out ----------------------------------------------------------------------------------------------


@of_file("panel/rules.yaml")
def written() -> list[Rule]:
    """The rules that neither the description of tables nor the forms give.

    Raises:
        Fault: rules.yaml says something nobody knows, or a rule is about a frame or column that is not there.
    """
    raw = _mapping(_load(contracts_dir() / "panel" / "rules.yaml"), "rules.yaml", {"rules"})
    found = [rule_of(each) for each in _list(raw["rules"], "rules.yaml")]
    for rule in found:
        asked = (*rule.columns, *([rule.when.column] if rule.when else []))
        columns = _columns_of(rule.frame)
        _require(columns is not None, f"rule {rule.id}", f"{rule.frame} is no table and no view")
        for column in asked:
            _require(column in (columns or ()), f"rule {rule.id}", f"{rule.frame} has no column {column}")
    return found


def _columns_of(frame: str) -> tuple[str, ...] | None:
    """The columns of a table or view; none where there is no such frame."""
    # Views are made by what is told here of references, so their module comes after this one.
    from sigpanel.contracts.views import columns_of_views

    if frame in names():
        return tuple(column.name for column in table(frame).given(variables()).columns)
    return columns_of_views().get(frame)


def rule_of(raw: Any) -> Rule:  # noqa: ANN401 - whatever a YAML file may hold
    """A rule that is written out.

    Raises:
        Fault: it says something that nobody knows.
    """
    body = _mapping(raw, "a rule", {"id", "frame", "kind", "columns", "severity", "en", "sv"}, {"params", "when"})
    where = f"rule {_text(body['id'], 'a rule')}"
    kind, severity = body["kind"], body["severity"]
    _require(kind in KINDS, where, f"kind is one of {', '.join(KINDS)}")
    _require(severity in SEVERITIES, where, f"severity is one of {', '.join(SEVERITIES)}")
    columns = tuple(_list(body["columns"], where))
    expected = _COLUMNS_OF.get(kind, 1)
    _require(expected in (None, len(columns)), where, f"{kind} is about {expected} columns")
    params = dict(_mapping(body.get("params", {}), where))
    low, high = params.get("low"), params.get("high")
    # The bounds of a delivery may be words, which its coverage gives a meaning.
    if isinstance(low, int | float) and isinstance(high, int | float):
        _require(low <= high, where, f"low is above high, so nothing keeps it: {', '.join(columns)}")
    return Rule(
        body["id"], body["frame"], kind, columns, params, _when(body.get("when"), where), severity,
        _text(body["en"], where), _text(body["sv"], where),
    )  # fmt: skip


def _when(raw: Any, where: str) -> When | None:  # noqa: ANN401 - whatever a YAML file may hold
    if raw is None:
        return None
    body = _mapping(raw, where, {"column", "is"}, {"values"})
    _require(body["is"] in GATES, where, f"a gate is one of {', '.join(GATES)}")
    if (body["is"] == "in") != ("values" in body):
        raise _fault(where, "values belong to a gate that is in, and to no other")
    return When(body["column"], body["is"], tuple(body.get("values", ())))
