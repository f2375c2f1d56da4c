"""A small extract and a holder's deliveries to it, written by hand, and ways to spoil them.

The extract has what receiving reads: a manifest, an approval, persons P1 to P3. Each may have one control, whose id is
the person's with -1 behind it.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from sigpanel.contracts.deliveries import delivery
from sigpanel.extracts import open_extract
from sigpanel.pipeline.followup_receive import receive_alone
from tests.contracts.deliveries_by_hand import CONTROL, CONVICTION, DEPRIVED, EVENT, SUSPICION, YEAR
from tests.extracts.panels import body

TODAY = dt.date(2026, 3, 1)
PERSONS = ("P1", "P2", "P3")
HEADER = ("delivery", "source", "version", "from_on", "until_on", "lag_months")
FROM, UNTIL = "2018-01-01", "2023-12-31"
REGISTERS = {
    "suspicions": ["bra_suspicions"],
    "convictions": ["bra_convictions"],
    "deprivation": ["kriminalvarden", "sis"],
    "work_and_study": ["lisa"],
    "deaths_and_emigration": ["rtb"],
    "controls": {"sources": ["rtb"], "per_person": 1},
}
SEARCHED = [{"person_id": one, "search": "no_number" if one == "P3" else "searched"} for one in PERSONS]
Rows = Iterable[Mapping[str, Any]]


def make_extract(folder: Path, registers: Mapping[str, Any] | None = REGISTERS, valid_to: str = "2034-12-31") -> Path:
    """An extract of three persons, and of whatever registers its approval covers."""
    folder.mkdir(parents=True)
    said = {key: value for key, value in body().items() if key != "registers"}
    if registers is not None:
        said["registers"] = dict(registers)
    (folder / "approval.yaml").write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
    pl.DataFrame({"person_id": PERSONS}).write_parquet(folder / "persons.parquet")
    manifest = {
        "extract_id": "demo-followup-v1", "release": "r0001", "contract_version": "1.0.0", "rows": {"persons": 3},
        "approval": {"valid_to": valid_to},
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (folder / "codebook.csv").write_text(",".join(_CODEBOOK) + "\n", encoding="utf-8")
    return folder


_CODEBOOK = (
    "table", "column", "type", "description_en", "description_sv", "transformation_en", "transformation_sv", "made_of",
    "asked_as", "codes_en", "codes_sv", "missing_codes",
)  # fmt: skip


def line(kind: str, source: str, version: str = "2024:1", first: str = FROM, last: str = UNTIL, lag: int = 6) -> str:
    """A line of coverage.csv."""
    return f"{kind};{source};{version};{first};{last};{lag}\n"


def bra(folder: Path, convictions: Rows = (CONVICTION,), suspicions: Rows = (SUSPICION,), **said: str) -> Path:
    """Brå's delivery: suspicions and convictions, and whom it searched for."""
    tables = {"searched": SEARCHED, "suspicions": [*suspicions], "convictions": [*convictions]}
    return deliver(
        folder, tables, {"searched": "bra", "suspicions": "bra_suspicions", "convictions": "bra_convictions"}, **said
    )


def scb(folder: Path, lives: Rows = (EVENT,), years: Rows = (YEAR,), controls: Rows | None = None, **said: str) -> Path:
    """SCB's delivery: deaths and emigration, work and study, and controls where they are given."""
    tables = {"searched": SEARCHED, "deaths_and_emigration": [*lives], "work_and_study": [*years]}
    sources = {"searched": "scb", "deaths_and_emigration": "rtb", "work_and_study": "lisa"}
    if controls is not None:
        drawn = [{"person_id": row["control_id"], "search": "searched"} for row in controls]
        tables |= {"controls": [*controls], "searched": [*SEARCHED, *drawn]}
        sources["controls"] = "rtb"
    return deliver(folder, tables, sources, **said)


def kvv(folder: Path, times: Rows = (DEPRIVED,), **said: str) -> Path:
    """Kriminalvården's delivery."""
    sources = {"searched": "kriminalvarden", "deprivation": "kriminalvarden"}
    return deliver(folder, {"searched": SEARCHED, "deprivation": [*times]}, sources, **said)


def deliver(folder: Path, tables: Mapping[str, Rows], sources: Mapping[str, str], **said: str) -> Path:
    """A delivery folder of these rows."""
    folder.mkdir(parents=True)
    for kind, rows in tables.items():
        frame = pl.DataFrame([*rows], schema=delivery(kind).schema, orient="row")
        (folder / f"{kind}.csv").write_bytes(frame.write_csv(separator=";").encode())
    lines = [line(kind, sources[kind], **said) for kind in tables]
    (folder / "coverage.csv").write_text(";".join(HEADER) + "\n" + "".join(lines), encoding="utf-8")
    return folder


def control(person: str) -> dict[str, Any]:
    """A control of a person."""
    return {**CONTROL, "person_id": person, "control_id": f"{person}-1"}


def rewritten(path: Path, old: str, new: str) -> None:
    """Change a text in a file, where it stands."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def contents(folder: Path) -> dict[str, str]:
    """Every file below a folder, with its digest."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def day(text):
    """A day, as it is written."""
    return dt.date.fromisoformat(text)


def received(extract, *folders):
    """The extract, opened after deliveries were received for it, one by one."""
    for folder in folders:
        receive_alone(extract, folder, today=TODAY)
    return open_extract(extract, today=TODAY)


def years(opened, person, column):
    """What the years of a person say in one column."""
    rows = opened.table("outcome_years").filter(person_id=person).select("year", column).collect()
    return dict(rows.iter_rows())
