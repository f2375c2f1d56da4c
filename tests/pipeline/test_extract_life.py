"""How extracts end: what goes, what stays, what the log says, and what may follow what."""

import datetime as dt
import hashlib
import multiprocessing
import re
import shutil
import sys

import pytest

from sigpanel import audit
from sigpanel.contracts.audit import vocabulary
from sigpanel.errors import InputError, PolicyError, SigpanelError
from sigpanel.key import salts
from sigpanel.pipeline import extract_refusals
from sigpanel.pipeline.audit_log import extracts_dir, extracts_log, note, owner_log
from sigpanel.pipeline.extract_hold import working
from sigpanel.pipeline.extract_life import checked, expire, listed, recall
from sigpanel.pipeline.extract_unlink import unlink, unlinking
from sigpanel.pipeline.log_checks import accept_log, verify_log
from sigpanel.pipeline.study import open_study
from tests.support.closed import closed
from tests.support.extracts import DAY, RECIPIENTS, UNTIL, issued, study_with_keys
from tests.support.killed import killed_at

LATER = UNTIL + dt.timedelta(days=1)
DATA = {"episodes.parquet", "persons.parquet", "csv/episodes.csv", "codebook.csv", "datapackage.json"}
RECORD = {"manifest.json", "approval.yaml", "SHA256SUMS", "EXTRACT.md", "UTDRAG.md"}
LETTER = "ATERKALLELSE.md"


@pytest.fixture
def study(tmp_path):
    return study_with_keys(tmp_path / "study")


def names(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def entries(study):
    return audit.read(extracts_log(study).path)


def lines(study):
    return [(entry.event, entry.subject, entry.detail) for entry in entries(study)]


def problems(study):
    return [(problem.code, problem.subject) for problem in verify_log(study).problems]


def refusal(act):
    with pytest.raises(SigpanelError) as told:
        act()
    return told.value


# --- ended ------------------------------------------------------------------------------------------------------------


def test_an_extract_that_ends_leaves_its_record_and_nothing_else(study):
    folder = issued(study)
    assert names(folder) == DATA | RECORD
    ended = expire(study, "demo-v1", today=LATER)
    assert names(folder) == RECORD
    assert not (folder / "csv").exists()
    assert lines(study) == [("issued", "demo-v1", ""), ("expired", "demo-v1", "due")]
    assert (ended.detail, ended.n_removed, ended.recipients, ended.was_begun) == ("due", len(DATA), RECIPIENTS, False)
    assert problems(study) == []


def test_an_extract_is_not_ended_on_its_last_day_unless_that_is_said(study):
    folder = issued(study)
    error = refusal(lambda: expire(study, "demo-v1", today=UNTIL))
    assert (type(error), error.code) == (PolicyError, "extract-still-valid")
    assert error.message == "The extract demo-v1 may be used until 2026-12-31."
    assert "sigpanel extract expire ID --now" in error.remedy
    assert names(folder) == DATA | RECORD
    assert lines(study) == [("issued", "demo-v1", "")]
    expire(study, "demo-v1", today=UNTIL, is_early=True)
    assert lines(study)[-1] == ("expired", "demo-v1", "early")


def test_an_ended_extract_keeps_its_salt_until_it_is_unlinked(study):
    issued(study)
    expire(study, "demo-v1", today=LATER)
    assert salts.has_salt(study.manager_key_file(), "demo-v1")
    unlink(study, "demo-v1", today=LATER)
    assert not salts.has_salt(study.manager_key_file(), "demo-v1")
    assert audit.states(entries(study)) == {"demo-v1": "expired"}
    assert problems(study) == []


def test_what_somebody_has_put_in_the_folder_stays_and_is_told(study):
    folder = issued(study)
    (folder / "csv" / "QX0619.csv").write_text("mine", encoding="utf-8")
    ended = expire(study, "demo-v1", today=LATER)
    assert ended.others == 1
    assert names(folder) == RECORD | {"csv/QX0619.csv"}
    told = verify_log(study).problems
    assert [(one.code, one.en) for one in told] == [
        ("extract-unknown-files", "1 in its folder were not written by sigpanel.")
    ]
    assert "QX0619" not in str(told)


def test_a_file_is_removed_and_not_what_it_is_a_link_to(study, tmp_path):
    folder = issued(study)
    (tmp_path / "elsewhere").write_text("kept", encoding="utf-8")
    (folder / "persons.parquet").unlink()
    (folder / "persons.parquet").symlink_to(tmp_path / "elsewhere")
    expire(study, "demo-v1", today=LATER)
    assert (tmp_path / "elsewhere").read_text(encoding="utf-8") == "kept"
    assert not (folder / "persons.parquet").is_symlink()


def test_a_manifest_that_is_not_the_one_of_the_log_is_not_believed(study):
    folder = issued(study)
    manifest = (folder / "manifest.json").read_text(encoding="utf-8")
    (folder / "manifest.json").write_text(manifest.replace("2026-12-31", "2020-01-01"), encoding="utf-8")
    error = refusal(lambda: expire(study, "demo-v1", today=UNTIL))
    assert error.message == "The extract demo-v1 has no manifest left that says until when it may be used."
    assert problems(study) == [("extract-record-damaged", "demo-v1")]
    assert refusal(lambda: unlink(study, "demo-v1", today=DAY)).code == "extract-record-damaged"
    expire(study, "demo-v1", today=UNTIL, is_early=True)
    assert names(folder) == RECORD


# --- called back ------------------------------------------------------------------------------------------------------


def test_calling_back_leaves_a_letter_that_tells_what_to_do(study):
    folder = issued(study)
    recalled = recall(study, "demo-v1", "withdrawal", today=DAY)
    assert names(folder) == RECORD | {LETTER}
    assert lines(study)[-1] == ("recalled", "demo-v1", "withdrawal")
    assert recalled.letter == folder / LETTER
    letter = (folder / LETTER).read_text(encoding="utf-8")
    assert letter.startswith("# Återkallelse av utdraget demo-v1\n")
    for said in (
        "från och med 2026-03-01",
        "Någon vars uppgifter finns i utdraget vill inte längre delta.",
        "Diarienummer för godkännandet: 2025-03549",
        "; ".join(RECIPIENTS),
        "Vi bekräftar att utdraget demo-v1 inte längre används av oss.",
        "  episodes.parquet\n",
    ):
        assert said in letter
    assert "{" not in letter
    assert problems(study) == []


@pytest.mark.parametrize("has_ended", [False, True])
def test_the_letter_lists_every_file_that_recipients_have(study, has_ended):
    folder = issued(study)
    sums = (folder / "SHA256SUMS").read_bytes()
    if has_ended:
        expire(study, "demo-v1", today=DAY, is_early=True)
    recall(study, "demo-v1", "withdrawal", today=DAY)
    letter = (folder / LETTER).read_text(encoding="utf-8")
    assert {"manifest.json", "datapackage.json"} < {line.split("  ")[1] for line in sums.decode().splitlines()}
    for line in [*sums.decode().splitlines(), f"{hashlib.sha256(sums).hexdigest()}  SHA256SUMS"]:
        assert f"    {line}\n" in letter


def test_files_that_another_extract_has_too_do_not_tell_which_one_a_copy_is_of(study):
    issued(study)
    folder = issued(study, "demo-v2")
    recall(study, "demo-v2", "fault", today=DAY)
    own, _, shared = (
        (folder / LETTER).read_text(encoding="utf-8").partition("## Filerna")[2].partition("De här filerna")
    )
    listed_ = [re.findall(r"^    [0-9a-f]{64}  (\S+)$", part, re.MULTILINE) for part in (own, shared)]
    assert listed_ == [
        ["SHA256SUMS", "episodes.parquet", "manifest.json", "persons.parquet"],
        ["EXTRACT.md", "UTDRAG.md", "approval.yaml", "codebook.csv", "csv/episodes.csv", "datapackage.json"],
    ]
    assert "Enbart en sådan fil visar inte att det är det här utdraget ni har" in shared
    # Of an extract that shares nothing, nothing is said of it.
    alone = issued(study_with_keys(study.root.with_name("alone")))
    recall(open_study(study.root.with_name("alone")), "demo-v1", "fault", today=DAY)
    assert "De här filerna är likadana" not in (alone / LETTER).read_text(encoding="utf-8")


def test_the_letter_names_no_file_that_is_not_in_the_manifest_the_log_knows(study):
    folder = issued(study)
    (folder / "manifest.json").write_text('{"approval": {"recipients": ["QX0619"]}}', encoding="utf-8")
    recall(study, "demo-v1", "fault", today=DAY)
    letter = (folder / LETTER).read_text(encoding="utf-8")
    assert "QX0619" not in letter
    assert "Mottagare: framgår inte längre av utdragets manifest" in letter


def test_an_extract_that_has_ended_can_still_be_called_back_and_not_the_other_way_round(study):
    issued(study)
    expire(study, "demo-v1", today=LATER)
    recall(study, "demo-v1", "key_compromised", today=LATER)
    assert audit.states(entries(study)) == {"demo-v1": "recalled"}
    assert refusal(lambda: expire(study, "demo-v1", today=LATER)).code == "extract-recalled"
    assert refusal(lambda: recall(study, "demo-v1", "fault", today=LATER)).code == "extract-recalled"


# --- unlinked ---------------------------------------------------------------------------------------------------------


def test_unlinking_destroys_the_salt_and_leaves_the_data(study):
    folder = issued(study)
    done = unlink(study, "demo-v1", today=DAY)
    assert (done.extract_ids, done.scope, done.salt) == (("demo-v1",), "version", "demo-v1")
    assert not salts.has_salt(study.manager_key_file(), "demo-v1")
    assert names(folder) == DATA | RECORD
    assert (audit.states(entries(study)), audit.in_use(entries(study))) == ({"demo-v1": "unlinked"}, ("demo-v1",))
    assert problems(study) == []
    assert refusal(lambda: unlink(study, "demo-v1", today=DAY)).code == "extract-unlinked"


def test_versions_whose_ids_hold_for_the_approval_are_unlinked_together(study):
    for version in (1, 2):
        issued(study, f"demo-v{version}", "approval")
    issued(study, "demo-more-v1", "approval")
    issued(study, "demo-v3")
    assert unlinking(study, "demo-v2").extract_ids == ("demo-v1", "demo-v2")
    unlink(study, "demo-v2", today=DAY)
    assert lines(study)[-2:] == [("unlinked", "demo-v1", "approval"), ("unlinked", "demo-v2", "approval")]
    assert audit.states(entries(study)) == {
        "demo-v1": "unlinked", "demo-v2": "unlinked", "demo-more-v1": "live", "demo-v3": "live",
    }  # fmt: skip
    assert [salts.has_salt(study.manager_key_file(), name) for name in ("demo", "demo-more", "demo-v3")] == [
        False, True, True,
    ]  # fmt: skip
    assert problems(study) == []


def test_nothing_is_called_unlinked_because_no_salt_was_found(study):
    issued(study)
    shutil.move(salts.salts_folder(study.manager_key_file()), study.root.with_name("elsewhere"))
    assert problems(study) == [("salt-gone", "demo-v1")]
    error = refusal(lambda: unlink(study, "demo-v1", today=DAY))
    assert (error.code, "--lost" in error.remedy) == ("salt-missing", True)
    assert len(lines(study)) == 1
    unlink(study, "demo-v1", today=DAY, is_lost=True)
    assert problems(study) == []


def test_a_salt_that_another_key_does_not_have_is_not_called_lost(study):
    issued(study)
    own = salts.salts_folder(study.manager_key_file())
    shutil.copy(study.key_file(), study.manager_key_file())
    kept = own.rename(own.with_name("kept"))
    text = (study.root / "sigpanel.toml").read_text(encoding="utf-8")
    (study.root / "sigpanel.toml").write_text(f"{text}one_role = true\n", encoding="utf-8")
    assert refusal(lambda: unlink(open_study(study.root), "demo-v1", today=DAY)).code == "extract-of-another-key"
    # A salt that came along when the key was changed for another is destroyed all the same.
    kept.rename(own)
    unlink(open_study(study.root), "demo-v1", today=DAY)
    assert not salts.has_salt(study.manager_key_file(), "demo-v1")


# --- checked ----------------------------------------------------------------------------------------------------------


def test_a_release_check_is_written_down_with_what_was_checked(study):
    folder = issued(study)
    digest = entries(study)[0].digest
    assert checked(study, folder, today=DAY, has_passed=True)
    (folder / "manifest.json").write_bytes(b"other")
    assert checked(study, folder, today=DAY, has_passed=False)
    assert lines(study)[1:] == [("checked", "demo-v1", "passed"), ("checked", "demo-v1", "failed")]
    assert entries(study)[1].digest == digest != entries(study)[2].digest


def test_a_check_of_anything_else_is_not_written_down(study, tmp_path):
    assert not checked(study, extracts_dir(study) / "demo-v1", today=DAY, has_passed=True)
    folder = issued(study)
    shutil.copytree(folder, tmp_path / "demo-v1")
    shutil.copytree(folder, folder.with_name("demo-v2"))
    for place in (tmp_path / "demo-v1", folder.with_name("demo-v2"), study.panel):
        assert not checked(study, place, today=DAY, has_passed=True)
    shutil.rmtree(folder.with_name("demo-v2"))
    expire(study, "demo-v1", today=LATER)
    assert not checked(study, folder, today=LATER, has_passed=True)
    (study.root / "sigpanel.toml").write_text("", encoding="utf-8")
    assert not checked(open_study(study.root), folder, today=LATER, has_passed=True)


# --- what may follow what ---------------------------------------------------------------------------------------------

TO_STATE = {
    "live": (),
    "unlinked": ("unlinked",),
    "expired": ("expired",),
    "recalled": ("recalled",),
    "expired_unlinked": ("expired", "unlinked"),
    "recalled_unlinked": ("recalled", "unlinked"),
}
ACTS = {
    "expired": lambda study: expire(study, "demo-v1", today=LATER),
    "unlinked": lambda study: unlink(study, "demo-v1", today=LATER),
    "recalled": lambda study: recall(study, "demo-v1", "fault", today=LATER),
}


@pytest.mark.parametrize("event", ACTS)
@pytest.mark.parametrize("state", TO_STATE)
def test_what_may_follow_what_is_the_table_of_the_contract(study, state, event):
    issued(study)
    for before in TO_STATE[state]:
        ACTS[before](study)
    assert audit.standings(entries(study))["demo-v1"].state.name == state
    becomes = vocabulary().events[event].becomes.get(state)
    n_lines = len(lines(study))
    if becomes:
        ACTS[event](study)
        assert audit.standings(entries(study))["demo-v1"].state.name == becomes
        assert len(lines(study)) == n_lines + 1
    else:
        error = refusal(lambda: ACTS[event](study))
        assert type(error) is PolicyError
        assert error.code in {"extract-expired", "extract-recalled", "extract-unlinked"}
        assert error.message.startswith("The extract demo-v1 is ")
        assert len(lines(study)) == n_lines
    assert problems(study) == []


@pytest.mark.parametrize("event", ["reissued", *ACTS])
def test_every_refusal_has_a_remedy(event):
    for state in vocabulary().states.values():
        if state.name not in vocabulary().events[event].becomes:
            standing = audit.Standing("demo-v1", state, DAY, DAY, "a" * 64)
            assert extract_refusals.refused(event, standing).remedy


def test_an_extract_that_the_log_does_not_know_is_not_named(study):
    error = refusal(lambda: expire(study, "QX0619", today=DAY))
    assert (error.code, "QX0619" in str(error)) == ("extract-unknown", False)
    issued(study)
    assert refusal(lambda: recall(study, "../demo-v1", "fault", today=DAY)).remedy == (
        "It knows: demo-v1. Give one of these, or the study that issued it (`--study DIR`)."
    )


# --- the register -----------------------------------------------------------------------------------------------------


def test_the_register_tells_what_is_due_and_what_lies_in_folders(study):
    for number in range(1, 6):
        issued(study, f"demo-v{number}", until=UNTIL if number != 3 else LATER)
    expire(study, "demo-v2", today=LATER, is_early=True)
    shutil.rmtree(extracts_dir(study) / "demo-v4")
    (extracts_dir(study) / "demo-v5" / "persons.parquet").write_bytes(b"changed")
    found = {one.standing.extract_id: one for one in listed(study, today=LATER)}
    assert [(name[-1], one.standing.state.word, one.folder, one.is_due) for name, one in found.items()] == [
        ("1", "live", "whole", True),
        ("2", "expired", "record", False),
        ("3", "live", "whole", False),
        ("4", "live", "missing", False),
        ("5", "live", "damaged", True),
    ]
    one = found["demo-v1"].record
    assert (one.persons, len(one.recipients), one.valid_to, one.release) == (120, 2, UNTIL, "r0001")


def test_a_study_without_extracts_has_an_empty_register_and_sound_logs(study):
    assert listed(study, today=DAY) == ()
    verified = verify_log(study)
    assert (verified.problems, [len(log.entries) for log in verified.logs]) == ((), [0, 0])


# --- the log against the folders --------------------------------------------------------------------------------------

DAMAGES = {
    "extract-folder-missing": shutil.rmtree,
    "extract-files-missing": lambda folder: (folder / "persons.parquet").unlink(),
    "extract-files-changed": lambda folder: (folder / "csv" / "episodes.csv").write_bytes(b""),
    "extract-files-changed ": lambda folder: (folder / "SHA256SUMS").write_text("", encoding="utf-8"),
    "extract-record-damaged": lambda folder: (folder / "manifest.json").unlink(),
    "extract-unlogged": lambda folder: shutil.copytree(folder, folder.with_name("demo-v2")),
    "extract-unfinished": lambda folder: shutil.copytree(folder, folder.with_name(".issuing-demo-v2")),
    "extract-unfinished ": lambda folder: shutil.copytree(folder, folder.with_name(".issuing-demo-v1-before")),
    "extracts-unknown-files": lambda folder: shutil.copytree(folder, folder.with_name("QX0619")),
}


@pytest.mark.parametrize("code", DAMAGES)
def test_what_is_not_as_the_log_says_is_told_with_what_to_do(study, code):
    DAMAGES[code](issued(study))
    (problem,) = verify_log(study).problems
    assert problem.code == code.strip()
    assert problem.en
    assert problem.remedy
    assert "QX0619" not in f"{problem}"


def test_a_file_that_was_changed_together_with_the_sums_is_found_by_the_manifest(study):
    folder = issued(study)
    sums = (folder / "SHA256SUMS").read_text(encoding="utf-8")
    before = hashlib.sha256((folder / "persons.parquet").read_bytes()).hexdigest()
    (folder / "persons.parquet").write_bytes(b"other")
    (folder / "SHA256SUMS").write_text(sums.replace(before, hashlib.sha256(b"other").hexdigest()), encoding="utf-8")
    (problem,) = verify_log(study).problems
    assert problem.en == "These of its files are not as they were written: SHA256SUMS, persons.parquet."


def test_data_or_a_salt_that_come_back_are_told_and_go_by_the_same_command(study):
    folder = issued(study)
    kept = salts.read_salt(study.manager_key_file(), "demo-v1")
    expire(study, "demo-v1", today=LATER)
    unlink(study, "demo-v1", today=LATER)
    (folder / "persons.parquet").write_bytes(b"back")
    salt = salts.salts_folder(study.manager_key_file()) / "demo-v1"
    salt.write_bytes(kept)
    salt.chmod(0o600)
    assert problems(study) == [("extract-data-left", "demo-v1"), ("salt-left", "demo-v1")]
    n_lines = len(lines(study))
    assert expire(study, "demo-v1", today=LATER).was_begun
    assert unlink(study, "demo-v1", today=LATER).was_begun
    assert (problems(study), len(lines(study))) == ([], n_lines)


# --- the logs ---------------------------------------------------------------------------------------------------------


def test_the_heads_lie_beside_the_keys_each_under_its_own_name(study):
    issued(study)
    note(owner_log(study), on=DAY, event="withdrawn", subject="panel", detail="research")
    assert {path.name for path in study.manager_key_file().parent.iterdir()} == {
        "sig.key", "sig.key.salts", "sig.key.extracts-log-head",
    }  # fmt: skip
    assert {path.name for path in study.key_file().parent.iterdir()} == {"sig.key", "sig.key.owner-log-head"}
    assert problems(study) == []


@pytest.mark.parametrize("cut", [1, 2])
def test_a_log_that_was_cut_is_told_and_no_command_goes_on(study, cut):
    issued(study)
    unlink(study, "demo-v1", today=DAY)
    path = extracts_log(study).path
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-cut]))
    assert problems(study) == [("log-truncated", "extracts")]
    assert refusal(lambda: expire(study, "demo-v1", today=LATER)).code == "log-truncated"
    assert refusal(lambda: accept_log(study, today=LATER)).code == "log-truncated"


def test_a_line_that_somebody_else_wrote_is_told_until_somebody_has_looked(study):
    issued(study)
    audit.append(extracts_log(study).path, on=DAY, event="key_sealed", subject="key")
    assert problems(study) == [("log-ahead", "extracts")]
    assert refusal(lambda: expire(study, "demo-v1", today=LATER)).code == "log-ahead"
    accept_log(study, today=LATER)
    assert problems(study) == []
    expire(study, "demo-v1", today=LATER)


def test_a_half_written_line_is_told_until_somebody_has_looked(study):
    issued(study)
    path = extracts_log(study).path
    path.write_bytes(path.read_bytes() + b'{"no":2')
    assert problems(study) == [("log-half-written", "extracts")]
    for act in (lambda: expire(study, "demo-v1", today=LATER), lambda: listed(study, today=DAY)):
        assert refusal(act).code == "log-half-written"
    accept_log(study, today=LATER)
    assert problems(study) == []


def test_without_the_managers_key_the_log_is_read_and_what_was_not_held_is_said(study):
    issued(study)
    (study.root / "sigpanel.toml").write_text("", encoding="utf-8")
    bare = open_study(study.root)
    verified = verify_log(bare)
    assert (verified.problems, verified.not_held, verified.is_well) == ((), ("extracts", "owner"), False)
    assert verified.logs[0].says.startswith(
        "its end was held against nothing: No key file of the research data manager"
    )
    assert verified.says[0].startswith("Salts were not looked at: ")
    assert len(listed(bare, today=DAY)) == 1
    assert refusal(lambda: expire(bare, "demo-v1", today=LATER)).code == "manager-key-not-set"


def test_where_one_key_takes_anothers_place_the_remedy_names_where_heads_and_salts_lie(study):
    issued(study)
    settings = (study.root / "sigpanel.toml").read_text(encoding="utf-8").splitlines()
    (study.root / "sigpanel.toml").write_text(f"{settings[0]}\none_role = true\n", encoding="utf-8")
    told = verify_log(open_study(study.root)).problems[0]
    assert told.code == "log-head-missing"
    assert "move or copy KEYFILE.extracts-log-head beside this one" in told.remedy
    assert "set it again" not in told.remedy


def test_two_studies_with_one_managers_key_are_told_that(study, tmp_path):
    issued(study)
    other = study_with_keys(tmp_path / "other")
    settings = (other.root / "sigpanel.toml").read_text(encoding="utf-8")
    shared = settings.replace(str(other.manager_key_file()), str(study.manager_key_file()))
    (other.root / "sigpanel.toml").write_text(shared, encoding="utf-8")
    error = refusal(lambda: issued(open_study(other.root), "demo-v2"))
    assert error.code == "log-truncated"
    assert error.remedy.startswith("If the key is another study's too, the head is of that one's log: give each study")


def test_the_managers_check_leaves_out_the_owners_log_where_it_may_not_be_read(study):
    issued(study)
    with closed(study.owner):
        verified = verify_log(study)
    assert (verified.problems, verified.logs[1].says) == ((), "it may not be read by you, and was not looked at")


def test_the_register_is_not_told_by_a_log_that_is_not_the_one_that_was_written(study):
    issued(study)
    path = extracts_log(study).path
    path.write_bytes(path.read_bytes().replace(b"demo-v1", b"demo-v2"))
    assert refusal(lambda: listed(study, today=DAY)).code == "log-broken"
    path.unlink()
    assert refusal(lambda: listed(study, today=DAY)).code == "log-truncated"


def test_days_that_run_backwards_are_told_and_a_clock_that_was_wrong_is_written_down(study):
    issued(study)
    expire(study, "demo-v1", today=LATER)
    assert refusal(lambda: recall(study, "demo-v1", "fault", today=DAY)).code == "log-clock-back"
    accept_log(study, today=DAY)
    assert lines(study)[-1] == ("clock_corrected", "log", "")
    recall(study, "demo-v1", "fault", today=DAY)
    assert problems(study) == []
    # As another program, or a sigpanel before this one, would have written it.
    path = owner_log(study).path
    for no, day in enumerate((LATER, DAY), start=1):
        previous = audit.head(audit.read(path)).digest
        entry = audit.Entry(no, day, "withdrawn", "panel", "research", "", previous)
        path.write_bytes((path.read_bytes() if no > 1 else b"") + entry.line)
    accept_log(study, today=LATER)
    assert ("log-clock-back", "owner") in problems(study)


@pytest.mark.parametrize(
    "act",
    [lambda study: expire(study, "demo-v1", today=LATER), lambda study: recall(study, "demo-v1", "fault", today=DAY)],
)
def test_what_lies_behind_a_link_is_not_deleted(study, tmp_path, act):
    folder = issued(study)
    folder.rename(tmp_path / "real")
    folder.symlink_to(tmp_path / "real")
    n_lines = len(lines(study))
    assert refusal(lambda: act(study)).code == "extract-linked"
    assert (names(tmp_path / "real"), len(lines(study))) == (DATA | RECORD, n_lines)
    assert problems(study) == [("extract-linked", "demo-v1")]
    assert [one.folder for one in listed(study, today=DAY)] == ["damaged"]


# --- two at once, and killed ------------------------------------------------------------------------------------------


def test_one_command_at_a_time_works_on_extracts(study):
    issued(study)
    with working(study):
        error = refusal(lambda: expire(study, "demo-v1", today=LATER))
    assert (type(error), error.code) == (InputError, "extracts-running")
    expire(study, "demo-v1", today=LATER)


# What verify-log may say after a kill: the log is ahead of the deed, never behind it.
MAY_BE_TOLD = {
    "expired": {"extract-data-left"},
    "recalled": {"extract-data-left", "extract-letter-missing"},
    "unlinked": {"salt-left"},
}


@pytest.mark.parametrize("event", ACTS)
def test_a_command_that_is_killed_anywhere_is_ended_by_itself(tmp_path, event):
    """And until then the log says what is meant, and `verify-log` what is left to do."""
    seen, number, was_killed = set(), 0, True
    while was_killed:
        study = study_with_keys(tmp_path / f"study-{number}")
        for version in (1, 2):
            issued(study, f"demo-v{version}", "approval")
        was_killed = killed_at(number, lambda study=study: ACTS[event](study))
        told = {code for code, _ in problems(study)}
        assert told <= MAY_BE_TOLD[event]
        state = audit.standings(entries(study))["demo-v1"].state
        if state.name == "live":
            assert told == set()
        seen.add((state.name, bool(told)))
        if told or state.name == "live":
            ACTS[event](study)
        else:
            assert type(refusal(lambda study=study: ACTS[event](study))) is PolicyError
        assert problems(study) == []
        assert audit.standings(entries(study))["demo-v1"].state.name == event
        number += 1
    assert seen == {("live", False), (event, True), (event, False)}
    assert number > 20


def _end(root, out):
    from sigpanel.pipeline.study import open_study

    try:
        expire(open_study(root), "demo-v1", today=LATER)
    except SigpanelError as error:
        out.put(error.code)
    else:
        out.put("done")


@pytest.mark.slow
def test_of_several_that_end_an_extract_at_once_one_does_it(study):
    issued(study)
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    out = context.Queue()
    workers = [context.Process(target=_end, args=(study.root, out)) for _ in range(4)]
    for worker in workers:
        worker.start()
    told = [out.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join()
    assert told.count("done") == 1
    assert {*told} <= {"done", "extracts-running", "extract-expired"}
    assert [event for event, _, _ in lines(study)] == ["issued", "expired"]
