"""The command line: thin. It reads arguments, calls the pipeline, and prints.

Results go to standard output, everything else to standard error. Exit codes: 0 done; 1 done, but errors were found; 2
wrong usage; 3 input cannot be used; 4 refused by policy; 70 a fault of ours. Each command imports what it needs when it
runs, so that `--help` answers at once.
"""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line and end the process with its exit code."""
    from sigpanel.cli.app import call, report_error
    from sigpanel.cli.barrier import guarded, silence_libraries, silenced_stderr, speak_plainly

    silence_libraries()
    speak_plainly()
    with silenced_stderr():
        code = guarded(call, report_error)
    sys.exit(code)
