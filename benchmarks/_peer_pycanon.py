"""The same risk by pycanon: run by `risk.py` in an environment of its own, where nothing of sigpanel is.

    python _peer_pycanon.py SETTINGS.json

SETTINGS names a CSV file, the quasi-identifiers, the sensitive variables and how many times to measure. pycanon counts
rows, so the file has one row per person: there both mean the same. Answers in JSON on stdout: seconds and CPU seconds
of each time, k, and l.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pandas as pd
from pycanon import anonymity


def main() -> None:
    """Measure k and l, as often as asked."""
    told = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    frame = pd.read_csv(told["path"])
    seconds, cpu, k, diversity = [], [], 0, 0
    for _ in range(told["times"]):
        before, before_cpu = time.perf_counter(), time.process_time()
        k = anonymity.k_anonymity(frame, told["by"])
        diversity = anonymity.l_diversity(frame, told["by"], told["sensitive"])
        seconds.append(time.perf_counter() - before)
        cpu.append(time.process_time() - before_cpu)
    print(json.dumps({"seconds": seconds, "cpu": cpu, "k": int(k), "l": int(diversity)}))


if __name__ == "__main__":
    main()
