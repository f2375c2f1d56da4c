"""What can go wrong, as four kinds with an exit code each.

    UsageError    2   the command was called wrongly
    InputError    3   something given to sigpanel cannot be used: a workbook, a setting, a missing key
    PolicyError   4   it could be done, but must not be: an unsafe key, a missing approval
    Fault        70   a fault of ours, never of the data

Every error has a code that stays the same between versions, so that a program can tell errors apart, and ends with what
to do next. The command line turns them into messages and exit codes in one place; nothing else calls `sys.exit`.

A message never holds a value from the data, and no error here keeps the exception of a library, since those print
values: raise `from None`. What is found *in* a workbook is not an error but a finding (`sigpanel.findings`), and does
not fail a build.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any, ClassVar

_CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class SigpanelError(Exception):
    """An error with a stable code, a message and a remedy. Raise one of the four kinds, not this."""

    exit_code: ClassVar[int] = 70

    def __init__(self, code: str, message: str, *, remedy: str) -> None:
        if not _CODE.fullmatch(code):
            raise ValueError("an error's code is kebab-case: lower-case words joined by hyphens")
        if not message.strip() or not remedy.strip():
            raise ValueError(f"error {code}: message and remedy must both say something")
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.remedy = remedy
        # Below the message in a traceback, as a notebook shows it.
        self.add_note(f"[{code}]")

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}"

    def __reduce__(self) -> tuple[Any, ...]:
        # BaseException pickles positional arguments only; without this an error loses its remedy, and then its type,
        # on the way back from a worker process.
        return partial(type(self), remedy=self.remedy), (self.code, self.message)

    def as_dict(self) -> dict[str, str | int]:
        """The error as `--json` prints it."""
        return {"code": self.code, "message": self.message, "remedy": self.remedy, "exit_code": self.exit_code}


class UsageError(SigpanelError):
    """The command or function was called wrongly."""

    exit_code = 2


class InputError(SigpanelError):
    """Something given to sigpanel cannot be used as it is; whoever runs it can mend that."""

    exit_code = 3


class PolicyError(SigpanelError):
    """Refused by policy: possible, but not allowed to happen."""

    exit_code = 4


class Fault(SigpanelError):  # noqa: N818 - it is not the user's error, and must not read as one
    """A fault of sigpanel itself. No change to the data is called for."""

    exit_code = 70

    def __init__(
        self,
        code: str,
        message: str,
        *,
        remedy: str = "This is a fault of sigpanel, not of your data: please report it, with this message.",
    ) -> None:
        super().__init__(code, message, remedy=remedy)
