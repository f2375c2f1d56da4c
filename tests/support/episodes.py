"""Small tables of episodes, written as one reads them, in the shape that `resolve` is given.

As with `reports`: a table names what the test is about, and all else is alike in every row, one boy of Farsta's SIG
unga, each time enrolled and discharged in a year of its own. `-` is null.
A code `A/B` was given as A in one report and as B in the last. What has a discharge date is closed, else ongoing.
"""

import datetime as dt

import polars as pl

from sigpanel.persons import Resolved, resolve
from tests.support.reports import lines, pseudonyms

_ALIKE = {
    "programme": "unga",
    "district": "farsta",
    "code": "AP0712",
    "sex": "male",
    "born": "-",
    "last": "-",
    "status": "-",
}
_SCHEMA = {
    "episode_id": pl.String,
    "programme": pl.String,
    "district": pl.String,
    "uno": pl.String,
    "sex": pl.String,
    "age": pl.Int16,
    "enrolled_on": pl.Date,
    "discharged_on": pl.Date,
    "status": pl.String,
    "observed_until": pl.Date,
    "watched_until": pl.Date,
    "first_reported_year": pl.Int16,
    "last_reported_year": pl.Int16,
    "known_birth_year": pl.Int16,
    "codes": pl.List(pl.String),
}


def episodes(table: str | list[dict[str, str]]) -> pl.DataFrame:
    """Episodes whose ids are the names in the table. Who tells no age was born on 2007-01-12."""
    rows = lines(table) if isinstance(table, str) else table
    return pl.DataFrame(
        [_episode({**_ALIKE, **row}, place) for place, row in enumerate(rows)], schema=_SCHEMA, orient="row"
    )


def persons(table: str | list[dict[str, str]], of: str = "person_id", **more) -> set[str]:
    """The names of the episodes of each person, in order, each person as one text."""
    return partition(resolve(episodes(table), pseudonyms=pseudonyms, **more), of)


def partition(resolved: Resolved, of: str = "person_id") -> set[str]:
    """Likewise, of what is resolved already."""
    named = resolved.episodes.sort("episode_id").group_by(of).agg(pl.col("episode_id").str.join(" "))
    return set(named["episode_id"])


def apart(table: str | list[dict[str, str]], **more) -> set[tuple[str, str, str]]:
    """The pairs that were kept apart, with the rule."""
    links = resolve(episodes(table), pseudonyms=pseudonyms, **more).links.filter(pl.col("decision") != "linked")
    return set(links.select("episode_a", "episode_b", "rule").iter_rows())


def reviewed(table: str) -> set[tuple[str, str, str]]:
    """The pairs that a person must look at, with the episode that fits nearly as well."""
    pairs = resolve(episodes(table), pseudonyms=pseudonyms).pairs.filter(pl.col("class") == "review")
    return set(pairs.select("episode_a", "episode_b", "runner_up").iter_rows())


def _episode(row: dict[str, str], place: int) -> tuple:
    year = 2022 + place
    enrolled = _date(row.get("enrolled", f"{year}-02-01"))
    discharged = _date(row.get("discharged", f"{year}-11-30"))
    first = enrolled.year if enrolled else year
    last = int(row["last"]) if row["last"] != "-" else (discharged.year if discharged else first)
    age = row.get("age", str(enrolled.year - 2007) if enrolled else "-")
    return (
        row["name"],
        row["programme"],
        row["district"],
        _text(row["code"].split("/")[-1]),
        _text(row["sex"]),
        int(age) if age != "-" else None,
        enrolled,
        discharged,
        row["status"] if row["status"] != "-" else ("closed" if discharged else "ongoing"),
        discharged or dt.date(last, 12, 31),
        _date(row.get("watched", "-")),
        first,
        last,
        int(row["born"]) if row["born"] != "-" else None,
        sorted(set(row["code"].split("/"))) if row["code"] != "-" else None,
    )


def _text(text: str) -> str | None:
    return None if text == "-" else text


def _date(text: str) -> dt.date | None:
    return None if text == "-" else dt.date.fromisoformat(text)
