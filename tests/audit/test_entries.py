"""What a line can say: the words of the vocabulary, days, digests, and nothing else."""

import dataclasses
import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpanel import audit
from sigpanel.audit.entries import FIELDS, entry_of
from sigpanel.contracts.audit import vocabulary
from sigpanel.errors import Fault
from tests.audit.logs import DAY, DIGEST, ONE, log_in

SOUND = {"on": DAY, "event": "issued", "subject": ONE, "detail": "", "digest": DIGEST[ONE]}


def append(path, **changes):
    return audit.append(path, **SOUND | changes)


def test_a_line_is_json_that_anybody_can_read(tmp_path):
    path = log_in(tmp_path)
    append(path)
    assert path.read_text(encoding="ascii") == (
        '{"no":1,"on":"2026-03-01","event":"issued","subject":"demo-followup-v1","detail":"","digest":"'
        f'{"a" * 64}","previous":""}}\n'
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"event": "printed"}, "event"),
        ({"event": "QX0619"}, "event"),
        ({"event": None}, "event"),
        ({"event": "recalled", "digest": "", "detail": "because of QX0619"}, "detail"),
        ({"event": "recalled", "digest": "", "detail": ""}, "detail"),
        ({"detail": "passed"}, "detail"),
        ({"detail": None}, "detail"),
        ({"subject": "QX0619"}, "subject"),
        ({"subject": "QX0619-v1"}, "subject"),
        ({"subject": "demo-followup"}, "subject"),
        ({"subject": "demo-followup-v1\n"}, "subject"),
        ({"subject": "/somewhere/demo-v1"}, "subject"),
        ({"subject": "r0001"}, "subject"),
        ({"subject": 1}, "subject"),
        ({"event": "release_removed", "digest": "", "subject": "r\uff11"}, "subject"),
        ({"digest": ""}, "digest"),
        ({"digest": "QX0619"}, "digest"),
        ({"digest": "A" * 64}, "digest"),
        ({"digest": "a" * 64 + "\n"}, "digest"),
        ({"digest": b"a" * 64}, "digest"),
        ({"event": "expired", "detail": "due"}, "digest"),
        ({"on": dt.datetime(2026, 3, 1, 10, 4)}, "on"),  # noqa: DTZ001
        ({"on": "2026-03-01"}, "on"),
    ],
)
def test_what_is_no_word_of_the_vocabulary_cannot_be_written_and_is_not_repeated(tmp_path, changes, field):
    path = tmp_path / "log.jsonl"
    with pytest.raises(Fault) as fault:
        append(path, **changes)
    assert fault.value.code == "audit-vocabulary"
    assert fault.value.message == f"A log was to be told what it may not say: its {field}."
    assert path.read_bytes() == b""


@given(said=st.text(), field=st.sampled_from(["event", "subject", "detail", "digest"]))
def test_no_text_gets_into_a_log(tmp_path_factory, said, field):
    path = tmp_path_factory.mktemp("log") / "log.jsonl"
    words = vocabulary()
    harmless = said in words.events or any(kind.pattern.fullmatch(said) for kind in words.subjects.values())
    try:
        append(path, **{field: said})
    except Fault:
        assert path.read_bytes() == b""
    else:
        assert harmless or said == SOUND[field]


@given(
    no=st.integers(), on=st.dates(), digest=st.text(alphabet="0123456789abcdefA", min_size=60, max_size=66),
    previous=st.text(alphabet="0123456789abcdef", max_size=64),
)  # fmt: skip
def test_a_line_that_can_be_made_is_read_back_as_it_was(no, on, digest, previous):
    try:
        entry = audit.Entry(no, on, "issued", ONE, "", digest, previous)
    except Fault:
        return
    assert entry_of(entry.line) == entry
    assert tuple(json.loads(entry.line)) == FIELDS == tuple(field.name for field in dataclasses.fields(entry))


@pytest.mark.parametrize(
    "line",
    [
        b"", b"\n", b"{}\n", b"[]\n", b"null\n", b"1\n", b"\xff\n", b"{" * 5_000 + b"\n", b"[" * 900 + b"\n",
        b'{"no":1}\n',
    ],
    ids=range(10),
)  # fmt: skip
def test_what_is_no_line_is_told_as_none(line):
    assert entry_of(line) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.replace(b'","', b'", "', 1),
        lambda line: line.replace(b'"no":1', b'"no":1.0'),
        lambda line: line.replace(b'"no":1', b'"no":true'),
        lambda line: line.replace(b"}", b',"who":"QX0619"}'),
        lambda line: line.replace(b'"no":1', b'"no":1,"no":1'),
        lambda line: line.replace(b"2026-03-01", b"20260301"),
        lambda line: line.replace(b"2026-03-01", b"2026-W09-7"),
        lambda line: line.replace(b"issued", b"\\u0069ssued"),
        lambda line: b" " + line,
        lambda line: line[:-1],
        lambda line: line[:-1] + b"\r\n",
    ],
    ids=range(11),
)
def test_a_line_that_says_the_same_otherwise_is_none(tmp_path, change):
    line = append(tmp_path / "log.jsonl").line
    assert entry_of(line) is not None
    assert change(line) != line
    assert entry_of(change(line)) is None


def test_the_words_for_events_and_states_are_those_that_the_seam_promises():
    words = vocabulary()
    assert {state.word for state in words.states.values()} == {"live", "unlinked", "expired", "recalled"}
    assert {*words.events} == {
        "issued", "reissued", "checked", "requested", "received", "expired", "unlinked", "recalled",
        "withdrawn", "key_made", "key_rotated", "key_sealed", "key_opened", "release_purged", "release_removed",
        "clock_corrected",
    }  # fmt: skip


@pytest.mark.parametrize("event", vocabulary().events.values(), ids=lambda event: event.name)
def test_what_an_event_makes_of_an_extract_is_what_it_says(event):
    """A state has files until it ends and a salt until it is unlinked, and no event brings either back."""
    for before, after in event.becomes.items():
        now = vocabulary().states[after]
        was = vocabulary().states.get(before)
        assert was is not None or event.name == "issued"
        if was:
            assert now.has_files == (was.has_files and event.name not in ("expired", "recalled"))
            assert now.has_salt == (was.has_salt and event.name != "unlinked")
            assert event.name != "unlinked" or was.has_salt


def test_an_event_belongs_in_its_log_only(tmp_path):
    with pytest.raises(Fault, match=r"does not belong in owner/log\.jsonl"):
        append(log_in(tmp_path, "owner"))
    with pytest.raises(Fault, match=r"does not belong in extracts/log\.jsonl"):
        audit.append(log_in(tmp_path), on=DAY, event="withdrawn", subject="panel", detail="research")
    assert (
        audit.append(log_in(tmp_path, "owner"), on=DAY, event="withdrawn", subject="panel", detail="research").no == 1
    )


def test_the_vocabulary_is_read_strictly():
    from sigpanel.contracts import audit as reader
    from sigpanel.contracts.strict import Oddity, load
    from sigpanel.resources import contracts_dir

    def broken(change, message):
        raw = load(contracts_dir() / "audit.yaml")
        change(raw)
        with pytest.raises(Oddity, match=message):
            reader._vocabulary(raw)

    broken(lambda raw: raw["reasons"].pop("fault"), "reasons: there is one for each detail of recalled")
    broken(lambda raw: raw["events"]["issued"].update(becomes={}), "extracts have states, and nothing else has")
    broken(lambda raw: raw["events"]["issued"].update(becomes={"none": "gone"}), "is no state")
    broken(lambda raw: raw["events"]["issued"].update(details=[]), "each word stands once, and there is one")
    broken(lambda raw: raw["events"]["issued"].update(digest="perhaps"), "one of required, optional, none")
    broken(lambda raw: raw["letter"].update(text="{extract_id}"), "it fills in")
    broken(lambda raw: raw["letter"].update(file="../x.md"), "a plain name")
    broken(lambda raw: raw["logs"]["owner"].update(shared="no"), "true or false")
