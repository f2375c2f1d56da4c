"""Planted leaks: small changes to the program, each of which some proof of `tests.privacy.proofs` must find.

A mutant is a function that is given a `Lab` and changes the program by it; its name says what leaks, `found_by` which
proof finds it. Those found by `unmoved`, `unshuffled` and `others` alone show why searching is not enough: what they
leak is nowhere in the study as a word. Whoever adds something that leaves the owner's room adds mutants of it here.
"""

import base64
import getpass
import hashlib
import hmac
import io
import itertools
import json
import os
import sys
import tempfile
import time
import traceback
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.planted import DECIDED, HYPHENED, NAMES, PLACES
from tests.support.study import SECRET, SECRETS

# By a column that no other table has.
_TABLES = {"persons": "person_no", "episodes": "gap_days", "submissions": "n_rows", "waves": "observed_on"}


@dataclass
class Lab:
    """What a mutant changes the program by; what a build knew is kept for it to leak."""

    patch: pytest.MonkeyPatch
    codes: dict[str, str] = field(default_factory=dict)
    rows: dict[str, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.before("sigpanel.pipeline.build.assemble", self._note)

    def _note(self, material: Any) -> None:
        self.codes = {
            episode: code for episode, code in material.episodes.select("episode_id", "uno").iter_rows() if code
        }
        places = material.membership.sort("submission_no", "row", descending=True)
        self.rows = {
            episode: (book, row)
            for book, row, episode in places.select("submission_no", "row", "episode_id").iter_rows()
        }

    def after(self, target: str, change: Callable[..., Any]) -> None:
        """Let what a function returns be what `change` makes of it and of what the function was given."""
        whole = _at(target)
        self.patch.setattr(target, lambda *given, **named: change(whole(*given, **named), *given, **named))

    def before(self, target: str, act: Callable[..., Any]) -> None:
        """Do something with what a function is given."""
        whole = _at(target)

        def both(*given: Any, **named: Any) -> Any:
            act(*given, **named)
            return whole(*given, **named)

        self.patch.setattr(target, both)

    def column(self, table: str, *columns: pl.Expr | Callable[[pl.DataFrame], pl.Series]) -> None:
        """Let a table be written with other columns."""
        self.frame(table, lambda frame: frame.with_columns(c(frame) if callable(c) else c for c in columns))

    def frame(self, table: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
        """Let another frame be written for a table."""
        whole = _at("sigpanel.panel.release.write_parquet")

        def write(frame: pl.DataFrame, file: Any, said: Any = None) -> None:
            whole(change(frame) if _TABLES[table] in frame.columns else frame, file, said)

        self.patch.setattr("sigpanel.panel.release.write_parquet", write)

    def bytes(self, table: str, change: Callable[[pl.DataFrame], bytes]) -> None:
        """Let other bytes be written for a table."""
        whole = _at("sigpanel.panel.release.write_parquet")

        def write(frame: pl.DataFrame, file: Any, said: Any = None) -> None:
            if _TABLES[table] in frame.columns:
                file.write(change(frame))
            else:
                whole(frame, file, said)

        self.patch.setattr("sigpanel.panel.release.write_parquet", write)

    def manifest(self, **said: Callable[[], object] | object) -> None:
        """Let the manifest say more, past what `to_json` refuses."""

        def more(data: bytes, *_: Any) -> bytes:
            return json.dumps({**json.loads(data), **{k: v() if callable(v) else v for k, v in said.items()}}).encode()

        self.after("sigpanel.panel.release.to_json", more)

    def code_of(self, frame: pl.DataFrame) -> pl.Series:
        """The code of each episode of a frame."""
        return frame["episode_id"].replace_strict(self.codes, default=None, return_dtype=pl.String)


def _at(target: str) -> Any:
    """What stands at a dotted name, as `monkeypatch` finds it."""
    module, _, name = target.rpartition(".")
    while module not in sys.modules:
        head, _, tail = module.rpartition(".")
        return getattr(_at(module), name) if "." in head else getattr(getattr(__import__(head), tail), name)
    return getattr(sys.modules[module], name)


@dataclass(frozen=True)
class Mutant:
    """A leak: what leaks, by which proof it is found, and the change."""

    name: str
    found_by: str
    apply: Callable[[Lab], None]


MUTANTS: list[Mutant] = []


def leak(name: str, found_by: str) -> Callable[[Callable[[Lab], None]], Callable[[Lab], None]]:
    """Enter a function into the list of mutants."""

    def enter(apply: Callable[[Lab], None]) -> Callable[[Lab], None]:
        MUTANTS.append(Mutant(name, found_by, apply))
        return apply

    return enter


# --- codes in tables ------------------------------------------------------------------------------------------------


@leak("the code itself stands where its pseudonym should", "searched")
def _(lab: Lab) -> None:
    lab.column("episodes", lambda frame: lab.code_of(frame).alias("uno_id"))


@leak("an id is a letter and the code", "searched")
def _(lab: Lab) -> None:
    lab.column("episodes", lambda frame: ("u" + lab.code_of(frame).str.to_lowercase()).alias("uno_id"))


@leak("a code with a hyphen stands within a sentence", "searched")
def _(lab: Lab) -> None:
    lab.column(
        "episodes", lambda frame: ("see " + lab.code_of(frame).str.replace(r"(..)(....)", "$1-$2") + ".").alias("note")
    )


@leak("an id is the code in Base64", "searched")
def _(lab: Lab) -> None:
    lab.column(
        "episodes",
        lambda frame: (
            lab.code_of(frame)
            .map_elements(lambda code: base64.b64encode(code.encode()).decode(), return_dtype=pl.String)
            .alias("uno_id")
        ),
    )


@leak("an id is the code backwards", "searched")
def _(lab: Lab) -> None:
    lab.column("episodes", lambda frame: lab.code_of(frame).str.reverse().alias("uno_id"))


def _hashed(lab: Lab, digest: Callable[[str], str | int], name: str = "uno_id") -> None:
    kind = pl.UInt64 if name == "hash" else pl.String
    lab.column("episodes", lambda frame: lab.code_of(frame).map_elements(digest, return_dtype=kind).alias(name))


@leak("an id is a plain SHA-256", "searched")
def _(lab: Lab) -> None:
    _hashed(lab, lambda code: hashlib.sha256(code.encode()).hexdigest())


@leak("an id looks like ours and is the beginning of an MD5", "searched")
def _(lab: Lab) -> None:
    _hashed(lab, lambda code: "u" + base64.b32encode(hashlib.md5(code.encode()).digest()).decode().lower()[:20])  # noqa: S324


@leak("an id is a SHA-1 of a SHA-1, of the code in small letters", "searched")
def _(lab: Lab) -> None:
    _hashed(lab, lambda code: hashlib.sha1(hashlib.sha1(code.lower().encode()).digest()).hexdigest())  # noqa: S324


@leak("an id is salted, and the salt is published", "searched")
def _(lab: Lab) -> None:
    salt = "vintergatan-41"
    lab.manifest(salt=salt)
    _hashed(lab, lambda code: hashlib.sha256(f"{salt}:{code}".encode()).hexdigest()[:24])


@leak("an id is keyed with the key's id, which is published", "searched")
def _(lab: Lab) -> None:
    known = {}
    lab.before("sigpanel.pipeline.build.manifest", lambda *_, **named: known.update(key=named["key_id"]))
    _hashed(lab, lambda code: hmac.digest(known["key"].encode(), code.encode(), "sha256").hex())


@leak("a column holds polars' own hash of the code", "searched")
def _(lab: Lab) -> None:
    lab.column("episodes", lambda frame: lab.code_of(frame).hash().alias("hash"))


@leak("a column holds a SHA-256 of the code as a whole number", "searched")
def _(lab: Lab) -> None:
    _hashed(lab, lambda code: int.from_bytes(hashlib.sha256(code.encode()).digest()[:8], "big"), "hash")


@leak("a column is called by a code", "searched")
def _(lab: Lab) -> None:
    lab.column("persons", pl.lit(1).alias("is_QX0619"))


# --- inside Parquet -------------------------------------------------------------------------------------------------


def _parquet(table: pa.Table, **more: Any) -> bytes:
    memory = io.BytesIO()
    pq.write_table(table, memory, **more)
    return memory.getvalue()


@leak("a Parquet file's metadata holds a code", "searched")
def _(lab: Lab) -> None:
    lab.bytes("persons", lambda frame: _parquet(frame.to_arrow().replace_schema_metadata({"example": "QX0619"})))


@leak("the metadata that pandas keeps holds the study's path", "searched")
def _(lab: Lab) -> None:
    said = {}
    lab.before("sigpanel.pipeline.build.write_reports", lambda *_: None)
    lab.before("sigpanel.pipeline.build.same_key", lambda study, _: said.update(source=str(study.root.resolve())))
    lab.bytes("persons", lambda frame: _parquet(frame.to_arrow().replace_schema_metadata({"pandas": json.dumps(said)})))


@leak("a dictionary page keeps what a row said that is no longer there", "searched")
def _(lab: Lab) -> None:
    def categories(frame: pl.DataFrame) -> bytes:
        values = pa.array(["ÅX0809", *frame["sex"].fill_null("other")]).dictionary_encode()
        return _parquet(pa.table({"person_no": range(frame.height), "sex": values[1:]}), compression="zstd")

    lab.bytes("persons", categories)


@leak("a value packed by what it shares with the one before", "searched")
def _(lab: Lab) -> None:
    def delta(frame: pl.DataFrame) -> bytes:
        texts = [f"{SECRETS['comment']} {number:04}"[: 20 + number % 30] for number in range(frame.height * 40)]
        return _parquet(
            pa.table({"person_no": range(len(texts)), "text": texts}),
            use_dictionary=False,
            column_encoding={"text": "DELTA_BYTE_ARRAY"},
            compression="zstd",
            write_statistics=False,
        )

    lab.bytes("persons", delta)


@leak("statistics tell the least value of what was blanked afterwards", "searched")
def _(lab: Lab) -> None:
    def blanked(frame: pl.DataFrame) -> bytes:
        text = SECRETS["text for an age"]
        table = pa.table({"person_no": range(frame.height), "text": [text] * frame.height})
        data = _parquet(table, use_dictionary=False, compression="none")
        return data.replace(text.encode(), b"x" * len(text.encode()), frame.height)

    lab.bytes("persons", blanked)


@leak("a code lies between the pages and the footer", "searched")
def _(lab: Lab) -> None:
    lab.bytes("persons", lambda frame: _with_gap(_parquet(frame.to_arrow())))


def _with_gap(data: bytes) -> bytes:
    """A code in front of the footer, where no reader looks; offsets are counted from the beginning and still hold."""
    length = int.from_bytes(data[-8:-4], "little")
    return data[: -8 - length] + b" QX0619 " + data[-8 - length :]


# --- beside the tables ----------------------------------------------------------------------------------------------


@leak("the manifest names a file", "searched")
def _(lab: Lab) -> None:
    lab.manifest(files=[f"2022/{SECRETS['file name']}.xlsx"])


@leak("the manifest holds the key", "searched")
def _(lab: Lab) -> None:
    lab.manifest(key=base64.b32encode(SECRET).decode().lower())


@leak("the manifest says who decided a correction", "searched")
def _(lab: Lab) -> None:
    lab.manifest(decided_by=[DECIDED["who corrected"]])


@leak("the quality of linkage gives the least and the greatest text as examples", "searched")
def _(lab: Lab) -> None:
    lab.manifest(examples=[SECRETS["text for a date"], SECRETS["text for an answer"]])


@leak("the description of a table gives an example of each column", "searched")
def _(lab: Lab) -> None:
    lab.after("sigpanel.panel.release.datapackage", lambda made, *_: {**made, "example": {"uno": "ZW0708"}})


@leak("the codebook lists what was written instead of a number", "searched")
def _(lab: Lab) -> None:
    lab.after(
        "sigpanel.pipeline.build.codebook",
        lambda made, *_: made.with_columns(pl.lit(SECRETS["text for an age"]).alias("min_max")),
    )


@leak("a personal number of the cohort is a column", "searched")
def _(lab: Lab) -> None:
    lab.column("persons", pl.lit(int(HYPHENED.replace("-", ""))).alias("number"))


@leak("a name of the cohort is part of a text", "searched")
def _(lab: Lab) -> None:
    lab.manifest(remark=f"cohort: {NAMES[0]} and others")


@leak("a single word of a comment", "searched")
def _(lab: Lab) -> None:
    lab.manifest(remark="lillasyster")


@leak("a plain digest of a file's name", "searched")
def _(lab: Lab) -> None:
    lab.manifest(file=hashlib.blake2b(f"{SECRETS['file name']}.xlsx".encode()).hexdigest()[:32])


@leak("a workbook lies in the release, packed in another file", "searched")
def _(lab: Lab) -> None:
    def packed(release: str, *_: Any, **named: Any) -> str:
        with zipfile.ZipFile(named["panel_dir"] / release / "underlag.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("blad.txt", PLACES["threaded comment"])
        return release

    lab.after("sigpanel.pipeline.build.write", packed)


@leak("a file in the release is called by a code", "searched")
def _(lab: Lab) -> None:
    def named_so(release: str, *_: Any, **named: Any) -> str:
        (named["panel_dir"] / release / "QX0619.csv").touch(0o640)
        return release

    lab.after("sigpanel.pipeline.build.write", named_so)


@leak("a page is titled by a sheet's name", "searched")
def _(lab: Lab) -> None:
    lab.after(
        "sigpanel.pipeline.report.linkage_page",
        lambda page, *_: page.replace("<title>", f"<title>{SECRETS['sheet name']}: "),
    )


@leak("a page shows a code when the pointer rests on a figure", "searched")
def _(lab: Lab) -> None:
    lab.after(
        "sigpanel.pipeline.report.linkage_page",
        lambda page, *_: page.replace("<body", '<body data-x="1" title="&#197;X0809"', 1),
    )


@leak("a page says who made it", "searched")
def _(lab: Lab) -> None:
    lab.after(
        "sigpanel.pipeline.report.linkage_page", lambda page, *_: page.replace("</body>", f"{getpass.getuser()}</body>")
    )


# --- what is said, and what is left -----------------------------------------------------------------------------------


@leak("a stage prints a code", "spoken")
def _(lab: Lab) -> None:
    lab.before("sigpanel.pipeline.make.collapse", lambda *_, **__: print("QX0619"))  # noqa: T201


@leak("a stage writes a comment to standard error", "spoken")
def _(lab: Lab) -> None:
    lab.before("sigpanel.pipeline.make.collapse", lambda *_, **__: sys.stderr.write(SECRETS["comment"]))


@leak("a build names the workbook that it reads", "spoken")
def _(lab: Lab) -> None:
    lab.before(
        "sigpanel.pipeline.make.collapse", lambda *_, **__: sys.stderr.write(f"{SECRETS['file name']}.xlsx ... 1 of 2")
    )


def _crashing(lab: Lab) -> None:
    def crash(*_: Any, **__: Any) -> None:
        raise ValueError(f"could not convert {SECRETS['text for an age']!r}")

    lab.patch.setattr("sigpanel.pipeline.make.collapse", crash)


@leak("an error's own text passes the barrier", "spoken")
def _(lab: Lab) -> None:
    _crashing(lab)

    def tell(fault: Any, error: BaseException) -> Any:
        fault.message = f"{fault.message} {error}"
        return fault

    lab.after("sigpanel.cli.barrier.fault_of", tell)


@leak("a backtrace is shown where the environment asks for one", "spoken")
def _(lab: Lab) -> None:
    _crashing(lab)
    lab.patch.setenv("SIGPANEL_BACKTRACE", "1")
    lab.before(
        "sigpanel.cli.barrier.fault_of",
        lambda error: os.environ.get("SIGPANEL_BACKTRACE") and traceback.print_exception(error),
    )


@leak("a finding quotes what stands in the cell", "spoken")
def _(lab: Lab) -> None:
    lab.after(
        "sigpanel.cli.show_check.show_checked", lambda text, *_: f'{text}\nL12: "{SECRETS["text for an answer"]}"'
    )


@leak("a temporary file is left", "left_behind")
def _(lab: Lab) -> None:
    def leave(*_: Any, **__: Any) -> None:
        with tempfile.NamedTemporaryFile(delete=False) as file:
            file.write(b"x")

    lab.before("sigpanel.pipeline.make.collapse", leave)


@leak("a log is kept at home", "left_behind")
def _(lab: Lab) -> None:
    lab.before("sigpanel.pipeline.make.collapse", lambda *_, **__: (Path.home() / ".sigpanel.log").touch())


@leak("what is the owner's can be read by everybody", "modes")
def _(lab: Lab) -> None:
    lab.patch.setattr("sigpanel.panel.durable.PRIVATE", 0o644)


@leak("what is for research can be read by everybody", "modes")
def _(lab: Lab) -> None:
    lab.patch.setattr("sigpanel.panel.durable.SHARED", 0o644)


@leak("the registry remembers codes in clear", "registry")
def _(lab: Lab) -> None:
    lab.after(
        "sigpanel.panel.registry.check",
        lambda frame, *_: frame.with_columns(pl.lit("QX0619|2022-03-01").alias("alias")),
    )


@leak("the registry remembers who decided", "registry")
def _(lab: Lab) -> None:
    lab.after(
        "sigpanel.panel.registry.check",
        lambda frame, *_: frame.with_columns(pl.lit(DECIDED["who corrected"]).alias("who")),
    )


# --- ids that lead on -------------------------------------------------------------------------------------------------


@leak("a code's pseudonym is the person's id under another letter", "apart")
def _(lab: Lab) -> None:
    lab.column("episodes", ("u" + pl.col("person_id").str.slice(1)).alias("uno_id"))


@leak("a person's id is an alias of the registry", "apart")
def _(lab: Lab) -> None:
    known = {}
    lab.before(
        "sigpanel.panel.release.memory.check",
        lambda frame: known.update(frame.select("episode_id", "alias").iter_rows()),
    )
    lab.column(
        "episodes",
        lambda frame: (
            frame["episode_id"].replace_strict(known, default=None, return_dtype=pl.String).alias("person_id")
        ),
    )


# --- what follows from what nobody may see: found by changing that, and by nothing else -------------------------------


def _read(lab: Lab, tell: Callable[[Path, Any], object]) -> None:
    """Something about each workbook goes into the manifest, as a number or keyed."""
    told: list[object] = []
    lab.after(
        "sigpanel.pipeline.deliveries.intake.read", lambda book, path, **_: (told.append(tell(path, book)), book)[1]
    )
    lab.manifest(told=lambda: sorted(map(str, told)))


@leak("how many comments a workbook has", "unmoved")
def _(lab: Lab) -> None:
    _read(lab, lambda _, book: len(book.comments))


@leak("how long its comments are", "unmoved")
def _(lab: Lab) -> None:
    def length(path: Path, _: Any) -> int:
        with zipfile.ZipFile(path) as parts:
            return sum(part.file_size for part in parts.infolist() if "sheet2" in part.filename)

    _read(lab, length)


@leak("the first letter of who wrote it", "unmoved")
def _(lab: Lab) -> None:
    def initial(path: Path, _: Any) -> str:
        with zipfile.ZipFile(path) as parts:
            return parts.read("docProps/core.xml").decode().partition("creator>")[2][:1]

    _read(lab, initial)


@leak("a keyed digest of the sheet's name", "unmoved")
def _(lab: Lab) -> None:
    _read(lab, lambda _, book: hmac.digest(SECRET, "|".join(book.sheet_names).encode(), "sha256").hex())


@leak("a keyed digest of the file's bytes", "unmoved")
def _(lab: Lab) -> None:
    _read(lab, lambda path, _: hmac.digest(SECRET, path.read_bytes(), "sha256").hex())


@leak("how many notes a workbook has", "unmoved")
def _(lab: Lab) -> None:
    _read(lab, lambda _, book: book.n_notes)


@leak("when a workbook was saved", "unmoved")
def _(lab: Lab) -> None:
    _read(lab, lambda path, _: int(path.stat().st_mtime) // 86_400)


@leak("the order of the files' names", "unmoved")
def _(lab: Lab) -> None:
    numbers = itertools.count()
    _read(lab, lambda _, book: f"{next(numbers)}: {len(book.kinds)} rows")


@leak("how long a decision's reason is", "unmoved")
def _(lab: Lab) -> None:
    lab.after(
        "sigpanel.pipeline.make.read_corrections", lambda made, path: (lab.manifest(told=path.stat().st_size), made)[1]
    )


@leak("an id depends on where the study lies", "unmoved")
def _(lab: Lab) -> None:
    place = {}
    lab.before("sigpanel.pipeline.build.same_key", lambda study, _: place.update(at=str(study.root.resolve())))
    lab.manifest(made_at=lambda: hmac.digest(SECRET, place["at"].encode(), "sha256").hex())


@leak("when the release was made", "unmoved")
def _(lab: Lab) -> None:
    lab.manifest(serial=time.time_ns)


@leak("rows of a table lie as they did in the workbooks", "unshuffled")
def _(lab: Lab) -> None:
    def as_sent(frame: pl.DataFrame) -> pl.DataFrame:
        places = [lab.rows.get(episode, (9, 0)) for episode in frame["episode_id"]]
        order = sorted(range(frame.height), key=places.__getitem__)
        return frame[order]

    lab.frame("episodes", as_sent)


@leak("a person's number is the row of the workbook", "unshuffled")
def _(lab: Lab) -> None:
    lab.column(
        "episodes",
        lambda frame: pl.Series("episode_no", [lab.rows.get(episode, (0, 0))[1] for episode in frame["episode_id"]]),
    )


@leak("a district is told the bortfall of a single other district", "others")
def _(lab: Lab) -> None:
    from sigpanel.forms import habits

    lab.patch.setattr("sigpanel.pipeline.feedback.habits", lambda: _with(habits(), city_least_districts=1))


@leak("a district is told that another knows the person", "others")
def _(lab: Lab) -> None:
    def tell(feedback: Any, checked: Any, *_: Any) -> Any:
        cells = checked.delivery.cells.filter(question="Q1")
        n_shared = cells.filter(pl.col("text").is_duplicated()).height
        return _with(feedback, n_comments=feedback.n_comments + n_shared)

    lab.after("sigpanel.pipeline.feedback.feedback_on", tell)


def _with(thing: Any, **changes: Any) -> Any:
    from dataclasses import replace

    return replace(thing, **changes)
