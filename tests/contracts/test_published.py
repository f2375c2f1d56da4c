"""The working contract against what is published: no change goes out under a version that is too low for it.

Where the first test fails, somebody changed what the panel promises. Its message says the least version; then
`sigpanel contracts publish` and commit what it writes.
"""

import copy
import json
from dataclasses import replace

import pytest

from sigpanel import resources
from sigpanel.contracts import published, semver
from sigpanel.contracts.consumers import Handles, consumer, names_of_consumers
from sigpanel.contracts.described import PANEL, digest, promised, stamp
from sigpanel.contracts.named import named
from sigpanel.contracts.tables import contract
from sigpanel.errors import Fault, InputError, UsageError
from sigpanel.resources import contracts_dir

VERSION = contract().version


CONTRACTS = (PANEL, *names_of_consumers())


@pytest.mark.parametrize("of", CONTRACTS)
def test_a_working_contract_is_published_under_a_version_that_is_high_enough(of):
    [standing] = [each for each in published.standings() if each.of == of]
    assert standing.state == "published", standing.remedy


@pytest.mark.parametrize("of", CONTRACTS)
def test_every_published_version_is_what_was_published(of):
    found = published.published(published.folder_of(of))
    assert list(found) == sorted(found, key=semver.numbers)
    assert digest(found[published.working(of)["version"]]) == digest(published.working(of))
    assert of != PANEL or digest(found[VERSION]) == stamp()["contract_digest"]


@pytest.mark.parametrize("of", CONTRACTS)
def test_a_published_file_is_written_as_its_content_says(of):
    folder = published.folder_of(of)
    for version, promise in published.published(folder).items():
        assert (folder / f"{version}.json").read_text(encoding="utf-8") == published.as_json(promise)


def test_a_consumer_that_asks_for_less_under_its_old_version_is_told_its_own_file(monkeypatch):
    name = CONTRACTS[-1]
    laxer = replace(consumer(name), horizon_years=3)
    monkeypatch.setattr(published, "consumer", lambda _: laxer)
    found = published.standings()[-1]
    assert (found.of, found.state, found.least) == (name, "altered", semver.bumped(laxer.version, "major"))
    assert f"Set `version` in contracts/consumers/{name}.yaml to {found.least}" in found.remedy


# --- how a working contract may stand ---------------------------------------------------------------------------------


def promising(version, *, without=(), further=()):
    """The panel's promise of today under another version, with columns of `persons` fewer, or codes of sex more."""
    promise = {**copy.deepcopy(promised()), "version": version}
    persons = promise["tables"][0]
    persons["columns"] = [column for column in persons["columns"] if column["name"] not in without]
    promise["codes"]["sex"] += [{"value": code, "en": code, "sv": code} for code in further]
    return promise


def standing(working, *earlier, live_majors=(1,), consumers=None):
    known = {promise["version"]: promise for promise in earlier}
    return published.standing(working, known, live_majors, consumers or {})


def test_what_is_published_and_the_same_needs_nothing():
    found = standing(promising("1.0.0"), promising("1.0.0"))
    assert (found.state, found.least, found.remedy) == ("published", "1.0.0", "")


def test_what_is_published_and_something_else_gets_the_least_version_told():
    found = standing(promising("1.0.0", without=["in_cohort"]), promising("1.0.0"))
    assert (found.state, found.least) == ("altered", "2.0.0")
    assert found.remedy == (
        "Version 1.0.0 is published and promised something else. Set `version` in contracts/panel/tables.yaml to 2.0.0 "
        "at least, and have 2 among `live_majors`, then `sigpanel contracts publish` and commit what it writes."
    )


@pytest.mark.parametrize(("version", "state"), [("1.0.1", "under_bumped"), ("1.1.0", "under_bumped"),
                                                ("2.0.0", "unpublished"), ("3.0.0", "unpublished")])  # fmt: skip
def test_a_column_gone_asks_for_a_major_version(version, state):
    found = standing(promising(version, without=["in_cohort"]), promising("1.0.0"))
    assert (found.state, found.least) == (state, "2.0.0")


@pytest.mark.parametrize(("version", "state"), [("1.0.1", "under_bumped"), ("1.1.0", "unpublished")])
def test_a_column_more_asks_for_a_minor_version(version, state):
    found = standing(promising(version), promising("1.0.0", without=["in_cohort"]))
    assert (found.state, found.least) == (state, "1.1.0")


@pytest.mark.parametrize(
    ("handles", "least"), [(("male", "female", "other", "unsaid"), "1.1.0"), (("male", "female", "other"), "2.0.0")]
)
def test_a_code_more_asks_for_what_consumers_make_of_it(handles, least):
    consumers = {"follow-up": {("persons", "sex"): Handles(handles)}}
    found = standing(promising("1.1.0", further=["unsaid"]), promising("1.0.0"), consumers=consumers)
    assert found.least == least


def test_a_version_is_compared_with_the_newest_of_each_live_major():
    earlier = promising("1.0.0"), promising("1.1.0"), promising("2.0.0", without=["in_cohort"])
    found = standing(promising("2.1.0", without=["in_cohort", "sex"]), *earlier, live_majors=(1, 2))
    assert [(each.old, each.least) for each in found.compared] == [("1.1.0", "2.0.0"), ("2.0.0", "3.0.0")]
    assert (found.state, found.least) == ("under_bumped", "3.0.0")


def test_a_version_of_an_older_live_major_is_not_compared_with_newer_ones():
    earlier = promising("1.0.0", without=["sex"]), promising("2.0.0", without=["in_cohort"])
    found = standing(promising("1.1.0"), *earlier, live_majors=(1, 2))
    assert ([each.old for each in found.compared], found.state) == (["1.0.0"], "unpublished")


def test_a_major_that_nobody_reads_any_more_is_not_compared_with():
    found = standing(promising("2.1.0"), promising("1.0.0"), promising("2.0.0", without=["sex"]), live_majors=(2,))
    assert [each.old for each in found.compared] == ["2.0.0"]


@pytest.mark.parametrize(
    ("version", "live", "state"),
    [
        ("2.0.0", (2,), "unpublished"),
        ("1.9.0", (1,), "under_bumped"),
        ("0.9.0", (0,), "under_bumped"),
        ("0.9.0", (0, 1), "under_bumped"),
    ],
)
def test_whatever_is_said_to_be_live_the_newest_published_is_compared_with(version, live, state):
    consumers = {"follow-up": {("persons", "in_cohort"): Handles()}}
    working = promising(version, without=["in_cohort"])
    found = standing(working, promising("1.0.0"), live_majors=live, consumers=consumers)
    assert [(each.old, each.least) for each in found.compared] == [("1.0.0", "2.0.0")]
    assert [change.breaks for change in found.compared[0].changes] == [("follow-up",)]
    assert (found.state, found.least) == (state, "2.0.0")


def test_a_version_below_all_that_is_published_needs_a_live_major_to_go_on_with():
    earlier = promising("1.0.0"), promising("2.0.0")
    assert standing(promising("1.0.1"), *earlier, live_majors=(1, 2)).state == "unpublished"
    assert standing(promising("1.0.1"), *earlier, live_majors=(2,)).state == "under_bumped"
    assert standing(promising("0.1.0"), *earlier, live_majors=(0, 1, 2)).state == "under_bumped"


def test_going_back_to_an_earlier_version_is_too_low():
    found = standing(promising("1.0.0", without=["sex"]), promising("1.0.0", without=["sex"]), promising("1.1.0"))
    assert (found.state, found.least) == ("under_bumped", "2.0.0")


def test_the_first_version_may_be_any():
    found = standing(promising("1.0.0"))
    assert (found.state, found.compared) == ("unpublished", ())
    assert found.remedy == (
        "Version 1.0.0 is high enough and not published yet: `sigpanel contracts publish` and commit what it writes."
    )


# --- files ------------------------------------------------------------------------------------------------------------


def kept(folder, promise, changes=()):
    content = {**json.loads(published.as_json(promise)), **dict(changes)}
    path = folder / f"{promise['version']}.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_a_kept_promise_comes_back(tmp_path):
    promise = promising("1.2.0")
    kept(tmp_path, promise)
    assert published.published(tmp_path) == {"1.2.0": promise}


@pytest.mark.parametrize(
    "changes",
    [{"promise": {"tables": []}}, {"digest": "0" * 64}, {"version": "1"}, {"version": "1.3.0"}, {"promise": None}],
)
def test_a_published_file_that_was_changed_is_refused(tmp_path, changes):
    kept(tmp_path, promising("1.2.0"), changes)
    with pytest.raises(Fault) as caught:
        published.published(tmp_path)
    assert caught.value.message == "The published contract 1.2.0.json is not what was published under its name."


@pytest.mark.parametrize("text", ["", "[]", "{", '"text"'])
def test_a_published_file_that_is_none_is_refused(tmp_path, text):
    (tmp_path / "1.2.0.json").write_text(text)
    with pytest.raises(Fault):
        published.published(tmp_path)


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A folder of contracts into which may be written."""
    folder = tmp_path / "contracts"
    (folder / "panel").mkdir(parents=True)
    for module in (published, resources):
        monkeypatch.setattr(module, "contracts_dir", lambda: folder)
    monkeypatch.setattr(published, "names_of_consumers", tuple)
    return folder


def test_publishing_keeps_the_promise_and_does_so_once(checkout):
    [(path, before)] = published.publish()
    assert (path.relative_to(checkout).as_posix(), before.state) == (f"panel/published/{VERSION}.json", "unpublished")
    written = path.read_bytes()
    assert (published.publish()[0][1].state, path.read_bytes()) == ("published", written)
    assert published.standing().state == "published"


def test_nothing_is_published_under_a_version_that_is_taken(checkout):
    (checkout / "panel" / "published").mkdir()
    path = kept(checkout / "panel" / "published", promising(VERSION, further=["unsaid"]))
    before = path.read_bytes()
    with pytest.raises(UsageError) as caught:
        published.publish()
    assert (caught.value.code, path.read_bytes()) == ("contract-under-bumped", before)
    assert f"to {semver.bumped(VERSION, 'major')} at least" in caught.value.remedy


def test_an_installation_publishes_nothing(checkout, monkeypatch):
    monkeypatch.setattr(resources, "contracts_dir", lambda: checkout.parent / "_contracts")
    with pytest.raises(UsageError) as caught:
        published.publish()
    assert caught.value.code == "not-a-checkout"


# --- by name ----------------------------------------------------------------------------------------------------------


def test_a_contract_is_named_by_its_version_or_a_file():
    folder = contracts_dir()
    by_file = [
        named(str(folder / "panel" / "tables.yaml")),
        named(str(folder / "panel" / "published" / f"{VERSION}.json")),
    ]
    assert {digest(each) for each in (named(None), named(VERSION), *by_file)} == {stamp()["contract_digest"]}
    assert named(str(folder / "consumers" / "evaluation-followup.yaml"))["of"] == "evaluation-followup"


def test_a_version_that_is_not_published_is_told():
    with pytest.raises(UsageError) as caught:
        named("9.9.9")
    assert VERSION in caught.value.remedy


@pytest.mark.parametrize(("name", "text"), [("a.json", None), ("a.yaml", None), ("a.yaml", "a: 1"), ("a.yaml", "a: [")])
def test_what_is_no_contract_is_told(tmp_path, name, text):
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(InputError) as caught:
        named(str(tmp_path / name))
    assert caught.value.code == "contract-missing"
