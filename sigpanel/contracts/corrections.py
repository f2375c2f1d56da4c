"""What a file of corrections looks like, from `contracts/corrections.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sigpanel.errors import Fault
from sigpanel.resources import contracts_dir, load_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class CorrectionsFile:
    """The description.

    Attributes:
        path: where the file lies in a study.
        columns: what each column means, by its name.
        takes: by action, which of the columns `value` and `rule` it takes, if any.
        own_rules: the rules that tell of corrections, and so cannot be accepted.
        codes: the errors' codes where the file has other columns, or another format.
    """

    path: str
    columns: Mapping[str, str]
    takes: Mapping[str, str | None]
    own_rules: tuple[str, ...]
    codes: Mapping[str, str]


@lru_cache(maxsize=1)
def corrections_file() -> CorrectionsFile:
    """The description, read once.

    Raises:
        Fault: it has an entry too many or too few.
    """
    raw = load_yaml(contracts_dir() / "corrections.yaml")
    try:
        takes = {name: _takes(**action) for name, action in raw.pop("actions").items()}
        return CorrectionsFile(takes=takes, own_rules=tuple(raw.pop("own_rules")), **raw)
    except (KeyError, TypeError):
        raise Fault(
            "corrections-description",
            "contracts/corrections.yaml has an entry too many or too few.",
            remedy="Mend the file.",
        ) from None


def _takes(*, takes: str | None, en: str) -> str | None:  # noqa: ARG001 - its text is for readers of the file
    return takes
