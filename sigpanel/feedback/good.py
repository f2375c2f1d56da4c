"""What was good about a workbook: statements that hold, each computed from the data, and none where nothing holds."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.feedback.words import texts
from sigpanel.findings import rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sigpanel.feedback.model import Feedback


def good(feedback: Feedback) -> list[str]:
    """The statements that hold, the most telling first."""
    if not feedback.persons:
        return []
    return [
        *_filled(feedback),
        *_without_bortfall(feedback),
        *_readable(feedback),
        *_better(feedback),
    ]


def _spoilt(feedback: Feedback) -> pl.DataFrame:
    """The findings that say that an answer is not there, or is not to be read."""
    names = [
        name for name, rule in rules().items() if rule.scope == "value" and rule.severity == "error"
    ] + ["answer_left_blank", "row_rejected"]  # fmt: skip
    return feedback.findings.filter(pl.col("rule").is_in(names))


def _filled(feedback: Feedback) -> Iterator[str]:
    n = len(feedback.persons)
    k = n - _spoilt(feedback).filter(pl.col("row").is_in(feedback.persons))["row"].n_unique()
    if k == n:
        yield texts().all_persons_filled.of(n)
    elif k:
        yield texts().some_persons_filled.format(k=k, n=n)


def _without_bortfall(feedback: Feedback) -> Iterator[str]:
    asked = feedback.bortfall.filter(pl.col("asked") > 0)
    entire = asked.filter(pl.col("answered") == pl.col("asked"))
    if asked.height and entire.height == asked.height:
        yield texts().no_bortfall_at_all
    elif entire.height:
        numbers = {question.name: question.no for question in feedback.form.questions}
        told = spans(numbers[name] for name in entire["question"])
        yield texts().no_bortfall.of(entire.height, of=asked.height, numbers=told)


def spans(numbers: Iterable[int]) -> str:
    """Numbers as people list them: `3, 6–9, 12`."""
    ordered = sorted(set(numbers))
    starts = ordered[:1] + [after for before, after in pairwise(ordered) if after != before + 1]
    ends = [before for before, after in pairwise(ordered) if after != before + 1] + ordered[-1:]
    return ", ".join(str(start) if start == end else f"{start}–{end}" for start, end in zip(starts, ends, strict=True))


def _readable(feedback: Feedback) -> Iterator[str]:
    spoilt = _spoilt(feedback)
    of_kind = {
        kind: [question.name for question in feedback.form.questions if question.answer.kind == kind]
        for kind in ("date", "uno")
    }
    dated = feedback.answers.filter(pl.col("question").is_in(of_kind["date"]) & (pl.col("text").str.contains(r"\d")))
    unreadable = spoilt.filter(pl.col("rule") != "answer_left_blank")
    # Of what stands in a rejected row nothing is found, so nothing can be praised.
    rejected = spoilt.filter(pl.col("rule") == "row_rejected")
    if not rejected.is_empty():
        return
    if dated.height and unreadable.filter(pl.col("question").is_in(of_kind["date"])).is_empty():
        yield texts().dates_readable
    if spoilt.filter(pl.col("question").is_in(of_kind["uno"])).is_empty():
        yield texts().codes_readable


def _better(feedback: Feedback) -> Iterator[str]:
    for other, text in (
        ("share_last_year", texts().better_than_last_year),
        ("share_city", texts().better_than_city),
    ):
        both = feedback.bortfall.filter((pl.col("asked") > 0) & pl.col(other).is_not_null())
        n = both.filter(pl.col("share") < pl.col(other)).height
        if n:
            yield text.of(n, of=both.height, last=feedback.reported_year - 1)
