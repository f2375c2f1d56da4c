"""What an ethics approval lets out of the panel, as one file: read strictly, and held against what may ever leave.

    read_approval(find("demo-followup"))      the approval, or an error that names line, place and remedy
    approval_digest(path)                     SHA-256 of what it says; comments and spacing do not count

An approval names its register number, purpose, recipients and last day; who is in the extract; for each table the
columns and what is done to them; what others may know of a person, and how small a class may be. What it does not name
does not leave. Whether it is in force on a day is asked by `require_in_force`, which reads no clock.

The refusals that take more than one entry to see are in `approval_checks`; nothing here touches data.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sigpanel.contracts import approval_read
from sigpanel.contracts.approval_checks import check, notes
from sigpanel.contracts.approval_file import find, load
from sigpanel.contracts.approval_registers import NO_REGISTERS
from sigpanel.contracts.extracts import Words
from sigpanel.errors import PolicyError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from sigpanel.contracts.approval_read import Group, Note, Population, Registers, Risks, SmallClasses, Transform

__all__ = ["Approval", "approval_digest", "find", "read_approval", "require_in_force"]


@dataclass(frozen=True)
class Approval:
    """An approval, as its file says it.

    Attributes:
        name, version: what it is called; together its extract's id.
        register_number: of the Ethical Review Authority.
        purpose, legal_basis: in English and Swedish.
        recipients: who may have the extract.
        valid_from, valid_to: the first and the last day, both included.
        contract_major: the major version of the panel's contract that it was written for.
        id_scope: whether ids hold for this version alone, or for the approval.
        identity: which id of the panel is a person.
        population: who is in.
        consent_withdrawn: whether persons are in who took back their consent to waive secrecy.
        tables: by table the columns that leave, and what is done to each.
        district_groups: by name, the districts that are put together.
        quasi_identifiers: the columns whose values others may know of a person.
        nulls: by quasi-identifier, what a missing value is.
        risk: how easily somebody may be singled out.
        small_classes: what is done with classes that are too small.
        formats: parquet, and csv, sav and dta if they are wanted.
        registers: the deliveries of register holders that it covers.
        text: all of it, as it is written beside the extract.
        notes: what is odd, and not refused.
    """

    name: str
    version: int
    register_number: str
    purpose: Words
    legal_basis: Words
    recipients: tuple[str, ...]
    valid_from: dt.date
    valid_to: dt.date
    contract_major: int
    id_scope: str
    identity: str
    population: Population
    consent_withdrawn: str
    tables: Mapping[str, Mapping[str, Transform]]
    district_groups: Mapping[str, Group]
    quasi_identifiers: tuple[str, ...]
    nulls: Mapping[str, str]
    risk: Risks
    small_classes: SmallClasses
    formats: tuple[str, ...]
    text: str = field(repr=False)
    registers: Registers = NO_REGISTERS
    notes: tuple[Note, ...] = ()

    @property
    def extract_id(self) -> str:
        """What its extract is called: `demo-followup-v1`."""
        return f"{self.name}-v{self.version}"

    @property
    def salt_name(self) -> str:
        """What the salt of its ids is called."""
        return self.extract_id if self.id_scope == "version" else self.name

    @property
    def key_info(self) -> str:
        """What the key of its ids is derived by."""
        return f"{self.name}/v{self.version}" if self.id_scope == "version" else self.name

    @property
    def digest(self) -> str:
        """SHA-256 of what it says."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def source_of(self, table: str, column: str) -> Transform | None:
        """What is done to a column of the panel, if it leaves."""
        return self.tables.get(table, {}).get(column)


def read_approval(path: Path) -> Approval:
    """Read an approval.

    Raises:
        InputError: it cannot be read, or says what nobody knows; the message names line and place.
        PolicyError: it would let out what never leaves, or what would undo its own coarsening.
    """
    file = load(path)
    said = approval_read.read(file)
    approval = Approval(**said, text=approval_read.canonical(file.body))
    check(file, approval)
    return Approval(**said, text=approval.text, notes=notes(file, approval))


def approval_digest(path: Path) -> str:
    """SHA-256 of what an approval says; comments and spacing do not count."""
    return read_approval(path).digest


def require_in_force(approval: Approval, today: dt.date) -> None:
    """Refuse an approval that is not in force on a day.

    Raises:
        PolicyError: it is not yet, or not any more.
    """
    if today < approval.valid_from:
        raise PolicyError(
            "approval-not-yet-valid",
            f"The approval {approval.extract_id} holds from {approval.valid_from} on.",
            remedy="Wait until then, or correct `valid_from` if it is wrong.",
        )
    if today > approval.valid_to:
        raise PolicyError(
            "approval-expired",
            f"The approval {approval.extract_id} held until {approval.valid_to}.",
            remedy="Apply for a longer time; then raise `version` and give the new `valid_to`.",
        )
