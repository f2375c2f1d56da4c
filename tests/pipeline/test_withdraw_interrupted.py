"""A withdrawal that dies on the way: what is written down is finished, and nothing is called done that was not."""

import datetime as dt
import shutil

import pytest

from sigpanel import audit
from sigpanel.cli.show_custody import show_withdrew
from sigpanel.decisions import read_withdrawals
from sigpanel.errors import InputError
from sigpanel.panel import open_panel
from sigpanel.pipeline import withdraw as module
from sigpanel.pipeline.audit_log import note, owner_log
from sigpanel.pipeline.log_checks import accept_log, verify_log
from sigpanel.pipeline.withdraw import finish, pending
from tests.support.killed import Killed
from tests.support.study import B, F
from tests.support.withdraw import KEY, TODAY, episodes_under, ids_of, take_out


@pytest.fixture
def ids(released):
    return ids_of(episodes_under(released, B), B)


def dying(name):
    """Withdraw somebody, killed where a function of the withdrawal is called."""

    def die(*_, **__):
        raise Killed

    def run(study):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, name, die)
            with pytest.raises(Killed):
                take_out(study, B)

    return run


def codes(study):
    return {problem.code for problem in verify_log(study).problems}


def told(study):
    return [entry.event for entry in audit.read(owner_log(study).path)]


def is_in(study):
    return bool(episodes_under(study, B).height)


def test_killed_before_it_is_written_down_nothing_says_that_it_was(released):
    dying("_write")(released)
    assert (told(released), read_withdrawals(released.withdrawals).all, is_in(released)) == ([], (), True)
    done = finish(released, today=TODAY)
    assert (done.n_noted, done.is_new) == (0, False)
    assert show_withdrew(done).splitlines() == [
        "Inget uttag är antecknat i owner/withdrawals.csv, så ingen är uttagen.",
        "Ett uttag som avbröts innan det hann antecknas är inte gjort, och syns inte här: kör det igen.",
    ]
    assert (codes(released), is_in(released)) == (set(), True)


@pytest.mark.parametrize("again", [lambda study: finish(study, today=TODAY), lambda study: take_out(study, B)])
def test_killed_before_the_log_has_it_it_is_pending_told_and_finished(released, again):
    dying("note")(released)
    assert (told(released), len(read_withdrawals(released.withdrawals).all)) == ([], 1)
    assert pending(released, KEY)
    assert codes(released) == {"withdrawal-unlogged", "withdrawal-pending"}
    assert again(released).is_new
    assert told(released) == ["withdrawn", "release_removed"]
    assert (is_in(released), codes(released)) == (False, set())
    # And once it is done, it is not written down twice.
    done = finish(released, today=TODAY)
    assert told(released) == ["withdrawn", "release_removed"]
    assert show_withdrew(done).splitlines()[:2] == [
        "Antecknade uttag i owner/withdrawals.csv: 1.",
        f"Gällande version är gjord efter det som är antecknat, och ingen av dem finns i den: {done.release}.",
    ]


def test_killed_in_the_middle_of_the_logs_line_nothing_goes_on_until_somebody_has_looked(released):
    dying("note")(released)
    owner_log(released).path.write_bytes(b'{"no":1,"on":"2024')
    with pytest.raises(InputError) as caught:
        finish(released, today=TODAY)
    assert caught.value.code == "log-half-written"
    assert "log-half-written" in codes(released)
    accept_log(released, today=TODAY)
    assert finish(released, today=TODAY).is_new
    assert (is_in(released), told(released)) == (False, ["withdrawn", "release_removed"])


def test_a_log_that_tells_of_more_than_the_file_has_is_said_to(released):
    """As an earlier sigpanel left it, which wrote the log first: who it was stands nowhere."""
    note(owner_log(released), on=TODAY, event="withdrawn", subject="panel", detail="research")
    said = [each for each in verify_log(released).says if "withdrawals" in each]
    assert said == [
        "The owner's log tells of 1 withdrawals, and owner/withdrawals.csv has 0: lines were taken away, or are out of "
        "something else now. If nobody did that, somebody is in who has withdrawn: ask the data owner."
    ]
    done = finish(released, today=TODAY)
    assert (done.n_noted, is_in(released)) == (0, True)


def test_a_line_by_hand_is_told_of_by_none_of_before(released):
    """The line in the log of one that was taken away stands for no later one."""
    take_out(released, B)
    taken = released.withdrawals.read_text(encoding="utf-8")
    later = taken.replace(TODAY.isoformat(), (TODAY + dt.timedelta(days=5)).isoformat())
    released.withdrawals.write_text(later, encoding="utf-8")
    assert "withdrawal-unlogged" in codes(released)
    finish(released, today=TODAY + dt.timedelta(days=5))
    assert told(released).count("withdrawn") == 2
    assert codes(released) == set()


def test_a_line_that_was_swapped_is_told_to_whoever_has_the_owners_key(released, tmp_path):
    """And to nobody else: without the key the number of lines is all that can be compared."""
    take_out(released, B)
    shutil.copy(released.withdrawals, tmp_path / "kept")
    line = read_withdrawals(released.withdrawals).all[0]
    text = released.withdrawals.read_text(encoding="utf-8").replace(line.id, KEY.pseudonym("uno", F))
    released.withdrawals.write_text(text, encoding="utf-8")
    assert pending(released, KEY)
    assert not pending(released)
    assert codes(released) == {"withdrawal-pending"}
    assert open_panel(released.panel).release == "r0002"


def test_a_clock_that_was_set_back_stops_it_before_anything_is_written(released):
    note(owner_log(released), on=TODAY + dt.timedelta(days=1), event="withdrawn", subject="panel", detail="research")
    with pytest.raises(InputError) as caught:
        take_out(released, B)
    assert caught.value.code == "log-clock-back"
    assert not released.withdrawals.exists()
