"""The page on how a release serves a consumer: what is asked, what is not enough, what would mend it; in Swedish."""

import datetime as dt
import re

import pytest

from sigpanel.contracts.consumers import Broken, Levels, consumer
from sigpanel.contracts.service import Verdict
from sigpanel.report.consumer import consumer_page
from tests.cli.running import run

NAME = "evaluation-followup"
LEVELS = Levels(0.95, 0.8)
CELL = {"variable": "mental_health", "moment": "discharge", "programme": "unga", "district": "all", "year": 2022}


def page(*verdicts: Verdict, unpromised: tuple[Broken, ...] = ()) -> str:
    """The page as words."""
    text = consumer_page(consumer(NAME), unpromised, verdicts, "r0007", dt.date(2026, 3, 1))
    assert "http" not in re.sub(r'http-equiv="Content-Security-Policy"', "", text)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def verdict(check: str, word: str, value: float | None, cell: dict | None = None) -> Verdict:
    return Verdict(check, word, cell or {}, 20, value, LEVELS, check.rpartition(".")[2])


def test_where_all_is_enough_it_says_so():
    told = page(verdict("coverage", "kept", 1.0, {"programme": "unga", "year": 2022}))
    assert "Räcker panelen för utvärderingens uppföljning?" in told
    assert "Ja. Allt som begärs räcker" in told
    assert "Varnas under" not in told


def test_what_is_not_enough_is_told_by_its_place_its_share_and_what_would_mend_it():
    told = page(
        verdict("completeness.health.filled", "broken", 0.75, CELL),
        verdict("completeness.health.filled", "broken", 0.5, CELL | {"district": "farsta"}),
        verdict("completeness.health.filled", "warned", 0.9, CELL | {"year": 2023}),
        verdict("completeness.health.filled", "too_few", None, CELL | {"year": 2024}),
    )
    assert "Nej. 2 av det som begärs räcker inte, och 1 är nära." in told
    assert "Hälsa: besvarat på något sätt, av dem som frågan gällde" in told
    assert "Be stadsdelen om svaren i de celler som sigpanel check pekar ut" in told
    worst = "Egenupplevd psykisk hälsa (1-10), Vid utskrivning, SIG unga, Farsta, 2022 20 50,0 % 80 % 95 %"
    other = "Egenupplevd psykisk hälsa (1-10), Vid utskrivning, SIG unga, alla stadsdelar, 2022 20 75,0 %"
    assert 0 < told.index(worst) < told.index(other)
    assert "2024" not in told


def test_what_is_not_promised_is_told_and_nothing_else():
    told = page(unpromised=(Broken("episodes.status", "the panel may hold gone", "panelen kan innehålla gone"),))
    assert "Nej. Panelen lovar inte det som behövs" in told
    assert "episodes.status : panelen kan innehålla gone" in told
    assert "Vad som begärs" not in told


def test_verify_writes_a_page_on_each_consumer_where_it_is_told_to(built, tmp_path):
    answer = run("verify", "--study", built.root, "--consumer", NAME, "--page", tmp_path / "pages")
    path = tmp_path / "pages" / f"konsument-{NAME}-r0001.html"
    assert answer.out.splitlines()[-1] == f"Page: {path}"
    assert "Utgåva r0001, den 20" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(("words", "code"), [((), "page-of-no-consumer"), (("--consumer", NAME), "page-not-written")])
def test_a_page_that_cannot_be_written_is_told(built, tmp_path, words, code):
    (tmp_path / "taken").write_text("")
    answer = run("verify", "--study", built.root, "--page", tmp_path / "taken", *words)
    assert f"[{code}]" in answer.err


# --- nothing of few ---


@pytest.mark.parametrize(
    ("n", "value", "told"),
    [
        (20, 0.75, "20 75,0 %"),
        (22, 17 / 22, "20 75,0 %"),
        (22, 18 / 22, "20 dold"),  # four without an answer
        (22, 4 / 22, "20 dold"),  # four with one
        (22, 0.0, "20 dold"),
        (23, 13 / 23, "25 60,0 %"),
        (4, 0.5, "dold dold"),
    ],
)
def test_how_many_were_asked_is_rounded_and_a_share_is_hidden_where_either_part_is_small(n, value, told):
    text = page(Verdict("completeness.health.filled", "broken", CELL, n, round(value, 4), LEVELS, "filled"))
    assert f"alla stadsdelar, 2022 {told} 80 %" in text


def test_a_share_of_districts_is_nobodys_and_is_told():
    text = page(Verdict("coverage", "broken", {"programme": "unga", "year": 2022}, 7, 0.4286, LEVELS, "coverage"))
    assert "7 42,9 %" in text
