"""Withdrawals from a small study: whom to ask for, and where anything of them is looked for."""

import datetime as dt
import tempfile
from pathlib import Path

import polars as pl

from sigpanel import key as keys
from sigpanel.panel import open_panel
from sigpanel.pipeline.study import Study
from sigpanel.pipeline.withdraw import Asked, Withdrew, withdraw
from tests.support.study import SECRET, Book, said

TODAY = dt.date(2024, 3, 1)


def _key() -> keys.Key:
    """The key of the small studies, as it is read from its file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "study.key"
        file.write_bytes(SECRET)
        file.chmod(0o600)
        return keys.load(file)


KEY = _key()

# Two persons with one code, whom nothing makes one: a girl and a boy, in two districts at one time.
SHARED = "ZR0505"
TWO = (
    Book(
        "2022/Skarpnäck unga.xlsx", "sig-unga-2022", 3,
        (said(SHARED, "2022-03-01", 17, "2022-12-01", sex=2), said("KL0407", "2022-02-02", 17)),
    ),
    Book("2022/Skärholmen unga.xlsx", "sig-unga-2022", 4, (said(SHARED, "2022-04-01", 16, "2022-11-01"),)),
)  # fmt: skip


def asked(code: str | None = None, **more: object) -> Asked:
    return Asked(**{"scope": "research", "reason": "asked", "who": "A.B.", "code": code, **more})


def take_out(study: Study, code: str | None = None, /, *, older: str = "remove", extracts=None, **more) -> Withdrew:
    """Withdraw by a code, or by `episode`."""
    joined = {"extracts": extracts} if extracts else {}
    return withdraw(study, asked(code, **more), today=TODAY, older=older, **joined)


def episodes_under(study: Study, code: str, release: str | None = None) -> pl.DataFrame:
    """The episodes of everybody who is told under a code in a release."""
    episodes = open_panel(study.panel, release).episodes.collect()
    persons = episodes.filter(uno_id=KEY.pseudonym("uno", code))["person_id"]
    return episodes.filter(pl.col("person_id").is_in(persons.implode()))


def ids_of(episodes: pl.DataFrame, code: str | None = None) -> list[str]:
    """Every id that leads to the person of some episodes; that of a code where nobody else has it."""
    own = KEY.pseudonyms("persons", episodes["episode_id"])
    return sorted(
        {*episodes["episode_id"], *episodes["person_id"], *own, *([KEY.pseudonym("uno", code)] if code else [])}
    )
