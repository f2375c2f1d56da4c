"""The two sheets beside the form: the explanations, and the hidden lists behind the drop-downs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sigpanel.forms.write_checks import list_columns
from sigpanel.forms.write_style import AIR, NARROW, header, height

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

    from sigpanel.forms.model import Form
    from sigpanel.forms.write_style import Styles

_A4 = 9


def write_explanations(sheet: Worksheet, form: Form, styles: Styles) -> None:
    """Write the sheet that explains some of the questions."""
    names, texts = 2 * NARROW, 5 * NARROW
    sheet.set_column(0, 0, names)
    sheet.set_column(1, 1, texts)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.write_string(0, 0, form.explanations_heading, styles.look("title"))
    sheet.write_string(1, 0, "Namn", styles.look("heading"))
    sheet.write_string(1, 1, "Förklaring", styles.look("heading"))
    explained = (question for question in form.questions if question.explain)
    for row, question in enumerate(explained, start=2):
        sheet.write_string(row, 0, header(question), styles.look("explanation"))
        sheet.write_string(row, 1, question.explain, styles.look("explanation"))
        sheet.set_row(row, max(height(header(question), names), height(question.explain or "", texts)) + AIR)


def write_lists(sheet: Worksheet, form: Form) -> None:
    """Write the lists behind the drop-downs."""
    for name, (column, codes) in list_columns(form).items():
        sheet.write_string(0, column, name.upper())
        for row, code in enumerate(codes, start=1):
            sheet.write_number(row, column, code)
