"""Which files are deliveries: every one but litter, and none is passed over because it is odd."""

import os

import pytest

from sigpanel.errors import InputError
from sigpanel.pipeline.check import check
from sigpanel.pipeline.deliveries import files_below, find_sources, name_of, read_delivery


@pytest.fixture
def submissions(tmp_path):
    (tmp_path / "submissions" / "2023" / "from Farsta").mkdir(parents=True)
    return tmp_path / "submissions"


def test_files_of_any_name_at_any_depth_are_found_in_order_and_litter_is_not(submissions):
    wanted = ["2023/a.xlsx", "2023/b.pdf", "2023/from Farsta/c.XLSX"]
    litter = ["2023/~$a.xlsx", "2023/.DS_Store", "2023/Thumbs.db", "2023/desktop.ini", "2023/.hidden/d.xlsx"]
    (submissions / "2023" / ".hidden").mkdir()
    for name in wanted + litter:
        (submissions / name).write_bytes(b"")
    assert [source.name for source in find_sources(submissions)] == wanted


@pytest.mark.parametrize("place", ["a.xlsx", "inkorg/a.xlsx", "20233/a.xlsx", "\N{FULLWIDTH DIGIT TWO}023/a.xlsx"])
def test_a_file_outside_the_folder_of_a_year_is_refused_by_name(submissions, place):
    (submissions / place).parent.mkdir(exist_ok=True)
    (submissions / place).write_bytes(b"")
    with pytest.raises(InputError) as refused:
        find_sources(submissions)
    assert refused.value.code == "submission-without-year"
    assert refused.value.message.endswith(f"owner/submissions: {place}")


def test_a_folder_that_is_a_link_is_refused_by_name(submissions):
    (submissions / "2024").symlink_to(submissions / "2023")
    with pytest.raises(InputError) as refused:
        find_sources(submissions)
    assert (refused.value.code, refused.value.message) == (
        "folder-closed",
        "A folder of workbooks is a link to another folder: 2024",
    )


def test_a_folder_that_cannot_be_looked_into_is_refused_by_name(submissions, monkeypatch):
    def closed(_folder):
        raise PermissionError

    monkeypatch.setattr(type(submissions), "iterdir", closed)
    with pytest.raises(InputError) as refused:
        files_below(submissions)
    assert refused.value.message == "A folder of workbooks cannot be looked into: submissions"


def test_a_link_to_nothing_and_a_pipe_are_deliveries_that_cannot_be_read(submissions):
    (submissions / "2023" / "broken.xlsx").symlink_to("nowhere.xlsx")
    os.mkfifo(submissions / "2023" / "pipe.xlsx")
    read = read_delivery(find_sources(submissions))
    assert [(refusal.source.name, refusal.rule) for refusal in read.refusals] == [
        ("2023/broken.xlsx", "workbook_is_damaged"),
        ("2023/pipe.xlsx", "workbook_is_damaged"),
    ]
    assert len(check([submissions]).delivery.refusals) == 2


def test_a_name_is_told_without_what_a_terminal_would_obey(tmp_path):
    assert name_of(tmp_path.relative_to(tmp_path) / "Far\nsta\x1b[31m.xlsx") == "Far\\nsta\\x1b[31m.xlsx"
