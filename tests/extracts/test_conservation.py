"""Every person to whom the population applies is in the extract or counted as left out, whatever panel it is."""

import datetime as dt
import tempfile
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from sigpanel.disclosure import risk
from sigpanel.errors import PolicyError
from sigpanel.extracts.cut import draft, under_own_ids
from tests.extracts.panels import approval, episode, own_ids, panel

EPISODES = st.fixed_dictionaries(
    {
        "enrolled_on": st.sampled_from([None, *(dt.date(year, 1, 1) for year in range(2020, 2024))]),
        "sex": st.sampled_from(["male", "male", "male", "female", None]),
        "discharge_reason": st.sampled_from(["goals_met", "other", "consent_withdrawn", None]),
        "programme": st.sampled_from(["unga", "vuxna"]),
    }
)
PERSONS = st.lists(st.lists(EPISODES, min_size=1, max_size=3), min_size=1, max_size=25)


@settings(max_examples=30)
@given(persons=PERSONS, consent=st.sampled_from(["include", "exclude"]), order=st.permutations(["enrolled_on", "sex"]))
def test_every_person_is_in_the_extract_or_counted_as_left_out(persons, consent, order):
    episodes = [episode(f"p{n}", no, **said) for n, own in enumerate(persons) for no, said in enumerate(own, start=1)]
    small = {
        "policy": "suppress",
        "order": list(order),
        "most_suppressed": 1.0,
        "rest": "leave_out",
        "most_left_out": 1.0,
    }
    with tempfile.TemporaryDirectory() as folder:
        said = approval(
            Path(folder),
            consent_withdrawn=consent,
            small_classes=small,
            nulls={"enrolled_on": "suppress", "sex": "category"},
            population={"episodes": "all", "programme": ["unga"]},
        )
    eligible = {n for n, own in enumerate(persons) if any(each["programme"] == "unga" for each in own)}
    withdrew = {n for n in eligible if any(each["discharge_reason"] == "consent_withdrawn" for each in persons[n])}
    try:
        made = under_own_ids(draft(panel(episodes), said), said, own_ids)
    except PolicyError as refused:
        # Nobody leaves then: the one refusal that these limits leave.
        if refused.code != "extract-too-few":
            raise
        return
    counts = made.counts
    assert counts.n_eligible == len(eligible)
    assert counts.n_consent_withdrawn == len(withdrew)
    assert counts.n_excluded == (len(withdrew) if consent == "exclude" else 0)
    assert counts.n_eligible == counts.n_persons + counts.n_excluded + counts.n_left_out
    assert made.tables["persons"].height == made.tables["episodes"]["person_id"].n_unique() == counts.n_persons
    _keeps_k(made, said.risk.k)


def _keeps_k(made, k):
    joined = made.tables["episodes"].join(made.tables["persons"], on="person_id")
    seen = joined.select("person_id", pl.col("sex").fill_null("none"), pl.col("enrolled_on_year").fill_null(0))
    assert risk(seen, ["sex", "enrolled_on_year"]).k >= k
