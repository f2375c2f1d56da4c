"""A table in numbers, as SPSS and Stata want it: words by their numbers, missing reasons by their codes or letters.

    coded(frame, variables)      numbers, and codes of reasons among them: .sav
    lettered(frame, variables)   numbers, and Stata's letters where a value is missing for a known reason: .dta

A value that is missing for no known reason is null in both. A word without a number, and a reason that the variable
cannot have (whose code might be an answer), are faults: written in silence they would be other values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from sigpanel.contracts.disclosure import HIDDEN_FLAG
from sigpanel.contracts.exports import SUPPRESSED, exports
from sigpanel.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sigpanel.exports.variables import Variable


def coded(frame: pl.DataFrame, variables: Sequence[Variable]) -> pl.DataFrame:
    """The columns of the variables, in their order; codes of reasons stand among the numbers."""
    codes = {name: reason.code for name, reason in exports().reasons.items()}
    numbers, reasons = _parts(frame, variables)
    return numbers.with_columns(
        pl.when(reasons[name].is_not_null())
        .then(reasons[name].replace_strict(codes, return_dtype=pl.Int16, default=None))
        .otherwise(pl.col(name))
        .alias(name)
        for name in reasons.columns
    )


def lettered(frame: pl.DataFrame, variables: Sequence[Variable]) -> pl.DataFrame:
    """The columns of the variables, in their order; one that may have letters is of objects, if there are rows."""
    letters = {name: reason.letter for name, reason in exports().reasons.items()}
    numbers, reasons = _parts(frame, variables)
    mixed = []
    # The library looks at the first row of such a column.
    for name in reasons.columns if frame.height else ():
        pairs = zip(numbers[name].to_list(), reasons[name].to_list(), strict=True)
        mixed.append(pl.Series(name, [number if why is None else letters[why] for number, why in pairs], pl.Object))
    return numbers.with_columns(mixed)


def _parts(frame: pl.DataFrame, variables: Sequence[Variable]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The values in numbers, null where there is none; and, of variables with reasons, the reason's name by row."""
    numbers = frame.select(_number(variable) for variable in variables)
    reasons = frame.select(_reason(variable, frame.columns) for variable in variables if variable.reasons)
    for variable in variables:
        _require_whole(frame, numbers, reasons, variable)
    return numbers, reasons


def _number(variable: Variable) -> pl.Expr:
    value = pl.col(variable.name)
    if variable.type == "bool":
        return value.cast(pl.Int8)
    if variable.type != "string" or not variable.categories:
        return value
    numbers = {each.token: each.number for each in variable.categories}
    return value.replace_strict(numbers, return_dtype=pl.Int16, default=None)


def _reason(variable: Variable, there: Sequence[str]) -> pl.Expr:
    """Why a value is missing: as the column beside it says, or since it was taken out."""
    why = pl.lit(None, dtype=pl.String)
    if variable.reason_column is not None and variable.reason_column in there:
        why = pl.col(variable.reason_column)
    if variable.type == "string":
        is_out = pl.col(variable.name).eq_missing(pl.lit(SUPPRESSED))
    elif (flag := f"{variable.name}{HIDDEN_FLAG}") in there:
        is_out = pl.col(flag)
    else:
        is_out = pl.lit(value=False)
    return pl.when(is_out).then(pl.lit(SUPPRESSED)).otherwise(why).alias(variable.name)


def _require_whole(frame: pl.DataFrame, numbers: pl.DataFrame, reasons: pl.DataFrame, variable: Variable) -> None:
    name = variable.name
    has_reason = reasons[name].is_not_null() if variable.reasons else pl.repeat(False, frame.height, eager=True)
    lost = (frame[name].is_not_null() & numbers[name].is_null() & ~has_reason).sum()
    known = reasons[name].is_null() | reasons[name].is_in(variable.reasons) if variable.reasons else ~has_reason
    # A reason beside a value would take the value's place; an answer may not have a code of the missing.
    both = (numbers[name].is_not_null() & has_reason).sum()
    first = variable.first_code
    taken = (
        numbers[name].is_between(first, exports().last_code).sum() if first is not None and not variable.is_text else 0
    )
    if lost or both or taken or not known.all():
        raise Fault(
            "export-value-unknown",
            f"{name}: it has a value or a missing reason that contracts/exports.yaml has no number for.",
            remedy="Please report it. Nothing has been written.",
        )
