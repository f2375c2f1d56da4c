"""What must hold of everything that the program makes of a small study, as functions; the mutants break each of them.

    seen = look(study, folder)          build and check it, with a home and a folder for temporary files of its own
    PROOFS["searched"](seen)            what was found, a line each; nothing, where all is well

A study of two workbooks and a cohort file, with a canary in every place (`tests.support.planted`). Some proofs look at
one run; those of non-interference run the same study again, changed in what must not matter, and compare bytes: what
was derived from a comment, a path or a clock is found by nothing else.
"""

import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

import polars as pl
import pytest

from sigpanel.pipeline.study import Study
from sigpanel.pipeline.verify_release import gather
from sigpanel.proof import Needles, prove
from tests.cli.running import Answer, run
from tests.support.planted import DECIDED, HYPHENED, NAMES, PLACES, plant
from tests.support.study import COHORT, FARSTA_2022, SECRETIVE, A, Book, make_study, said, settle

RINKEBY_2022 = Book(
    "2022/Rinkeby-Kista unga.xlsx", "sig-unga-2022", 1,
    (said("ÅX0809", "2022-05-05", 14), said("QZ0910", "2022-02-02", 12, "2022-09-01", sex=2)),
)  # fmt: skip
TWO = (FARSTA_2022, RINKEBY_2022)
USER = "kanarieinloggad"
_COHORT_FILE = "kohort sisklista.csv"
COMMANDS = ("build", "check")
_BASE = ("HOME", "TMPDIR", "POLARS_TEMP_DIR", "LOGNAME", "USER")


def small_study(root: Path, books: tuple[Book, ...] = TWO, words: dict[str, str] = PLACES) -> Study:
    """Two workbooks, the first with a word in every place, and a cohort with names and personal numbers."""
    study = make_study(root, books, cohort=None)
    plant(next(root.rglob(f"owner/submissions/{books[0].file}")), words)
    first, *rest = COHORT.replace("\r\n", "\n").splitlines()
    lines = [f"{first};personnummer;förnamn;efternamn", *(f"{line};;;" for line in rest if "S-2" not in line)]
    lines.append(f"KANARIE-018;;Kvinna;1991;2014-02-01;2015-02-01;{HYPHENED};{NAMES[0]};{NAMES[1]}")
    (study.cohort / _COHORT_FILE).write_text("\n".join([*lines, ""]), encoding="utf-8-sig")
    reason, who = DECIDED["reason of a correction"], DECIDED["who corrected"]
    study.corrections.write_text(
        "file;cell;action;expected;value;rule;reason;who;date\n"
        f"{books[0].file};L10;set;1;2;;{reason};{who};2023-02-01\n",
        encoding="utf-8",
    )
    reason, who = DECIDED["reason of a link"], DECIDED["who linked"]
    study.links.write_text(
        "episode_a;episode_b;verdict;reason;who;date;digest\n"
        f"e{'a' * 26};e{'b' * 25}a;different;{reason};{who};2023-02-01;{'c' * 26}\n",
        encoding="utf-8",
    )
    return study


@dataclass(frozen=True)
class Seen:
    """What a run left: the study afterwards, what was said, and what lies at home and among temporary files."""

    study: Study
    said: dict[str, Answer]
    home: Path
    temporary: Path
    needles: Needles
    again: Callable[..., "Seen"]

    @cached_property
    def research(self) -> dict[str, bytes]:
        return _files(self.study.research)

    @cached_property
    def tables(self) -> dict[str, pl.DataFrame]:
        return {path.stem: pl.read_parquet(path) for path in sorted(self.study.panel.glob("r0001/*.parquet"))}


def look(study: Study, folder: Path, needles: Needles, again: Callable[..., Seen], commands: Sequence[str]) -> Seen:
    """Build and check a study. What it says and leaves is kept apart from everything else on this machine."""
    arguments = {"build": ["--study", study.root], "check": [study.submissions]}
    home, temporary = folder / "home", folder / "temporary"
    for place in (home, temporary):
        place.mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in zip(_BASE, (home, temporary, temporary, USER, USER), strict=True):
            patch.setenv(name, str(value))
        patch.setattr("tempfile.tempdir", None)
        said = {command: run(command, *arguments[command]) for command in commands}
    paths = {str(study.root.resolve()), str(home)}
    sought = Needles({**needles.texts, "paths": paths, "machine": {USER}}, needles.keys)
    return Seen(study, said, home, temporary, sought, again)


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def needles_of(study: Study) -> Needles:
    return gather(study).needles()


def few_codes() -> list[str]:
    """In place of every possible code, which takes seconds and is tried once, in `test_attack`."""
    return ["AP0615", "BO0702"]


# --- of one run -----------------------------------------------------------------------------------------------------


def searched(seen: Seen) -> Iterator[str]:
    """Nothing of the study stands in the researchers' room."""
    proof = prove(seen.study.research, seen.needles, is_research=True, possible=few_codes)
    yield from (f"{one.kind} in {one.file}, {one.place}" for one in proof.found)
    yield from (f"{name} cannot be looked into" for name in proof.unreadable)


def spoken(seen: Seen) -> Iterator[str]:
    """A build says nothing of what stands in a file, nor which; `check` names files and nothing more. Both answer."""
    place = seen.home.parent / "said"
    for name, answer in seen.said.items():
        folder = place / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "out").write_text(answer.out, encoding="utf-8")
        (folder / "err").write_text(answer.err, encoding="utf-8")
        may_name = {"file_names"} if name == "check" else set()
        texts = {kind: found for kind, found in seen.needles.texts.items() if kind not in {*may_name, "paths"}}
        proof = prove(folder, Needles(texts, seen.needles.keys), is_research=True, possible=few_codes)
        yield from (f"{one.kind} in what {name} says" for one in proof.found)


def left_behind(seen: Seen) -> Iterator[str]:
    """Nothing lies at home or among temporary files."""
    for folder in (seen.home, seen.temporary):
        yield from (f"something at {folder.name}" for _ in folder.rglob("*"))


def modes(seen: Seen) -> Iterator[str]:
    """What is the owner's is the owner's alone; research is the group's, and nobody else's."""
    study = seen.study
    rooms = {study.owner: 0o077, study.registry: 0o077, study.outbox: 0o077, study.research: 0o007}
    for room, forbidden in rooms.items():
        for path in (room, *(room.rglob("*") if room != study.owner else ())):
            if stat.S_IMODE(path.stat().st_mode) & forbidden:
                yield f"{path.name} is open to others"


def registry(seen: Seen) -> Iterator[str]:
    """The registry holds no code and nothing that a cell held; of files it knows the names, which is its purpose."""
    texts = {kind: found for kind, found in seen.needles.texts.items() if kind != "file_names"}
    proof = prove(seen.study.registry, Needles(texts, seen.needles.keys), is_research=True, possible=few_codes)
    yield from (f"{one.kind} in the registry, {one.place}" for one in proof.found)


KINDS = ("person_id", "episode_id", "uno_id", "submission_id", "cohort_id")


def apart(seen: Seen) -> Iterator[str]:
    """An id of one purpose is nowhere an id of another, the registry's aliases and the letter before it included."""
    bodies: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for frame in seen.tables.values():
        for kind in bodies.keys() & set(frame.columns):
            bodies[kind] |= set(frame[kind].drop_nulls().str.slice(1))
    for path in seen.study.registry.glob("r*.parquet"):
        remembered = pl.read_parquet(path).filter(~pl.col("alias_kind").str.contains(":"))
        bodies["alias"] = set(remembered["alias"].str.slice(1)) | set(remembered["alias"])
    kinds = sorted(bodies)
    for number, one in enumerate(kinds):
        yield from (f"{one} and {other} share ids" for other in kinds[number + 1 :] if bodies[one] & bodies[other])


# --- of two runs ----------------------------------------------------------------------------------------------------

OTHER_WORDS = {
    name: ("https://annan.example/Lupin" if name == "link" else f"Annat{number}{'_' if 'name' in name else ' '}Lupin")
    for number, name in enumerate(PLACES)
}
OTHERWISE = replace(
    FARSTA_2022,
    file="2022/A först/Zulu.xlsx",
    layout=replace(
        SECRETIVE,
        extra_sheet="Blad3",
        banner="Farsta stadsdelsförvaltning",
        own_columns=(replace(SECRETIVE.own_columns[0], header="Handläggare", text="Samordnare 2"),),
        comments={1: "Något helt annat, och mycket längre än förut var, om en annan rad"},
        notes={0: "Annat"},
        author="S. Ekdahl",
        hidden_rows=(0,),
        protected=True,
    ),
)


def unmoved(seen: Seen) -> Iterator[str]:
    """What must not matter does not: notes, comments, properties, names of files, places, reasons, the clock."""
    other = seen.again(TWO_OTHERWISE, OTHER_WORDS, is_elsewhere=True)
    names = seen.research.keys() | other.research.keys()
    yield from (f"{name} moved" for name in sorted(names) if seen.research.get(name) != other.research.get(name))


TWO_OTHERWISE = (OTHERWISE, replace(RINKEBY_2022, file="2022/Öst.xlsx"))


def unshuffled(seen: Seen) -> Iterator[str]:
    """The order of rows in a workbook orders no table and gives no id."""
    first, *rest = FARSTA_2022.rows  # of which the first stays, since a correction is of a cell
    books = (replace(FARSTA_2022, rows=(first, *rest[::-1])), replace(RINKEBY_2022, rows=RINKEBY_2022.rows[::-1]))
    other = seen.again(books)
    for name in ("persons", "episodes", "waves", "links", "cohort"):
        if not seen.tables[name].equals(other.tables[name]):
            yield f"{name} has another order, or other ids"


def others(seen: Seen) -> Iterator[str]:
    """The feedback to a district does not depend on what another district's rows say."""
    rows = tuple(
        replace(row, uno=code, answers={"stable_housing": None, "sex": 2})
        for row, code in zip(RINKEBY_2022.rows, (A, "WZ9118"), strict=True)
    )
    other = seen.again((FARSTA_2022, replace(RINKEBY_2022, rows=rows)), commands=("check",))
    mine = [(path.name, path.read_bytes()) for path in sorted(seen.study.outbox.glob("*farsta*"))]
    theirs = [(path.name, path.read_bytes()) for path in sorted(other.study.outbox.glob("*farsta*"))]
    if not mine or mine != theirs:
        yield "the feedback to Farsta"


PROOFS: dict[str, Callable[[Seen], Iterator[str]]] = {
    proof.__name__: proof
    for proof in (left_behind, modes, spoken, apart, registry, searched, unmoved, unshuffled, others)
}


# --- a study to look at ---------------------------------------------------------------------------------------------


class Desk:
    """Makes studies to be looked at, each variant of the workbooks written once."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.written: dict[object, Study] = {}
        self.number = 0
        self.needles = needles_of(self._of(TWO, PLACES))

    def _of(self, books: tuple[Book, ...], words: dict[str, str]) -> Study:
        key = tuple(book.file for book in books), tuple(id(book.rows) for book in books), tuple(words.values())
        if key not in self.written:
            self.written[key] = small_study(self.base / f"written{len(self.written)}" / "study", books, words)
        return self.written[key]

    def look(
        self,
        books: tuple[Book, ...] = TWO,
        words: dict[str, str] = PLACES,
        *,
        is_elsewhere: bool = False,
        commands: Sequence[str] = COMMANDS,
    ) -> Seen:
        """Copy a study to a place of its own, and look at it there."""
        self.number += 1
        folder = self.base / f"{'annan plats ' if is_elsewhere else 'seen'}{self.number}"
        folder.mkdir()
        root = folder / ("ett annat namn" if is_elsewhere else "study")
        shutil.copytree(self._of(books, words).root, root)
        study = settle(root)
        if is_elsewhere:
            for path in (study.corrections, study.links):
                _renamed_in(path, {text: f"Annat {number}" for number, text in enumerate(DECIDED.values())})
            for path in root.rglob("*.xlsx"):
                os.utime(path, (time.time() - 1_000_000,) * 2)
        again = partial(self.look, commands=commands)
        return look(study, folder, self.needles, again, commands)


def _renamed_in(path: Path, names: dict[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in names.items():
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
