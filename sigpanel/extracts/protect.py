"""Hold the view against the approval: take values out where classes are too small, or refuse.

What is taken out is decided on the view, so a fact is hidden in all its columns at once, and an episode's fact for
that episode alone. Persons whose classes are too small even so are left out, where the approval allows it; then
everything is decided anew, for their going makes other classes smaller. Afterwards the figures are measured on what
is left, and any that lies beyond the approval's limits stops the extract.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.approval_facts import Fact, members_of, names_of
from sigpanel.disclosure import Limits, Risk, risk, suppress
from sigpanel.errors import PolicyError
from sigpanel.extracts.coarse import EPISODE, PERSON
from sigpanel.extracts.view import HIDDEN, UNIT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sigpanel.contracts.approvals import Approval

# Leaving persons out makes other classes smaller. That ends, since there are fewer each time; this ends it sooner.
_ROUNDS = 20
_NTH = "_nth"
_RAISE = "If this version was issued before, raise `version`."
_COARSEN = f"Coarsen columns (wider bands, years, groups of districts) or leave some out. {_RAISE}"


@dataclass(frozen=True)
class Protected:
    """What the view comes to.

    Attributes:
        view: of those who leave, `HIDDEN` where a fact is taken out.
        left_out: `person_id` of who is left out, the panel's.
        n_hidden: by fact, how many of its cells are hidden.
        risk: measured on the view.
    """

    view: pl.DataFrame
    left_out: pl.DataFrame
    n_hidden: Mapping[str, int]
    risk: Risk


def protect(view: pl.DataFrame, approval: Approval, facts: Sequence[Fact]) -> Protected:
    """Take out what must be, or refuse.

    Raises:
        PolicyError: a class is too small and may not be made larger, or too much would be taken out, or a limit of the
            approval is passed.
    """
    names = [fact.name for fact in facts]
    sensitive = [member.label for column in approval.risk.sensitive for member in members_of(approval, column)]
    hidden = _largest(view, approval, facts, sensitive)
    left_out = view.join(hidden, on=PERSON, how="anti").select(person_id=PERSON).unique().sort("person_id")
    measured = replace(risk(hidden, names, UNIT, sensitive), unique_trajectories=_unique_courses(hidden, names))
    n_hidden = {name: int((hidden[name] == HIDDEN).sum()) for name in names}
    made = Protected(hidden, left_out, n_hidden, measured)
    _refuse_loss(made, view, approval, facts)
    _refuse_courses(measured, approval)
    return made


def _with_what_tells_it(view: pl.DataFrame, facts: Sequence[Fact]) -> pl.DataFrame:
    """The view where with a fact all those are hidden from which it could be narrowed, in all rows of the person.

    Between the years of two other episodes of a person there may be one year only.
    """
    is_hidden = {fact.name: (pl.col(fact.name) == HIDDEN).any().over(PERSON) for fact in facts}
    telling = {
        one.name: [is_hidden[fact.name] for fact in facts if set(fact.derived) & set(one.members)] for one in facts
    }
    return view.with_columns(
        pl.when(pl.any_horizontal(where)).then(pl.lit(HIDDEN)).otherwise(name).alias(name)
        for name, where in telling.items()
        if where
    )


def _unique_courses(view: pl.DataFrame, names: Sequence[str]) -> float:
    """The part of persons whose course is nobody else's; how often somebody was enrolled alike is a part of it."""
    nth = pl.int_range(pl.len()).over([UNIT, *names]).alias(_NTH)
    return risk(view.with_columns(nth), [*names, _NTH], UNIT).unique_trajectories


def _largest(view: pl.DataFrame, approval: Approval, facts: Sequence[Fact], sensitive: Sequence[str]) -> pl.DataFrame:
    """The view with large enough classes, of as many persons as can have them."""
    names, kept, rules = [fact.name for fact in facts], view, approval.small_classes
    # Where a few may be left out, that costs less than others losing values so that those few are not alone.
    most_gone = int(rules.most_left_out * view[PERSON].n_unique()) if rules.rest == "leave_out" else 0
    for _ in range(_ROUNDS):
        _refuse_few(kept, view, approval)
        n_gone = view[PERSON].n_unique() - kept[PERSON].n_unique()
        hidden = _suppressed(kept, approval, facts, sensitive, most_gone - n_gone)
        bad = _too_small(hidden, approval, names, sensitive)
        if not bad.height:
            return hidden
        _refuse_small(bad, approval)
        kept = kept.join(bad, on=UNIT, how="anti")
    raise _refused("extract-small-classes", "Leaving persons out of too small classes does not come to an end.")


def _suppressed(
    view: pl.DataFrame, approval: Approval, facts: Sequence[Fact], sensitive: Sequence[str], may_be_left: int
) -> pl.DataFrame:
    """The view with values taken out; what was hidden from the start and what is hidden now look alike afterwards."""
    asked, names = approval.risk, [fact.name for fact in facts]
    order = dict.fromkeys(name for column in approval.small_classes.order for name in names_of(approval, column))
    limits = Limits(
        k=asked.k,
        l=dict.fromkeys(sensitive, asked.l) if asked.l is not None else {},
        dominant_share=dict.fromkeys(sensitive, asked.dominant_share) if asked.dominant_share is not None else {},
    )
    own = [fact.name for fact in facts if fact.is_person and fact.name in order]
    for _ in range(_ROUNDS):
        done = suppress(
            view, names, limits=limits, order=list(order), person=UNIT, person_columns=own, may_be_left=may_be_left
        ).frame
        hidden = done.select(UNIT, PERSON, EPISODE, *(pl.col(name).fill_null(HIDDEN) for name in names), *sensitive)
        view = _with_what_tells_it(hidden, facts)
        if view.equals(hidden):
            break
    return view


def _too_small(view: pl.DataFrame, approval: Approval, names: Sequence[str], sensitive: Sequence[str]) -> pl.DataFrame:
    """Whose class does not keep the limits: `_unit`."""
    asked, n_persons = approval.risk, pl.col(UNIT).n_unique()
    classes = view.group_by(names).agg(n_persons.alias("n"))
    bad = [classes.filter(pl.col("n") < asked.k).select(names)]
    least, largest = asked.l or 0, 1.0 if asked.dominant_share is None else asked.dominant_share
    for label in sensitive:
        told = view.drop_nulls(label).group_by(*names, label).agg(n_persons.alias("of_value"))
        most = told.group_by(names).agg(pl.len().alias("l"), pl.col("of_value").max())
        both = classes.join(most, on=names, how="left").with_columns(pl.col("l", "of_value").fill_null(0))
        tells = (pl.col("l") < least) | (pl.col("of_value") > largest * pl.col("n"))
        bad.append(both.filter(tells).select(names))
    return view.join(pl.concat(bad).unique(), on=names, how="semi").select(UNIT).unique()


# --- refusals ---------------------------------------------------------------------------------------------------------


def _refuse_few(kept: pl.DataFrame, view: pl.DataFrame, approval: Approval) -> None:
    k = approval.risk.k
    if view[UNIT].n_unique() < k:
        raise PolicyError(
            "extract-too-few",
            f"The population has fewer than {k} persons.",
            remedy="Widen `population`, or make a protected table instead: sigpanel.tables.",
        )
    if kept[UNIT].n_unique() < k:
        raise _refused(
            "extract-small-classes",
            f"So many persons are in classes that do not keep the approval's k, l or dominant share that without them "
            f"fewer than {k} would be left.",
        )


def _refuse_small(bad: pl.DataFrame, approval: Approval) -> None:
    rules = approval.small_classes
    if rules.policy == "refuse" or rules.rest == "refuse":
        even_so = " even after suppression" if rules.policy == "suppress" else ""
        raise _refused(
            "extract-small-classes",
            f"{bad.height} persons are in classes that do not keep the approval's k, l or dominant share{even_so}.",
        )


def _refuse_loss(made: Protected, view: pl.DataFrame, approval: Approval, facts: Sequence[Fact]) -> None:
    rules, persons = approval.small_classes, view[PERSON].n_unique()
    if rules.policy == "refuse":
        return
    columns = {fact.name: _columns(fact) for fact in facts}
    for name, hidden in made.n_hidden.items():
        if hidden > rules.most_suppressed * made.view.height:
            share = hidden / made.view.height
            raise _refused(
                "extract-too-much-suppressed",
                f"Of {columns[name]} {share:.0%} would be hidden, and the approval allows {rules.most_suppressed:.0%}.",
                remedy=f"Coarsen {columns[name]} (wider bands, years, groups of districts), or what comes before it in "
                f"`order`; or leave some out. {_RAISE}",
            )
    if made.left_out.height > rules.most_left_out * persons:
        share = made.left_out.height / persons
        raise _refused(
            "extract-too-many-left-out",
            f"{share:.1%} of the persons would be left out, and the approval allows {rules.most_left_out:.1%}.",
        )


def _refuse_courses(measured: Risk, approval: Approval) -> None:
    allowed = approval.risk.unique_trajectories
    if measured.unique_trajectories > allowed:
        raise _refused(
            "extract-unique-trajectories",
            f"{measured.unique_trajectories:.0%} of the persons have a course of episodes that is nobody else's, and "
            f"the approval allows {allowed:.0%}.",
        )


def _columns(fact: Fact) -> str:
    """A fact by the columns that the approval lets out of it."""
    return " and ".join(dict.fromkeys(f"{each.place.table}.{each.place.column}" for each in fact.members))


def _refused(code: str, message: str, remedy: str = _COARSEN) -> PolicyError:
    return PolicyError(code, message, remedy=remedy)
