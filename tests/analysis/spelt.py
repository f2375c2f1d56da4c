"""A few persons, written out episode by episode, and what a register told of them."""

import datetime as dt

import polars as pl

from tests.analysis.frames import Frames

_DATES = ("enrolled_on", "discharged_on", "observed_from", "observed_until")


def episode(who: str, no: int, enrolled: str, discharged: str | None, **more) -> dict:
    began, ended = dt.date.fromisoformat(enrolled), dt.date.fromisoformat(discharged) if discharged else None
    return {
        "person_id": who, "person_id_strict": who, "person_id_wide": who, "episode_id": f"{who}{no}", "episode_no": no,
        "programme": "unga", "district": "farsta", "status": "closed" if ended else "ongoing", "enrolled_on": began,
        "discharged_on": ended, "observed_from": began, "observed_until": ended or dt.date(2025, 12, 31),
        "discharge_reason": "goals_met" if ended else None, "is_left_truncated": False, "is_reenrolment": no > 1,
        "is_renewal": False, "first_reported_year": began.year, "last_reported_year": (ended or began).year, **more,
    }  # fmt: skip


def panel(*rows: dict, until: dt.date = dt.date(2025, 12, 31), **more) -> Frames:
    frame = pl.DataFrame(list(rows), infer_schema_length=None).with_columns(pl.col(_DATES).cast(pl.Date))
    persons = frame.select("person_id").unique(maintain_order=True).with_columns(observed_until=until)
    return Frames(episodes=frame, persons=persons, **more)


def delivery(*events: tuple[str | None, ...], search: str = "searched") -> dict:
    """Events of `who, outcome, day`; of deprivation the day of release and the way follow."""
    names = ("person_id", "outcome", "happened_on", "until_on", "what")
    rows = pl.DataFrame(
        [dict(zip(names, event, strict=False)) for event in events], schema=dict.fromkeys(names, pl.String)
    ).with_columns(pl.col("happened_on", "until_on").str.to_date("%Y-%m-%d"))
    return {
        "outcomes": rows,
        "coverage": pl.DataFrame(
            {
                "outcome": ["suspicion"], "source": "bra", "from_on": dt.date(2020, 1, 1),
                "until_on": dt.date(2025, 6, 30), "lag_months": 6, "version": "1.0.0", "delivery": "one",
            }
        ),
        "searched": pl.DataFrame({"person_id": ["a"], "source": "bra", "search": search}),
    }  # fmt: skip


def told(frame: pl.DataFrame) -> list[tuple]:
    return frame.select("entry", "time", "event", "censored_by").rows()


A = episode("a", 1, "2023-01-01", "2023-03-01")


def coarse(source: Frames) -> Frames:
    month = [pl.col(name).dt.strftime("%Y-%m").alias(f"{name}_month") for name in _DATES]
    source.frames["episodes"] = source.frames["episodes"].with_columns(month).drop(_DATES)
    source.frames["persons"] = source.frames["persons"].select(
        "person_id", observed_until_month=pl.col("observed_until").dt.strftime("%Y-%m")
    )
    return source
