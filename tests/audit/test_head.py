"""The head of a log, kept elsewhere: a cut end is noticed by it, and nothing is appended where it is gone."""

import stat

import pytest

from sigpanel import audit
from sigpanel.errors import InputError
from tests.audit.logs import LIFE, live, log_in


def test_nothing_is_appended_where_the_head_is_gone_until_somebody_has_looked(tmp_path):
    path, head_file = live(log_in(tmp_path), head_file=tmp_path / "head"), tmp_path / "head"
    head_file.unlink()
    with pytest.raises(InputError) as told:
        live(path, [("key_sealed", "key", "owner")], head_file=head_file)
    assert told.value.code == "log-head-missing"
    audit.settle(path, head_file)
    live(path, [("key_sealed", "key", "owner")], head_file=head_file)
    assert audit.read_head(head_file) == audit.head(audit.read(path))


def test_nothing_is_appended_to_a_log_that_was_cut_or_that_somebody_went_on_with(tmp_path):
    path, head_file = live(log_in(tmp_path), head_file=tmp_path / "head"), tmp_path / "head"
    content = path.read_bytes()
    path.write_bytes(b"".join(content.splitlines(keepends=True)[:-1]))
    for act in (lambda: live(path, LIFE[-1:], head_file=head_file), lambda: audit.settle(path, head_file)):
        with pytest.raises(InputError) as told:
            act()
        assert told.value.code == "log-truncated"
    path.write_bytes(content)
    live(path, [("key_sealed", "key", "owner")])
    with pytest.raises(InputError) as told:
        live(path, [("key_sealed", "key", "owner")], head_file=head_file)
    assert told.value.code == "log-ahead"
    assert len(audit.settle(path, head_file)) == 9
    live(path, [("key_sealed", "key", "owner")], head_file=head_file)


def test_a_log_that_is_gone_whole_is_found_by_its_head(tmp_path):
    path, head_file = live(log_in(tmp_path), head_file=tmp_path / "head"), tmp_path / "head"
    path.unlink()
    with pytest.raises(InputError) as told:
        audit.verify(path, audit.read_head(head_file))
    assert (told.value.code, told.value.message) == (
        "log-truncated",
        "At the end of extracts/log.jsonl 8 of 8 lines are missing.",
    )


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{}", b"[]", b"\xff", b'{"no": -1, "digest": ""}', b'{"no": true, "digest": ""}',
        b'{"no": 1, "digest": "QX0619"}',
    ],
    ids=range(7),
)  # fmt: skip
def test_what_is_no_head_is_told_and_not_repeated(tmp_path, content):
    (tmp_path / "head").write_bytes(content)
    with pytest.raises(InputError) as told:
        audit.read_head(tmp_path / "head")
    assert told.value.code == "log-head-unreadable"
    assert "QX0619" not in str(told.value)


def test_the_head_is_for_its_owner_alone(tmp_path):
    live(log_in(tmp_path), head_file=tmp_path / "head")
    assert stat.S_IMODE((tmp_path / "head").stat().st_mode) == 0o600
