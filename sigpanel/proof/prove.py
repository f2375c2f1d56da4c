"""Hold a folder that is about to leave against everything in a study that must not.

    prove(Path("r0001"), needles)       a `Proof`: what was looked for, in how much, and what was found where

A file is held as its nearest folder with a manifest is: as a release, as an extract, or as neither; but what lies where
the study keeps its extracts is of one, whatever its manifest says. Which kinds of needle must stand in none of these is
in `contracts/proof.yaml`. A report names the kind, the file, the place and how
many different needles, never a needle: so of a file's or a column's name that holds one, only its number is told.

No needle of a kind that every study has, or nothing to search, is an error and not a clean proof.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sigpanel.contracts.proof import proof_contract
from sigpanel.contracts.uno import possible_codes
from sigpanel.errors import InputError
from sigpanel.extracts.layout import APPROVAL, MANIFEST
from sigpanel.proof.attack import Attacked, attack
from sigpanel.proof.parts import Folder
from sigpanel.proof.search import Hit, Search
from sigpanel.proof.words import is_ours, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from sigpanel.proof.needles import Counted, Needles

RELEASE, EXTRACT, OTHER = "release", "extract", "other"
# What the folder of an exported release says instead of a manifest.
EXPORTED = "export.json"
# Kinds of which a digest without a key is looked for.
_ATTACKED = ("codes_as_sent", "file_names", "personal_numbers", "person_names", "study_ids", "sheet_names")


@dataclass(frozen=True)
class Found:
    """So many different needles of a kind at a place in a file."""

    kind: str
    file: str
    place: str
    number: int


@dataclass(frozen=True)
class Proof:
    """What was looked for and where, and what was found; `opaque` files were searched as bytes alone."""

    folders: tuple[str, ...]
    n_files: int
    n_bytes: int
    opaque: tuple[str, ...]
    unreadable: tuple[str, ...]
    counted: tuple[Counted, ...]
    attacked: Attacked
    found: tuple[Found, ...]

    @property
    def is_clean(self) -> bool:
        """Whether everything could be looked into, and nothing was found."""
        return not self.found and not self.unreadable


@dataclass
class _Kinds:
    """What each file belongs to."""

    folder: Folder
    default: str
    extracts: Path | None
    known: dict[Path, str] = field(default_factory=dict)

    def of(self, number: int) -> str:
        """The kind of folder that a file is of, by the nearest manifest."""
        return self._of_folder(self.folder.files[number].parent) if number >= 0 else self.default

    def _of_folder(self, place: Path) -> str:
        if place not in self.known:
            told = self._by_place(place) or _told(place / MANIFEST) or _told(place / EXPORTED)
            is_root = place in (self.folder.root, place.parent)
            self.known[place] = told or (self.default if is_root else self._of_folder(place.parent))
        return self.known[place]

    def _by_place(self, place: Path) -> str | None:
        return EXTRACT if self.extracts is not None and self.extracts in place.resolve().parents else None


def _told(manifest: Path) -> str | None:
    try:
        content = json.loads(manifest.read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(content, dict):
        return None
    return EXTRACT if "extract_id" in content else RELEASE if "release" in content or "rows" in content else None


def prove(
    root: Path,
    needles: Needles,
    *,
    is_research: bool = False,
    extracts: Path | None = None,
    possible: Callable[[], Iterable[str]] = possible_codes,
) -> Proof:
    """Search a folder.

    Args:
        root: the folder.
        needles: what must not be in it.
        is_research: it lies in the study's own research room, where files outside an extract are held as a release is.
        extracts: where the study keeps its extracts, resolved: what is in a folder there is held as one.
        possible: gives the codes of the dictionary attack; all there are, but for tests.

    Raises:
        InputError: there is nothing to look for, or nothing to look into.
    """
    _hold_needles(needles)
    folder = Folder(root)
    if not folder.files:
        raise InputError(
            "nothing-to-verify", "There is no file in the folder, so there is nothing to prove.",
            remedy="Give the folder of a release, of an extract, or whatever is about to leave.",
        )  # fmt: skip
    kinds = _Kinds(folder, RELEASE if is_research else OTHER, extracts)
    search = Search(needles, said=_approved(folder))
    hits = list(search.over(folder.parts()))
    folders = tuple(sorted({kinds.of(number) for number in range(len(folder.files))}))
    attacked = attack(
        search.tokens,
        codes=needles.codes,
        others={text for kind in _ATTACKED for text in needles.sought[kind]},
        # A release is under them anyway.
        ids=() if folders == (RELEASE,) else _some(needles.sought["panel_ids"]),
        salts=search.told,
        possible=possible,
    )
    hits += [Hit("unkeyed", *search.tokens[token], 1) for token in sorted(attacked.found)]
    never_in = {name: kind.never_in for name, kind in proof_contract().needles.items()}
    kept = [hit for hit in hits if kinds.of(hit.file) in never_in[hit.kind]]
    names = _names(folder, {hit.file for hit in kept if hit.place == "name"})
    return Proof(
        folders=folders,
        n_files=len(folder.files),
        n_bytes=folder.n_bytes,
        opaque=tuple(names[number] for number in folder.opaque),
        unreadable=tuple(names[number] for number in folder.unreadable),
        counted=needles.counted(),
        attacked=attacked,
        found=tuple(_found(kept, names)),
    )


def _some(ids: Sequence[str]) -> list[str]:
    """A few ids of each letter, from one end to the other: what is made of ids is made of all."""
    by_letter: dict[str, list[str]] = {}
    for one in ids:
        by_letter.setdefault(one[0], []).append(one)
    most = proof_contract().attack.n_known
    return [one for found in by_letter.values() for one in found[:: max(1, len(found) // most)][:most]]


def _approved(folder: Folder) -> frozenset[str]:
    """The words of the approvals in a folder: written for readers, and so none of those that are looked for singly."""
    texts = (path.read_text("utf-8", "replace") for path in folder.files if path.name == APPROVAL and path.is_file())
    return frozenset(word for text in texts for word in words(text))


def _hold_needles(needles: Needles) -> None:
    kinds = proof_contract().needles
    missing = [one.kind for one in needles.counted() if kinds[one.kind].is_needed and not one.looked_for]
    if missing:
        raise InputError(
            "nothing-to-look-for",
            f"Of what every study holds none was found to look for: {', '.join(kinds[name].en for name in missing)}.",
            remedy="Give the study whose workbooks the folder was made from, with --against; its owner's room must "
            "still hold them.",
        )


def _names(folder: Folder, telling: set[int]) -> dict[int, str]:
    """What each file may be called: its path, or its number where its name holds a needle."""
    called = {
        number: f"file {number + 1} of {len(folder.files)} (its name tells)"
        if number in telling
        else path.relative_to(folder.root).as_posix()
        for number, path in enumerate(folder.files)
    }
    return {-1: "a folder", **called}


def _found(hits: Sequence[Hit], names: dict[int, str]) -> list[Found]:
    """The hits in order of file and place; the same place in several blocks or row groups counts with its most.

    Of unkeyed digests each is a hit.
    """
    most: dict[tuple[int, str, str], int] = {}
    for hit in hits:
        where = (hit.file, _place(hit.place), hit.kind)
        before = most.get(where, 0)
        most[where] = before + hit.number if hit.kind == "unkeyed" else max(before, hit.number)
    return [Found(kind, names[file], place, number) for (file, place, kind), number in sorted(most.items())]


def _place(place: str) -> str:
    """A place as it may be told: of a column whose name is not our own, that it is one."""
    head, found, name = place.partition(" of column ")
    return place if not found or (is_ours(name) and words(name)) else f"{head} of a column with a name of its own"
