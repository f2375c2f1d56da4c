"""The sheet of pairs: one line each, both sides of a field above each other, what speaks for and against, the answer.

A field in which the sides differ is orange. Above each kind of question stands the question. What is written in are the
yellow columns; the last ones lead an answer back to its pair. A district's sheet has neither weights nor effects, since
these are reckoned over everybody.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sigpanel.forms.write_style import DATE_FORMAT, LINE, height
from sigpanel.review.control import shown_of
from sigpanel.review.words import ANSWERS, BITS, COLUMNS, SIDES, review_texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl
    from xlsxwriter.worksheet import Worksheet

    from sigpanel.forms.write_style import Styles

_GREY, _INPUT, _DIFFERS = "#7F7F7F", "#FFFBE6", "#FCE4D6"
_CELL: Final[dict[str, Any]] = {"valign": "top", "text_wrap": True, "bottom": 1, "bottom_color": "#D9D9D9"}
_CODE: Final = {"font_name": "Courier New", "font_scheme": "none"}
_WRITE: Final = _CELL | {"bg_color": _INPUT, "border": 1, "border_color": "#BFBFBF"}
LOOKS: Final[dict[str, dict[str, Any]]] = {
    "review_head": {"bold": True, "text_wrap": True, "valign": "bottom", "bg_color": "#DDEBF7", "border": 1},
    "review_band": {"italic": True, "font_color": "#595959", "valign": "bottom"},
    "review_kind": {"bold": True, "font_size": 12, "font_color": "#1F3864", "valign": "bottom"},
    "review_cell": _CELL,
    "review_differs": _CELL | {"bg_color": _DIFFERS},
    "review_code": _CELL | _CODE,
    "review_code_differs": _CELL | _CODE | {"bg_color": _DIFFERS},
    "review_number": {**_CELL, "align": "center"},
    "review_share": {**_CELL, "num_format": "0 %", "align": "center"},
    "review_bits": {**_CELL, "num_format": "0.0;-0.0;0.0", "font_size": 8, "align": "right"},
    "review_effect": {**_CELL, "num_format": '+0.00" pe";-0.00" pe";0', "align": "center"},
    "review_write": _WRITE,
    "review_write_date": _WRITE | {"num_format": DATE_FORMAT, "align": "left"},
    "review_small": {**_CELL, "font_size": 7, "font_color": _GREY},
}
_WIDTHS: Final = {
    **dict(zip(("number", "set", *SIDES), (5, 7, 14, 17, 7, 20, 10, 11, 11, 12, 48), strict=True)),
    **dict.fromkeys(BITS, 11),
    "probability": 12,
    "constraint": 23,
    "runner_up": 21,
    "counted_as": 14,
    "effect": 13,
    "earlier": 22,
    "note": 27,
    **dict(zip((*ANSWERS, "episodes", "digest"), (9, 27, 12, 11, 14, 14), strict=True)),
}
# Episodes of one person differ in the rest as a matter of course.
_COMPARED: Final = ("code", "sex", "district", "programme")
_OWNER_ONLY: Final = ("probability", *BITS, "constraint", "runner_up", "counted_as", "effect", "earlier", "episodes")
_NOT_FOR_DISTRICTS: Final = (*_OWNER_ONLY, "district")
# What the owner's list has no room for: it says the same beside what keeps the two apart.
_DISTRICTS_ONLY: Final = ("note",)
# Bars of all weights have one scale: rare initials give some 12 bits, the prior as many against.
_MOST_BITS: Final = 12
# What the data owner prints is two pages wide, and both begin with the columns up to the code.
_STARTS_OF_PAGES: Final = ("sex", "probability")
_BAND_ROW, _HEAD_ROW = 0, 1
_A3, _A4 = 8, 9
_SCALE = 66
_FIRST_DAY: Final = dt.date(2000, 1, 1)


@dataclass
class _Sheet:
    """The sheet while it is written, and the column of each of its fields."""

    sheet: Worksheet
    styles: Styles
    columns: Mapping[str, int]
    row: int = field(default=_HEAD_ROW + 1)
    highest: float = 0

    def put(self, name: str, value: str | float | None, look: str) -> None:
        """Write into a column of the row, if the sheet has it."""
        if name not in self.columns:
            return
        shown = self.styles.look(f"review_{look}")
        at = (self.row, self.columns[name])
        if value is None:
            self.sheet.write_blank(*at, None, shown)
        elif isinstance(value, str):
            self.sheet.write_string(*at, value, shown)
            self.highest = max(self.highest, height(value, _WIDTHS[name])) if look != "small" else self.highest
        else:
            self.sheet.write_number(*at, value, shown)


def write_sheet(
    sheet: Worksheet,
    styles: Styles,
    lines: pl.DataFrame,
    shown: Mapping[str, tuple[str, ...]],
    *,
    is_for_district: bool,
) -> None:
    """Write the pairs.

    Args:
        sheet: the sheet.
        styles: with `LOOKS`.
        lines: of `selection.Queue`, with `control`, the code by which an answer finds its pair.
        shown: the texts of each episode, by its id.
        is_for_district: leave out what is reckoned over everybody.
    """
    names = columns(is_for_district=is_for_district)
    made = _Sheet(sheet, styles, {name: at for at, name in enumerate(names)})
    _write_heads(made)
    kind = ""
    for no, line in enumerate(lines.iter_rows(named=True), start=1):
        if line["kind"] != kind:
            kind = line["kind"]
            _write_kind(made, kind, is_for_district=is_for_district)
        _write_line(made, no, line, shown)
    _set_up(made, is_for_district=is_for_district)


def columns(*, is_for_district: bool) -> tuple[str, ...]:
    """The columns of a list, in their order."""
    left_out = _NOT_FOR_DISTRICTS if is_for_district else _DISTRICTS_ONLY
    return tuple(name for name in COLUMNS if name not in left_out)


def _write_heads(made: _Sheet) -> None:
    words = review_texts()
    if BITS[0] in made.columns:
        made.sheet.write_string(_BAND_ROW, made.columns[BITS[0]], words.bits_band, made.styles.look("review_band"))
    made.row = _HEAD_ROW
    for name, at in made.columns.items():
        made.put(name, words.columns[name], "head")
        made.sheet.set_column(at, at, _WIDTHS[name])
    made.sheet.set_row(_HEAD_ROW, 2 * LINE + 4)
    made.highest = 0
    made.row += 1


def _write_kind(made: _Sheet, kind: str, *, is_for_district: bool) -> None:
    asked = review_texts().kinds[kind]
    made.sheet.set_row(made.row, 26)
    look = made.styles.look("review_kind")
    if is_for_district:
        made.sheet.write_string(made.row, 0, asked.district_sv, look)
    else:
        # On each of the two pages, right of the columns that both have: within these it would be cut off.
        for name in _STARTS_OF_PAGES:
            made.sheet.write_string(made.row, made.columns[name], asked.sv, look)
    made.row += 1


def _write_line(made: _Sheet, no: int, line: Mapping[str, Any], shown: Mapping[str, tuple[str, ...]]) -> None:
    pair = (line["episode_a"], line["episode_b"])
    a, b = (shown[episode] for episode in pair)
    texts = shown_of(pair, shown)
    made.put("number", no, "number")
    made.put("set", line["set_no"], "number")
    for name, above, below in zip(SIDES, a, b, strict=True):
        is_other = above != below and name in _COMPARED
        look = ("code" if name == "code" else "cell") + ("_differs" if is_other else "")
        made.put(name, texts[name], look.replace("cell_differs", "differs"))
    made.put("probability", line["probability"], "share")
    for name in BITS:
        made.put(name, line[name], "bits")
    _write_reckoned(made, line, shown)
    made.put("note", _at_once(line), "cell")
    for name in ANSWERS:
        made.put(name, None, "write_date" if name == "date" else "write")
    made.put("episodes", texts["episodes"], "small")
    made.put("digest", line["control"], "small")
    made.sheet.set_row(made.row, max(2 * LINE, made.highest) + 4)
    made.highest = 0
    made.row += 1


def _write_reckoned(made: _Sheet, line: Mapping[str, Any], shown: Mapping[str, tuple[str, ...]]) -> None:
    words = review_texts()
    constraint, together, effect = line["constraint"], line["is_together"], line["effect"]
    hindrance = "\n".join(filter(None, (words.constraint(constraint) if constraint else None, _at_once(line))))
    made.put("constraint", hindrance or None, "cell")
    made.put("runner_up", _named(shown.get(line["runner_up"])), "cell")
    counted = None if together is None else words.one_person if together else words.two_persons
    made.put("counted_as", counted, "cell")
    made.put("effect", None if effect is None else 100 * effect, "effect")
    verdict = line["verdict"]
    earlier = words.earlier.format(verdict=words.verdicts[verdict], date=line["date"]) if verdict else None
    made.put("earlier", earlier, "cell")


def _at_once(line: Mapping[str, Any]) -> str | None:
    """What to do where both went on at the same time in one district."""
    return review_texts().at_once if line["is_at_once"] else None


def _named(texts: tuple[str, ...] | None) -> str | None:
    """An episode in a few words."""
    return review_texts().runner_up.format(**dict(zip(SIDES, texts, strict=True))) if texts else None


def _set_up(made: _Sheet, *, is_for_district: bool) -> None:
    sheet, columns, last = made.sheet, made.columns, made.row - 1
    first = _HEAD_ROW + 1
    if last >= first:
        _add_checks(made, first, last)
        for name in (name for name in BITS if name in columns):
            sheet.conditional_format(first, columns[name], last, columns[name], _BAR)
    sheet.freeze_panes(first, columns["code"] + 1)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(_A4 if is_for_district else _A3)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.repeat_rows(_BAND_ROW, _HEAD_ROW)
    # What is for the program alone is not printed.
    sheet.print_area(_BAND_ROW, 0, max(last, _HEAD_ROW), columns["date"])
    if is_for_district:
        sheet.fit_to_pages(1, 0)
    else:
        # What is known on one page, what speaks for and against and the answer on the next.
        sheet.set_print_scale(_SCALE)
        sheet.set_v_pagebreaks([columns[_STARTS_OF_PAGES[1]]])
        sheet.repeat_columns(0, columns["code"])
    sheet.set_footer("&C&P (&N)")


_BAR: Final[dict[str, Any]] = {
    "type": "data_bar",
    "data_bar_2010": True,
    "bar_solid": True,
    "bar_color": "#9DC3E6",
    "bar_negative_color": "#E98B8B",
    "bar_negative_border_color_same": True,
    "bar_no_border": True,
    "bar_axis_position": "middle",
    "min_type": "num",
    "max_type": "num",
    "min_value": -_MOST_BITS,
    "max_value": _MOST_BITS,
}


def _add_checks(made: _Sheet, first: int, last: int) -> None:
    words = review_texts()
    at = made.columns["verdict"]
    made.sheet.data_validation(
        first,
        at,
        last,
        at,
        {"validate": "list", "source": list(words.verdicts.values()), "error_message": words.choose},
    )
    at = made.columns["date"]
    made.sheet.data_validation(
        first,
        at,
        last,
        at,
        {
            "validate": "date",
            "criteria": ">",
            "value": _FIRST_DAY,
            "error_message": words.day,
            "error_type": "warning",
        },
    )
