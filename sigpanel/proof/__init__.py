"""Proof that nothing identifying is in what leaves: needles from a study, everything that a folder holds, and a search.

    needles     what must not be found, and how each may be written
    office      every text of a file as an office sent it
    parts       every part of a folder's files: names, bytes, pages, footers, values
    search      needles in parts
    attack      every possible code, unkeyed, against every id and digest
    prove       the whole, as a report that holds no needle

Which files of a study needles come from is for `sigpanel.pipeline.verify_release` to say.
"""

from sigpanel.proof.attack import Attacked, attack
from sigpanel.proof.needles import Counted, Needles
from sigpanel.proof.prove import Found, Proof, prove

__all__ = ["Attacked", "Counted", "Found", "Needles", "Proof", "attack", "prove"]
