"""Small tables of reports, written as one reads them, in the shape that `clean` hands on.

A table names the columns that the test is about; all else is alike in every row: one boy, AP0712, in Farsta's SIG unga.
`-` is a cell left empty, `?` one that cannot be read. Rows have names, and results are told by them.

    REPORTS = reports('''
        name  year  code    discharged
        first 2022  AP0712  -
        again 2023  AP0713  2023-05-01
    ''')
    assert together(match(REPORTS).groups, REPORTS) == {"first again"}
"""

import datetime as dt
import hashlib

import polars as pl

from sigpanel.episodes import collapse
from sigpanel.forms import harmonised
from sigpanel.panel import registry
from sigpanel.persons import resolve
from sigpanel.persons.history import decided_rows, events

SEXES = ("male", "female", "other")
REASONS = (
    "goals_met",
    "not_willing",
    "consent_withdrawn",
    "unreachable",
    "deprived_of_liberty",
    "defector_programme",
    "police_unsuitable",
    "other_measure",
    "relapse",
    "other",
)
ROW = ["submission_no", "row"]

_ALIKE = {
    "year": "2022",
    "programme": "unga",
    "district": "farsta",
    "code": "AP0712",
    "sex": "male",
    "age": "15",
    "enrolled": "2022-03-01",
    "discharged": "-",
    "reason": "-",
    "says": "-",
}
_SCHEMA = {
    "name": pl.String,
    "submission_no": pl.Int32,
    "row": pl.Int32,
    "edition": pl.String,
    "programme": pl.String,
    "reported_year": pl.Int16,
    "district": pl.String,
    "district_reported": pl.String,
    "uno": pl.String,
    "uno__missing": pl.String,
    "sex": pl.String,
    "sex__missing": pl.String,
    "sex__code": pl.Int16,
    "age": pl.Int16,
    "age__missing": pl.String,
    "age__code": pl.Int16,
    "enrolled_on": pl.Date,
    "enrolled_on__missing": pl.String,
    "discharged_on": pl.Date,
    "discharged_on__missing": pl.String,
    "discharge_reason": pl.String,
    "discharge_reason__missing": pl.String,
    "discharge_reason__code": pl.Int16,
    "is_discharged": pl.Boolean,
    "content": pl.String,
}


def lines(table: str) -> list[dict[str, str]]:
    """The rows of a text table, each as column: text."""
    header, *rows = (line.split() for line in table.strip().splitlines())
    return [dict(zip(header, row, strict=True)) for row in rows]


def reports(table: str | list[dict[str, str]]) -> pl.DataFrame:
    """Reports as `clean` and the pipeline hand them to `collapse`, with the `name` of each."""
    rows = [{"name": str(place), **_ALIKE, **line} for place, line in enumerate(_lines(table))]
    books = sorted({_workbook(row) for row in rows})
    return pl.DataFrame(
        [_report(row, books.index(_workbook(row)), 9 + place) for place, row in enumerate(rows)],
        schema=_SCHEMA,
        orient="row",
    )


def answers(table: str, of: pl.DataFrame) -> pl.DataFrame:
    """What reports answer, as `clean` hands it on: `name moment variable says`; a word is why there is no value."""
    codes = {"unknown": 999, "declined": 99, "not_applicable": 3}
    said = pl.DataFrame(
        [
            (
                line["name"],
                line.get("moment", "enrolment"),
                line.get("variable", "stable_housing"),
                int(line["says"]) if line["says"].isdecimal() else None,
                int(line["says"]) if line["says"].isdecimal() else codes.get(line["says"]),
                None if line["says"].isdecimal() else line["says"],
            )
            for line in _lines(table)
        ],
        schema={
            "name": pl.String,
            "moment": pl.String,
            "variable": pl.String,
            "value": pl.Int16,
            "code": pl.Int16,
            "missing": pl.String,
        },
        orient="row",
    )
    return said.join(of.select("name", *ROW, "edition"), on="name").select(
        *ROW,
        "edition",
        pl.lit("Q11").alias("question"),
        "variable",
        "moment",
        pl.concat_str(pl.lit("K"), pl.col("row").cast(pl.String)).alias("cell"),
        "code",
        "value",
        "missing",
    )


def pseudonyms(purpose: str, values: pl.Series) -> pl.Series:
    """Stand in for a key: equal exactly where texts are, in no order that tells anything."""
    distinct = values.drop_nulls().unique()
    made = [purpose[0] + hashlib.blake2b(f"{purpose}|{text}".encode(), digest_size=8).hexdigest() for text in distinct]
    return values.replace_strict(distinct, pl.Series(made, dtype=pl.String), return_dtype=pl.String)


def coverage(of: pl.DataFrame) -> pl.DataFrame:
    """A workbook of every programme, district and year that has a report, by the name the district had then."""
    return of.select("programme", "district", "district_reported", "reported_year").unique()


def collapsed(of: pl.DataFrame, said: pl.DataFrame | None = None, **more):
    """Collapse reports; where a test is not about answers there are none."""
    more = {"coverage": coverage(of), "pseudonyms": pseudonyms, **more}
    return collapse(of, answers([], of) if said is None else said, more.pop("coverage"), **more)


def resolved(made, **more):
    """Resolve what was collapsed, with nobody of the pilot."""
    episodes = made.episodes.with_columns(
        pl.lit(None, pl.Int16).alias("known_birth_year"), pl.lit(None, pl.Date).alias("watched_until")
    )
    return resolve(episodes, **{"pseudonyms": pseudonyms, **more})


def together(groups: pl.DataFrame, of: pl.DataFrame) -> set[str]:
    """The names of the reports that were put together, each group as one text."""
    mark = next(column for column in groups.columns if column in {"group", "episode_id"})
    named = groups.join(of.select(*ROW, "name"), on=ROW).sort("name").group_by(mark).agg(pl.col("name").str.join(" "))
    return set(named["name"])


def ids(made, of: pl.DataFrame) -> dict[str, str]:
    """The episode of each report, by the report's name."""
    return dict(made.membership.join(of.select(*ROW, "name"), on=ROW).select("name", "episode_id").iter_rows())


def _lines(table: str | list[dict[str, str]]) -> list[dict[str, str]]:
    return lines(table) if isinstance(table, str) else table


def _workbook(row: dict[str, str]) -> tuple[str, ...]:
    return row["year"], row["programme"], row["district"]


def _report(row: dict[str, str], submission_no: int, place: int) -> tuple:
    is_discharged = row["discharged"] != "-" or row["reason"] != "-"
    due = "blank" if is_discharged else "not_yet"
    return (
        row["name"],
        submission_no,
        int(row.get("row", place)),
        "sig-unga-2022",
        row["programme"],
        int(row["year"]),
        harmonised(row["district"]),
        row["district"],
        *_told(row["code"]),
        *_told(row["sex"]),
        _place_in(SEXES, row["sex"]),
        *_told(row["age"], int),
        _told(row["age"], int)[0],
        *_told(row["enrolled"], dt.date.fromisoformat),
        *_told(row["discharged"], dt.date.fromisoformat, due),
        *((None, "unknown") if row["reason"] == "unknown" else _told(row["reason"], empty=due)),
        999 if row["reason"] == "unknown" else _place_in(REASONS, row["reason"]),
        is_discharged,
        "|".join(row[name] for name in _ALIKE if name not in {"year", "programme"}),
    )


def _told(text: str, read=str, empty: str = "blank") -> tuple:
    """A value and why there is none."""
    return (None, {"-": empty, "?": "invalid"}[text]) if text in {"-", "?"} else (read(text), None)


def _place_in(tokens: tuple[str, ...], token: str) -> int | None:
    return tokens.index(token) + 1 if token in tokens else None


NOTHING_DECIDED = pl.DataFrame(schema=dict.fromkeys(("episode_a", "episode_b", "verdict"), pl.String))


def remember(made, persons, remembered: pl.DataFrame | None, ordinal: int) -> pl.DataFrame:
    """What the pipeline writes down after a release."""
    told = persons.episodes.with_columns(pl.lit("as told").alias("facts"))
    past = told.clear() if remembered is None else registry.before(remembered)
    return registry.after(remembered, made.aliases, told, events(told, past), decided_rows(NOTHING_DECIDED), ordinal)
