"""The page on how a release serves somebody who relies on it, in Swedish: what is promised, and what it holds.

Counts, shares and levels by variable, district and year. It says nothing of any row, and nothing of a cell of too few.
How many were asked is rounded; a share is worked out from rounded numbers, and hidden where few of those asked have an
answer, or few have none. That a cell is not enough stands there all the same: it is what the page is for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from sigpanel.contracts.codes import questions
from sigpanel.contracts.disclosure import disclosure
from sigpanel.contracts.sentences import sentences
from sigpanel.contracts.service import ALL
from sigpanel.contracts.tables import vocabulary
from sigpanel.forms import districts, programmes, variables
from sigpanel.report.figures import share_of
from sigpanel.report.page import render

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from sigpanel.contracts.consumers import Broken, Consumer
    from sigpanel.contracts.service import Verdict

FILE = "konsument-{name}-{release}.html"
VERDICTS = ("kept", "warned", "broken", "too_few")
# What is a share of persons' episodes, or of persons; the others are of districts, of years and of pairs.
_OF_PERSONS = ("completeness", "linkage.decided", "horizon")


@dataclass(frozen=True)
class OfCheck:
    """The verdicts on one check, the worst first; `group` is what its variables are called, of completeness alone."""

    name: str
    group: str
    verdicts: tuple[Verdict, ...]

    def of(self, verdict: str) -> tuple[Verdict, ...]:
        """Those of a kind."""
        return tuple(one for one in self.verdicts if one.verdict == verdict)

    @property
    def title(self) -> str:
        """What it counts, and of what."""
        counts = sentences().asked[self.name.rpartition(".")[2]]["sv"]
        return f"{self.group}: {counts}" if self.group else counts[0].upper() + counts[1:]

    @property
    def mends(self) -> tuple[str, ...]:
        """What would mend what is broken or warned of."""
        needed = {one.mend for one in (*self.of("broken"), *self.of("warned"))}
        return tuple(told["sv"] for name, told in sentences().asked_mend.items() if name in needed)


def consumer_page(
    one: Consumer, unpromised: Sequence[Broken], verdicts: Sequence[Verdict], release: str | None, today: dt.date | None
) -> str:
    """The page, as text.

    Args:
        one: the consumer's contract.
        unpromised: what it needs and is not promised; then there are no verdicts.
        verdicts: how the release stands to what it asks.
        release: the release's name; null where none was looked at.
        today: the day that timeliness was told for.
    """
    worst = sorted(map(shown, verdicts), key=lambda each: (each.check, 1.0 if each.value is None else each.value))
    checks = [
        OfCheck(name, _group(one, name), tuple(each for each in worst if each.check == name))
        for name in dict.fromkeys(each.check for each in verdicts)
    ]
    return render(
        "consumer.html.j2",
        consumer=one,
        unpromised=unpromised,
        checks=checks,
        broken=[each for each in verdicts if each.verdict == "broken"],
        warned=[each for each in verdicts if each.verdict == "warned"],
        verdicts=VERDICTS,
        release=release,
        today=today,
        place=place,
    )


def shown(verdict: Verdict) -> Verdict:
    """A verdict as the page tells it: the number rounded, and the share of rounded numbers; null is hidden."""
    if not verdict.check.startswith(_OF_PERSONS) or not verdict.n:
        return verdict
    rule = disclosure()
    value = None if verdict.value is None else share_of(round(verdict.value * verdict.n), verdict.n, rule)
    return replace(verdict, n=rule.shown(verdict.n), value=value)


def place(cell: Mapping[str, object]) -> tuple[str, ...]:
    """Of what a verdict is, in words: variable, moment, programme, district, year, as far as it tells them."""
    return tuple(_words().get(name, {}).get(str(value), str(value)) for name, value in cell.items())


@lru_cache(maxsize=1)
def _words() -> dict[str, dict[str, str]]:
    return {
        "variable": {name: questions(name)[-1].label_sv for name in variables()},
        "moment": {term.token: term.sv for term in vocabulary("moment")},
        "programme": {token: programme.sv for token, programme in programmes().items()},
        "district": {token: district.sv for token, district in districts().items()} | {ALL: "alla stadsdelar"},
    }


def _group(one: Consumer, check: str) -> str:
    parts = check.split(".")
    return one.groups[parts[1]].sv if parts[0] == "completeness" else ""
