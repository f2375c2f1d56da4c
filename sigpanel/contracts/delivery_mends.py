"""What would mend a broken rule of a delivery, in the words of `contracts/deliveries.yaml`.

Columns that lack are told by name, since the contract has those names. Of a column too many only its number is told,
for its name came with the delivery and may be anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sigpanel.contracts.deliveries import shared
from sigpanel.contracts.delivery import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import polars as pl

    from sigpanel.contracts.delivery import Delivery
    from sigpanel.contracts.gate import Outcome
    from sigpanel.contracts.rules import Rule


def mends(kind: Delivery, frame: pl.DataFrame, outcomes: Iterable[Outcome]) -> dict[str, tuple[Text, ...]]:
    """By rule that is broken, what would mend it; of the columns as a whole what lacks, and what is too many.

    Args:
        kind: the kind of delivery.
        frame: what was delivered.
        outcomes: what became of its rules (`hold_delivery`).
    """
    return {one.rule.id: tuple(_mends(kind, frame, one.rule)) for one in outcomes if not one.is_kept}


def _mends(kind: Delivery, frame: pl.DataFrame, rule: Rule) -> Iterator[Text]:
    if rule.kind == "columns":
        missing = [name for name in kind.by_name if name not in frame.columns]
        surplus = [str(at) for at, name in enumerate(frame.columns, start=1) if name not in kind.by_name]
        yield from [_told("missing", ", ".join(missing))] if missing else []
        yield from [_told("surplus", ", ".join(surplus))] if surplus else []
    elif rule.kind == "type" and rule.columns[0] not in frame.columns:
        yield _told("missing", rule.columns[0])
    else:
        word = rule.id.rpartition(".")[2]
        yield _told(word if word in shared().mend else rule.severity, str(rule.params.get("type", "")))


def _told(word: str, columns: str) -> Text:
    told = shared().mend[word]
    return Text(told.en.format(columns=columns), told.sv.format(columns=columns))
