"""Planted leaks in extracts, and the proofs that find them: as `tests.privacy.mutants` has them of releases.

A study of one district with eight persons alike, issued under an approval of its own. Each mutant issues once or twice.
"""

import base64
import bz2
import datetime as dt
import hashlib
import platform
import shutil
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sigpanel.contracts.extracts import Words
from sigpanel.pipeline.build import build
from sigpanel.pipeline.study import Study, open_study
from sigpanel.pipeline.verify_release import verify_release
from tests.privacy import extract_facts as facts
from tests.privacy.mutants import _at
from tests.privacy.proofs import FARSTA_2022, few_codes, small_study
from tests.support.planted import PLACES
from tests.support.study import SECRET, Book, said

_FOOTER = {"sigpanel.extract", "sigpanel.contract_version"}
FIRST, LATER = dt.date(2026, 1, 1), dt.date(2026, 7, 1)
APPROVAL = """
approval: "provet"
version: {version}
register_number: "2026-00000-01"
purpose: {{en: "To be tested", sv: "Att prövas"}}
legal_basis: {{en: "Invented", sv: "Påhittad"}}
recipients: ["Nobody"]
valid_from: 2020-01-01
valid_to: 2034-12-31
contract_major: 1
id_scope: "version"
identity: "default"
population: {{programme: ["unga"], episodes: "matching"}}
consent_withdrawn: "include"
tables:
  persons: {{person_id: "id", sex: "as_is"}}
  episodes: {{person_id: "id", episode_id: "id", enrolled_on: "year", status: "as_is", age: {{age_band: 10}}}}
quasi_identifiers: ["sex", "age", "enrolled_on"]
nulls: {{sex: "suppress", age: "suppress", enrolled_on: "suppress"}}
risk: {{k: 3, unique_trajectories: 1.0}}
small_classes:
  policy: "suppress"
  order: ["age", "enrolled_on", "sex"]
  most_suppressed: 1.0
  rest: "leave_out"
  most_left_out: 1.0
formats: ["parquet", "csv", "sav", "dta"]
"""
_INITIALS = ("ÅX", "QX", "ZW", "QZ", "XQ", "WZ", "KV", "LJ")
ALIKE = Book(
    "2022/Rinkeby-Kista unga.xlsx", "sig-unga-2022", 1,
    tuple(said(f"{who}07{10 + number}", f"2022-0{number}-05", 15) for number, who in enumerate(_INITIALS, 1)),
)  # fmt: skip


def built_for_extracts(root: Path) -> Study:
    """The study with a release, both roles held by one."""
    small_study(root, (FARSTA_2022, ALIKE), PLACES)
    settings = root / "sigpanel.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + "one_role = true\n", encoding="utf-8")
    study = open_study(root)
    build(study)
    return study


@dataclass
class Office:
    """Where extracts of a study are issued."""

    study: Study
    patch: pytest.MonkeyPatch
    papers: Path = field(init=False)

    def __post_init__(self) -> None:
        self.papers = self.study.root.parent

    def issue(self, version: int = 1, day: dt.date = FIRST, file: str = "approval.yaml") -> Path:
        from sigpanel.pipeline.extract import issue

        path = self.papers / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(APPROVAL.format(version=version), encoding="utf-8")
        return issue(self.study, path, today=day).folder

    def after(self, target: str, change: Callable[..., Any]) -> None:
        whole = _at(target)
        self.patch.setattr(target, lambda *given, **named: change(whole(*given, **named), *given, **named))

    def ids(self, make: Callable[[str], str]) -> None:
        """Let other ids be made of the panel's."""
        whole = _at("sigpanel.pipeline.extract.under_own_ids")

        def of(purpose: str, ids: pl.Series) -> pl.Series:
            letter = {"extract-persons": "x", "extract-episodes": "y"}[purpose]
            return ids.map_elements(lambda one: letter + make(one), return_dtype=pl.String)

        self.patch.setattr("sigpanel.pipeline.extract.under_own_ids", lambda cut, approval, _: whole(cut, approval, of))


# --- proofs -----------------------------------------------------------------------------------------------------------


def searched(office: Office) -> Iterator[str]:
    """Nothing of the study stands in the extract, nor an id of the panel; and nothing that cannot be looked into."""
    proof = verify_release(office.issue(), office.study, possible=few_codes).proof
    assert proof.folders == ("extract",)
    yield from (f"{one.kind} in {one.file}, {one.place}" for one in proof.found)
    yield from (f"{name} cannot be read" for name in (*proof.opaque, *proof.unreadable))


def ordered(office: Office) -> Iterator[str]:
    """Rows lie in the order of the extract's own ids, and so in no order of the panel's."""
    for path in sorted(office.issue().glob("*.parquet")):
        frame = pl.read_parquet(path)
        if not frame.equals(frame.sort("person_id", maintain_order=True)):
            yield f"{path.name} has another order than its ids"


def numbered(office: Office) -> Iterator[str]:
    """Persons are numbered in the order of the extract's own ids, in every table alike."""
    import pyreadstat

    folder = office.issue()
    ids = sorted(pl.read_parquet(folder / "persons.parquet")["person_id"])
    for path in sorted(folder.glob("sav/*.sav")):
        frame, _ = pyreadstat.read_sav(str(path), output_format="polars")
        if frame["person_no"].to_list() != [ids.index(one) + 1 for one in frame["person_id"]]:
            yield f"{path.name} numbers persons in another order than its ids'"


def apart(office: Office) -> Iterator[str]:
    """Two versions share no id."""
    one, other = (_ids(office.issue(version=version)) for version in (1, 2))
    if not one or one & other:
        yield "two extracts share ids"


def _ids(folder: Path) -> set[str]:
    frames = (pl.read_parquet(path) for path in folder.glob("*.parquet"))
    return {
        one for frame in frames for name in frame.columns if name.endswith("_id") for one in frame[name].drop_nulls()
    }


def again(office: Office) -> Iterator[str]:
    """Made again on another day, of an approval that lies elsewhere, it has the same bytes."""
    from sigpanel.errors import PolicyError

    folder = office.issue()
    before = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    shutil.rmtree(folder)
    try:
        folder = office.issue(day=LATER, file="elsewhere/godkännande.yaml")
    except PolicyError:
        yield "it is not the same extract any more"
        return
    after = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    yield from (
        f"{name} differs" for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)
    )


def footed(office: Office) -> Iterator[str]:
    """The footer of a Parquet file says which extract it is and which contract it keeps, and nothing else."""
    for path in office.issue().glob("*.parquet"):
        if pl.read_parquet_metadata(path).keys() - {"ARROW:schema"} != _FOOTER:
            yield f"the footer of {path.name} says something else"


def traceless(office: Office) -> Iterator[str]:
    """Nothing is left elsewhere: not in the folder for temporary files, nor at home."""
    elsewhere = office.papers / "elsewhere"
    for name in ("TMPDIR", "HOME", "POLARS_TEMP_DIR"):
        (elsewhere / name).mkdir(parents=True)
        office.patch.setenv(name, str(elsewhere / name))
    office.patch.setattr("tempfile.tempdir", None)
    office.issue()
    yield from (f"a file is left in {path.parent.name}" for path in sorted(elsewhere.rglob("*")) if path.is_file())


def closed(office: Office) -> Iterator[str]:
    """No file or folder of an extract is open to others than its owner and their group."""
    folder = office.issue()
    yield from (f"{path.name} is open to all" for path in (folder, *folder.rglob("*")) if path.stat().st_mode & 0o007)


def not_compared(office: Office) -> Iterator[str]:
    """No two extracts are in use of which one holds somebody who has withdrawn, and the other was cut afterwards."""
    from sigpanel.errors import PolicyError
    from sigpanel.pipeline.withdraw import withdraw
    from tests.support.withdraw import asked

    office.issue()
    withdraw(office.study, asked(f"{_INITIALS[0]}0711"), today=LATER)
    try:
        office.issue(version=2, day=LATER)
    except PolicyError:
        return
    yield "whoever withdrew is the difference of two extracts in use"


def written(office: Office) -> Iterator[str]:
    """Of a release that somebody wrote into, nothing leaves."""
    from sigpanel.errors import InputError

    path = next(office.study.panel.glob("r*/episodes.parquet"))
    pl.read_parquet(path).with_columns(status=pl.lit("lost")).write_parquet(path)
    try:
        office.issue()
    except InputError:
        return
    yield "what somebody wrote into the release is issued"


PROOFS = {
    proof.__name__: proof
    for proof in (searched, ordered, numbered, apart, again, footed, traceless, closed, not_compared, written)
} | facts.PROOFS

# --- mutants ----------------------------------------------------------------------------------------------------------


def _told(office: Office, **more: Callable[[], object]) -> None:
    office.after(
        "sigpanel.pipeline.extract.manifest", lambda told, *_: {**told, **{name: say() for name, say in more.items()}}
    )


def _salt(office: Office) -> str:
    [path] = office.study.key_file().with_name(f"{office.study.key_file().name}.salts").iterdir()
    return base64.b64encode(path.read_bytes()).decode()


def _unsalted(office: Office) -> None:
    whole = _at("sigpanel.key.Key").salted
    office.patch.setattr("sigpanel.key.Key.salted", lambda key, *_: whole(key, bytes(32), "provet"))


def _in_the_panels_order(office: Office) -> None:
    def reversed_rows(cut: Any, *_: Any) -> Any:
        return replace(cut, tables={name: frame.reverse() for name, frame in cut.tables.items()})

    office.after("sigpanel.pipeline.extract.under_own_ids", reversed_rows)


def _described(office: Office, text: Callable[[], str]) -> None:
    office.after("sigpanel.extracts.write.readme", lambda page, *_: f"{page}\n{text()}\n")


def _placed(office: Office) -> None:
    known = {}
    office.after(
        "sigpanel.pipeline.extract.read_approval", lambda approval, path: (known.update(at=str(path)), approval)[1]
    )
    _told(office, of=lambda: hashlib.sha256(known["at"].encode()).hexdigest())


def _labelled(office: Office, text: Callable[[], str]) -> None:
    """The label of each file for SPSS and Stata says more than it should."""
    whole = _at("sigpanel.exports.statistical.write")

    def write(path: Path, frame: pl.DataFrame, variables: Any, about: Words, language: str) -> None:
        whole(path, frame, variables, Words(*[f"{each}{text()}"[-60:] for each in (about.en, about.sv)]), language)

    office.patch.setattr("sigpanel.exports.statistical.write", write)


def _columns_labelled(office: Office, text: Callable[[], str]) -> None:
    def said(told: dict[str, Any], *_: Any) -> dict[str, Any]:
        return {**told, "column_labels": {name: text() for name in told["column_labels"]}}

    office.after("sigpanel.exports.statistical._described", said)


def _values_labelled(office: Office, label: str) -> None:
    whole = _at("sigpanel.exports.statistical._labels")

    def said(*given: Any) -> dict[Any, str]:
        made = whole(*given)
        return {**made, 77: label} if made else made

    office.patch.setattr("sigpanel.exports.statistical._labels", said)


def _stamped(office: Office) -> None:
    """The headers say when: the clock moves on by a minute each time."""
    clock = iter(range(10, 60))
    office.patch.setattr(
        "sigpanel.exports.statistical._MOMENT",
        _Moving({"sav": "01 Jan 0000:{:02}:00", "dta": "01 Jan 2000 00:{:02}"}, clock),
    )


class _Moving(dict[str, str]):
    def __init__(self, said: dict[str, str], clock: Iterator[int]) -> None:
        super().__init__(said)
        self.clock = clock

    def __getitem__(self, kind: str) -> Any:
        return super().__getitem__(kind).format(next(self.clock)).encode()


def _numbered_otherwise(office: Office) -> None:
    def reversed_numbers(tables: dict[str, pl.DataFrame], *_: Any) -> dict[str, pl.DataFrame]:
        return {
            name: frame.with_columns(pl.col("person_no") * -1 + 10_000) if "person_no" in frame.columns else frame
            for name, frame in tables.items()
        }

    office.after("sigpanel.exports.folder.numbered", reversed_numbers)


def _with_host(office: Office) -> None:
    write = _at("sigpanel.extracts.write.write_parquet")
    office.patch.setattr(
        "sigpanel.extracts.write.write_parquet",
        lambda frame, file, said: write(frame, file, {**said, "host": platform.node()}),
    )


def _with_copies(office: Office) -> None:
    def copied(written: Any, _: object, tables: Any, *__: object) -> Any:
        for frame in tables.values():
            frame.write_parquet(tempfile.mkstemp()[1])
        return written

    office.after("sigpanel.pipeline.extract.fill", copied)


def _with_zip(office: Office, behind: bytes = b"", **members: bytes) -> None:
    """A zip file lies among the others, with bytes behind its end."""

    def zipped(written: Any, folder: Path, *_: object) -> Any:
        with zipfile.ZipFile(folder / "more.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in {"a.txt": b"x", **members}.items():
                archive.writestr(name, content)
        with (folder / "more.zip").open("ab") as file:
            file.write(behind)
        return written

    office.after("sigpanel.pipeline.extract.fill", zipped)


def _open_to_all(office: Office) -> None:
    office.after("sigpanel.extracts.write.new", lambda _, path, __: path.chmod(0o644))


MUTANTS: dict[str, tuple[str, Callable[[Office], None]]] = {
    "ids are the panel's": ("searched", lambda office: office.ids(lambda one: one[1:])),
    "ids begin as the panel's do": ("searched", lambda office: office.ids(lambda one: one[1:15] + "zz")),
    "ids are a plain digest of the panel's": (
        "searched", lambda office: office.ids(lambda one: hashlib.sha256(one.encode()).hexdigest()[:26]),
    ),
    "ids are the panel's, keyed with the extract's name": (
        "searched", lambda office: office.ids(lambda one: hashlib.sha256(f"provet-v1:{one}".encode()).hexdigest()),
    ),
    "the manifest holds the salt": ("searched", lambda office: _told(office, salt=lambda: _salt(office))),
    "the manifest holds the key": ("searched", lambda office: _told(office, key=SECRET.hex)),
    "the readme says where the study lies": (
        "searched", lambda office: _described(office, lambda: str(office.study.root)),
    ),
    "the readme has a word of a comment": ("searched", lambda office: _described(office, lambda: "See: lillasyster.")),
    "the readme has a code": ("searched", lambda office: _described(office, lambda: "e.g. KV 07 17")),
    "the labels of columns say where the study lies": (
        "searched", lambda office: _columns_labelled(office, lambda: str(office.study.root)),
    ),
    "the label of a file has a code": ("searched", lambda office: _labelled(office, lambda: ", as KV 07 17")),
    "a value's label has a word of a comment": ("searched", lambda office: _values_labelled(office, "lillasyster")),
    "a header says when": ("again", _stamped),
    "persons are numbered in another order than their ids'": ("numbered", _numbered_otherwise),
    "rows lie in another order than the ids'": ("ordered", _in_the_panels_order),
    "the salt is not used": ("apart", _unsalted),
    "the manifest says when": ("again", lambda office: _told(office, at=time.time_ns)),
    "the manifest has a digest of where the approval lies": ("again", _placed),
    "a table's footer has the machine's name": ("footed", _with_host),
    "a copy of every table is left behind": ("traceless", _with_copies),
    "a code stands behind a zip": ("searched", lambda office: _with_zip(office, b"\nKV0717\n")),
    "a code is packed in a member of a zip": (
        "searched", lambda office: _with_zip(office, packed=bz2.compress(b"KV0717;2022")),
    ),
    "a code is packed in a picture in a zip": (
        "searched", lambda office: _with_zip(office, picture=b"\x89PNG\r\n\x1a\n" + zlib.compress(b"KV0717")),
    ),
    "files are open to everybody": ("closed", _open_to_all),
    "extracts from before a withdrawal stay out": (
        "not_compared", lambda office: office.patch.setattr("sigpanel.pipeline.extract.to_recall", lambda _: []),
    ),
    "the files of the release are not looked at": (
        "written", lambda office: office.patch.setattr("sigpanel.pipeline.extract.whole", lambda opened: opened),
    ),
    **facts.MUTANTS,
}  # fmt: skip
