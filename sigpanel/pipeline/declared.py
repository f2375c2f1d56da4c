"""What the settings declare of single workbooks, as numbers of this run.

A declaration names files. One that names a file which is not there stops everything: it was meant for some workbook,
and which one cannot be guessed. So does one that contradicts another. Here are also the lines that the data owner may
write when two workbooks contend for one place.

Whether what is declared fits what the workbooks say is for `standing` to judge.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sigpanel.errors import InputError
from sigpanel.pipeline.settings import Settings, same_name

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from sigpanel.pipeline.deliveries import Source


@dataclass(frozen=True)
class Declared:
    """What is declared, by `submission_no`.

    Attributes:
        replaced: the workbooks whose place another takes, with that one.
        parts: the workbooks that are parts, each with the number of its part.
        districts: whose a workbook is in which no row says it.
        received: when workbooks came.
    """

    replaced: Mapping[int, int] = field(default_factory=dict)
    parts: Mapping[int, int] = field(default_factory=dict)
    districts: Mapping[int, str] = field(default_factory=dict)
    received: Mapping[int, dt.date] = field(default_factory=dict)

    def by_id(self, ids: Mapping[int, str]) -> dict[str, object]:
        """What is declared about workbooks that shapes a release, by `submission_id`, for the manifest."""
        parts = [[ids[number] for number, of in self.parts.items() if of == part] for part in set(self.parts.values())]
        return {
            "replaced": {ids[old]: ids[new] for old, new in self.replaced.items()},
            "parts": sorted(map(sorted, parts)),
            "districts": {ids[number]: district for number, district in self.districts.items()},
        }


NOTHING = Declared()


def declared(settings: Settings, sources: Sequence[Source]) -> Declared:
    """Find the workbooks that the settings speak of.

    Raises:
        InputError: a file that is declared is not there, takes two places or its own, or has two in its place.
    """
    numbers = {same_name(source.name): number for number, source in enumerate(sources)}
    _hold_names(settings, sources)
    named = [
        *(name for pair in settings.replacements for name in pair),
        *(name for part in settings.parts for name in part),
        *settings.districts,
        *settings.received,
    ]
    strangers = sorted({name for name in named if name not in numbers})
    if strangers:
        raise InputError(
            "declared-file-missing",
            f"sigpanel.toml speaks of files that are not in owner/submissions:{listed(strangers)}",
            remedy="Mend the name, as `sigpanel check` prints it, or take the entry away.",
        )
    replaced = {numbers[old]: numbers[new] for new, old in settings.replacements}
    parts = {numbers[name]: place for place, part in enumerate(settings.parts) for name in part}
    _hold_replacements(settings.replacements, replaced, set(parts))
    return Declared(
        replaced=replaced,
        parts=parts,
        districts={numbers[name]: district for name, district in settings.districts.items()},
        received={numbers[name]: day for name, day in settings.received.items()},
    )


def _hold_names(settings: Settings, sources: Sequence[Source]) -> None:
    """Refuse to choose between files whose names differ only in slashes or in how their letters are composed."""
    alike = Counter(same_name(source.name) for source in sources)
    twins = [source.name for source in sources if alike[same_name(source.name)] > 1]
    if twins and (settings.replacements or settings.parts or settings.districts or settings.received):
        raise InputError(
            "declared-file-twice",
            f"Files in owner/submissions have one name, so sigpanel.toml cannot tell them apart:{listed(twins)}",
            remedy="Rename one of them.",
        )


def _hold_replacements(pairs: Sequence[tuple[str, str]], replaced: Mapping[int, int], parts: set[int]) -> None:
    """Refuse a workbook in whose place two stand, one that is a part too, and those that go round in a circle."""
    twice = len(set(pairs)) > len(replaced)
    circles = [number for number in replaced if _ends_nowhere(number, replaced)]
    if twice or circles or replaced.keys() & parts:
        raise InputError(
            "replacements-unclear",
            "sigpanel.toml: of the [[replacements]] it cannot be told which workbook holds in the end.",
            remedy="Let each file be replaced by one other at most, by none that it replaces itself, and be no part.",
        )


def _ends_nowhere(number: int, replaced: Mapping[int, int]) -> bool:
    at, steps = number, 0
    while at in replaced and steps <= len(replaced):
        at, steps = replaced[at], steps + 1
    return at in replaced


def lines_to_write(names: Sequence[str]) -> str:
    """What the data owner may write in `sigpanel.toml` about workbooks that contend for one place.

    Args:
        names: the files, the one that seems to hold last; which one does is for the owner to say.
    """
    *older, newer = map(_quoted, names)
    files = ", ".join(map(_quoted, names))
    replaced = "\n\n".join(
        f"[[replacements]]\nfile = {newer}  # den som gäller; byt plats om det är tvärtom\nreplaces = {name}"
        for name in older
    )
    return f"{replaced}\n\n# eller, om samordnarna har rapporterat var sin del:\n# [[parts]]\n# files = [{files}]"


def listed(names: Iterable[str]) -> str:
    """Names one to a line, as an error shows them."""
    return "".join(f"\n  {name}" for name in names) + "\n"


def _quoted(name: str) -> str:
    """A name as TOML writes it, which for what may be printed is as JSON does."""
    return json.dumps(name, ensure_ascii=False)
