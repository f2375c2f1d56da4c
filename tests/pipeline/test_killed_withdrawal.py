"""Kill a withdrawal before any call by which it changes the disk: the panel opens, and running it again finishes it.

Only what comes after the persons are resolved is tried, since nothing is written before. Each step of writing a release
is tried in `tests/panel/test_kill.py` too, without a person who is to go.
"""

from pathlib import Path

import pytest

from sigpanel.decisions import read_withdrawals
from sigpanel.panel import layout, open_panel, registry
from sigpanel.pipeline import at_hand as module
from sigpanel.pipeline.intact import damaged
from sigpanel.pipeline.withdraw import finish, pending
from tests.privacy.scan import leaks
from tests.support.killed import CALLS, Killed, Killer, creating_alone
from tests.support.study import B, built, copied, written  # noqa: F401
from tests.support.withdraw import KEY, TODAY, episodes_under, ids_of, take_out

_WHOLE = module.make_whole
KILLED = [name for name in CALLS if name != "write"]


@pytest.fixture(scope="module")
def made(built):  # noqa: F811
    """What the stages make of the study, once for all runs: it takes the most time, and writes nothing."""
    return _WHOLE(built, KEY, registry.read_live(built.panel, built.registry))


@pytest.fixture(scope="module")
def ids(built):  # noqa: F811
    return ids_of(episodes_under(built, B), B)


def run(study, made, how: str, kill_at: int = 10**9) -> int | None:
    """Withdraw; how many calls that took, or null if it was killed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "make_whole", lambda *_: made)
        killer = Killer(patch, kill_at, names=KILLED, counts=creating_alone)
        try:
            take_out(study, B, older=how)
        except Killed:
            return None
    return killer.calls


def is_whole(study) -> bool:
    """Whether the live release is whole, and the registry its own; and what is written down can be read."""
    panel = open_panel(study.panel)
    known = registry.read_live(study.panel, study.registry)["episode_id"].implode()
    read_withdrawals(study.withdrawals)
    return not list(damaged(panel)) and panel.episodes.collect()["episode_id"].is_in(known).all()


def litter(study) -> list[str]:
    return [path.name for path in study.root.rglob(".*") if path.name != ".lock"]


def tried(built, made, ids, folder: Path, how: str, moments) -> None:  # noqa: F811
    for kill_at in moments:
        study = copied(built, folder / f"{how}-{kill_at}")
        assert run(study, made, how, kill_at) is None
        assert is_whole(study)
        # Old releases are not touched before there is a new one, and never is one half there.
        old = study.panel / "r0001"
        assert layout.current(study.panel) == "r0002" or old.is_dir()
        assert not old.is_dir() or not list(damaged(open_panel(study.panel, "r0001")))
        if layout.current(study.panel) == "r0002":
            assert leaks(study.panel / "r0002", ids) == []
        if kill_at % 2 and study.withdrawals.exists():
            finish(study, today=TODAY, older=how)
        else:
            assert run(study, made, how) is not None
        assert (leaks(study.research, ids), litter(study)) == ([], [])
        assert (layout.current(study.panel), pending(study, KEY)) == ("r0002", False)
        # Between moving the old one away and the new one in, too; of one that is removed nothing is left.
        assert layout.published(study.panel) == (("r0001", "r0002") if how == "purge" else ("r0002",))
        assert is_whole(study)


@pytest.mark.parametrize("how", ["remove", "purge"])
def test_killed_at_some_moments_it_is_finished_by_running_it_again(built, made, ids, tmp_path, how):  # noqa: F811
    n_calls = run(copied(built, tmp_path / "study"), made, how)
    # The first and the last, the files of withdrawals and of the registry, and the end, where older releases go.
    tried(built, made, ids, tmp_path, how, sorted({0, 3, 20, n_calls - 12, n_calls - 3, n_calls - 1}))


@pytest.mark.slow
@pytest.mark.parametrize(("how", "first"), [("remove", 0), ("purge", 1)])
def test_killed_at_every_third_moment_it_is_finished_by_running_it_again(built, made, ids, tmp_path, how, first):  # noqa: F811
    n_calls = run(copied(built, tmp_path / "study"), made, how)
    # All of some 170 moments, twice, take a quarter of an hour: half of what all other tests take.
    tried(built, made, ids, tmp_path, how, range(first, n_calls, 3))
