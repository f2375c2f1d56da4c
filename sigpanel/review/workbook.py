"""A list as a workbook of two sheets: what to do, and the pairs."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from sigpanel.forms.write import new_workbook
from sigpanel.forms.write_style import Styles
from sigpanel.review import sheet, sheet_first
from sigpanel.review.words import review_texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl


def workbook(
    lines: pl.DataFrame,
    shown: Mapping[str, tuple[str, ...]],
    texts: tuple[str, str, Sequence[str]],
    counts: tuple[int, int, str],
    *,
    is_for_district: bool,
) -> bytes:
    """Write it; `texts` are title, warning and paragraphs, `counts` as `write_first` has them."""
    held = BytesIO()
    names = review_texts().sheets
    made = new_workbook(held, names["first"])
    styles = Styles(made, sheet.LOOKS | sheet_first.LOOKS)
    first = made.add_worksheet(names["first"])
    pairs = made.add_worksheet(names["questions" if is_for_district else "queue"])
    sheet_first.write_first(first, styles, *texts, counts)
    sheet.write_sheet(pairs, styles, lines, shown, is_for_district=is_for_district)
    first.activate()
    made.close()
    return held.getvalue()
