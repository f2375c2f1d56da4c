"""The first sheet, half a page: the warning, how many pairs there are and were left out, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sigpanel.forms.write_style import height
from sigpanel.review.words import review_texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlsxwriter.worksheet import Worksheet

    from sigpanel.forms.write_style import Styles

LOOKS: Final[dict[str, dict[str, Any]]] = {
    "review_title": {"bold": True, "font_size": 18, "font_color": "#1F3864"},
    "review_warning": {"bold": True, "text_wrap": True, "valign": "top", "font_color": "#C00000"},
    "review_count": {"bold": True, "text_wrap": True, "valign": "top"},
    "review_text": {"text_wrap": True, "valign": "top"},
}
_WIDTH: Final = 86
_AIR: Final = 8
_A4: Final = 9


def write_first(
    sheet: Worksheet, styles: Styles, title: str, warning: str, paragraphs: Sequence[str], counts: tuple[int, int, str]
) -> None:
    """Write it; `counts` are the pairs asked about, those left out, and how the pairs that wait came to be these."""
    words = review_texts()
    n_asked, n_left_out, reckoned = counts
    told = words.asked.of(n_asked) if n_asked else words.nothing_to_ask
    count = " ".join(filter(None, (told, words.left_out.of(n_left_out) if n_left_out else "", reckoned)))
    sheet.set_column(0, 0, _WIDTH)
    sheet.write_string(0, 0, title, styles.look("review_title"))
    sheet.set_row(0, 32)
    texts = [(warning, "warning"), (count, "count"), *((text, "text") for text in paragraphs)]
    for row, (text, look) in enumerate(texts, start=1):
        sheet.write_string(row, 0, text, styles.look(f"review_{look}"))
        sheet.set_row(row, height(text, _WIDTH, is_bold=look != "text") + _AIR)
    sheet.hide_gridlines(2)
    sheet.set_paper(_A4)
    sheet.print_area(0, 0, len(texts), 0)
    sheet.fit_to_pages(1, 0)
