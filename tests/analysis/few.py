"""A panel of three persons with answers: what descriptions of a panel are tried on."""

import datetime as dt

import polars as pl

from tests.support.frames import Frames

WAVES = pl.Schema(
    {
        "person_id": pl.String, "episode_id": pl.String, "moment": pl.String,
        "mental_health": pl.Int16, "mental_health__missing": pl.String,
        "school_functioning": pl.Int16, "school_functioning__missing": pl.String,
        "suspected_crimes_before": pl.Int16, "suspected_crimes_before__missing": pl.String,
        "suspected_crimes_during": pl.Int16, "suspected_crimes_during__missing": pl.String,
    }
)  # fmt: skip
NC = (None, "not_collected")
ROWS = [
    ("p1", "e1", "enrolment", 3, None, None, "not_applicable", 9, None, *NC),
    ("p1", "e1", "discharge", 5, None, 1, None, *NC, 2, None),
    ("p1", "e2", "enrolment", None, "declined", 2, None, 12, None, *NC),
    ("p2", "e3", "enrolment", 8, None, 1, None, None, "unknown", *NC),
    ("p2", "e3", "discharge", 6, None, None, "blank", *NC, 0, None),
    ("p3", "e4", "enrolment", None, "blank", None, "not_asked", 0, None, *NC),
    ("p3", "e4", "discharge", None, "unknown", None, "invalid", *NC, None, "unknown"),
]
EPISODES = pl.DataFrame(
    [
        ("p1", "q1", "e1", 1, "unga", "male", "closed", dt.date(2022, 1, 1), dt.date(2022, 12, 31), 364),
        ("p1", "q1", "e2", 2, "vuxna", "male", "ongoing", dt.date(2024, 1, 1), None, 100),
        ("p2", "q2", "e3", 1, "unga", "female", "closed", dt.date(2023, 1, 1), dt.date(2023, 1, 1), 0),
        ("p3", "q2", "e4", 1, "vuxna", "male", "closed", dt.date(2023, 5, 1), None, None),
    ],
    schema=["person_id", "person_id_wide", "episode_id", "episode_no", "programme", "sex", "status", "enrolled_on",
            "discharged_on", "days"],
    orient="row",
)  # fmt: skip


def panel(**more):
    return Frames(**{"waves": pl.DataFrame(ROWS, schema=WAVES, orient="row"), "episodes": EPISODES, **more})


def without(table, *columns):
    frames = panel().frames
    return Frames(**{**frames, table: frames[table].drop(*columns)})
