"""The release ledger as a file: whose it is, that it is whole, and what is told of it."""

import stat
import threading

import pytest

from sigpanel.errors import InputError, PolicyError, UsageError
from sigpanel.tables import Ledger, counts
from tests.support.closed import closed
from tests.tables.people import crossed, people, refusal


def test_the_same_table_again_changes_nothing(ledger):
    table = counts(people(a=20, b=30), "group")
    assert not ledger.release(table, "by-group").is_again
    before = ledger.path.read_bytes()
    assert ledger.release(counts(people(a=20, b=30).reverse(), "group"), "by-group").is_again
    assert ledger.path.read_bytes() == before


def test_the_same_releases_give_the_same_bytes(tmp_path):
    made = []
    for name in ("one", "other"):
        ledger = Ledger(tmp_path / f"{name}.parquet")
        for group in "ab":
            frame = people(a=20, b=30).filter(group=group).sample(fraction=1, shuffle=True)
            ledger.release(counts(frame), f"group-{group}")
        made.append(ledger.path.read_bytes())
    assert made[0] == made[1]


def test_it_is_its_owners_alone(ledger):
    ledger.release(counts(people(a=20)), "all")
    assert stat.S_IMODE(ledger.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(ledger.path.parent.stat().st_mode) == 0o700


def test_one_that_others_can_read_is_refused(ledger):
    ledger.release(counts(people(a=20)), "all")
    ledger.path.chmod(0o640)
    for use in (ledger.released, lambda: ledger.release(counts(people(b=20)), "other")):
        with pytest.raises(PolicyError) as caught:
            use()
        assert caught.value.code == "ledger-not-private"
        assert "chmod 600" in caught.value.remedy


def test_by_whatever_link_it_is_reached_it_is_one_ledger(ledger, tmp_path):
    ledger.release(counts(people(a=12)), "twelve")
    link, folder = tmp_path / "link.parquet", tmp_path / "folder"
    link.symlink_to(ledger.path)
    folder.symlink_to(ledger.path.parent)
    for other in (Ledger(link), Ledger(folder / ledger.path.name)):
        refusal(other, counts(people(a=13)))
    assert link.is_symlink()


def test_links_that_lead_nowhere_hold_no_ledger(tmp_path):
    loop = tmp_path / "loop.parquet"
    loop.symlink_to(loop)
    with pytest.raises(InputError) as caught:
        Ledger(loop)
    assert caught.value.code == "ledger-not-written"


def test_a_second_name_of_the_file_is_refused_since_writing_would_part_them(ledger, tmp_path):
    ledger.release(counts(people(a=12)), "twelve")
    (tmp_path / "other.parquet").hardlink_to(ledger.path)
    for use in (ledger.released, lambda: Ledger(tmp_path / "other.parquet").release(counts(people(a=13)), "thirteen")):
        with pytest.raises(InputError) as caught:
            use()
        assert caught.value.code == "ledger-two-names"


def test_a_damaged_one_is_told_and_not_begun_anew(ledger):
    ledger.release(counts(people(a=20)), "all")
    ledger.path.write_bytes(b"PAR1")
    with pytest.raises(InputError) as caught:
        ledger.release(counts(people(b=20)), "other")
    assert caught.value.code == "ledger-damaged"
    assert ledger.path.read_bytes() == b"PAR1"


def test_where_it_cannot_be_written_nothing_counts_as_released(ledger):
    ledger.release(counts(people(a=20)), "all")
    with closed(ledger.path.parent, to_writing_alone=True), pytest.raises(InputError) as caught:
        ledger.release(counts(people(b=20)), "other")
    assert caught.value.code == "ledger-not-written"


def test_a_name_is_one_tables(ledger):
    ledger.release(counts(people(a=20)), "all")
    with pytest.raises(UsageError) as caught:
        ledger.release(counts(people(b=20)), "all")
    assert caught.value.code == "table-name-taken"


@pytest.mark.parametrize("name", ["", "All", "a b", "../a", "a--b"])
def test_a_name_is_a_name(ledger, name):
    with pytest.raises(UsageError) as caught:
        ledger.release(counts(people(a=20)), name)
    assert caught.value.code == "table-name"


def test_what_it_says_names_rows_and_nobody(ledger):
    sizes = {("Anna", "x"): 20, ("Anna", "y"): 12, ("Bo", "x"): 14, ("Bo", "y"): 9}
    ledger.release(counts(crossed(sizes, "who", "where"), ["who", "where"]), "all")
    fewer = {cell: n - 3 for cell, n in sizes.items()}
    told = refusal(ledger, counts(crossed(fewer, "who", "where"), ["who", "where"]))
    assert not any(word in str(told) for word in ("Anna", "Bo", "('"))


def test_what_is_empty_can_be_released(ledger):
    ledger.release(counts(people(a=3), "group", categories={"group": ["a", "b"]}), "nothing-to-show")
    ledger.release(counts(people(a=0)), "nobody")
    assert ledger.released()["n_cells"].to_list() == [0, 0]


def test_two_that_release_at_once_do_so_one_after_the_other(ledger):
    """Of two at once, neither would know the other's table: here the second waits for the lock that the first has."""
    ledger.release(counts(people(a=20)), "all")
    second = counts(people(b=20))
    waiting = threading.Thread(target=ledger.release, args=(second, "second"), daemon=True)
    with ledger._alone():
        waiting.start()
        waiting.join(0.5)
        assert waiting.is_alive()
        assert ledger.released()["table"].to_list() == ["all"]
    waiting.join(30)
    assert ledger.released()["table"].to_list() == ["all", "second"]
