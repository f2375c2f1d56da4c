"""What `form` and `notebooks` print: which edition was written and where, a stand-in or not; which notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sigpanel.pipeline.blank import Blank
    from sigpanel.pipeline.notebooks import Copied


def show_blank(blank: Blank) -> str:
    """Which edition was written, and where."""
    return f"Wrote the blank form {blank.form.edition} to {blank.file}."


def show_stand_in(blank: Blank) -> str:
    """That the edition is not the city's own, where it is not."""
    return (
        f"{blank.form.edition} is a stand-in: the city's own form was not among our sources. "
        "Compare the two before you send it out."
    )


def blank_as_dict(blank: Blank) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "edition": blank.form.edition,
        "programme": blank.form.programme,
        "year": blank.year,
        "status": blank.form.status,
        "file": str(blank.file),
    }


def show_notebooks(copied: Copied) -> str:
    """Which notebooks were written, which stand there as they came, and how to go on."""
    lines = [f"Wrote {path}" for path in copied.written] + [f"There already: {path}" for path in copied.unchanged]
    return "\n".join(
        [
            *lines,
            "Each runs as it is on the demo panel, and says the one line to change for your own.",
            "Clear the outputs before you save or share one of real data: they show rows about people.",
        ]
    )


def notebooks_as_dict(copied: Copied) -> dict[str, Any]:
    """The same as JSON."""
    return {"written": [str(path) for path in copied.written], "unchanged": [str(path) for path in copied.unchanged]}
