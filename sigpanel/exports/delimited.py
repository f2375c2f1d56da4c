"""CSV, in the one way in which sigpanel writes it.

UTF-8 without a mark, comma, a header, line feed, dates as 2024-03-01, true and false, and nothing for no value. A text
that holds a comma, a quotation mark or a line break stands in quotation marks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """A table as CSV; of no value and of an empty text the second stands in quotation marks."""
    return frame.write_csv(date_format="%Y-%m-%d", line_terminator="\n").encode()
