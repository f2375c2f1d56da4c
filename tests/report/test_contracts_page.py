"""The page on what became of the rules: counts, meanings and remedies in Swedish; ids, and nothing else of any row."""

import re

import pytest

from sigpanel.contracts.gate import Outcome
from sigpanel.contracts.rules import Rule, rules
from sigpanel.contracts.tables import contract
from sigpanel.panel import open_panel
from sigpanel.pipeline.report import write_reports
from sigpanel.report.contracts import contracts_page

IDS = [f"{letter}{'a2b3' * 6}zz" for letter in "pes"]
PERSON, EPISODE, SUBMISSION = IDS
UNO = "AP0712"


def rule(name: str) -> Rule:
    return next(one for one in rules() if one.id == name)


def page(*broken: Outcome, rows: int = 100) -> str:
    """The page where every rule is kept but these."""
    named = {outcome.rule.id: outcome for outcome in broken}
    return contracts_page([named.get(one.id, Outcome(one, rows, 0)) for one in rules()], "r0007", "1.2.0")


def card(text: str) -> str:
    """The first broken rule's part of the page, as words."""
    return re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", "", re.search(r"<section.*?</section>", text, re.DOTALL)[0]))


def test_where_all_is_kept_it_says_so_and_every_rule_stands_folded():
    text = page()
    assert "<strong>Ja.</strong>" in text
    assert "<section" not in text
    assert text.count("<details>") == 12
    assert all(f"<code>{one.id.partition('.')[2]}</code>" in text for one in rules())
    assert "Utgåva r0007, kontraktets version 1.2.0" in text


def test_a_broken_rule_is_told_with_its_rows_its_meaning_and_what_would_mend_it():
    told = card(page(Outcome(rule("episodes.full_grid"), 1234, 3, ((EPISODE,),) * 3)))
    assert "3 av 1\u202f234 rader (0,2\u00a0%) i episodes bryter mot regeln episodes.full_grid." in told
    assert "En period har ett svar, eller ett skäl, för varje tillfälle och variabel" in told
    assert "n_answers är lika med n_answers_expected." in told
    assert "ett fel i sigpanel, inte i era uppgifter" in told


def test_an_error_stops_the_release_and_a_warning_does_not():
    warning = Outcome(rule("episodes.enrolled_before_discharged"), 100, 2)
    error = Outcome(rule("persons.sex.in_set"), 100, 1)
    assert "Ja, med varningar." in page(warning)
    assert "inskrivnings- och utskrivningsdatum mot akten" in card(page(warning))
    both = page(warning, error)
    assert "Nej." in both
    assert "1 regel som måste hållas är bruten. Utgåvan publiceras inte" in both
    assert re.findall(r"<h2>(.*?)</h2>", both) == ["Fel", "Varningar", "Alla regler"]


def test_a_rule_about_a_whole_table_counts_no_rows():
    told = card(page(Outcome(rule("persons.n_episodes.type"), 100, 1)))
    assert "Tabellen persons som helhet bryter mot regeln persons.n_episodes.type." in told
    assert "1 av 100" not in told


def test_a_rule_about_no_row_is_neither_kept_nor_broken():
    text = page(rows=0)
    of_rows = sum(one.kind not in ("columns", "type", "row_count") for one in rules())
    assert f"<td>{of_rows}</td></tr></tfoot>" in text.replace("\n", "")
    # A table that lacks its rows altogether can still break the rule that there are some.
    assert "persons som helhet" in card(page(Outcome(rule("persons.at_all"), 0, 1), rows=0))


@pytest.mark.parametrize(
    ("name", "keys", "shown"),
    [
        ("episodes.district.in_set", ((PERSON, 2),), [PERSON]),
        ("answers.code.type", ((EPISODE, "enrolment", "mental_health"),), [EPISODE]),
        ("answers.value_without_a_reason", ((EPISODE, "enrolment", "age"), (EPISODE, "discharge", "age")), [EPISODE]),
        ("ledger.fate.in_set", ((SUBMISSION, 17),), [SUBMISSION]),
        ("links.kind.in_set", ((EPISODE, PERSON, "shared_code"),), [f"{EPISODE} / {PERSON}"]),
        ("persons.counts_own_episodes", ((PERSON,),), [PERSON]),
        # What refers to nothing, or is no id, is a value.
        ("answers.person_id.references", ((UNO,), (PERSON,)), []),
        ("persons.sex.in_set", ((UNO,),), []),
        ("persons.counts_own_episodes", ((UNO,), ("<b>",)), []),
        ("availability.status.in_set", (("sig-unga-2022", "age", "enrolment"),), []),
    ],
)
def test_of_a_row_only_ids_are_shown(name, keys, shown):
    text = page(Outcome(rule(name), 100, len(keys), keys))
    assert re.findall(r"<code>([^<]*)</code> (?=<code>|</dd>)", text) == shown
    told = re.search(r"<section.*?</section>", text, re.DOTALL)[0]
    assert UNO not in told
    assert "mental_health" not in told.partition("<dt>Vilka")[2]


def test_the_ids_that_it_knows_are_those_of_a_release(released):
    panel = open_panel(released.panel)
    for name in ("persons", "episodes", "submissions", "cohort", "links"):
        described = contract().tables[name]
        key = panel.table(name).select(described.key).head(3).collect().rows()
        text = page(Outcome(rule(f"{name}.columns"), 100, 1, tuple(key)))
        shown = re.findall(r"<code>([^<]*)</code> (?=<code>|</dd>)", text)
        assert bool(shown) == bool(key)
        assert all(one.split(" / ")[0] in {row[0] for row in key} for one in shown)


def test_it_loads_nothing_and_runs_nothing():
    text = page(Outcome(rule("persons.sex.in_set"), 100, 1, ((PERSON,),)))
    assert "default-src 'none'" in text
    assert not re.search(r"<script|<link|<img|<iframe|\bsrc=|\bhref=|url\(|@import|://", text)


def test_what_is_filled_in_is_escaped():
    assert "<b>" not in contracts_page([Outcome(rule("persons.at_all"), 1, 0)], "<b>", "<b>")


def test_the_pages_are_written_where_researchers_read(released):
    paths = write_reports(released)
    pages = ["kopplingskvalitet-r0001.html", "kontrakt-r0001.html", "personuppgifter.html"]
    assert [path.name for path in paths] == pages
    assert {path.parent for path in paths} == {released.reports}
    assert all("Utgåva r0001" in path.read_text(encoding="utf-8") for path in paths[:2])
