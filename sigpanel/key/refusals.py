"""What makes a file with a secret in it unsafe: where it lies, what it is, who may read it; and what to do then.

A key file, a salt and the identity by which a sealed key is opened are held to the same rules, under the same codes;
the message says which of them it is. Nothing is read or written here, and no message holds more than a path.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, Final

from sigpanel.errors import InputError, PolicyError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sigpanel.errors import SigpanelError

MODE = 0o600

KEY: Final = "key file"
MANAGERS_KEY: Final = "manager's key file"
SALT: Final = "salt"
IDENTITY: Final = "identity file"
SEALED: Final = "sealed key"
SALTS: Final = "folder of salts"
# Behind the name of a key file: the folder of its salts.
SALTS_SUFFIX: Final = ".salts"

_ELSEWHERE = "Choose a folder of your own outside the study and any git work tree, and name the file there."
# Where a key file is set: the word of the environment, that of the settings, and what makes one.
_SET: Final = {
    KEY: ("SIGPANEL_KEY_FILE", "key_file", "sigpanel key new FILE"),
    MANAGERS_KEY: ("SIGPANEL_MANAGER_KEY_FILE", "manager_key_file", "sigpanel key new --manager FILE"),
}
_MOVED = "If it was replaced or copied, bring the right file back from the key's custodian."


def refuse_place(path: Path, forbidden: Iterable[Path], what: str = KEY) -> None:
    """Refuse a place in the study, among its output, in any study, or in a git work tree; among salts, but for a salt.

    Raises:
        PolicyError: it is such a place, or nobody can tell on this system.
    """
    if os.name != "posix":
        raise PolicyError(
            "key-platform",
            "On this system sigpanel cannot tell who may read a key file.",
            remedy="Run the commands that need the key on Linux or macOS; a panel can be opened anywhere.",
        )
    # Both ways of reading the path: a folder on the way may be a link out of the study, or into it.
    above = {*type(path)(os.path.abspath(path)).parents, *(path.parent.resolve() / path.name).parents}  # noqa: PTH100
    if any(folder in above or folder.resolve() in above for folder in (each.absolute() for each in forbidden)):
        raise PolicyError(
            "key-in-study",
            f"The {what} {path} lies in the study or among its output; key and coded data are never kept together.",
            remedy=_ELSEWHERE,
        )
    if any(os.path.lexists(folder / "sigpanel.toml") for folder in above):
        raise PolicyError(
            "key-in-study",
            f"The {what} {path} lies in a study; key and coded data are never kept together.",
            remedy=_ELSEWHERE,
        )
    if any(os.path.lexists(folder / ".git") for folder in above):
        raise PolicyError(
            "key-in-git",
            f"The {what} {path} lies in a git work tree, from where it would be committed and copied.",
            remedy=_ELSEWHERE,
        )
    # A salt has the size of a key and would be taken for one, to be destroyed when its extract ends.
    if what != SALT and any(folder.name.endswith(SALTS_SUFFIX) for folder in above):
        raise PolicyError(
            "key-among-salts",
            f"The {what} {path} lies in a folder of salts, where nothing is but what ids of extracts are made with.",
            remedy="Name the key file itself, which lies beside that folder; or choose another folder.",
        )


def refuse_file(path: Path, found: os.stat_result, what: str = KEY, size: int | None = None) -> None:
    """Refuse what is no regular file, is another's, can be read by others, has a second name, or is of a wrong size.

    Raises:
        PolicyError: it is one of these.
    """
    if not stat.S_ISREG(found.st_mode):
        raise _not_a_file(path, what)
    refuse_others(path, found, what)
    if found.st_nlink != 1:
        raise PolicyError(
            "key-hard-link",
            f"The {what} {path} has a second name somewhere, so its place says nothing about where it can be read.",
            remedy="Delete its other name, or copy it to a new file and delete both.",
        )
    if size is not None and found.st_size != size:
        raise wrong_size(path, size, what)


def refuse_others(path: Path, found: os.stat_result, what: str = KEY) -> None:
    """Refuse what is another user's, or open to others.

    Raises:
        PolicyError: it is one of these.
    """
    if found.st_uid != os.geteuid():
        raise PolicyError(
            "key-owner",
            f"The {what} {path} belongs to another user.",
            remedy="Run sigpanel as the user who owns the key, or have its custodian give you a copy of your own.",
        )
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        mode = 700 if stat.S_ISDIR(found.st_mode) else 600
        raise PolicyError(
            "key-mode",
            f"The {what} {path} can be read or written by others than its owner.",
            remedy=f"Find out who may have read it. If nobody did: chmod {mode} {path}. Otherwise make a new key.",
        )


def not_opened(path: Path, number: int | None, what: str = KEY) -> SigpanelError:
    """The error for a file that the system does not open."""
    if number in (errno.ENOENT, errno.ENOTDIR):
        return _missing(path, what)
    if number == errno.ELOOP:
        return PolicyError("key-symlink", f"The {what} {path} is a symbolic link.", remedy="Name the file itself.")
    if number in (errno.ENXIO, errno.EISDIR, errno.ENODEV):
        return _not_a_file(path, what)
    return PolicyError(
        "key-unreadable", f"The {what} {path} cannot be read.", remedy="Run sigpanel as the user who owns the key."
    )


def _missing(path: Path, what: str) -> SigpanelError:
    if what == SALT:
        return PolicyError(
            "salt-missing",
            f"There is no salt {path.name} beside the key: it was destroyed, or never made here.",
            remedy="An extract whose salt is gone cannot be made again, nor linked. Issue it under a new version; "
            'where its ids hold for the approval (id_scope: "approval"), under another name of the approval.',
        )
    if what in _SET:
        variable, setting, make = _SET[what]
        return InputError(
            "key-missing",
            f"There is no {what} at {path}.",
            remedy=f"See whether the path is misspelt: it is set by {variable} or `{setting}`. Only where there is "
            f"none yet, or it is lost for good with every sealed copy, make one: `{make}`.",
        )
    return InputError("key-missing", f"There is no {what} at {path}.", remedy="Name the file as it lies there.")


def not_created(path: Path, number: int | None, what: str = KEY) -> SigpanelError:
    """The error for a file that the system does not make."""
    if number == errno.EEXIST:
        there = ""
        if what in _SET:
            variable, setting, _ = _SET[what]
            there = (
                f"If it is the key that was made before, make no second one: set it by {variable} or `{setting}`. Else "
            )
        return PolicyError(
            "key-exists",
            f"Something stands at {path} already, and a key that is overwritten is lost.",
            remedy=f"{there}{'c' if there else 'C'}hoose another name for the {what}.",
        )
    # Some folders take no file and say so as if they were not there: /proc, for one.
    if number in (errno.ENOENT, errno.ENOTDIR) and not path.parent.is_dir():
        return InputError(
            "key-folder-missing",
            f"The folder for the {what} {path} does not exist.",
            remedy="Make it first, for yourself only: mkdir -p -m 700 FOLDER.",
        )
    return InputError(
        "key-not-created", f"The {what} {path} cannot be created.", remedy="Choose a folder that you may write to."
    )


def wrong_size(path: Path, size: int, what: str = KEY) -> PolicyError:
    """The error for a file that does not hold what it should, by its size alone."""
    return PolicyError(
        "key-size",
        f"The {what} {path} does not hold {size} bytes, so it is not a {what.removesuffix(' file')}.",
        remedy=_MOVED,
    )


def _not_a_file(path: Path, what: str) -> PolicyError:
    return PolicyError("key-not-a-file", f"The {what} {path} is not a regular file.", remedy=f"Name a {what}.")
