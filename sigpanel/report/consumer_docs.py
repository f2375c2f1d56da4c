"""The page of docs on a consumer's contract, and the list of them: Markdown, in English with the Swedish beside.

It says what the contract says, to people: whom it is about, what it reads and handles of each table, what it asks of
the data. Whether a release holds that is told by `sigpanel verify`, and on the page of `sigpanel.report.consumer`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sigpanel.contracts.codes import is_variable, questions
from sigpanel.contracts.consumers import consumer, names_of_consumers
from sigpanel.contracts.sentences import sentences
from sigpanel.contracts.tables import contract
from sigpanel.forms import variables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sigpanel.contracts.consumers import Consumer, Handles, Levels

FILE = "consumer-{name}.md"


def consumer_docs(one: Consumer) -> str:
    """The page on a consumer's contract."""
    file = f"contracts/consumers/{one.name}.yaml"
    asked = [*_asked(one)]
    parts = [
        f"# The consumer `{one.name}`",
        f"{one.en}. *{one.sv}.*",
        f"- Whom it is about: {one.population['en']}. *{one.population['sv']}.*\n"
        f"- Contract: version {one.version}, for version {one.panel} of the panel's, [{one.name}.yaml](../../{file})",
        "## What it reads and handles",
        "A word, code or number that the panel may hold and that is not here is one that the consumer would pass over; "
        "so it is told before any release is opened.",
        *(f"### In `{table}`\n\n{_columns(table, columns)}" for table, columns in one.tables.items()),
        "## What it asks of the data",
        _table(["check", "share", "warned below", "broken below"], asked) if asked else "Nothing.",
        *([_least(one)] if one.groups else []),
        *_variables(one),
        "How a release is held against it stands in [Contracts](../contracts.md#consumers).",
    ]
    return "\n\n".join(parts) + "\n"


def consumer_list() -> str:
    """The list of consumers with links to their pages."""
    rows = [
        [f"[{one.name}](contracts/{FILE.format(name=one.name)})", one.en, one.sv, one.version, ", ".join(_tables(one))]
        for one in map(consumer, names_of_consumers())
    ]
    return _table(["consumer", "what", "vad", "version", "reads"], rows) + "\n"


def _tables(one: Consumer) -> Iterator[str]:
    return (f"`{table}`" for table in one.tables)


def _columns(table: str, columns: Mapping[str, Handles]) -> str:
    described = contract().tables[table].given(variables()).columns if table in contract().tables else ()
    meaning = {column.name: questions(column.name)[-1].label_en if is_variable(column) else column.en
               for column in described}  # fmt: skip
    return _table(
        ["column", "meaning", "handles"],
        [[f"`{name}`", meaning.get(name, "not promised"), _handled(how)] for name, how in columns.items()],
    )


def _handled(how: Handles) -> str:
    if how.values is not None:
        return ", ".join(f"`{value}`" for value in how.values)
    if how.low is None and how.high is None:
        return "whatever may stand there"
    if how.low is None or how.high is None:
        return f"up to {how.high}" if how.low is None else f"from {how.low}"
    return f"{how.low} to {how.high}"


def _asked(one: Consumer) -> Iterator[list[str]]:
    levels = {
        **{
            f"completeness.{name}.{what}": getattr(group, what)
            for name, group in one.groups.items()
            for what in ("filled", "answered")
        },
        "coverage": one.coverage,
        "linkage.decided": one.decided,
        "linkage.precision": one.precision,
        "horizon": one.horizon,
    }
    for check, level in levels.items():
        if level is not None:
            yield [check, _told(one, check), *_levels(level)]
    if one.timely_from is not None:
        yield ["timeliness", _timely(one), "–", "–"]


def _told(one: Consumer, check: str) -> str:
    said = _said(check.rpartition(".")[2])
    if check == "horizon":
        return f"{said}: {one.horizon_years}"
    if check == "coverage" and one.coverage_from is not None:
        return f"{said}, from {one.coverage_from} on"
    return f"{one.groups[check.split('.')[1]].en}: {said}" if check.startswith("completeness") else said


def _timely(one: Consumer) -> str:
    return f"{_said('timeliness')}: from {one.timely_from} on, the year {one.years_behind} before"


def _said(what: str) -> str:
    return sentences().asked[what]["en"]


def _levels(level: Levels) -> list[str]:
    return [f"{level.warn:.0%}", f"{level.fail:.0%}"]


def _least(one: Consumer) -> str:
    return f"A cell in which fewer than {one.least_n} were asked is not judged."


def _variables(one: Consumer) -> Iterator[str]:
    for group in one.groups.values():
        rows = [[f"`{name}`", *_labels(name)] for name in group.variables]
        yield f"**{group.en}.** *{group.sv}.*\n\n{_table(['variable', 'what is asked', 'vad som frågas'], rows)}"


def _labels(variable: str) -> list[str]:
    asked = questions(variable)
    return [asked[-1].label_en, asked[-1].label_sv] if asked else ["not promised", "utlovas inte"]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in (heads, ["---"] * len(heads), *rows))
