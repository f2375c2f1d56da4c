"""The entries of an approval, each read as what it must be: names, words, days, numbers, transformations.

Whatever can be told by looking at one entry is refused here. `read` gives the fields of `approvals.Approval`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from sigpanel.contracts import strict
from sigpanel.contracts.approval_columns import Transform, read_tables
from sigpanel.contracts.approval_registers import NO_REGISTERS, Registers, read_registers
from sigpanel.contracts.extracts import Words, columns_of, extracts
from sigpanel.forms import harmonised

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from sigpanel.contracts.approval_file import ApprovalFile

__all__ = [
    "NO_REGISTERS", "Group", "Note", "Population", "Registers", "Risks", "SmallClasses", "Transform",
    "canonical", "read",
]  # fmt: skip

_REQUIRED = {
    "approval", "version", "register_number", "purpose", "legal_basis", "recipients", "valid_from", "valid_to",
    "contract_major", "id_scope", "identity", "population", "consent_withdrawn", "tables", "quasi_identifiers", "nulls",
    "risk", "small_classes", "formats",
}  # fmt: skip
_NAME = re.compile(r"[a-z][a-z0-9-]{0,60}", re.ASCII)
_LIKE_A_VERSION = re.compile(r"-v\d+$")
_LAST_VERSION = 9999
# What a population may be told by: words of these columns of episodes, days and ages.
POPULATION_WORDS = ("programme", "district", "status")
_POPULATION = {"episodes"}
_POPULATION_MORE = {*POPULATION_WORDS, "enrolled_from", "enrolled_to", "age_from", "age_to", "in_cohort"}


@dataclass(frozen=True)
class Population:
    """Who is in: whoever has an episode to which all of this applies; null and empty ask nothing.

    `episodes` says which episodes of these persons leave: all, or only the matching.
    """

    episodes: str
    words: Mapping[str, tuple[str, ...]]
    enrolled_from: dt.date | None = None
    enrolled_to: dt.date | None = None
    age_from: int | None = None
    age_to: int | None = None
    in_cohort: bool | None = None


@dataclass(frozen=True)
class Group:
    """Districts put together, and what they are called together."""

    en: str
    sv: str
    districts: tuple[str, ...]


@dataclass(frozen=True)
class Risks:
    """How easily somebody may be singled out. Where a limit is null, it is measured and not held.

    Attributes:
        k: the least persons in a class.
        sensitive: the columns whose values a class must not tell.
        l: the least number of different values of each in a class.
        dominant_share: the largest part of a class that may have the same value.
        unique_trajectories: the largest part of persons whose rows together may be nobody else's.
        linkable: the largest part of persons who may be found in an earlier extract by their values.
    """

    k: int
    sensitive: tuple[str, ...]
    l: int | None  # noqa: E741 - what the literature calls it
    dominant_share: float | None
    unique_trajectories: float
    linkable: float | None


@dataclass(frozen=True)
class SmallClasses:
    """What is done with classes that are too small.

    Attributes:
        policy: suppress or refuse.
        order: the quasi-identifiers that may be taken out, first the one that is needed least.
        most_suppressed: the largest part of the values of one that may be.
        rest: what is done with persons in classes that are too small even so: leave_out or refuse.
        most_left_out: the largest part of persons that may be left out.
    """

    policy: str
    order: tuple[str, ...] = ()
    most_suppressed: float = 0.0
    rest: str = "refuse"
    most_left_out: float = 0.0


@dataclass(frozen=True)
class Note:
    """Something odd about an approval that is told and not refused."""

    code: str
    message: str


def canonical(body: object) -> str:
    """All that an approval says, as it is written beside its extract: the same whatever comments and spacing it has."""
    return yaml.safe_dump(body, allow_unicode=True, sort_keys=False, default_flow_style=False, width=120)


def read(file: ApprovalFile) -> dict[str, Any]:
    """The fields of an approval.

    Raises:
        InputError: an entry is not what it must be.
        PolicyError: a column would leave that never does.
    """
    body = file.entries(file.body, "", _REQUIRED, {"district_groups", "registers"})
    words = extracts().words
    return {
        "name": _name(file, body["approval"]),
        "version": _version(file, body["version"]),
        "register_number": file.text(body["register_number"], "register_number"),
        "purpose": _both(file, body["purpose"], "purpose"),
        "legal_basis": _both(file, body["legal_basis"], "legal_basis"),
        "recipients": file.texts(body["recipients"], "recipients"),
        "valid_from": file.day(body["valid_from"], "valid_from"),
        "valid_to": file.day(body["valid_to"], "valid_to"),
        "contract_major": file.positive(body["contract_major"], "contract_major"),
        "id_scope": _word(file, body["id_scope"], "id_scope", words["id_scope"]),
        "identity": _word(file, body["identity"], "identity", words["identity"]),
        "population": _population(file, body["population"]),
        "consent_withdrawn": _word(file, body["consent_withdrawn"], "consent_withdrawn", words["consent_withdrawn"]),
        "tables": read_tables(file, body["tables"]),
        "district_groups": _groups(file, body.get("district_groups", {})),
        "quasi_identifiers": file.texts(body["quasi_identifiers"], "quasi_identifiers"),
        "nulls": {
            name: _word(file, each, f"nulls.{name}", words["nulls"])
            for name, each in file.mapping(body["nulls"], "nulls").items()
        },
        "risk": _risk(file, body["risk"]),
        "small_classes": _small(file, body["small_classes"]),
        "formats": tuple(
            _word(file, each, "formats", words["formats"]) for each in file.texts(body["formats"], "formats")
        ),
        "registers": read_registers(file, body["registers"]) if "registers" in body else NO_REGISTERS,
    }


def _name(file: ApprovalFile, raw: Any) -> str:  # noqa: ANN401 - whatever stands in the file
    said = file.text(raw, "approval")
    if not _NAME.fullmatch(said):
        what = "a name of at most 61 lower-case letters, digits and hyphens belongs here"
        raise file.refused("approval-name", "approval", what, "Choose such a name, as demo-followup.")
    if _LIKE_A_VERSION.search(said):
        what = "it ends as the id of an extract does, whose name it would take"
        raise file.refused("approval-name", "approval", what, "Leave the version out: it stands in `version`.")
    return said


def _version(file: ApprovalFile, raw: Any) -> int:  # noqa: ANN401 - likewise
    said = file.positive(raw, "version")
    if said > _LAST_VERSION:
        raise file.refused("approval-name", "version", f"at most {_LAST_VERSION} belongs here", "Count from 1.")
    return said


def _both(file: ApprovalFile, raw: Any, place: str) -> Words:  # noqa: ANN401 - likewise
    body = file.entries(raw, place, {"en", "sv"})
    return Words(*(file.text(body[each], f"{place}.{each}") for each in ("en", "sv")))


def _word(file: ApprovalFile, raw: Any, place: str, words: Mapping[str, object]) -> str:  # noqa: ANN401 - likewise
    return file.read(strict.one_of, raw, place, tuple(words))


def _population(file: ApprovalFile, raw: Any) -> Population:  # noqa: ANN401 - likewise
    body = file.entries(raw, "population", _POPULATION, _POPULATION_MORE)
    in_cohort = body.get("in_cohort")
    if "in_cohort" in body and not isinstance(in_cohort, bool):
        raise file.refused("approval-entry", "population.in_cohort", "true or false belongs here", "Write one of them.")
    episodes = _word(file, body["episodes"], "population.episodes", extracts().words["episodes"])
    words = {name: codes(file, body[name], f"population.{name}", name) for name in POPULATION_WORDS if name in body}
    _refuse_merged(file, words.get("district", ()))
    return Population(
        episodes,
        words,
        enrolled_from=_day(file, body, "enrolled_from"),
        enrolled_to=_day(file, body, "enrolled_to"),
        age_from=_age(file, body, "age_from"),
        age_to=_age(file, body, "age_to"),
        in_cohort=in_cohort,
    )


def _refuse_merged(file: ApprovalFile, districts: tuple[str, ...]) -> None:
    """A population is told in today's frame: of a district that became part of another nobody would be found."""
    merged = {district: harmonised(district) for district in districts if harmonised(district) != district}
    if merged:
        what = f"{', '.join(merged)} became part of another district, and episodes are told by today's"
        remedy = f"Write {', '.join(dict.fromkeys(merged.values()))} instead."
        raise file.refused("extract-code-unknown", "population.district", what, remedy)


def _day(file: ApprovalFile, body: Mapping[str, Any], name: str) -> dt.date | None:
    return file.day(body[name], f"population.{name}") if name in body else None


def _age(file: ApprovalFile, body: Mapping[str, Any], name: str) -> int | None:
    return file.number(body[name], f"population.{name}") if name in body else None


def codes(file: ApprovalFile, raw: Any, place: str, column: str) -> tuple[str, ...]:  # noqa: ANN401 - likewise
    """Codes of a column of episodes.

    Raises:
        InputError: one of them is none.
    """
    said, known = file.texts(raw, place), columns_of("episodes")[column].values or ()
    if set(said) - set(known):
        what = f"{len(set(said) - set(known))} of the codes is none that {column} can have"
        raise file.refused("extract-code-unknown", place, what, f"The codes are: {', '.join(known)}.")
    return said


def _groups(file: ApprovalFile, raw: Any) -> dict[str, Group]:  # noqa: ANN401 - likewise
    groups = {}
    for name, each in file.mapping(raw, "district_groups").items():
        place = f"district_groups.{name}"
        file.read(strict.name, name, "district_groups")
        body = file.entries(each, place, {"en", "sv", "districts"})
        said = _both(file, {"en": body["en"], "sv": body["sv"]}, place)
        groups[name] = Group(said.en, said.sv, codes(file, body["districts"], f"{place}.districts", "district"))
    return groups


def _risk(file: ApprovalFile, raw: Any) -> Risks:  # noqa: ANN401 - likewise
    body = file.entries(raw, "risk", {"k", "unique_trajectories"}, {"sensitive", "l", "dominant_share", "linkable"})
    shares = {
        name: file.read(strict.share, body[name], f"risk.{name}") if name in body else None
        for name in ("dominant_share", "linkable")
    }
    return Risks(
        k=file.positive(body["k"], "risk.k"),
        sensitive=file.texts(body["sensitive"], "risk.sensitive") if "sensitive" in body else (),
        l=file.positive(body["l"], "risk.l") if "l" in body else None,
        unique_trajectories=file.read(strict.share, body["unique_trajectories"], "risk.unique_trajectories"),
        **shares,
    )


def _small(file: ApprovalFile, raw: Any) -> SmallClasses:  # noqa: ANN401 - likewise
    words = extracts().words
    body = file.mapping(raw, "small_classes")
    policy = _word(file, body.get("policy"), "small_classes.policy", words["policy"])
    if policy == "refuse":
        file.entries(body, "small_classes", {"policy"})
        return SmallClasses(policy)
    file.entries(body, "small_classes", {"policy", "order", "most_suppressed", "rest", "most_left_out"})
    most = {
        name: file.read(strict.share, body[name], f"small_classes.{name}")
        for name in ("most_suppressed", "most_left_out")
    }
    return SmallClasses(
        policy,
        order=file.texts(body["order"], "small_classes.order"),
        rest=_word(file, body["rest"], "small_classes.rest", words["rest"]),
        **most,
    )
