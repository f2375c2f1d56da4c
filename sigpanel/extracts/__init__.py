"""Extracts: what leaves the panel under an approval, and nothing else.

    population   who is in, by the panel's own ids
    coarse       the tables that leave, coarsened
    view         what somebody who knows a person would compare
    protect      the approval's limits held on it; what is taken out, who is left out
    hide         what is taken out, taken out of every column that tells it
    cut          all of that, under ids of the extract's own
    write        the files, whole or not at all
    open         an extract as lazy polars frames, for its recipients

Nothing here knows a key or a study: `sigpanel.pipeline.extract` brings them.
"""

from sigpanel.extracts.open import Extract, open_extract, open_issued

__all__ = ["Extract", "open_extract", "open_issued"]
