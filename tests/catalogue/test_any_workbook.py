"""Whatever stands in whatever cell of a form: it is read or refused by a rule, no row is lost, and nothing is repeated.

Cells of many kinds are put at random places of a real workbook: among the persons, in the title, the answer row and
the headers, in the comment column, beside the form and far away from it. Two writers make it: openpyxl, which can
change any cell, and xlsxwriter, which can leave the result of a formula and characters that nobody sees.

`MARK` stands in every text that is planted, `NUMBER` is the number; neither may be printed, raised or written below
research/.
"""

import datetime as dt
import functools
import io
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.cell.cell import MergedCell
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.utils import get_column_letter

from sigpanel.findings import rules
from sigpanel.forms import forms
from sigpanel.forms.write import Formula, Layout, Shown, write_form
from sigpanel.panel import open_panel
from sigpanel.pipeline.check import check
from tests.cli.running import run
from tests.privacy.scan import leaks, told
from tests.support.study import make_study
from tests.support.workbooks import FIRST, persons

FORM = forms()["sig-unga-2022"]
MARK, NUMBER, CODE = "Kanariekvist", 86753090125, "ÅX0809"
WORDS = (MARK, str(NUMBER), CODE)
FILE = "2022/Skärholmen unga.xlsx"

# --- what is planted --------------------------------------------------------------------------------------------------

TEXTS = st.sampled_from(
    ["{}", "={}", "+{}", "-{}", "@{}", "\u202e{}", "\u200b{}", "{} \u00a0", "1={}", "Summa {}", "Antal: {}", "{}?",
     "33. {}", "_x0001_{}", "{}\n{}", "<b>{}</b>", "&{};", "'{}", "ca {}", "15 {}", "2022-03-{}", "{}" * 400]
).map(lambda text: text.replace("{}", MARK))  # fmt: skip
SPOKEN = st.sampled_from(
    ["", " ", "-", "–", "Summa", CODE, CODE.lower(), "AP0615", "2=Nej", "999", "2022-03-01", "pågår", FORM.title]
    + [f"{question.no}. {question.header}" for question in FORM.questions[::5]]
    + [question.answer.text for question in FORM.questions[1::5]]
)
NUMBERS = st.sampled_from([0, -1, 1, 3, 99, 999, 1e16, 1e308, -1e308, 0.1, 5e-324, NUMBER, NUMBER / 4])
DATES = st.sampled_from(
    [dt.date(1900, 1, 1), dt.date(2004, 12, 31), dt.date(2022, 3, 1), dt.date(2033, 1, 1), dt.date(9999, 12, 31)]
)
BOOLEANS = st.booleans()
FORMATS = st.sampled_from(["0%", "yyyy-mm-dd", "00", "General", '"kr" 0', "@", "[h]:mm"])

# Of openpyxl: also errors, formulas without a result, text in two fonts, a number that is none.
RICH = st.just(CellRichText("före ", TextBlock(InlineFont(b=True), MARK)))
ODD = st.sampled_from(["#N/A", "#REF!", "#VALUE!", "=1/0", f'="{MARK}"', "=A9", float("nan"), float("inf")])
ANYTHING = st.one_of(TEXTS, SPOKEN, NUMBERS, DATES, BOOLEANS, ODD, RICH, st.none())

COLUMNS = st.integers(1, len(FORM.questions) + 3)
HEAD = st.tuples(st.sampled_from([1, 2, 5, 6, 7, 8]), COLUMNS)
BELOW = st.tuples(st.sampled_from([FIRST, FIRST + 1, FIRST + 2, FIRST + 3, 30]), COLUMNS)
FAR = st.sampled_from([(50_000, 40), (50_001, 40), (1_048_576, 1), (9, 16_384)])


def planted(places: st.SearchStrategy[tuple[int, int]], most: int) -> st.SearchStrategy[Any]:
    """Cells at some of these places, by openpyxl."""
    cells = st.dictionaries(places, st.tuples(ANYTHING, st.none() | FORMATS), min_size=1, max_size=most)
    return cells.map(lambda cells: functools.partial(by_openpyxl, cells))


# Of xlsxwriter: also results of formulas and characters below the blank.
RESULTS = st.builds(Formula, st.just("=A1"), st.sampled_from([0, 1.5, 999, MARK, "#N/A", "", None]))
SHOWN = st.builds(Shown, NUMBERS | DATES, FORMATS)
UNSEEN = st.sampled_from(["\x01{}", "\x00", "{}\x1f", "\x0b{}\x7f", "\ufffe{}"]).map(
    lambda text: text.replace("{}", MARK)
)
FILLED = st.lists(
    st.dictionaries(
        st.integers(1, len(FORM.questions)),
        st.one_of(TEXTS, SPOKEN, NUMBERS, DATES, BOOLEANS, RESULTS, SHOWN, UNSEEN, st.none()),
        max_size=8,
    ),
    min_size=1,
    max_size=4,
)
LAYOUT = Layout(comments={0: MARK}, notes={0: MARK}, author=MARK, sheet=MARK)


@functools.cache
def _sound() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound.xlsx"
        write_form(path, FORM, persons(FORM), layout=LAYOUT)
        return path.read_bytes()


def by_openpyxl(planted: Mapping[tuple[int, int], tuple[Any, str | None]], path: Path) -> None:
    workbook = openpyxl.load_workbook(io.BytesIO(_sound()), rich_text=True)
    for (row, column), (value, number_format) in planted.items():
        cell = workbook[MARK][f"{get_column_letter(column)}{row}"]
        if isinstance(cell, MergedCell):
            continue
        cell.value = value
        if number_format:
            cell.number_format = number_format
    workbook.save(path)


def by_xlsxwriter(filled: list[dict[int, Any]], path: Path) -> None:
    sound = persons(FORM, "AP0615", "BO0602", "CI0623", "DU0611")
    write_form(path, FORM, [{**row, **change} for row, change in zip(sound, filled, strict=False)], layout=LAYOUT)


WRITES = {
    "in the head": planted(HEAD, 3),
    "among the persons": planted(BELOW, 12),
    "anywhere": planted(st.one_of(HEAD, BELOW, BELOW, FAR), 4),
    "as a program fills them in": FILLED.map(lambda filled: functools.partial(by_xlsxwriter, filled)),
}
everywhere = pytest.mark.parametrize("place", WRITES)

# --- what must hold ---------------------------------------------------------------------------------------------------


def holds_of_a_check(write: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FILE
        path.parent.mkdir()
        write(path)
        checked = check([Path(folder)])
        assert len(checked.delivery.refusals) + checked.delivery.workbooks.height == 1
        named = {*checked.findings["rule"], *(refusal.rule for refusal in checked.delivery.refusals)}
        assert named <= rules().keys()
        assert told(" ".join(map(str, checked.delivery.refusals)), WORDS) == []
        kept, rejected = checked.delivery.cleaned.reports, checked.delivery.cleaned.rejected
        assert kept.height + rejected.height == checked.delivery.rows.filter(kind="person").height
        for flags in ([], ["--json"]):
            answer = run("check", folder, *flags)
            assert (answer.code, answer.err) == (_exit_code(checked), "")
            assert told(answer.all, WORDS) == []


def _exit_code(checked: Any) -> int:
    return 3 if checked.delivery.refusals else int(checked.has_errors)


def holds_of_a_build(write: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        study = make_study(Path(folder) / "study", books=(), cohort=None)
        for name, writes in {FILE: write, "2023/Skärholmen unga.xlsx": _write_sound}.items():
            (study.submissions / name).parent.mkdir(parents=True)
            writes(study.submissions / name)
        answer = run("build", "--study", study.root)
        assert told(answer.all, WORDS) == []
        assert leaks(study.research, WORDS) == []
        assert answer.code in (0, 3), answer.err
        if answer.code == 0:
            panel = open_panel(study.panel)
            rows = dict(panel.submissions.select("submission_id", "n_rows").collect().iter_rows())
            ledger = panel.ledger.collect()
            assert rows == dict(ledger.group_by("submission_id").agg(pl.len()).iter_rows())
            assert ledger["fate"].null_count() == 0


def _write_sound(path: Path) -> None:
    path.write_bytes(_sound())


@everywhere
@settings(max_examples=3)
@given(st.data())
def test_any_workbook_is_read_or_refused_and_never_repeated(place, data):
    holds_of_a_check(data.draw(WRITES[place]))


@pytest.mark.parametrize("place", ["among the persons", "as a program fills them in"])
@settings(max_examples=2)
@given(st.data())
def test_a_build_with_any_workbook_keeps_every_row_or_stops(place, data):
    holds_of_a_build(data.draw(WRITES[place]))


@pytest.mark.slow
@everywhere
@settings(max_examples=40)
@given(st.data())
def test_any_of_many_workbooks_is_read_or_refused_and_never_repeated(place, data):
    holds_of_a_check(data.draw(WRITES[place]))


@pytest.mark.slow
@everywhere
@settings(max_examples=15)
@given(st.data())
def test_a_build_with_any_of_many_workbooks_keeps_every_row_or_stops(place, data):
    holds_of_a_build(data.draw(WRITES[place]))


def test_what_is_planted_is_in_the_workbook():
    """Or nothing would be proved by not finding it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f.xlsx"
        by_openpyxl({(FIRST, 11): (MARK, None), (FIRST, 6): (NUMBER, None), (FIRST, 1): (CODE, None)}, path)
        cells = openpyxl.load_workbook(path)[MARK][FIRST]
        assert [cells[at].value for at in (0, 5, 10, 32)] == [CODE, NUMBER, MARK, MARK]
