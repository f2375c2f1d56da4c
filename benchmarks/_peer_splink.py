"""Splink 5 on the same fields: run by `linkage.py` in an environment of its own, where nothing of sigpanel is.

    python _peer_splink.py SETTINGS.json

Fixed m, near those we began with; u from term frequencies, as Splink does it by value; the prior we use; clustering at
.5 by connected components, Splink's own way. Its comparisons hold what a level can express: letters spelt for each
other, one digit off or two transposed, and the months of birth in steps of their likelihood ratio. What it cannot
express is left out: a surname initial that changes by sex and years, and that nobody is in one district twice at once.

SETTINGS names parquet files of fields, parquet files to write the clusters to, and the prior of each. Answers in JSON
on stdout: seconds of each, from the table to the clusters, and the peak memory of the process in bytes.
"""

from __future__ import annotations

import json
import logging
import resource
import sys
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow.parquet as pq
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink import comparison_level_library as levels
from splink.blocking_rule_library import CustomRule
from splink.comparison_library import CustomComparison

if TYPE_CHECKING:
    from collections.abc import Callable

M = {
    "given": {"same": 0.985, "near": 0.006},
    "surname": {"same": 0.96, "near": 0.006},
    "year": {"same": 0.985, "near": 0.010},
    "day": {"same": 0.985, "near": 0.010},
    "sex": {"same": 0.997},
    "district": {"same": 0.85},
}
MONTHS_WRONG = 0.04
# Likelihood ratios of the months of birth: (1 − e)·12·|A∩B| / (|A||B|) + e falls into steps, told by their upper ends.
STEPS = (0.5, 0.8, 1.25, 1.75, 2.5, 3.5, 5.0, 8.0, 13.0)
# Only the ratio of m to u counts where both are fixed.
ANY_U = 0.05
ACCEPT = 0.5
BLOCKS = (
    block_on("given", "surname", "year"),
    block_on("given", "surname", "day"),
    block_on("given", "year", "day"),
    block_on("surname", "year", "day"),
    CustomRule("l.given = r.surname AND l.surname = r.given AND l.year = r.year AND l.day = r.day"),
)


def main() -> None:
    """Link every panel that the settings name."""
    told = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    # Splink and the SQL parser beneath it warn of what they will change one day; nothing here depends on it.
    warnings.simplefilter("ignore")
    seconds, cpu = [], []
    for panel in told["panels"]:
        table = pq.read_table(panel["fields"])
        before, before_cpu = time.perf_counter(), time.process_time()
        clusters = link(table, panel["prior"], told["spelt_alike"])
        seconds.append(time.perf_counter() - before)
        cpu.append(time.process_time() - before_cpu)
        pq.write_table(clusters.select(["episode_id", "cluster_id"]), panel["clusters"])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak": peak}))


def link(table: Any, prior: float, spelt_alike: list[str]) -> Any:  # noqa: ANN401 - pyarrow tables
    """Predict every candidate pair and cluster what is likelier one person than not."""
    shares = {name: shares_of(table.column(name).to_pylist()) for name in M}
    alike = {frozenset(pair) for pair in spelt_alike}
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="episode_id",
        probability_two_random_records_match=prior,
        blocking_rules_to_generate_predictions=list(BLOCKS),
        comparisons=[
            letters("given", shares["given"], alike),
            letters("surname", shares["surname"], alike),
            digits("year", shares["year"]),
            digits("day", shares["day"]),
            compared("sex", shares["sex"], by_value=True),
            compared("district", shares["district"], by_value=True),
            months(),
        ],
        retain_matching_columns=False,
    )
    linker = Linker(DuckDBAPI(duckdb.connect()).register(table), settings, log_level=logging.ERROR)
    predicted = linker.inference.predict(threshold_match_probability=ACCEPT, warning_mode="never")
    clustered = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, ACCEPT)
    return clustered.as_pyarrow_table()


def shares_of(values: list[str | None]) -> dict[str, float]:
    """How often each value occurs, of those that are known."""
    counts = Counter(value for value in values if value is not None)
    return {value: count / counts.total() for value, count in counts.items()}


def compared(name: str, shares: dict[str, float], near: Any = None, near_u: float = 0.0, *, by_value: bool) -> Any:  # noqa: ANN401
    """The same, perhaps nearly so, or else; by value means that rare values count more."""
    m = M[name]
    same_u = sum(share * share for share in shares.values())
    same = levels.ExactMatchLevel(name, term_frequency_adjustments=by_value)
    made = [levels.NullLevel(name), same.configure(m_probability=m["same"], u_probability=same_u)]
    if near is not None:
        made.append(near.configure(m_probability=m["near"], u_probability=max(near_u, 1e-6)))
    rest = 1 - m["same"] - m.get("near", 0)
    made.append(levels.ElseLevel().configure(m_probability=rest, u_probability=1 - same_u - near_u))
    return CustomComparison(output_column_name=name, comparison_levels=made)


def letters(name: str, shares: dict[str, float], alike: set[frozenset[str]]) -> Any:  # noqa: ANN401
    """An initial: the same, or one that is at times written for it."""
    pairs = " OR ".join(
        f"({name}_l = '{one}' AND {name}_r = '{other}')"
        for pair in sorted(map(sorted, alike))
        for one, other in (pair, pair[::-1])
    )
    near_u = chance_of(shares, lambda one, other: frozenset((one, other)) in alike)
    return compared(name, shares, levels.CustomLevel(pairs, "spelt otherwise"), near_u, by_value=True)


def digits(name: str, shares: dict[str, float]) -> Any:  # noqa: ANN401
    """Two digits: the same, or one off, or transposed."""
    near_u = chance_of(shares, lambda one, other: one != other and (one[::-1] == other or is_one_off(one, other)))
    return compared(name, shares, levels.DamerauLevenshteinLevel(name, 1), near_u, by_value=True)


def is_one_off(one: str, other: str) -> bool:
    """Whether two texts of one length differ in one place."""
    return sum(a != b for a, b in zip(one, other, strict=True)) == 1


def chance_of(shares: dict[str, float], fits: Callable[[str, str], bool]) -> float:
    """How often two values drawn at random fit."""
    return sum(p * q for one, p in shares.items() for other, q in shares.items() if fits(one, other))


def months() -> Any:  # noqa: ANN401
    """The months of birth that two episodes leave: steps of the likelihood ratio, each with the ratio at its middle."""
    ratio = (
        f"{1 - MONTHS_WRONG} * 12.0 * bit_count(months_l & months_r) / bit_count(months_l) / bit_count(months_r)"
        f" + {MONTHS_WRONG}"
    )
    made: list[Any] = [levels.NullLevel("months")]
    least = 2 * MONTHS_WRONG
    for most, middle in [(least, MONTHS_WRONG), *((most, (low * most) ** 0.5) for low, most in middles(least))]:
        level = levels.CustomLevel(f"{ratio} < {most}", f"a ratio below {most}")
        made.append(level.configure(m_probability=ANY_U * middle, u_probability=ANY_U))
    made.append(levels.ElseLevel().configure(m_probability=ANY_U * STEPS[-1], u_probability=ANY_U))
    return CustomComparison(output_column_name="months", comparison_levels=made)


def middles(least: float) -> list[tuple[float, float]]:
    """Each step's two ends."""
    return list(zip((least, *STEPS), STEPS, strict=False))


if __name__ == "__main__":
    main()
