"""Tables that may be published: counts, means, rates and survival of persons, protected against singling anybody out.

    import sigpanel
    panel = sigpanel.open_panel("research/panel")
    sigpanel.tables.counts(panel.episodes, by=["district", "sex"], harmless=["sex"])

What is printed is safe by itself; what of several tables is told between them is for `Ledger`, which the custodian
keeps. Nothing here gives a least or greatest value, a median or any other quantile: such a figure is one person's own.
"""

from sigpanel.tables.counts import counts
from sigpanel.tables.ledger import Ledger, Released
from sigpanel.tables.means import means
from sigpanel.tables.protect import protected
from sigpanel.tables.rates import rates
from sigpanel.tables.result import Table
from sigpanel.tables.survival import survival

__all__ = ["Ledger", "Released", "Table", "counts", "means", "protected", "rates", "survival"]
