"""Extracts where the manager's key is not where it is set, is lost, or is another study's: nothing false is written."""

import shutil

import pytest

from sigpanel.cli.show_extract import show_unlinking
from sigpanel.errors import InputError, PolicyError
from sigpanel.key import salts
from sigpanel.panel.layout import LOCK
from sigpanel.pipeline.audit_log import extracts_log, note
from sigpanel.pipeline.custody import manager_key, new_key
from sigpanel.pipeline.extract_life import expire, listed, recall, recallable
from sigpanel.pipeline.extract_unlink import unlink, unlinking
from sigpanel.pipeline.log_checks import accept_log, verify_log
from sigpanel.pipeline.study import open_study
from tests.cli.running import written_below
from tests.pipeline.test_extract_life import LATER, problems, refusal
from tests.support.extracts import DAY, issued, study_with_keys


@pytest.fixture
def study(tmp_path):
    return study_with_keys(tmp_path / "study")


def written(study):
    """All but the lock, which stays where a command was refused."""
    return {path: content for path, content in written_below(study.root.parent).items() if not path.endswith(LOCK)}


def misspelt(study):
    """The study with the path of the manager's key misspelt, in the folder in which the key, head and salts lie."""
    path = study.root / "sigpanel.toml"
    own = str(study.manager_key_file())
    path.write_text(path.read_text(encoding="utf-8").replace(own, f"{own}x"), encoding="utf-8")
    return open_study(study.root)


WAYS = [
    lambda study: listed(study, today=DAY),
    lambda study: accept_log(study, today=DAY),
    lambda study: unlinking(study, "demo-v1"),
    lambda study: unlinking(study, "demo-v1", is_lost=True),
    lambda study: unlink(study, "demo-v1", today=DAY),
    lambda study: unlink(study, "demo-v1", today=DAY, is_lost=True),
    lambda study: expire(study, "demo-v1", today=LATER),
    lambda study: expire(study, "demo-v1", today=DAY, is_early=True),
    lambda study: recallable(study, "demo-v1"),
    lambda study: recall(study, "demo-v1", "fault", today=DAY),
    lambda study: note(extracts_log(study), on=DAY, event="checked", subject="demo-v1", detail="passed"),
]


@pytest.mark.parametrize("way", WAYS)
def test_a_misspelt_path_of_the_managers_key_is_told_first_and_nothing_is_written(study, way):
    issued(study)
    wrong = misspelt(study)
    before = written(study)
    error = refusal(lambda: way(wrong))
    assert (type(error), error.code) == (InputError, "key-missing")
    assert error.message == f"There is no manager's key file at {wrong.manager_key_file()}."
    assert error.remedy.startswith("See whether the path is misspelt: it is set by SIGPANEL_MANAGER_KEY_FILE or")
    assert "`sigpanel key new --manager FILE`" in error.remedy
    assert written(study) == before
    assert problems(wrong) == [("key-missing", "extracts")]


@pytest.mark.parametrize("has_folder", [True, False], ids=["beside the key", "in a folder that is not there"])
def test_no_salt_is_called_gone_because_the_path_of_the_key_is_misspelt(study, has_folder):
    issued(study)
    wrong = misspelt(study)
    if not has_folder:
        path = study.root / "sigpanel.toml"
        path.write_text(path.read_text(encoding="utf-8").replace("sig.keyx", "x/sig.key"), encoding="utf-8")
        wrong = open_study(study.root)
    told = verify_log(wrong)
    assert not [one for one in told.problems if "--lost" in one.remedy or one.code == "salt-gone"]
    assert not told.is_well
    code = refusal(lambda: unlink(wrong, "demo-v1", today=DAY, is_lost=True)).code
    assert code == ("key-missing" if has_folder else "log-head-folder")


def test_no_key_is_made_where_the_misspelt_path_leads_and_the_log_goes_on_elsewhere(study):
    issued(study)
    wrong = misspelt(study)
    before = written(study)
    error = refusal(lambda: new_key(None, wrong.root, today=DAY, is_managers=True))
    assert (error.code, "the path is misspelt" in error.message) == ("log-head-missing", True)
    assert "make the new key under another path than the one that is set" in error.remedy
    assert written(study) == before


def test_where_the_managers_key_is_lost_for_good_a_new_one_is_made_and_the_loss_is_written_down(study):
    issued(study)
    own = study.manager_key_file()
    own.unlink()
    shutil.rmtree(salts.salts_folder(own))
    made = new_key(own.with_name("new.key"), study.root, today=DAY, is_managers=True)
    assert not made.is_logged
    path = study.root / "sigpanel.toml"
    lines_ = path.read_text(encoding="utf-8").splitlines()
    path.write_text(f'{lines_[0]}\nmanager_key_file = "{made.file}"\n', encoding="utf-8")
    study = open_study(study.root)
    (problem,) = verify_log(study).problems
    assert (problem.code, "it was made with another" in problem.en) == ("salt-gone", True)
    plan = unlinking(study, "demo-v1", is_lost=True)
    assert plan.made_with not in {None, made.key_id}
    assert f"its salt lay beside the key {plan.made_with}" in show_unlinking(plan)
    unlink(study, "demo-v1", today=DAY, is_lost=True)
    assert problems(study) == []


def test_another_studys_key_is_told_before_the_log_is_called_cut(study, tmp_path):
    """The head beside that key is of the other's log, which may be longer, or of as many lines."""
    issued(study)
    own = manager_key(study)[0].key_id
    other = study_with_keys(tmp_path / "other")
    path = study.root / "sigpanel.toml"
    settings = path.read_text(encoding="utf-8")
    for name in ("demo-v2", "demo-v3"):
        issued(other, name)
        path.write_text(settings.replace(str(study.manager_key_file()), str(other.manager_key_file())))
        wrong = open_study(study.root)
        for act in WAYS[:9]:
            error = refusal(lambda act=act, wrong=wrong: act(wrong))
            assert (type(error), error.code) == (PolicyError, "key-of-another-study")
            assert error.message.startswith(
                f"The manager's key file that is set has the id {manager_key(other)[0].key_id}, and the extracts of "
                f"this study were made with: {own}."
            )
            assert error.remedy.startswith("Set the key of this study: SIGPANEL_MANAGER_KEY_FILE or manager_key_file.")
        assert problems(wrong) == [("key-of-another-study", "extracts")]
        path.write_text(settings)
    assert problems(open_study(study.root)) == []
