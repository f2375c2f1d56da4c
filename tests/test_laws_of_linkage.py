"""What holds of episodes and persons whatever is reported: laws, tried on generated panels.

The panels are meant to be bad: few codes that are one slip apart, few dates, and facts missing here and there, so that
reports fit several episodes, persons share codes, and rows contradict each other. A row has a code or an enrolment
date, since others are rejected before they come here.
"""

import datetime as dt
import functools
from dataclasses import dataclass
from itertools import combinations

import polars as pl
from hypothesis import assume, example, given, seed, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sigpanel.episodes import Collapsed
from sigpanel.persons import Resolved
from sigpanel.persons.month import ALL_MONTHS
from tests.support.episodes import partition
from tests.support.reports import ROW, answers, collapsed, coverage, ids, pseudonyms, remember, reports, resolved

FIRST, LAST = 2022, 2024


def law(test, part: int = 4):
    """A law. A panel takes some fifty milliseconds, so a quarter of the examples that the profile allows."""
    few = settings(max_examples=max(1, settings().max_examples // part))
    return few(seed(1)(test) if settings().derandomize else test)


def law_of_any(test):
    """A law of a single release, which it only looks at (`seen`): half of the examples.

    Where examples are the same every time they are the same for each of these laws too, so all share the releases.
    """
    return law(test, part=2)


@dataclass(frozen=True)
class Release:
    """What the two stages made of some rows, and the registry after it."""

    collapsed: Collapsed
    resolved: Resolved
    registry: pl.DataFrame
    ids: dict[str, str]

    @property
    def frames(self) -> list[pl.DataFrame]:
        return [*vars(self.collapsed).values(), *vars(self.resolved).values()]

    @property
    def persons(self) -> dict[str, str]:
        return dict(self.resolved.episodes.select("episode_id", "person_id").iter_rows())


def release(rows, before: Release | None = None, **more) -> Release:
    """Build a release of some rows, with the registry of the one before."""
    return release_of(reports(rows), before, **more)


def seen(rows) -> Release:
    """The release of some rows, only to be looked at: built once for all laws that do no more."""
    return _seen(tuple(tuple(line.items()) for line in rows))


@functools.lru_cache(maxsize=settings().max_examples)
def _seen(rows: tuple[tuple[tuple[str, str], ...], ...]) -> Release:
    return release([dict(line) for line in rows])


def release_of(of: pl.DataFrame, before: Release | None = None, names=pseudonyms) -> Release:
    remembered = None if before is None else before.registry
    said = answers(of.select("name", says=pl.col("content").str.split("|").list.last()).to_dicts(), of)
    made = collapsed(of, said, remembered=remembered, pseudonyms=names)
    persons = resolved(made, remembered=remembered, pseudonyms=names)
    ordinal = 1 if remembered is None else remembered["founded_in"].max() + 1
    return Release(made, persons, remember(made, persons, remembered, ordinal), ids(made, of))


def row(**facts) -> st.SearchStrategy[dict[str, str]]:
    choices = {
        "year": [str(year) for year in range(FIRST, LAST + 1)],
        "district": ["farsta", "skarpnack"],
        "code": ["AP0712", "AP0713", "BP0712", "-"],
        "sex": ["male", "female", "-"],
        "age": ["15", "16", "-"],
        "enrolled": ["2022-03-01", "2022-09-01", "2023-02-01", "-"],
        "discharged": ["-", "2022-10-01", "2023-06-01"],
        "says": ["1", "2"],
        **facts,
    }
    usable = st.fixed_dictionaries({name: st.sampled_from(among) for name, among in choices.items()})
    return usable.filter(lambda line: line["code"] != "-" or line["enrolled"] != "-")


def panel(most: int = 12, **facts) -> st.SearchStrategy[list[dict[str, str]]]:
    return st.lists(row(**facts), min_size=1, max_size=most).map(
        lambda lines: [{"name": f"r{place}", **line} for place, line in enumerate(lines)]
    )


def said(line: dict[str, str]) -> tuple:
    return tuple(text for name, text in line.items() if name != "name")


# --- conservation ---


@law_of_any
@given(panel())
def test_every_report_is_in_one_episode_and_every_episode_has_one_founder(rows):
    of, made = reports(rows), seen(rows).collapsed
    assert made.membership.select(ROW).sort(ROW).equals(of.select(ROW).sort(ROW))
    assert made.episodes["episode_id"].is_unique().all()
    assert set(made.membership["episode_id"]) == set(made.episodes["episode_id"])
    assert sorted(made.membership.filter("is_founding")["episode_id"]) == sorted(made.episodes["episode_id"])
    assert made.episodes["n_reports"].sum() == of.height


@law_of_any
@given(panel())
def test_every_episode_is_one_persons_and_numbered_without_a_gap(rows):
    made = seen(rows)
    episodes, persons = made.resolved.episodes, made.resolved.persons
    assert set(episodes["episode_id"]) == set(made.collapsed.episodes["episode_id"])
    assert episodes.height == made.collapsed.episodes.height
    assert set(persons["person_id"]) == set(episodes["person_id"])
    assert persons["person_id"].is_unique().all()
    for numbers in episodes.group_by("person_id").agg("episode_no")["episode_no"]:
        assert sorted(numbers) == list(range(1, len(numbers) + 1))


@law_of_any
@given(panel())
def test_every_answer_of_an_episode_stands_once(rows):
    answers_ = seen(rows).collapsed.answers
    assert not answers_.select("episode_id", "moment", "variable").is_duplicated().any()


# --- nothing that contradicts is put together ---


@law_of_any
@given(panel())
def test_no_two_reports_of_an_episode_contradict_each_other(rows):
    made = seen(rows)
    by_episode: dict[str, list[dict[str, str]]] = {}
    for line in rows:
        by_episode.setdefault(made.ids[line["name"]], []).append(line)
    for lines in by_episode.values():
        for fact in ("district", "sex", "enrolled"):
            assert len({line[fact] for line in lines} - {"-"}) <= 1
        # AP0713 and BP0712 are each one slip from AP0712, and two from each other.
        assert not {"AP0713", "BP0712"} <= {line["code"] for line in lines}


def contradicts(one: dict, other: dict) -> bool:
    """Whether two episodes of one code cannot be one person's, read off the definition."""
    overlap = (
        one["district"] == other["district"]
        and all((one["enrolled_on"], other["enrolled_on"]))
        and one["enrolled_on"] < ends(other)
        and other["enrolled_on"] < ends(one)
    )
    return (
        overlap
        or len({one["sex"], other["sex"]} - {None}) > 1
        or len({one["birth_year"], other["birth_year"]} - {None}) > 1
        or not one["months"] & other["months"]
    )


def ends(episode: dict) -> dt.date:
    """A closed episode whose end nobody knows is a point, an open one lasts to its last report."""
    unknown = (
        episode["enrolled_on"] if episode["status"] == "closed" else dt.date(episode["last_reported_year"], 12, 31)
    )
    return max(episode["discharged_on"] or unknown, episode["enrolled_on"])


@law_of_any
@given(panel())
def test_no_two_episodes_of_a_person_contradict_each_other(rows):
    made = seen(rows)
    several = set(made.collapsed.episodes.filter(pl.col("codes").list.len() > 1)["episode_id"])
    for group in made.resolved.episodes.partition_by("person_id"):
        for one, other in combinations(group.to_dicts(), 2):
            # Of an episode with several codes any may be the slip, and the months go by the code.
            unknown = {"months": ALL_MONTHS} if {one["episode_id"], other["episode_id"]} & several else {}
            assert not contradicts(one | unknown, other | unknown)


@law_of_any
@given(panel())
def test_no_person_not_even_a_doubtful_one_is_twice_in_a_district_at_once(rows):
    for group in seen(rows).resolved.episodes.partition_by("person_id_wide"):
        same = group.with_columns(sex=pl.lit("male"), birth_year=None, months=pl.lit(ALL_MONTHS))
        assert not any(contradicts(one, other) for one, other in combinations(same.to_dicts(), 2))


@law_of_any
@given(panel())
def test_of_any_two_persons_of_one_code_a_pair_is_reported(rows):
    made = seen(rows).resolved
    apart = made.links.filter(pl.col("decision") != "linked")
    reported = {frozenset(pair) for pair in apart.select("episode_a", "episode_b").iter_rows()}
    for group in made.episodes.filter(pl.col("uno").is_not_null()).partition_by("uno"):
        episodes = {episode["episode_id"]: episode for episode in group.to_dicts()}
        of_code = [pair for pair in reported if pair <= episodes.keys()]
        persons = {frozenset(episodes[name]["person_id"] for name in pair) for pair in of_code}
        assert persons == {frozenset(pair) for pair in combinations(group["person_id"].unique(), 2)}


@law_of_any
@given(panel())
def test_strict_persons_lie_within_persons_and_persons_within_wide_ones(rows):
    episodes = seen(rows).resolved.episodes
    assert (episodes.group_by("person_id_strict").agg(pl.col("person_id").n_unique())["person_id"] == 1).all()
    assert (episodes.group_by("person_id").agg(pl.col("person_id_wide").n_unique())["person_id_wide"] == 1).all()


@law
@given(panel(code=["-"]))
def test_without_codes_everybody_is_a_person_of_their_own(rows):
    episodes = release(rows).resolved.episodes
    assert all(episodes[name].is_unique().all() for name in ("person_id", "person_id_strict", "person_id_wide"))


# --- order never matters ---


@law
@given(panel(), st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_of_files_nor_where_they_stand_matters(rows, chance):
    shuffled = reports(chance.sample(rows, len(rows)))
    books = shuffled["submission_no"].unique().sort().to_list()
    renamed = shuffled.with_columns(
        pl.col("submission_no").replace_strict(books, chance.sample(range(90, 99), len(books)), return_dtype=pl.Int32)
    )
    one, other = release(rows), release_of(renamed)
    place = ["submission_no", "row", "cell"]
    for mine, theirs in (
        (one.collapsed.episodes, other.collapsed.episodes),
        (one.collapsed.answers.drop(place), other.collapsed.answers.drop(place)),
        (one.collapsed.revisions, other.collapsed.revisions),
        (one.collapsed.aliases, other.collapsed.aliases),
        (one.resolved.episodes, other.resolved.episodes),
        (one.resolved.persons, other.resolved.persons),
        (one.resolved.links, other.resolved.links),
    ):
        assert_frame_equal(mine, theirs, check_row_order=False)
    if len({said(line) for line in rows}) == len(rows):
        assert one.ids == other.ids


@law
@given(panel())
def test_another_key_gives_the_same_episodes_and_persons_under_other_names(rows):
    assume(len({said(line) for line in rows}) == len(rows))

    def other_key(purpose: str, values: pl.Series) -> pl.Series:
        return pseudonyms(purpose, "another key|" + values)

    one, other = release(rows), release(rows, names=other_key)
    new_name = {one.ids[line["name"]]: other.ids[line["name"]] for line in rows}
    assert set(new_name.values()) == set(other.ids.values())
    assert len(new_name) == len(set(other.ids.values()))
    for of in ("person_id", "person_id_strict", "person_id_wide"):
        persons = {frozenset(new_name[episode] for episode in person.split()) for person in partition(one.resolved, of)}
        assert persons == {frozenset(person.split()) for person in partition(other.resolved, of)}


# --- ids last ---


@law
@given(panel())
def test_a_rebuild_of_the_same_rows_is_the_same_with_and_without_the_registry(rows):
    first = release(rows)
    for again in (release(rows), release(rows, first), release(rows, release(rows, first))):
        for mine, theirs in zip(first.frames, again.frames, strict=True):
            assert_frame_equal(mine, theirs)


@law
@given(panel(), panel())
@example(
    rows=[
        {"name": "nameless", "year": "2022", "code": "-"},
        {"name": "a", "year": "2023", "code": "AP0712"},
        {"name": "b", "year": "2023", "code": "BP0712"},
    ],
    before=[{"name": "nameless", "year": "2022", "code": "-"}, {"name": "a", "year": "2023", "code": "AP0712"}],
)
def test_a_rebuild_of_the_same_rows_is_the_same_whatever_was_built_before(rows, before):
    once = release(rows, release(before))
    again = release(rows, once)
    for mine, theirs in zip(once.frames, again.frames, strict=True):
        assert_frame_equal(mine, theirs)
    assert_frame_equal(once.registry, again.registry, check_row_order=False)


@law
@given(panel())
def test_a_later_year_changes_no_episode_id_with_or_without_the_registry(rows):
    """Without any condition: reports of a year are matched against earlier ones, never the other way round."""
    early = [line for line in rows if int(line["year"]) < LAST]
    assume(early)
    before = release(early)
    for after in (release(rows, before), release(rows)):
        assert {name: after.ids[name] for name in before.ids} == before.ids


@law
@given(panel())
def test_a_later_year_changes_a_person_only_where_what_is_known_of_an_old_episode_changed(rows):
    """Namely: its codes, the enrolment date, or whether two old episodes of one code contradict each other."""
    early = [line for line in rows if int(line["year"]) < LAST]
    assume(early)
    before = release(early)
    after = release(rows, before)

    def known(made: Release) -> dict[str, object]:
        old = {
            episode["episode_id"]: episode
            for episode in made.resolved.episodes.sort("episode_id").to_dicts()
            if episode["episode_id"] in before.persons
        }
        codes = {name: set(given) for name, given in made.collapsed.episodes.select("episode_id", "codes").iter_rows()}
        pairs = [(a, b) for a, b in combinations(old, 2) if codes[a] & codes[b] and contradicts(old[a], old[b])]
        return {"facts": {name: (codes[name], old[name]["enrolled_on"]) for name in old}, "pairs": pairs}

    assume(known(after) == known(before))
    assert {episode: after.persons[episode] for episode in before.persons} == before.persons


def test_a_code_put_right_by_a_later_report_moves_no_old_episode():
    """The code last reported stands, but the return was the person's under the slip and stays so."""
    early = [
        {"name": "first", "code": "AP0713", "discharged": "2022-06-01"},
        {"name": "back", "code": "AP0713", "enrolled": "2022-09-01", "year": "2022"},
    ]
    before = release(early)
    after = release([*early, {"name": "again", "code": "AP0712", "enrolled": "2022-09-01", "year": "2023"}], before)
    assert len(set(before.persons.values())) == 1
    assert after.persons == before.persons


def test_counterexample_an_episode_that_was_silent_and_comes_back_overlaps_the_return():
    early = [
        {"name": "open", "enrolled": "2022-03-01", "year": "2022"},
        {"name": "back", "enrolled": "2023-02-01", "year": "2023", "age": "16", "discharged": "2023-06-01"},
    ]
    before = release(early)
    after = release([*early, {"name": "still open", "enrolled": "2022-03-01", "year": "2024"}], before)
    assert len(set(before.persons.values())) == 1
    assert len(set(after.persons.values())) == 2


def test_counterexample_an_earlier_year_that_comes_late_may_show_that_an_episode_was_two():
    """Then the part with the founding report keeps the id, and the other gets a new one."""
    late = [{"name": "a0", "year": "2021", "code": "AP0712"}, {"name": "b0", "year": "2021", "code": "BP0712"}]
    rows = [{"name": "nameless", "year": "2022", "code": "-"}, {"name": "a", "year": "2023", "code": "AP0712"}]
    before = release(rows)
    after = release([*late, *rows], before)
    assert before.ids["nameless"] == before.ids["a"]
    assert after.ids["nameless"] != after.ids["a"] == after.ids["a0"]


def test_coverage_without_a_report_changes_no_id():
    of = reports([{"name": "a"}])
    more = pl.concat([coverage(of), coverage(of).with_columns(pl.lit(2023, pl.Int16).alias("reported_year"))])
    assert ids(collapsed(of, coverage=more), of) == ids(collapsed(of), of)


# Initials that are equally common among given names, stand for no other spelling, and are nobody's surname here.
ALIKE = "BGP"


@law
@given(panel(code=["BE0712", "GE0712", "PE0712", "BE0713", "BL0712", "-"]), st.permutations(ALIKE))
def test_codes_relabelled_one_to_one_relabel_nothing_else(rows, order):
    """Who is whose rests on which codes agree and how common their initials are, not on the letters."""
    relabel = str.maketrans(ALIKE, "".join(order))
    names = {line["name"]: (line["code"], line["code"].translate(relabel)) for line in rows}
    one, other = release(rows), release([{**line, "code": names[line["name"]][1]} for line in rows])

    def whose(made: Release, of: str) -> set[frozenset[str]]:
        persons = dict(made.resolved.episodes.select("episode_id", of).iter_rows())
        together: dict[str, set[str]] = {}
        for name, episode in made.ids.items():
            together.setdefault(persons[episode], set()).add(name)
        return set(map(frozenset, together.values()))

    for of in ("person_id", "person_id_strict", "person_id_wide"):
        assert whose(one, of) == whose(other, of)
    figures = [
        made.resolved.links.group_by("kind", "rule", "class", "score").len().sort(pl.all()) for made in (one, other)
    ]
    assert_frame_equal(*figures)
