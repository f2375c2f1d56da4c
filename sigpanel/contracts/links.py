"""What a file of decisions on links looks like, from `contracts/links.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sigpanel.errors import Fault
from sigpanel.resources import contracts_dir, load_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class LinksFile:
    """The description.

    Attributes:
        path: where the file lies in a study.
        columns: what each column means, by its name, in the order in which they are written.
        verdicts: what each verdict means, by its name.
        codes: the errors' codes where the file has other columns, or another format.
        compared: the fields of an episode that a digest is of; `codes` gives way to `uno` where it is null.
    """

    path: str
    columns: Mapping[str, str]
    verdicts: Mapping[str, str]
    codes: Mapping[str, str]
    compared: tuple[str, ...]


@lru_cache(maxsize=1)
def links_file() -> LinksFile:
    """The description, read once.

    Raises:
        Fault: it has an entry too many or too few.
    """
    raw = load_yaml(contracts_dir() / "links.yaml")
    try:
        return LinksFile(compared=tuple(raw.pop("compared")), **raw)
    except (KeyError, TypeError):
        raise Fault(
            "links-description",
            "contracts/links.yaml has an entry too many or too few.",
            remedy="Mend the file.",
        ) from None
