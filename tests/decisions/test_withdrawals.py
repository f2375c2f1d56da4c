"""Withdrawals: how the file is read and written, and that nothing which stands in it is told."""

import datetime as dt
from pathlib import Path

import pytest

from sigpanel.contracts.withdrawals import withdrawals_file
from sigpanel.decisions import NO_WITHDRAWALS, Withdrawal, Withdrawals, read_withdrawals, withdrawals_as_csv
from sigpanel.errors import InputError
from tests.privacy.scan import told
from tests.support.corrections import refused

HEADER = "kind;id;scope;reason;who;date"
CODE = "u" + "a" * 26
EPISODE = "e" + "b" * 25 + "a"
LINE = f"code;{CODE};research;asked;A.B.;2024-03-01"
ONE = Withdrawal("code", CODE, "research", "asked", "A.B.", dt.date(2024, 3, 1))
REASONS = ", ".join(withdrawals_file().reasons)
OTHER = Withdrawal("episode", EPISODE, "statistics", "guardian_asked", "C.D.", dt.date(2024, 3, 2))


def file(folder: Path, *lines: str, header: str = HEADER) -> Path:
    path = folder / "withdrawals.csv"
    path.write_text("\r\n".join([header, *lines, ""]), encoding="utf-8")
    return path


def test_the_file_has_the_columns_that_are_fixed_in_their_order():
    assert ";".join(withdrawals_file().columns) == HEADER


def test_every_word_has_both_languages():
    file = withdrawals_file()
    assert all(word.en and word.sv for words in (file.kinds, file.scopes, file.reasons) for word in words.values())


def test_no_file_means_that_nobody_has_withdrawn(tmp_path):
    assert read_withdrawals(tmp_path / "withdrawals.csv") == NO_WITHDRAWALS


def test_a_line_is_read_as_it_stands(tmp_path):
    (one,) = read_withdrawals(file(tmp_path, LINE)).all
    assert (one, one.line, one.target) == (ONE, 2, f"code:{CODE}")


def test_what_is_written_is_read_back_and_written_the_same(tmp_path):
    written = withdrawals_as_csv(Withdrawals((ONE, OTHER)))
    (tmp_path / "withdrawals.csv").write_bytes(written)
    read = read_withdrawals(tmp_path / "withdrawals.csv")
    assert read.all == (ONE, OTHER)
    assert withdrawals_as_csv(read) == written


def test_a_name_that_excel_would_take_for_a_formula_is_written_as_text_and_read_as_it_was(tmp_path):
    name = Withdrawal("code", CODE, "research", "asked", "=A.B.", dt.date(2024, 3, 1))
    written = withdrawals_as_csv(Withdrawals((name,)))
    assert b"; =A.B.;" in written
    (tmp_path / "withdrawals.csv").write_bytes(written)
    assert read_withdrawals(tmp_path / "withdrawals.csv").all == (name,)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (LINE.replace("code;", "kod;"), "line 2, kind: must be one of code, episode"),
        *(
            (LINE.replace(CODE, wrong), "line 2, id: must be the pseudonym of a code (uno_id)")
            for wrong in ("", "QX0619", "qx0619", EPISODE, CODE.upper(), CODE + "a", CODE[:-1] + "b")
        ),
        (LINE.replace("code;", "episode;"), "line 2, id: must be the id of an episode"),
        (LINE.replace("research", "forskning"), "line 2, scope: must be one of research, statistics"),
        (LINE.replace(";asked;", ";ville inte;"), f"line 2, reason: must be one of {REASONS}"),
        (LINE.replace("A.B.", ""), "line 2, who: must be filled in"),
        (LINE.replace("2024-03-01", "1 mars"), "line 2, date: must be a day as YYYY-MM-DD"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_used_is_named_with_its_column(tmp_path, line, message):
    assert refused("withdrawals-lines", read_withdrawals, file(tmp_path, line)) == [message]


def test_the_same_code_twice_stops(tmp_path):
    twice = file(tmp_path, LINE, LINE.replace("research", "statistics"))
    assert refused("withdrawals-lines", read_withdrawals, twice) == ["line 3, id: line 2 is about the same"]


def test_other_columns_and_another_format_are_refused_by_the_name_of_this_file(tmp_path):
    with pytest.raises(
        InputError, match=r"^owner/withdrawals\.csv must have the columns kind, id, .*: who is miss"
    ) as a:
        read_withdrawals(file(tmp_path, header=HEADER.replace(";who", "")))
    (tmp_path / "withdrawals.csv").write_bytes(b"PK\x03\x04")
    with pytest.raises(InputError, match=r"^owner/withdrawals\.csv cannot be read: it is an Excel workbook\.") as b:
        read_withdrawals(tmp_path / "withdrawals.csv")
    assert (a.value.code, b.value.code) == ("withdrawals-columns", "withdrawals-not-csv")


def test_what_stands_in_a_line_is_never_told(tmp_path):
    with pytest.raises(InputError) as caught:
        read_withdrawals(file(tmp_path, "kod;QX0619;allt;Hemlig;Åsa Öberg;i går"))
    assert told(str(caught.value), ("QX0619", "allt", "Hemlig", "Åsa", "i går")) == []
    assert told(repr(ONE), ("A.B.", "2024")) == []


# --- one more ---------------------------------------------------------------------------------------------------------


def test_the_same_again_changes_nothing_and_another_scope_takes_its_place():
    known = Withdrawals((ONE, OTHER))
    assert known.with_one(Withdrawal("code", CODE, "research", "erasure", "X.Y.", dt.date(2025, 1, 1))) is known
    wider = Withdrawal("code", CODE, "statistics", "erasure", "X.Y.", dt.date(2025, 1, 1))
    assert known.with_one(wider).all == (wider, OTHER)


def test_what_they_mean_is_whom_they_take_out_and_no_word_of_why_or_who():
    wider = Withdrawal("code", CODE, "statistics", "erasure", "X.Y.", dt.date(2025, 1, 1))
    assert Withdrawals((OTHER, ONE)).meaning() == Withdrawals((wider, OTHER)).meaning()
    assert Withdrawals((ONE,)).meaning() != Withdrawals((ONE, OTHER)).meaning()
