"""What `verify-release` prints: what was looked for and in how much, and what was found where; never a needle."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sigpanel.cli.text import plural, table
from sigpanel.contracts.proof import proof_contract

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sigpanel.pipeline.verify_release import Verified

_MOST = 40
_REMEDY = (
    "It must not leave. Delete the copy, find out by the place how it came there, and make it anew. If the folder is "
    "as sigpanel wrote it, that is a fault of sigpanel: please report kind, file and place."
)
_WARNING = (
    "Cannot be found: what was derived from a text, cut up or counted; who can be recognised by what a row says; a "
    "digest under a key. See docs/threat-model.md."
)


def show_proved(verified: Verified) -> str:
    """The verdict, what was found, what was looked for, and what could not be."""
    return "\n".join(_lines(verified))


def _lines(verified: Verified) -> Iterator[str]:
    proof, kinds = verified.proof, proof_contract().needles
    yield _verdict(verified)
    yield from _withdrawn(verified)
    if proof.found:
        # As the contract has them: a code among the ids of a whole release is what must be seen first.
        first = sorted(proof.found, key=lambda one: [*kinds].index(one.kind))
        told = [(kinds[one.kind].en, one.file, one.place, one.number) for one in first[:_MOST]]
        yield from ("", table(["Found", "In", "Place", "How many"], told, right=[3]))
        if len(proof.found) > _MOST:
            yield f"and {len(proof.found) - _MOST} more places; --json has them all"
        yield from ("", f"  → {_REMEDY}")
    yield from _list("Could not be looked into, so nothing is proved of it", proof.unreadable)
    yield from _list(
        "Searched as bytes alone, whole or in part, since nobody here can read what is in it", proof.opaque
    )
    looked = [(kinds[one.kind].en, one.looked_for, one.left_out or "") for one in proof.counted]
    yield from ("", table(["Looked for", "How many", "Too short, or our own words"], looked, right=[1, 2]))
    if examples := sum(one.left_out for one in proof.counted if one.kind == "uno_codes"):
        yield (
            f"NOT looked for: {plural(examples, 'code')} that the form itself gives as an example, and so does the "
            "codebook. Whoever has such a code is not found by it here."
        )
    attacked = proof.attacked
    yield (
        f"Tried: {attacked.n_codes:,} possible codes, {attacked.n_known:,} known texts and {attacked.n_salts:,} salts "
        f"against {attacked.n_tokens:,} ids and digests."
    )
    if verified.n_sealed:
        sealed = plural(verified.n_sealed, "file")
        yield f"Of {sealed} in the owner's room no text could be read; what stands there was not looked for."
    yield from ("", _WARNING)


def _verdict(verified: Verified) -> str:
    proof = verified.proof
    kinds = " and ".join(proof_contract().folders[name]["en"] for name in proof.folders)
    searched = f"{plural(proof.n_files, 'file')}, {proof.n_bytes:,} bytes, held as {kinds}"
    if proof.found:
        return f"FOUND: {plural(len(proof.found), 'place')} with what must not leave. ({searched})"
    if verified.withdrawn:
        return f"WITHDRAWN: it holds persons who have withdrawn. ({searched})"
    if verified.is_clean:
        return f"Clean: nothing was found. ({searched})"
    why = "not all could be looked into" if proof.unreadable else "it may hold persons who have withdrawn"
    return f"NOT PROVED: {why}. ({searched})"


def _withdrawn(verified: Verified) -> Iterator[str]:
    for name in verified.withdrawn:
        again = f"sigpanel extract recall {name} --reason withdrawal"
        yield from ("", f"{name} holds persons who have withdrawn: recall it.", f"  → {again}")
    for name in verified.unsure:
        yield from (
            "",
            f"{name} may hold persons who have withdrawn: the release that it was cut from is not as it was then.",
            "  → Recall it, or find out by what you have written down of the withdrawals whether they are in it.",
        )


def _list(head: str, files: Sequence[str]) -> Iterator[str]:
    if files:
        yield from ("", f"{head}:", *(f"  {name}" for name in files[:_MOST]))


def proved_as_dict(verified: Verified) -> dict[str, Any]:
    """The same as JSON."""
    proof = verified.proof
    return {
        "clean": verified.is_clean,
        "folders": list(proof.folders),
        "files": proof.n_files,
        "bytes": proof.n_bytes,
        "found": [asdict(one) for one in proof.found],
        "unreadable": list(proof.unreadable),
        "opaque": list(proof.opaque),
        "needles": {one.kind: {"looked_for": one.looked_for, "left_out": one.left_out} for one in proof.counted},
        "attack": {
            "codes": proof.attacked.n_codes,
            "known": proof.attacked.n_known,
            "salts": proof.attacked.n_salts,
            "tokens": proof.attacked.n_tokens,
        },
        "sealed": verified.n_sealed,
        "withdrawn": list(verified.withdrawn),
        "perhaps_withdrawn": list(verified.unsure),
    }
