"""What `form` prints: which edition was written and where, and that it is a stand-in where it is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sigpanel.pipeline.blank import Blank


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
