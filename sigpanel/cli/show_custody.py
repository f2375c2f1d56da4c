"""What `withdraw` prints, in Swedish, for the data owner: what was done, and what is left for people to do."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sigpanel.pipeline.withdraw import Withdrew


def show_withdrew(done: Withdrew) -> str:
    """What was done, and what is to be done by hand."""
    lines = list(_changed(done)) if done.n_noted is None else [_noted(done.n_noted)]
    if done.is_new:
        lines.append(f"Ny version av panelen: {done.release}.")
    elif done.n_noted is None:
        lines.append(f"Gällande version är redan gjord utan personen: {done.release}.")
    elif done.n_noted:
        lines.append(
            f"Gällande version är gjord efter det som är antecknat, och ingen av dem finns i den: {done.release}."
        )
    if done.n_noted is not None:
        lines.append("Ett uttag som avbröts innan det hann antecknas är inte gjort, och syns inte här: kör det igen.")
    if done.removed:
        lines.append(f"Borttagna äldre versioner: {', '.join(done.removed)}.")
    if done.purged:
        lines.append(f"Äldre versioner som är omskrivna utan personen: {', '.join(done.purged)}.")
    todo = list(_todo(done))
    if todo:
        lines += ["", "Kvar att göra:", *(f"  - {one}" for one in todo)]
    return "\n".join(lines)


def _changed(done: Withdrew) -> Iterator[str]:
    if done.n_persons:
        what = "En person är uttagen" if done.n_persons == 1 else f"{done.n_persons} personer är uttagna"
        yield f"{what}, med alla sina insatsperioder."
    if done.n_widened:
        what = "En person som redan var uttagen ur forskningen är nu uttagen"
        if done.n_widened > 1:
            what = f"{done.n_widened} personer som redan var uttagna ur forskningen är nu uttagna"
        yield f"{what} ur stadens egna siffror också."
    if done.n_narrowed:
        what = (
            "En person är nu bara uttagen" if done.n_narrowed == 1 else f"{done.n_narrowed} personer är nu bara uttagna"
        )
        yield f"{what} ur forskningen, och räknas igen i stadens egna siffror."
    if not (done.n_persons or done.n_widened or done.n_narrowed):
        yield _nobody(done)


def _nobody(done: Withdrew) -> str:
    """What is said where no person goes out of anything that they were in."""
    if done.is_written and done.is_known:
        return "Det som var antecknat är ändrat. Ingen person i studien berörs av ändringen nu."
    if done.is_written:
        return "Ingen ny person är uttagen. Rader som kommer under koden tas ut när de kommer."
    if done.is_known:
        return "Det var redan antecknat."
    return "Inget nytt är antecknat: den som det gäller är redan uttagen ur minst lika mycket, genom ett annat uttag."


def _noted(n_lines: int) -> str:
    if not n_lines:
        return "Inget uttag är antecknat i owner/withdrawals.csv, så ingen är uttagen."
    return f"Antecknade uttag i owner/withdrawals.csv: {n_lines}."


def _todo(done: Withdrew) -> Sequence[str]:
    todo = []
    if done.recall:
        todo.append(f"Återkalla utdragen {', '.join(done.recall)}: personen finns i dem.")
    if done.unsure:
        todo.append(
            f"Återkalla också {', '.join(done.unsure)}, eller ta reda på om personen finns där: versionen som de är "
            "gjorda av finns inte kvar."
        )
    if done.delivered:
        todo.append(
            f"I {', '.join(done.delivered)} ligger också registeruppgifter (mappen followup). Personens rader där "
            "försvinner först när utdraget återkallas, och då tillsammans med alla andras: be registerhållaren om en "
            "ny leverans till nästa version. Leveranser som togs emot i en registerhållares egen miljö nås inte "
            "härifrån: säg till där."
        )
    if done.outdated:
        todo.append(
            "Arbetsböckerna i owner/outbox gjordes när personen var med. Gör nya (sigpanel check, sigpanel review): "
            f"{', '.join(done.outdated)}."
        )
    if done.removed or done.purged:
        todo.append("Säkerhetskopior av äldre versioner, och kopior hos forskare, nås inte härifrån: radera dem.")
    return todo


def withdrew_as_dict(done: Withdrew) -> dict[str, Any]:
    """The same as JSON."""
    return asdict(done)
