"""The first sheet, "Återkoppling": what came in, what was good, what to mend, and how much went unanswered.

For a coordinator who has little time: the status in a sentence, then what to do, then one line for each question and
fault, with links to the cells. It prints on A4 landscape. The rule's name stands small and grey at the end of its line,
for whoever is asked about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sigpanel.feedback.good import good
from sigpanel.feedback.lines import SECTIONS
from sigpanel.feedback.words import texts
from sigpanel.forms import MOMENTS, districts, habits, programmes
from sigpanel.forms.write_style import LINE, height

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xlsxwriter.worksheet import Worksheet

    from sigpanel.feedback.lines import Line, Told
    from sigpanel.feedback.model import Feedback
    from sigpanel.forms import Question
    from sigpanel.forms.write_style import Styles

_STATUS_SIZE = 12
_GREY, _LINE_GREY = "#7F7F7F", "#D9D9D9"
_TOP: Final[dict[str, Any]] = {"valign": "top", "text_wrap": True}
_UNDER: Final[dict[str, Any]] = {"bottom": 1, "bottom_color": _LINE_GREY}
LOOKS: Final[dict[str, dict[str, Any]]] = {
    "first_title": {"bold": True, "font_size": 18, "font_color": "#1F3864"},
    "first_status": {**_TOP, "font_size": _STATUS_SIZE, "bold": True},
    "first_text": {**_TOP},
    "first_heading": {"bold": True, "font_size": 13, "font_color": "#1F3864", "bottom": 2, "bottom_color": "#1F3864"},
    "first_head": {**_TOP, **_UNDER, "font_size": 9, "font_color": "#595959"},
    "first_head_figure": {**_TOP, **_UNDER, "font_size": 9, "font_color": "#595959", "align": "right", "indent": 1},
    "first_head_link": {**_UNDER, "font_size": 9, "font_color": "#595959", "valign": "top"},
    "first_moment": {"bold": True, **_UNDER},
    "first_label": {**_TOP, **_UNDER},
    "first_label_bold": {**_TOP, **_UNDER, "bold": True},
    "first_figure": {"valign": "top", **_UNDER, "align": "right", "indent": 1},
    "first_share": {"valign": "top", **_UNDER, "align": "right", "indent": 1, "num_format": "0 %"},
    "first_share_worse": {"valign": "top", **_UNDER, "align": "right", "indent": 1, "num_format": "0 %", "bold": True}
    | {"font_color": "#C00000"},
    "first_worse": {**_TOP, **_UNDER, "font_color": "#C00000"},
    "first_link": {"valign": "top", **_UNDER, "font_color": "#0563C1", "underline": 1},
    "first_further": {"valign": "top", **_UNDER, "font_color": "#595959"},
    "first_rule": {"valign": "top", **_UNDER, "font_size": 7, "font_color": "#A6A6A6", "align": "right"},
}
# Columns: the question, what it is about, how many, so many links, how many more, the rule.
_LABEL, _TEXT, _COUNT, _FIRST_LINK = 0, 1, 2, 3
_LINKS = 6
_FURTHER = _FIRST_LINK + _LINKS
_RULE = _FURTHER + 1
_WIDTHS: Final = [47, 60, 9, *[9] * _LINKS, 9, 8]
# How much a row is higher than its lines, and how high the row above a heading.
_AIR, _GAP = 3, 10
_PAPER_A4 = 9


@dataclass
class _Writer:
    """The sheet, and the row that comes next."""

    sheet: Worksheet
    styles: Styles
    row: int = 0

    def put(self, column: int, value: str | float | None, look: str) -> None:
        """Write into the row."""
        shown = self.styles.look(f"first_{look}")
        if value is None:
            self.sheet.write_blank(self.row, column, None, shown)
        elif isinstance(value, str):
            self.sheet.write_string(self.row, column, value, shown)
        else:
            self.sheet.write_number(self.row, column, value, shown)

    def rule_off(self, columns: Iterable[int]) -> None:
        """Draw the line below cells that hold nothing."""
        for column in columns:
            self.put(column, None, "label")

    def across(self, text: str, look: str, points: float) -> None:
        """Write a text over all columns, and go on to the next row."""
        self.sheet.merge_range(self.row, 0, self.row, _RULE, text, self.styles.look(f"first_{look}"))
        self.end(points + _AIR)

    def sentence(self, text: str) -> None:
        """Write a text of ordinary letters over all columns, and go on to the next row."""
        self.across(text, "text", height(text, sum(_WIDTHS)))

    def end(self, points: float = LINE + _AIR) -> None:
        """Go on to the next row."""
        self.sheet.set_row(self.row, points)
        self.row += 1


def write_first_sheet(sheet: Worksheet, styles: Styles, feedback: Feedback, told: Told) -> None:
    """Fill in the first sheet."""
    writer = _Writer(sheet, styles)
    _set_up(sheet)
    _write_status(writer, feedback, told)
    statements = good(feedback)
    if statements:
        _heading(writer, texts().good)
        for statement in statements:
            writer.sentence(f"•  {statement}")
    for section in SECTIONS:
        lines = [line for line in told.lines if line.section == section]
        if lines:
            _heading(writer, getattr(texts(), section))
            _write_lines(writer, lines, feedback.form.sheets["form"])
    _write_bortfall(writer, feedback)
    sheet.print_area(0, 0, writer.row - 1, _RULE)


def _set_up(sheet: Worksheet) -> None:
    for column, characters in enumerate(_WIDTHS):
        sheet.set_column(column, column, characters)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(_PAPER_A4)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C&P (&N)")


def _write_status(writer: _Writer, feedback: Feedback, told: Told) -> None:
    words = texts()
    district = districts()[feedback.district].sv if feedback.district else words.district_unknown
    programme = programmes()[feedback.form.programme].sv
    title = words.title.format(programme=programme, district=district, year=feedback.reported_year)
    writer.put(0, title, "title")
    writer.end(30)
    received = status(feedback, told)
    writer.across(received, "status", height(received, sum(_WIDTHS), _STATUS_SIZE, is_bold=True))
    sheet = feedback.form.sheets["form"]
    if told.marks or told.n_whole:
        writer.sentence(words.do.format(sheet=sheet))
    if any(mark.severity != "note" for mark in told.marks):
        writer.sentence(words.how.format(sheet=sheet))
    if not told.marks and not told.n_whole:
        writer.sentence(words.do_nothing)
    parts = [
        text.of(n) for text, n in ((words.comments, feedback.n_comments), (words.notes, feedback.n_notes)) if n
    ]  # fmt: skip
    if parts:
        writer.sentence(words.not_read.format(what=f" {words.and_} ".join(parts)))


def status(feedback: Feedback, told: Told) -> str:
    """How the workbook was received, in a few short sentences."""
    words = texts()
    n = len(feedback.persons)
    mend, check = told.count("error"), told.count("warning")
    parts = [text.of(count) for text, count in ((words.to_mend, mend), (words.to_check, check)) if count]
    sentences = [words.read.of(n) if n else words.read_nobody]
    if parts:
        sentences.append(f" {words.and_} ".join(parts) + ".")
    if told.n_whole:
        sentences.append(words.whole.of(told.n_whole))
    if len(sentences) == 1 and n:
        sentences.append(words.nothing_found)
    return " ".join(sentences)


def _heading(writer: _Writer, text: str) -> None:
    writer.end(_GAP)
    for column in range(_RULE + 1):
        writer.put(column, text if column == 0 else None, "heading")
    writer.end(21)


def _write_lines(writer: _Writer, lines: list[Line], sheet: str) -> None:
    words = texts()
    heads = {_LABEL: words.head_question, _TEXT: words.head_what, _FIRST_LINK: words.head_cells}
    has_links = any(line.cells for line in lines)
    for column in range(_RULE + 1):
        writer.put(column, heads.get(column) if has_links or column != _FIRST_LINK else None, "head")
    writer.put(_COUNT, words.head_count, "head_figure")
    if has_links:
        writer.sheet.merge_range(
            writer.row,
            _FIRST_LINK,
            writer.row,
            _FIRST_LINK + 1,
            words.head_cells,
            writer.styles.look("first_head_link"),
        )
    writer.end()
    label = ""
    for line in lines:
        writer.rule_off(range(_RULE))
        writer.put(_LABEL, line.label if line.label != label else None, "label_bold")
        writer.put(_TEXT, line.text, "label")
        writer.put(_COUNT, line.count, "figure")
        _write_links(writer, line, sheet)
        writer.put(_RULE, line.rule, "rule")
        label = line.label
        label_height = height(line.label, _WIDTHS[_LABEL], is_bold=True)
        writer.end(max(label_height, height(line.text, _WIDTHS[_TEXT])) + _AIR)


def _write_links(writer: _Writer, line: Line, sheet: str) -> None:
    shown = line.cells if len(line.cells) <= _LINKS else line.cells[:_LINKS]
    link = writer.styles.look("first_link")
    for column, address in enumerate(shown, start=_FIRST_LINK):
        writer.sheet.write_url(writer.row, column, f"internal:'{sheet}'!{address}", link, address)
    if len(line.cells) > _LINKS:
        writer.put(_FURTHER, texts().further.format(n=len(line.cells) - _LINKS), "further")


def _write_bortfall(writer: _Writer, feedback: Feedback) -> None:
    asked = {one["question"]: one for one in feedback.bortfall.iter_rows(named=True) if one["asked"]}
    if not asked:
        return
    words, year = texts(), feedback.reported_year
    _heading(writer, words.bortfall)
    writer.sentence(words.bortfall_means)
    heads = {
        "asked": words.head_asked,
        "answered": words.head_answered,
        "share": words.head_own.format(year=year),
        "share_last_year": words.head_own.format(year=year - 1),
        "share_city": words.head_city.format(year=year),
    }
    figures = [name for name in heads if any(one[name] is not None for one in asked.values())]
    writer.rule_off(range(_RULE + 1))
    writer.put(_LABEL, words.head_question, "head")
    for column, name in enumerate(figures, start=_COUNT):
        writer.put(column, heads[name], "head_figure")
    writer.end(2 * LINE + _AIR)
    for moment in MOMENTS:
        questions = [
            question for question in feedback.form.questions if question.moment == moment and question.name in asked
        ]
        if questions:
            writer.rule_off(range(_RULE + 1))
            writer.put(_LABEL, feedback.form.bands[moment], "moment")
            writer.end()
        for question in questions:
            _write_shares(writer, question, asked[question.name], figures)


def _write_shares(writer: _Writer, question: Question, one: Mapping[str, Any], figures: list[str]) -> None:
    worse = is_markedly_worse(one)
    writer.rule_off(range(_RULE + 1))
    writer.put(_LABEL, f"{question.no}. {question.label_sv}", "label")
    writer.put(_TEXT, texts().worse if worse else None, "worse")
    for column, name in enumerate(figures, start=_COUNT):
        look = "figure" if name in {"asked", "answered"} else "share_worse" if worse and name == "share" else "share"
        writer.put(column, texts().no_figure if one[name] is None else one[name], look)
    writer.end(height(f"{question.no}. {question.label_sv}", _WIDTHS[_LABEL]) + _AIR)


def is_markedly_worse(one: Mapping[str, Any]) -> bool:
    """Whether a question's bortfall is so much higher than the city's that it is worth a word."""
    if one["share"] is None or one["share_city"] is None:
        return False
    is_worse = one["share"] - one["share_city"] >= habits().bortfall_worse_by
    return bool(is_worse and one["asked"] - one["answered"] >= habits().bortfall_worse_least)
