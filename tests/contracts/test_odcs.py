"""The ODCS files: valid by the standard's schema, complete, as their sources say; a difference is told by its place."""

import io
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from sigpanel import resources
from sigpanel.contracts import generated, odcs
from sigpanel.contracts.codes import code_list, questions
from sigpanel.contracts.generated import Difference, breaches, check
from sigpanel.contracts.model import NUMBERS, Column
from sigpanel.contracts.odcs import as_yaml, documents
from sigpanel.contracts.rules import rules
from sigpanel.contracts.sentences import mend, sentence, sentences
from sigpanel.contracts.tables import contract, empty, names, table
from sigpanel.contracts.terms import terms, unit
from sigpanel.errors import Fault, UsageError
from sigpanel.forms import Code, variables
from sigpanel.panel.parquet import write_parquet
from sigpanel.report import docs_pages
from sigpanel.resources import contracts_dir
from tests.cli.running import run


def properties(name: str) -> dict[str, dict]:
    return {column["name"]: column for column in documents()[name]["schema"][0]["properties"]}


def custom(part: dict) -> dict:
    return {each["property"]: each["value"] for each in part["customProperties"]}


# --- what a file says ---


def test_every_file_is_committed_valid_and_as_its_sources_say():
    assert check() == ()
    assert set(generated.generated()) >= {f"panel/{name}.odcs.yaml" for name in names()}


def test_every_column_and_every_rule_stands_there_once():
    found = []
    for name, document in documents().items():
        (schema,) = document["schema"]
        columns = schema["properties"]
        assert [column["name"] for column in columns] == [
            column.name for column in table(name).given(variables()).columns
        ]
        checks = [*schema["quality"], *(one for column in columns for one in column["quality"])]
        assert len({one["id"] for one in checks}) == len(checks)
        found += [one["name"] for one in checks]
    assert sorted(found) == sorted(rule.id for rule in rules())


def test_a_rule_can_be_carried_out_by_what_is_said_of_it():
    (told,) = (
        one for one in properties("answers")["code"]["quality"] if one["name"] == "answers.no_code_without_an_answer"
    )
    assert (told["type"], told["engine"], told["severity"], told["dimension"]) == (
        "custom", "sigpanel", "error", "consistency",
    )  # fmt: skip
    reasons = ["blank", "invalid", "not_asked", "not_yet", "not_collected"]
    assert told["implementation"] == {
        "frame": "answers",
        "kind": "null",
        "columns": ["code"],
        "when": {"column": "missing", "is": "in", "values": reasons},
    }


def test_the_physical_type_is_what_arrow_reads_from_a_release():
    for name in names():
        memory = io.BytesIO()
        write_parquet(empty(name, variables()), memory)
        read = {field.name: str(field.type) for field in pq.read_schema(memory)}
        assert {column: told["physicalType"] for column, told in properties(name).items()} == read


def test_keys_references_and_what_is_required():
    told = properties("episodes")
    assert [told[name]["primaryKeyPosition"] for name in ("person_id", "episode_no")] == [1, 2]
    assert [told[name]["unique"] for name in ("person_id", "episode_id", "uno_id")] == [False, True, False]
    assert [told[name]["required"] for name in ("person_id", "uno_id")] == [True, False]
    assert told["person_id"]["relationships"] == [
        {"type": "foreignKey", "to": "persons.odcs.yaml#/schema/persons/properties/person_id"}
    ]
    assert told["previous_episode_id"]["relationships"][0]["to"] == "/schema/episodes/properties/episode_id"


def test_health_and_misuse_are_art_9_and_every_other_answer_art_10():
    classes = {
        name: column["classification"]
        for name, column in properties("waves").items()
        if name.partition("__")[0] in variables()
    }
    health = {"substance_misuse", "physical_health", "mental_health"}
    assert {name for name, what in classes.items() if what == "sensitive_art9"} == health | {
        f"{name}__missing" for name in health
    }
    assert set(classes.values()) == {"sensitive_art9", "sensitive_art10"}
    long = {name for name, column in properties("answers").items() if "sensitiveArt9Variables" in custom(column)}
    assert long == {"value", "code", "missing"}
    assert set(contract().tables["waves"].art9) == health <= set(variables())


def test_a_number_counts_something_unless_it_is_a_place_or_an_answer():
    uncounted = {
        column.name
        for name in names()
        for column in table(name).columns
        if column.type in NUMBERS and column.unit is None and not column.is_answer
    }
    assert {name for name in uncounted if not name.endswith("_no")} == {"row"}
    used = {column.unit for name in names() for column in table(name).columns if column.unit}
    used |= {one.answer.unit for name in (*variables(), "age") for one in questions(name) if one.answer.unit}
    assert used == set(terms().units)


def test_a_number_of_the_form_has_its_bounds_unit_and_codes_of_no_value():
    told = properties("waves")["mental_health"]
    assert told["logicalTypeOptions"] == {"format": "i16", "minimum": 1, "maximum": 10}
    assert (custom(told)["unit"], told["businessName"]) == ("points", "Self-rated mental health (1-10)")
    assert custom(told)["codesOfNoValue"] == [{"code": 99, "reason": "declined"}, {"code": 999, "reason": "unknown"}]


def test_everything_is_said_in_both_languages():
    for name in names():
        for column in properties(name).values():
            assert column["description"]
            assert custom(column)["descriptionSv"]
            assert all(entry["label"] and custom(entry)["labelSv"] for entry in column.get("enum", []))


def test_when_it_comes_is_data_and_what_is_not_agreed_on_says_so():
    told = {one["property"]: (one["value"], custom(one)["status"]) for one in documents()["persons"]["slaProperties"]}
    assert told == {
        "frequency": (1, "agreed"), "deliveryDueBy": ("01-15", "agreed"), "timeOfAvailability": ("02-28", "proposed"),
    }  # fmt: skip


@pytest.mark.no_cover
def test_no_text_can_be_mistaken_for_something_else_and_no_machine_shows():
    for document in documents().values():
        text = as_yaml(document)
        assert yaml.safe_load(text) == json.loads(json.dumps(document))
        assert re.search(r"[:\[{,] (?:yes|no|on|off|null|~)[,}\]\n]", text, flags=re.IGNORECASE) is None
        assert not re.search(r"\d{4}-\d{2}-\d{2}T|pydantic|python", text)
    assert 'id: "no"' in as_yaml(documents()["waves"])


def test_the_version_is_the_contracts_own_once_it_has_one(monkeypatch):
    assert odcs.version() == getattr(contract(), "version", "1.0.0")
    monkeypatch.setattr(odcs, "contract", lambda: type("Contract", (), {"version": "2.1.0"}))
    assert odcs.version() == "2.1.0"


# --- the sources ---


def test_a_rule_in_words_in_both_languages():
    told = {rule.id: (sentence(rule, "en"), sentence(rule, "sv")) for rule in rules()}
    assert told["answers.code_of_a_value"] == (
        "`value` equals `code`, where `missing` is empty.",
        "`value` är lika med `code`, där `missing` är tom.",
    )
    assert told["episodes.move_is_no_return"][0] == "`is_reenrolment` is `false`, where `is_transfer` is `true`."
    assert told["persons.within_wide"][0] == "`n_wide` is `1`."
    assert told["links.episode_a.matches"][0] == "All of `episode_a` is written as `e[a-z2-7]{26}`."
    assert told["persons.at_all"][1] == "Antalet rader är minst `1`."
    assert (
        told["links.episode_a.references"][0] == "`episode_a` stands in `episodes.episode_id`, where it is not empty."
    )
    assert told["waves.columns"][0].endswith("… (35 in all), in this order.")
    assert not [text for both in told.values() for text in both if "None" in text or "{" in text.replace("]{", "")]


def test_what_would_mend_it_names_rules_that_there_are():
    assert set(sentences().mend_of) <= {rule.id.rpartition(".")[2] for rule in rules()}
    assert all(mend(rule, language) for rule in rules() for language in ("en", "sv"))


def test_a_unit_that_nobody_named_is_a_fault():
    with pytest.raises(Fault, match="there is no unit parsecs"):
        unit("parsecs")


def test_a_code_of_two_meanings_is_a_fault(monkeypatch):
    asked = questions("stable_housing")[0]
    other = replace(asked, answer=replace(asked.answer, codes=(Code(1, "no", "Nej", "No"),)))
    monkeypatch.setattr("sigpanel.contracts.codes.questions", lambda _: (asked, other))
    with pytest.raises(Fault, match="Code 1 of stable_housing means one thing"):
        code_list(Column("stable_housing", "int16", True, "ordinary", "x", "x", is_answer=True))


# --- the check ---


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the contracts, to be spoiled."""
    return shutil.copytree(contracts_dir(), tmp_path / "contracts")


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("was", "becomes", "place", "what"),
    [
        ('label: "Girl or woman"', 'label: "Girl"', "properties[sex].enum[female].label",
         'is "Girl", and should be "Girl or woman"'),
        ("    primaryKeyPosition: 1\n", "", "properties[person_id].primaryKeyPosition", "is missing"),
        ("required: true", "requird: true", "properties[person_id].requird", "is not to be there"),
        ('format: "i32"', 'format: "i64"', "properties[person_no].logicalTypeOptions.format",
         'is "i64", and should be "i32"'),
        ('sortedBy", value: ["person_id"]', 'sortedBy", value: ["sex"]', "customProperties[sortedBy].value",
         'is ["sex"], and should be ["person_id"]'),
    ],
)  # fmt: skip
def test_a_difference_is_told_by_file_and_path(copy, was, becomes, place, what):
    path = copy / "panel" / "persons.odcs.yaml"
    text = path.read_text(encoding="utf-8")
    assert was in text
    path.write_text(text.replace(was, becomes, 1), encoding="utf-8")
    assert Difference("panel/persons.odcs.yaml", f"schema[persons].{place}", what) in check(copy)


def test_only_what_is_said_counts_not_how_it_is_written(copy):
    path = copy / "panel" / "persons.odcs.yaml"
    path.write_text(yaml.dump(yaml.safe_load(path.read_text(encoding="utf-8"))), encoding="utf-8")
    assert check(copy) == ()


def test_a_file_that_lacks_cannot_be_read_or_is_nobodys_is_told(copy):
    panel = copy / "panel"
    (panel / "links.odcs.yaml").rename(panel / "joins.odcs.yaml")
    (panel / "cohort.odcs.yaml").write_text("a: [", encoding="utf-8")
    assert check(copy) == (
        Difference("panel/links.odcs.yaml", "", "the file is missing"),
        Difference("panel/cohort.odcs.yaml", "", "the file cannot be read"),
        Difference("panel/joins.odcs.yaml", "", "nothing is generated under this name"),
    )


def test_what_the_standard_does_not_know_is_told_by_its_place():
    document = documents()["persons"]
    assert list(breaches(document)) == []
    document["schema"][0]["properties"][0]["primarykey"] = True
    document["kind"] = "Contract"
    assert {place for place, _ in breaches(document)} >= {"kind", "schema[0].properties[0]"}


def test_writing_mends_exactly_what_differs(copy, monkeypatch):
    for module in (generated, resources):
        monkeypatch.setattr(module, "contracts_dir", lambda: copy)
    path = copy / "panel" / "persons.odcs.yaml"
    before = path.read_bytes()
    path.write_bytes(before.replace(b"Girl", b"girl"))
    (copy / "panel" / "joins.odcs.yaml").write_text("a: 1", encoding="utf-8")
    assert generated.write() == ("panel/persons.odcs.yaml", "panel/joins.odcs.yaml")
    assert path.read_bytes() == before
    assert generated.check() == ()
    assert generated.write() == ()


def test_an_installation_is_not_written_into(copy, monkeypatch):
    monkeypatch.setattr(resources, "contracts_dir", lambda: copy.rename(copy.parent / "_contracts"))
    with pytest.raises(UsageError) as caught:
        generated.write()
    assert caught.value.code == "not-a-checkout"


def test_of_two_long_texts_that_begin_alike_the_part_that_differs_is_told(copy):
    path = copy / "panel" / "waves.odcs.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace('- "mental_health"\n', '- "mind"\n'), encoding="utf-8")
    told = [each.what for each in check(copy)]
    assert told
    for what in told:
        found, _, should = what.partition(", and should be ")
        assert "mind" in found
        assert "mental_health" in should


# --- the command ---


@pytest.mark.no_cover
def test_the_command_says_that_all_is_as_it_should_be():
    files, pages = len(generated.generated()), len(docs_pages.pages(docs_pages.docs_dir()))
    answer = run("contracts", "check")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines() == [
        "Consumer evaluation-followup: the panel promises what it needs.",
        f"{files} generated contracts and {pages} pages of docs, each as its sources say.",
    ]
    assert json.loads(run("contracts", "check", "--json").out) == {
        "files": files,
        "pages": pages,
        "differences": [],
        "written": [],
        "contradictions": [],
        "unpromised": {"evaluation-followup": []},
    }


def test_the_command_tells_what_differs_and_ends_with_what_to_do(copy, monkeypatch):
    for module in (generated, resources):
        monkeypatch.setattr(module, "contracts_dir", lambda: copy)
    path = copy / "panel" / "persons.odcs.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("required: true", "required: false"), encoding="utf-8")
    answer = run("contracts", "check")
    assert answer.code == 1
    _, head, first, *_, last = answer.out.splitlines()
    assert head == "contracts/panel/persons.odcs.yaml"
    assert first == "  schema[persons].properties[person_id].required: is false, and should be true"
    assert "`sigpanel contracts check --write`" in last
    assert run("contracts", "check", "--write").out.startswith("written: contracts/panel/persons.odcs.yaml\n")
    assert run("contracts", "check").code == 0
