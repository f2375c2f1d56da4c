"""A synthetic register: deliveries of every holder for an extract of synthetic persons, with the truth beside.

    from sigpanel.synth.register import register
    made = register(Path("deliveries"), sigpanel.open_extract("research/extracts/demo-followup-v1"))
    made.holders     a delivery folder for each holder, controls' first: receive them in that order
    made.truth       what happened, also what is in none of them

For the demonstration and for tests: deliveries as docs/deliveries.md describes them, of what the extract's approval
covers. Some persons are not searched for, verdicts come late and the last ones not at all, somebody dies or leaves, who
was discharged since deprived of liberty is locked in, and employment has another basis from 2019. A control lives as a
person does, with fewer offences. When somebody was enrolled is told by the extract alone: of its years a day is drawn.

Everything is invented and no proportion is an estimate. The same extract and seed give the same bytes, and each
person's life is the same whoever else is in the extract.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any, Final, Protocol

import polars as pl

from sigpanel.contracts.approval_registers import SEARCHED
from sigpanel.contracts.approvals import read_approval
from sigpanel.contracts.deliveries import deliveries
from sigpanel.contracts.delivery import Coverage
from sigpanel.contracts.followup import FOUND
from sigpanel.errors import InputError
from sigpanel.synth.lives import Life, live

if TYPE_CHECKING:
    from pathlib import Path

FIRST: Final = dt.date(2015, 1, 1)
# By holder, in the order in which they are received: controls must be drawn before anybody else is asked about them.
_HOLDERS: Final = {"SCB": "scb", "Brå": "bra", "Kriminalvården": "kriminalvarden"}
_HOLDERS_OF_YOUTH: Final = {"Statens institutionsstyrelse (SiS)": "sis"}
_HEADER: Final = ("delivery", "source", "version", "from_on", "until_on", "lag_months")


class Source(Protocol):
    """An extract, opened: where it lies, and its tables."""

    @property
    def path(self) -> Path:
        """Where it lies."""
        ...

    @property
    def tables(self) -> Collection[str]:
        """The tables that it has."""
        ...

    def table(self, name: str) -> pl.LazyFrame:
        """One of them."""
        ...


@dataclass(frozen=True)
class Made:
    """Where deliveries lie: a folder for each holder, in the order to receive them in, and the truth."""

    holders: tuple[Path, ...]
    truth: Path


@dataclass
class _Person:
    """Somebody whom holders are asked about, a control of theirs included; `search` is what becomes of that."""

    person_id: str
    begins: dt.date
    life: Life
    search: str
    of: str | None = None
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def register(folder: Path, extract: Source, *, seed: int = 1, until: dt.date | None = None) -> Made:
    """Write the deliveries and the truth.

    Args:
        folder: an empty folder, or none yet.
        extract: an opened extract of synthetic persons.
        seed: another gives other lives.
        until: the last day covered; the end of the last year in the extract if not given.

    Raises:
        InputError: the folder holds something, or the extract has no enrolments or an approval without registers.
    """
    if folder.exists() and any(folder.iterdir()):
        raise InputError("delivery-exists", "The folder holds something already.", remedy="Name an empty folder.")
    covers = read_approval(extract.path / "approval.yaml").registers
    enrolled = _enrolled(extract)
    if not covers.sources or enrolled.is_empty():
        raise InputError(
            "register-nothing", "The extract has no enrolments, or its approval covers no delivery of a register.",
            remedy="Let `enrolled_on` leave, and name `registers` in the approval.",
        )  # fmt: skip
    last = until or dt.date(max(enrolled["until"]), 12, 31)
    people = [each for row in enrolled.iter_rows(named=True) for each in _people(row, seed, last, covers)]
    places = []
    for holder, name in (_HOLDERS | _HOLDERS_OF_YOUTH).items():
        tables = _tables(holder, covers.sources, people, last)
        if tables:
            _write(folder / name, holder, tables, people, last)
            places.append(folder / name)
    _write_truth(folder / "truth", people)
    return Made(tuple(places), folder / "truth")


# --- whom holders are asked about -------------------------------------------------------------------------------------


def _enrolled(extract: Source) -> pl.DataFrame:
    """Per person the years of first enrolment and last discharge, and whether deprived of liberty ended it."""
    there = extract.table("episodes").collect_schema().names() if "episodes" in extract.tables else []
    names = {
        day: next((name for name in there if name.startswith(day)), None) for day in ("enrolled_on", "discharged_on")
    }
    if names["enrolled_on"] is None:
        return pl.DataFrame()
    years = [
        (
            pl.col(name).cast(pl.String).str.slice(0, 4).cast(pl.Int32, strict=False)
            if name
            else pl.lit(None, pl.Int32)
        ).alias(day)
        for day, name in names.items()
    ]
    reason = pl.col("discharge_reason") if "discharge_reason" in there else pl.lit(None, pl.String)
    rows = extract.table("episodes").select("person_id", *years, reason.alias("reason")).collect()
    return (
        rows.group_by("person_id")
        .agg(
            pl.col("enrolled_on").min().alias("first"),
            pl.col("discharged_on").max().alias("last"),
            (pl.col("reason") == "deprived_of_liberty").any().alias("is_deprived"),
            pl.max_horizontal("enrolled_on", "discharged_on").max().alias("until"),
        )
        # Of whom the extract tells no year, the first that it tells of anybody.
        .with_columns(pl.col("first", "until").fill_null(pl.col("first").min()))
        .drop_nulls("first")
        .sort("person_id")
    )


def _people(row: Mapping[str, Any], seed: int, last: dt.date, covers: Any) -> Iterator[_Person]:  # noqa: ANN401 - Registers
    chance = Random(f"{seed} {row['person_id']}")
    begins = dt.date(row["first"], 1, 1) + dt.timedelta(days=chance.randint(0, 180))
    ends = dt.date(row["last"], 7, 1) + dt.timedelta(days=chance.randint(0, 180)) if row["last"] else None
    search = chance.choices((FOUND, "no_number", "not_found", "left_out"), (94, 4, 1, 1))[0]
    is_deprived = bool(row["is_deprived"])
    yield _Person(row["person_id"], begins, live(chance, begins, ends, last, is_deprived=is_deprived), search)
    # Drawn as of a day that the delivery covers, and so nobody's who is enrolled after it.
    is_matched = search == FOUND and FIRST <= begins <= last
    for control_id in covers.control_ids([row["person_id"]]) if is_matched else ():
        own = Random(f"{seed} {control_id}")
        yield _Person(control_id, begins, live(own, begins, None, last, rate=0.15), "searched", of=row["person_id"])


# --- tables -----------------------------------------------------------------------------------------------------------


def _tables(
    holder: str, sources: Mapping[str, Collection[str]], people: Iterable[_Person], last: dt.date
) -> dict[str, tuple[Coverage, pl.DataFrame]]:
    """What a holder delivers, by kind."""
    from sigpanel.synth.register_rows import rows_of

    made = {}
    for kind, names in sources.items():
        for source in names:
            described = deliveries()[kind]
            if described.sources[source].holder != holder:
                continue
            until = dt.date(last.year - 1, 12, 31) if described.covered_as == "year" else last
            coverage = Coverage(source, f"{last.year + 1}:1", FIRST, until, described.lag.months)
            found = [one for each in people if each.search == FOUND for one in rows_of(kind, each, coverage)]
            made[kind] = (coverage, pl.DataFrame(found, schema=described.schema, orient="row"))
    return made


def _write(
    place: Path,
    holder: str,
    tables: Mapping[str, tuple[Coverage, pl.DataFrame]],
    people: Iterable[_Person],
    last: dt.date,
) -> None:
    place.mkdir(parents=True)
    asked = pl.DataFrame(
        [(each.person_id, each.search) for each in people], schema=["person_id", "search"], orient="row"
    )
    source = next(name for name, each in deliveries()[SEARCHED].sources.items() if each.holder == holder)
    whole = {SEARCHED: (Coverage(source, f"{last.year + 1}:1", FIRST, last, 0), asked.sort("person_id")), **tables}
    lines = [
        (kind, said.source, said.version, said.from_on, said.until_on, said.lag_months)
        for kind, (said, _) in whole.items()
    ]
    _csv(place / "coverage.csv", pl.DataFrame(lines, schema=list(_HEADER), orient="row"))
    for kind, (_, frame) in whole.items():
        _csv(place / f"{kind}.csv", frame)


def _write_truth(place: Path, people: Iterable[_Person]) -> None:
    """What happened: a line for each person or control, and one for each event, delivered or not."""
    place.mkdir(parents=True)
    persons, events = [], []
    for each in people:
        life = each.life
        persons.append((each.person_id, each.of, each.search, life.died_on, life.works_from))
        events += [(each.person_id, "offence", one.offence_on, one.verdict_on) for one in life.crimes]
        events += [(each.person_id, one.kind, one.from_on, one.until_on) for one in life.locked]
        events += [(each.person_id, kind, on, None) for kind, on in life.moves]
        events += [(each.person_id, "death", life.died_on, None)] if life.died_on else []
    heads = {
        "person_id": pl.String,
        "control_of": pl.String,
        "search": pl.String,
        "died_on": pl.Date,
        "works_from": pl.Int16,
    }
    _csv(place / "persons.csv", pl.DataFrame(persons, schema=heads, orient="row"))
    of_events = {"person_id": pl.String, "event": pl.String, "happened_on": pl.Date, "until_or_verdict_on": pl.Date}
    _csv(place / "events.csv", pl.DataFrame(events, schema=of_events, orient="row").sort(*of_events, nulls_last=True))


def _csv(path: Path, frame: pl.DataFrame) -> None:
    path.write_bytes(frame.write_csv(separator=";", date_format="%Y-%m-%d").encode())
