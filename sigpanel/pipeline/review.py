"""The review of doubtful links in a study: lists into the outbox, and answers back into `owner/links.csv`.

`write_reviews` and `take_review` need only frames, a file and the study. `review` makes the frames as a build does.

A district's list is made of pairs that its own episodes give when persons are resolved among these alone, so that what
other districts report changes no byte of it. A list in the outbox that holds answers which were not taken is never
written over, and no file removed that was not written here. An answer that was taken stays so, whatever was decided
since: `owner/registry/taken.parquet` knows it.

An answer of another verdict than the decision that stands, of the same day and about the same, stops: which list is
taken last says nothing of which holds.

The panel's lock is held from before the decisions are read until what follows from them is written: of two lists that
are taken at once, the answers of one would be lost. The clock is read to refuse an answer of a day that has not been,
and for nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

from sigpanel import key as keys
from sigpanel.decisions import Merged, Met, decide, hold, links_as_csv, read_links
from sigpanel.decisions.in_force import PAIR, digests
from sigpanel.errors import InputError
from sigpanel.panel import durable
from sigpanel.panel.asked import forget_taken, remember_asked, remember_taken
from sigpanel.panel.lock import lock
from sigpanel.persons import resolve
from sigpanel.persons.diagnose import Diagnosis, diagnose
from sigpanel.pipeline.custody import remembered_of, same_key
from sigpanel.pipeline.feedback import make_outbox, refuse_outbox
from sigpanel.pipeline.make import make
from sigpanel.pipeline.review_answers import Known, hold_undisputed, lists_in, names_of_lists
from sigpanel.pipeline.standing import harmonise
from sigpanel.review import (
    PLACES,
    Listed,
    file_name,
    own_episodes,
    read_review,
    review_texts,
    write_questions,
    write_review,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from sigpanel.panel.lock import Lock
    from sigpanel.pipeline.make import Made
    from sigpanel.pipeline.study import Study


@dataclass(frozen=True)
class Reviewed:
    """The lists that were written: of each the file, how many pairs it asks about, and how many found no room.

    `not_used` has a line for each decision that is not used, by the episodes' ids; `reckoned` says how the pairs that
    wait came to be the data owner's list.
    """

    lists: tuple[tuple[Path, int, int], ...]
    n_in_force: int
    not_used: tuple[str, ...]
    reckoned: str


@dataclass(frozen=True)
class Took:
    """What a list that came back was taken as: `n_blank` of its lines have no answer.

    `begun` are the cells where an answer is missing beside something that was filled in; `met` the answers that found
    another decision on their pair, by their cells.
    """

    merged: Merged
    n_answers: int
    n_blank: int
    begun: tuple[str, ...]
    met: tuple[tuple[str, Met], ...]


def review(study: Study, key: keys.Key | None = None) -> Reviewed:
    """Write the lists of a study, from its workbooks as they are now.

    Args:
        study: the study.
        key: the key, for tests; else the file that is set is read.

    Raises:
        InputError: the study cannot be built, or a list in the outbox holds answers that were not taken.
        PolicyError: the outbox lies where researchers read, or the key is not the one of the live release.
    """
    refuse_outbox(study.outbox, study)
    key = key or keys.load(study.key_file(), forbidden=study.forbidden_for_keys)
    pseudonyms = key.pseudonyms

    def pairs_among(own: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        resolved = resolve(own.drop("person_id"), pseudonyms=pseudonyms)
        return resolved.pairs, resolved.episodes.select("episode_id", "person_id", "person_id_strict")

    with lock(study.panel) as held:
        same_key(study, key)
        pairs, episodes, places, gone = _resolved(study, key)
        return write_reviews(
            study, pairs, episodes, places, pseudonyms=pseudonyms, pairs_among=pairs_among, held=held, gone=gone
        )


def diagnosed(study: Study, key: keys.Key | None = None) -> Diagnosis | None:
    """What EM would make of the study's pairs, beside the fixed parameters; nothing where there is no pair.

    Args:
        study: the study.
        key: the key, for tests; else the file that is set is read.

    Raises:
        InputError: the study cannot be built.
    """
    key = key or keys.load(study.key_file(), forbidden=study.forbidden_for_keys)
    with lock(study.panel):
        same_key(study, key)
        _, episodes, *_ = _resolved(study, key)
    return diagnose(episodes)


def write_reviews(  # noqa: PLR0913 - eight things that go together, four of them named by the caller
    study: Study,
    pairs: pl.DataFrame,
    episodes: pl.DataFrame,
    places: pl.DataFrame,
    *,
    pseudonyms: Callable[[str, pl.Series], pl.Series],
    pairs_among: Callable[[pl.DataFrame], tuple[pl.DataFrame, pl.DataFrame]],
    held: Lock,
    gone: frozenset[str] = frozenset(),
) -> Reviewed:
    """Write the data owner's list, and one for each district that there is something to ask of.

    Args:
        study: the study.
        pairs: every pair that was considered (`sigpanel.review.PAIRS`).
        episodes: as `resolve` is given them, with the `person_id` that it found.
        places: where each report of an episode stands (`sigpanel.review.PLACES`).
        pseudonyms: turns texts into keyed ids, by purpose.
        pairs_among: the pairs that are considered when persons are resolved among certain episodes alone, and the
            `person_id` and `person_id_strict` of each of these by its `episode_id`.
        held: the panel's lock.
        gone: the episodes of those who have withdrawn: a decision on one is not told.

    Raises:
        InputError: a list in the outbox holds answers that were not taken, or the outbox cannot be written to.
        PolicyError: the outbox lies where researchers read.
    """
    held.covers(study.panel)
    refuse_outbox(study.outbox, study)
    make_outbox(study.outbox)
    study.outbox.chmod(durable.PRIVATE_FOLDER)
    there = lists_in(study.outbox)
    _hold_answers(study, there, pseudonyms)
    decided = decide(read_links(study.links), episodes, pseudonyms)
    lists = {file_name(): write_review(pairs, episodes, places, decided, pseudonyms)}
    for district in episodes["district"].drop_nulls().unique().sort():
        own = own_episodes(episodes, places, district)
        own_pairs, own_persons = pairs_among(own)
        # Whose an episode is in the city is not to show in a district's list.
        alone = own.drop("person_id").join(own_persons, on="episode_id", how="left", maintain_order="left")
        asked = write_questions(district, own_pairs, alone, places, decided, pseudonyms)
        if asked.asked.height:
            lists[file_name(district)] = asked
    # What is decided and holds is not asked, but known to be on what is compared now.
    holding = digests(decided.in_force.select(PAIR), episodes, pseudonyms).select("digest", *PAIR)
    # First what an answer is known by: at no moment is there a list whose answers lead nowhere.
    remember_asked(study.registry, pl.concat([holding, *(each.asked for each in lists.values())]))
    for name, each in lists.items():
        _write(study.outbox / name, each)
    for path in there:
        if path.name not in lists:
            path.unlink()
    forget_taken(study.registry, names_of_lists())
    told = tuple((study.outbox / name, each.asked.height, each.n_left_out) for name, each in lists.items())
    not_used = tuple(
        review_texts().not_used[why].format(one=a, other=b, line=line)
        for a, b, why, line in decided.not_used()
        if not gone.intersection((a, b))
    )
    return Reviewed(told, decided.in_force.height, not_used, lists[file_name()].reckoned)


def take_review(study: Study, file: Path, key: keys.Key | None = None) -> Took:
    """Take the answers of a list into the decisions of a study; all of them, or none.

    Args:
        study: the study.
        file: the list.
        key: the key, for tests; else the file that is set is read.

    Raises:
        InputError: the list or `owner/links.csv` cannot be read, an answer cannot be used or leads to no pair, says
            otherwise than a decision of its day, or the decisions would contradict each other.
        PolicyError: the key is not the one of the live release.
    """
    key = key or keys.load(study.key_file(), forbidden=study.forbidden_for_keys)
    file = _found(file, study)
    with lock(study.panel):
        same_key(study, key)
        taken = read_review(file, key.pseudonyms, today=_today())
        known = Known.of(study, key.pseudonyms)
        new = known.decisions_of(taken)
        merged = known.merged(new, known.taken_before(file.name, new))
        cells = [one.cell for one in taken.answers]
        hold_undisputed(merged, cells)
        hold(merged.decisions.all)
        if merged.added or merged.replaced:
            with durable.replaced_file(study.links, durable.PRIVATE) as stream:
                stream.write(links_as_csv(merged.decisions))
        if new:
            remember_taken(study.registry, known.as_taken(file.name, new))
    return Took(merged, len(new), taken.n_blank, taken.begun, tuple((cells[met.no], met) for met in merged.met))


def _found(file: Path, study: Study) -> Path:
    """The file as named, or the one of that name in the outbox, where lists are written.

    Raises:
        InputError: there is no such file in either place.
    """
    places = (file, study.outbox / file)
    for place in places:
        if place.is_file():
            return place
    raise InputError(
        "review-missing", "There is no such list.", remedy="Give its path, or the name of a list in owner/outbox."
    )


def hold_lists_taken(study: Study, key: keys.Key) -> None:
    """Refuse what would make answers in the outbox that were not taken useless; whoever calls this holds the lock.

    Raises:
        InputError: a list holds some.
    """
    _hold_answers(study, lists_in(study.outbox), key.pseudonyms)


def _today() -> dt.date:
    return datetime.now().astimezone().date()


def _hold_answers(study: Study, there: Iterable[Path], pseudonyms: Callable[[str, pl.Series], pl.Series]) -> None:
    """Refuse to write over lists that somebody has filled in and nobody has taken."""
    known = Known.of(study, pseudonyms)
    filled = [path.name for path in there if not _is_taken(path, known)]
    if filled:
        raise InputError(
            "review-answers-not-taken",
            f"Lists in owner/outbox hold answers that were not taken: {', '.join(filled)}. Nothing was written.",
            remedy="Finish or clear lines that have something but no verdict, and take each list with `sigpanel review "
            "--take FILE`; or move it away.",
        )


def _is_taken(path: Path, known: Known) -> bool:
    """Whether a list holds no answer that was not taken and that taking it would add, nor a line that was begun."""
    try:
        taken = read_review(path, known.pseudonyms, today=_today())
        answers = known.decisions_of(taken)
    except InputError:  # half filled in, of another study, or no list at all: not ours to throw away
        return False
    before = known.taken_before(path.name, answers)
    merged = known.merged(one for one in answers if one not in before)
    return not (merged.added or merged.replaced or merged.disputed or taken.begun)


def _write(path: Path, listed: Listed) -> None:
    try:
        with durable.replaced_file(path, durable.PRIVATE) as stream:
            stream.write(listed.workbook)
    except OSError:
        raise InputError(
            "review-not-written",
            "A review list cannot be written into owner/outbox.",
            remedy=f"See that the folder may be written to, and that {path.name} is not open in Excel.",
        ) from None


# --- from workbooks to pairs: as a build does it, without a release --------------------------------------------------


def _resolved(study: Study, key: keys.Key) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, frozenset[str]]:
    """The pairs of a study, its episodes as `resolve` is given them with their `person_id`, and where they stand.

    None of them is of somebody who has withdrawn; of these, last, the episodes' ids.

    Whoever calls this holds the panel's lock.
    """
    made = make(study, key, remembered_of(study))
    places = places_of(made)
    persons = made.resolved.episodes.select("episode_id", "person_id")
    episodes = made.episodes.join(persons, on="episode_id", maintain_order="left")
    there = places.join(episodes, on="episode_id", how="semi", maintain_order="left")
    return made.resolved.pairs, episodes, there.cast(PLACES), frozenset(made.material.gone.episodes)


def places_of(made: Made) -> pl.DataFrame:
    """Where each report of an episode stands, the district by today's name: `sigpanel.review.PLACES`."""
    sent = made.judged.workbooks.select(
        "submission_no", "reported_year", harmonise(pl.col("district")).alias("district")
    )
    return made.collapsed.membership.join(sent, on="submission_no", maintain_order="left").select(
        "episode_id",
        pl.col("submission_no").replace_strict(made.names, return_dtype=pl.String).alias("file"),
        "row",
        "reported_year",
        "district",
    )
