"""What `contracts check` prints: contradictions, what consumers lack, and by file where it differs from its sources."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sigpanel.cli.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sigpanel.contracts.consumers import Broken
    from sigpanel.contracts.generated import Difference
    from sigpanel.contracts.sources import Contradiction

_MOST_PLACES = 20


@dataclass(frozen=True)
class Checked:
    """The answer: how many generated files and pages there are, and what is wrong.

    `needs` is what each consumer needs and is not promised; `written` the files that were written anew before.
    """

    written: tuple[str, ...]
    files: int
    pages: int
    differences: tuple[Difference, ...]
    contradictions: tuple[Contradiction, ...]
    needs: Mapping[str, Sequence[Broken]]

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong."""
        return not self.differences and not self.contradictions and not any(self.needs.values())


def show_checked(checked: Checked) -> str:
    """The answer as text."""
    parts = [f"written: {_path(file)}" for file in checked.written]
    for each in checked.contradictions:
        parts += [f"contracts/{each.file}: {each.what}.", f"  → {each.remedy}"]
    for name, unpromised in checked.needs.items():
        served = [f"Consumer {name}: the panel promises what it needs."]
        parts += show_unpromised(name, unpromised) if unpromised else served
    return "\n".join([*parts, *_differences(checked)])


def _differences(checked: Checked) -> Iterator[str]:
    for file, of_file in groupby(checked.differences, key=lambda one: one.file):
        found = list(of_file)
        yield _path(file)
        yield from (f"  {each.path + ': ' if each.path else ''}{each.what}" for each in found[:_MOST_PLACES])
        if len(found) > _MOST_PLACES:
            yield f"  … and {plural(len(found) - _MOST_PLACES, 'place')} more"
    pages = f" and {plural(checked.pages, 'page')} of docs" if checked.pages else ""
    generated = f"{plural(checked.files, 'generated contract')}{pages}"
    if checked.differences:
        yield f"Of {generated}, {len({each.file for each in checked.differences})} differ."
        yield "  → `sigpanel contracts check --write` writes them anew, in a checkout; look at the difference."
    else:
        yield f"{generated}, each as its sources say."


def _path(file: str) -> str:
    return file if file.startswith("docs/") else f"contracts/{file}"


def show_unpromised(name: str, broken: Sequence[Broken]) -> list[str]:
    """What a consumer needs and is not promised, as lines."""
    return [
        f"Consumer {name}: NOT served. The panel does not promise what it needs, whatever a release holds:",
        *(f"  {one.where}: {one.en}" for one in broken),
        f"  → Handle it in the analysis and say so in the contract of {name}, or bring it back to the panel.",
    ]


def checked_as_dict(checked: Checked) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "files": checked.files,
        "pages": checked.pages,
        "differences": [asdict(each) for each in checked.differences],
        "written": list(checked.written),
        "contradictions": [asdict(each) for each in checked.contradictions],
        "unpromised": {name: [asdict(one) for one in broken] for name, broken in checked.needs.items()},
    }
