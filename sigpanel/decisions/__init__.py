"""What the data owner has decided about single rows and cells, as data beside the workbooks that stay as delivered.

A decision names its target, who took it, when and why, and what stood there when it was taken. One that no longer fits,
or that hits nothing, stops the build: a decision silently without effect, or on something else than was looked at, is
worse than none.
"""

from sigpanel.decisions.corrected import Corrected, apply, settle
from sigpanel.decisions.corrections import NO_CORRECTIONS, Correction, Corrections, read_corrections

__all__ = ["NO_CORRECTIONS", "Corrected", "Correction", "Corrections", "apply", "read_corrections", "settle"]
