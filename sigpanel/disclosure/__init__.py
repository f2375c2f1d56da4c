"""How easily somebody can be singled out in a table, counted in persons, and what to do about it.

    risk(frame, ["sex", "district"])            the least class, in persons; l; dominant share; unique trajectories
    suppress(frame, [...], limits=, order=)   the same table with every class of at least k persons
    linkable(new, old, shared)                  how many persons two tables give away to each other by their values
    linkable_by_fit(new, old, equal, within)    the same where one hides a value, or tells it less exactly

A class is all persons who have a row with the same values of the quasi-identifiers: what somebody can know of a person
from elsewhere. Common tools count rows; two persons with eight rows each are then sixteen, and are not.

Pure polars on frames with a column of persons. Nothing here knows of tables, approvals or files, and nothing decides
whether a risk may be taken: that is an approval's. Not measured: what an attacker infers from values that nobody called
a quasi-identifier, and attribute disclosure by similar values (t-closeness).
"""

from sigpanel.disclosure.classes import classes
from sigpanel.disclosure.compatible import linkable_by_fit
from sigpanel.disclosure.linkable import linkable
from sigpanel.disclosure.risk import Risk, risk
from sigpanel.disclosure.suppress import Limits, Suppressed, suppress

__all__ = ["Limits", "Risk", "Suppressed", "classes", "linkable", "linkable_by_fit", "risk", "suppress"]
