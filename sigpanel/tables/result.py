"""A table as it may be published: the numbers, what they were protected by, and how it is printed.

`frame` is all that is published. Who is in a cell is kept beside it for the release ledger, never printed, and left
behind when a table is pickled.
"""

from __future__ import annotations

import html
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from sigpanel.contracts.disclosure import CATEGORIES, LANGUAGES
from sigpanel.errors import Fault, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sigpanel.contracts.disclosure import Disclosure

_DECIMALS = 4


@dataclass(frozen=True, eq=False, repr=False)
class Table:
    """What may be published of a table.

    `frame` has a column for each variable, with its categories as texts (null: all of them together), and the numbers;
    a number that is null is hidden. `kind` is counts, means, rates or survival, `of` the columns that the numbers are
    of, `disclosure` the rule that they were protected by, `harmless` the variables that were declared so.
    """

    kind: str
    frame: pl.DataFrame
    by: tuple[str, ...]
    disclosure: Disclosure
    of: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()
    said: Mapping[str, object] = field(default_factory=dict)
    # `row` of `frame`, `person`: who is in a cell, shown or hidden.
    _people: pl.DataFrame | None = None

    def people(self) -> pl.DataFrame:
        """Who is in each cell, shown or hidden: `row` of the frame and `person`. For the release ledger only.

        Raises:
            UsageError: the table was pickled since, and its persons were left behind.
        """
        if self._people is None:
            raise UsageError(
                "table-without-persons", "This table no longer knows who is in its cells.",
                remedy="Make it again from the panel, and give that to the ledger.",
            )  # fmt: skip
        return self._people

    @property
    def settings(self) -> dict[str, object]:
        """What the numbers were protected by, for whoever publishes them."""
        return {
            "kind": self.kind,
            "threshold": self.disclosure.threshold,
            "rounding": self.disclosure.rounding,
            "harmless": list(self.harmless),
        }

    def _without(self, lines: pl.Expr) -> Table:
        """The same table without lines that the forms rule out, such as of a question when nobody asks it.

        Not for whoever makes tables: that a line is left out must be told by the forms and never by who stands where,
        since what is hidden is either few persons or nobody.

        Args:
            lines: true of the lines to leave out, in the columns of `frame`.

        Raises:
            UsageError: see `people`.
            Fault: somebody stands in one of them.
        """
        people = self.people()
        numbered = self.frame.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
        kept = numbered.filter(~lines.fill_null(value=False)).with_row_index("now")
        now = kept.select("row", pl.col("now").cast(pl.Int64))
        moved = people.join(now, on="row", maintain_order="left").select("person", row="now").select("row", "person")
        if moved.height != people.height:
            raise Fault("table-lines", "Lines of a table that nobody can stand in are not empty.")
        return replace(self, frame=kept.drop("now", "row"), _people=moved)

    def words(self, language: str = "en") -> pl.DataFrame:
        """The table as texts, with the words for what is hidden, for all together and for no value; for printing.

        Raises:
            UsageError: there are no words in that language.
        """
        if language not in LANGUAGES:
            raise UsageError(
                "language-unknown", "There are no words in that language.", remedy=f"Give {' or '.join(LANGUAGES)}."
            )
        word = self.disclosure.word
        categories = (
            pl.col(name).replace({word(of): word(of, language) for of in CATEGORIES}).fill_null(word("total", language))
            for name in self.by
        )
        numbers = (
            pl.Series(name, [_told(each, word("hidden", language)) for each in self.frame[name]], pl.String)
            for name in self.frame.columns
            if name not in self.by
        )
        return self.frame.select(*categories).hstack(list(numbers)) if self.by else pl.DataFrame(list(numbers))

    def note(self, language: str = "en") -> str:
        """What a reader must know of the numbers, to stand under the table."""
        return self.disclosure.note(self.kind, language, **self.said)

    def __repr__(self) -> str:
        words = self.words()
        rows = [words.columns, *words.iter_rows()]
        widths = [max(len(row[at]) for row in rows) for at in range(len(words.columns))]
        n_by = len(self.by)
        lines = (
            "  ".join(
                cell.ljust(width) if at < n_by else cell.rjust(width)
                for at, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        )
        return "\n".join([*lines, self.note()])

    def _repr_html_(self) -> str:
        words = self.words()
        head = _html_row(words.columns, "th", len(self.by))
        body = "".join(_html_row(row, "td", len(self.by)) for row in words.iter_rows())
        return (
            f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"
            f"<p style='max-width:40em;font-size:90%'>{html.escape(self.note())}</p>"
        )

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_people": None}


def _told(value: float | None, hidden: str) -> str:
    if value is None:
        return hidden
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.{_DECIMALS}f}".rstrip("0").rstrip(".")


def _html_row(cells: Sequence[str], tag: str, n_left: int) -> str:
    aligned = (
        f"<{tag} style='text-align:{'left' if at < n_left else 'right'}'>{html.escape(cell)}</{tag}>"
        for at, cell in enumerate(cells)
    )
    return f"<tr>{''.join(aligned)}</tr>"
