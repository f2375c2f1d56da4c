"""A list that comes back: which answers are read, where they are found, and what refuses it."""

import datetime as dt

import openpyxl
import pytest

from sigpanel.errors import InputError
from sigpanel.review import write_questions
from sigpanel.review.words import review_texts
from tests.privacy.scan import told
from tests.support.reports import pseudonyms
from tests.support.review import (
    EPISODES,
    TODAY,
    answer,
    decided,
    digest_in,
    lines_of,
    listed,
    opened,
    pair,
    pairs,
    places,
    taken,
)

DAY = dt.date(2024, 3, 1)
SOUND = ("samma", "Akten", "A.B.", DAY)


@pytest.fixture
def sent(tmp_path):
    path = tmp_path / "granskning.xlsx"
    path.write_bytes(listed(pair("a1", "a2"), pair("b1", "b2"), pair("c2", "c3")).workbook)
    return path


def refused(path) -> tuple[str, list[str]]:
    with pytest.raises(InputError) as caught:
        taken(path)
    assert caught.value.__cause__ is None
    return caught.value.code, [line.strip() for line in caught.value.message.splitlines()[1:] if line.strip()]


def verdict_cell(path, no: int) -> str:
    (cell,) = (cell for cell in opened(path).worksheets[1][2] if cell.value == review_texts().columns["verdict"])
    return f"{cell.column_letter}{lines_of(path)[no]['row']}"


def test_a_list_that_was_saved_as_text_is_to_be_saved_as_a_workbook(sent, tmp_path):
    saved = tmp_path / "granskning.csv"
    rows = opened(sent).worksheets[1].iter_rows(values_only=True)
    saved.write_text("\n".join(";".join("" if text is None else str(text) for text in row) for row in rows))
    with pytest.raises(InputError) as caught:
        taken(saved)
    assert (caught.value.code, "form" in caught.value.message) == ("review-not-a-list", False)
    assert "saved as .xlsx" in caught.value.remedy


def test_a_list_as_it_was_sent_has_no_answer(sent):
    found = taken(sent)
    assert (found.answers, found.n_blank, found.begun) == ((), 3, ())


@pytest.mark.parametrize(
    ("word", "verdict"),
    [
        ("samma", "same"),
        ("Samma.", "same"),
        ("Olika ", "different"),
        ("olika .", "different"),
        ("VET EJ", "unknown"),
        (" vet \u00a0 ej. ", "unknown"),
    ],
)
@pytest.mark.parametrize("day", [DAY, dt.datetime.combine(DAY, dt.time(9)), "2024-03-01", " 2024-03-01 "])
def test_an_answer_is_read_with_its_digest_and_the_day_that_was_written(sent, word, verdict, day):
    digest = digest_in(lines_of(sent)[1])
    (one,) = taken(answer(sent, (1, word, " Akten ", "A.B.", day))).answers
    assert (one.digest, one.verdict, one.reason, one.who, one.date) == (digest, verdict, "Akten", "A.B.", DAY)


def test_a_line_without_a_verdict_is_no_answer_whatever_else_is_filled_in(sent):
    found = taken(answer(sent, (0, None, "Ska ringa", "A.B.", None), (1, *SOUND)))
    assert (len(found.answers), found.n_blank, found.begun) == (1, 2, (verdict_cell(sent, 0),))


@pytest.mark.parametrize(
    "texts", [("Ska ringa", None, None), (None, "A.B.", None), (None, None, DAY), ("=1+1", None, None)]
)
def test_a_line_of_which_any_cell_was_filled_in_is_begun(sent, texts):
    assert taken(answer(sent, (2, None, *texts))).begun == (verdict_cell(sent, 2),)


@pytest.mark.parametrize(
    "word", ["samma?", "olika (?)", "s-a-m-m-a", "samma!", "vetej", "samma. olika", "samma olika", "same"]
)
def test_what_only_looks_like_one_of_the_words_is_none(sent, word):
    _, (line,) = refused(answer(sent, (0, word, *SOUND[1:])))
    assert line.endswith(": must be one of samma, olika, vet ej")


def test_a_day_that_has_not_been_is_refused_by_its_cell_and_today_is_not(sent):
    assert len(taken(answer(sent, (0, *SOUND[:3], TODAY))).answers) == 1
    for day in (TODAY + dt.timedelta(1), "2204-02-01"):
        row = lines_of(sent)[1]["row"]
        assert refused(answer(sent, (1, *SOUND[:3], day)))[1] == [f"AC{row}: is a day that has not been yet"]


@pytest.mark.parametrize(
    ("texts", "column", "what"),
    [
        (("kanske", *SOUND[1:]), "X", "must be one of samma, olika, vet ej"),
        (("=1/0", *SOUND[1:]), "X", "must be one of samma, olika, vet ej"),
        (("samma", None, "A.B.", DAY), "Y", "must say why"),
        (("samma", "Akten", " ", DAY), "Z", "must say who answers"),
        (("samma", "Akten", "A.B.", None), "AA", "must be a day as YYYY-MM-DD"),
        (("samma", "Akten", "A.B.", "1 mars"), "AA", "must be a day as YYYY-MM-DD"),
        (("samma", "Akten", "A.B.", 20240301), "AA", "must be a day as YYYY-MM-DD"),
    ],
)
def test_an_answer_that_cannot_be_used_stops_and_names_its_cell(sent, texts, column, what):
    row = lines_of(sent)[1]["row"]
    head = dict(zip("XYZ", ("verdict", "reason", "who"), strict=True)) | {"AA": "date"}
    sheet = opened(sent).worksheets[1]
    (cell,) = (cell for cell in sheet[2] if cell.value == review_texts().columns[head[column]])
    assert refused(answer(sent, (0, *SOUND), (1, *texts))) == ("review-cells", [f"{cell.column_letter}{row}: {what}"])


def test_a_pair_answered_twice_stops(sent):
    first, second = lines_of(sent)[:2]
    book = opened(sent)
    sheet = book.worksheets[1]
    for cell in sheet[first["row"]]:
        sheet.cell(second["row"], cell.column, cell.value)
    book.save(sent)
    code, (line,) = refused(answer(sent, (0, *SOUND), (1, "olika", *SOUND[1:])))
    assert (code, line.split(": ")[1].split(" as ")[0]) == ("review-cells", "answers the same pair")


def test_a_digest_that_was_taken_away_stops(sent):
    row = lines_of(sent)[0]["row"]
    sheet = opened(sent).worksheets[1]
    (cell,) = (cell for cell in sheet[2] if cell.value == review_texts().columns["digest"])
    path = answer(sent, (0, *SOUND), **{f"{cell.column_letter}{row}": None})
    assert refused(path)[1] == [f"{cell.column_letter}{row}: is empty, so that the answer leads to no pair"]


MOVED = "is of another line, or a cell of this one was changed"


def exchanged(path, name: str) -> list[str]:
    """Exchange the cells of two lines in a column, and give back the addresses of their control codes."""
    book = opened(path)
    sheet = book.worksheets[1]
    rows = [line["row"] for line in lines_of(path)[:2]]
    at = {cell.value: cell.column for cell in sheet[2]}
    first, second = (sheet.cell(row, at[review_texts().columns[name]]) for row in rows)
    first.value, second.value = second.value, first.value
    book.save(path)
    return [sheet.cell(row, at[review_texts().columns["digest"]]).coordinate for row in rows]


@pytest.mark.parametrize("name", ["digest", "episodes", "code", "where"])
def test_an_answer_beside_cells_that_were_moved_is_not_taken_for_another_pair(sent, name):
    places_ = exchanged(sent, name)
    code, told_ = refused(answer(sent, (0, *SOUND), (1, *SOUND)))
    assert (code, told_) == ("review-cells", [f"{cell}: {MOVED}" for cell in places_])


@pytest.mark.parametrize("name", ["digest", "code", "where"])
def test_in_a_districts_list_which_has_no_ids_neither(tmp_path, name):
    rows = [pair("a1", "a2"), pair("b1", "b2")]
    path = tmp_path / "granskning-farsta.xlsx"
    path.write_bytes(write_questions("farsta", pairs(*rows), EPISODES, places(), decided(), pseudonyms).workbook)
    places_ = exchanged(path, name)
    assert refused(answer(path, (0, *SOUND), (1, *SOUND)))[1] == [f"{cell}: {MOVED}" for cell in places_]


def test_whole_lines_may_be_sorted(sent):
    book = opened(sent)
    sheet = book.worksheets[1]
    first, third = (line["row"] for line in (lines_of(sent)[0], lines_of(sent)[2]))
    for one, other in zip(sheet[first], sheet[third], strict=True):
        one.value, other.value = other.value, one.value
    book.save(sent)
    assert len(taken(answer(sent, (0, *SOUND), (2, *SOUND))).answers) == 2


def test_columns_may_stand_elsewhere_and_the_sheet_be_called_otherwise(sent, tmp_path):
    answer(sent, (1, *SOUND))
    book = opened(sent)
    sheet = book.worksheets[1]
    turned = openpyxl.Workbook()
    turned.active.title = "Mitt"
    for row in sheet.iter_rows(values_only=True):
        turned.active.append([None, *row[::-1]])
    turned.save(tmp_path / "turned.xlsx")
    assert [one.verdict for one in taken(tmp_path / "turned.xlsx").answers] == ["same"]


def test_a_districts_list_is_taken_by_the_same_means(tmp_path):
    made = write_questions("farsta", pairs(pair("b1", "b2")), EPISODES, places(), decided(), pseudonyms)
    path = tmp_path / "granskning-farsta.xlsx"
    path.write_bytes(made.workbook)
    (one,) = taken(answer(path, (0, *SOUND))).answers
    assert one.digest == made.asked["digest"][0]


def test_what_is_no_list_is_refused_and_nothing_of_it_is_told(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Hemlig", "AP0712"])
    book.save(tmp_path / "other.xlsx")
    (tmp_path / "text.xlsx").write_text("Hemlig;AP0712", encoding="utf-8")
    for path in (tmp_path / "other.xlsx", tmp_path / "text.xlsx", tmp_path / "none.xlsx"):
        with pytest.raises(InputError) as caught:
            taken(path)
        assert caught.value.code == "review-not-a-list"
        assert told(str(caught.value), ("Hemlig", "AP0712")) == []


def test_what_people_wrote_is_not_told(sent):
    answer(sent, (0, "Hemlig", "Mamman ringde", "Åsa Öberg", "i går"))
    with pytest.raises(InputError) as caught:
        taken(sent)
    assert told(str(caught.value), ("Hemlig", "Mamman", "Åsa", "i går")) == []
    (one,) = taken(answer(sent, (0, "samma", "Mamman ringde", "Åsa Öberg", DAY))).answers
    assert told(repr(one), ("Mamman", "Åsa")) == []
