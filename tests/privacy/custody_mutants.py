"""Planted leaks where a person is taken out, in the logs, around the keys and on the fact sheet, and what finds them.

As `tests.privacy.mutants` has them of releases. A proof does what it is about in a small study, a refusal included, and
yields what was left or said of it. Logs hold nothing that their vocabulary does not have; so what is smuggled in by a
caller is planted together with a vocabulary that lets it pass, and each field's guard is taken away by itself.
"""

import base64
import datetime as dt
import io
import stat
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl
import pyrage
import pytest

from sigpanel import audit
from sigpanel.errors import Fault, InputError, SigpanelError
from sigpanel.key import salts
from sigpanel.key.refusals import SEALED
from sigpanel.key.seal import open_sealed, seal
from sigpanel.panel import open_panel
from sigpanel.pipeline import older
from sigpanel.pipeline.audit_log import owner_log
from sigpanel.pipeline.check import check
from sigpanel.pipeline.fact_sheet import facts
from sigpanel.pipeline.recall import Cut
from sigpanel.pipeline.study import Study
from sigpanel.proof import prove
from sigpanel.report.fact_sheet import fact_sheet
from tests.cli.running import run
from tests.privacy.mutants import _at
from tests.privacy.proofs import few_codes, needles_of
from tests.privacy.scan import leaks, told
from tests.support.study import SECRET, B
from tests.support.withdraw import TODAY, episodes_under, ids_of, take_out

NOBODYS, UNREADABLE = "KV1931", "kanariekod 0708"
_SAID = ("--from", "research", "--reason", "asked", "--who", "A.B.")


@dataclass
class Room:
    """A study with a release, a folder beside it, and a way to change the program."""

    study: Study
    patch: pytest.MonkeyPatch
    beside: Path

    def __post_init__(self) -> None:
        self.ids = ids_of(episodes_under(self.study, B), B)

    def after(self, target: str, change: Callable[..., Any]) -> None:
        whole = _at(target)
        self.patch.setattr(target, lambda *given, **named: change(whole(*given, **named), *given, **named))


def _take_out(room: Room) -> Path:
    """Where to look: all that researchers see; where it was noticed too late, the release that is live by then."""
    try:
        take_out(room.study, B)
    except Fault as fault:
        live = open_panel(room.study.panel)
        if (fault.code, live.release) != ("withdrawn-still-there", "r0002"):
            raise
        return live.path
    return room.study.research


# --- proofs -----------------------------------------------------------------------------------------------------------


def gone(room: Room) -> Iterator[str]:
    """Nothing for research holds an id of somebody who is gone, nor tells of a row of theirs."""
    yield from (f"an id in {name}" for _, name in leaks(_take_out(room), room.ids))
    panel = open_panel(room.study.panel)
    rows = panel.ledger.filter(pl.col("fate") == "withdrawn")
    about = panel.findings.join(rows, on=["submission_id", "row"], how="semi").collect()
    yield from (f"a finding of {rule}" for rule in about["rule"])


def kept_by_pseudonym(room: Room) -> Iterator[str]:
    """What is written down of a withdrawal, and its log, has no code; the log has no id either."""
    _take_out(room)
    assert room.study.withdrawals.exists(), "nothing was written down"
    yield from (f"the code in {name}" for _, name in _of_owner(room, [B]))
    yield from (f"an id in {name}" for _, name in _of_owner(room, room.ids) if name.endswith("log.jsonl"))


def _of_owner(room: Room, words: list[str]) -> list[tuple[str, str]]:
    sent = ("submissions", "cohort")
    return [found for found in leaks(room.study.owner, words) if not found[1].startswith(sent)]


def still_counted(room: Room) -> Iterator[str]:
    """Who is out of research, and asks by another line to be out of the city's figures too, is in none of these."""
    asks = episodes_under(room.study, B)["episode_id"][0]
    take_out(room.study, B)
    before = _n_counted(room.study)
    take_out(room.study, episode=asks, scope="statistics")
    # Once in each of four workbooks.
    yield from (
        f"{before - n} of 4 rows gone from the city's figures" for n in [_n_counted(room.study)] if n != before - 4
    )


def _n_counted(study: Study) -> int:
    return int(check([study.submissions], study=study).grid["n_persons"].sum())


def called_back(room: Room) -> Iterator[str]:
    """By whichever line it is asked, an extract that holds the person is told."""
    cut = Cut("all-v1", "r0001", lambda tables: tables["episodes"].select("person_id").unique().collect())
    asks = episodes_under(room.study, B)["episode_id"][0]
    for whom in ({"code": B}, {"episode": asks}):
        if "all-v1" not in take_out(room.study, whom.pop("code", None), extracts=lambda _: [cut], **whom).recall:
            yield "an extract with the person in it stays in use"


def unsaid(room: Room) -> Iterator[str]:
    """No answer repeats what was typed, whether it is a code of somebody, of nobody, or none."""
    for typed in (NOBODYS, UNREADABLE, B):
        room.patch.setattr(sys, "stdin", io.StringIO(f"{typed}\n"))
        answer = run("withdraw", *_SAID, "--study", room.study.root)
        if told(answer.all, [typed, *room.ids]):
            yield f"what was typed, in an answer of {answer.code}"


def closed(room: Room) -> Iterator[str]:
    """A log takes no word that is not in its vocabulary, in no field, and does not repeat it."""
    log = owner_log(room.study).path
    well = {"on": TODAY, "event": "withdrawn", "subject": "panel", "detail": "research", "digest": ""}
    odd = {
        "event": ["withdrew", B],
        "subject": [room.ids[0], B, str(room.study.root), "r0001/persons.parquet"],
        "detail": [B, room.ids[0], f"research {room.ids[0]}", str(room.study.root), "Kanarie"],
        "digest": [room.ids[0], SECRET.hex()],
        "on": [dt.datetime.now(tz=dt.UTC)],
    }
    for field, said in ((field, said) for field, all_said in odd.items() for said in all_said):
        before = log.read_bytes() if log.exists() else b""
        try:
            audit.append(log, **well | {field: said})
        except Fault as fault:
            if told(str(fault), [str(said)]):
                yield f"a refusal repeats its {field}"
        except (AttributeError, KeyError, TypeError):
            continue
        if (log.read_bytes() if log.exists() else b"") != before:
            yield f"a log took a {field}"
            log.unlink()


def handed_over(room: Room) -> Iterator[str]:
    """A key that is sealed and opened lies in the two key files and nowhere else, for its owner alone, and unsaid."""
    folder = room.beside
    identity = folder / "identity"
    made = pyrage.x25519.Identity.generate()
    _private(identity, f"{made}\n".encode())
    kept = _private(folder / "sig.key", SECRET)
    tries: dict[str, Callable[[], object]] = {
        "sealed": lambda: seal(kept, str(made.to_public()), folder / "sig.key.age"),
        "opened": lambda: open_sealed(folder / "sig.key.age", identity, folder / "opened"),
        "sealed to nobody": lambda: seal(kept, SECRET.hex(), folder / "other.age"),
        "sealed where something is": lambda: seal(kept, str(made.to_public()), folder / "sig.key.age"),
        "opened where something is": lambda: open_sealed(folder / "sig.key.age", identity, folder / "opened"),
        "opened by another": lambda: open_sealed(folder / "sig.key.age", kept, folder / "third"),
    }
    for name, act in tries.items():
        try:
            act()
        except SigpanelError as error:
            said = "".join(traceback.format_exception(error)) + repr(vars(error))
            if any(way in said for way in _ways(SECRET)):
                yield f"the key in what is said when {name}"
    for path in (path for path in folder.rglob("*") if path.is_file()):
        if path.name not in ("sig.key", "opened") and SECRET in path.read_bytes():
            yield f"the key in {path.name}"
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield f"{path.name} is open to others"


def _private(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    path.chmod(0o600)
    return path


def _ways(secret: bytes) -> tuple[str, ...]:
    encoded = base64.b64encode(secret).decode().rstrip("=")
    return repr(secret)[2:-1], secret.hex(), encoded, str(list(secret))[1:-1]


def salted_outside(room: Room) -> Iterator[str]:
    """A salt lies beside the key, for its owner alone, and nowhere in the study; destroyed, it is nowhere."""
    key_file = room.study.key_file()
    salt = salts.create_salt(key_file, "provet-v1")
    for path in (path for path in room.study.root.rglob("*") if path.is_file()):
        if salt in path.read_bytes():
            yield f"a salt at {path.name} in the study"
    for path in (path for path in key_file.parent.rglob("provet*") if stat.S_IMODE(path.stat().st_mode) & 0o077):
        yield f"{path.name} is open to others"
    salts.destroy_salt(key_file, "provet-v1")
    for path in (path for path in key_file.parent.rglob("*") if path.is_file()):
        if salt in path.read_bytes():
            yield f"a destroyed salt at {path.name}"


def sheet(room: Room) -> Iterator[str]:
    """The fact sheet holds nothing of the study, no path and no key, and is the same each time."""
    page, again = (fact_sheet(facts(room.study, open_panel(room.study.panel))) for _ in range(2))
    (room.beside / "personuppgifter.html").write_text(page, encoding="utf-8")
    needles = needles_of(room.study)
    sought = replace(needles, texts={**needles.texts, "paths": {str(room.study.root), str(room.study.key_file())}})
    proof = prove(room.beside, sought, is_research=True, possible=few_codes)
    yield from (f"{one.kind} on the sheet" for one in proof.found)
    yield from (f"{ids} ids on the sheet" for ids in [len(told(page, room.ids))] if ids)
    if page != again:
        yield "it is another each time"


PROOFS: dict[str, Callable[[Room], Iterator[str]]] = {
    proof.__name__: proof
    for proof in (
        gone,
        still_counted,
        called_back,
        kept_by_pseudonym,
        unsaid,
        closed,
        handed_over,
        salted_outside,
        sheet,
    )
}

# --- mutants ----------------------------------------------------------------------------------------------------------


def _left_in(table: str) -> Callable[[Room], None]:
    """The contract of tables refuses such a release, since nothing may lead to who is not there; so it is not asked."""

    def apply(room: Room) -> None:
        room.patch.setattr("sigpanel.pipeline.build.hold_tables", lambda _: None)
        room.after("sigpanel.panel.assemble.without", lambda left, whole, _: {**left, table: whole[table]})

    return apply


def _findings_kept(room: Room) -> None:
    # They are taken out twice: of what is told of rows, and of the tables.
    room.patch.setattr("sigpanel.pipeline.withdrawn.without_rows", lambda frame, _: frame)
    _left_in("findings")(room)


def _registry_copied(room: Room) -> None:
    from sigpanel.panel import registry

    whole = registry.write

    def write(folder: Path, release: str, frame: pl.DataFrame) -> None:
        whole(folder, release, frame)
        frame.write_parquet(room.study.panel / "registry.parquet")

    room.patch.setattr("sigpanel.panel.release.memory.write", write)


def _in_the_log(said: Callable[[Room], dict[str, str]]) -> Callable[[Room], None]:
    def apply(room: Room) -> None:
        room.patch.setattr("sigpanel.audit.entries._odd", lambda _: None)
        whole = _at("sigpanel.pipeline.withdraw.note")
        room.patch.setattr("sigpanel.pipeline.withdraw.note", lambda log, **told: whole(log, **told | said(room)))

    return apply


def _unguarded(field: str) -> Callable[[Room], None]:
    """Of one field of a log's line it is not asked what it says."""

    def apply(room: Room) -> None:
        room.after("sigpanel.audit.entries._odd", lambda odd, _: None if odd == field else odd)

    return apply


def _repeated(target: str, typed: Callable[..., str | None]) -> Callable[[Room], None]:
    """An error says what was typed."""

    def apply(room: Room) -> None:
        whole = _at(target)

        def echo(*given: Any) -> Any:
            try:
                return whole(*given)
            except InputError as error:
                raise InputError(error.code, f"{error} ({typed(*given)})", remedy=error.remedy) from None

        room.patch.setattr(target, echo)

    return apply


def _written_in_clear(room: Room) -> None:
    room.after("sigpanel.pipeline.withdraw.withdrawals_as_csv", lambda data, _: data.replace(b"A.B.", B.encode()))


def _key_in_error(what: str, show: Callable[[bytes], object]) -> Callable[[Room], None]:
    def apply(room: Room) -> None:
        whole = _at("sigpanel.key.seal.write_secret")

        def write(path: Path, secret: bytes, forbidden: Any = (), *of: str) -> None:
            try:
                whole(path, secret, forbidden, *of)
            except SigpanelError as error:
                if (what == "seal") == (SEALED in of):
                    raise InputError(error.code, f"{error} {show(SECRET)}", remedy=error.remedy) from None
                raise

        room.patch.setattr("sigpanel.key.seal.write_secret", write)

    return apply


def _written_first(mode: int) -> Callable[[Room], None]:
    """A key that is opened is written to a file beside it first, which stays."""

    def apply(room: Room) -> None:
        whole = _at("sigpanel.key.seal.write_secret")

        def write(path: Path, secret: bytes, forbidden: Any = (), *of: str) -> None:
            held = path.with_name(f".{path.name}.part")
            held.write_bytes(secret)
            held.chmod(mode)
            whole(path, secret, forbidden, *of)

        room.patch.setattr("sigpanel.key.seal.write_secret", write)

    return apply


def _salts_at(folder: Callable[[Study], Path]) -> Callable[[Room], None]:
    def apply(room: Room) -> None:
        room.patch.setattr("sigpanel.key.salts.salts_folder", lambda _: folder(room.study))
        # By which it would be refused.
        for module in ("salts", "file"):
            room.patch.setattr(f"sigpanel.key.{module}.refuse_place", lambda *_: None)

    return apply


def _salt_kept(room: Room) -> None:
    room.after(
        "sigpanel.key.salts.create_salt",
        lambda salt, key_file, name: (_private(key_file.with_name(f"{name}.backup"), salt), salt)[1],
    )


def _on_the_sheet(text: Callable[[Room], object]) -> Callable[[Room], None]:
    def apply(room: Room) -> None:
        room.after("sigpanel.report.fact_sheet.render", lambda page, *_, **__: f"{page}<p>{text(room)}</p>")

    return apply


def _key_as_id(room: Room) -> None:
    room.after(
        "tests.privacy.custody_mutants.facts",
        lambda known, *_: replace(known, key_id=base64.b64encode(SECRET).decode()),
    )


Change = Callable[[Room], None]
MUTANTS: dict[str, tuple[str, Change]] = {
    **{f"rows are left in {name}": ("gone", _left_in(name)) for name in ("persons", "episodes", "answers", "waves")},
    "the ledger keeps the episode": ("gone", _left_in("ledger")),
    "findings of the rows are kept": ("gone", _findings_kept),
    "the registry is copied to where researchers read": ("gone", _registry_copied),
    "older releases stay": (
        "gone", lambda room: room.patch.setattr("sigpanel.pipeline.withdraw.deal_with_older", lambda *_: ((), ())),
    ),
    "more that is asked by another line is dropped": (
        "still_counted",
        lambda room: room.after(
            "sigpanel.pipeline.withdraw.found", lambda told, *_: replace(told, is_news=told.n_persons > 0)
        ),
    ),
    "of a withdrawal the line alone is looked for in extracts": (
        "called_back",
        lambda room: room.patch.setattr(
            "sigpanel.pipeline.withdraw.episodes_of", lambda study, of, _: older.episodes_of(study, of)
        ),
    ),
    "the file of withdrawals has the code": ("kept_by_pseudonym", _written_in_clear),
    "the log's detail is the code": ("kept_by_pseudonym", _in_the_log(lambda _: {"detail": B})),
    "the log's detail has an id": ("kept_by_pseudonym", _in_the_log(lambda room: {"detail": f"of {room.ids[0]}"})),
    "the log's subject is an id": ("kept_by_pseudonym", _in_the_log(lambda room: {"subject": room.ids[-1]})),
    "an error repeats a code that nobody has": (
        "unsaid", _repeated("sigpanel.pipeline.withdraw.found", lambda *given: given[-1].code),
    ),
    "an error repeats what is no code": (
        "unsaid", _repeated("sigpanel.pipeline.withdraw.target_of", lambda asked, _: asked.code),
    ),
    "the answer has the person's id": (
        "unsaid",
        lambda room: room.after("sigpanel.cli.show_custody.show_withdrew", lambda said, *_: f"{said}\n{room.ids[0]}"),
    ),
    **{f"a log takes any {field}": ("closed", _unguarded(field)) for field in ("subject", "detail", "digest", "on")},
    "an error of sealing has the key": ("handed_over", _key_in_error("seal", bytes.hex)),
    "an error of opening has the key": ("handed_over", _key_in_error("open", repr)),
    "an error of opening has the key in Base64": (
        "handed_over", _key_in_error("open", lambda secret: base64.b64encode(secret).decode()),
    ),
    "a key is written beside first": ("handed_over", _written_first(0o600)),
    "a key is written beside first, open to others": ("handed_over", _written_first(0o644)),
    "a sealed key is not sealed": (
        "handed_over", lambda room: room.patch.setattr("sigpanel.key.seal.pyrage.encrypt", lambda secret, _: secret),
    ),
    "salts lie in the owner's room": ("salted_outside", _salts_at(lambda study: study.owner / "salts")),
    "salts lie beside extracts": ("salted_outside", _salts_at(lambda study: study.research / "salts")),
    "a salt has a copy": ("salted_outside", _salt_kept),
    "the sheet has the study's path": ("sheet", _on_the_sheet(lambda room: room.study.root)),
    "the sheet has the key file's path": ("sheet", _on_the_sheet(lambda room: room.study.key_file())),
    "the sheet has the key": ("sheet", _on_the_sheet(lambda _: SECRET.hex())),
    "the sheet has the key for its id": ("sheet", _key_as_id),
    "the sheet has a code": ("sheet", _on_the_sheet(lambda _: B)),
    "the sheet has an id": ("sheet", _on_the_sheet(lambda room: room.ids[0])),
    "the sheet says when": ("sheet", _on_the_sheet(lambda _: time.time_ns())),
}  # fmt: skip
