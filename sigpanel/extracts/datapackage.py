"""The extract as a Data Package (version 2), so that programs which do not know sigpanel can read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sigpanel.exports.datapackage import described_files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sigpanel.exports.variables import Variable

_LANGUAGE = "en"


def datapackage(folder: Path, told: Mapping[str, Any], variables: Mapping[str, Sequence[Variable]]) -> dict[str, Any]:
    """Describe the files of an extract.

    Args:
        folder: where they lie.
        told: the manifest.
        variables: the columns of each table.
    """
    about = {
        "name": f"sigpanel-extract-{told['extract_id']}",
        "title": f"Extract {told['extract_id']} of a pseudonymised panel of SIG persons and enrolment episodes",
        "description": "Pseudonymised personal data, for the approved purpose and recipients alone, until "
        f"{told['approval']['valid_to']}.",
    }
    return described_files(folder, about, variables, _LANGUAGE)
