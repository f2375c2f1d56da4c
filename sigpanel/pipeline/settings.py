"""What `sigpanel.toml` may say.

Settings fail closed: an entry that nobody knows, or one that says something of another kind than it should, stops the
command and is named. Workbooks are named by their files, as the data owner knows them; which submissions those are is
for `declared` to find out, so a renamed file changes no digest.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import tomllib
import unicodedata
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from sigpanel.contracts.cohort import cohort
from sigpanel.errors import InputError
from sigpanel.forms import districts, harmonised, letters_and_digits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

TEMPLATE = """\
# Settings of this study. An entry that sigpanel does not know stops it.
# Workbooks are named by their path in owner/submissions.

# Where researchers read: another folder may be given. Relative to this file.
# research = "research"

# The key file, outside the study. The environment variable SIGPANEL_KEY_FILE goes before this.
# key_file = "/somewhere/safe/sig.key"

# The research data manager's key file, by which extracts are made: a key of its own, held by somebody else than the
# data owner. The environment variable SIGPANEL_MANAGER_KEY_FILE goes before this. Where one person has both roles, say
# so: then the data owner's key serves, and every extract says that one person could follow it back.
# manager_key_file = "/elsewhere/safe/manager.key"
# one_role = false

# Which districts re-send ongoing rows every January. What is not declared is inferred from the workbooks, and said so.
# [resends]
# farsta = false

# Refused workbooks to leave out of the build, by the id that `sigpanel build` gives for them.
# [leave_out]
# submissions = []

# A workbook that was sent again: the file that holds, and the one whose place it takes.
# [[replacements]]
# file = "2024/Farsta igen.xlsx"
# replaces = "2024/Farsta.xlsx"

# Workbooks in which several coordinators of one district reported a part each.
# [[parts]]
# files = ["2024/Farsta A.xlsx", "2024/Farsta B.xlsx"]

# Whose a workbook is in which no row says it, such as an empty form.
# [[districts]]
# file = "2024/tom.xlsx"
# district = "farsta"

# When workbooks came, if it is to be told which came too late.
# [received]
# "2024/Farsta.xlsx" = 2025-01-15

# The files of the 2013–2016 persons in owner/cohort: which header holds what, where contracts/cohort.yaml does not know
# it; headers of columns not to be read; columns in which a value that cannot be read does not stop the build (the
# person is then linked to nobody). The follow-up is due five years after "discharge" or "enrolment", or for all on the
# day that is given, as in "2021-12-31".
# [cohort]
# uno = "Kod"
# ignore = ["Adress", "Telefon"]
# may_be_unreadable = ["discharged_on"]
# follow_up_from = "discharge"

# From how many persons on a figure is told. What stands in contracts/disclosure.yaml holds unless it is set here.
# [disclosure]
# threshold = 10
"""

# What a file system allows a name; and how like a known word a word must be to be shown.
_LONGEST_NAME, _LIKE = 255, 0.7
_ENTRIES = {
    "research", "key_file", "manager_key_file", "one_role", "resends", "leave_out", "replacements", "parts",
    "districts", "received", "cohort", "disclosure",
}  # fmt: skip
# Two persons in a cell know of each other; no threshold in use is lower.
_LOWEST_THRESHOLD, _HIGHEST_THRESHOLD = 3, 1000
_FOLLOW_UP = ("discharge", "enrolment")


@dataclass(frozen=True)
class CohortSettings:
    """What is declared of the cohort's files.

    Attributes:
        headers: by column of `contracts/cohort.yaml`, the header that holds it.
        ignored: headers of columns that are not to be read.
        may_be_unreadable: columns in which an unreadable value does not stop the build.
        follow_up_from: discharge, enrolment, or the one day on which the follow-up of all is due.
    """

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    ignored: tuple[str, ...] = field(default=(), repr=False)
    may_be_unreadable: frozenset[str] = frozenset()
    follow_up_from: str | dt.date = "discharge"


@dataclass(frozen=True)
class Settings:
    """The entries of `sigpanel.toml`. `resends` is by harmonised district; files are as `same_name` makes them.

    `replacements` are pairs of the file that holds and the one whose place it takes; `parts` are sets of files;
    `districts` and `received` are by file. `threshold` is null where the contract's holds: it is for what is made of a
    release, and shapes none.
    """

    research: str = "research"
    key_file: str | None = None
    manager_key_file: str | None = None
    one_role: bool = False
    resends: Mapping[str, bool] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    replacements: tuple[tuple[str, str], ...] = ()
    parts: tuple[frozenset[str], ...] = ()
    districts: Mapping[str, str] = field(default_factory=dict)
    received: Mapping[str, dt.date] = field(default_factory=dict)
    cohort: CohortSettings = field(default_factory=CohortSettings)
    threshold: int | None = None

    def digest(self) -> str:
        """A digest of what shapes a release, but for what is declared of single files.

        Where things lie and what files are called shape nothing; what the declarations come to stands in the manifest.
        """
        meaning = {
            "resends": dict(sorted(self.resends.items())),
            "left_out": sorted(self.left_out),
            "threshold": self.threshold,
            "cohort": [str(self.cohort.follow_up_from), *sorted(self.cohort.may_be_unreadable)],
        }
        return hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()


def same_name(name: str) -> str:
    """A file's name as names are compared: one file may be written with other slashes, or decomposed letters."""
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def read_settings(path: Path) -> Settings:
    """Read the settings of a study.

    Raises:
        InputError: they cannot be read, or hold an entry that nobody knows.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:  # of tomllib, of the encoding, and of numbers without end
        place = re.search(r"at line \d+, column \d+", str(error))
        raise bad_setting(f"the file is not valid TOML{f', {place[0]}' if place else ''}") from None
    unknown = raw.keys() - _ENTRIES
    if unknown:
        raise bad_setting(f"unknown entry {_plain(unknown, _ENTRIES)}. The entries are: {', '.join(sorted(_ENTRIES))}")
    for name in ("research", "key_file", "manager_key_file"):
        if not _is_name(raw.get(name, "")):
            raise bad_setting(f"{name} must be the path of a file or folder, as a text")
    if not isinstance(raw.get("one_role", False), bool):
        raise bad_setting("one_role says true or false")
    return Settings(
        research=raw.get("research", "research"),
        key_file=raw.get("key_file"),
        manager_key_file=raw.get("manager_key_file"),
        one_role=raw.get("one_role", False),
        resends=_resends(raw.get("resends", {})),
        left_out=_left_out(raw.get("leave_out", {})),
        replacements=tuple((one["file"], one["replaces"]) for one in _entries(raw, "replacements", "file", "replaces")),
        parts=_parts(raw),
        districts=_districts(raw),
        received=_received(raw.get("received", {})),
        cohort=_cohort(raw.get("cohort", {})),
        threshold=_threshold(raw.get("disclosure", {})),
    )


def bad_setting(what: str) -> InputError:
    """The error for an entry that is not as it should be."""
    return InputError("settings", f"sigpanel.toml: {what}.", remedy="Mend the entry; `sigpanel init` shows every one.")


def _resends(said: Any) -> dict[str, bool]:  # noqa: ANN401 - whatever stands in the file
    if not isinstance(said, dict) or not all(isinstance(value, bool) for value in said.values()):
        raise bad_setting("resends says true or false for each district")
    strangers = said.keys() - districts().keys()
    if strangers:
        raise bad_setting(
            f"resends names no district: {_plain(strangers, districts())}. The districts are: {', '.join(districts())}"
        )
    today = {(harmonised(name), value) for name, value in said.items()}
    both = {name for name, value in today if (name, not value) in today}
    if both:
        raise bad_setting(f"resends says both of {', '.join(sorted(both))}, which is one district today")
    return dict(today)


def _left_out(said: Any) -> frozenset[str]:  # noqa: ANN401 - likewise
    ids = said.get("submissions", []) if isinstance(said, dict) else None
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids) or said.keys() - {"submissions"}:
        raise bad_setting("leave_out holds `submissions`, a list of ids")
    return frozenset(ids)


def _entries(raw: dict[str, Any], name: str, *keys: str) -> list[dict[str, str]]:
    """The tables `[[name]]`, each with just these keys, each a text."""
    said = raw.get(name, [])
    if not isinstance(said, list) or not all(
        isinstance(one, dict) and one.keys() == set(keys) and all(map(_is_name, one.values())) for one in said
    ):
        raise bad_setting(f"each [[{name}]] holds {' and '.join(f'`{key}`' for key in keys)}, and nothing else")
    return [{key: same_name(one[key]) for key in keys} for one in said]


def _parts(raw: dict[str, Any]) -> tuple[frozenset[str], ...]:
    said = raw.get("parts", [])
    if not isinstance(said, list) or not all(isinstance(one, dict) and _is_part(one) for one in said):
        raise bad_setting("each [[parts]] holds `files`, a list of two or more, and nothing else")
    parts = tuple(frozenset(same_name(file) for file in one["files"]) for one in said)
    if sum(map(len, parts)) > len(frozenset().union(*parts)):
        raise bad_setting("a file stands in two [[parts]]; one list holds all that belong together")
    return parts


def _is_part(one: dict[str, Any]) -> bool:
    files = one.get("files")
    is_list = isinstance(files, list) and all(map(_is_name, files))
    return one.keys() == {"files"} and is_list and len({same_name(file) for file in one["files"]}) > 1


def _districts(raw: dict[str, Any]) -> dict[str, str]:
    said = _entries(raw, "districts", "file", "district")
    strangers = {one["district"] for one in said} - districts().keys()
    if strangers:
        raise bad_setting(
            f"[[districts]] names no district: {_plain(strangers, districts())}. "
            f"The districts are: {', '.join(districts())}"
        )
    if len({one["file"] for one in said}) < len(said):
        raise bad_setting("a file stands in two [[districts]]")
    return {one["file"]: one["district"] for one in said}


def _received(said: Any) -> dict[str, dt.date]:  # noqa: ANN401 - whatever stands in the file
    if not isinstance(said, dict) or not all(type(day) is dt.date and _is_name(name) for name, day in said.items()):
        raise bad_setting("received gives a date for each file, as in `2025-01-15` without quotes")
    return {same_name(name): day for name, day in said.items()}


def _cohort(said: Any) -> CohortSettings:  # noqa: ANN401 - likewise
    known = [*cohort().columns, "ignore", "may_be_unreadable", "follow_up_from"]
    if not isinstance(said, dict):
        raise bad_setting("cohort is a table, [cohort]")
    unknown = said.keys() - set(known)
    if unknown:
        raise bad_setting(f"unknown entry {_plain(unknown, known)} in [cohort]. The entries are: {', '.join(known)}")
    headers = {name: text for name, text in said.items() if name in cohort().columns}
    ignored, borne = said.get("ignore", []), said.get("may_be_unreadable", [])
    if not _are_texts(list(headers.values())) or not _are_texts(ignored):
        raise bad_setting("[cohort] gives the header of each column as a text, and ignore is a list of headers")
    folded = [letters_and_digits(text) for text in [*headers.values(), *ignored]]
    if len(set(folded)) < len(folded) or "" in folded:
        raise bad_setting("[cohort] names a header twice, or one without letters and digits")
    if not _are_texts(borne) or set(borne) - (cohort().columns.keys() - {"study_id"}):
        raise bad_setting(f"may_be_unreadable lists columns other than study_id: {', '.join(cohort().columns)}")
    return CohortSettings(
        headers, tuple(ignored), frozenset(borne), _follow_up(said.get("follow_up_from", "discharge"))
    )


def _threshold(said: Any) -> int | None:  # noqa: ANN401 - likewise
    if not isinstance(said, dict) or said.keys() - {"threshold"}:
        raise bad_setting("[disclosure] holds `threshold`, a whole number, and nothing else")
    least = said.get("threshold")
    if least is not None and (type(least) is not int or not _LOWEST_THRESHOLD <= least <= _HIGHEST_THRESHOLD):
        raise bad_setting(f"threshold is a whole number of persons, {_LOWEST_THRESHOLD} at least")
    return least


def _follow_up(said: Any) -> str | dt.date:  # noqa: ANN401 - likewise
    if type(said) is dt.date:
        return said
    try:
        return str(said) if said in _FOLLOW_UP else dt.date.fromisoformat(said)
    except (TypeError, ValueError):
        raise bad_setting('follow_up_from is "discharge", "enrolment" or a day, as in "2021-12-31"') from None


def _are_texts(said: object) -> bool:
    return isinstance(said, list) and all(isinstance(one, str) for one in said)


def _is_name(said: object) -> bool:
    """Whether something is a text that a file may be called by and a terminal may show."""
    parts = said.replace("\\", "/").split("/") if isinstance(said, str) else [""]
    return isinstance(said, str) and said.isprintable() and all(len(part.encode()) <= _LONGEST_NAME for part in parts)


def _plain(names: Iterable[str], known: Iterable[str]) -> str:
    """Names as they stand in the file, where they are much like a word that is known.

    A pasted code or a terminal's command is not shown.
    """
    words = sorted(name for name in names if get_close_matches(name, known, n=1, cutoff=_LIKE))
    return ", ".join(words) or "that is like no word which stands here"
