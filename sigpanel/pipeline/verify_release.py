"""Prove to the data owner that nothing identifying is in a folder that is about to leave.

    verify_release(Path("research/panel/r0001"), study)

From the study comes what must not be found: every code in every workbook, refused ones too, and every text that
somebody wrote anywhere in the owner's room; names, numbers and study ids of the cohort; ids of all releases; the bytes
of keys and salts; paths, and the names of user and computer. What is looked for in which kind of folder, and how, is in
`sigpanel.proof`. The registry is read for its keyed facts alone.

What holds nothing of that may hold persons who have withdrawn since: of extracts the owner's room knows it (`recall`).

It is for the data owner: a researcher has no workbooks to look for. A file of the owner's of which no text can be read
(encrypted, an old container) is counted, since what stands in it is not looked for.
"""

from __future__ import annotations

import csv
import getpass
import io
import os
import re
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from sigpanel import intake
from sigpanel.contracts.tables import contract
from sigpanel.contracts.uno import possible_codes
from sigpanel.errors import InputError, SigpanelError, UsageError
from sigpanel.followup.half import leftovers
from sigpanel.key import PREFIXES
from sigpanel.panel import layout
from sigpanel.panel.registry import WITHDRAWN_ROW, read_aliases
from sigpanel.pipeline.audit_log import extracts_dir
from sigpanel.pipeline.cohort_files import cohort_tables
from sigpanel.pipeline.deliveries import files_below
from sigpanel.pipeline.recall import withdrawn_in
from sigpanel.proof.gathered import Gathered
from sigpanel.proof.office import Sealed, texts_of
from sigpanel.proof.parts import decoded
from sigpanel.proof.prove import Proof, prove
from sigpanel.proof.words import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sigpanel.pipeline.study import Study

_DECISIONS = ("corrections.csv", "links.csv", "withdrawals.csv")
# What the program itself wrote of itself, in words of `contracts/audit.yaml`.
_OURS = ("log.jsonl",)
_EXTRACT_ID = re.compile("[{}][a-z2-7]{{26}}".format("".join(PREFIXES[name] for name in PREFIXES if "extract" in name)))
_WRITTEN = {"reason", "who", "expected", "value"}
# Rows of the registry whose alias is no keyed fact: persons of before, and rows of workbooks, which the ledger has too.
_NOT_KEYED = rf"^(merged|split|renamed):|^{WITHDRAWN_ROW}$"
_IDENTITY = ("given_name", "surname")
_SHORTEST_ID = 20
_LARGEST_KEY = 1 << 16
_KEY_VARIABLES = ("SIGPANEL_KEY_FILE", "SIGPANEL_MANAGER_KEY_FILE")


@dataclass(frozen=True)
class Verified:
    """What was proved of a folder.

    Attributes:
        proof: the search.
        n_sealed: how many of the owner's files could not be read, so that nothing of them was looked for.
        withdrawn: the extracts in it that hold persons who have withdrawn.
        unsure: those of which it cannot be told.
    """

    proof: Proof
    n_sealed: int
    withdrawn: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether everything could be looked into, nothing was found, and nobody in it has withdrawn."""
        return self.proof.is_clean and not self.withdrawn and not self.unsure

    @property
    def must_stay(self) -> bool:
        """Whether something is in it that must not leave, as far as that could be told."""
        return bool(self.proof.found or self.withdrawn)


def verify_release(folder: Path, study: Study, *, possible: Callable[[], Iterable[str]] = possible_codes) -> Verified:
    """Search a folder for everything in a study that must not leave.

    Args:
        folder: a release, an extract, or whatever is about to leave.
        study: the study that it was made from.
        possible: gives the codes of the dictionary attack; all there are, but for tests.

    Raises:
        UsageError: the folder is not there.
        InputError: it is empty, or holds what a killed command left of a delivery; or the study holds nothing to look
            for, or a release cannot be read, or its registry, or that is not the live release's.
    """
    if not folder.is_dir():
        raise UsageError("no-folder", "There is no such folder.", remedy="Give the folder that is about to leave.")
    place, research = folder.resolve(), study.research
    if place in {study.root.resolve(), study.owner.resolve()} or study.owner.resolve() in place.parents:
        raise UsageError(
            "owners-room",
            "The data owner's room holds codes, and must not leave at all.",
            remedy="Give a release, an extract, or the folder that is about to leave.",
        )
    _hold_no_half(folder)
    gathered = gather(study)
    is_research = research in (place, *place.parents)
    # Before the search, which takes its time: a registry that cannot be read stops it.
    hold, unsure = withdrawn_in(study, folder)
    extracts = extracts_dir(study).resolve()
    proof = prove(folder, gathered.needles(), is_research=is_research, extracts=extracts, possible=possible)
    return Verified(proof, gathered.sealed, tuple(hold), tuple(unsure))


def _hold_no_half(folder: Path) -> None:
    """Refuse what a killed receive left: with it more would leave than is in use, or less."""
    n = leftovers(folder)
    if n:
        raise InputError(
            "followup-unfinished",
            f"A command that received a delivery was interrupted, and {n} of its folders lie in what is to leave.",
            remedy="Receive the last delivery again (`sigpanel followup receive`), which puts right what it left.",
        )


def gather(study: Study) -> Gathered:
    """Everything in a study that must not leave it.

    Raises:
        InputError: a folder of the owner's cannot be looked into, or a release or registry cannot be read.
    """
    gathered = Gathered()
    registry = study.registry.resolve()
    for path in files_below(study.owner):
        if registry in path.resolve().parents or (path.parent == study.owner and path.name in _OURS):
            continue
        _add_file(gathered, path, study)
        if study.submissions in path.parents or study.cohort in path.parents:
            _add_names(gathered, path, study)
    _add_codes(gathered, study)
    _add_cohort(gathered, study)
    _add_ids(gathered, study)
    _add_keys(gathered, study)
    _add_places(gathered, study)
    return gathered


def _add_file(gathered: Gathered, path: Path, study: Study) -> None:
    if path.name in _DECISIONS:
        gathered.add("decisions", _decided(path))
        return
    try:
        for kind, text in texts_of(path):
            # A list by which districts are asked for personal numbers holds the ids of the extract that it is for.
            if not (study.outbox in path.parents and _EXTRACT_ID.fullmatch(text)):
                gathered.add(kind, [text])
    except Sealed:
        gathered.sealed += 1


def _decided(path: Path) -> Iterator[str]:
    """What was written into a file of decisions; all of it, where its columns are not known."""
    lines = list(csv.reader(io.StringIO(decoded(path.read_bytes())), delimiter=";"))
    known = {number for number, name in enumerate(lines[0] if lines else ()) if name.strip() in _WRITTEN}
    for line in lines:
        yield from (cell for number, cell in enumerate(line) if number in known or not known)


def _add_names(gathered: Gathered, path: Path, study: Study) -> None:
    """The names of a file and of the folders around it, but for the year."""
    below = path.relative_to(study.submissions if study.submissions in path.parents else study.cohort)
    gathered.add("file_names", (name for name in (*below.parts, path.stem) if len("".join(words(name))) > len("2022")))


def _add_codes(gathered: Gathered, study: Study) -> None:
    """What stands in the cells of the code in every workbook that is recognised."""
    for path in files_below(study.submissions):
        try:
            book = intake.read(path, submission_no=0, year=0)
        except intake.Refused:
            continue
        question = f"Q{book.form.by_key['uno', 'enrolment'].no}"
        cells = intake.cells_of([book])
        gathered.add("codes_as_sent", cells.filter(question=question)["text"])


def _add_cohort(gathered: Gathered, study: Study) -> None:
    try:
        _, tables = cohort_tables(study.cohort, study.settings.cohort)
    except SigpanelError:
        # Its texts have been taken as they stand; which of them are names, nobody can tell.
        return
    for table in tables:
        gathered.add("study_ids", table.texts["study_id"])
        gathered.add("codes_as_sent", table.texts["uno"])
        gathered.add("personal_numbers", table.texts["personal_number"])
        for name in _IDENTITY:
            gathered.add("person_names", table.texts[name])


def _add_ids(gathered: Gathered, study: Study) -> None:
    """The ids of every release, and the registry's keyed facts.

    Raises:
        InputError: one cannot be read, so that not all of them could be looked for.
    """
    keyed = {
        column.name
        for table in contract().tables.values()
        for column in table.columns
        if column.classification == "pseudonymised"
    }
    for release in layout.folders(study.panel).values():
        for path in sorted(release.glob("*.parquet")):
            for column in _columns(path, keyed):
                if column.dtype == pl.String:
                    # Cells are classified like ids, and are none.
                    ids = column.filter(column.str.len_chars() >= _SHORTEST_ID)
                    gathered.texts["panel_ids"] |= set(ids.drop_nulls().unique())
    for path in sorted(study.registry.glob("r*.parquet")):
        facts = read_aliases(path).filter(~pl.col("alias_kind").str.contains(_NOT_KEYED))["alias"]
        gathered.texts["registry_ids"] |= set(facts.drop_nulls().unique())
    gathered.texts["registry_ids"] -= gathered.texts["panel_ids"]


def _columns(path: Path, keyed: set[str]) -> list[pl.Series]:
    try:
        names = [name for name in pq.read_schema(path).names if name in keyed]
        return pl.read_parquet(path, columns=names, glob=False).get_columns() if names else []
    except (pa.ArrowException, pl.exceptions.PolarsError, OSError):
        raise InputError(
            "release-damaged",
            f"{path.parent.name}/{path.name} of the panel cannot be read, so its ids could not be looked for.",
            remedy=f"Bring research/panel/{path.parent.name} back from a backup.",
        ) from None


def _add_keys(gathered: Gathered, study: Study) -> None:
    """The bytes of the key files that are set and of the salts beside them, as far as they can be read."""
    named = [os.environ.get(name) for name in _KEY_VARIABLES]
    named += [getattr(study.settings, name, None) for name in ("key_file", "manager_key_file")]
    for name in filter(None, named):
        place = study.root / Path(name).expanduser()
        gathered.add("paths", [str(place.resolve())])
        beside = place.with_name(f"{place.name}.salts")
        for path in (place, *(sorted(beside.iterdir()) if beside.is_dir() and os.access(beside, os.R_OK) else ())):
            try:
                secret = path.read_bytes() if path.stat().st_size <= _LARGEST_KEY else b""
            except OSError:
                continue
            if secret:
                gathered.keys.add(secret)


def _add_places(gathered: Gathered, study: Study) -> None:
    gathered.add("paths", {str(study.root.resolve()), str(study.research), str(Path.home())})
    gathered.add("machine", {_user(), socket.gethostname()})


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
