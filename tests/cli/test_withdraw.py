"""`sigpanel withdraw`: the code is asked for, never shown and no argument; what is done and left is said in Swedish."""

import getpass
import io
import json
import sys
import warnings

import pytest

from sigpanel.cli.show_custody import show_withdrew
from sigpanel.panel import open_panel
from sigpanel.pipeline.withdraw import Withdrew
from tests.cli.running import error, run, written_below
from tests.privacy.scan import leaks, told
from tests.support.study import B
from tests.support.withdraw import episodes_under, ids_of

SAID = ("--from", "research", "--reason", "asked", "--who", "A.B.")


def typed(monkeypatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_by_a_code_from_a_pipe_the_person_goes_and_nothing_shows_the_code(released, monkeypatch):
    ids = ids_of(episodes_under(released, B), B)
    typed(monkeypatch, "zw0708\nanything after it\n")
    answer = run("withdraw", *SAID, "--study", released.root)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines() == [
        "En person är uttagen, med alla sina insatsperioder.",
        "Ny version av panelen: r0002.",
        "Borttagna äldre versioner: r0001.",
        "",
        "Kvar att göra:",
        "  - Säkerhetskopior av äldre versioner, och kopior hos forskare, nås inte härifrån: radera dem.",
    ]
    assert told(answer.all, [B, *ids]) == []
    assert leaks(released.research, [B, *ids]) == []
    typed(monkeypatch, f"{B}\n")
    again = json.loads(run("withdraw", *SAID, "--study", released.root, "--json").out)
    assert (again["is_known"], again["is_new"], again["release"]) == (True, False, "r0002")
    finished = run("withdraw", "--finish", "--study", released.root)
    assert finished.out.startswith("Antecknade uttag i owner/withdrawals.csv: 1.")


def test_on_a_terminal_it_is_asked_for_without_being_shown(released, monkeypatch):
    asked = []
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(getpass, "getpass", lambda prompt, **_: asked.append(prompt) or B)
    assert run("withdraw", *SAID, "--study", released.root).code == 0
    assert asked == ["UNO-kod (visas inte): "]


def test_a_terminal_that_would_show_it_and_an_empty_line_are_refused(built, monkeypatch):
    def shows(*_, **__):
        warnings.warn("Can not control echo on the terminal.", getpass.GetPassWarning, stacklevel=1)
        return B

    monkeypatch.setattr(getpass, "getpass", shows)
    for stdin in (Terminal(), io.StringIO(""), io.StringIO(" \n")):
        monkeypatch.setattr(sys, "stdin", stdin)
        code, name, message, _ = error(run("withdraw", *SAID, "--study", built.root))
        assert (code, name) == (3, "withdraw-no-code")
        assert told(message, [B]) == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([B, *SAID], "withdraw-argument"),
        ([*SAID, "--code", B], "withdraw-argument"),
        ([*SAID, f"--code={B}"], "withdraw-argument"),
        ([*SAID, "-c", B], "withdraw-argument"),
        ([*SAID, f"--{B}"], "withdraw-argument"),
        ([*SAID, f"--all={B}"], "the history of this shell has it now"),
        ([*SAID, "--episode", B], "withdraw-episode"),
        ([*SAID[2:]], "withdraw-unsaid"),
        ([*SAID[:4]], "withdraw-unsaid"),
        (["--from", B, *SAID[2:]], "withdraw-word"),
        ([*SAID[:2], "--reason", B, *SAID[4:]], "withdraw-word"),
        ([*SAID[:4], "--who", B], "withdraw-who"),
        ([*SAID, "--older", B], "withdraw-older"),
        ([*SAID, "--finish"], "withdraw-finish"),
    ],
)
@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
def test_a_code_in_the_wrong_place_and_what_was_not_said_are_refused_before_anything_is_asked(
    built, monkeypatch, arguments, code, as_json
):
    monkeypatch.setattr(sys, "stdin", None)
    before = written_below(built.root)
    answer = run("withdraw", *arguments, "--study", built.root, *["--json"] * as_json)
    assert (answer.code, answer.out) == (2, "")
    assert code in answer.err
    assert told(answer.err, [B]) == []
    assert written_below(built.root) == before


@pytest.mark.parametrize(
    ("given", "unsaid"),
    [
        (SAID[2:], "out of what the person is taken (--from)"),
        (SAID[:4], "who decided (--who)"),
        (SAID[:2], "why (--reason), who decided (--who)"),
    ],
)
def test_only_what_was_not_said_of_a_withdrawal_is_asked_for(built, given, unsaid):
    answer = error(run("withdraw", *given, "--study", built.root))
    assert answer[:3] == (2, "withdraw-unsaid", f"This must be said, and is not: {unsaid}.")


@pytest.mark.parametrize("given", [[B], ["--code", B]], ids=["alone", "to an option that there is not"])
def test_a_code_given_as_an_argument_is_told_to_be_in_the_shells_history(built, given):
    code, name, message, remedy = error(run("withdraw", *given, *SAID, "--study", built.root))
    assert (code, name) == (2, "withdraw-argument")
    assert "codes come by the prompt or a pipe alone, and the history of this shell has it now" in message
    assert told(message + remedy, [B]) == []


def test_a_code_that_nobody_has_and_one_that_is_none_are_told_without_being_repeated(built, monkeypatch):
    for text, code in (("NY0801", "withdraw-nobody"), ("Kalle Kanarie", "withdraw-code-unreadable")):
        typed(monkeypatch, text)
        exit_code, name, message, remedy = error(run("withdraw", *SAID, "--study", built.root))
        assert (exit_code, name) == (3, code)
        assert told(message + remedy, [text]) == []
    assert open_panel(built.panel).release == "r0001"


def test_what_is_left_for_people_to_do_is_said():
    left = Withdrew("r0003", False, False, 2, (), ("r0001", "r0002"), ("a-v1", "b-v2"), ("c-v1",), ("granskning.xlsx",))
    assert show_withdrew(left).splitlines() == [
        "2 personer är uttagna, med alla sina insatsperioder.",
        "Gällande version är redan gjord utan personen: r0003.",
        "Äldre versioner som är omskrivna utan personen: r0001, r0002.",
        "",
        "Kvar att göra:",
        "  - Återkalla utdragen a-v1, b-v2: personen finns i dem.",
        "  - Återkalla också c-v1, eller ta reda på om personen finns där: versionen som de är gjorda av finns inte "
        "kvar.",
        "  - Arbetsböckerna i owner/outbox gjordes när personen var med. Gör nya (sigpanel check, sigpanel review): "
        "granskning.xlsx.",
        "  - Säkerhetskopior av äldre versioner, och kopior hos forskare, nås inte härifrån: radera dem.",
    ]
