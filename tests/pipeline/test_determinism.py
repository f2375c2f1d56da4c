"""The same study gives the same bytes, and what must not matter does not: neither the machine nor what nobody may see.

Changing what must not matter, and comparing whole releases byte for byte, finds leaks that no search for planted words
finds: a count, an order, a length that follows from a comment.
"""

import json
import os
import random
import shutil
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from sigpanel.forms.write_layout import OwnColumn
from sigpanel.panel import open_panel
from sigpanel.pipeline import deliveries
from sigpanel.pipeline.build import build
from tests.support.study import (
    BOOKS,
    COHORT,
    FARSTA_2022,
    SECRETIVE,
    Book,
    copied,
    differing,
    make_study,
    read_shuffled,
    release_of,
    said,
    settle,
)  # fmt: skip

# The same build again and again; what it does is seen by coverage in the other tests of builds.
pytestmark = pytest.mark.no_cover

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def release(built):
    return release_of(built)


# --- the machine ----------------------------------------------------------------------------------------------------


def test_files_copied_in_another_order_and_at_another_time_give_the_same_bytes(written, release, tmp_path):
    study = make_study(tmp_path / "elsewhere" / "Återkomster [1]", books=())
    files = sorted(written.submissions.rglob("*.xlsx"))
    random.Random(1).shuffle(files)  # noqa: S311
    for age, path in enumerate(files):
        to = study.submissions / path.relative_to(written.submissions)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to)
        os.utime(to, (1_000_000_000 + age, 1_000_000_000 - age))
    build(study)
    assert differing(release_of(study), release) == set()


MACHINES = {
    "one thread": {"POLARS_MAX_THREADS": "1", "LC_ALL": "C", "TZ": "UTC", "PYTHONHASHSEED": "0"},
    "another locale and time zone": {
        "POLARS_MAX_THREADS": "4",
        "LC_ALL": "sv_SE.UTF-8",
        "LANG": "sv_SE.UTF-8",
        "TZ": "Pacific/Kiritimati",
        "PYTHONHASHSEED": "4711",
        "COLUMNS": "20",
        "PYTHONUTF8": "0",
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("machine", MACHINES)
def test_threads_locale_time_zone_and_hash_seed_do_not_matter(study, release, python, machine):
    ran = python(
        "-m", "sigpanel", "build", "--study", study.root, env={"PATH": os.environ["PATH"], **MACHINES[machine]}
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert differing(release_of(study), release) == set()


def test_a_second_release_differs_by_the_registry_it_was_made_with_and_a_third_not_at_all(released):
    build(released)
    build(released)
    first, second, third = (release_of(released, name) for name in ("r0001", "r0002", "r0003"))
    assert differing(first, second) == {"manifest.json", "datapackage.json"}
    assert differing(second, third) == set()
    one, other = (open_panel(released.panel, name).manifest for name in ("r0001", "r0002"))
    assert {name for name in one if one[name] != other[name]} == {"registry_digest"}
    described = (json.loads(release["datapackage.json"])["resources"] for release in (first, second))
    assert [a["name"] for a, b in zip(*described, strict=True) if a != b] == ["manifest"]


def test_where_research_lies_and_where_the_key_lies_do_not_matter(study, release, tmp_path):
    key = tmp_path / "keys" / "another name"
    key.parent.mkdir()
    shutil.copy(tmp_path / "study.key", key)
    moved = settle(study.root, f'research = "{tmp_path / "results"}"')
    settings = (study.root / "sigpanel.toml").read_text().replace(str(tmp_path / "study.key"), str(key))
    (study.root / "sigpanel.toml").write_text(settings)
    build(moved)
    assert moved.panel == tmp_path / "results" / "panel"
    assert differing(release_of(moved), release) == set()


# --- what a workbook holds besides answers --------------------------------------------------------------------------


def told_otherwise(**changes) -> Book:
    return replace(FARSTA_2022, layout=replace(SECRETIVE, **changes))


MUST_NOT_MATTER = {
    "the text of a comment": told_otherwise(comments={0: "Något helt annat", 2: "Och mer därtill"}),
    "comments on other rows": told_otherwise(comments={1: "QX0619 bor hos ZW0708", 3: "19990101-1234"}),
    "no comments": told_otherwise(comments={}),
    "the text of a note": told_otherwise(notes={0: "Annat", 1: "Helt annat och mycket längre än förut"}),
    "no notes": told_otherwise(notes={}),
    "the author": told_otherwise(author="S. Ekdahl"),
    "the text in an office's own column": told_otherwise(
        own_columns=(OwnColumn(5, SECRETIVE.own_columns[0].header, "Samordnare 2"),)
    ),
    "an empty own column": told_otherwise(own_columns=(OwnColumn(5, SECRETIVE.own_columns[0].header),)),
    "the header of an office's own column": told_otherwise(
        own_columns=(OwnColumn(5, "Handläggare", SECRETIVE.own_columns[0].text),)
    ),
    "the banner": told_otherwise(banner="Farsta stadsdelsförvaltning"),
    "the sheet's name": told_otherwise(sheet="Blad1"),
    "another sheet's name": told_otherwise(extra_sheet="Blad3"),
    "hidden rows and columns": told_otherwise(hidden_rows=(0, 2), hidden_columns=(6, 21)),
    "protection": told_otherwise(protected=True),
    "a filter": told_otherwise(filtered=True),
    "line breaks in headers": told_otherwise(header_breaks=(8, 20), header_blanks=(9,)),
    "a very hidden list sheet": told_otherwise(lists_very_hidden=True),
}


@pytest.mark.parametrize("what", MUST_NOT_MATTER)
def test_it_changes_no_byte_of_the_release(written, release, tmp_path, what):
    study = copied(written, tmp_path / "study")
    before = (study.submissions / FARSTA_2022.file).read_bytes()
    MUST_NOT_MATTER[what].write(study.submissions)
    assert (study.submissions / FARSTA_2022.file).read_bytes() != before
    build(study)
    assert differing(release_of(study), release) == set()


def test_what_unreadable_cells_hold_changes_the_ids_of_their_workbook_and_nothing_else(written, built, tmp_path):
    study = copied(written, tmp_path / "study")
    rows = list(FARSTA_2022.rows)
    rows[2] = said("Pelle Svanslös", "2022-05-02", "äldre än så", stable_housing="hos en kompis")
    replace(FARSTA_2022, rows=rows, layout=replace(SECRETIVE, footer="Av oss")).write(study.submissions)
    ours, theirs = build(study).tables, open_panel(built.panel)
    old, new = (
        frame.lazy().filter(district="farsta", reported_year=2022).collect()["submission_id"].item()
        for frame in (ours["submissions"], theirs.submissions)
    )
    for name, frame in ours.items():
        renamed = frame.with_columns(pl.col("^submission_id$").replace({old: new}))
        assert renamed.sort(pl.all()).equals(theirs.table(name).collect().sort(pl.all())), name


def test_file_names_and_folders_below_the_year_do_not_matter(written, release, tmp_path):
    study = copied(written, tmp_path / "study")
    files = sorted(study.submissions.rglob("*.xlsx"), reverse=True)
    for number, path in enumerate(files):
        year = path.relative_to(study.submissions).parts[0]
        to = study.submissions / year / f"djupt {number}" / "nere" / f"{number} ärende.xlsx"
        to.parent.mkdir(parents=True)
        path.rename(to)
    build(study)
    assert differing(release_of(study), release) == set()


@pytest.mark.parametrize(
    "cohort",
    [
        COHORT.replace("\r\n", "\n"),
        COHORT.replace(";", ","),
        "\r\n".join([COHORT.splitlines()[0], *reversed(COHORT.splitlines()[1:])]),
    ],
    ids=["line ends", "commas", "order"],
)
def test_how_the_cohort_file_is_written_does_not_matter(release, tmp_path, cohort):
    study = make_study(tmp_path / "study", cohort=cohort)
    build(study)
    assert differing(release_of(study), release) == set()


# --- the order of rows ----------------------------------------------------------------------------------------------

# What says where a report stood, and the id of the workbook that it stood in.
ORIGIN = ("submission_id", "row", "cell")


def same_but_for_origin(one: pl.DataFrame, other: pl.DataFrame) -> bool:
    columns = [name for name in one.columns if name not in ORIGIN]
    return one.select(columns).sort(columns).equals(other.select(columns).sort(columns))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rows_shuffled_give_the_same_persons_and_episodes_with_the_same_ids(built, tmp_path, seed):
    chance = random.Random(seed)  # noqa: S311
    books = [replace(book, rows=chance.sample(book.rows, len(book.rows))) for book in BOOKS]
    shuffled, before = build(make_study(tmp_path / "study", books=books)).tables, open_panel(built.panel)
    for name in ("persons", "episodes", "waves", "links", "cohort", "revisions"):
        assert shuffled[name].equals(before.table(name).collect())
    for name in ("answers", "ledger", "findings"):
        assert same_but_for_origin(shuffled[name], before.table(name).collect())


def test_two_offices_that_report_one_episode_in_one_year_may_call_their_files_anything(tmp_path):
    def built_of(name: str, other: str) -> dict[str, pl.DataFrame]:
        books = [
            Book(f"2022/{name}.xlsx", "sig-unga-2022", 2, [said("QX0619", "2022-03-01", 15)]),
            Book(
                f"2022/{other}.xlsx", "sig-unga-2022", 3,
                [
                    said("QX0619", "2022-03-01", 15, district=2, stable_housing=2),
                    said("ZW0708", "2022-01-20", 14),
                    said("QZ0910", "2022-01-21", 12),
                ],
            ),
        ]  # fmt: skip
        return build(make_study(tmp_path / name, books, cohort=None)).tables

    one, another = built_of("a", "b"), built_of("d", "c")
    assert one["episodes"]["n_reports"].to_list().count(2) == 1
    for name, frame in one.items():
        assert frame.equals(another[name]), name


@pytest.mark.slow
def test_a_messy_delivery_shuffled_and_renamed_has_the_same_ids_and_answers(messy, tmp_path, monkeypatch):
    before = open_panel(messy.panel)
    study = copied(messy, tmp_path / "study")
    shutil.rmtree(study.research)
    shutil.rmtree(study.registry)
    chance = random.Random(1)  # noqa: S311
    for path in sorted(study.submissions.rglob("*.xlsx")):
        path.rename(path.with_name(f"{chance.random()}.xlsx"))
    monkeypatch.setattr(deliveries.intake, "read", read_shuffled(seed=1))
    after = build(study).tables
    for name in ("persons", "episodes", "waves", "links", "cohort", "revisions"):
        assert after[name].equals(before.table(name).collect()), name
    for name in ("answers", "ledger"):
        assert same_but_for_origin(after[name], before.table(name).collect()), name


@pytest.fixture(scope="module")
def messy(tmp_path_factory):
    """Three synthetic years as offices would send them, built."""
    from sigpanel.synth import generate

    folder = tmp_path_factory.mktemp("messy")
    study = make_study(folder / "study", books=(), cohort=None)
    made = generate(folder / "made", seed=3, first_year=2022, last_year=2024, persons=120)
    for path in [*made.workbooks, made.cohort]:
        to = study.owner / ("cohort" if path == made.cohort else f"submissions/{path.parent.name}") / path.name
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to)
    build(study)
    return study
