"""What a table's contract says besides its shape and rules, from `contracts/panel/terms.yaml`.

Whom the panel is for and between, when it comes, what a number counts. Texts come in English and Swedish. The reader
fails closed, as that of the tables does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sigpanel.errors import Fault
from sigpanel.resources import contracts_dir, load_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Text:
    """A text in both languages."""

    en: str
    sv: str


@dataclass(frozen=True)
class Role:
    """A role that has to do with the panel, and what it may do."""

    access: str
    en: str
    sv: str


@dataclass(frozen=True)
class Promise:
    """A property of the service: what, how much, and whether it is agreed on."""

    property: str
    value: str | int
    unit: str
    en: str
    sv: str
    status: str = "agreed"


@dataclass(frozen=True)
class Terms:
    """The entries of the file, under their own names."""

    status: str
    domain: str
    data_product: str
    purpose: Text
    usage: Text
    limitations: Text
    owner: str
    roles: Mapping[str, Role]
    sla: tuple[Promise, ...]
    units: Mapping[str, Text]


@lru_cache(maxsize=1)
def terms() -> Terms:
    """The terms, read once.

    Raises:
        Fault: the file has an entry too many or too few, or an owner that is no role.
    """
    raw: dict[str, Any] = load_yaml(contracts_dir() / "panel" / "terms.yaml")
    try:
        read = Terms(
            purpose=Text(**raw.pop("purpose")),
            usage=Text(**raw.pop("usage")),
            limitations=Text(**raw.pop("limitations")),
            roles={name: Role(**role) for name, role in raw.pop("roles").items()},
            sla=tuple(Promise(**promise) for promise in raw.pop("sla")),
            units={name: Text(**unit) for name, unit in raw.pop("units").items()},
            **raw,
        )
    except (KeyError, TypeError, AttributeError):
        raise _fault("an entry is missing, or one that nobody knows stands there") from None
    if read.owner not in read.roles:
        raise _fault("the owner is none of the roles")
    return read


def unit(name: str) -> Text:
    """What a unit is called.

    Raises:
        Fault: there is no such unit.
    """
    if name not in terms().units:
        raise _fault(f"there is no unit {name}")
    return terms().units[name]


def _fault(what: str) -> Fault:
    return Fault("terms-description", f"contracts/panel/terms.yaml: {what}.", remedy="Mend the file and run again.")
