"""Hold frames against rules with Great Expectations: the second engine, which nobody here wrote.

It reads the same rules as the polars engine (`gate`) by way of the suites that are committed, and must count the same
rows. It is slow to import and slow to run, so it holds no build: `sigpanel verify --engine gx` and the tests use it.

The only module that imports Great Expectations, and only inside functions. What it may print, log, warn of or keep is
shut off here: results hold counts, its context lives in memory, and nothing of it outlasts a call but an outcome. Where
it fails is told by the rule alone, since its messages and tracebacks quote values.
"""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sigpanel.contracts.gate import Outcome
from sigpanel.contracts.suites import RESULT_FORMAT, suite
from sigpanel.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import polars as pl

    from sigpanel.contracts.rules import Rule

# These are about the frame as a whole, so what breaks them is no number of rows.
_OF_FRAME = ("columns", "type", "row_count")
_LOGGER = "great_expectations"
_FRAMES = "frames"


def hold_gx(frames: Mapping[str, pl.DataFrame], rules: Iterable[Rule]) -> list[Outcome]:
    """The outcome of each rule, in the order of the rules, as `gate.hold` tells it but for the keys of rows.

    Args:
        frames: every frame that a rule is about; a column that is not there breaks the rules about it.
        rules: the rules.

    Raises:
        Fault: Great Expectations failed on a rule, or did not answer it.
    """
    asked = list(rules)
    of_frame: dict[str, list[Rule]] = {}
    for rule in asked:
        of_frame.setdefault(rule.frame, []).append(rule)
    found: dict[str, Outcome] = {}
    with _silence(), _source() as source:
        for name, own in of_frame.items():
            found |= {outcome.rule.id: outcome for outcome in _hold_frame(source, frames[name], name, own)}
    return [found[rule.id] for rule in asked]


def _hold_frame(source: Any, frame: pl.DataFrame, name: str, rules: list[Rule]) -> Iterator[Outcome]:  # noqa: ANN401
    # A column that is not there makes it fail where a rule is broken, so such rules are answered before.
    askable = [rule for rule in rules if _are_there(frame, rule)]
    answers = _answers(source, frame, name, askable) if askable else {}
    for rule in rules:
        if _are_there(frame, rule):
            yield _outcome(rule, frame, answers.get(rule.id))
        else:
            yield Outcome(rule, frame.height, 1 if rule.kind in _OF_FRAME else frame.height)


def _are_there(frame: pl.DataFrame, rule: Rule) -> bool:
    asked = {*rule.columns, *([rule.when.column] if rule.when else [])}
    return rule.kind == "columns" or asked <= set(frame.columns)


def _outcome(rule: Rule, frame: pl.DataFrame, answer: Any) -> Outcome:  # noqa: ANN401 - results of theirs
    if answer is None or _has_raised(answer.exception_info):
        raise _failed(f"rule {rule.id}")
    if rule.kind in _OF_FRAME:
        return Outcome(rule, frame.height, int(not answer.success))
    n_rows, n_failing = answer.result.get("element_count"), answer.result.get("unexpected_count")
    if not isinstance(n_rows, int) or not isinstance(n_failing, int) or answer.success != (n_failing == 0):
        raise _failed(f"rule {rule.id}")
    return Outcome(rule, n_rows, n_failing)


def _has_raised(info: Any) -> bool:  # noqa: ANN401
    """Whether something was raised: said of the expectation itself, or of each metric of it that failed."""
    if not info:
        return False
    if "raised_exception" in info:
        return bool(info["raised_exception"])
    return any(_has_raised(inner) for inner in info.values())


# --- theirs -----------------------------------------------------------------------------------------------------------


@contextmanager
def _source() -> Iterator[Any]:
    """A place for frames in a context that lives in memory, and writes no documents about them.

    The context stays, as the one of the process, when its caller has forgotten it; the frames are not to.
    """
    import great_expectations
    from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults

    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        progress_bars={"globally": False, "metric_calculations": False},
        analytics_enabled=False,
    )
    context = great_expectations.get_context(project_config=config, mode="ephemeral")
    try:
        yield context.data_sources.add_pandas(_FRAMES)
    finally:
        context.data_sources.delete(_FRAMES)


def _answers(source: Any, frame: pl.DataFrame, name: str, rules: list[Rule]) -> dict[str, Any]:  # noqa: ANN401
    """What became of each expectation, by its rule. They come in any order, and one that it cannot read is left out."""
    import great_expectations

    try:
        expected = great_expectations.ExpectationSuite(**suite(name, rules))
        asset = source.add_dataframe_asset(name)
        batch = asset.add_batch_definition_whole_dataframe(name).get_batch({"dataframe": _arrow_backed(frame)})
        results = batch.validate(expected, result_format=RESULT_FORMAT).results
        return {answer.expectation_config.meta["rule"]: answer for answer in results}
    except Exception:  # noqa: BLE001 - from pandas, pydantic, theirs: all may quote values
        raise _failed(f"the frame {name}") from None


def _arrow_backed(frame: pl.DataFrame) -> Any:  # noqa: ANN401
    return frame.to_pandas(use_pyarrow_extension_array=True)


def _failed(what: str) -> Fault:
    return Fault(
        "gx-failed",
        f"Great Expectations failed on {what}, so whether it is kept is not known.",
        remedy="Hold the release with --engine polars, and report this.",
    )


@contextmanager
def _silence() -> Iterator[None]:
    """Keep what it logs and warns of from everybody, and leave logging and warnings as they were."""
    logger = logging.getLogger(_LOGGER)
    before, nowhere = logger.propagate, logging.NullHandler()
    logger.propagate = False
    logger.addHandler(nowhere)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.removeHandler(nowhere)
        logger.propagate = before
