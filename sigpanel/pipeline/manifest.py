"""What a release was made from, for its `manifest.json`.

Ids, counts, versions and digests. No clock, no path, no value: what the cohort's files say is told by a keyed digest.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import polars as pl

from sigpanel.contracts.described import stamp
from sigpanel.contracts.linkage import linkage, linkage_digest
from sigpanel.resources import contracts_dir, digest_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sigpanel.key import Key
    from sigpanel.pipeline.overview import Resending

_TOKEN = re.compile(r"[a-z2-7]{27}")


def manifest(
    tables: Mapping[str, pl.DataFrame],
    *,
    key_id: str,
    settings_digest: str,
    declared: Mapping[str, object],
    decided: Mapping[str, str | int | None],
    resends: Mapping[str, Resending],
    remembered: pl.DataFrame | None,
) -> dict[str, object]:
    """Say what a release was made from.

    Args:
        tables: the tables of the release.
        key_id: the id of the key; a later build with another key is refused.
        settings_digest: of the settings that shape a release.
        declared: what the settings say of single workbooks, by their ids.
        decided: keyed digests of what the data owner corrected, decided of links, and of who has withdrawn.
        resends: which districts re-send ongoing rows, and how we know.
        remembered: the registry that was used, of the release before.
    """
    return {
        "sigpanel": version("sigpanel"),
        "polars": pl.__version__,
        "key_id": key_id,
        "settings_digest": settings_digest,
        "declared": declared,
        **decided,
        **stamp(),
        "contracts_digest": digest_of(contracts_dir(), "*.yaml", besides=("extracts",)),
        "linkage_version": linkage().version,
        "linkage_digest": linkage_digest(),
        "registry_digest": None if remembered is None else _frame_digest(remembered),
        "submissions": sorted(tables["submissions"]["submission_id"]),
        "rows": {name: frame.height for name, frame in tables.items()},
        "fates": dict(tables["ledger"]["fate"].value_counts().sort("fate").iter_rows()),
        "districts_that_resend": {district: asdict(known) for district, known in resends.items()},
    }


def rekeyed_manifest(
    before: Mapping[str, Any], other: Mapping[str, str], registry: pl.DataFrame, key: Key
) -> dict[str, object]:
    """What is said of a release whose ids were replaced: the same, under the other ids and the new key.

    Args:
        before: its manifest.
        other: the other one by each id.
        registry: the registry, under the other ids.
        key: the new key.
    """
    text = _TOKEN.sub(lambda found: other.get(found[0], found[0]), json.dumps(before))
    told: dict[str, Any] = json.loads(text)
    # Digests of what the owner decided are keyed: by the old key, whoever holds it could try what was decided.
    keyed = {name: key.pseudonym("decisions", value) for name, value in told.items() if _is_keyed_digest(value)}
    return {
        **told,
        **keyed,
        "key_id": key.key_id,
        "registry_digest": _frame_digest(registry),
        "submissions": sorted(told["submissions"]),
    }


def _is_keyed_digest(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch("[a-z2-7]{26}", value) is not None


def cohort_digest(pilot: pl.DataFrame, key: Key) -> str | None:
    """A keyed digest of what the cohort's files say, null where there is nobody in them.

    Of the values and not of the bytes: how a file is written, and in what order, shapes no release. Keyed, since a
    plain digest of so few and such short values would tell them.

    Args:
        pilot: of `pilot.read_pilot`.
        key: the study's.
    """
    if pilot.is_empty():
        return None
    said = pilot.select(sorted(pilot.columns)).sort("cohort_id")
    return key.pseudonym("decisions/cohort", said.write_csv())


def _frame_digest(frame: pl.DataFrame) -> str:
    return hashlib.sha256(frame.sort(frame.columns).write_csv().encode()).hexdigest()
