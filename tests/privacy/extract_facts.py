"""Planted leaks in what an extract tells of persons, on panels made by hand: a part of `tests.privacy.extract_mutants`.

Each proof cuts an extract of few persons, of whom it knows what may be told and what must not.
"""

import datetime as dt
import itertools
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from sigpanel.extracts.cut import Counts, draft
from sigpanel.extracts.told import MadeFrom
from sigpanel.tables import protected
from tests.extracts.panels import approval, body, crowd, episode, episodes_with, panel
from tests.privacy.mutants import _at

Office = Any
_ROUNDED_TO = 5

# --- proofs -----------------------------------------------------------------------------------------------------------


def rounded(_: Office) -> Iterator[str]:
    """No number of persons, rows or cells in the manifest is exact: each is rounded, or hidden."""
    rows = [*crowd(11), *crowd(8, first=20, enrolled_on=dt.date(2020, 1, 1))]
    # Of 27 persons 26 are in, of whom seven are too few by their year and one more by sex.
    rows += [{**one, "enrolled_on": dt.date(2010 + n, 1, 1)} for n, one in enumerate(crowd(7, first=40))]
    said = _approved(episodes_with(sex="as_is", enrolled_on="year"), ["enrolled_on", "sex"], most_left_out=1.0)
    made = draft(panel([*rows, episode("p9", sex="other")]), said)
    assert made.counts.n_eligible == 27
    assert made.n_hidden["enrolment"] % _ROUNDED_TO
    of = MadeFrom("r0001", "1.0.0", "k", "two", "0", "0", 5)
    told = _at("sigpanel.pipeline.extract.manifest")(said, made, of, {}, protected)
    for part in ("persons", "rows", "population", "consent_withdrawn", "suppressed", "references_cut", "linkable"):
        yield from (f"{part} is told exactly" for number in _numbers(told[part]) if number % _ROUNDED_TO)


def _numbers(said: Any) -> Iterator[int]:
    if isinstance(said, dict):
        for each in said.values():
            yield from _numbers(each)
    elif isinstance(said, int):
        yield said


def parted(_: Office) -> Iterator[str]:
    """Whoever counts the persons in the extract learns no number that is hidden, whatever stands beside it."""
    said = _approved(episodes_with(sex="as_is"), ["sex"], most_left_out=1.0, consent_withdrawn="exclude")
    made = draft(panel(crowd(6)), said)
    of = MadeFrom("r0001", "1.0.0", "k", "two", "0", "0", 5)
    found: dict[str, list[set[int]]] = {}
    for n, out, left in itertools.product(range(20, 25), range(9), range(9)):
        counts = Counts(n + out + left, out, out, left, n, 0)
        told = _at("sigpanel.pipeline.extract.manifest")(said, replace(made, counts=counts), of, {}, protected)
        printed = json.dumps([n, told["population"], told["consent_withdrawn"]])
        for seen, one in zip(found.setdefault(printed, [set(), set()]), (out, left), strict=True):
            seen.add(one)
    hidden = {name for name, few in (("out", 0), ("left", 1)) for seen in found.values()
              if min(seen[few]) < _ROUNDED_TO and len(seen[few]) < _ROUNDED_TO}  # fmt: skip
    yield from (f"{name} is told by what stands beside it" for name in sorted(hidden))


def whole(_: Office) -> Iterator[str]:
    """What a hidden district or year of beginning could be told from is hidden in all rows of the person."""
    rare = {"district": "skarpnack", "enrolled_on": dt.date(2019, 3, 1), "discharged_on": dt.date(2020, 3, 1)}
    later = {"enrolled_on": dt.date(2020, 3, 1), "is_renewal": True, "previous_episode_id": "e-p9-1"}
    rows = [*crowd(6), *crowd(6, first=20, enrolled_on=dt.date(2020, 3, 1))]
    rows += [episode("p9", 1, **rare), episode("p9", 2, **later)]
    telling = {
        "district": {"district": "as_is", "is_renewal": "as_is"},
        "enrolled_on": {"enrolled_on": "year", "discharged_on": "year"},
    }
    for known, columns in telling.items():
        said = _approved(episodes_with(**columns), [known], most_left_out=0.0)
        made = draft(panel(rows), said).tables["episodes"].filter(pl.col("_person") == "p9")
        assert made.height == 2
        others = [name for name in ("is_renewal", "enrolled_on_year", "discharged_on_year") if name in made.columns]
        yield from (f"{name} tells a hidden value" for name in others if made[name].null_count() < made.height)


def counted(_: Office) -> Iterator[str]:
    """Which questions its form did not have sets nobody apart in a class of fewer than k."""
    rows = [*crowd(6, mental_health=5), episode("p9", mental_health__missing="not_collected")]
    waves = {"person_id": "id", "episode_id": "id", "moment": "as_is", "mental_health__missing": "as_is"}
    said = _approved({**episodes_with(sex="as_is"), "waves": waves}, ["sex"], most_left_out=1.0)
    left = draft(panel(rows), said).tables["waves"].filter(mental_health__missing="not_collected")
    if left["_person"].n_unique() in range(1, said.risk.k):
        yield "somebody alone has answers of another form"


PROOFS: dict[str, Callable[[Office], Iterator[str]]] = {
    proof.__name__: proof for proof in (rounded, parted, whole, counted)
}


def _approved(tables: dict[str, Any], known: list[str], *, most_left_out: float, **said: Any) -> Any:
    small = {**body()["small_classes"], "order": known, "most_left_out": most_left_out}
    with tempfile.TemporaryDirectory() as folder:
        return approval(Path(folder), tables=tables, quasi_identifiers=known, small_classes=small, **said)


# --- mutants ----------------------------------------------------------------------------------------------------------


def _exact(office: Office, change: Callable[[Any, Any], None]) -> None:
    def told_exactly(told: Any, _: object, cut: Any, *__: object) -> Any:
        change(told, cut)
        return told

    office.after("sigpanel.pipeline.extract.manifest", told_exactly)


def _hidden_in_the_episode_alone(office: Office) -> None:
    hide = _at("sigpanel.extracts.cut.hide")

    def narrow(tables: Any, view: Any, facts: Any) -> Any:
        return hide(tables, view, [replace(one, members=one.members + one.derived, derived=()) for one in facts])

    office.patch.setattr("sigpanel.extracts.cut.hide", narrow)


def _other_days_shown(office: Office) -> None:
    office.patch.setattr("sigpanel.extracts.protect._with_what_tells_it", lambda view, _: view)
    _hidden_in_the_episode_alone(office)


def _forms_not_counted(office: Office) -> None:
    office.after("sigpanel.extracts.cut.facts", lambda known, _: tuple(one for one in known if one.name != "reporting"))


MUTANTS: dict[str, tuple[str, Callable[[Office], None]]] = {
    "the manifest tells exactly to how many the population applies": (
        "rounded",
        lambda office: _exact(office, lambda told, cut: told["population"].update(persons=cut.counts.n_eligible)),
    ),
    "the manifest tells a rounded number to which the population applies beside a hidden part of it": (
        "parted",
        lambda office: _exact(
            office, lambda told, cut: told["population"].update(persons=protected(cut.counts.n_eligible))
        ),
    ),
    "the manifest tells exactly how many cells are hidden": (
        "rounded",
        lambda office: _exact(office, lambda told, cut: told["suppressed"].update(cells=dict(cut.n_hidden))),
    ),
    "what tells a hidden value is hidden in the episode alone": ("whole", _hidden_in_the_episode_alone),
    "other days of the person are shown beside a hidden one": ("whole", _other_days_shown),
    "which questions were not asked is not counted": ("counted", _forms_not_counted),
}
