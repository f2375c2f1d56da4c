"""The cohort's files: what in `owner/cohort` is a table, and that nothing else there is passed over.

Persons may be in whatever lies there: in a hidden file, in the lock of a workbook that is gone, in the folder's place
or beside it. A build without them would look like one of a study that has no cohort. So all that is no table stops it,
by name, but for what systems leave; an absent or empty folder alone means that there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sigpanel.contracts.cohort import cohort
from sigpanel.errors import InputError
from sigpanel.forms import habits
from sigpanel.intake.cohort import Headers, Table, read_cohort
from sigpanel.pipeline.declared import listed
from sigpanel.pipeline.deliveries import files_below, name_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from sigpanel.pipeline.settings import CohortSettings

_KINDS: Final = (".csv", ".xlsx")
_MOST_TOLD: Final = 20
# What Office, macOS and LibreOffice put beside a file, with what comes before and after its name.
_COMPANIONS: Final = (("~$", ""), ("._", ""), (".~lock.", "#"))


def cohort_files(folder: Path) -> list[Path]:
    """The cohort's files, in order of name; none where there is no folder, or nothing in it.

    Raises:
        InputError: something is there that is no file of the cohort.
    """
    _hold_folder(folder)
    if not folder.is_dir():
        return []
    files = [path for path in files_below(folder) if path.name.casefold() not in _litter()]
    strays = [path for path in sorted(folder.rglob("*")) if _is_stray(path, files)]
    if strays:
        raise InputError(
            "cohort-not-a-table",
            "Something in owner/cohort is neither a csv nor an xlsx file:"
            f"{_told(path.relative_to(folder) for path in strays)}",
            remedy="Save the cohort as one of them, with the columns of contracts/cohort.yaml, under a name that does "
            "not begin with a full stop or ~$; move everything else out.",
        )
    return files


def cohort_tables(folder: Path, said: CohortSettings) -> tuple[list[str], list[Table]]:
    """The tables of all files, each with the name of its file.

    Raises:
        InputError: there is something else, or a file cannot be read.
    """
    names, tables = [], []
    for path in cohort_files(folder):
        name = name_of(path.relative_to(folder))
        read = read_cohort(path, name, Headers(said.headers, said.ignored))
        names += [name] * len(read)
        tables += read
    return names, tables


def _hold_folder(folder: Path) -> None:
    """Refuse what is no folder in the folder's place, and what is called like it, since it was meant to be there."""
    if not folder.is_dir() and (folder.exists() or folder.is_symlink()):
        raise InputError(
            "cohort-not-a-folder",
            "owner/cohort is no folder, or leads to none.",
            remedy="Make it a folder, and put the files of the 2013–2016 persons in it.",
        )
    around = folder.parent.iterdir() if folder.parent.is_dir() else ()
    beside = [path for path in sorted(around) if _is_called_like(path, folder)]
    if beside:
        names = _told(path.relative_to(folder.parent) for path in beside)
        raise InputError(
            "cohort-beside",
            f"Something beside owner/cohort is called as it is:{names}",
            remedy="Move the files of the 2013–2016 persons to owner/cohort, and everything else out of owner.",
        )


def _is_called_like(path: Path, folder: Path) -> bool:
    is_like = path.name.casefold().partition(".")[0] == folder.name.casefold() and path.name != folder.name
    # Where case does not count, the folder itself may be listed in another one.
    return is_like and not (path.exists() and folder.exists() and path.samefile(folder))


def _is_stray(path: Path, files: Collection[Path]) -> bool:
    is_named_so = path.suffix.lower() in _KINDS
    if path.is_dir() and not path.is_symlink():
        return is_named_so and not any(path in file.parents for file in files)
    if path in files:
        return not is_named_so or not path.is_file()
    return path.name.casefold() not in _litter() and not _is_companion(path)


def _litter() -> set[str]:
    return {name.casefold() for name in (*cohort().litter, *habits().litter)}


def _is_companion(path: Path) -> bool:
    return any(
        path.with_name(path.name.removeprefix(before).removesuffix(after)).is_file()
        for before, after in _COMPANIONS
        if path.name.startswith(before) and path.name.endswith(after) and len(path.name) > len(before + after)
    )


def _told(paths: Iterable[Path]) -> str:
    names = [name_of(path) for path in paths]
    more = [f"and {len(names) - _MOST_TOLD} more"] if len(names) > _MOST_TOLD else []
    return listed([*names[:_MOST_TOLD], *more])
