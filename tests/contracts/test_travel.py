"""One code more on a form, from the form to whoever relies on the panel: every step says what is next."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sigpanel.contracts import semver
from sigpanel.contracts.tables import contract
from sigpanel.resources import contracts_dir

pytestmark = pytest.mark.slow

VERSION = contract().version
NO = '      - {code: 3, token: "no", sv: "Nej", en: "No"}\n    missing: {999: "unknown"}\n  physical_health:'
ALONE = '      - {code: 4, token: "alone", sv: "Umgås inte med någon", en: "With nobody"}\n'
# The command line on a folder of contracts that is not sigpanel's own.
RUN = """
import runpy, sys
from pathlib import Path
from sigpanel import resources
folder = Path(sys.argv.pop(1))
resources.contracts_dir = lambda: folder
runpy.run_module("sigpanel", run_name="__main__")
"""


@pytest.fixture
def contracts(tmp_path) -> Path:
    """A copy of the contracts in which friends may be none, as code 4."""
    folder = shutil.copytree(contracts_dir(), tmp_path / "contracts")
    change(folder / "forms" / "sig-unga-2022.yaml", NO, NO.replace("    missing", f"{ALONE}    missing"))
    return folder


@pytest.fixture
def sigpanel(python, contracts) -> Callable:
    """Return a function that runs a command on them: its exit code, and the JSON that it prints."""

    def run(*words: str) -> tuple[int, dict]:
        done = python("-c", RUN, contracts, *words, "--json")
        return done.returncode, json.loads(done.stdout or done.stderr)

    return run


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_new_code_of_a_form_is_not_handled_by_its_consumer_before_any_data_is_read(sigpanel):
    code, told = sigpanel("contracts", "check")
    [broken] = told["unpromised"]["evaluation-followup"]
    assert (code, broken["where"], broken["en"]) == (
        1,
        "waves.noncriminal_peers",
        "the panel may hold 4, which is not handled",
    )
    # There is no study here, and none is asked for.
    code, told = sigpanel("verify", "--consumer", "evaluation-followup")
    assert (code, told["release"], told["consumers"][0]["unpromised"]) == (1, None, [broken])


def test_it_asks_for_another_major_version_and_names_whom_it_breaks(sigpanel):
    code, told = sigpanel("contracts", "diff")
    [changed] = [one for one in told["compared"] if one["of"] == "panel"]
    assert (code, changed["bump"], changed["least_version"]) == (1, "major", semver.bumped(VERSION, "major"))
    assert {(place, *one["breaks"]) for one in changed["changes"] for place in one["places"]} == {
        ("waves.noncriminal_peers", "evaluation-followup")
    }
    code, told = sigpanel("contracts", "publish")
    assert (code, told["code"]) == (2, "contract-under-bumped")
    assert f"to {semver.bumped(VERSION, 'major')} at least" in told["remedy"]


def test_where_the_consumer_handles_it_a_minor_version_will_do_and_everything_generated_follows(sigpanel, contracts):
    theirs = contracts / "consumers" / "evaluation-followup.yaml"
    change(theirs, "noncriminal_peers: {values: [1, 2, 3]}", "noncriminal_peers: {values: [1, 2, 3, 4]}")
    change(theirs, 'version: "1.0.0"', 'version: "1.1.0"')
    change(
        contracts / "panel" / "tables.yaml", f'version: "{VERSION}"', f'version: "{semver.bumped(VERSION, "minor")}"'
    )

    code, told = sigpanel("contracts", "publish")
    assert (code, [one["is_new"] for one in told]) == (0, [True, True])
    code, told = sigpanel("contracts", "diff")
    assert (code, told["remedies"]) == (0, [])
    code, told = sigpanel("contracts", "check", "--write")
    assert (code, told["differences"], told["unpromised"]) == (0, [], {"evaluation-followup": []})
    assert {"panel/waves.odcs.yaml", "gx/waves.json"} <= set(told["written"])
    suite = json.loads((contracts / "gx" / "waves.json").read_text(encoding="utf-8"))
    assert [1, 2, 3, 4] in [one["kwargs"].get("value_set") for one in suite["expectations"]]
