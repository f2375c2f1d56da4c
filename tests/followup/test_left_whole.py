"""Whatever goes wrong, what was received is whole or refused: killed commands, damaged files, another extract's."""

import hashlib

import pytest

from sigpanel.errors import InputError
from sigpanel.extracts import open_extract
from sigpanel.followup.layout import BEFORE, FOLLOWUP, UNFINISHED
from sigpanel.pipeline.followup_receive import receive_alone
from tests.support.followup import (
    TODAY,
    bra,
    contents,
    received,
    rewritten,
    scb,
)


def test_what_was_changed_since_is_not_gone_on_with(extract, tmp_path):
    received(extract, bra(tmp_path / "bra"))
    (extract / FOLLOWUP / "coverage.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError) as told:
        receive_alone(extract, scb(tmp_path / "scb"), today=TODAY)
    assert told.value.code == "followup-damaged"


@pytest.mark.parametrize("step", ["written", "noted", "put aside"])
def test_a_command_that_is_killed_leaves_the_one_before_whole(extract, tmp_path, monkeypatch, step):
    received(extract, bra(tmp_path / "bra"))
    before = contents(extract / FOLLOWUP)

    class Killed(BaseException):
        pass

    def kill(*_):
        raise Killed

    if step == "put aside":
        monkeypatch.setattr("sigpanel.followup.write._put", lambda _, at: ((at / FOLLOWUP).rename(at / BEFORE), kill()))
    else:
        monkeypatch.setattr("sigpanel.followup.write." + ("_put" if step == "noted" else "_manifest"), kill)
    with pytest.raises(Killed):
        receive_alone(extract, scb(tmp_path / "scb"), today=TODAY)
    monkeypatch.undo()
    place = extract / (BEFORE if step == "put aside" else FOLLOWUP)
    assert contents(place) == before
    if step == "put aside":
        # Else nobody in it would have died, for all that the tables tell.
        with pytest.raises(InputError) as told:
            open_extract(extract, today=TODAY)
        assert told.value.code == "followup-unfinished"
        assert told.value.message == (
            "What register holders delivered to demo-followup-v1 is not in its place: a command was interrupted, or "
            "somebody moved it."
        )
    else:
        assert open_extract(extract, today=TODAY).coverage.collect().height == 2
    opened = received(extract, scb(tmp_path / "again"))
    assert {*opened.coverage.collect()["source"]} == {"bra_convictions", "bra_suspicions", "rtb", "lisa"}
    assert not (extract / BEFORE).exists()
    assert not (extract / UNFINISHED).exists()


def test_what_a_killed_command_put_aside_can_be_put_back_by_hand_as_the_refusal_says(extract, tmp_path):
    received(extract, bra(tmp_path / "bra"))
    (extract / FOLLOWUP).rename(extract / BEFORE)
    with pytest.raises(InputError) as told:
        open_extract(extract, today=TODAY)
    assert f"rename {BEFORE} to {FOLLOWUP}" in told.value.remedy
    (extract / BEFORE).rename(extract / FOLLOWUP)
    assert open_extract(extract, today=TODAY).coverage.collect().height == 2


def test_what_is_in_its_place_is_whole_also_while_the_one_before_it_lies_beside(extract, tmp_path):
    received(extract, bra(tmp_path / "bra"))
    (extract / BEFORE).mkdir()
    assert open_extract(extract, today=TODAY).coverage.collect().height == 2


def test_an_extract_that_an_issue_left_without_what_was_received_is_not_opened(extract, tmp_path):
    received(extract, bra(tmp_path / "bra"))
    aside = extract.parent / f".issuing-{extract.name}-before"
    aside.mkdir()
    (extract / FOLLOWUP).rename(aside / FOLLOWUP)
    with pytest.raises(InputError) as told:
        open_extract(extract, today=TODAY)
    assert told.value.code == "followup-unfinished"


def test_whatever_goes_wrong_nothing_half_made_stays_behind(extract, tmp_path, monkeypatch):
    def fail(*_):
        raise ValueError("ours")

    monkeypatch.setattr("sigpanel.followup.write._manifest", fail)
    with pytest.raises(ValueError, match="ours"):
        receive_alone(extract, bra(tmp_path / "bra"), today=TODAY)
    assert not [path for path in extract.iterdir() if "followup" in path.name]


def test_what_is_another_extracts_is_not_opened(extract, tmp_path):
    received(extract, bra(tmp_path / "bra"))
    rewritten(extract / FOLLOWUP / "manifest.json", "demo-followup-v1", "demo-followup-v2")
    with pytest.raises(InputError) as told:
        _ = open_extract(extract, today=TODAY).tables
    assert told.value.code == "followup-damaged"


@pytest.mark.parametrize(
    "spoil",
    [lambda content: content[: len(content) // 2], lambda content: content[:40] + b"AB0712" + content[46:]],
    ids=["cut short", "changed inside"],
)
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("followup/outcomes", "followup-damaged"),
        ("followup/delivered/convictions", "followup-damaged"),
        ("persons", "extract-damaged"),
    ],
)
def test_a_damaged_table_is_refused_when_it_is_asked_for(extract, tmp_path, name, code, spoil):
    # What was issued has its sums too.
    sums = hashlib.sha256((extract / "persons.parquet").read_bytes()).hexdigest()
    (extract / "SHA256SUMS").write_text(f"{sums}  persons.parquet\n", encoding="utf-8")
    received(extract, bra(tmp_path / "bra"))
    path = extract / f"{name}.parquet"
    path.write_bytes(spoil(path.read_bytes()))
    opened = open_extract(extract, today=TODAY)
    with pytest.raises(InputError) as told:
        opened.table(path.stem)
    assert (told.value.code, told.value.__cause__) == (code, None)
    assert f"{name}.parquet" in told.value.message
    assert opened.table("searched").collect().height == 6


def test_a_table_that_cannot_be_read_is_refused_where_no_sums_lie_beside_it(extract):
    (extract / "persons.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError) as told:
        open_extract(extract, today=TODAY).table("persons")
    assert (told.value.code, told.value.__suppress_context__ or told.value.__context__ is None) == (
        "extract-damaged", True,
    )  # fmt: skip


def test_a_damaged_codebook_of_what_was_received_is_refused(extract, tmp_path):
    opened = received(extract, bra(tmp_path / "bra"))
    (extract / FOLLOWUP / "codebook.csv").write_bytes(b"\xff;\n")
    with pytest.raises(InputError) as told:
        _ = opened.variables
    assert told.value.code == "followup-damaged"
