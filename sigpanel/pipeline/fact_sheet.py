"""What the data-protection fact sheet says of a study: its settings, a release, and its extracts by their log.

Written beside every release, so nothing that it cannot read may stop it: it says that it cannot be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel import audit
from sigpanel.contracts.approvals import read_approval
from sigpanel.errors import InputError, SigpanelError
from sigpanel.extracts.layout import APPROVAL
from sigpanel.pipeline.audit_log import extracts_dir, extracts_log
from sigpanel.pipeline.custody import manager_key
from sigpanel.report.fact_sheet import Facts, OfExtract

if TYPE_CHECKING:
    from sigpanel.audit import Standing
    from sigpanel.panel import Panel
    from sigpanel.pipeline.study import Study


def facts(study: Study, panel: Panel) -> Facts:
    """How a study is set up, as far as whoever asks may see it."""
    year = pl.col("reported_year")
    first, last = panel.submissions.select(year.min().alias("first"), year.max().alias("last")).collect().row(0)
    return Facts(
        release=panel.release,
        roles=_roles(study),
        threshold=study.settings.threshold,
        key_id=str(panel.manifest["key_id"]),
        years=None if first is None else (first, last),
        has_cohort=bool(panel.cohort.select(pl.len()).collect().item()),
        extracts=_extracts(study),
    )


def _roles(study: Study) -> str | None:
    """How many persons hold the keys; by the settings alone where the manager's key cannot be read here."""
    if study.settings.one_role:
        return "one"
    try:
        return manager_key(study)[1]
    except SigpanelError:
        return "two" if study.settings.manager_key_file else None


def _extracts(study: Study) -> tuple[OfExtract, ...] | None:
    try:
        standings = audit.standings(audit.read(extracts_log(study).path))
    except InputError:
        return None
    return tuple(_extract(study, name, standing) for name, standing in standings.items())


def _extract(study: Study, name: str, standing: Standing) -> OfExtract:
    try:
        approval = read_approval(extracts_dir(study) / name / APPROVAL)
    except SigpanelError:
        return OfExtract(name, standing.state.sv)
    return OfExtract(
        name,
        standing.state.sv,
        approval.register_number,
        approval.purpose.sv,
        tuple(approval.recipients),
        approval.valid_to,
    )
