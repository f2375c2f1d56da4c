"""Which deliveries an approval covers: read, and refused by line and place."""

import pytest

from sigpanel.contracts.approvals import find, read_approval
from sigpanel.errors import InputError
from tests.extracts.panels import approval

REFUSED = [
    ("a kind that is none", {"registers": {"taxes": ["lisa"]}}, "there is no such kind of delivery"),
    ("whom a holder searched for", {"registers": {"searched": ["bra"]}}, "there is no such kind of delivery"),
    ("no kind", {"registers": {}}, "no delivery is named"),
    ("a source that is none", {"registers": {"convictions": ["lisa"]}},
     "1 of the sources is none that convictions can come from"),
    ("no source", {"registers": {"convictions": []}}, "at least one belongs here"),
    ("controls without a number", {"registers": {"controls": {"sources": ["rtb"]}}}, "per_person is missing"),
    ("too many controls", {"registers": {"controls": {"sources": ["rtb"], "per_person": 100}}},
     "at most 99 controls belong to a person"),
]  # fmt: skip


def test_the_worked_example_covers_every_kind():
    covers = read_approval(find("demo-followup")).registers
    assert covers.covers("convictions", "bra_convictions")
    assert covers.covers("searched", "bra")
    assert not covers.covers("deaths_and_emigration", "dodsorsaksregistret")
    assert covers.control_ids(["x1", "x2"]) == ["x1-1", "x2-1"]


def test_without_the_entry_nothing_is_covered(tmp_path):
    covers = approval(tmp_path).registers
    assert not covers.covers("searched", "bra")
    assert not covers.covers("convictions", "bra_convictions")


@pytest.mark.parametrize(("said", "what"), [one[1:] for one in REFUSED], ids=[one[0] for one in REFUSED])
def test_what_no_approval_can_cover_is_refused(tmp_path, said, what):
    with pytest.raises(InputError) as told:
        approval(tmp_path, **said)
    assert what in told.value.message
    assert "taxes" not in str(told.value)
