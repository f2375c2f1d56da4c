"""Opening an extract that was handed over: whatever else lies there, and whatever became of its manifest."""

import json
import shutil

import pytest

from sigpanel import audit, open_extract
from sigpanel.errors import InputError, PolicyError
from tests.support.extracts import DAY, issued, study_with_keys

UNCOUNTED = {"rows": {"episodes": 3, "persons": "fewer than 5"}, "contract_version": "1.0.0"}


@pytest.fixture
def folder(tmp_path):
    """An extract's folder at a recipient's, with nothing beside it."""
    made = issued(study_with_keys(tmp_path / "study"))
    place = tmp_path / "received" / "demo-v1"
    shutil.copytree(made, place)
    change(place, **UNCOUNTED)
    return place


def change(folder, **said):
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_bytes()), **said}), encoding="utf-8")


@pytest.mark.parametrize("content", [b'{"a":1}\n', b"\xff\xfe\n", b"", b'{"no":1'])
def test_a_log_of_another_program_beside_it_is_no_incident(folder, content):
    (folder.parent / "log.jsonl").write_bytes(content)
    assert open_extract(folder, today=DAY).extract_id == "demo-v1"


def test_a_log_that_tells_of_it_and_cannot_be_followed_is_not_passed_over(folder):
    log = folder.parent / "log.jsonl"
    audit.append(log, on=DAY, event="issued", subject="demo-v1", digest="a" * 64)
    audit.append(log, on=DAY, event="expired", subject="demo-v1", detail="due")
    with pytest.raises(PolicyError) as ended:
        open_extract(folder, today=DAY)
    assert ended.value.code == "extract-expired"
    log.write_bytes(log.read_bytes()[:-30])
    with pytest.raises(InputError) as caught:
        open_extract(folder, today=DAY)
    assert caught.value.code == "extract-log-unreadable"
    assert "keep its folder at a place of its own" in caught.value.remedy
    assert "incident" not in str(caught.value)


@pytest.mark.parametrize(
    ("said", "entry"),
    [
        ({"approval": {"valid_to": "AB0712"}}, "approval.valid_to"),
        ({"approval": {"valid_to": None}}, "approval.valid_to"),
        ({"approval": ["AB0712"]}, "approval.valid_to"),
        ({"rows": ["AB0712"]}, "rows"),
        ({"rows": {"../AB0712": 1}}, "rows"),
        ({"contract_version": None}, "contract_version"),
        ({"extract_id": "AB0712"}, "extract_id"),
    ],
)
def test_a_damaged_manifest_is_told_by_its_entry_and_never_by_what_stands_there(folder, said, entry):
    change(folder, **said)
    with pytest.raises(InputError) as caught:
        open_extract(folder, today=DAY)
    assert caught.value.code == "extract-manifest-damaged"
    assert entry in caught.value.message
    assert "AB0712" not in str(caught.value)
