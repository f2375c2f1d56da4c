"""Changes of a contract, each with what it does to a consumer and the bump that it asks for."""

import copy
import json

import pytest

from sigpanel.contracts import semver
from sigpanel.contracts.consumers import Handles, consumer
from sigpanel.contracts.described import digest, promised, relied_on
from sigpanel.contracts.published import compared
from sigpanel.contracts.versions import JUDGED, compare, least_bump
from sigpanel.errors import UsageError

EPISODES = {
    "name": "episodes",
    "en": "episode",
    "sv": "period",
    "key": ["episode_id"],
    "unique": [["person_id", "episode_no"]],
    "sort": ["person_id", "moment"],
    "columns": [
        {"name": "episode_id", "type": "string", "nullable": False, "classification": "pseudonymised", "en": "Episode",
         "sv": "Period"},
        {"name": "person_id", "type": "string", "nullable": False, "classification": "pseudonymised", "en": "Person",
         "sv": "Person", "references": "persons.person_id"},
        {"name": "episode_no", "type": "int32", "nullable": False, "classification": "ordinary", "en": "N", "sv": "N"},
        {"name": "moment", "type": "string", "nullable": False, "classification": "ordinary", "en": "Moment",
         "sv": "Tillfälle", "codes": "moment"},
        {"name": "days", "type": "int32", "nullable": True, "classification": "ordinary", "en": "Days", "sv": "Dagar",
         "unit": "days"},
        {"name": "status", "type": "string", "nullable": False, "classification": "ordinary", "en": "Status",
         "sv": "Status", "codes": "status"},
        {"name": "last_status", "type": "string", "nullable": True, "classification": "ordinary", "en": "Last status",
         "sv": "Senaste status", "codes": "status"},
        {"name": "housing", "type": "int16", "nullable": True, "classification": "ordinary", "en": "Housing",
         "sv": "Bostad", "codes": "episodes.housing"},
        {"name": "health", "type": "int16", "nullable": True, "classification": "ordinary", "en": "Health",
         "sv": "Hälsa", "low": 1, "high": 10},
    ],
}  # fmt: skip
PERSONS = {"name": "persons", "en": "person", "sv": "person", "key": ["person_id"], "unique": [], "sort": ["person_id"],
           "columns": [{"name": "person_id", "type": "string", "nullable": False, "classification": "pseudonymised",
                        "en": "Person", "sv": "Person"}]}  # fmt: skip
RULE = {"id": "episodes.days_possible", "frame": "episodes", "kind": "between", "columns": ["days"],
        "params": {"low": 0, "high": 1000}, "severity": "error", "en": "Possible", "sv": "Möjligt"}  # fmt: skip
OLD = {
    "of": "panel",
    "version": "1.0.0",
    "tables": [EPISODES, PERSONS],
    "codes": {
        "moment": [{"value": "enrolment", "en": "In", "sv": "In"}, {"value": "discharge", "en": "Out", "sv": "Ut"}],
        "status": [{"value": "closed", "en": "Ended", "sv": "Slut"}, {"value": "lost", "en": "Lost", "sv": "Borta"}],
        "episodes.housing": [{"value": 1, "token": "yes", "en": "Yes", "sv": "Ja"},
                             {"value": 2, "token": "no", "en": "No", "sv": "Nej"}],
    },
    "rules": [RULE],
    "thresholds": {"coverage": 0.75},
    "ceilings": {"years behind": 1},
}  # fmt: skip
HANDLED = {
    "follow-up": {
        ("episodes", "days"): Handles(),
        ("episodes", "status"): Handles(("closed", "lost", "paused")),
        ("episodes", "housing"): Handles((1, 2)),
        ("episodes", "health"): Handles(low=1, high=12),
    },
    "lookers": {("persons", "person_id"): Handles(), ("episodes", "status"): Handles()},
}


def changed(*steps):
    """The old promise after some steps: a path to what is set, or to what is taken away where nothing is said."""
    new = copy.deepcopy(OLD)
    for path, *value in steps:
        *parents, last = path
        part = new
        for name in parents:
            part = _inside(part, name)
        if isinstance(part, list):
            place = [_called(each) for each in part].index(last) if last != "+" else len(part)
            part[place : place + 1] = value
        elif value:
            part[last] = value[0]
        else:
            del part[last]
    return new


def _inside(part, name):
    return next(each for each in part if _called(each) == name) if isinstance(part, list) else part[name]


def _called(part):
    return next((part[key] for key in ("name", "value", "id") if key in part), part) if isinstance(part, dict) else part


def column(name, *further):
    return ("tables", "episodes", "columns", name, *further)


def code(name, token, *further):
    return ("codes", name, token, *further)


NEW_COLUMN = {"name": "age", "type": "int16", "nullable": True, "classification": "ordinary", "en": "A", "sv": "Å"}
COLUMNS = [each["name"] for each in EPISODES["columns"]]

# What is changed; kind; judgement; bump; the consumers that break.
CHANGES = {
    "a table is gone": ([(("tables", "persons"),)], "table_removed", "loosens", "major", ("lookers",)),
    "a table more": ([(("tables", "+"), {**PERSONS, "name": "others"})], "table_added", "tightens", "minor", ()),
    "a row is something else": (
        [(("tables", "episodes", "en"), "report")], "granularity_changed", "undetermined", "major",
        ("follow-up", "lookers"),
    ),
    "another key": (
        [(("tables", "episodes", "key"), ["person_id"])], "key_changed", "both", "major", ("follow-up", "lookers"),
    ),
    "columns may repeat now": (
        [(("tables", "episodes", "unique"), [])], "unique_removed", "loosens", "major", ("follow-up", "lookers"),
    ),
    "columns repeat no longer": (
        [(("tables", "persons", "unique"), [["person_no"]])], "unique_added", "tightens", "minor", (),
    ),
    "rows come in another order": (
        [(("tables", "episodes", "sort"), ["episode_id"])], "rows_ordered_otherwise", "both", "major",
        ("follow-up", "lookers"),
    ),
    "the order of rows is told further": (
        [(("tables", "persons", "sort"), ["person_id", "sex"])], "rows_ordered_further", "tightens", "minor", (),
    ),
    "a column is gone": ([(column("days"),)], "column_removed", "loosens", "major", ("follow-up",)),
    "a column that nobody uses is gone": ([(column("episode_no"),)], "column_removed", "loosens", "major", ()),
    "a column more": ([(column("+"), NEW_COLUMN)], "column_added", "tightens", "minor", ()),
    "columns in another order": (
        [(("tables", "episodes", "columns"), EPISODES["columns"][::-1])], "moved", "undetermined", "patch", (),
    ),
    "another type": ([(column("days", "type"), "int16")], "type_changed", "both", "major", ("follow-up",)),
    "may be null now": ([(column("status", "nullable"), True)], "null_allowed", "loosens", "major",
                        ("follow-up", "lookers")),
    "never null now": ([(column("days", "nullable"), False)], "null_forbidden", "tightens", "minor", ()),
    "sensitive now": (
        [(column("days", "classification"), "sensitive_art9")], "made_sensitive", "undetermined", "major",
        ("follow-up",),
    ),
    "a pseudonym after all": (
        [(column("days", "classification"), "pseudonymised")], "classified_otherwise", "undetermined", "minor", (),
    ),
    "a column's text, meaning the same": (
        [(column("days", "en"), "Days in all")], "reworded", "undetermined", "patch", (),
    ),
    "a column's Swedish text": ([(column("days", "sv"), "Antal dagar")], "reworded", "undetermined", "patch", ()),
    "a column that means something else": (
        [(column("days", "en"), "Days of care"), (column("days", "redefined"), "2.0.0")], "redefined", "both", "major",
        ("follow-up",),
    ),
    "another unit": ([(column("days", "unit"), "weeks")], "unit_changed", "both", "major", ("follow-up",)),
    "a unit, told at last": ([(column("episode_no", "unit"), "count")], "unit_added", "tightens", "minor", ()),
    "refers to nothing now": ([(column("person_id", "references"),)], "reference_removed", "loosens", "major", ()),
    "any code may stand there": ([(column("status", "codes"),)], "codes_opened", "loosens", "major",
                                 ("follow-up", "lookers")),
    "a code is gone": ([(code("status", "lost"),)], "code_removed", "both", "major", ("follow-up",)),
    "a code more that every consumer handles": (
        [(code("status", "+"), {"value": "paused", "en": "P", "sv": "P"})], "code_added", "loosens", "minor", (),
    ),
    "a code more that a consumer passes over": (
        [(code("status", "+"), {"value": "moved", "en": "Moved", "sv": "Flyttad"})], "code_not_handled", "loosens",
        "major", ("follow-up",),
    ),
    "a code of the form more that a consumer passes over": (
        [(code("episodes.housing", "+"), {"value": 3, "token": "both", "en": "Both", "sv": "Både"})],
        "code_not_handled", "loosens", "major", ("follow-up",),
    ),
    "a code more where no consumer looks": (
        [(code("moment", "+"), {"value": "later", "en": "L", "sv": "S"})], "code_added", "loosens", "minor", (),
    ),
    "a code's text, meaning the same": (
        [(code("status", "lost", "en"), "Gone")], "reworded", "undetermined", "patch", (),
    ),
    "a code that means something else": (
        [(code("status", "lost", "redefined"), "2.0.0")], "redefined", "both", "major", ("follow-up", "lookers"),
    ),
    "a code of the form that means something else": (
        [(code("episodes.housing", 2, "token"), "unsure")], "redefined", "both", "major", ("follow-up",),
    ),
    "codes in another order": (
        [(("codes", "status"), OLD["codes"]["status"][::-1])], "moved", "undetermined", "patch", (),
    ),
    "codes in another order, by which rows are sorted": (
        [(("codes", "moment"), OLD["codes"]["moment"][::-1])], "rows_ordered_otherwise", "both", "major", (),
    ),
    "wider bounds that every consumer handles": (
        [(column("health", "high"), 12)], "bounds_widened", "loosens", "minor", (),
    ),
    "wider bounds than a consumer handles": (
        [(column("health", "high"), 100)], "bounds_not_handled", "loosens", "major", ("follow-up",),
    ),
    "no bounds any more": (
        [(column("health", "low"),)], "bounds_not_handled", "loosens", "major", ("follow-up",),
    ),
    "narrower bounds": ([(column("health", "low"), 2)], "bounds_narrowed", "tightens", "minor", ()),
    "a rule is gone": ([(("rules", RULE["id"]),)], "rule_removed", "loosens", "major", ("follow-up",)),
    "a rule more": ([(("rules", "+"), {**RULE, "id": "episodes.further"})], "rule_added", "tightens", "minor", ()),
    "a rule that lets more pass": (
        [(("rules", RULE["id"], "params"), {"low": 0})], "rule_loosened", "loosens", "major", ("follow-up",),
    ),
    "a rule that lets less pass": (
        [(("rules", RULE["id"], "params"), {"low": 1, "high": 1000})], "rule_tightened", "tightens", "minor", (),
    ),
    "a rule that only warns now": (
        [(("rules", RULE["id"], "severity"), "warning")], "rule_loosened", "loosens", "major", ("follow-up",),
    ),
    "another rule under the same name": (
        [(("rules", RULE["id"], "kind"), "null")], "rule_changed", "undetermined", "major", ("follow-up",),
    ),
    "a rule's text": ([(("rules", RULE["id"], "sv"), "Kan stämma")], "reworded", "undetermined", "patch", ()),
    "a threshold lowered": ([(("thresholds", "coverage"), 0.7)], "threshold_lowered", "loosens", "major", ()),
    "a threshold raised": ([(("thresholds", "coverage"), 0.8)], "threshold_raised", "tightens", "minor", ()),
    "a ceiling raised": ([(("ceilings", "years behind"), 2)], "threshold_lowered", "loosens", "major", ()),
    "a threshold is gone": ([(("thresholds", "coverage"),)], "threshold_removed", "loosens", "major", ()),
    "something that no comparison knows": ([(("further",), 1)], "not_known", "undetermined", "major", ()),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_judged_for_those_who_rely_on_it(what):
    steps, kind, judgement, bump, breaks = CHANGES[what]
    (change,) = compare(OLD, changed(*steps), HANDLED)
    assert (change.kind, change.judgement, change.bump, change.breaks) == (kind, judgement, bump, breaks)


def test_every_change_that_is_tried_changes_the_digest():
    assert [what for what, (steps, *_) in CHANGES.items() if digest(changed(*steps)) == digest(OLD)] == []


def test_nothing_changed_asks_for_no_bump():
    assert (compare(OLD, copy.deepcopy(OLD), HANDLED), least_bump(())) == ((), None)


def test_the_name_of_the_version_is_no_change():
    assert digest({**OLD, "version": "2.0.0"}) == digest(OLD)


def test_a_renamed_column_is_one_gone_and_one_more():
    changes = compare(OLD, changed((column("episode_no", "name"), "ordinal")))
    assert [(change.kind, change.places) for change in changes] == [
        ("column_removed", ("episodes.episode_no",)),
        ("column_added", ("episodes.ordinal",)),
    ]


def test_columns_that_share_codes_are_named_together():
    (change,) = compare(OLD, changed((code("status", "lost"),)))
    assert (change.places, change.what) == (("episodes.status", "episodes.last_status"), "lost “Lost”")


def test_the_gravest_change_comes_first_and_gives_the_bump():
    new = changed((column("days", "sv"), "D"), (column("+"), NEW_COLUMN), (column("episode_no"),))
    changes = compare(OLD, new)
    assert [change.bump for change in changes] == ["major", "minor", "patch"]
    assert [least_bump(changes[at:]) for at in range(3)] == ["major", "minor", "patch"]


@pytest.mark.parametrize("kind", ["not_in_set", "in_set"])
def test_a_set_of_a_rule_that_grows_lets_more_pass_or_less(kind):
    old, new = (
        changed((("rules", RULE["id"]), {**RULE, "kind": kind, "params": {"values": values}}))
        for values in ([1], [1, 2])
    )
    expected = {"in_set": "rule_loosened", "not_in_set": "rule_tightened"}[kind]
    assert [change.kind for change in compare(old, new)] == [expected]


def test_what_is_only_warned_of_asks_for_less():
    old = changed((("rules", RULE["id"], "severity"), "warning"))
    gone = changed((("rules", RULE["id"]),))
    assert [(change.kind, change.bump) for change in compare(old, gone)] == [("warning_changed", "minor")]


def test_every_kind_of_change_has_one_of_the_four_judgements_and_three_bumps():
    assert {judged.judgement for judged in JUDGED.values()} == {"tightens", "loosens", "both", "undetermined"}
    assert {judged.bump for judged in JUDGED.values()} == set(semver.BUMPS)


def test_what_only_adds_never_asks_for_a_major_bump():
    assert not [kind for kind, judged in JUDGED.items() if (judged.judgement, judged.bump) == ("tightens", "major")]


# --- the panel's own, and a consumer's --------------------------------------------------------------------------------


def test_the_panel_promises_what_its_tables_codes_and_rules_say():
    promise = promised()
    assert json.loads(json.dumps(promise)) == promise
    waves = next(table for table in promise["tables"] if table["name"] == "waves")
    housing = next(each for each in waves["columns"] if each["name"] == "stable_housing")
    assert [code["token"] for code in promise["codes"][housing["codes"]]] == ["yes", "no"]
    assert "episodes.move_is_no_return" in [rule["id"] for rule in promise["rules"]]


def test_a_new_code_that_the_evaluation_does_not_handle_is_major():
    one = consumer("evaluation-followup")
    handled = {one.name: {(table, name): how for table, told in one.tables.items() for name, how in told.items()}}
    new = copy.deepcopy(promised())
    new["codes"]["episode_status"].append({"value": "paused", "en": "Paused", "sv": "Pausad"})
    (change,) = compare(promised(), new, handled)
    assert (change.kind, change.places) == ("code_not_handled", ("episodes.status",))
    assert (change.bump, change.breaks) == ("major", ("evaluation-followup",))


def test_a_consumer_that_asks_for_less_has_a_new_major_version():
    old = relied_on(consumer("evaluation-followup"))
    beside = compared(old, {**old, "thresholds": {**old["thresholds"], "coverage: fail": 0.5}})
    assert (beside.bump, beside.least, beside.is_enough) == ("major", "2.0.0", False)


def test_two_contracts_are_not_compared():
    with pytest.raises(UsageError) as caught:
        compared(promised(), relied_on(consumer("evaluation-followup")))
    assert caught.value.code == "contracts-differ"


# --- versions ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["1", "1.0", "1.0.0.0", "01.0.0", "1.0.x", "v1.0.0", "1.0.0-rc.1", "1.0.0\n", "\u0661.0.0", ""]
)
def test_what_is_no_version(text):
    assert not semver.is_version(text)


@pytest.mark.parametrize(
    ("bump", "least"), [("major", "2.0.0"), ("minor", "1.3.0"), ("patch", "1.2.10"), (None, "1.2.9")]
)
def test_the_least_version_after_a_change(bump, least):
    assert semver.is_version("1.2.9")
    assert semver.bumped("1.2.9", bump) == least


def test_versions_are_ordered_by_their_numbers():
    assert max("1.9.0", "1.10.0", key=semver.numbers) == "1.10.0"
