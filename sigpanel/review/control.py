"""The control code of a line: by it an answer finds its pair, and it shows whether it stands beside that pair still.

It is the digest of what was compared, which leads to the pair, and a check of what the line shows. Where cells were
moved, by sorting some columns without the others, say, the check fails; an answer would be taken for another pair. It
is keyed, since it is of codes among others: without the key it tells nothing of what was blackened in a copy. So no
more need be remembered of a line than its digest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from sigpanel.forms import letters_and_digits
from sigpanel.review.words import SIDES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# What is checked, as far as the sheet has it: what the program wrote and nobody has a reason to change.
SHOWN: Final = (*SIDES, "episodes")
_PURPOSE: Final = "links/shown"
_LENGTH: Final = 8
_BETWEEN: Final = "-"


def shown_of(pair: tuple[str, str], shown: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """What a line shows of a pair, by the names of its columns: one side above the other.

    Args:
        pair: the ids of its episodes.
        shown: the texts of each episode, by its id, in the order of `SIDES`.
    """
    above, below = (shown[episode] for episode in pair)
    both = {name: f"{a}\n{b}" for name, a, b in zip(SIDES, above, below, strict=True)}
    return both | {"episodes": "\n".join(pair)}


def control_codes(
    digests: Sequence[str], lines: Sequence[Mapping[str, str]], pseudonyms: Callable[[str, pl.Series], pl.Series]
) -> list[str]:
    """The control code of each line.

    Args:
        digests: of what was compared in each.
        lines: the texts of `SHOWN` in each, as far as the sheet has them.
        pseudonyms: turns texts into keyed ids, by purpose.
    """
    texts = [
        "|".join([digest, *(letters_and_digits(line.get(name, "")) for name in SHOWN)])
        for digest, line in zip(digests, lines, strict=True)
    ]
    checks = pseudonyms(_PURPOSE, pl.Series(texts, dtype=pl.String))
    return [f"{digest}{_BETWEEN}{check[-_LENGTH:]}" for digest, check in zip(digests, checks, strict=True)]


def digest_of(code: str) -> str:
    """The digest in a control code."""
    return code.partition(_BETWEEN)[0]
