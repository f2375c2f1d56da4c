"""What a published figure may tell, from `contracts/disclosure.yaml`, and the one rule by which a number is shown.

    disclosure().shown(3)      None: hidden
    disclosure().shown(8)      10
    disclosure().at(10)        the same with a study's own threshold

What is shown depends on the number alone, so a reader learns from a shown 10 that there are 8 to 12, and from a hidden
one that there are fewer than the threshold, and nothing else. What else must be hidden, because of the figures that
stand beside it, is for `sigpanel.tables`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from sigpanel.contracts import strict
from sigpanel.contracts.strict import of_file, require
from sigpanel.errors import PolicyError, UsageError
from sigpanel.resources import contracts_dir

_FILE = "disclosure.yaml"
_ENTRIES = {
    "version", "threshold", "least_threshold", "rounding", "dominant_share", "survival_events", "survival_every",
    "words", "notes",
}  # fmt: skip
# Words that stand for a category, beside those for a number that is hidden and for all together.
CATEGORIES = ("suppressed", "no_value")
# A column `<column>__hidden` beside a number, day or yes-or-no of an extract says where it was taken out.
HIDDEN_FLAG = "__hidden"
_WORDS = {"hidden", "total", *CATEGORIES}
KINDS = ("counts", "means", "rates", "survival")
LANGUAGES = ("en", "sv")


@dataclass(frozen=True)
class Disclosure:
    """The entries of the file, under their own names."""

    version: int
    threshold: int
    least_threshold: int
    rounding: int
    dominant_share: float
    survival_events: int
    survival_every: int
    words: Mapping[str, Mapping[str, str]]
    notes: Mapping[str, Mapping[str, str]]

    def at(self, threshold: int | None) -> Disclosure:
        """The same with another threshold; with its own where none is given.

        Raises:
            UsageError: it is no whole number.
            PolicyError: it is lower than the least.
        """
        if threshold is None:
            return self
        remedy = f"Give at least {self.least_threshold}, or none for the {self.threshold} of contracts/{_FILE}."
        if type(threshold) is not int:
            raise UsageError(
                "threshold-no-number",
                "A threshold is a whole number of persons.",
                remedy=remedy,
            )
        if threshold < self.least_threshold:
            raise PolicyError(
                "threshold-too-low",
                f"A threshold of {threshold} persons is lower than the least, {self.least_threshold}.",
                remedy=remedy,
            )
        return replace(self, threshold=threshold)

    @property
    def least_shown(self) -> int:
        """The least number that is ever shown: the first multiple that is not below the threshold."""
        return -(-self.threshold // self.rounding) * self.rounding

    @property
    def events_in_a_step(self) -> int:
        """How many persons must have had the event for a survival curve to fall."""
        return max(self.survival_events, self.threshold)

    def rounded(self, number: float) -> int:
        """A number as a multiple of `rounding`; halves go up."""
        return int((number + self.rounding / 2) // self.rounding) * self.rounding

    def shown(self, n: int) -> int | None:
        """A number of persons as it is shown; None where it is hidden."""
        return None if n < self.threshold else max(self.rounded(n), self.least_shown)

    def bounds(self, shown: int) -> tuple[int, int]:
        """The least and the most persons that are shown as this number."""
        low = shown - self.rounding // 2
        high = shown + (self.rounding - 1) // 2
        return (self.threshold if shown == self.least_shown else low), high

    def word(self, name: str, language: str = "en") -> str:
        """A word that stands in a table: hidden, total, suppressed, no_value."""
        return self.words[name][language]

    def note(self, kind: str, language: str = "en", **more: object) -> str:
        """What stands under a table of a kind."""
        filled: dict[str, object] = {
            "threshold": self.threshold,
            "rounding": self.rounding,
            "share": f"{self.dominant_share:.0%}" if language == "en" else f"{self.dominant_share * 100:.0f}\u00a0%",
            "events": self.events_in_a_step,
            "every": self.survival_every,
        }
        return self.notes[kind][language].format(**filled | more)


@lru_cache(maxsize=1)
def disclosure() -> Disclosure:
    """The entries, read once.

    Raises:
        Fault: something does not belong in the file, or contradicts something else in it.
    """
    with of_file(_FILE):
        raw = strict.mapping(strict.load(contracts_dir() / _FILE), "the file", _ENTRIES)
        told = Disclosure(
            **{
                name: strict.number(raw[name], name) for name in sorted(_ENTRIES - {"dominant_share", "words", "notes"})
            },
            dominant_share=strict.share(raw["dominant_share"], "dominant_share"),
            words=_texts(raw["words"], "words", _WORDS),
            notes=_texts(raw["notes"], "notes", set(KINDS)),
        )
        _check(told)
    return told


def _texts(raw: strict.Yaml, where: str, required: set[str]) -> Mapping[str, Mapping[str, str]]:
    return {
        name: {
            language: strict.text(said, f"{where}, {name}, {language}")
            for language, said in strict.mapping(each, f"{where}, {name}", set(LANGUAGES)).items()
        }
        for name, each in strict.mapping(raw, where, required).items()
    }


def _check(told: Disclosure) -> None:
    require(told.least_threshold > 1, "least_threshold", "at least 2 belong here: a cell of one is that one")
    require(told.threshold >= told.least_threshold, "threshold", "at least `least_threshold` belongs here")
    require(told.rounding > 1, "rounding", "at least 2 belongs here")
    require(0 < told.dominant_share < 1, "dominant_share", "a share above 0 and below 1 belongs here")
    require(told.survival_events >= told.least_threshold, "survival_events", "at least `least_threshold` belongs here")
    require(told.survival_every > 0, "survival_every", "at least 1 belongs here")
    for kind in KINDS:
        for language in LANGUAGES:
            try:
                told.note(kind, language)
            except (KeyError, IndexError, ValueError):
                raise strict.fault(f"notes, {kind}, {language}", "it asks for what nobody fills in") from None
