"""The blank workbook of a form edition, for the data owner to send out.

Which edition it is follows from the programme and the reporting year, or is named. Where none or more than one fits,
the command stops and says which there are: a form sent out in the wrong edition comes back in it, from every district.

It needs neither study nor key, and overwrites nothing unless asked to.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sigpanel.errors import InputError, UsageError
from sigpanel.forms import forms

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sigpanel.forms import Form

_SUFFIX = ".xlsx"


@dataclass(frozen=True)
class Blank:
    """A blank form that was written: its edition, the reporting year asked for, and where it is."""

    form: Form
    year: int | None
    file: Path

    @property
    def is_stand_in(self) -> bool:
        """Whether the edition is our guess at a form that the city has, and not the city's own."""
        return self.form.status == "provisional"


def write_blank(
    programme: str,
    year: int | None = None,
    *,
    edition: str | None = None,
    out: Path | None = None,
    force: bool = False,
) -> Blank:
    """Write the blank form of a programme.

    Args:
        programme: its token.
        year: the reporting year; without it the newest edition is written.
        edition: which edition, where the year alone does not tell.
        out: a file, or a folder for a file named after programme and year; by default the current folder.
        force: overwrite a file that stands there.

    Raises:
        UsageError: the programme has no form, the edition is not one of its own, or the file is no .xlsx.
        InputError: no edition, or more than one, covers the year; or the file is there already or cannot be written.
    """
    from sigpanel.forms.write import write_form

    form = choose(forms().values(), programme, year, edition)
    file = _place(form, year, out or Path())
    if file.exists() and not force:
        raise InputError(
            "form-exists",
            "There is a file already where the form was to be written.",
            remedy="Name another file with --out, or overwrite it with --force.",
        )
    write_form(file, form)
    return Blank(form, year, file)


def choose(known: Iterable[Form], programme: str, year: int | None = None, edition: str | None = None) -> Form:
    """The edition meant.

    Raises:
        UsageError: the programme has no form, or the edition is not one of its own.
        InputError: no edition, or more than one, covers the year.
    """
    every = sorted(known, key=lambda form: (form.programme, form.first_year, form.edition))
    ours = [form for form in every if form.programme == programme]
    if not ours:
        programmes = ", ".join(dict.fromkeys(form.programme for form in every))
        raise UsageError("programme-without-form", "There is no form for that programme.", remedy=f"Name {programmes}.")
    named = [form for form in ours if edition in (None, form.edition)]
    if not named:
        raise UsageError(
            "edition-unknown", "The programme has no such edition of its form.", remedy=f"There are: {_listed(ours)}."
        )
    if year is None:
        # Of the newest there is one: two editions that begin in one year would cover it both.
        return _only([form for form in named if form.first_year == named[-1].first_year], ours)
    return _only([form for form in named if form.covers(year)], ours)


def _only(fitting: Sequence[Form], ours: Sequence[Form]) -> Form:
    if not fitting:
        raise InputError(
            "no-edition-for-year",
            "No such edition of the form covers that year.",
            remedy=f"Choose --year and --edition among these: {_listed(ours)}. "
            "A form that is new is described in contracts/forms.",
        )
    if len(fitting) > 1:
        raise InputError(
            "editions-for-one-year",
            f"More than one edition of the form covers that year: {_listed(fitting)}.",
            remedy="Name one with --edition.",
        )
    return fitting[0]


def _listed(editions: Sequence[Form]) -> str:
    return ", ".join(f"{form.edition} ({_years(form)})" for form in editions)


def _years(form: Form) -> str:
    if form.last_year is None:
        return f"from {form.first_year}"
    return f"{form.first_year}" if form.first_year == form.last_year else f"{form.first_year}–{form.last_year}"


def _place(form: Form, year: int | None, out: Path) -> Path:
    """The file to write; its default name says what coordinators know, programme and year."""
    if out.is_dir():
        return out / ("-".join(["SIG", form.programme, *([str(year)] if year else [])]) + _SUFFIX)
    if out.suffix.lower() != _SUFFIX:
        raise UsageError(
            "form-not-xlsx",
            "The form is an Excel workbook.",
            remedy=f"Name a file that ends in {_SUFFIX}, or a folder.",
        )
    return out
