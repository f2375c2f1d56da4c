"""Copy the notebooks to a folder of the user's own, to work in.

They come without outputs, run as they are on the demo panel, and overwrite nothing: what stands there under the same
name may be somebody's work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sigpanel.errors import InputError
from sigpanel.panel import durable
from sigpanel.resources import notebooks_dir

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Copied:
    """The notebooks that were written, by path, and those that stand there already as they are."""

    written: tuple[Path, ...]
    unchanged: tuple[Path, ...]


def copy_notebooks(folder: Path, *, force: bool = False) -> Copied:
    """Copy every notebook into a folder, which is made if it is not there.

    Args:
        folder: where to.
        force: write over notebooks of the same names.

    Raises:
        InputError: a notebook of that name stands there and says something else.
    """
    sources = sorted(notebooks_dir().glob("*.ipynb"))
    places = {source: folder / source.name for source in sources}
    same = {source for source, place in places.items() if place.is_file() and place.read_bytes() == source.read_bytes()}
    taken = [place.name for source, place in places.items() if place.exists() and source not in same]
    if taken and not force:
        raise InputError(
            "notebook-there",
            f"These stand there and are not as they came: {', '.join(taken)}.",
            remedy="Name another folder; or --force, which writes over them.",
        )
    durable.make_folders(folder, durable.SHARED_FOLDER)
    for source, place in places.items():
        if source not in same:
            with durable.replaced_file(place, durable.SHARED) as file:
                file.write(source.read_bytes())
    return Copied(
        tuple(place for source, place in places.items() if source not in same),
        tuple(place for source, place in places.items() if source in same),
    )
