"""Ask somebody at a terminal to type what cannot be taken back; nobody else is ever asked.

Where standard input is no terminal nothing is waited for: whoever runs a command from a program says `--yes`.
"""

from __future__ import annotations

import sys

from sigpanel.errors import UsageError


def confirmed(what: str, word: str, *, is_said: bool) -> None:
    """Go on only if it is said beforehand, or somebody types the word.

    Args:
        what: what will be done, told before the question.
        word: what is to be typed, such as an extract's id.
        is_said: whether `--yes` was given.

    Raises:
        UsageError: it was not confirmed. What was typed instead is not repeated.
    """
    if is_said:
        return
    if not _is_asked():
        raise UsageError(
            "not-confirmed",
            f"{what} This cannot be taken back, and nobody is at a terminal to confirm it.",
            remedy="If it is meant, give --yes.",
        )
    sys.stderr.write(f"{what} This cannot be taken back.\nType {word} to go on: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != word:
        raise UsageError("not-confirmed", "Nothing was done: something else was typed.", remedy=f"Type {word}.")


def _is_asked() -> bool:
    """Whether somebody sits there who reads the question and can answer it."""
    return sys.stdin.isatty() and sys.stderr.isatty()
