"""The figures on linkage as they are published: nothing of few persons, nothing by which few could be worked out."""

import json

import pytest

from sigpanel.contracts.disclosure import disclosure
from sigpanel.contracts.quality import quality_report
from sigpanel.errors import PolicyError
from sigpanel.panel import open_panel
from sigpanel.persons import resolve
from sigpanel.persons.quality import quality
from sigpanel.report.figures import published, share_of
from tests.support.episodes import episodes
from tests.support.reports import pseudonyms

LETTERS = "ABDEFGHLMNRTU"


def crowd(n: int, returned: int, **odd: int) -> dict:
    """The figures of so many persons, of whom some came back; of the odd ones the sex is another."""
    sexes = [sex for sex, times in odd.items() for _ in range(times)]
    lines = ["name code enrolled discharged sex"]
    for at in range(n):
        code = f"{LETTERS[at % 13]}{LETTERS[at // 13 % 13]}07{at % 28 + 1:02d}"
        sex = sexes[at] if at < len(sexes) else "male"
        lines.append(f"x{at} {code} 2022-02-01 2022-06-01 {sex}")
        if at >= n - returned:
            lines.append(f"y{at} {code} 2023-02-01 2023-06-01 {sex}")
    told = episodes("\n".join(lines))
    return quality(told, resolve(told, pseudonyms=pseudonyms))


def groups(figures: dict, by: str) -> dict[str, dict]:
    return {row["group"]: row for row in figures["groups"] if row["by"] == by}


# --- groups ---


def test_a_group_of_few_persons_is_not_there_not_even_by_name():
    raw = crowd(60, 20, female=4)
    assert set(groups(raw, "sex")) == {"male", "female"}
    assert set(groups(published(raw), "sex")) == {"male"}
    assert "female" not in json.dumps(published(raw))


def test_what_counts_is_persons_and_not_their_episodes():
    """Four women with three episodes each are twelve episodes, which was enough to be told of before."""
    table = ["name code enrolled discharged sex"]
    for at in range(4):
        table += [f"w{at}{year} {LETTERS[at]}A0712 20{year}-02-01 20{year}-06-01 female" for year in (21, 22, 23)]
    table += [
        f"m{at} {LETTERS[at % 13]}{LETTERS[at // 13]}08{at % 28 + 1:02d} 2022-02-01 2022-06-01 male" for at in range(40)
    ]
    told = episodes("\n".join(table))
    raw = quality(told, resolve(told, pseudonyms=pseudonyms))
    assert groups(raw, "sex")["female"]["episodes"] == 12
    assert groups(raw, "sex")["female"]["persons"]["all"] == 4
    assert "female" not in groups(published(raw), "sex")


def test_a_size_is_a_bound_so_that_what_is_left_out_is_no_difference():
    told = groups(published(crowd(70, 20, female=12)), "sex")
    assert {name: row["episodes"] for name, row in told.items()} == {"male": "≥50", "female": "≥10"}


def test_the_share_linked_is_withheld_where_few_persons_are_or_are_not():
    assert "linked" not in groups(published(crowd(60, 4)), "sex")["male"]
    assert "linked" not in groups(published(crowd(60, 57)), "sex")["male"]
    assert groups(published(crowd(60, 20)), "sex")["male"]["linked"] == 0.5


def test_shares_are_as_coarse_as_the_size_is():
    row = groups(published(crowd(120, 40)), "sex")["male"]
    assert row["episodes"] == "≥100"
    assert round(row["linked"] / 0.05, 6) % 1 == 0
    assert round(row["recall_by_model"], 2) == row["recall_by_model"]


@pytest.mark.parametrize("n_without", range(5))
def test_who_cannot_be_linked_shows_from_five_persons_on(n_without):
    raw = crowd(60, 20)
    [male] = [row for row in raw["groups"] if row["group"] == "male"]
    male |= {"linkable": 1 - n_without / 80, "persons": male["persons"] | {"unlinkable": n_without}}
    assert groups(published(raw), "sex")["male"]["linkable"] == 1.0


# --- counts ---


def test_counts_are_rounded_and_small_ones_hidden():
    told = published(crowd(61, 3))
    assert told["population"]["episodes"] == 65
    assert told["levels"]["standard"]["persons"] == 60
    assert told["levels"]["standard"]["persons_with_several"] is None
    assert told["levels"]["standard"]["return_rate"]["returned"] is None
    assert told["levels"]["standard"]["return_rate"]["share"] is None
    assert told["pairs"]["by_rule"] == []
    assert set(told["levels"]["wide"]["implausible"].values()) == {None}


def test_a_share_is_of_what_is_shown_and_neither_part_is_small():
    rule = disclosure()
    assert share_of(129, 580, rule) == round(130 / 580, 4)
    assert [share_of(part, 20, rule) for part in (4, 5, 15, 16)] == [None, 0.25, 0.75, None]


def test_precision_of_few_pairs_is_withheld():
    level = published(crowd(60, 3))["levels"]["standard"]
    assert level["pairs"] is None
    assert level["precision"] == level["recall"] == {"low": None, "high": None}
    assert level["precision_by_model"] is None


def test_that_next_to_all_tell_something_is_told_as_all():
    raw = crowd(60, 20)
    raw["identifiers"]["sex"] = {"n": 77, "share": 0.9625}
    assert published(raw)["identifiers"]["sex"] == {"n": 75, "share": 1.0}


# --- a study's own threshold; once and again; in a release ---


def test_a_study_may_ask_for_more():
    raw = crowd(60, 20, female=8)
    assert set(groups(published(raw), "sex")) == {"male"}  # 8 episodes are fewer than the least group
    assert published(raw, threshold=30)["levels"]["standard"]["return_rate"]["returned"] is None
    with pytest.raises(PolicyError):
        published(raw, threshold=2)


def test_what_has_been_published_stays_as_it_is():
    told = published(crowd(60, 20))
    assert published(told) == told


def test_of_a_release_from_before_groups_are_left_out():
    raw = crowd(60, 20)
    old = raw | {"groups": [{name: each for name, each in row.items() if name != "persons"} for row in raw["groups"]]}
    assert published(old)["groups"] == []


def test_a_release_holds_what_is_published_and_the_page_shows_it(built):
    panel = open_panel(built.panel)
    assert panel.linkage_quality["disclosure"] == {"threshold": 5, "rounding": 5}
    assert published(panel.linkage_quality) == panel.linkage_quality
    for row in panel.linkage_quality["groups"]:
        assert row["by"] in quality_report().groups
        assert row["episodes"].startswith("≥")
