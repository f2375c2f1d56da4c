"""What `contracts check` prints: by file, the places in which it differs from what it is generated from."""

from __future__ import annotations

from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sigpanel.cli.text import plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sigpanel.contracts.consumers import Broken
    from sigpanel.contracts.generated import Difference

_MOST_PLACES = 20


def show_checked(
    files: int, differences: Sequence[Difference], written: Sequence[str], needs: Mapping[str, Sequence[Broken]]
) -> str:
    """The answer as text; `needs` is what each consumer needs and is not promised."""
    parts = [f"written: contracts/{file}" for file in written]
    for name, unpromised in needs.items():
        served = [f"Consumer {name}: the panel promises what it needs."]
        parts += show_unpromised(name, unpromised) if unpromised else served
    for file, of_file in groupby(differences, key=lambda one: one.file):
        found = list(of_file)
        parts.append(f"contracts/{file}")
        parts += [f"  {each.path + ': ' if each.path else ''}{each.what}" for each in found[:_MOST_PLACES]]
        if len(found) > _MOST_PLACES:
            parts.append(f"  … and {plural(len(found) - _MOST_PLACES, 'place')} more")
    if differences:
        broken = len({each.file for each in differences})
        parts.append(f"{broken} of {plural(files, 'generated contract')} differ.")
        parts.append("  → `sigpanel contracts check --write` writes them anew, in a checkout; look at the difference.")
    else:
        parts.append(f"{plural(files, 'generated contract')}, each as its sources say.")
    return "\n".join(parts)


def show_unpromised(name: str, broken: Sequence[Broken]) -> list[str]:
    """What a consumer needs and is not promised, as lines."""
    return [
        f"Consumer {name}: NOT served. The panel does not promise what it needs, whatever a release holds:",
        *(f"  {one.where}: {one.en}" for one in broken),
        f"  → Handle it in the analysis and say so in the contract of {name}, or bring it back to the panel.",
    ]


def checked_as_dict(
    files: int, differences: Sequence[Difference], written: Sequence[str], needs: Mapping[str, Sequence[Broken]]
) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "files": files,
        "differences": [asdict(each) for each in differences],
        "written": list(written),
        "unpromised": {name: [asdict(one) for one in broken] for name, broken in needs.items()},
    }
