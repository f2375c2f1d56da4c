"""Planted leaks in follow-up, and the proofs that find them: as `tests.privacy.extract_mutants` has them of extracts.

The study of extracts, issued under an approval that covers registers; its districts are asked, and deliveries received.
Each mutant lets one thing out that must stay: into a district's list, a message, the log, a manifest, another room.
"""

import contextlib
import datetime as dt
import io
import re
import stat
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from sigpanel import audit
from sigpanel.cli.show_followup import show_received, show_requested
from sigpanel.errors import SigpanelError
from sigpanel.extracts import open_extract
from sigpanel.followup.layout import FOLLOWUP
from sigpanel.pipeline.audit_log import extracts_log
from sigpanel.pipeline.followup_receive import TakenIn, receive_in_study
from sigpanel.pipeline.followup_request import Requested, request
from sigpanel.pipeline.verify_release import verify_release
from sigpanel.synth.register import register
from tests.privacy.extract_mutants import APPROVAL, FIRST, Office
from tests.privacy.mutants import _at
from tests.privacy.proofs import few_codes
from tests.support.study import CODES

ID = "provet-v1"
NUMBER = "20010705-1234"
REGISTERS = """
registers:
  suspicions: ["bra_suspicions"]
  convictions: ["bra_convictions"]
  deprivation: ["kriminalvarden"]
  work_and_study: ["lisa"]
  deaths_and_emigration: ["rtb"]
"""
_PLACES = re.compile(r"personnummer-provet-v1-([a-z0-9-]+)\.xlsx")
_CODE = re.compile(r"\b[A-ZÅÄÖ]{2}\d{4}\b")


class Followed(Office):
    """Where districts are asked and deliveries received; whatever was said to anybody is in `said`."""

    said = ""

    def issue(self, version: int = 1, day: dt.date = FIRST, file: str = "approval.yaml") -> Path:
        from sigpanel.pipeline.extract import issue

        path = self.papers / file
        path.write_text(APPROVAL.format(version=version) + REGISTERS, encoding="utf-8")
        return issue(self.study, path, today=day).folder

    def request(self) -> Requested:
        """Issue and ask; the folder of the extract stays where it is if it is there."""
        self.issue()
        done = request(self.study, ID, today=FIRST)
        self.said += show_requested(done)
        return done

    def sent(self) -> tuple[Path, ...]:
        """A delivery of every holder."""
        place = self.papers / "deliveries"
        return register(place, open_extract(self.issue(), today=FIRST), until=dt.date(2024, 12, 31)).holders

    def receive(self, folder: Path) -> TakenIn | None:
        """Receive a delivery; what is printed, or the error with all that led to it, goes to `said`."""
        try:
            done = receive_in_study(self.study, ID, folder, today=FIRST)
        except SigpanelError as error:
            chain: BaseException | None = error
            while chain is not None:
                self.said += f"{chain}\n"
                chain = chain.__cause__ or (None if chain.__suppress_context__ else chain.__context__)
            return None
        self.said += show_received(done)
        return done


def text_of(path: Path) -> str:
    """Every text in a workbook, its properties too."""
    with zipfile.ZipFile(path) as whole:
        return "\n".join(whole.read(name).decode() for name in whole.namelist() if name.endswith((".xml", ".rels")))


# --- proofs -----------------------------------------------------------------------------------------------------------


def own_rows(office: Followed) -> Iterator[str]:
    """A district's list has its own codes alone, and none but the owner may read it."""
    lists = [path for path, *_ in office.request().lists]
    codes = {_PLACES.fullmatch(path.name)[1]: {*_CODE.findall(text_of(path))} for path in lists}
    farsta = {code for code in CODES if code in ("QX0619", "ZW0708")}
    if codes.get("farsta", set()) - farsta:
        yield "a list holds a code of another district"
    if not codes.get("jarva") or not codes.get("jarva", set()).isdisjoint(CODES):
        yield "a list lacks its codes, or holds another's"
    for path in lists:
        if "arvaz" in path.name or any(word in text_of(path).casefold() for word in ("kanari", "r0001", "system=")):
            yield "a list holds what a workbook hides"
        if stat.S_IMODE(path.stat().st_mode) != 0o600:
            yield "others may read a list"
        names = {"Farsta", "Järva"} - {{"farsta": "Farsta", "jarva": "Järva"}.get(_PLACES.fullmatch(path.name)[1], "")}
        if any(name in text_of(path) for name in names):
            yield "a list names another district"


def own_ids(office: Followed) -> Iterator[str]:
    """A list has the extract's ids, and none of the panel's."""
    lists = [path for path, *_ in office.request().lists]
    panel = {
        one
        for path in (office.study.panel / "r0001").glob("*.parquet")
        for name in pl.read_parquet_schema(path)
        if name.endswith("_id")
        for one in pl.read_parquet(path)[name].cast(pl.String).drop_nulls()
        if len(one) > 20
    }
    ids = {*open_extract(office.issue(), today=FIRST).persons.collect()["person_id"]}
    for path in lists:
        found = {*re.findall(r"\b[a-z][a-z2-7]{26}\b", text_of(path))}
        if not found or found - ids or found & panel:
            yield "a list has other ids than the extract"


def quiet(office: Followed) -> Iterator[str]:
    """What is printed and logged of a request holds neither code nor id."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        office.request()
    ids = {*open_extract(office.issue(), today=FIRST).persons.collect()["person_id"]}
    log = extracts_log(office.study).path.read_text(encoding="utf-8")
    said = out.getvalue() + office.said + log
    if _CODE.search(said) or any(one in said for one in ids):
        yield "a request tells a code or an id"
    if [one.event for one in audit.read(extracts_log(office.study).path)].count("requested") != 1:
        yield "the log does not tell of the request"


def searched(office: Followed) -> Iterator[str]:
    """Nothing of the study stands in what was received, and nothing of a person in its manifest or the log."""
    for folder in office.sent():
        if office.receive(folder) is None:
            yield f"a delivery was refused: {office.said}"
    place = office.issue()
    proof = verify_release(place, office.study, possible=few_codes).proof
    yield from (f"{one.kind} in {one.file}, {one.place}" for one in proof.found)
    ids = {*open_extract(place, today=FIRST).persons.collect()["person_id"]}
    log = extracts_log(office.study).path.read_text(encoding="utf-8")
    told = (place / FOLLOWUP / "manifest.json").read_text(encoding="utf-8") + log + office.said
    if any(one in told for one in ids):
        yield "a manifest, the log or what is printed names a person"


def silent(office: Followed) -> Iterator[str]:
    """A refusal repeats nothing of the delivery: no value, id, file name or column name; and nothing is written."""
    [folder] = [one for one in office.sent() if one.name == "bra"]
    path = folder / "convictions.csv"
    whole = path.read_text(encoding="utf-8")
    before = office.issue()
    for old, new in (("person_id", NUMBER), (whole.splitlines()[1].split(";")[0], NUMBER), (";final;", f";{NUMBER};")):
        path.write_text(whole.replace(old, new), encoding="utf-8")
        if office.receive(folder) is not None or (before / FOLLOWUP).exists():
            yield "a delivery that breaks its contract was taken in"
    path.write_text(whole, encoding="utf-8")
    (folder / f"{NUMBER}.csv").write_text("", encoding="utf-8")
    if office.receive(folder) is not None:
        yield "a delivery with a file of nobody's was taken in"
    if NUMBER in office.said or NUMBER.replace("-", "") in office.said:
        yield "a refusal repeats what it refuses"


def apart(office: Followed) -> Iterator[str]:
    """What was received lies in the extract alone: not in the panel, not in another extract, and not after its end."""
    from sigpanel.pipeline.extract_life import recall

    research = office.study.research
    for folder in office.sent():
        office.receive(folder)
    place = office.issue()
    outside = [path for path in research.rglob("*outcome*") if place not in path.parents]
    if outside or not (place / FOLLOWUP / "outcomes.parquet").is_file():
        yield "what was received lies elsewhere"
    recall(office.study, ID, "fault", today=FIRST)
    if any(research.rglob("*outcome*")) or any(place.glob("**/*.parquet")):
        yield "what was received stays when the extract is called back"


PROOFS: dict[str, Callable[[Followed], Iterator[str]]] = {
    proof.__name__: proof for proof in (own_rows, own_ids, quiet, searched, silent, apart)
}

# --- mutants ----------------------------------------------------------------------------------------------------------


def _asked(office: Followed, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    whole = _at("sigpanel.pipeline.followup_request.write_lists")
    office.patch.setattr(
        "sigpanel.pipeline.followup_request.write_lists", lambda asked, told: whole(change(asked), told)
    )


def _everybodys_rows(office: Followed) -> None:
    office.patch.setattr("sigpanel.pipeline.followup_request.own_episodes", lambda episodes, *_: episodes)


def _world_readable(office: Followed) -> None:
    office.patch.setattr("sigpanel.pipeline.followup_request.durable.PRIVATE", 0o644)


def _panels_ids(office: Followed) -> None:
    def plain(*_: Any) -> Any:
        class Plain:
            @staticmethod
            def pseudonyms(_: str, ids: pl.Series) -> pl.Series:
                return ids

        return Plain()

    office.patch.setattr("sigpanel.pipeline.followup_request._extract_key", plain)
    office.patch.setattr(
        "sigpanel.pipeline.followup_request.project_of",
        lambda *_: type(
            "P", (), {"persons": pl.read_parquet(office.study.panel / "r0001/persons.parquet")["person_id"].to_list()}
        ),
    )


def _prints(office: Followed) -> None:
    _asked(office, lambda asked: (sys.stdout.write(str(asked["uno"].to_list())), asked)[1])


def _names_others(office: Followed) -> None:
    office.after("sigpanel.followup.request.file_name", lambda name, *_: name)
    whole = _at("sigpanel.followup.request.write_first")

    def first(sheet: Any, styles: Any, title: str, warning: str, counts: str, paragraphs: Any) -> None:
        whole(sheet, styles, title, warning, counts, [*paragraphs, "Fler listor: Farsta, Järva."])

    office.patch.setattr("sigpanel.followup.request.write_first", first)


def _manifest(office: Followed, say: Callable[[Any], object]) -> None:
    office.after("sigpanel.followup.write._manifest", lambda told, project, *_: {**told, "more": say(project)})


def _value_in_message(office: Followed) -> None:
    office.after(
        "sigpanel.followup.held._unknown",
        lambda told, frames, *_: ([*told[0], str(frames["convictions"].rows())], told[1]),
    )


def _column_in_message(office: Followed) -> None:
    whole = _at("sigpanel.followup.held.mends")

    def mends(kind: Any, frame: pl.DataFrame, outcomes: Any) -> Any:
        from sigpanel.contracts.delivery import Text

        return {rule: (*texts, Text(str(frame.columns), "")) for rule, texts in whole(kind, frame, outcomes).items()}

    office.patch.setattr("sigpanel.followup.held.mends", mends)


def _file_in_message(office: Followed) -> None:
    whole = _at("sigpanel.followup.sent._files")

    def files(folder: Path) -> Any:
        found, others = whole(folder)
        return (
            (found, others)
            if not others
            else (_ for _ in ()).throw(
                _at("sigpanel.errors.InputError")("delivery-files", str([*folder.iterdir()]), remedy="-")
            )
        )

    office.patch.setattr("sigpanel.followup.sent._files", files)


def _anything_goes(office: Followed) -> None:
    office.after(
        "sigpanel.followup.held.hold_delivery",
        lambda outcomes, *_: [one for one in outcomes if not one.rule.id.endswith(".known")],
    )
    office.patch.setattr("sigpanel.followup.between._searched_only", lambda _: iter(()))


def _stays(office: Followed) -> None:
    office.patch.setattr("sigpanel.pipeline.extract_record._is_received", lambda _: False)


def _elsewhere(office: Followed) -> None:
    def write(frame: Any, *_: Any) -> Any:
        (office.study.research / "reports").mkdir(exist_ok=True)
        (office.study.research / "reports" / "outcomes.csv").write_text("x")
        return frame

    office.after("sigpanel.followup.receive.write_followup", write)


def _unlogged(office: Followed) -> None:
    office.patch.setattr("sigpanel.pipeline.followup_request.note", lambda *_, **__: None)


MUTANTS: dict[str, tuple[str, Callable[[Followed], None]]] = {
    "a district gets everybody's rows": ("own_rows", _everybodys_rows),
    "a list names other districts": ("own_rows", _names_others),
    "others may read the lists": ("own_rows", _world_readable),
    "a list has the panel's ids": ("own_ids", _panels_ids),
    "a request prints the codes": ("quiet", _prints),
    "a request is not logged": ("quiet", _unlogged),
    "the manifest has ids": ("searched", lambda office: _manifest(office, lambda project: list(project.persons)[:1])),
    "the manifest says where the extract lies": (
        "searched", lambda office: _manifest(office, lambda project: str(project.folder)),
    ),
    "a refusal quotes rows": ("silent", _value_in_message),
    "a refusal quotes columns": ("silent", _column_in_message),
    "a refusal quotes file names": ("silent", _file_in_message),
    "an id is not held": ("silent", _anything_goes),
    "what was received stays after a recall": ("apart", _stays),
    "what was received is written elsewhere too": ("apart", _elsewhere),
}  # fmt: skip
