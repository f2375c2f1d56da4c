"""How the form is printed: the enrolment part on one page, the discharge part on the next, each beside the codes.

The scale is reckoned here, not left to Excel, which takes no notice of where a page is to end once it fits to pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlsxwriter.worksheet import Worksheet

    from sigpanel.forms.write_layout import Grid

_A3 = 8
# In inches; the foot has room for the page's number.
_PAPER_WIDTH, _MARGIN, _FOOT = 16.5, 0.4, 0.8
# A column of n characters is so wide; programs differ by some per cent.
_CHARACTER, _PADDING, _SAFETY = 7 / 96, 5 / 96, 1.06


def set_print(sheet: Worksheet, grid: Grid, widths: Sequence[int], discharge: int) -> None:
    """Set up the printing of a sheet of the form.

    Args:
        sheet: the sheet.
        grid: where its rows and columns stand.
        widths: of each column, in characters.
        discharge: the first column of the discharge part.
    """
    inches = [(width * _CHARACTER + _PADDING) * _SAFETY for width in widths]
    widest = max(sum(inches[:discharge]), inches[grid.first_column] + sum(inches[discharge:]))
    sheet.set_print_scale(min(100, int(100 * (_PAPER_WIDTH - 2 * _MARGIN) / widest)))
    sheet.set_v_pagebreaks([discharge])
    sheet.set_landscape()
    sheet.set_paper(_A3)
    sheet.set_margins(_MARGIN, _MARGIN, _MARGIN, _FOOT)
    sheet.set_footer("&RSida &P av &N")
    sheet.repeat_rows(max(grid.band_row, 0), grid.header_row)
    sheet.repeat_columns(grid.first_column)
