"""Approvals: what each may say, and how each thing that does not belong is told, by code and line."""

import datetime as dt
import re

import pytest
import yaml

from sigpanel.contracts.approvals import approval_digest, find, read_approval, require_in_force
from sigpanel.errors import InputError, PolicyError, SigpanelError, UsageError
from tests.contracts.approvals_refused import GROUPS, POLICY, REFUSED, changed, counted, tables
from tests.extracts.panels import body, demo_body, written


def refusal(tmp_path, said) -> SigpanelError:
    path = written(tmp_path, said)
    with pytest.raises(SigpanelError) as caught:
        read_approval(path)
    return caught.value


@pytest.mark.parametrize(("said", "code", "place"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_does_not_belong_is_refused_with_line_place_and_remedy(tmp_path, said, code, place):
    told = refusal(tmp_path, said)
    assert told.code == code
    assert f"{place}:" in told.message
    assert told.remedy.strip()
    assert type(told) is (PolicyError if code in POLICY else InputError)
    if place != "the file":
        assert re.match(r"small\.yaml, line \d+, ", told.message)


def test_every_refusal_of_an_approval_stands_in_the_table():
    from sigpanel.contracts import approval_checks, approval_columns, approval_file, approval_read

    code = re.compile(r'"((?:approval|extract)-[a-z-]+)"')
    modules = (approval_checks, approval_columns, approval_file, approval_read)
    raised = {each for module in modules for each in code.findall(_source(module))}
    elsewhere = {"approval-unreadable", "approval-unknown", "extract-column-needed"}
    assert raised - {row[2] for row in REFUSED} - elsewhere == set()


def _source(module) -> str:
    from pathlib import Path

    return Path(module.__file__).read_text(encoding="utf-8")


def test_a_line_is_told_that_one_can_go_to(tmp_path):
    path = tmp_path / "ours.yaml"
    text = yaml.safe_dump(body(), sort_keys=False).replace("enrolled_on: year", "enrolled_on: week")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_approval(path)
    line = text.splitlines().index("    enrolled_on: week") + 1
    assert f"ours.yaml, line {line}, tables.episodes.enrolled_on: nobody knows this" in caught.value.message


def test_a_word_that_nobody_knows_is_not_repeated(tmp_path):
    told = [
        refusal(tmp_path, said)
        for said in (
            body(QX0619="x"), tables(QX0619="as_is"), changed(tables={"QX0619": {}}), changed(id_scope="QX0619"),
            changed(population={"episodes": "all", "district": ["QX0619"]}), counted(["QX0619"], status="as_is"),
        )
    ]  # fmt: skip
    assert not [each for each in told if "QX0619" in str(each)]


def test_a_slip_of_the_pen_is_told_by_the_name_that_it_is_like(tmp_path):
    assert refusal(tmp_path, tables(discharge_resaon="as_is")).remedy.startswith("Is discharge_reason meant? Else: ")
    assert refusal(tmp_path, body(recipiants=["FoU"])).remedy.startswith("Is recipients meant? Else: ")


def test_a_file_in_another_encoding_is_told_from_one_that_is_not_there(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_bytes("approval: åäö".encode("latin-1"))
    for place, message in ((path, "x.yaml is not in UTF-8."), (tmp_path / "y.yaml", "There is no approval at")):
        with pytest.raises(InputError, match=message) as caught:
            read_approval(place)
        assert caught.value.code == "approval-unreadable"


@pytest.mark.parametrize("text", ["a: [", "a: 1\na: 2\n", "valid_to: 2030-02-31\n", "\xff", "version: " + "9" * 5000])
def test_a_file_that_cannot_be_read_is_told_so(tmp_path, text):
    path = tmp_path / "x.yaml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError) as caught:
        read_approval(path)
    assert caught.value.code in {"approval-unreadable", "approval-entry"}


@pytest.mark.parametrize("version", ["one", "1", 0, True])
def test_what_a_version_is_not_is_told_once_and_for_all(tmp_path, version):
    assert (
        "a whole number of at least 1 belongs here, without quotes" in refusal(tmp_path, body(version=version)).message
    )


def test_a_day_that_is_none_is_told_by_its_line(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("approval: demo\nrisk: {k: [1, 2001-01-01]}\nvalid_to: 2034-13-31\n", encoding="utf-8")
    with pytest.raises(InputError) as told:
        read_approval(path)
    assert told.value.message == "a.yaml, line 3: a day that is none, or a number that is too large, stands here."


def test_an_approval_is_found_by_path_or_by_name(tmp_path):
    assert find("demo-followup").name == "demo-followup.yaml"
    assert find(str(tmp_path / "a.yaml")) == tmp_path / "a.yaml"
    with pytest.raises(UsageError) as caught:
        find("demo-folowup")
    assert "demo-followup" in caught.value.remedy


def test_comments_and_spacing_do_not_change_an_approval_and_a_word_does(tmp_path):
    path = written(tmp_path, demo_body())
    assert approval_digest(path) == approval_digest(find("demo-followup"))
    said = demo_body()
    said["risk"]["k"] = 6
    assert approval_digest(written(tmp_path, said)) != approval_digest(find("demo-followup"))


def test_what_is_written_beside_an_extract_is_an_approval_that_says_the_same(tmp_path):
    one = read_approval(find("demo-followup"))
    (tmp_path / "approval.yaml").write_text(one.text, encoding="utf-8")
    assert read_approval(tmp_path / "approval.yaml") == one


def test_an_odd_register_number_is_told_and_not_refused(tmp_path):
    odd = read_approval(written(tmp_path, changed(register_number="Dnr 17")))
    assert [note.code for note in odd.notes] == ["register-number-shape"]
    for number in ("2021-03549", "2021-03549-01", "2013/1620-31/2"):
        assert read_approval(written(tmp_path, changed(register_number=number))).notes == ()


def test_an_approval_is_in_force_from_its_first_to_its_last_day(tmp_path):
    one = read_approval(written(tmp_path, body()))
    require_in_force(one, dt.date(2020, 1, 1))
    require_in_force(one, dt.date(2030, 12, 31))
    for day, code in ((dt.date(2019, 12, 31), "approval-not-yet-valid"), (dt.date(2031, 1, 1), "approval-expired")):
        with pytest.raises(PolicyError) as caught:
            require_in_force(one, day)
        assert caught.value.code == code


def test_names_of_ids_follow_the_scope(tmp_path):
    version, whole = (read_approval(written(tmp_path, changed(id_scope=scope))) for scope in ("version", "approval"))
    assert (version.extract_id, version.salt_name, version.key_info) == ("small-v1", "small-v1", "small/v1")
    assert (whole.extract_id, whole.salt_name, whole.key_info) == ("small-v1", "small", "small")


def test_bands_are_told_by_an_example_of_their_own_width(tmp_path):
    for width, example in ((5, "20-24"), (10, "20-29"), (3, "18-20")):
        said = written(tmp_path, counted(["age"], age={"age_band": width}))
        band = read_approval(said).tables["episodes"]["age"]
        assert (band.said("en"), band.said("sv")) == (
            f"In bands of {width} years, as {example}",
            f"I klasser om {width} år, som {example}",
        )


def test_a_remedy_says_what_to_write(tmp_path):
    merged = refusal(tmp_path, changed(population={"episodes": "all", "district": ["rinkeby_kista"]}))
    assert (merged.remedy, "rinkeby_kista became part" in merged.message) == ("Write jarva instead.", True)
    unused = refusal(tmp_path, changed(district_groups=GROUPS))
    assert unused.remedy == "Take the section out."
    nothing = refusal(tmp_path, changed(risk={**body()["risk"], "sensitive": []}))
    assert "risk.sensitive: at least one belongs here" in nothing.message
    large = refusal(tmp_path, tables(age={"age_band": 10**12}))
    assert "the number is too large" in large.message


def test_the_worked_example_says_what_a_fresh_demo_needs_before_it():
    head = find("demo-followup").read_text(encoding="utf-8").partition("approval: ")[0]
    steps = (
        "mkdir -m 700 keys",
        "sigpanel demo",
        "sigpanel key new --manager",
        "SIGPANEL_MANAGER_KEY_FILE",
        "extract issue",
    )
    assert [step for step in steps if step not in head] == []


def test_a_dropped_column_is_as_one_that_is_not_named(tmp_path):
    one = read_approval(
        written(tmp_path, tables(uno_id="drop", age="drop", status="as_is") | {"quasi_identifiers": ["status"]})
    )
    assert list(one.tables["episodes"]) == ["person_id", "episode_id", "status"]


@pytest.mark.parametrize("said", ["010", "1:30", "0x10", "0b11", "1_0", "+5", "!!int 010", "!!int '1:30'"])
def test_a_whole_number_is_decimal_digits_as_written(tmp_path, said):
    """By YAML 1.1 a k of 010 would be eight, and one of 1:30 ninety."""
    path = tmp_path / "ours.yaml"
    text = yaml.safe_dump(body(), sort_keys=False)
    (line,) = (each for each in text.splitlines() if each.strip().startswith("k: "))
    path.write_text(text.replace(line, f"  k: {said}"), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_approval(path)
    assert caught.value.code == "approval-entry"
    assert "risk.k: a whole number of at least 1 belongs here" in caught.value.message


def test_things_within_things_without_end_are_refused(tmp_path):
    path = tmp_path / "deep.yaml"
    for text in ("{a: " * 3000 + "1" + "}" * 3000, "a: &again\n  b: *again\n"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputError) as caught:
            read_approval(path)
        assert caught.value.code == "approval-unreadable"


MERGED = {
    "an entry beside one that is merged in": 'population:\n  <<: {programme: ["unga"]}\n  programme: ["vuxna"]\n',
    "an entry that is merged in alone": 'population:\n  <<: {programme: ["unga"]}\n',
    "from a list of places": 'population:\n  <<: [{programme: ["unga"]}, {status: ["closed"]}]\n',
    "under another name for it": 'population:\n  !!merge x: {programme: ["unga"]}\n',
}


@pytest.mark.parametrize("how", MERGED)
def test_what_is_merged_in_from_elsewhere_is_refused_since_one_of_two_values_would_win_unseen(tmp_path, how):
    path = tmp_path / "ours.yaml"
    text = yaml.safe_dump(body(), sort_keys=False)
    path.write_text(text.replace("population:\n", MERGED[how]), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_approval(path)
    line = text.splitlines().index("population:") + 2
    assert (caught.value.code, f"line {line}: entries of another place" in caught.value.message) == (
        "approval-entry", True,
    )  # fmt: skip
    assert "Write out" in caught.value.remedy


def test_two_less_than_signs_in_quotes_are_a_name_that_nobody_knows(tmp_path):
    assert "nobody knows this entry" in refusal(tmp_path, {**body(), "<<": "x"}).message
