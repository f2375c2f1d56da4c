"""The contracts of register deliveries for people to read: Markdown, one section for each, English with Swedish labels.

The page `docs/deliveries.md` holds what this makes between two marks; a test holds it to that. Everything said here
stands in `contracts/deliveries/`; nothing is added but words between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sigpanel.contracts.deliveries import deliveries, shared

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sigpanel.contracts.delivery import DeliveredColumn, Delivery, Lag, Sla, Source
    from sigpanel.contracts.rules import Rule, When

_STATUS = {
    "assumed": "assumed: no real delivery has been seen",
    "agreed": "agreed with the holder",
    "seen": "a delivery has kept it",
}
_COVERED = {
    "day": "each {} lies within the days declared",
    "interval": "the time from {} to {} meets the days declared, and does not end after them",
    "year": "each {} is a whole calendar year within the days declared",
    "none": "no column; it stands for the delivery that it comes with",
}
_GATE = {"in": "`{}` is {}", "null": "`{}` is empty", "not_null": "`{}` is given"}


def delivery_sections() -> str:
    """What a coverage declares, the kinds in a table, and a section for each of them."""
    return "\n\n".join([_coverage(), _list(), *(section(kind) for kind in deliveries().values())]) + "\n"


def section(kind: Delivery) -> str:
    """The section on a kind of delivery."""
    parts = [
        f"## {kind.title.en}",
        f"*{kind.title.sv}.* `{kind.name}`, version {kind.version}, {_STATUS[kind.status]}. One row per {kind.row.en}; "
        f"key: {', '.join(map(_code, kind.key))}.",
        "\n".join(_facts(kind)),
        _table(["source", "holder", "register", "since", "what"], map(_source, kind.sources, kind.sources.values())),
        "### Columns of " + kind.title.en.lower(),
        _table(["column", "type", "class", "meaning", "betydelse"], map(_column, kind.columns)),
        *_words(kind),
        "### Rules of " + kind.title.en.lower(),
        _table(["rule", "", "what", "vad"], map(_rule, kind.rules)),
        "### Assumed of " + kind.title.en.lower(),
        "\n".join(f"- {_escaped(each)}" for each in kind.assumes),
    ]
    return "\n\n".join(parts)


def _coverage() -> str:
    rows = [[_code(name), text.en, text.sv] for name, text in shared().coverage.items()]
    return _table(["declared", "what", "vad"], rows)


def _list() -> str:
    rows = [
        [_code(kind.name), kind.title.sv, kind.row.en, ", ".join(_holders(kind)), shared().absent[kind.absent.means].en]
        for kind in deliveries().values()
    ]
    return _table(["delivery", "svenska", "one row per", "from", "no row means"], rows)


def _holders(kind: Delivery) -> Iterable[str]:
    return dict.fromkeys(source.holder for source in kind.sources.values())


def _facts(kind: Delivery) -> Iterator[str]:
    covered = _COVERED[kind.covered_as].format(*map(_code, kind.covered_by))
    yield f"- **Who can be in it**: {_lowered(kind.population.text.en)}{_from_age(kind.population.from_age)}."
    yield f"- **No row** (`{kind.absent.means}`): {_lowered(kind.absent.text.en)}."
    yield f"- **Coverage**: {covered}."
    yield f"- **Lag**: {_lag(kind.lag)}."
    yield f"- **Due**: {_due(kind.sla)}"


def _from_age(age: int) -> str:
    return f"; from the age of {age}" if age else ""


def _lag(lag: Lag) -> str:
    text = _lowered(lag.text.en)
    return f"{lag.months} {'month' if lag.months == 1 else 'months'} assumed; {text}" if lag.months else text


def _due(sla: Sla) -> str:
    return f"{_lowered(sla.text.en)}. *{sla.text.sv}.*"


def _source(name: str, source: Source) -> list[str]:
    since = "" if source.holds_from is None else source.holds_from.isoformat()
    return [_code(name), source.holder, source.register or "", since, source.text.en]


def _column(column: DeliveredColumn) -> list[str]:
    unit = f", {shared().units[column.unit].en}" if column.unit else ""
    null = ", may be null" if column.nullable else ""
    ids = f" ({shared().ids[column.ids].en})" if column.ids else ""
    return [
        _code(column.name), f"{column.type}{unit}{null}", _code(column.classification), f"{column.en}{ids}", column.sv,
    ]  # fmt: skip


def _words(kind: Delivery) -> Iterator[str]:
    for column in kind.columns:
        if column.vocabulary is not None:
            rows = [[_code(term.token), term.en, term.sv] for term in kind.words(column.name)]
            yield _table([_code(column.name), "meaning", "betydelse"], rows)


def _rule(rule: Rule) -> list[str]:
    own = rule.id.partition(".")[2]
    return [_code(own), rule.severity, f"{rule.en}{_when(rule.when)}", rule.sv]


def _when(when: When | None) -> str:
    if when is None:
        return ""
    values = " or ".join(
        _code(str(value).lower()) if isinstance(value, bool) else _code(value) for value in when.values
    )
    return f" (where {_GATE[when.is_].format(when.column, values)})"


# --- Markdown ---------------------------------------------------------------------------------------------------------


def _table(heads: list[str], rows: Iterable[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *([_escaped(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _code(text: str) -> str:
    return f"`{text}`"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
