"""What an edition of the form asks is promised, and a change of it is judged for those who read the variable."""

import copy

import pytest

from sigpanel.contracts.consumers import Handles
from sigpanel.contracts.described import digest, promised
from sigpanel.contracts.versions import compare

HANDLED = {
    "follow-up": {("waves", "mental_health"): Handles(), ("waves", "school_functioning"): Handles()},
    "lookers": {("persons", "person_id"): Handles()},
}


def question(promise, variable, edition="sig-unga-2024", moment="enrolment"):
    """One question of an edition, in a promise."""
    return next(
        one
        for one in promise["asked"]
        if (one["edition"], one["variable"], one["moment"]) == (edition, variable, moment)
    )


def reason(promise, variable, code, why):
    one = question(promise, variable)
    one["no_value"] = [{**each, "reason": why} if each["value"] == code else each for each in one["no_value"]]


def without(promise, is_gone):
    promise["asked"] = [one for one in promise["asked"] if not is_gone(one)]


def with_an_edition(promise, *, but=()):
    """A further edition of the last one's questions, but for some."""
    last = [one for one in promise["asked"] if one["edition"] == "sig-unga-2024"]
    promise["asked"] += [{**one, "edition": "sig-unga-2026"} for one in last if one["variable"] not in but]


CHANGES = {
    "a code of no value says another reason": (
        lambda new: reason(new, "mental_health", 99, "unknown"), {"reason_changed": ("both", "major", ("follow-up",))},
    ),
    "a code of no value is none any more": (
        lambda new: question(new, "mental_health").pop("no_value"),
        {"reason_removed": ("both", "major", ("follow-up",))},
    ),
    "a code more that says why": (
        lambda new: question(new, "mental_health")["no_value"].append({"value": 98, "reason": "unknown"}),
        {"reason_added": ("loosens", "minor", ())},
    ),
    "another unit": (
        lambda new: question(new, "mental_health").update(unit="count"),
        {"unit_changed": ("both", "major", ("follow-up",))},
    ),
    "a condition that is gone": (
        lambda new: question(new, "school_functioning").pop("skip"),
        {"skip_changed": ("both", "major", ("follow-up",))},
    ),
    "a question that an edition asks no more": (
        lambda new: new["asked"].remove(question(new, "mental_health", moment="discharge")),
        {"question_removed": ("loosens", "major", ("follow-up",))},
    ),
    "an edition that is gone": (
        lambda new: without(new, lambda one: one["edition"] == "sig-vuxna-2020"),
        {"edition_removed": ("loosens", "major", ("follow-up",))},
    ),
    "an edition more": (with_an_edition, {"edition_added": ("tightens", "minor", ())}),
    "an edition more that does not ask what a consumer reads": (
        lambda new: with_an_edition(new, but=("mental_health",)),
        {
            "edition_added": ("tightens", "minor", ()),
            "asked_no_more_and_read": ("loosens", "major", ("follow-up",)),
        },
    ),
    "an edition more that does not ask what nobody reads": (
        lambda new: with_an_edition(new, but=("suspected_crimes_before",)),
        {"edition_added": ("tightens", "minor", ()), "asked_no_more": ("loosens", "minor", ())},
    ),
    "nothing told any more": (
        lambda new: new.pop("asked"), {"asked_untold": ("loosens", "major", ("follow-up",))},
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_of_a_form_is_a_change_of_the_contract(what):
    change, expected = CHANGES[what]
    old, new = promised(), copy.deepcopy(promised())
    change(new)
    assert digest(new) != digest(old)
    found = compare(old, new, HANDLED)
    assert {one.kind: (one.judgement, one.bump, one.breaks) for one in found} == expected


def test_what_an_edition_asks_is_promised_with_its_unit_condition_and_codes_of_no_value():
    promise = promised()
    assert {"value": 99, "reason": "declined"} in question(promise, "mental_health")["no_value"]
    assert question(promise, "mental_health")["unit"] == "points"
    assert question(promise, "school_functioning")["skip"]["variable"] == "school_enrolled"


def test_a_promise_from_before_it_was_told_gains_by_it():
    old = copy.deepcopy(promised())
    del old["asked"]
    assert [(one.kind, one.bump) for one in compare(old, promised(), HANDLED)] == [("asked_told", "minor")]
