"""Where the data that travels with the code lies: the contracts, and the notebooks to begin with.

`contracts/` and `notebooks/` stand at the top of the repository, beside the code and not inside it, because those who
own the forms and the tables, and those who work with the panel, read them there. A wheel has no such place, so the
build puts copies inside the package. Everything else asks here and never builds a path of its own.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sigpanel.errors import Fault, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

_PACKAGE = Path(__file__).parent
_VERSION = re.compile(r'^version: "(\d+\.\d+\.\d+)"$', re.MULTILINE)


def contracts_dir() -> Path:
    """Return the folder of contracts.

    Raises:
        FileNotFoundError: the installation is damaged; nothing a study's files could cause.
    """
    return _travelling("contracts")


def notebooks_dir() -> Path:
    """Return the folder of notebooks.

    Raises:
        FileNotFoundError: the installation is damaged; nothing a study's files could cause.
    """
    return _travelling("notebooks")


def _travelling(name: str) -> Path:
    """A folder: the wheel's own copy, or the checkout's when this is one.

    The copy comes first. It exists only in an installed wheel, whose parent folder (site-packages) may well hold a
    `contracts` of somebody else.
    """
    places = (_PACKAGE / f"_{name}", _PACKAGE.parent / name)
    for place in places:
        if place.is_dir():
            return place
    raise FileNotFoundError(
        f"sigpanel's {name} are missing from this installation. Install sigpanel again; "
        f"in a checkout, restore the folder {name}/ from git."
    )


def checkout_dir(done: str) -> Path:
    """Return the checkout's folder of contracts, for what is `done` to them: `written`, `published`.

    Raises:
        UsageError: sigpanel is installed, and its contracts are a part of it; there is no checkout to write into.
    """
    place = contracts_dir()
    if place.name != "contracts":
        raise UsageError(
            "not-a-checkout",
            f"Contracts are {done} in a checkout of sigpanel, and this is an installation.",
            remedy="Run the command in a checkout; `sigpanel contracts check` works anywhere.",
        )
    return place


def digest_of(folder: Path, pattern: str, *, besides: Sequence[str] = ()) -> str:
    """The SHA-256 of the files of a folder and those below: their names in it and their bytes.

    Args:
        folder: the folder.
        pattern: which files.
        besides: folders in it whose files do not count.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.rglob(pattern)):
        name = path.relative_to(folder)
        if name.parts[0] not in besides:
            digest.update(name.as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def panel_version() -> str:
    """The version of the panel's contract, which is also `contract().version`.

    Read off its line: whoever opens a panel needs no more of it, and reading the whole takes a fifth of polars' start.

    Raises:
        Fault: there is no such line.
    """
    found = _VERSION.search((contracts_dir() / "panel" / "tables.yaml").read_text(encoding="utf-8"))
    if found is None:
        raise Fault("contract-version", 'contracts/panel/tables.yaml has no line such as version: "1.0.0".')
    return found[1]


def load_yaml(path: Path) -> Any:  # noqa: ANN401 - each contract has a shape of its own, which its reader checks
    """Read a YAML file of plain values.

    By libyaml where PyYAML has it, as its wheels do: the contracts are read at every start, and by Python alone that
    takes longer than reading a district's workbooks.

    Raises:
        yaml.YAMLError: the file is no YAML.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - both are safe loaders


def load_entries(name: str, kind: type) -> dict[str, Any]:
    """The entries of `contracts/<name>.yaml`, which are the fields of a dataclass.

    Raises:
        Fault: the file has an entry too many or too few.
    """
    raw: Any = load_yaml(contracts_dir() / f"{name}.yaml")
    if not isinstance(raw, dict) or raw.keys() != {field.name for field in fields(kind)}:
        raise Fault(
            "contract-description",
            f"contracts/{name}.yaml has an entry too many or too few.",
            remedy="Mend the file and run again.",
        )
    return raw
