"""The contract of each table as an ODCS 3.2 document (Open Data Contract Standard), for programs that are not ours.

    documents()          by table: what `contracts/panel/<table>.odcs.yaml` holds
    as_yaml(document)    as it is written there

Everything said here is said first elsewhere: columns in `tables.yaml`, codes in the forms, rules in the list of rules,
the rest in `terms.yaml`. English stands in ODCS's own places, Swedish in custom properties whose names end in `Sv`.

Rules are of the type custom, engine `sigpanel`: ODCS's own metrics know nothing of who was asked, nor of other tables.
What they can say of single columns is said by `required`, `unique`, `enum` and bounds as well. An id in ODCS has no
dots, so a rule's own id is its `name`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from sigpanel.contracts.codes import code_list, codes_of_no_value, is_variable, questions
from sigpanel.contracts.rules import references, rules, values_of
from sigpanel.contracts.tables import contract, names, table
from sigpanel.contracts.terms import terms, unit
from sigpanel.forms import variables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigpanel.contracts.codes import Entry
    from sigpanel.contracts.model import Column, Table
    from sigpanel.contracts.rules import Rule

Document = dict[str, Any]

API_VERSION = "v3.2.0"
ENGINE = "sigpanel"
HEADER = "# Generated from contracts/panel and contracts/forms; `sigpanel contracts check --write` writes it anew.\n"
# About as many characters as a list or mapping may have to stand in a line.
_LINE = 160

# ODCS's logical type with its format, and the type as Arrow reads it from the release's Parquet files.
_TYPES: dict[str, tuple[str, str | None, str]] = {
    "string": ("string", None, "large_string"),
    "int16": ("integer", "i16", "int16"),
    "int32": ("integer", "i32", "int32"),
    "float64": ("number", "f64", "double"),
    "bool": ("boolean", None, "bool"),
    "date": ("date", None, "date32[day]"),
}
_DIMENSIONS = {
    "columns": "conformity", "type": "conformity", "in_set": "conformity", "between": "conformity",
    "matches": "conformity",
    "not_null": "completeness", "not_in_set": "completeness", "row_count": "coverage", "unique": "uniqueness",
    "null": "consistency", "not_after": "consistency", "equal": "consistency",
}  # fmt: skip


def version() -> str:
    """The contracts' version."""
    return contract().version


def documents() -> dict[str, Document]:
    """The document of each table, by its name, in the order of the description."""
    return {name: _document(table(name).given(variables())) for name in names()}


def rules_of(name: str) -> list[Rule]:
    """The rules of a table: what an id begins with is whose it is, also where it is held in a view of several."""
    return [rule for rule in rules() if rule.id.partition(".")[0] == name]


# --- the document -----------------------------------------------------------------------------------------------------


def _document(described: Table) -> Document:
    told = terms()
    return {
        "apiVersion": API_VERSION,
        "kind": "DataContract",
        "id": f"{told.data_product}-{described.name}",
        "name": described.name,
        "version": version(),
        "status": told.status,
        "domain": told.domain,
        "dataProduct": told.data_product,
        "description": {
            "purpose": told.purpose.en,
            "usage": told.usage.en,
            "limitations": told.limitations.en,
            "customProperties": _custom(
                purposeSv=told.purpose.sv, usageSv=told.usage.sv, limitationsSv=told.limitations.sv
            ),
        },
        "servers": [
            {
                "server": "release",
                "type": "local",
                "path": f"research/panel/{{release}}/{described.name}.parquet",
                "format": "parquet",
            }
        ],
        "schema": [_schema(described)],
        "team": {"name": told.owner, "description": told.roles[told.owner].en},
        "roles": [
            {"role": name, "access": role.access, "description": role.en, **_also(descriptionSv=role.sv)}
            for name, role in told.roles.items()
        ],
        "slaProperties": [
            {
                "property": promise.property,
                "value": promise.value,
                "unit": promise.unit,
                "description": promise.en,
                **_also(descriptionSv=promise.sv, status=promise.status),
            }
            for promise in told.sla
        ],
    }


def _schema(described: Table) -> Document:
    own = rules_of(described.name)
    of_column = {column.name: [rule for rule in own if _column_of(rule) == column.name] for column in described.columns}
    return {
        "id": described.name,
        "name": described.name,
        "logicalType": "object",
        "physicalType": "table",
        "physicalName": f"{described.name}.parquet",
        "description": f"One row per {described.en}.",
        "dataGranularityDescription": f"One row per {described.en}.",
        **_also(
            descriptionSv=f"En rad per {described.sv}.",
            uniqueTogether=[list(each) for each in (described.key, *described.unique) if len(each) > 1],
            sortedBy=list(described.sort),
        ),
        "quality": [_quality(rule) for rule in own if _column_of(rule) is None],
        "properties": [_property(column, described, of_column[column.name]) for column in described.columns],
    }


def _property(column: Column, described: Table, own: Sequence[Rule]) -> Document:
    logical, _form, physical = _TYPES[column.type]
    names_variables = any(other.of_variables for other in described.columns)
    cited = questions(column.name)[-1] if is_variable(column) else None
    parts = {
        "id": column.name,
        "name": column.name,
        "businessName": cited.label_en if cited else None,
        "logicalType": logical,
        "physicalType": physical,
        "logicalTypeOptions": _options(column),
        "description": column.en,
        "required": not column.nullable,
        **_keys(column, described),
        "classification": column.classification,
        "relationships": _relationships(column, described),
        "enum": [_entry(entry) for entry in code_list(column)],
        "customProperties": _custom(
            descriptionSv=column.sv,
            businessNameSv=cited.label_sv if cited else None,
            **_unit(column),
            codesOfNoValue=_reasons(column.name) if cited else None,
            sensitiveArt9Variables=list(described.art9) if column.is_answer and names_variables else None,
        ),
        "quality": [_quality(rule) for rule in own],
    }
    return {name: part for name, part in parts.items() if part not in (None, [], {})}


def _options(column: Column) -> Document:
    form = _TYPES[column.type][1]
    bounds = values_of(column.name) if is_variable(column) else {}
    named = {"format": form, "minimum": bounds.get("low"), "maximum": bounds.get("high")}
    return {name: value for name, value in named.items() if value is not None}


def _keys(column: Column, described: Table) -> Document:
    keys: Document = {}
    if column.name in described.key:
        keys = {"primaryKey": True, "primaryKeyPosition": described.key.index(column.name) + 1}
    return keys | {"unique": (column.name,) in (described.key, *described.unique)}


def _relationships(column: Column, described: Table) -> list[Document]:
    if column.references is None:
        return []
    other, target = column.references
    file = "" if other == described.name else f"{other}.odcs.yaml#"
    return [{"type": "foreignKey", "to": f"{file}/schema/{other}/properties/{target}"}]


def _unit(column: Column) -> Document:
    units = {question.answer.unit for question in questions(column.name)} if is_variable(column) else {column.unit}
    name = units.pop()
    # Two editions that count in two units cannot share a column.
    return {"unit": name, "unitEn": unit(name).en, "unitSv": unit(name).sv} if name and not units else {}


def _reasons(variable: str) -> list[Document]:
    return [{"code": code, "reason": reason} for code, reason in codes_of_no_value(variable).items()]


def _entry(entry: Entry) -> Document:
    return {"id": entry.token, "value": entry.value, "label": entry.en, **_also(labelSv=entry.sv)}


# --- rules ------------------------------------------------------------------------------------------------------------


def _column_of(rule: Rule) -> str | None:
    """The column that a rule is about; none where it is about several, the whole, or a view of several tables."""
    if rule.frame in references():
        return references()[rule.frame][1]
    if rule.frame not in names() or rule.kind in ("columns", "row_count"):
        return None
    return rule.columns[0] if len(rule.columns) == 1 else None


def _quality(rule: Rule) -> Document:
    when: Document = {"column": rule.when.column, "is": rule.when.is_} if rule.when else {}
    if rule.when and rule.when.values:
        when["values"] = list(rule.when.values)
    implementation = {
        "frame": rule.frame,
        "kind": rule.kind,
        "columns": list(rule.columns),
        "params": {name: list(value) if isinstance(value, tuple) else value for name, value in rule.params.items()},
        "when": when,
    }
    return {
        "id": re.sub(r"[^A-Za-z0-9_]+", "-", rule.id),
        "name": rule.id,
        "type": "custom",
        "engine": ENGINE,
        "dimension": dimension(rule),
        "severity": rule.severity,
        "description": rule.en,
        **_also(descriptionSv=rule.sv),
        "implementation": {name: part for name, part in implementation.items() if part not in ([], {})},
    }


def dimension(rule: Rule) -> str:
    """The dimension of quality that a rule is about, of those that ODCS knows."""
    between_answers = rule.when is not None and rule.kind != "not_in_set"
    return "consistency" if between_answers or rule.frame not in names() else _DIMENSIONS[rule.kind]


# --- writing ----------------------------------------------------------------------------------------------------------


def _custom(**properties: object) -> list[Document]:
    return [{"property": name, "value": value} for name, value in properties.items() if value not in (None, [], {})]


def _also(**properties: object) -> Document:
    return {"customProperties": _custom(**properties)}


class _Dumper(yaml.SafeDumper):
    """Writes every text between quotes: YAML 1.1 takes `no`, `on` and `1_0` for something else. Names of keys are ours.

    What is short stands in a line.
    """

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401, ARG002 - an anchor would hide what stands twice
        return True

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> yaml.MappingNode:  # noqa: ANN401
        node = super().represent_mapping(tag, mapping, flow_style)
        for key, _ in node.value:
            key.style = None
        node.flow_style = _length(node) <= _LINE
        return node

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> yaml.SequenceNode:  # noqa: ANN401
        node = super().represent_sequence(tag, sequence, flow_style)
        node.flow_style = _length(node) <= _LINE and all(isinstance(each, yaml.ScalarNode) for each in node.value)
        return node


_Dumper.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


def _length(node: yaml.Node) -> int:
    """About how long a node is in a line."""
    if isinstance(node, yaml.MappingNode):
        return sum(_length(key) + _length(value) for key, value in node.value)
    return sum(map(_length, node.value)) if isinstance(node, yaml.SequenceNode) else len(node.value) + 4


def as_yaml(document: Document) -> str:
    """The document as a file: innermost lists and mappings in a line, nothing folded."""
    return HEADER + yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**16)
