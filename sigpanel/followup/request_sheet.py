"""The two sheets of a request: what is asked, why, until when and where it goes; and the persons, a line each.

What is written in are the yellow columns. The number is text, so that no digit is lost, and twelve digits are asked
for; why there is none is chosen from a list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sigpanel.contracts.followup import facts
from sigpanel.forms.write_style import AIR, LINE, TEXT_FORMAT, height

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from xlsxwriter.worksheet import Worksheet

    from sigpanel.forms.write_style import Styles

_CELL: Final[dict[str, Any]] = {"valign": "top", "text_wrap": True, "bottom": 1, "bottom_color": "#D9D9D9"}
_WRITE: Final = _CELL | {"bg_color": "#FFFBE6", "border": 1, "border_color": "#BFBFBF", "num_format": TEXT_FORMAT}
_CODE: Final = {"font_name": "Courier New", "font_scheme": "none"}
LOOKS: Final[dict[str, dict[str, Any]]] = {
    "request_title": {"bold": True, "font_size": 16, "font_color": "#1F3864", "text_wrap": True},
    "request_warning": {"bold": True, "text_wrap": True, "valign": "top", "font_color": "#C00000"},
    "request_count": {"bold": True, "text_wrap": True, "valign": "top"},
    "request_text": {"text_wrap": True, "valign": "top"},
    "request_head": {"bold": True, "text_wrap": True, "valign": "bottom", "bg_color": "#DDEBF7", "border": 1},
    "request_cell": _CELL,
    "request_code": _CELL | _CODE,
    "request_id": _CELL | {"font_size": 8},
    "request_write": _WRITE,
}
_WIDTHS: Final = {
    "person_id": 31, "code": 18, "enrolled": 12, "discharged": 12, "sex": 19, "age": 7, "number": 24, "unknown": 27,
}  # fmt: skip
_FIRST_WIDTH: Final = 86
_A4: Final = 9


def write_first(
    sheet: Worksheet, styles: Styles, title: str, warning: str, counts: str, paragraphs: Sequence[str]
) -> None:
    """Write what to do, on a page."""
    sheet.set_column(0, 0, _FIRST_WIDTH)
    texts = [(title, "title"), (warning, "warning"), (counts, "count"), *((text, "text") for text in paragraphs)]
    for row, (text, look) in enumerate(texts):
        sheet.write_string(row, 0, text, styles.look(f"request_{look}"))
        size = 16 if look == "title" else 10
        sheet.set_row(row, height(text, _FIRST_WIDTH, size, is_bold=look != "text") + 2 * AIR)
    sheet.hide_gridlines(2)
    sheet.set_paper(_A4)
    sheet.print_area(0, 0, len(texts) - 1, 0)
    sheet.fit_to_pages(1, 0)


def write_list(sheet: Worksheet, styles: Styles, lines: pl.DataFrame) -> None:
    """Write the persons: `person_id, code, enrolled, discharged, sex, age`, texts of as many lines as there are."""
    words = facts().request
    for at, (name, wide) in enumerate(_WIDTHS.items()):
        sheet.set_column(at, at, wide)
        sheet.write_string(0, at, words.columns[name], styles.look("request_head"))
    for row, line in enumerate(lines.iter_rows(named=True), start=1):
        for at, name in enumerate(_WIDTHS):
            text = line.get(name)
            look = styles.look(f"request_{'cell' if text == words.no_code else _look(name)}")
            if text is None:
                sheet.write_blank(row, at, None, look)
            else:
                sheet.write_string(row, at, text, look)
        sheet.set_row(row, LINE * (1 + max(text.count("\n") for text in line.values() if text)) + AIR)
    _add_checks(sheet, lines.height)
    sheet.freeze_panes(1, 2)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C&P (&N)")


def _look(name: str) -> str:
    return {"person_id": "id", "code": "code", "number": "write", "unknown": "write"}.get(name, "cell")


def _add_checks(sheet: Worksheet, n_lines: int) -> None:
    words, columns = facts().request, [*_WIDTHS]
    at = columns.index("number")
    cell = f"{chr(ord('A') + at)}2"
    # A text of twelve digits: as a number Excel would show 2.01E+11, or drop a zero.
    formula = f'=AND(LEN({cell})=12,ISNUMBER(-{cell}),ISERROR(FIND(" ",{cell})))'
    sheet.data_validation(
        1, at, n_lines, at, {"validate": "custom", "value": formula, "error_message": words.number_error}
    )
    at = columns.index("unknown")
    sheet.data_validation(
        1, at, n_lines, at, {"validate": "list", "source": list(words.unknown), "error_message": words.choose}
    )
