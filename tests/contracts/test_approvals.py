"""Approvals: what each may say, and how each thing that does not belong is told, by code and line."""

import datetime as dt
import re

import pytest
import yaml

from sigpanel.contracts.approvals import approval_digest, find, read_approval, require_in_force
from sigpanel.errors import InputError, PolicyError, SigpanelError, UsageError
from tests.extracts.panels import body, demo_body, episodes_with, written


def refusal(tmp_path, said) -> SigpanelError:
    path = written(tmp_path, said)
    with pytest.raises(SigpanelError) as caught:
        read_approval(path)
    return caught.value


def changed(**said):
    return body(**said)


def tables(**columns):
    return body(tables=episodes_with(**columns), quasi_identifiers=[], small_classes={"policy": "refuse"})


def counted(qis, **columns):
    return body(tables=episodes_with(**columns), quasi_identifiers=qis, small_classes={"policy": "refuse"})


GROUPS = {
    "north": {"en": "N", "sv": "N", "districts": ["jarva", "rinkeby_kista", "spanga_tensta", "hasselby_vallingby"]},
    "south": {"en": "S", "sv": "S", "districts": ["farsta", "skarpnack", "skarholmen", "enskede_arsta_vantor"]},
}

# What is wrong; the approval; the code; the entry where it is told.
REFUSED = [
    ("an entry that nobody knows", changed(comment="x"), "approval-entry", "the file"),
    (
        "an entry is missing",
        {k: v for k, v in body().items() if k != "consent_withdrawn"},
        "approval-entry",
        "the file",
    ),
    ("the name is none", changed(approval="Our Study"), "approval-name", "approval"),
    ("the version is no number", changed(version="one"), "approval-entry", "version"),
    ("the version is too high", changed(version=10_000), "approval-name", "version"),
    ("a purpose in one language", changed(purpose={"en": "Test"}), "approval-entry", "purpose"),
    ("a recipient twice", changed(recipients=["A", "A"]), "approval-entry", "recipients"),
    ("a day as a text", changed(valid_to="next year"), "approval-entry", "valid_to"),
    ("a time for a day", changed(valid_to=dt.datetime(2030, 1, 1, 12)), "approval-entry", "valid_to"),  # noqa: DTZ001
    ("the end before the beginning", changed(valid_to=dt.date(2019, 1, 1)), "approval-days", "valid_to"),
    ("another contract", changed(contract_major=2), "extract-contract-major", "contract_major"),
    ("a scope of ids that is none", changed(id_scope="ever"), "approval-entry", "id_scope"),
    ("an identity that is none", changed(identity="loose"), "approval-entry", "identity"),
    ("consent neither in nor out", changed(consent_withdrawn=True), "approval-entry", "consent_withdrawn"),
    ("no parquet", changed(formats=["csv"]), "approval-entry", "formats"),
    ("a format that comes later", changed(formats=["parquet", "sav"]), "approval-entry", "formats"),
    (
        "a population by what is none",
        changed(population={"episodes": "all", "mood": ["x"]}),
        "approval-entry",
        "population",
    ),
    (
        "an unknown code",
        changed(population={"episodes": "all", "programme": ["unga", "barn"]}),
        "extract-code-unknown",
        "population.programme",
    ),
    (
        "ages backwards",
        changed(population={"episodes": "all", "age_from": 20, "age_to": 15}),
        "approval-days",
        "population.age_to",
    ),
    (
        "cohort by a word",
        changed(population={"episodes": "all", "in_cohort": "yes"}),
        "approval-entry",
        "population.in_cohort",
    ),
    ("a table that is none", changed(tables={"people": {}}), "extract-table-unknown", "tables"),
    ("a table that never leaves", changed(tables={"ledger": {"row": "as_is"}}), "extract-table-never", "tables.ledger"),
    ("the links", changed(tables={"links": {"rule": "as_is"}}), "extract-table-never", "tables.links"),
    ("no episodes", changed(tables={"persons": {"person_id": "id"}}), "extract-table-needed", "tables"),
    (
        "no person in a table",
        changed(tables={"episodes": {"episode_id": "id"}}),
        "extract-column-needed",
        "tables.episodes",
    ),
    ("a column that is none", tables(kommentar="as_is"), "extract-column-unknown", "tables.episodes"),
    ("the code's pseudonym", tables(uno_id="as_is"), "extract-column-never", "tables.episodes.uno_id"),
    ("the code's pseudonym anew", tables(uno_id="id"), "extract-column-never", "tables.episodes.uno_id"),
    (
        "an id as it is",
        changed(tables={"episodes": {"person_id": "as_is", "episode_id": "id"}}),
        "extract-column-never",
        "tables.episodes.person_id",
    ),
    (
        "the numbering of persons",
        changed(tables={"persons": {"person_id": "id", "person_no": "as_is"}}),
        "extract-column-never",
        "tables.persons.person_no",
    ),
    ("a transformation that is none", tables(age="round"), "extract-transformation-unknown", "tables.episodes.age"),
    ("a transformation of another type", tables(age="year"), "extract-transformation", "tables.episodes.age"),
    ("an age topped", tables(age={"top_code": 20}), "extract-transformation", "tables.episodes.age"),
    ("a band without width", tables(age="age_band"), "extract-transformation-number", "tables.episodes.age"),
    ("a band of nothing", tables(age={"age_band": 0}), "approval-entry", "tables.episodes.age.age_band"),
    (
        "a year with a width",
        tables(enrolled_on={"year": 2}),
        "extract-transformation-number",
        "tables.episodes.enrolled_on",
    ),
    (
        "answers to an exact day of observation",
        changed(tables={"persons": {"person_id": "id", "observed_until": "as_is"}}),
        "extract-transformation",
        "tables.persons.observed_until",
    ),
    (
        "groups without a district",
        changed(**{**counted(["district"], district="district_group"), "district_groups": {"south": GROUPS["south"]}}),
        "extract-groups",
        "district_groups",
    ),
    (
        "a district in two groups",
        changed(
            **{
                **counted(["district"], district="district_group"),
                "district_groups": {**GROUPS, "more": {"en": "M", "sv": "M", "districts": ["jarva"]}},
            }
        ),
        "extract-groups",
        "district_groups",
    ),
    (
        "a district apart from what it became part of",
        changed(
            **{
                **counted(["district"], district="district_group"),
                "district_groups": {
                    "north": {**GROUPS["north"], "districts": ["jarva", "spanga_tensta", "hasselby_vallingby"]},
                    "south": {**GROUPS["south"], "districts": [*GROUPS["south"]["districts"], "rinkeby_kista"]},
                },
            }
        ),
        "extract-groups",
        "district_groups",
    ),
    ("groups of no column", changed(district_groups=GROUPS), "extract-groups", "district_groups"),
    (
        "a district group of no district",
        changed(district_groups={"x": {"en": "X", "sv": "X", "districts": ["solna"]}}),
        "extract-code-unknown",
        "district_groups.x.districts",
    ),
    ("persons by the strict rule", changed(identity="strict"), "extract-identity", "tables.persons"),
    (
        "a history by the strict rule",
        changed(**{**counted(["status"], status="as_is", is_reenrolment="as_is"), "identity": "strict"}),
        "extract-identity",
        "tables.episodes.is_reenrolment",
    ),
    (
        "a quasi-identifier that does not leave",
        counted(["age"], status="as_is"),
        "extract-quasi-identifier-unknown",
        "quasi_identifiers",
    ),
    (
        "an id for a quasi-identifier",
        counted(["episode_id"], status="as_is"),
        "extract-quasi-identifier-unknown",
        "quasi_identifiers",
    ),
    (
        "days for a quasi-identifier",
        counted(["days"], days="as_is"),
        "extract-quasi-identifier-unknown",
        "quasi_identifiers",
    ),
    (
        "sex that is not counted",
        counted(["status"], status="as_is", sex="as_is"),
        "extract-quasi-identifier-missing",
        "quasi_identifiers",
    ),
    (
        "an enrolment that is not counted",
        counted(["status"], status="as_is", enrolled_on="year"),
        "extract-quasi-identifier-missing",
        "quasi_identifiers",
    ),
    ("a rule for nothing", changed(nulls={"age": "suppress"}), "extract-null-rule", "nulls"),
    (
        "two rules for one fact",
        changed(
            **{
                **counted(["enrolled_on", "observed_from"], enrolled_on="year", observed_from="year"),
                "nulls": {"enrolled_on": "suppress", "observed_from": "category"},
            }
        ),
        "extract-null-rule",
        "nulls",
    ),
    ("k of two", changed(risk={"k": 2, "unique_trajectories": 1.0}), "extract-k", "risk.k"),
    (
        "a share above one",
        changed(risk={"k": 5, "unique_trajectories": 2}),
        "approval-entry",
        "risk.unique_trajectories",
    ),
    (
        "a sensitive column that does not leave",
        changed(risk={"k": 5, "unique_trajectories": 1, "sensitive": ["age"]}),
        "extract-sensitive",
        "risk.sensitive",
    ),
    (
        "a sensitive column that is known",
        changed(risk={"k": 5, "unique_trajectories": 1, "sensitive": ["sex"]}),
        "extract-sensitive",
        "risk.sensitive",
    ),
    ("l of nothing", changed(risk={"k": 5, "unique_trajectories": 1, "l": 2}), "extract-sensitive", "risk"),
    (
        "no limit to what is hidden",
        changed(small_classes={"policy": "suppress", "order": ["sex"]}),
        "approval-entry",
        "small_classes",
    ),
    (
        "an order where nothing is hidden",
        changed(small_classes={"policy": "refuse", "order": ["sex"]}),
        "approval-entry",
        "small_classes",
    ),
    (
        "what is no quasi-identifier taken out",
        changed(
            small_classes={
                "policy": "suppress",
                "order": ["status"],
                "most_suppressed": 1,
                "rest": "refuse",
                "most_left_out": 0,
            }
        ),
        "extract-order",
        "small_classes.order",
    ),
    (
        "a day finer in one place",
        counted(["enrolled_on"], enrolled_on="year", observed_from="month"),
        "extract-kin-finer",
        "tables.episodes.enrolled_on",
    ),
    (
        "a day by days and by the year",
        counted(["enrolled_on"], enrolled_on="year", observed_from="days_since_enrolment"),
        "extract-kin-finer",
        "tables.episodes.enrolled_on",
    ),
    (
        "exact days beside years",
        counted(["enrolled_on"], enrolled_on="year", days="as_is"),
        "extract-kin-finer",
        "tables.episodes.days",
    ),
    (
        "narrow bands of days beside years",
        counted(["enrolled_on"], enrolled_on="year", days={"band": 30}),
        "extract-kin-finer",
        "tables.episodes.days",
    ),
    (
        "days to the next beside the year of the end",
        counted(["status"], status="as_is", discharged_on="year", gap_days="as_is"),
        "extract-kin-finer",
        "tables.episodes.gap_days",
    ),
    (
        "topped days are exact below the top",
        counted(["enrolled_on"], enrolled_on="year", days={"top_code": 700}),
        "extract-kin-finer",
        "tables.episodes.days",
    ),
    (
        "the reporting year beside the quarter",
        counted(["enrolled_on"], enrolled_on="quarter", first_reported_year="as_is"),
        "extract-kin-finer",
        "tables.episodes.enrolled_on",
    ),
    (
        "the district as it was beside a group",
        changed(
            **{**counted(["district"], district="district_group", district_reported="as_is"), "district_groups": GROUPS}
        ),
        "extract-kin-finer",
        "tables.episodes.district",
    ),
    (
        "waves finer than episodes",
        body(
            tables={
                **episodes_with(enrolled_on="year"),
                "waves": {"person_id": "id", "episode_id": "id", "moment": "as_is", "observed_on": "month"},
            },
            quasi_identifiers=["enrolled_on"],
            small_classes={"policy": "refuse"},
        ),
        "extract-kin-finer",
        "tables.episodes.enrolled_on",
    ),
    (
        "birth by the year beside age in bands",
        body(
            tables={**episodes_with(age={"age_band": 5}), "persons": {"person_id": "id", "birth_year": "as_is"}},
            quasi_identifiers=["age"],
            small_classes={"policy": "refuse"},
        ),
        "extract-kin-finer",
        "tables.persons.birth_year",
    ),
    (
        "the first enrolment finer",
        body(
            tables={**episodes_with(enrolled_on="year"), "persons": {"person_id": "id", "first_enrolled_on": "month"}},
            quasi_identifiers=["enrolled_on"],
            small_classes={"policy": "refuse"},
        ),
        "extract-kin-finer",
        "tables.episodes.enrolled_on",
    ),
    (
        "the end of observation finer",
        body(
            tables={**episodes_with(enrolled_on="year"), "persons": {"person_id": "id", "observed_until": "month"}},
            quasi_identifiers=["enrolled_on"],
            small_classes={"policy": "refuse"},
        ),
        "extract-kin-finer",
        "tables.persons.observed_until",
    ),
]
POLICY = {
    "extract-contract-major", "extract-table-never", "extract-column-never", "extract-transformation", "extract-k",
    "extract-quasi-identifier-missing", "extract-kin-finer",
}  # fmt: skip


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


@pytest.mark.parametrize("text", ["a: [", "a: 1\na: 2\n", "valid_to: 2030-02-31\n", "\xff"])
def test_a_file_that_cannot_be_read_is_told_so(tmp_path, text):
    path = tmp_path / "x.yaml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError) as caught:
        read_approval(path)
    assert caught.value.code in {"approval-unreadable", "approval-entry"}


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


def test_a_dropped_column_is_as_one_that_is_not_named(tmp_path):
    one = read_approval(
        written(tmp_path, tables(uno_id="drop", age="drop", status="as_is") | {"quasi_identifiers": ["status"]})
    )
    assert list(one.tables["episodes"]) == ["person_id", "episode_id", "status"]
