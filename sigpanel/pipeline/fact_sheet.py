"""What the data-protection fact sheet says of a study: its settings, its live release, and its extracts by their log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel import audit
from sigpanel.contracts.approvals import read_approval
from sigpanel.errors import SigpanelError
from sigpanel.pipeline.audit_log import extracts_dir, extracts_log
from sigpanel.pipeline.custody import manager_key
from sigpanel.report.fact_sheet import Facts, OfExtract

if TYPE_CHECKING:
    from sigpanel.panel.open import Panel
    from sigpanel.pipeline.study import Study


def facts(study: Study, panel: Panel) -> Facts:
    """How a study is set up, as far as whoever asks may see it.

    Raises:
        InputError: the log of extracts is not whole.
    """
    years = panel.submissions.select(
        pl.col("reported_year").min().alias("first"), pl.col("reported_year").max().alias("last")
    )
    first, last = years.collect().row(0)
    return Facts(
        roles=_roles(study),
        threshold=study.settings.threshold,
        key_id=str(panel.manifest["key_id"]),
        years=None if first is None else (first, last),
        has_cohort=bool(panel.cohort.select(pl.len()).collect().item()),
        extracts=tuple(_extracts(study)),
    )


def _roles(study: Study) -> str | None:
    """How many persons hold the keys. By the settings alone where the manager's key is not to be had here."""
    if study.settings.one_role:
        return "one"
    try:
        return manager_key(study)[1]
    except SigpanelError:
        return "two" if study.settings.manager_key_file else None


def _extracts(study: Study) -> list[OfExtract]:
    told = []
    for name, standing in audit.standings(audit.read(extracts_log(study).path)).items():
        approval = read_approval(extracts_dir(study) / name / "approval.yaml")
        told.append(
            OfExtract(
                extract_id=name,
                state=standing.state.sv,
                register_number=approval.register_number,
                purpose=approval.purpose_sv,
                recipients=tuple(approval.recipients),
                valid_to=approval.valid_to,
            )
        )
    return told
