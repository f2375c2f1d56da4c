"""What a delivery is received for: an extract, as far as receiving must know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from sigpanel.contracts.approvals import read_approval
from sigpanel.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigpanel.analysis.source import Source
    from sigpanel.contracts.approval_registers import Registers

# The approval as it lies in every extract.
APPROVAL = "approval.yaml"


@dataclass(frozen=True)
class Project:
    """An extract that deliveries are taken into.

    Attributes:
        folder: where it lies.
        extract_id: what it is called.
        release: what it was cut from.
        valid_to: the last day on which it may be used, as a text.
        persons: the ids of everybody in it, in order.
        registers: the deliveries that its approval covers.
    """

    folder: Path
    extract_id: str
    release: str
    valid_to: str
    persons: Sequence[str] = field(repr=False)
    registers: Registers


def project_of(folder: Path, manifest: Mapping[str, Any], source: Source) -> Project:
    """An opened extract as a project.

    Args:
        folder: where it lies.
        manifest: what it says of itself.
        source: its tables.

    Raises:
        InputError: it has no ids of persons, or its approval cannot be read.
    """
    own = [name for name in manifest["rows"] if "person_id" in source.table(name).collect_schema().names()]
    if not own:
        raise InputError(
            "followup-without-ids",
            f"The extract {manifest['extract_id']} has no person_id, so nothing can be told of a person in it.",
            remedy="Let person_id leave (`id`) in a new version of the approval.",
        )
    ids = [source.table(name).select(pl.col("person_id").drop_nulls().unique()).collect()["person_id"] for name in own]
    approval = read_approval(folder / APPROVAL)
    return Project(
        folder=folder,
        extract_id=str(manifest["extract_id"]),
        release=str(manifest["release"]),
        valid_to=str(manifest["approval"]["valid_to"]),
        persons=pl.concat(ids).unique().sort().to_list(),
        registers=approval.registers,
    )
