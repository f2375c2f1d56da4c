"""A list that comes back: which answers are read, where they are found, and what refuses it."""

import datetime as dt

import openpyxl
import pytest

from sigpanel.errors import InputError
from sigpanel.review import read_review, write_questions
from sigpanel.review.words import review_texts
from tests.privacy.scan import told
from tests.support.reports import pseudonyms
from tests.support.review import EPISODES, answer, decided, lines_of, listed, opened, pair, pairs, places

DAY = dt.date(2024, 3, 1)
SOUND = ("samma", "Akten", "A.B.", DAY)


@pytest.fixture
def sent(tmp_path):
    path = tmp_path / "granskning.xlsx"
    path.write_bytes(listed(pair("a1", "a2"), pair("b1", "b2"), pair("c2", "c3")).workbook)
    return path


def refused(path) -> tuple[str, list[str]]:
    with pytest.raises(InputError) as caught:
        read_review(path)
    assert caught.value.__cause__ is None
    return caught.value.code, [line.strip() for line in caught.value.message.splitlines()[1:] if line.strip()]


def test_a_list_as_it_was_sent_has_no_answer(sent):
    taken = read_review(sent)
    assert (taken.answers, taken.n_blank) == ((), 3)


@pytest.mark.parametrize(("word", "verdict"), [("samma", "same"), ("Olika ", "different"), ("VET EJ", "unknown")])
@pytest.mark.parametrize("day", [DAY, dt.datetime.combine(DAY, dt.time(9)), "2024-03-01", " 2024-03-01 "])
def test_an_answer_is_read_with_its_digest_and_the_day_that_was_written(sent, word, verdict, day):
    digest = lines_of(sent)[1]["digest"]
    (one,) = read_review(answer(sent, (1, word, " Akten ", "A.B.", day))).answers
    assert (one.digest, one.verdict, one.reason, one.who, one.date) == (digest, verdict, "Akten", "A.B.", DAY)


def test_a_line_without_a_verdict_is_no_answer_whatever_else_is_filled_in(sent):
    taken = read_review(answer(sent, (0, None, "Ska ringa", "A.B.", None), (1, *SOUND)))
    assert (len(taken.answers), taken.n_blank) == (1, 2)


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
    (at,) = (cell.column for cell in sheet[2] if cell.value == review_texts().columns["digest"])
    sheet.cell(second["row"], at, first["digest"])
    book.save(sent)
    code, (line,) = refused(answer(sent, (0, *SOUND), (1, "olika", *SOUND[1:])))
    assert (code, line.split(": ")[1].split(" as ")[0]) == ("review-cells", "answers the same pair")


def test_a_digest_that_was_taken_away_stops(sent):
    row = lines_of(sent)[0]["row"]
    sheet = opened(sent).worksheets[1]
    (cell,) = (cell for cell in sheet[2] if cell.value == review_texts().columns["digest"])
    path = answer(sent, (0, *SOUND), **{f"{cell.column_letter}{row}": None})
    assert refused(path)[1] == [f"{cell.column_letter}{row}: is empty, so that the answer leads to no pair"]


def test_columns_may_stand_elsewhere_and_the_sheet_be_called_otherwise(sent, tmp_path):
    answer(sent, (1, *SOUND))
    book = opened(sent)
    sheet = book.worksheets[1]
    turned = openpyxl.Workbook()
    turned.active.title = "Mitt"
    for row in sheet.iter_rows(values_only=True):
        turned.active.append([None, *row[::-1]])
    turned.save(tmp_path / "turned.xlsx")
    assert [one.verdict for one in read_review(tmp_path / "turned.xlsx").answers] == ["same"]


def test_a_districts_list_is_taken_by_the_same_means(tmp_path):
    made = write_questions("farsta", pairs(pair("b1", "b2")), EPISODES, places(), decided(), pseudonyms)
    path = tmp_path / "granskning-farsta.xlsx"
    path.write_bytes(made.workbook)
    (one,) = read_review(answer(path, (0, *SOUND))).answers
    assert one.digest == made.asked["digest"][0]


def test_what_is_no_list_is_refused_and_nothing_of_it_is_told(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Hemlig", "AP0712"])
    book.save(tmp_path / "other.xlsx")
    (tmp_path / "text.xlsx").write_text("Hemlig;AP0712", encoding="utf-8")
    for path in (tmp_path / "other.xlsx", tmp_path / "text.xlsx", tmp_path / "none.xlsx"):
        with pytest.raises(InputError) as caught:
            read_review(path)
        assert caught.value.code == "review-not-a-list"
        assert told(str(caught.value), ("Hemlig", "AP0712")) == []


def test_what_people_wrote_is_not_told(sent):
    answer(sent, (0, "Hemlig", "Mamman ringde", "Åsa Öberg", "i går"))
    with pytest.raises(InputError) as caught:
        read_review(sent)
    assert told(str(caught.value), ("Hemlig", "Mamman", "Åsa", "i går")) == []
    (one,) = read_review(answer(sent, (0, "samma", "Mamman ringde", "Åsa Öberg", DAY))).answers
    assert told(repr(one), ("Mamman", "Åsa")) == []
