"""Follow-up in a study: whom districts are asked for, and what receiving does to the life of an extract."""

import datetime as dt
import json
import re
import shutil
import stat

import openpyxl
import polars as pl
import pytest

from sigpanel import audit
from sigpanel.cli import commands_followup
from sigpanel.cli.show_custody import show_withdrew, withdrew_as_dict
from sigpanel.contracts.followup import facts
from sigpanel.errors import InputError, PolicyError, SigpanelError, UsageError
from sigpanel.extracts import open_extract
from sigpanel.extracts.layout import RECORD
from sigpanel.followup.layout import BEFORE, FOLLOWUP
from sigpanel.intake.files import read_workbook
from sigpanel.pipeline.audit_log import extracts_dir, extracts_log
from sigpanel.pipeline.extract_life import expire, listed, recall
from sigpanel.pipeline.extract_unlink import unlink
from sigpanel.pipeline.followup_receive import receive_in_study
from sigpanel.pipeline.followup_request import request
from sigpanel.pipeline.log_checks import verify_log
from sigpanel.pipeline.study import open_study
from sigpanel.pipeline.verify_release import verify_release
from sigpanel.pipeline.withdraw import Asked, finish, withdraw
from tests.cli.running import error, run
from tests.privacy.extract_mutants import APPROVAL, FIRST, built_for_extracts
from tests.privacy.followup_mutants import ID, Followed
from tests.privacy.proofs import few_codes
from tests.support.followup import contents
from tests.support.study import SECRET

WORDS = facts().request


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return built_for_extracts(tmp_path_factory.mktemp("followup") / "study")


@pytest.fixture
def office(made, tmp_path, monkeypatch):
    """A copy of the study, with a key of its own beside it, and its extract issued."""
    shutil.copytree(made.root, tmp_path / "study")
    key = tmp_path / "study.key"
    key.write_bytes(SECRET)
    key.chmod(0o600)
    (tmp_path / "study" / "sigpanel.toml").write_text(f'key_file = "{key}"\none_role = true\n', encoding="utf-8")
    office = Followed(open_study(tmp_path / "study"), monkeypatch)
    office.issue()
    return office


@pytest.fixture
def sent(office):
    """A delivery folder of each holder, by its name."""
    return {folder.name: folder for folder in office.sent()}


def lines(study):
    return [(one.event, one.detail) for one in audit.read(extracts_log(study).path)]


def problems(study):
    return [problem.code for problem in verify_log(study).problems]


def refusal(act):
    with pytest.raises(SigpanelError) as told:
        act()
    return told.value


def rows_of(path):
    """The rows of a list, by its headers."""
    (sheet,) = [sheet for sheet in read_workbook(path).sheets if sheet.name == WORDS.sheets["list"]]
    heads = {cell.column: cell.text for cell in sheet.cells if cell.row == 1}
    found = {}
    for cell in sheet.cells:
        if cell.row > 1:
            found.setdefault(cell.row, {})[heads[cell.column]] = cell.text
    return list(found.values())


# --- what districts are asked -----------------------------------------------------------------------------------------


def test_each_district_gets_its_own_persons_under_todays_name(office):
    done = request(office.study, ID, today=FIRST)
    assert {path.name for path, *_ in done.lists} == {
        "personnummer-provet-v1-farsta.xlsx", "personnummer-provet-v1-jarva.xlsx",
    }  # fmt: skip
    by_name = {path.name: rows_of(path) for path, *_ in done.lists}
    jarva = by_name["personnummer-provet-v1-jarva.xlsx"]
    assert sorted(row[WORDS.columns["code"]] for row in jarva)[:2] == ["KV0717", "LJ0718"]
    assert {*jarva[0]} == {*WORDS.columns.values()} - {WORDS.columns["number"], WORDS.columns["unknown"]}
    assert (done.n_persons, done.n_asked, done.by) == (10, 10, FIRST + dt.timedelta(weeks=8))
    ids = {row[WORDS.columns["person_id"]] for rows in by_name.values() for row in rows}
    assert ids == {*open_extract(extracts_dir(office.study) / ID, today=FIRST).persons.collect()["person_id"]}


def test_the_first_sheet_says_what_why_when_and_where(office):
    done = request(office.study, ID, today=FIRST, to="SCB, mottagningen", by=dt.date(2026, 5, 1))
    book = read_workbook(done.lists[0][0])
    told = " ".join(cell.text for cell in book.sheets[0].cells)
    for text in ("Att prövas.", "2026-00000-01", "2026-05-01", "SCB, mottagningen", "INTE skickas tillbaka"):
        assert text in told
    assert "sekretess" in told


def test_lists_are_the_owners_alone_and_the_same_again(office):
    paths = [path for path, *_ in request(office.study, ID, today=FIRST).lists]
    before = {path: path.read_bytes() for path in paths}
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    assert stat.S_IMODE(office.study.outbox.stat().st_mode) == 0o700
    request(office.study, ID, today=FIRST)
    assert {path: path.read_bytes() for path in paths} == before
    assert lines(office.study)[-2:] == [("requested", ""), ("requested", "")]


def test_who_has_withdrawn_is_not_asked_for(office):
    withdraw(office.study, Asked("research", "asked", "NN", code="KV0717"), today=FIRST, older="purge")
    done = request(office.study, ID, today=FIRST)
    codes = {row[WORDS.columns["code"]] for path, *_ in done.lists for row in rows_of(path)}
    assert (done.n_persons, len(codes), "KV0717" in codes) == (9, 9, False)


def test_nobody_can_be_asked_for_when_the_release_of_the_extract_is_gone(office):
    withdraw(office.study, Asked("research", "asked", "NN", code="KV0717"), today=FIRST)
    assert refusal(lambda: request(office.study, ID, today=FIRST)).code == "followup-release-gone"


def test_nobody_is_asked_for_by_a_release_that_is_not_what_was_written(office):
    path = next(office.study.panel.glob("r*/episodes.parquet"))
    frame = pl.read_parquet(path)
    frame.with_columns(person_id=frame["person_id"].reverse()).write_parquet(path)
    assert refusal(lambda: request(office.study, ID, today=FIRST)).code == "release-damaged"


def test_a_list_that_somebody_filled_in_is_neither_kept_nor_thrown_away(office):
    path = request(office.study, ID, today=FIRST).lists[0][0]
    path.write_bytes(b"PK")
    told = refusal(lambda: request(office.study, ID, today=FIRST))
    assert (type(told), told.code) == (InputError, "request-filled")
    assert path.read_bytes() == b"PK"


def as_saved(path, change):
    """A list as somebody saved it again, under whatever name and with whatever done to it."""
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)


def filled(book):
    sheet = book[WORDS.sheets["list"]]
    sheet.cell(2, [*WORDS.columns].index("number") + 1).value = "200107051234"


def chosen_in_a_renamed_sheet(book):
    sheet = book[WORDS.sheets["list"]]
    sheet.title = "Blad1"
    sheet.insert_rows(1, 3)
    sheet.cell(5, [*WORDS.columns].index("unknown") + 1).value = WORDS.unknown[0]


def without_its_header(book):
    filled(book)
    book[WORDS.sheets["list"]].delete_rows(1)


@pytest.mark.parametrize("change", [filled, chosen_in_a_renamed_sheet, without_its_header])
@pytest.mark.parametrize("name", ["Svar.XLSX", "tillbaka/svar.xlsx"])
def test_a_list_that_was_filled_in_is_known_by_what_stands_in_it_whatever_it_is_called(office, change, name):
    path = request(office.study, ID, today=FIRST).lists[0][0]
    back = office.study.outbox / name
    back.parent.mkdir(exist_ok=True)
    shutil.move(path, back.with_suffix(".xlsx"))
    as_saved(back.with_suffix(".xlsx"), change)
    back.with_suffix(".xlsx").rename(back)
    before = contents(office.study.outbox), lines(office.study)
    told = refusal(lambda: request(office.study, ID, today=FIRST))
    assert (type(told), told.code) == (InputError, "request-filled")
    assert told.message == f"Lists in owner/outbox hold numbers, or cannot be read: {name}. Nothing was written."
    assert (contents(office.study.outbox), lines(office.study)) == before


def test_what_is_no_list_or_not_filled_in_is_left_alone(office):
    path = request(office.study, ID, today=FIRST).lists[0][0]
    shutil.copy(path, office.study.outbox / "kopia.xlsx")
    (office.study.outbox / "annat.xlsx").write_bytes(b"PK")
    (office.study.outbox / "~$svar.xlsx").write_bytes(b"NN")
    before = contents(office.study.outbox)
    request(office.study, ID, today=FIRST)
    assert contents(office.study.outbox) == before


def test_a_last_day_that_has_been_is_refused_and_today_is_not(office):
    told = refusal(lambda: request(office.study, ID, today=FIRST, by=FIRST - dt.timedelta(days=1)))
    assert (type(told), told.code) == (UsageError, "request-by-past")
    assert told.message == f"The last day for the numbers, {FIRST - dt.timedelta(days=1)}, lies before today, {FIRST}."
    assert told.remedy == "Give a later one with --by, or leave it out: then it is in 8 weeks."
    assert not office.study.outbox.is_dir() or not [*office.study.outbox.glob("personnummer*")]
    assert request(office.study, ID, today=FIRST, by=FIRST).by == FIRST


def test_an_approval_is_asked_for_by_its_file(office):
    assert request(office.study, str(office.papers / "approval.yaml"), today=FIRST).extract_id == ID


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (lambda study: expire(study, ID, today=FIRST, is_early=True), "extract-expired"),
        (lambda study: unlink(study, ID, today=FIRST), "extract-unlinked"),
        (lambda study: recall(study, ID, "fault", today=FIRST), "extract-recalled"),
    ],
)
def test_nobody_is_asked_for_an_extract_that_is_not_live(office, end, code):
    end(office.study)
    told = refusal(lambda: request(office.study, ID, today=FIRST))
    assert (type(told), told.code) == (PolicyError, code)
    assert not office.study.outbox.is_dir() or not [*office.study.outbox.glob("personnummer*")]


def test_nobody_is_asked_under_an_approval_that_covers_no_register(office):
    from sigpanel.pipeline.extract import issue

    path = office.papers / "other.yaml"
    path.write_text(APPROVAL.format(version=1).replace('"provet"', '"annat"'), encoding="utf-8")
    issue(office.study, path, today=FIRST)
    assert refusal(lambda: request(office.study, "annat-v1", today=FIRST)).code == "followup-not-approved"


def test_an_extract_that_was_not_issued_has_no_ids_to_ask_by(office):
    assert refusal(lambda: request(office.study, "annat-v1", today=FIRST)).code == "extract-unknown"


# --- what is received -------------------------------------------------------------------------------------------------


def received(office, sent):
    for folder in sent.values():
        receive_in_study(office.study, ID, folder, today=FIRST)
    return extracts_dir(office.study) / ID


def test_what_is_received_is_logged_and_as_the_log_says(office, sent):
    received(office, sent)
    assert lines(office.study) == [("issued", ""), ("reissued", "")] + [("received", "")] * 3
    assert problems(office.study) == []
    (one,) = listed(office.study, today=FIRST)
    assert (one.folder, one.others) == ("whole", 0)


def test_the_same_delivery_again_writes_no_line(office, sent):
    folder = received(office, sent)
    before = contents(folder), lines(office.study)
    receive_in_study(office.study, ID, sent["bra"], today=FIRST)
    assert (contents(folder), lines(office.study)) == before


def test_issuing_again_keeps_what_was_received(office, sent):
    folder = received(office, sent)
    before = contents(folder)
    office.issue()
    assert contents(folder) == before
    (folder / "persons.parquet").unlink()
    office.issue()
    assert contents(folder) == before
    assert problems(office.study) == []


def test_what_was_received_goes_when_the_extract_ends(office, sent):
    folder = received(office, sent)
    ended = expire(office.study, ID, today=FIRST, is_early=True)
    assert {*contents(folder)} == {*RECORD}
    assert not (folder / FOLLOWUP).exists()
    assert ended.others == 0
    assert problems(office.study) == []


def test_the_letter_of_a_recall_lists_what_was_received(office, sent):
    folder = received(office, sent)
    sums = contents(folder)
    letter = recall(office.study, ID, "fault", today=FIRST).letter.read_text(encoding="utf-8")
    for name in ("followup/outcomes.parquet", "followup/delivered/convictions.parquet"):
        assert f"{sums[name]}  {name}" in letter
    assert {*contents(folder)} == {*RECORD, "ATERKALLELSE.md"}


def test_an_unlinked_extract_still_receives(office, sent):
    unlink(office.study, ID, today=FIRST)
    receive_in_study(office.study, ID, sent["bra"], today=FIRST)
    assert problems(office.study) == []


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (lambda study: expire(study, ID, today=FIRST, is_early=True), "extract-expired"),
        (lambda study: recall(study, ID, "fault", today=FIRST), "extract-recalled"),
    ],
)
def test_an_extract_that_has_ended_receives_nothing(office, sent, end, code):
    end(office.study)
    told = refusal(lambda: receive_in_study(office.study, ID, sent["bra"], today=FIRST))
    assert (type(told), told.code) == (PolicyError, code)
    assert not (extracts_dir(office.study) / ID / FOLLOWUP).exists()


def test_ids_of_another_extract_are_told_from_unknown_ones(office, sent):
    office.issue(version=2)
    told = refusal(lambda: receive_in_study(office.study, "provet-v2", sent["bra"], today=FIRST))
    assert told.code == "delivery-refused"
    assert re.search(r"Of the ids that nobody asked about, 10 are ids of another extract: it may be", told.message)


def test_what_was_changed_is_told_and_a_killed_command_is_finished(office, sent):
    folder = received(office, sent)
    (folder / FOLLOWUP / "outcomes.parquet").write_bytes(b"PAR1")
    assert problems(office.study) == ["extract-files-changed"]
    shutil.rmtree(folder / FOLLOWUP)
    assert problems(office.study) == ["extract-followup-differs"]
    received(office, sent)
    assert problems(office.study) == []


def test_a_command_that_was_killed_after_its_line_is_finished_by_the_same_command(office, sent, monkeypatch):
    def kill(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("sigpanel.followup.write._put", kill)
        with pytest.raises(KeyboardInterrupt):
            receive_in_study(office.study, ID, sent["bra"], today=FIRST)
    assert problems(office.study) == ["extract-followup-differs"]
    receive_in_study(office.study, ID, sent["bra"], today=FIRST)
    assert problems(office.study) == []
    assert lines(office.study).count(("received", "")) == 1


def test_what_a_killed_command_left_is_told_wherever_the_extract_is_looked_at(office, sent):
    folder = received(office, sent)
    before = contents(folder)
    (folder / FOLLOWUP).rename(folder / BEFORE)
    assert refusal(lambda: open_extract(folder, today=FIRST)).code == "followup-unfinished"
    told = refusal(lambda: verify_release(folder, office.study, possible=few_codes))
    assert (type(told), told.code) == (InputError, "followup-unfinished")
    assert told.message == (
        "A command that received a delivery was interrupted, and 1 of its folders lie in what is to leave."
    )
    assert [one.folder for one in listed(office.study, today=FIRST)] == ["damaged"]
    assert problems(office.study) == ["extract-files-missing", "extract-followup-differs"]
    receive_in_study(office.study, ID, sent["bra"], today=FIRST)
    assert contents(folder) == before
    assert problems(office.study) == []


def test_what_the_log_knows_as_received_and_is_not_there_is_not_opened_as_if_nothing_were(office, sent):
    folder = received(office, sent)
    shutil.rmtree(folder / FOLLOWUP)
    assert refusal(lambda: open_extract(folder, today=FIRST)).code == "followup-unfinished"
    assert [one.folder for one in listed(office.study, today=FIRST)] == ["damaged"]
    assert request(office.study, ID, today=FIRST).n_persons == 10
    received(office, sent)
    assert open_extract(folder, today=FIRST).coverage.collect().height > 0


def test_issuing_again_keeps_what_a_killed_command_had_put_aside(office, sent):
    folder = received(office, sent)
    before = contents(folder)
    (folder / FOLLOWUP).rename(folder / BEFORE)
    (folder / "persons.parquet").unlink()
    office.issue()
    assert contents(folder) == before


def test_a_damaged_extract_receives_nothing(office, sent):
    (extracts_dir(office.study) / ID / "persons.parquet").unlink()
    told = refusal(lambda: receive_in_study(office.study, ID, sent["bra"], today=FIRST))
    assert told.code == "extract-damaged"


def test_an_extract_that_holds_somebody_who_withdrew_receives_nothing(office, sent):
    received(office, {"bra": sent["bra"]})
    withdraw(office.study, Asked("research", "asked", "NN", code="KV0717"), today=FIRST)
    told = refusal(lambda: receive_in_study(office.study, ID, sent["scb"], today=FIRST))
    assert (type(told), told.code) == (PolicyError, "extract-holds-withdrawn")
    recall(office.study, ID, "withdrawal", today=FIRST)
    assert not (extracts_dir(office.study) / ID / FOLLOWUP).exists()


def test_the_proof_looks_into_what_was_received(office, sent):
    folder = received(office, sent)
    clean = verify_release(folder, office.study, possible=few_codes)
    assert (clean.is_clean, clean.proof.folders) == (True, ("extract",))
    path = folder / FOLLOWUP / "outcomes.parquet"
    pl.read_parquet(path).with_columns(pl.lit("19990101-1234").alias("what")).write_parquet(path)
    found = verify_release(folder, office.study, possible=few_codes).proof.found
    assert {(one.kind, one.file) for one in found} >= {("personal_numbers", "followup/outcomes.parquet")}


def test_lists_with_the_ids_of_an_extract_are_no_leak_of_it(office):
    request(office.study, ID, today=FIRST)
    assert verify_release(extracts_dir(office.study) / ID, office.study, possible=few_codes).is_clean


# --- the commands -----------------------------------------------------------------------------------------------------


@pytest.fixture
def day(monkeypatch):
    monkeypatch.setattr(commands_followup, "today", lambda: FIRST)


@pytest.mark.usefixtures("day")
def test_a_request_prints_counts_alone(office):
    answer = run("followup", "request", ID, "--study", office.study.root, "--by", "2026-05-01")
    assert (answer.code, answer.err) == (0, "")
    assert "10 of the 10 persons in provet-v1 are asked for, until 2026-05-01." in answer.out
    told = json.loads(run("followup", "request", ID, "--study", office.study.root, "--json").out)
    assert told["lists"][1] == {"file": "personnummer-provet-v1-jarva.xlsx", "persons": 8, "without_code": 0}


@pytest.mark.usefixtures("day")
def test_a_delivery_is_received_by_id_by_folder_and_without_a_study(office, sent, tmp_path, monkeypatch):
    answer = run("followup", "receive", ID, sent["bra"], "--study", office.study.root)
    assert (answer.code, answer.err) == (0, "")
    assert "Received. provet-v1 has 2 deliveries" in answer.out
    place = extracts_dir(office.study) / ID
    again = json.loads(run("followup", "receive", place, sent["bra"], "--study", office.study.root, "--json").out)
    assert (again["is_new"], again["is_logged"], len(again["received"])) == (False, True, 3)
    shutil.copytree(place, tmp_path / "elsewhere" / ID)
    monkeypatch.chdir(tmp_path / "elsewhere")
    alone = run("followup", "receive", ID, sent["scb"])
    assert (alone.code, "no log tells of it" in alone.out) == (0, True)
    assert problems(office.study) == []


def test_the_help_says_how_the_last_day_is_written():
    told = run("followup", "request", "--help").out
    assert "--by YYYY-MM-DD" in " ".join(told.split())


@pytest.mark.usefixtures("day")
def test_a_last_day_that_has_been_ends_with_two(office):
    answer = run("followup", "request", ID, "--study", office.study.root, "--by", "2020-05-01")
    assert error(answer)[:2] == (2, "request-by-past")


@pytest.mark.usefixtures("day")
def test_a_version_that_holds_far_less_needs_its_word(office, sent):
    assert run("followup", "receive", ID, sent["bra"], "--study", office.study.root).code == 0
    path = sent["bra"] / "convictions.csv"
    path.write_text(path.read_text().splitlines()[0] + "\n")
    answer = run("followup", "receive", ID, sent["bra"], "--study", office.study.root)
    assert error(answer)[:2] == (3, "delivery-holds-less")
    assert problems(office.study) == []
    answer = run("followup", "receive", ID, sent["bra"], "--less", "--study", office.study.root)
    assert (answer.code, answer.err) == (0, "")
    assert re.search(r"In place of an earlier version: convictions from bra_convictions: rows: \d+ before, 0 now;",
                     answer.out)  # fmt: skip
    assert problems(office.study) == []


@pytest.mark.usefixtures("day")
@pytest.mark.parametrize(
    ("given", "is_in_study", "said"),
    [
        ("provet-v9", True,
         (3, "extract-unknown", "The log knows no such extract.",
          "It knows: provet-v1. Give one of these, or the study that issued it (`--study DIR`).")),
        ("provet-v1", False,
         (2, "extract-not-named", "There is no study here that could have issued the extract, and no folder of that "
          "name.", "Give the study that issued it: `--study DIR`. Where there is none, give the folder of the "
          "extract.")),
        ("provet", True,
         (2, "extract-not-named", "What was given for the extract is neither an id nor a folder.",
          "An id ends with its version, such as our-study-v1: `sigpanel extract list` shows those of the study.")),
        ("provet", False,
         (2, "extract-not-named", "What was given for the extract is neither an id nor a folder.",
          "An id ends with its version, such as our-study-v1; give --study DIR beside it.")),
        ("sent", True,
         (2, "extract-not-named", "The folder that was given for the extract holds a delivery.",
          "Give the extract first, and the folder of the delivery after it.")),
        ("study", True,
         (2, "extract-not-named", "The folder that was given for the extract holds none.",
          "Give the id of the extract and its study (`--study DIR`), or the folder in which its manifest.json lies.")),
    ],
)  # fmt: skip
def test_what_names_no_extract_is_told_with_how_one_is_named(
    office, sent, tmp_path, monkeypatch, given, is_in_study, said
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sent").symlink_to(sent["bra"])
    root = office.study.root if is_in_study else tmp_path
    assert error(run("followup", "receive", given, sent["bra"], "--study", root)) == said


def test_a_withdrawal_tells_that_what_was_delivered_goes_with_the_recall_alone(office, sent):
    received(office, {"bra": sent["bra"]})
    done = withdraw(office.study, Asked("research", "asked", "NN", code="KV0717"), today=FIRST)
    assert (done.recall, done.delivered) == ((ID,), (ID,))
    told = show_withdrew(done)
    assert (
        f"  - I {ID} ligger också registeruppgifter (mappen followup). Personens rader där försvinner först när "
        in told
    )
    assert withdrew_as_dict(done)["delivered"] == (ID,)
    recall(office.study, ID, "withdrawal", today=FIRST)
    done = finish(office.study, today=FIRST)
    assert (done.recall, done.delivered, "followup" in show_withdrew(done)) == ((), (), False)


@pytest.mark.usefixtures("day")
def test_a_delivery_that_is_not_covered_ends_with_four(office, sent):
    path = sent["bra"] / "coverage.csv"
    path.write_text(path.read_text().replace("bra_convictions", "polisen"))
    answer = run("followup", "receive", ID, sent["bra"], "--study", office.study.root)
    assert error(answer)[:2] == (3, "delivery-coverage")
    shutil.rmtree(sent["kriminalvarden"])
    sis = {"searched": "sis", "deprivation": "sis"}
    from tests.support.followup import deliver

    deliver(sent["kriminalvarden"], {"searched": [], "deprivation": []}, sis)
    answer = run("followup", "receive", ID, sent["kriminalvarden"], "--study", office.study.root)
    assert error(answer)[:2] == (4, "delivery-not-approved")
