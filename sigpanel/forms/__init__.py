"""The questionnaire as data, and the one writer of workbooks in the form's layout.

`contracts/forms/` holds what a form asks; this package reads it (`load`), names its parts (`model`), knows districts
and programmes (`districts`), knows how offices fill it in (`habits`), and writes a workbook, blank or filled (`write`).
It knows nothing of studies, keys or panels.
"""

from sigpanel.forms.districts import districts, harmonised, programmes
from sigpanel.forms.habits import Habits, habits
from sigpanel.forms.load import districts_listed, form, forms, load_forms, variables
from sigpanel.forms.model import (
    EPISODE_VARIABLES,
    MOMENTS,
    Answer,
    Code,
    Condition,
    Consistency,
    District,
    Form,
    Programme,
    Question,
    letters_and_digits,
)

__all__ = [
    "EPISODE_VARIABLES",
    "MOMENTS",
    "Answer",
    "Code",
    "Condition",
    "Consistency",
    "District",
    "Form",
    "Habits",
    "Programme",
    "Question",
    "districts",
    "districts_listed",
    "form",
    "forms",
    "habits",
    "harmonised",
    "letters_and_digits",
    "load_forms",
    "programmes",
    "variables",
]
