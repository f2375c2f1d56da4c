"""What holds of the tables over time, whoever is followed: laws, tried on persons made by chance.

A made person has up to four episodes of any length from 0 days on, some at once and some renewed; the last may be open,
and of some none before a return may have an end that is told.
A register told of suspicions, of times deprived of liberty that may overlap, and of the end.
"""

import datetime as dt
import itertools

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from sigpanel.analysis.counting import counting_process
from sigpanel.analysis.durations import episode_durations
from sigpanel.analysis.followup import followup
from sigpanel.analysis.survival import competing_risks, person_periods, survival
from tests.analysis.frames import Frames

START, LAST = dt.date(2022, 1, 1), dt.date(2025, 12, 31)
DAYS = (LAST - START).days
_EPISODE = {
    "person_id": pl.String, "episode_id": pl.String, "episode_no": pl.Int32, "programme": pl.String,
    "enrolled_on": pl.Date, "discharged_on": pl.Date, "status": pl.String, "observed_from": pl.Date,
    "observed_until": pl.Date, "discharge_reason": pl.String, "is_left_truncated": pl.Boolean,
    "is_reenrolment": pl.Boolean, "is_renewal": pl.Boolean,
}  # fmt: skip
_OUTCOME = {
    "person_id": pl.String, "outcome": pl.String, "happened_on": pl.Date, "until_on": pl.Date, "what": pl.String,
}  # fmt: skip

# Each example makes several tables; `pytest --hypothesis-profile=search` leaves this as it is, so raise it to search.
few = settings(max_examples=30)
gaps, lengths = st.integers(0, 40), st.integers(0, 300)
persons = st.lists(
    st.fixed_dictionaries(
        {
            "began": st.integers(-400, 900),
            "episodes": st.lists(
                st.tuples(lengths, gaps, st.sampled_from(["return", "renewal"])), min_size=1, max_size=4
            ),
            "is_open": st.booleans(),
            "without_end": st.sampled_from([(), (), (1,), (2,), (1, 2)]),
            "until": st.integers(300, DAYS),
            "suspicions": st.lists(st.integers(-100, DAYS), max_size=4),
            "locked": st.lists(st.tuples(st.integers(0, DAYS), st.one_of(st.none(), st.integers(0, 200))), max_size=2),
            "tagged": st.lists(st.tuples(st.integers(0, DAYS), st.integers(1, 200)), max_size=1),
            "died": st.one_of(st.none(), st.integers(0, DAYS)),
            "is_searched": st.booleans(),
        }
    ),
    min_size=1,
    max_size=6,
)


def day(number: int) -> dt.date:
    return START + dt.timedelta(days=number)


def source(made: list[dict]) -> Frames:
    """The persons as an extract that has received a delivery."""
    episodes, outcomes = [], []
    for at, person in enumerate(made):
        who, began, until = f"p{at}", person["began"], person["until"]
        how = "first"
        for no, (length, gap, next_how) in enumerate(person["episodes"], 1):
            # Whoever is left-truncated was there when reporting began.
            ended = max(began + length, 1) if no == 1 and began < 0 else began + length
            if began > until:
                break
            is_last = ended > until or (person["is_open"] and no == len(person["episodes"]))
            is_open = is_last or no in person["without_end"]
            episodes.append(
                (
                    who, f"{who}-{no}", no, "unga", day(began), None if is_open else day(ended),
                    "ongoing" if is_open else "closed", day(max(began, 0)), day(until if is_open else ended),
                    None if is_open else "goals_met", began < 0, how != "first", how == "renewal",
                )
            )  # fmt: skip
            if is_last:
                break
            began, how = ended + gap, next_how
        outcomes += [(who, "suspicion", day(each), None, None) for each in person["suspicions"]]
        outcomes += [
            (who, "deprivation", day(first), None if days is None else day(first + days), what)
            for (first, days), what in zip(person["locked"], ("remand", "prison"), strict=False)
        ]
        outcomes += [
            (who, "deprivation", day(first), day(first + days), "electronic_tagging")
            for first, days in person["tagged"]
        ]
        outcomes += [(who, "death", day(person["died"]), None, None)] if person["died"] is not None else []
    ids = [f"p{at}" for at in range(len(made))]
    return Frames(
        episodes=pl.DataFrame(episodes, schema=_EPISODE, orient="row"),
        persons=pl.DataFrame({"person_id": ids, "observed_until": [day(person["until"]) for person in made]}),
        outcomes=pl.DataFrame(outcomes, schema=_OUTCOME, orient="row"),
        coverage=pl.DataFrame(
            {
                "outcome": ["suspicion", "deprivation", "death"],
                "source": "bra",
                "from_on": dt.date(2015, 1, 1),
                "until_on": LAST,
                "lag_months": [3, 0, 0],
                "version": "1",
            }
        ),
        searched=pl.DataFrame(
            {
                "person_id": ids,
                "source": "bra",
                "search": ["searched" if person["is_searched"] else "no_number" for person in made],
            }
        ),
    )


def watches(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.group_by("person_id").agg(pl.col("start").min(), pl.col("stop").max()).sort("person_id")


@few
@given(persons)
def test_rows_of_a_person_follow_each_other_and_each_has_a_day(made):
    for event in ("reenrolment", "suspicion"):
        rows = counting_process(source(made), event).sort("person_id", "start")
        before = pl.col("stop").shift(1).over("person_id")
        assert rows.filter(pl.col("stop") <= pl.col("start")).is_empty()
        assert rows.filter(pl.col("start") < before).is_empty()
        assert rows.filter(pl.col("start") < 0).is_empty()


@few
@given(persons)
def test_rows_and_times_deprived_of_liberty_partition_the_watch(made):
    at_liberty = [{**person, "locked": []} for person in made]
    free = counting_process(source(at_liberty), "suspicion")
    gaps = free.filter(pl.col("start") != pl.col("stop").shift(1).over("person_id"))
    assert gaps.is_empty()
    locked = counting_process(source(made), "suspicion")
    whole = {row[0]: set(range(row[1] + 1, row[2] + 1)) for row in watches(free).iter_rows()}
    taken: dict[str, set[int]] = {name: set() for name in whole}
    for at, person in enumerate(made):
        for first, days in person["locked"]:
            last = DAYS + 400 if days is None else first + days - 1
            taken.setdefault(f"p{at}", set()).update(range(first - person["began"] + 1, last - person["began"] + 1))
    left: dict[str, set[int]] = {name: set() for name in whole}
    for who, start, stop in locked.select("person_id", "start", "stop").iter_rows():
        left[who] |= set(range(start + 1, stop + 1))
    assert left == {name: days - taken[name] for name, days in whole.items()}


@few
@given(persons)
def test_electronic_tagging_takes_nothing_away(made):
    with_it, without_it = (
        counting_process(source([{**person, **more} for person in made]), "suspicion") for more in ({}, {"tagged": []})
    )
    assert with_it.rows() == without_it.rows()


@few
@given(persons)
def test_nobody_comes_back_who_is_in_the_insats(made):
    rows = counting_process(source(made))
    assert rows.filter(event=1, in_insats=1).is_empty()


@few
@given(persons)
def test_a_death_ends_the_rows_that_count_it(made):
    rows = counting_process(source(made), "death")
    assert rows.group_by("person_id").agg(pl.col("n_events").sum()).filter(pl.col("n_events") > 1).is_empty()
    last = pl.col("stop") == pl.col("stop").max().over("person_id")
    assert rows.filter(event=1).filter(~last).is_empty()
    for who, stop in rows.group_by("person_id").agg(pl.col("stop").max()).iter_rows():
        person = made[int(who[1:])]
        if person["died"] is not None and person["died"] >= person["began"]:
            assert stop <= person["died"] - person["began"]


@few
@given(persons, st.integers(1, 900))
def test_a_horizon_cuts_the_rows_and_changes_none(made, any_day):
    # Also the day of a discharge, on which a return may be told too.
    days = {any_day, max(made[0]["episodes"][0][0], 1)}
    for event, horizon in itertools.product(("reenrolment", "suspicion"), sorted(days)):
        whole = counting_process(source(made), event)
        cut = whole.filter(pl.col("start") < horizon).with_columns(
            pl.min_horizontal("stop", pl.lit(horizon)).alias("stop"),
            **{name: pl.when(pl.col("stop") <= horizon).then(name).otherwise(0) for name in ("event", "n_events")},
        )
        assert counting_process(source(made), event, horizon=horizon).rows() == cut.rows()


@few
@given(persons)
def test_every_event_within_the_watch_is_there_and_none_after(made):
    at_liberty = [{**person, "locked": []} for person in made]
    rows = counting_process(source(at_liberty), "suspicion")
    for who, start, stop in watches(rows).iter_rows():
        person = made[int(who[1:])]
        days = [each - person["began"] for each in person["suspicions"]]
        assert rows.filter(person_id=who)["n_events"].sum() == sum(start < each <= stop for each in days)


@few
@given(persons)
def test_a_return_is_followed_by_a_time_in_the_insats_also_after_discharges(made):
    rows = counting_process(source(made)).sort("person_id", "start")
    after = rows.with_columns(
        next_in=pl.col("in_insats").shift(-1).over("person_id"),
        next_start=pl.col("start").shift(-1).over("person_id"),
        next_no=pl.col("spell_no").shift(-1).over("person_id"),
    ).filter(pl.col("event") == 1, pl.col("next_start") == pl.col("stop"))
    assert after.filter(pl.col("next_in") != 1).is_empty()
    assert after.filter(pl.col("next_no") != pl.col("spell_no") + 1).is_empty()


@few
@given(persons)
def test_nothing_happens_after_the_watch_and_who_is_not_seen_is_null(made):
    given_source = source(made)
    for event in ("reenrolment", "suspicion"):
        rows = survival(given_source, event=event)
        seen = rows.drop_nulls("event")
        assert rows["person_id"].is_unique().all()
        assert seen.filter(pl.col("time") <= pl.col("entry")).is_empty()
        assert seen.filter((pl.col("event") == 1) != pl.col("censored_by").is_null()).is_empty()
        assert rows.filter(pl.col("event").is_null(), pl.col("time").is_not_null()).is_empty()
    for who, time, what in (
        survival(given_source, "enrolment", "suspicion").select("person_id", "time", "event").iter_rows()
    ):
        person = made[int(who[1:])]
        if not person["is_searched"]:
            assert (time, what) == (None, None)
        elif person["died"] is not None and what is not None and person["died"] >= person["began"]:
            assert time <= max(person["died"] - person["began"], 1)


@few
@given(persons, st.integers(1, 400))
def test_cutting_time_into_periods_changes_neither_events_nor_days(made, width):
    for event in ("reenrolment", "suspicion"):
        whole = survival(source(made), event=event).drop_nulls("event")
        parts = person_periods(source(made), event=event, width=width)
        told = parts.group_by("person_id").agg(
            entry=pl.col("start").min(), time=pl.col("stop").max(), event=pl.col("event").sum(),
            days=(pl.col("stop") - pl.col("start")).sum(),
        ).sort("person_id")  # fmt: skip
        assert (
            told.select("person_id", "entry", "time", "event").rows()
            == whole.select("person_id", "entry", "time", "event").rows()
        )
        assert told.filter(pl.col("days") != pl.col("time") - pl.col("entry")).is_empty()
        assert parts.filter(pl.col("stop") <= pl.col("start")).is_empty()


@few
@given(persons, st.integers(1, 900))
def test_a_horizon_takes_away_only_what_lies_beyond_it(made, horizon):
    whole = survival(source(made)).drop_nulls("event")
    cut = survival(source(made), horizon=horizon).drop_nulls("event")
    both = whole.join(cut, on="person_id", suffix="_cut")
    assert both.filter(pl.col("time_cut") != pl.min_horizontal("time", pl.lit(horizon))).is_empty()
    assert both.filter(pl.col("event_cut") != pl.col("event") * (pl.col("time") <= horizon).cast(pl.Int64)).is_empty()


@few
@given(persons)
def test_a_window_is_0_only_of_whom_all_of_it_was_seen_and_1_stays_1_in_longer_ones(made):
    rows = followup(source(made), years=[1, 2, 3])
    times = survival(source(made)).select("person_id", "time", "event")
    told = rows.join(times, on="person_id", how="left")
    for years in (1, 2, 3):
        nothing = told.filter(pl.col(f"within_{years}y") == 0)
        assert nothing.filter(pl.col("time") < 365 * years).is_empty()
        # A return that was told after the watch is known, and is no event of a curve.
        happened = told.filter(pl.col(f"within_{years}y") == 1, f"observed_{years}y")
        assert happened.filter(pl.col("event").ne_missing(1)).is_empty()
    assert rows.filter(pl.col("within_1y") == 1, pl.col("within_2y").ne_missing(1)).is_empty()
    assert rows.filter(pl.col("within_2y") == 0, pl.col("within_1y").ne_missing(0)).is_empty()


@few
@given(persons, st.randoms(use_true_random=False))
def test_the_order_of_rows_is_of_no_matter(made, chance):
    one = source(made)
    other = Frames(
        **{
            name: frame[chance.sample(range(frame.height), frame.height)] if frame.height else frame
            for name, frame in one.frames.items()
        }
    )
    for table in (
        survival, counting_process, person_periods, followup, competing_risks, episode_durations,
        lambda each: counting_process(each, "suspicion"),
    ):  # fmt: skip
        assert table(one).rows() == table(other).rows()
