"""The lists by which districts give personal numbers to a register holder: one workbook each, with its own rows alone.

    lists = write_lists(asked, told)
    lists["jarva"].workbook, .n_persons, .n_unreadable

The forms hold no personal numbers, and registers link by nothing else. So whoever has met a person is asked: by the
code and the days that the same office has reported, with the project's id beside, under which the register's data come
back. The numbers go from the district to the register holder or a key custodian, and never back to us.

A person has one line in a list, with a line in its cells for each enrolment that the district has reported. Of a person
without a readable code only the days stand there: with more, somebody would be guessed. That another district has met
the person is in no list. Persons of 2013–2016 stand in a list of their own.

Nothing here knows a key, or writes a file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Final

import polars as pl

from sigpanel.contracts.followup import facts
from sigpanel.contracts.tables import vocabulary
from sigpanel.followup.request_sheet import LOOKS, write_first, write_list
from sigpanel.forms import districts
from sigpanel.forms.write import new_workbook
from sigpanel.forms.write_style import Styles

if TYPE_CHECKING:
    import datetime as dt

PILOT, OWNER = "pilot", "owner"
ASKED: Final = pl.Schema({
    "place": pl.String, "person_id": pl.String, "uno": pl.String, "enrolled_on": pl.Date, "discharged_on": pl.Date,
    "status": pl.String, "sex": pl.String, "age": pl.Int16,
})  # fmt: skip
_SEAM: Final = "\n"


@dataclass(frozen=True)
class Told:
    """What every list says of what it is for: extract, register number, purpose in Swedish, by when, and to whom."""

    extract_id: str
    register_number: str
    purpose: str
    by: dt.date
    to: str


@dataclass(frozen=True)
class List:
    """A list as a workbook: what it is called, how many persons it asks for, and of how many no code can be read."""

    file: str
    n_persons: int
    n_unreadable: int
    workbook: bytes = field(repr=False)


def write_lists(asked: pl.DataFrame, told: Told) -> dict[str, List]:
    """The list of each place.

    Args:
        asked: of `ASKED`: an enrolment as one place reported it, of a person in the extract under the extract's id. The
            place is a district by today's name, `pilot`, or `owner` where no district is known.
        told: what the lists are for.
    """
    lines = _lines(asked.select(ASKED.names()).cast(ASKED))
    return {
        str(place): _list(str(place), own.drop("place"), told)
        for (place,), own in lines.group_by("place", maintain_order=True)
    }


def file_name(place: str, extract_id: str) -> str:
    """What the list of a place is called."""
    words = facts().request
    named = {PILOT: words.pilot, OWNER: words.owner}.get(place, place.replace("_", "-"))
    return words.file.format(extract=extract_id, place=named)


def _list(place: str, lines: pl.DataFrame, told: Told) -> List:
    words = facts().request
    names = {OWNER: words.place_owner}
    title = words.title_pilot if place == PILOT else words.title.format(place=names.get(place) or districts()[place].sv)
    n_unreadable = lines.filter(pl.col("code") == words.no_code).height
    said = {
        "purpose": told.purpose.rstrip(".") + ".",
        "register_number": told.register_number,
        "by": told.by,
        "to": told.to,
        "no_day": words.no_day,
        "ongoing": words.ongoing,
        "no_code": words.no_code,
    }
    paragraphs = [text.format(**said) for text in words.paragraphs]
    counts = words.count.of(lines.height) + (f" {words.unreadable.of(n_unreadable)}" if n_unreadable else "")
    held = BytesIO()
    made = new_workbook(held, words.sheets["first"])
    styles = Styles(made, LOOKS)
    first, sheet = made.add_worksheet(words.sheets["first"]), made.add_worksheet(words.sheets["list"])
    write_first(first, styles, title, words.warning, counts, paragraphs)
    write_list(sheet, styles, lines)
    first.activate()
    made.close()
    return List(file_name(place, told.extract_id), lines.height, n_unreadable, held.getvalue())


def _lines(asked: pl.DataFrame) -> pl.DataFrame:
    """One line per place and person: texts, with a line in them for each enrolment."""
    words = facts().request
    sexes = {term.token: term.sv for term in vocabulary("sex")}
    is_open = pl.col("status").ne_missing("closed")
    texts = asked.sort("place", "enrolled_on", "person_id", "uno", nulls_last=True).with_columns(
        pl.col("enrolled_on").cast(pl.String).fill_null(words.no_day).alias("enrolled"),
        pl.coalesce(
            pl.col("discharged_on").cast(pl.String), pl.when(is_open).then(pl.lit(words.ongoing)), pl.lit(words.no_day)
        ).alias("discharged"),
        pl.col("sex").replace(sexes).fill_null(words.no_day),
        pl.col("age").cast(pl.String).fill_null(words.no_day),
    )
    joined = texts.group_by("place", "person_id", maintain_order=True).agg(
        pl.col("uno").drop_nulls().unique(maintain_order=True).str.join(_SEAM).alias("code"),
        pl.col("enrolled").str.join(_SEAM),
        pl.col("discharged").str.join(_SEAM),
        pl.col("sex").unique(maintain_order=True).str.join(_SEAM),
        pl.col("age").str.join(_SEAM),
    )
    is_unread = pl.col("code") == ""
    return joined.with_columns(
        pl.when(is_unread).then(pl.lit(words.no_code)).otherwise("code").alias("code"),
        *(pl.when(~is_unread).then(name).alias(name) for name in ("sex", "age")),
    ).select("place", "person_id", "code", "enrolled", "discharged", "sex", "age")
