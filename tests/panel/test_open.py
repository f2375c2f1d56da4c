"""Opening a panel: from wherever one stands, lazily, and with a clear word when it cannot be."""

import copy
import inspect
import json
import pickle

import polars as pl
import pytest

import sigpanel
from sigpanel.contracts import conform, names, semver
from sigpanel.contracts.tables import contract
from sigpanel.errors import InputError, UsageError
from sigpanel.panel import open_panel
from sigpanel.panel.open import TABLES, live_manifest
from sigpanel.resources import panel_version
from tests.panel import samples
from tests.panel.samples import CODEBOOK, MANIFEST, VARIABLES, panel_dir, write

MAJOR = semver.major(contract().version)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    study = tmp_path_factory.mktemp("study")
    write(study, rows=3)
    write(study, rows=4)
    return study


@pytest.fixture
def panel(study):
    return open_panel(panel_dir(study))


def test_a_panel_has_the_tables_of_the_contract():
    assert tuple(TABLES) == names()


@pytest.mark.parametrize("name", names())
def test_each_table_is_a_lazy_frame(panel, name):
    table = getattr(panel, name)
    assert isinstance(table, pl.LazyFrame)
    assert table.collect().equals(conform(samples.sample(name, 4), name, VARIABLES))


def test_the_codebook_is_a_frame_of_text(panel):
    assert panel.variables.equals(CODEBOOK)


def test_the_manifest_is_at_hand(panel):
    assert panel.manifest == MANIFEST


def test_the_newest_release_is_opened_unless_another_is_named(study):
    assert open_panel(panel_dir(study)).release == "r0002"
    earlier = open_panel(panel_dir(study), release="r0001")
    assert (earlier.release, earlier.persons.collect().height) == ("r0001", 3)


@pytest.mark.parametrize("inside", ["", "research", "research/panel", "research/panel/r0002"])
def test_a_panel_opens_from_the_study_down_to_the_release(study, inside):
    assert open_panel(study / inside).release == "r0002"
    assert open_panel(str(study / inside)).release == "r0002"


@pytest.mark.parametrize("where", ["elsewhere/results", "absolute"])
def test_a_study_whose_research_lies_elsewhere_opens_there(study, tmp_path, where):
    research = tmp_path / "anywhere" if where == "absolute" else tmp_path / "study" / where
    samples.copied(study / "research", research)
    (tmp_path / "study").mkdir(exist_ok=True)
    setting = str(research) if where == "absolute" else where
    (tmp_path / "study" / "sigpanel.toml").write_text(f'research = "{setting}"\n')
    assert open_panel(tmp_path / "study").persons.collect().height == 4


def test_a_study_with_settings_that_say_nothing_of_research_opens_where_it_is(study, tmp_path):
    copied = samples.copied(study, tmp_path / "study")
    (copied / "sigpanel.toml").write_text("# nothing\n")
    assert open_panel(copied).release == "r0002"


def test_settings_that_cannot_be_read_are_named(tmp_path):
    (tmp_path / "sigpanel.toml").write_text("research = \n")
    with pytest.raises(InputError) as caught:
        open_panel(tmp_path)
    assert str(caught.value) == (
        f"The settings {tmp_path / 'sigpanel.toml'} cannot be read. "
        "Mend them, or give the folder that holds CURRENT instead of the study."
    )


def test_a_panel_opens_from_the_study_one_stands_in(study, monkeypatch):
    monkeypatch.chdir(study)
    assert sigpanel.open_panel().release == "r0002"


def test_a_release_opens_from_within(study, monkeypatch):
    monkeypatch.chdir(panel_dir(study) / "r0001")
    assert open_panel(".").release == "r0001"


@pytest.mark.parametrize("name", ["a [1] study", "year=2024", "a*b", "Återkomster"])
def test_a_panel_opens_whatever_its_folder_is_called(tmp_path, name):
    write(tmp_path / name)
    panel = open_panel(tmp_path / name)
    assert panel.persons.collect().columns == conform(samples.sample("persons"), "persons").columns
    assert panel.variables.height == 2


def test_a_panel_is_shown_by_its_release_and_counts(panel):
    assert repr(panel) == "Panel r0002: 4 persons, 4 episodes, 4 answers, 4 submissions"


def test_a_notebook_shows_every_table_with_its_rows(panel):
    shown = panel._repr_html_()
    assert shown.startswith("<table><caption>Panel r0002</caption><tr><td>persons</td>")
    assert shown.count("<tr>") == len(TABLES)
    assert (
        "<td style='text-align:right'>4</td><td>One row per enrolment episode, the pilot&#x27;s included.</td>" in shown
    )


def test_a_name_that_is_no_table_is_answered_with_those_that_are(panel):
    with pytest.raises(AttributeError) as caught:
        _ = panel.people
    assert str(caught.value) == (
        "A panel has no people. Its tables are: persons, episodes, answers, waves, submissions, ledger, findings, "
        "revisions, links, id_history, cohort, availability; its codebook is: variables."
    )
    with pytest.raises(UsageError) as caught:
        panel.table("people")
    assert caught.value.code == "table-unknown"


def test_completion_in_a_notebook_finds_the_tables(panel):
    assert set(TABLES) | {"variables", "manifest", "release"} <= set(dir(panel))
    assert inspect.getdoc(type(panel).waves) == "One row per episode and moment that has happened."


def test_a_panel_can_be_copied_and_sent_to_another_process(panel):
    assert copy.deepcopy(panel) == pickle.loads(pickle.dumps(panel)) == panel  # noqa: S301


# --- when it cannot be opened ---------------------------------------------------------------------------------------


def test_where_there_is_nothing_there_is_no_panel(tmp_path):
    with pytest.raises(InputError) as caught:
        open_panel(tmp_path / "nowhere")
    assert str(caught.value) == (
        f"There is no panel at {tmp_path / 'nowhere'}. "
        "Give the folder that holds CURRENT: research/panel in a study, or where the settings put it."
    )


@pytest.mark.parametrize("inside", ["", "research", "research/panel"])
def test_a_study_without_a_release_says_how_to_make_one(tmp_path, inside):
    panel_dir(tmp_path).mkdir(parents=True)
    with pytest.raises(InputError) as caught:
        open_panel(tmp_path / inside)
    assert str(caught.value) == (
        f"No release has been published in {panel_dir(tmp_path)} yet. "
        "Make the first with `sigpanel build`, or give the folder that holds CURRENT."
    )


@pytest.mark.parametrize("release", ["r0003", "r1", "latest", "../r0001"])
def test_a_release_that_is_not_there_is_answered_with_those_that_are(study, release):
    with pytest.raises(InputError) as caught:
        open_panel(panel_dir(study), release=release)
    assert str(caught.value) == f"There is no release {release} in {panel_dir(study)}. Published are: r0001, r0002."


def test_a_release_that_never_went_live_is_not_opened(tmp_path):
    write(tmp_path)
    samples.copied(panel_dir(tmp_path) / "r0001", panel_dir(tmp_path) / "r0002")
    with pytest.raises(InputError) as caught:
        open_panel(tmp_path, release="r0002")
    assert caught.value.code == "release-unknown"


def test_one_release_cannot_be_opened_as_another(study):
    with pytest.raises(UsageError) as caught:
        open_panel(panel_dir(study) / "r0001", release="r0002")
    assert caught.value.code == "release-twice"


def test_a_damaged_release_says_what_it_lacks_and_can_still_be_shown(tmp_path):
    write(tmp_path)
    for name in ("persons.parquet", "codebook.csv"):
        (panel_dir(tmp_path) / "r0001" / name).unlink()
    panel = open_panel(tmp_path)
    with pytest.raises(InputError) as caught:
        _ = panel.persons
    assert caught.value.message == "Release r0001 lacks its file persons.parquet."
    with pytest.raises(InputError) as caught:
        _ = panel.variables
    assert caught.value.message == "Release r0001 lacks its file codebook.csv."
    assert repr(panel) == "Panel r0001: ? persons, 3 episodes, 3 answers, 3 submissions"


def test_opening_a_panel_imports_neither_what_makes_one_nor_great_expectations(study, python):
    code = (
        "import sys, sigpanel; panel = sigpanel.open_panel(sys.argv[1]); panel.persons.collect(); panel.variables;"
        "heavy = {'great_expectations', 'pandas', 'cryptography', 'yaml', 'sigpanel.key', 'sigpanel.panel.lock'};"
        "print(*sorted(heavy & set(sys.modules)))"
    )
    ran = python("-c", code, study)
    assert (ran.stderr, ran.stdout) == ("", "\n")


# --- which contract a release keeps -----------------------------------------------------------------------------------


def keeping(study, folder, **told):
    """A copy of the study whose live release says this of its contract; nothing where it is null."""
    copied = samples.copied(study, folder)
    path = panel_dir(copied) / "r0002" / "manifest.json"
    manifest = {**json.loads(path.read_bytes()), **told}
    path.write_text(json.dumps({name: said for name, said in manifest.items() if said is not None}))
    return copied


@pytest.mark.parametrize("version", [f"{MAJOR}.0.1", f"{MAJOR}.7.0"])
def test_a_release_of_a_later_minor_version_opens(study, tmp_path, version):
    assert open_panel(keeping(study, tmp_path / "study", contract_version=version)).persons.collect().height == 4


@pytest.mark.parametrize("version", ["0.9.0", f"{MAJOR + 1}.0.0", f"{MAJOR}0.0.0"])
@pytest.mark.parametrize("inside", ["", "research/panel/r0002"])
def test_a_release_of_another_major_version_is_refused(study, tmp_path, version, inside):
    copied = keeping(study, tmp_path / "study", contract_version=version)
    with pytest.raises(InputError) as caught:
        open_panel(copied / inside)
    assert caught.value.code == "release-of-another-contract"
    assert caught.value.message == (
        f"Release r0002 keeps version {version} of the panel's contract, and this sigpanel reads {MAJOR}.x."
    )
    assert caught.value.remedy == (
        "Build a new release with this sigpanel, which keeps all ids; or open this one with the sigpanel that made it, "
        "whose version is in its manifest.json."
    )
    assert open_panel(copied, release="r0001").persons.collect().height == 3


@pytest.mark.parametrize("version", [None, "", "one", "1", 1, "1.0.0 "])
def test_a_release_that_does_not_say_which_contract_it_keeps_is_refused(study, tmp_path, version):
    with pytest.raises(InputError) as caught:
        open_panel(keeping(study, tmp_path / "study", contract_version=version))
    assert caught.value.message == (
        f"Release r0002 does not say which version it keeps of the panel's contract, and this sigpanel reads {MAJOR}.x."
    )


def test_a_build_reads_the_manifest_before_it_whichever_contract_that_keeps(study, tmp_path):
    copied = keeping(study, tmp_path / "study", contract_version="0.9.0")
    assert live_manifest(panel_dir(copied))["key_id"] == MANIFEST["key_id"]
    assert live_manifest(tmp_path / "nothing") == {}


def test_the_version_is_read_off_its_line():
    assert panel_version() == contract().version
