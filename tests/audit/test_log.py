"""A log that only grows, and in which every change is found."""

import datetime as dt
import multiprocessing
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sigpanel import audit
from sigpanel.errors import Fault, InputError
from tests.audit.logs import DAY, DIGEST, LIFE, ONE, OTHER, live, log_in
from tests.support.killed import killed_at

ROOT = Path(__file__).resolve().parents[2]
LATER = DAY + dt.timedelta(days=30)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The bytes of a log and its head."""
    path = live(log_in(tmp_path_factory.mktemp("whole")))
    return path.read_bytes(), audit.head(audit.read(path))


def written(folder, content):
    path = log_in(folder)
    path.write_bytes(content)
    return path


def refusal(content, head, folder):
    """The code of what `verify` says of these bytes, and its message; null if it finds nothing."""
    try:
        audit.verify(written(folder, content), head)
    except InputError as error:
        return error.code, error.message
    return None


# --- growing ----------------------------------------------------------------------------------------------------------


def test_a_log_that_is_not_there_has_no_lines(tmp_path):
    assert audit.read(tmp_path / "log.jsonl") == ()
    assert audit.verify(tmp_path / "log.jsonl") == ()
    assert audit.head(()) == audit.Head(0, "")
    assert audit.states(()) == {}


def test_appending_never_rewrites_an_earlier_byte(tmp_path):
    path, before = log_in(tmp_path), b""
    for number in range(len(LIFE)):
        live(path, LIFE[number : number + 1])
        now = path.read_bytes()
        assert now.startswith(before)
        assert now[len(before) :].count(b"\n") == 1
        before = now


def test_each_line_holds_what_sha256sum_says_of_the_line_before(tmp_path):
    path = live(log_in(tmp_path))
    sums = subprocess.run(
        ["sh", "-c", f"while IFS= read -r line; do printf '%s\\n' \"$line\" | sha256sum; done < {path}"],  # noqa: S607
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert [entry.previous for entry in audit.read(path)] == [
        "",
        *(one.split()[0] for one in sums.stdout.splitlines()),
    ][:-1]


@pytest.mark.parametrize(("kind", "mode"), [("extracts", 0o640), ("owner", 0o600)])
def test_a_log_may_be_read_by_whom_it_is_for(tmp_path, kind, mode):
    before = os.umask(0)
    try:
        path = live(log_in(tmp_path, kind), [("key_made", "key", "owner")])
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_log_is_never_written_through_a_link(tmp_path):
    path = log_in(tmp_path)
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match=r"Too many levels|symbolic"):
        live(path, LIFE[:1])
    assert not (tmp_path / "elsewhere").exists()


def _note(path: Path, times: int) -> None:
    for _ in range(times):
        audit.append(path, on=LATER, event="key_sealed", subject="key", head_file=path.with_name("head"))


@pytest.mark.slow
def test_processes_that_write_at_once_do_not_interleave(tmp_path):
    path = log_in(tmp_path)
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    writers = [context.Process(target=_note, args=(path, 25)) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * 4
    assert len(audit.verify(path, audit.read_head(path.with_name("head")))) == 100


# --- what is found ----------------------------------------------------------------------------------------------------


def test_a_whole_log_has_nothing_to_find(whole, tmp_path):
    assert refusal(*whole, tmp_path) is None


@given(at=st.integers(0, 10_000), to=st.integers(0, 255))
@settings(max_examples=400)
def test_any_changed_byte_is_found(whole, tmp_path_factory, at, to):
    content, head = whole
    at %= len(content)
    assume(content[at] != to)
    found = refusal(content[:at] + bytes([to]) + content[at + 1 :], head, tmp_path_factory.mktemp("log"))
    assert found is not None
    changed_in = content[:at].count(b"\n") + 1
    code, message = found
    if code == "log-broken":
        told = int(message.partition(" of ")[0].removeprefix("Line "))
        # A line that says something else and is still a line shows in the next one.
        assert told in (changed_in, changed_in + 1)
    else:
        assert (code, changed_in) == ("log-half-written", len(LIFE))


@pytest.mark.slow
def test_every_single_bit_that_is_changed_is_found(whole, tmp_path):
    content, head = whole
    flipped = (content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :] for at in range(len(content)))
    assert all(refusal(each, head, tmp_path) for each in flipped)


@given(data=st.data())
def test_lines_dropped_doubled_moved_or_brought_from_elsewhere_are_found(whole, tmp_path_factory, data):
    content, head = whole
    lines = content.splitlines(keepends=True)
    numbers = data.draw(st.lists(st.integers(0, len(lines) - 1), max_size=len(lines) + 2))
    assume(numbers != list(range(len(lines))))
    assert refusal(b"".join(lines[number] for number in numbers), head, tmp_path_factory.mktemp("log")) is not None


@given(to=st.integers(0, 10_000))
def test_a_log_cut_anywhere_is_found_by_its_head(whole, tmp_path_factory, to):
    content, head = whole
    to %= len(content)
    code, _ = refusal(content[:to], head, tmp_path_factory.mktemp("log"))
    assert code == ("log-truncated" if content[:to].endswith(b"\n") or not to else "log-half-written")


def test_without_the_head_a_cut_at_the_end_of_a_line_is_not_found(whole, tmp_path):
    lines = whole[0].splitlines(keepends=True)
    assert refusal(b"".join(lines[:-1]), None, tmp_path) is None


def test_how_much_is_cut_off_is_told(whole, tmp_path):
    content, head = whole
    code, message = refusal(b"".join(content.splitlines(keepends=True)[:5]), head, tmp_path)
    assert (code, message) == ("log-truncated", "At the end of extracts/log.jsonl 3 of 8 lines are missing.")


def test_a_chain_that_somebody_made_anew_is_found_by_its_head(whole, tmp_path):
    forged = live(log_in(tmp_path), [*LIFE[:-1], ("key_sealed", "key", "owner")]).read_bytes()
    code, message = refusal(forged, whole[1], tmp_path)
    assert code == "log-broken"
    assert message.startswith("Line 8 of extracts/log.jsonl is not the one that was written")


def test_a_line_that_somebody_added_is_found_by_its_head(whole, tmp_path):
    path = live(written(tmp_path, whole[0]), [("key_sealed", "key", "owner")])
    code, message = refusal(path.read_bytes(), whole[1], tmp_path)
    assert (code, message) == (
        "log-ahead",
        "extracts/log.jsonl has 9 lines, and the head kept beside the key knows of 8.",
    )


def test_a_line_with_a_sound_chain_and_an_impossible_life_is_found(tmp_path):
    path = log_in(tmp_path)
    first = audit.Entry(1, DAY, "expired", ONE, "due", "", "")
    path.write_bytes(first.line)
    assert audit.read(path) == (first,)
    assert refusal(path.read_bytes(), None, tmp_path) == (
        "log-order",
        "Line 1 of the log tells of an extract what cannot have happened to it then: expired.",
    )


# --- what is not written ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "then"),
    [
        ((), ("reissued", ONE, "")),
        ((), ("expired", ONE, "due")),
        (LIFE[:1], ("issued", ONE, "")),
        (LIFE[:6], ("unlinked", ONE, "version")),
        (LIFE[:6], ("reissued", ONE, "")),
        (LIFE[:7], ("recalled", OTHER, "fault")),
        (LIFE[:7], ("expired", OTHER, "early")),
        (LIFE[:7], ("checked", OTHER, "")),
    ],
)
def test_what_cannot_happen_to_an_extract_is_not_written(tmp_path, lines, then):
    path = live(log_in(tmp_path), lines) if lines else log_in(tmp_path)
    before = path.read_bytes() if lines else b""
    with pytest.raises(Fault) as fault:
        live(path, [then])
    assert fault.value.code == "audit-order"
    assert path.read_bytes() == before


def test_an_extract_has_one_digest_for_good(tmp_path):
    path = live(log_in(tmp_path), LIFE[:1])
    with pytest.raises(Fault, match="in no state for: reissued"):
        audit.append(path, on=DAY, event="reissued", subject=ONE, digest=DIGEST[OTHER])


@pytest.mark.parametrize("damage", [lambda content: content[:-5], lambda content: content.replace(b"01", b"02", 1)])
def test_nothing_is_written_on_a_log_that_is_not_whole(tmp_path, damage):
    path = live(log_in(tmp_path))
    path.write_bytes(damage(path.read_bytes()))
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"half-written|not as it was written"):
        live(path, [("key_sealed", "key", "owner")])
    assert path.read_bytes() == before


def test_a_disk_that_is_full_leaves_the_log_as_it_was(tmp_path, monkeypatch):
    path = live(log_in(tmp_path), LIFE[:2])
    before, whole_write = path.read_bytes(), os.write
    monkeypatch.setattr(os, "write", lambda descriptor, line: whole_write(descriptor, line[:20]))
    with pytest.raises(InputError, match="The disk is full"):
        live(path, LIFE[2:3])
    assert path.read_bytes() == before


# --- killed in the middle ---------------------------------------------------------------------------------------------


def test_a_half_written_last_line_is_told_with_its_remedy_and_settled(tmp_path):
    path = live(log_in(tmp_path), head_file=tmp_path / "head")
    before = path.read_bytes()
    path.write_bytes(before + b'{"no":9,"on":"2026-0')
    with pytest.raises(InputError) as told:
        audit.read(path)
    assert told.value.code == "log-half-written"
    assert told.value.message.startswith("Line 9 of extracts/log.jsonl, the last, is half-written")
    assert "sigpanel extract verify-log --accept" in told.value.remedy
    assert len(audit.settle(path, tmp_path / "head")) == 8
    assert path.read_bytes() == before
    live(path, [("key_sealed", "key", "owner")], head_file=tmp_path / "head")
    assert len(audit.verify(path, audit.read_head(tmp_path / "head"))) == 9


def test_an_append_that_is_killed_has_happened_or_not_and_the_next_goes_on(tmp_path):
    seen = set()
    for number in range(40):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = live(log_in(folder), LIFE[:2], head_file=folder / "extracts" / "head")
        head_file = path.with_name("head")
        was_killed = killed_at(number, lambda path=path, head=head_file: live(path, LIFE[2:3], head_file=head))
        entries = audit.verify(path, audit.read_head(path.with_name("head")))
        seen.add(len(entries))
        live(path, [("key_sealed", "key", "owner")], head_file=path.with_name("head"))
        assert len(audit.verify(path, audit.read_head(path.with_name("head")))) == len(entries) + 1
        if not was_killed:
            break
    assert seen == {2, 3}
    assert not was_killed


# --- what the lines come to -------------------------------------------------------------------------------------------


def test_the_register_is_what_the_lines_come_to(tmp_path):
    entries = audit.read(live(log_in(tmp_path)))
    assert audit.states(entries) == {ONE: "expired", OTHER: "recalled"}
    assert audit.states(entries[:4]) == {ONE: "live", OTHER: "live"}
    assert audit.in_use(entries[:5]) == (OTHER,)
    one, other = audit.standings(entries).values()
    assert (one.state.name, one.issued_on.day, one.since.day, one.digest) == ("expired_unlinked", 1, 6, "a" * 64)
    assert (other.state.name, other.reason) == ("recalled", "fault")


def test_an_extract_that_is_unlinked_is_still_in_use(tmp_path):
    entries = audit.read(live(log_in(tmp_path), [("issued", ONE, ""), ("unlinked", ONE, "version")]))
    assert (audit.states(entries), audit.in_use(entries)) == ({ONE: "unlinked"}, (ONE,))


# --- days -------------------------------------------------------------------------------------------------------------


def test_no_line_is_of_an_earlier_day_than_the_one_before(tmp_path):
    """As where a clock was set back so that an approval holds still."""
    path = live(log_in(tmp_path))
    before = path.read_bytes()
    with pytest.raises(InputError) as caught:
        audit.append(path, on=DAY, event="key_sealed", subject="key")
    assert caught.value.code == "log-clock-back"
    assert "is of 2026-03-08, and the clock of this machine says 2026-03-01" in caught.value.message
    assert "Set the clock right" in caught.value.remedy
    assert path.read_bytes() == before
    audit.append(path, on=DAY + dt.timedelta(days=7), event="key_sealed", subject="key")


def test_of_an_earlier_day_is_only_a_line_that_says_that_the_clock_was_wrong(tmp_path):
    path = live(log_in(tmp_path))
    audit.append(path, on=DAY, event="clock_corrected", subject="log")
    entries = (*audit.read(path), audit.append(path, on=DAY, event="key_sealed", subject="key"))
    assert audit.backwards(entries) == ()
    assert audit.backwards([*entries[:8], entries[9]]) == (10,)
