"""One cause, one finding: whatever is put in one cell of a sound row, one rule at most says that it is wrong.

Every question, every kind of slip, in rows of several kinds, cleaned as one workbook. Notes (how a value was written)
are causes of their own beside what the value is.
"""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from sigpanel.findings import severities
from sigpanel.forms import Question, forms
from sigpanel.pipeline.check import check
from tests.catalogue.workbooks import COPY, FILE, LAST, ONGOING, SOUND, rows
from tests.support.answers import ExcelError, Percent, ShownAsDate, Uncalculated, cleaned
from tests.support.workbooks import FIRST, person

FORM = forms()["sig-unga-2022"]
ROWS: dict[str, dict[int, Any]] = {
    "closed": {},
    "ongoing": ONGOING,
    "in no school": {8: 6, 9: 3, 10: 1, 21: 6, 22: 3, 23: 2},
    "in no school, greyed out": {8: 6, 9: None, 10: 1, 21: 6, 22: None, 23: 2},
    "of age, school unknown": {1: "AP0315", 4: 19, 8: 999, 9: 999, 10: 999},
}
UNREADABLE = [None, "-", "okänd", True, Percent(0.5), ExcelError(), Uncalculated()]
NUMBERS = [*range(13), 14, 15, 17, 19, 26, 61, 99, 116, 160, 999, -1, 1.5, ShownAsDate(3)]
CODES = [
    "AP0515", "AP0616", "AP1506", "AP0699", "AP0600", "AP1600", "PA0615", "AP6015", "AP615", "AP06155", "AP060315",
    "AP06", "AP0165", "AP2006", "AP0631", 20060315,
]  # fmt: skip
DATES = [
    dt.date(2012, 3, 1), dt.date(2032, 3, 1), dt.date(2021, 3, 1), dt.date(2023, 3, 1), dt.date(2022, 12, 1),
    dt.date(2022, 1, 3), dt.date(1922, 3, 1), dt.date(2202, 3, 1), dt.date(2022, 3, 31), "2022-03", "pågår", 999,
]  # fmt: skip


def slips(question: Question) -> list[Any]:
    return {"uno": CODES, "date": DATES}.get(question.answer.kind, NUMBERS) + UNREADABLE


@pytest.mark.parametrize("kind", ROWS)
def test_one_slip_breaks_one_rule_at_most(kind):
    made = [(question.no, slip) for question in FORM.questions for slip in slips(question)]
    read = cleaned([person(FORM, {**ROWS[kind], no: slip}) for no, slip in made])
    told = (
        read.findings.join(severities(), on="rule")
        .filter(pl.col("severity") != "note")
        .group_by("row")
        .agg(pl.col("rule").sort())
    )
    several = {
        (*made[row - FIRST], *rules)
        for row, rules in told.iter_rows()
        if len(rules) > 1 and not _is_left_blank(kind, *made[row - FIRST], rules)
    }
    assert several == set()


def _is_left_blank(kind: str, no: int, slip: Any, rules: list[str]) -> bool:
    """Several cells are empty, and each is told: two in the row, or all of a discharge that has a date or a reason.

    A date alone may besides be one before the enrolment.
    """
    is_discharge_alone = kind == "ongoing" and no in (18, 32)
    others = {*rules} - {"answer_left_blank"}
    return (not others and (slip in (None, "-") or is_discharge_alone)) or (
        is_discharge_alone and others == {"discharged_before_enrolled"}
    )


# --- of workbooks -----------------------------------------------------------------------------------------------------

OTHER = rows({16: 8}, {}, {})
FILES = {
    "a copy of one of two that contradict each other is a copy, and no third": (
        {FILE: SOUND, COPY: SOUND, "2022/Ö.xlsx": OTHER},
        {("same_delivery_twice", LAST), ("two_deliveries_for_one_district", min(FILE, COPY)),
         ("two_deliveries_for_one_district", "2022/Ö.xlsx")},
    ),
    "an empty form twice is two offices with nobody": (
        {FILE: rows(), COPY: rows()}, {("workbook_without_persons", FILE), ("workbook_without_persons", COPY)},
    ),
    "a form of another year in which nobody is": (
        {"2024/A.xlsx": rows()}, {("edition_outside_its_years", "2024/A.xlsx"),
                                  ("workbook_without_persons", "2024/A.xlsx")},
    ),
    "who is in two districts' workbooks is in two districts": (
        {FILE: SOUND, "2022/SIG unga.xlsx": rows(*[{2: 2}] * 3)}, set(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", FILES)
def test_of_workbooks_too_each_cause_is_told_once(what, tmp_path):
    files, expected = FILES[what]
    for name, write in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write(tmp_path / name)
    checked = check([tmp_path])
    names = [source.name for source in checked.delivery.sources]
    told = [(rule, names[number]) for rule, number in checked.findings.select("rule", "submission_no").iter_rows()]
    assert sorted(told) == sorted(expected)
