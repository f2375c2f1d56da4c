"""Which reports are of the same episode.

Two reports are when programme and district (in today's frame) agree, nothing contradicts, and no other report fits as
well. What contradicts is another sex, another enrolment date, a code more than one slip of the hand away, and, where a
date is missing, another age: that would be the next enrolment. A report is held against every report of an episode.

A date may be mistyped, too. Of one code, sex and age, an insats that was open at the end of one year and is not sent
again, and another from that same time that a later year sends for the first time, are one if the two dates are a slip
apart: nobody is enrolled twice at once. Dates further apart, or after the year that reported it open, are two.

What may be evidence: a code with the same enrolment date; a code within one slip with the same enrolment date; the same
code where a date is missing or mistyped; and, where a code is missing, date, sex and age together. Answers are never
evidence.

Years are taken in order: the reports of a year are matched against the episodes known before it, best fit first. So a
later year never changes how the reports of earlier ones are grouped. A fit that two candidates share is left alone,
with a finding: an episode too many can be merged later, a wrong merger cannot be seen. So is evidence that hundreds
share, without pairing them all: nothing could tell them apart.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from sigpanel.findings import collect, find

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

_REPORT = ["submission_no", "row"]
_PLACE = ["programme", "district"]
_FACTS = ["uno", "enrolled_on", "sex", "age"]
_CODE_LENGTH = 6
# Reports of one year times reports of another with one and the same evidence: 50 with 50, or one with 2,500.
_MOST_PAIRS = 2_500
_FIT_EXACT_CODE, _FIT_SLIP, _FIT_NO_CODE, _FIT_DATE, _FIT_AGE = 8, 4, 0, 2, 1

_Pair = tuple[int, int]
"""A group, and the earlier one that it may become part of. A group is named by its first report."""


class _Facts(NamedTuple):
    """What a report says that can speak for or against its being of an episode."""

    uno: str | None
    enrolled_on: dt.date | None
    sex: str | None
    age: int | None
    reported_year: int
    is_open: bool


@dataclass(frozen=True)
class Matched:
    """`groups` gives each report its group, reports of one group being of one episode; and what was noticed."""

    groups: pl.DataFrame
    findings: pl.DataFrame


def match(reports: pl.DataFrame) -> Matched:
    """Group reports into episodes.

    Args:
        reports: see `collapse`; one row per report.

    Returns:
        `groups`: `submission_no, row, group`; and the findings about slips and ambiguities.
    """
    numbered = reports.sort("reported_year", *_PLACE, *_FACTS, "content", *_REPORT).with_row_index("report")
    facts = numbered.select("report", *_PLACE, "reported_year", *_FACTS, is_open=~pl.col("is_discharged"))
    pairs, crowded = _pairs(facts)
    groups, shared = _grouped(facts, pairs)
    unclear = [pl.DataFrame({"report": shared}, schema={"report": pl.UInt32})]
    placed = numbered.with_columns(groups)
    is_alone = pl.col("reported_year") == pl.col("reported_year").min().over("group")
    unclear.append(placed.filter(is_alone).join(crowded, on="report", how="semi").select("report"))
    return Matched(
        groups=placed.select(*_REPORT, "group"),
        findings=collect(
            [
                find(placed.join(pl.concat(unclear), on="report", how="semi"), "report_fits_several_episodes"),
                find(_with_another(placed, "uno"), "uno_differs_between_reports"),
                find(_with_another(placed, "enrolled_on"), "enrolled_on_differs_between_reports"),
            ]
        ),
    )


def _grouped(facts: pl.DataFrame, pairs: pl.DataFrame) -> tuple[pl.Series, list[int]]:
    """Each report's `group`, and the groups that were left alone since several fit as well.

    A year's groups depend on those before it. So this is a loop, in Python throughout: with a query for each step of
    each year it took half of the matching's time.
    """
    of_report = _same_row_twice(facts).to_list()
    said = [_Facts(*one) for one in facts.select(*_FACTS, "reported_year", "is_open").iter_rows()]
    members: dict[int, list[int]] = {}
    for report, group in enumerate(of_report):
        members.setdefault(group, []).append(report)
    unclear: list[int] = []
    for _, of_year in groupby(pairs.sort("year", "report_later", "report").iter_rows(), key=itemgetter(0)):
        fits: dict[_Pair, int] = {}
        for _, later, earlier in of_year:
            if not _contradicts(said[earlier], said[later]) and not _differs_in_age(said[earlier], said[later]):
                pair = of_report[later], of_report[earlier]
                fits[pair] = max(fits.get(pair, 0), _fit(said[earlier], said[later]))
        agreeing = {
            (group, into): fit
            for (group, into), fit in fits.items()
            if _agree([said[one] for one in members[into]], [said[one] for one in members[group]])
        }
        taken, shared = _assign(agreeing)
        unclear += shared
        for group, into in taken.items():
            for report in members.pop(group):
                of_report[report] = into
                members[into].append(report)
    return pl.Series("group", of_report, dtype=pl.UInt32), unclear


def _same_row_twice(facts: pl.DataFrame) -> pl.Series:
    """The first report of each report's group, before any other year is looked at.

    Reports of one year with the same code and date, and no two sexes or ages, are one episode entered twice.
    """
    enrolment = [*_PLACE, "reported_year", "uno", "enrolled_on"]
    is_known = pl.all_horizontal(pl.col(*enrolment).is_not_null())
    agrees = pl.all_horizontal(pl.col("sex", "age").drop_nulls().n_unique().over(enrolment) <= 1)
    is_full = pl.all_horizontal(pl.col("sex", "age").is_not_null())
    first = pl.col("report").min()
    return facts.select(
        pl.when(is_known & agrees)
        .then(first.over(enrolment))
        .when(is_known & is_full)
        .then(first.over(*enrolment, "sex", "age"))
        .otherwise("report")
    ).to_series()


def _pairs(facts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Every earlier and later report with evidence for one episode: `year` of the later one, `report_later, report`.

    And the later reports whose evidence too many share: `report`.

    Each kind of evidence is a key of all that it needs. A district may date all its decisions on one day, and on the
    date alone everybody would be paired with everybody. All kinds are joined at once: most find next to nothing, and a
    join for each took half of the matching's time.
    """
    has_code, has_date = pl.col("uno").is_not_null(), pl.col("enrolled_on").is_not_null()
    enrolment, code = _key("enrolled_on", "uno"), _key("uno")
    person = _key("enrolled_on", "sex", "age")
    earlier = _keyed(
        facts.join(_slips(facts), on=[*_PLACE, "enrolled_on", "uno"], how="left"),
        same=enrolment,
        slip=_key("enrolled_on", "slip"),
        from_no_code=pl.when(~has_code).then(person),
        to_no_code=pl.when(has_code).then(person),
        from_no_date=pl.when(~has_date).then(code),
        to_no_date=pl.when(has_date).then(code),
        date_slip=pl.when("is_open").then(_key("uno", "sex", "age")),
    )
    later = _keyed(
        facts,
        same=enrolment,
        slip=enrolment,
        from_no_code=person,
        to_no_code=pl.when(~has_code).then(person),
        from_no_date=code,
        to_no_date=pl.when(~has_date).then(code),
        date_slip=_key("uno", "sex", "age"),
    )
    return _joined(earlier, later)


def _key(*facts: str) -> pl.Expr:
    """What must agree, as one text; null where a part of it is not told, since that agrees with nothing."""
    return pl.concat_str(*_PLACE, *facts, separator="|")


def _keyed(facts: pl.DataFrame, **keys: pl.Expr) -> pl.DataFrame:
    """A row for each report and each kind of evidence that it has: `report, reported_year, kind, key`."""
    columns = ["report", "reported_year"]
    keyed = facts.select(*columns, *(key.alias(kind) for kind, key in keys.items()))
    return (
        keyed.unpivot(on=list(keys), index=columns, variable_name="kind", value_name="key")
        .filter(pl.col("key").is_not_null())
        # A code with two slips has two rows, and each other kind of evidence in both.
        .unique(["report", "kind", "key"])
    )


def _joined(earlier: pl.DataFrame, later: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The pairs that agree in some evidence, and the later reports of those years in which too many do."""
    evidence = ["kind", "key"]
    years = (
        earlier.group_by(*evidence, "reported_year")
        .len()
        .join(later.group_by(*evidence, "reported_year").len(), on=evidence, suffix="_later")
        .filter(pl.col("reported_year") < pl.col("reported_year_later"))
    )
    too_many = years.filter(pl.col("len").cast(pl.Int64) * pl.col("len_later") > _MOST_PAIRS)
    ends = too_many.select(*evidence, pl.col("reported_year_later").alias("reported_year"))
    crowded = later.join(ends, on=[*evidence, "reported_year"], how="semi")
    pairs = (
        earlier.join(too_many, on=evidence, how="anti")
        .join(later, on=evidence, suffix="_later")
        .filter(pl.col("reported_year") < pl.col("reported_year_later"))
        .select(pl.col("reported_year_later").alias("year"), "report_later", "report")
        .unique()
    )
    return pairs, crowded.select("report").unique()


def _slips(facts: pl.DataFrame) -> pl.DataFrame:
    """The other codes, `slip`, that are one slip from a code and have its place and enrolment date."""
    day = [*_PLACE, "enrolled_on"]
    codes = facts.select(*day, "uno").drop_nulls().unique().filter(pl.len().over(day) > 1)
    variants = codes.with_columns(_variants().alias("variant")).explode("variant")
    return (
        variants.join(variants.rename({"uno": "slip"}), on=[*day, "variant"])
        .filter(pl.col("uno") != pl.col("slip"))
        .drop("variant")
    )


def _variants() -> pl.Expr:
    """What two codes one slip apart have in common: all but one character, or two neighbours whichever comes first."""
    code = pl.col("uno")
    places = range(_CODE_LENGTH)
    character = [code.str.slice(at, 1) for at in places]
    before, after = [code.str.slice(0, at) for at in places], [code.str.slice(at + 1) for at in places]
    masked = [pl.concat_str(before[at], pl.lit("?"), after[at]) for at in places]
    swapped = [
        pl.concat_str(before[at], pl.min_horizontal(pair), pl.lit("~"), pl.max_horizontal(pair), after[at + 1])
        for at, pair in enumerate(pairwise(character))
    ]
    return pl.concat_list(masked + swapped)


def _differ(one: object, other: object) -> bool:
    """Whether two answers differ; what is not told differs from nothing."""
    return one is not None and other is not None and one != other


def _contradicts(one: _Facts, other: _Facts) -> bool:
    """Whether two reports cannot be of one episode."""
    if _differ(one.sex, other.sex):
        return True
    if _differ(one.enrolled_on, other.enrolled_on) and not _has_mistyped_date(one, other):
        return True
    if one.uno is None or other.uno is None or one.uno == other.uno:
        return False
    return not within_one_slip(one.uno, other.uno)


def _has_mistyped_date(one: _Facts, other: _Facts) -> bool:
    """Whether two enrolment dates of one code are one that was mistyped: both from when the earlier report was open."""
    first, then = sorted((one, other), key=lambda report: report.reported_year)
    if first.reported_year == then.reported_year or not first.is_open or one.uno is None or one[:1] != other[:1]:
        return False
    if first.enrolled_on is None or then.enrolled_on is None or one.age is None or one.age != other.age:
        return False
    if max(first.enrolled_on, then.enrolled_on).year > first.reported_year:
        return False
    a, b = (day.strftime("%Y%m%d") for day in (first.enrolled_on, then.enrolled_on))
    is_turned = (a[:4], a[4:6], a[6:]) == (b[:4], b[6:], b[4:6])
    return is_turned or _is_slip(a, b)


def _differs_in_age(one: _Facts, other: _Facts) -> bool:
    """Whether the age differs where a date is missing. Where both are told offices may have counted the age up."""
    return (one.enrolled_on is None or other.enrolled_on is None) and _differ(one.age, other.age)


def _agree(earlier: list[_Facts], later: list[_Facts]) -> bool:
    """Whether no two reports of two groups contradict each other: a report may fit just one of an episode's."""
    pairs = [(one, other) for one in earlier for other in later]
    if any(_contradicts(*pair) for pair in pairs):
        return False
    is_dated = any(one.enrolled_on is not None and one.enrolled_on == other.enrolled_on for one, other in pairs)
    return is_dated or not any(_differs_in_age(*pair) for pair in pairs)


def within_one_slip(code: str, other: str) -> bool:
    """Whether two codes differ by one wrong character, or by two neighbours in each other's place."""
    return _is_slip(code, other)


def _is_slip(code: str, other: str) -> bool:
    differ = [at for at in range(len(code)) if code[at] != other[at]]
    if len(differ) != 2:  # noqa: PLR2004 - a swap is two differences
        return len(differ) == 1
    first, second = differ
    return second == first + 1 and (code[first], code[second]) == (other[second], other[first])


def _fit(one: _Facts, other: _Facts) -> int:
    """How well two reports fit that have evidence and do not contradict each other."""
    if one.uno is None or other.uno is None:
        code = _FIT_NO_CODE
    else:
        code = _FIT_EXACT_CODE if one.uno == other.uno else _FIT_SLIP
    has_date = one.enrolled_on is not None and one.enrolled_on == other.enrolled_on
    has_age = one.age is not None and one.age == other.age
    return code + has_date * _FIT_DATE + has_age * _FIT_AGE


def _assign(fits: Mapping[_Pair, int]) -> tuple[dict[int, int], list[int]]:
    """Give groups to earlier groups, best fit first: the group that each becomes part of, and those left alone.

    What two candidates share at their best fit is settled by that: neither side is given to a worse fit afterwards. A
    group is still of one year when it looks for its episode.
    """
    taken: dict[int, int] = {}
    unclear: set[int] = set()
    settled: set[int] = set()
    ranked = sorted((-fit, *pair) for pair, fit in fits.items())
    for _, pairs in groupby(ranked, key=itemgetter(0)):
        best = [(group, into) for _, group, into in pairs if group not in settled and into not in settled]
        shares = Counter(one for pair in best for one in pair)
        for group, into in best:
            if shares[group] == shares[into] == 1:
                taken[group] = into
            else:
                unclear.add(group)
        settled.update(shares)
    return taken, sorted(unclear)


def _with_another(placed: pl.DataFrame, fact: str) -> pl.DataFrame:
    """Reports whose code or date is not the one last readably reported before them for the episode.

    The later one is named, whichever of the two has the slip: it is the one that a district can look up now.
    """
    before = pl.col(fact).forward_fill().shift(1).over("group", order_by=["reported_year", "report"])
    return placed.filter(pl.col(fact) != before)
