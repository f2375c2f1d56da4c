"""The helpers' tables, through lifelines, give what R's survival gives of the same persons.

What `golden/answers.R` answers was worked out in R from the same episodes by other means: loops, `tmerge`, `survSplit`.
So a difference is one of the tables or of the two programs, and there is none. Curves agree to 1e-9 and counts to the
last one; coefficients and errors to 1e-6, once both programs are told to stop no earlier.

Two things lifelines cannot give. Its clustered errors pass over late entry and ties, so robust errors are worked out
from our table by their definition and held against R's. Its Aalen–Johansen estimate moves tied times by chance, so that
curve is worked out likewise.
"""

import shutil
import subprocess
import warnings

import numpy as np
import polars as pl
import pytest

from sigpanel.analysis.counting import counting_process
from sigpanel.analysis.survival import competing_risks, person_periods, survival
from sigpanel.contracts.analysis import analysis
from tests.analysis.frames import GOLDEN, golden, golden_extract, golden_panel

with warnings.catch_warnings():
    # What lifelines imports warns of its own affairs; nothing of ours is left out by this.
    warnings.simplefilter("ignore")
    lifelines = pytest.importorskip("lifelines")

# lifelines 0.30.0 is from before pandas 3 and calls it in ways that pandas 4 will not have. What it warns of our
# tables, such as a fit that does not converge, is an error as every warning is.
pytestmark = pytest.mark.filterwarnings("ignore:Starting with pandas version 4.0:Warning")

CURVES = {
    "km_discharge": (golden_panel, {"origin": "enrolment", "event": "discharge"}),
    "km_return_0": (golden_panel, {"horizon": 730}),
    "km_return_30": (golden_panel, {"horizon": 730, "buffer": 30}),
    "km_suspicion": (golden_extract, {"event": "suspicion"}),
}


def to_pandas(frame: pl.DataFrame):
    """As lifelines wants it: a pandas frame of floats, without Arrow types."""
    import pandas as pd

    return pd.DataFrame({name: frame[name].to_numpy() for name in frame.columns})


def with_sex(frame: pl.DataFrame, source) -> pl.DataFrame:
    first = source.frames["episodes"].unique("person_id", keep="first", maintain_order=True)
    told = first.select(
        "person_id", (pl.col("sex") == "male").cast(pl.Int64).alias("male"),
        (pl.col("district") == "jarva").cast(pl.Int64).alias("jarva"),
    )  # fmt: skip
    return frame.join(told, on="person_id", how="left", maintain_order="left")


@pytest.mark.parametrize("name", CURVES)
def test_a_curve_is_that_of_survfit(name):
    source, asked = CURVES[name]
    rows = survival(source(), **asked).drop_nulls("event")
    fitted = lifelines.KaplanMeierFitter().fit(
        rows["time"].to_numpy(), rows["event"].to_numpy(), entry=rows["entry"].to_numpy()
    )
    ours, theirs = fitted.survival_function_["KM_estimate"], golden(f"r_{name}")
    assert np.abs(ours.loc[theirs["time"].to_list()].to_numpy() - theirs["survival"].to_numpy()).max() < 1e-9
    table = fitted.event_table.loc[theirs["time"].to_list()]
    assert table["observed"].astype(int).to_list() == theirs["n_event"].to_list()
    assert table["censored"].astype(int).to_list() == theirs["n_censor"].to_list()


def test_persons_seen_late_are_at_risk_from_then_on_as_in_r():
    rows = survival(golden_panel(), "enrolment", "discharge").drop_nulls("event")
    at_risk = [
        rows.filter(pl.col("entry") < time, pl.col("time") >= time).height for time in golden("r_km_discharge")["time"]
    ]
    assert at_risk == golden("r_km_discharge")["n_risk"].to_list()
    assert rows.filter(pl.col("entry") > 0).height > 5


def cox(frame: pl.DataFrame, terms: list[str], cluster: bool = False):
    """A fit of lifelines; persons as whole numbers."""
    frame = frame.with_columns(pl.col("person_id").rank("dense").cast(pl.Int64).alias("person"))
    columns = ["start", "stop", "event", *terms, *(["person"] if cluster else [])]
    fitter = lifelines.CoxPHFitter()
    return fitter.fit(
        to_pandas(frame.select(columns)), "stop", "event", entry_col="start",
        cluster_col="person" if cluster else None, fit_options={"precision": 1e-14},
    )  # fmt: skip


def test_cox_of_the_discharge_with_late_entry_is_coxph():
    rows = survival(golden_panel(), "enrolment", "discharge").drop_nulls("event")
    fit = cox(with_sex(rows.rename({"entry": "start", "time": "stop"}), golden_panel()), ["male", "jarva"])
    theirs = golden("r_cox_discharge")
    assert np.abs(fit.params_.to_numpy() - theirs["coef"].to_numpy()).max() < 1e-6
    assert np.abs(fit.standard_errors_.to_numpy() - theirs["se"].to_numpy()).max() < 1e-6


def outside(source):
    return with_sex(counting_process(source).filter(in_insats=0), source)


RECURRENT = {
    "r_cox_return": (lambda: outside(golden_panel()), ["male"]),
    "r_cox_suspicion": (
        lambda: with_sex(counting_process(golden_extract(), "suspicion").drop_nulls("in_insats"), golden_extract()),
        ["in_insats", "male"],
    ),
}


@pytest.mark.parametrize("name", RECURRENT)
def test_cox_of_recurrent_events_is_coxph(name):
    made, terms = RECURRENT[name]
    rows, theirs = made(), golden(name)
    fit = cox(rows, terms)
    assert np.abs(fit.params_.to_numpy() - theirs["coef"].to_numpy()).max() < 1e-6
    assert np.abs(fit.standard_errors_.to_numpy() - theirs["naive_se"].to_numpy()).max() < 1e-6
    robust = robust_errors(rows, terms, fit.params_.to_numpy())
    assert np.abs(robust - theirs["se"].to_numpy()).max() < 1e-6


def test_robust_errors_of_start_stop_rows_are_not_to_be_had_from_lifelines():
    # Its score residuals pass over `entry_col` and over ties (`CoxPHFitter._compute_score_within_strata`, 0.30.0), so
    # its clustered errors are a third too small here. When this fails, lifelines may have mended it: say so in
    # docs/followup.md, which sends readers to R for them.
    made, terms = RECURRENT["r_cox_return"]
    told, right = cox(made(), terms, cluster=True).standard_errors_.to_numpy(), golden("r_cox_return")["se"].to_numpy()
    assert (told < 0.75 * right).all()


def robust_errors(rows: pl.DataFrame, terms: list[str], beta: np.ndarray) -> np.ndarray:
    """Lin and Wei's errors (JASA 1989), of (start, stop] rows with Efron's ties, summed by person."""
    start, stop, event = (rows[name].to_numpy() for name in ("start", "stop", "event"))
    x = rows.select(terms).to_numpy().astype(float)
    weight = np.exp(x @ beta)
    score, information = np.zeros_like(x), np.zeros((len(terms), len(terms)))
    for time in np.unique(stop[event == 1]):
        at_risk = (start < time) & (stop >= time)
        dies = at_risk & (stop == time) & (event == 1)
        n = dies.sum()
        for k in range(n):
            share = np.where(dies, 1 - k / n, 1.0) * at_risk
            total = (share * weight).sum()
            mean = (share * weight) @ x / total
            gap = x - mean
            information += (gap * (share * weight / total)[:, None]).T @ gap
            score += np.where(dies, 1 / n, 0.0)[:, None] * gap - (share * weight / total)[:, None] * gap
    influence = score @ np.linalg.inv(information)
    _, person = np.unique(rows["person_id"].to_numpy(), return_inverse=True)
    summed = np.zeros((person.max() + 1, len(terms)))
    np.add.at(summed, person, influence)
    return np.sqrt((summed**2).sum(axis=0))


@pytest.mark.parametrize(
    ("name", "source", "event"),
    [("return", golden_panel, "reenrolment"), ("suspicion", golden_extract, "suspicion")],
)
def test_the_start_stop_table_is_that_of_tmerge(name, source, event):
    theirs = golden(f"r_process_{name}")
    ours = counting_process(source(), event).select(theirs.columns)
    assert ours.rows() == theirs.rows()


def test_person_periods_are_those_of_survsplit():
    rows = person_periods(golden_panel(), width=180, horizon=730)
    counts = rows.group_by("period").agg(
        n=pl.len(), days=(pl.col("stop") - pl.col("start")).sum(), events=pl.col("event").sum()
    )
    assert counts.sort("period").rows() == golden("r_person_periods").rows()


def test_competing_risks_are_those_of_survfit():
    rows = competing_risks(golden_panel()).drop_nulls("event")
    theirs = golden("r_aalen_johansen")
    free, shares, curve = 1.0, dict.fromkeys(analysis().causes, 0.0), []
    for time in sorted(rows["time"].unique()):
        n = rows.filter(pl.col("entry") < time, pl.col("time") >= time).height
        now = rows.filter(pl.col("time") == time, pl.col("event") > 0)
        for name in shares:
            shares[name] += free * now.filter(cause=name).height / n
        free *= 1 - now.height / n
        curve.append([time, *shares.values()])
    assert np.abs(np.array(curve) - theirs.select("time", *shares).to_numpy()).max() < 1e-9


def has_r() -> bool:
    """Whether there is R with its package survival."""
    if shutil.which("Rscript") is None:
        return False
    return subprocess.run(["Rscript", "-e", "library(survival)"], capture_output=True, check=False).returncode == 0  # noqa: S607


@pytest.mark.slow
def test_r_still_answers_what_is_committed(tmp_path):
    if not has_r():
        # Every other test here holds our tables against the committed answers, R or no R.
        pytest.skip("R with its package survival is not on this machine; its answers are committed")
    for script, folders in [("people.R", [tmp_path]), ("answers.R", [tmp_path, tmp_path])]:
        subprocess.run(["Rscript", GOLDEN / script, *folders], check=True, capture_output=True)  # noqa: S607
    made = {path.name: path.read_text(encoding="utf-8") for path in sorted(tmp_path.glob("*.csv"))}
    committed = {path.name: path.read_text(encoding="utf-8") for path in sorted(GOLDEN.glob("*.csv"))}
    assert made == committed
