"""The tables and columns of an approval, and what is done to each: a word, or a word with its number.

    sex: "as_is"
    age: {age_band: 5}
    days: "drop"

Held against what may ever leave, column by column.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sigpanel.contracts.extracts import DROP, ID, Transformation, extracts

if TYPE_CHECKING:
    from sigpanel.contracts.approval_file import ApprovalFile
    from sigpanel.contracts.extracts import Leaving

_NOT_LISTED = "Take the line out. What may leave stands in contracts/extracts.yaml"
_CHOOSE = "Choose one of those."
# An age, to show by its band how bands are written.
_EXAMPLE = 20


@dataclass(frozen=True)
class Transform:
    """What is done to a column, and the number that goes with it: the width of bands, or the highest value."""

    kind: str
    by: int | None = None

    @property
    def rule(self) -> Transformation:
        """The transformation as the contract describes it."""
        return extracts().transformations[self.kind]

    def named(self, column: str) -> str:
        """What the column is called in the extract."""
        return f"{column}{self.rule.suffix}"

    def said(self, language: str) -> str:
        """What is done, in English or Swedish."""
        width = self.by or 1
        low = _EXAMPLE // width * width
        return str(getattr(self.rule.said, language)).format(by=self.by, low=low, high=low + width - 1)


def read_tables(file: ApprovalFile, raw: Any) -> dict[str, dict[str, Transform]]:  # noqa: ANN401 - whatever stands there
    """The columns that leave, table by table, in the order in which the approval has them.

    Raises:
        InputError: a table, column or transformation is none.
        PolicyError: a table or column never leaves, or not so.
    """
    tables = {}
    for table, each in file.mapping(raw, "tables").items():
        leaving = _leaving(file, table)
        place = f"tables.{table}"
        said = {column: _transform(file, leaving, column, one) for column, one in file.mapping(each, place).items()}
        tables[table] = {column: transform for column, transform in said.items() if transform is not None}
        for column in leaving.needs:
            if column not in tables[table]:
                raise file.refused(
                    "extract-column-needed", place, f"{column} is missing, and without it rows belong to nobody",
                    f'Add {column}: "{ID if column in leaving.ids else "as_is"}".',
                )  # fmt: skip
    if "episodes" not in tables:
        what = "episodes is missing: what somebody may know of a person is of episodes"
        raise file.refused(
            "extract-table-needed", "tables", what, "Add the table, with person_id and episode_id at least."
        )
    return tables


def _leaving(file: ApprovalFile, table: str) -> Leaving:
    facts = extracts()
    if table in facts.never_tables:
        raise file.refused(
            "extract-table-never", f"tables.{table}", f"this table does not leave: {facts.never_tables[table].en}",
            f"Take it out. The tables that may leave are: {', '.join(facts.tables)}.", policy=True,
        )  # fmt: skip
    if table not in facts.tables:
        what = "the panel has no such table"
        remedy = f"The tables that may leave are: {', '.join(facts.tables)}."
        raise file.unknown("extract-table-unknown", "tables", table, what, remedy, facts.tables)
    return facts.tables[table]


def _transform(file: ApprovalFile, leaving: Leaving, column: str, raw: Any) -> Transform | None:  # noqa: ANN401 - likewise
    place = f"tables.{leaving.name}.{column}"
    if column not in {*leaving.ids, *leaving.columns, *leaving.never}:
        what = "the panel has no such column; texts that somebody wrote are in no table of it"
        remedy = f"{_NOT_LISTED}, what each means in the panel's codebook."
        raise file.unknown("extract-column-unknown", f"tables.{leaving.name}", column, what, remedy, leaving.columns)
    kind, by = _said(file, raw, place)
    if kind == DROP:
        return None
    if column in leaving.never:
        what = f"this column does not leave: {leaving.never[column].en}"
        raise file.refused("extract-column-never", place, what, f"{_NOT_LISTED}.", policy=True)
    if column in leaving.ids and kind != ID:
        what = "an id of the panel leads back to it, and leaves only as an id of the extract's own"
        raise file.refused("extract-column-never", place, what, f'Write "{ID}".', policy=True)
    allowed = (ID,) if column in leaving.ids else leaving.columns[column]
    if kind not in allowed:
        what = f"this is not done to the column; it may be {', '.join((*allowed, DROP))}"
        raise file.refused("extract-transformation", place, what, _CHOOSE, policy=True)
    return _numbered(file, Transform(kind, by), place)


def _said(file: ApprovalFile, raw: Any, place: str) -> tuple[str, int | None]:  # noqa: ANN401 - likewise
    kind, by = next(iter(raw.items())) if isinstance(raw, dict) and len(raw) == 1 else (raw, None)
    known = (*extracts().transformations, DROP)
    if kind not in known:
        what = f"nobody knows this transformation; there are {', '.join(known)}"
        raise file.refused("extract-transformation-unknown", place, what, _CHOOSE)
    return kind, None if by is None else file.positive(by, f"{place}.{kind}")


def _numbered(file: ApprovalFile, transform: Transform, place: str) -> Transform:
    needs = transform.rule.needs
    if needs and transform.by is None:
        raise file.refused(
            "extract-transformation-number", place, f"{transform.kind} needs a number, its {needs}",
            f"Write it as {{{transform.kind}: 5}}.",
        )  # fmt: skip
    if not needs and transform.by is not None:
        raise file.refused(
            "extract-transformation-number",
            place,
            f"{transform.kind} has no number",
            f'Write "{transform.kind}" alone.',
        )
    return transform
