"""CPU seconds of the code under test alone: coverage looks at every line, which may take longer than the line."""

import sys
import time
from collections.abc import Callable


def cpu_seconds(run: Callable[[], object]) -> float:
    """Run something without anybody looking, and return the CPU seconds it took."""
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        start = time.process_time()
        run()
        return time.process_time() - start
    finally:
        sys.settrace(tracer)
