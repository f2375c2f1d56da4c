"""`sigpanel contracts diff` and `publish`: what changed, the least version, and the exit code by which CI goes."""

import json

import pytest

from sigpanel.contracts import published, semver
from sigpanel.contracts.consumers import consumer
from sigpanel.contracts.tables import contract
from sigpanel.resources import contracts_dir
from tests.cli.running import run

TABLES = contracts_dir() / "panel" / "tables.yaml"
VERSION = contract().version
LEAST = semver.bumped(VERSION, "major")


@pytest.fixture
def tables(tmp_path):
    """A file of tables with a column retyped, a code more than the evaluation handles, and a text worded anew."""
    text = TABLES.read_text(encoding="utf-8")
    for old, new in [
        ('{name: "n_episodes", type: "int32"', '{name: "n_episodes", type: "int16"'),
        ('    "female": {en: "Girl or woman"', '    "unsaid": {en: "U", sv: "O"}\n    "female": {en: "Woman or girl"'),
    ]:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "tables.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_working_contract_is_what_is_published():
    answer = run("contracts", "diff")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines()[0] == f"panel {VERSION} → {VERSION}: nothing changed."


def test_changes_come_as_a_table_the_gravest_first_and_exit_1_where_the_version_is_too_low(tables):
    answer = run("contracts", "diff", VERSION, tables)
    assert (answer.code, answer.err) == (1, "")
    lines = [" ".join(line.split()) for line in answer.out.splitlines()]
    assert lines == [
        "bump for consumers where what breaks",
        "major both persons.n_episodes another type: int32 → int16 evaluation-followup",
        "major loosens persons.sex and 1 more a code more, which some consumer passes over: unsaid “U” "
        "evaluation-followup",
        "patch undetermined persons.sex and 1 more worded anew: female: “Girl or woman” → “Woman or girl”",
        "",
        f"panel {VERSION} → {VERSION}: 3 changes, major; the least version is {LEAST}, so {VERSION} is too low.",
        "Breaks evaluation-followup.",
    ]


def test_a_version_that_is_high_enough_exits_0(tables):
    text = tables.read_text(encoding="utf-8").replace(f'\nversion: "{VERSION}"', f'\nversion: "{LEAST}"', 1)
    tables.write_text(text.replace("\nlive_majors: [", f"\nlive_majors: [{semver.major(LEAST)}, "), encoding="utf-8")
    answer = run("contracts", "diff", VERSION, tables)
    assert answer.code == 0
    assert answer.out.splitlines()[-2] == (
        f"panel {VERSION} → {LEAST}: 3 changes, major; the least version is {LEAST}, so {LEAST} is high enough."
    )


def test_the_same_as_json(tables):
    answer = run("contracts", "diff", VERSION, tables, "--json")
    told = json.loads(answer.out)
    (beside,) = told["compared"]
    assert (answer.code, told["is_enough"], beside["bump"], beside["least_version"]) == (1, False, "major", LEAST)
    assert beside["changes"][0] == {
        "kind": "type_changed",
        "judgement": "both",
        "bump": "major",
        "places": ["persons.n_episodes"],
        "en": "another type",
        "what": "int32 → int16",
        "breaks": ["evaluation-followup"],
    }


def test_a_consumers_contract_is_compared_with_its_own(tmp_path):
    ours = contracts_dir() / "consumers" / "evaluation-followup.yaml"
    theirs = tmp_path / ours.name
    theirs.write_text(ours.read_text(encoding="utf-8").replace("fail: 0.75}", "fail: 0.5}"), encoding="utf-8")
    answer = run("contracts", "diff", ours, theirs)
    version = consumer("evaluation-followup").version
    assert answer.code == 1
    assert answer.out.splitlines()[-1] == (
        f"evaluation-followup {version} → {version}: 1 change, major; "
        f"the least version is {semver.bumped(version, 'major')}, so {version} is too low."
    )


def test_publishing_again_what_is_published_changes_nothing():
    before = published.published()
    answer = run("contracts", "publish")
    assert (answer.code, answer.out.splitlines()[0]) == (
        0,
        f"Version {VERSION} of panel is published already, and says the same.",
    )
    assert published.published() == before
    told = json.loads(run("contracts", "publish", "--json").out)
    assert [(one["of"], one["is_new"]) for one in told] == [("panel", False), ("evaluation-followup", False)]


def test_what_cannot_be_compared_is_told():
    answer = run("contracts", "diff", "9.9.9", "--json")
    assert (answer.code, json.loads(answer.err)["code"]) == (2, "contract-version")
