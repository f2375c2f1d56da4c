"""Every command as JSON: what a program reads of its answer, and of an error."""

import json
import re

import pytest

from sigpanel.contracts.tables import vocabulary
from sigpanel.panel import open_panel
from sigpanel.synth.faults import write_faulty
from tests.cli.running import run, some_episode


def test_trace_of_an_episode_alone_tells_whose_it_is_and_why_without_a_code(built):
    panel = open_panel(built.panel)
    link = panel.links.filter(decision="linked").sort("episode_b").collect().row(0, named=True)
    person, no = panel.episodes.filter(episode_id=link["episode_b"]).select("person_id", "episode_no").collect().row(0)
    answer = run("trace", link["episode_b"], "--study", built.root)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines()[0] == f"person {person}, episode {no}"
    assert (
        f"linked: episode {link['episode_a']} of person {person} ({link['kind']})\n"
        "  The very same code\n"
        f"  {link['class']}: "
    ) in answer.out
    assert not re.search(r"\b\w{2}\d{4}\b", answer.out)


def test_trace_of_somebody_of_the_cohort_who_cannot_be_linked_says_why(built):
    cohort = open_panel(built.panel).cohort.filter(status="not_linkable").sort("episode_id").collect()
    episode, rule = cohort.select("episode_id", "rule").row(0)
    lines = run("trace", episode, "--study", built.root).out.splitlines()
    said = {term.token: term.en for term in vocabulary("cohort_rule")}[rule]
    assert f"It cannot be linked to any other episode ({rule}): {said}." in lines
    assert "No other episode came into question." not in lines


@pytest.mark.parametrize(
    ("arguments", "has"),
    [
        (["check", "{submissions}"], {"workbooks", "grid", "bortfall"}),
        (["build", "--study", "{root}"], {"release", "grid", "n_rows", "fates", "persons", "episodes", "resends"}),
        (["trace", "{episode}", "mental_health", "--study", "{root}"], {"answers", "reports", "revisions", "findings"}),
        (["trace", "{episode}", "--study", "{root}"], {"persons", "links", "id_history", "unlinkable"}),
        (["form", "unga", "--year", "2026", "--out", "{folder}"], {"edition", "programme", "year", "status", "file"}),
        (["explain", "row_rejected"], {"name", "severity", "about", "sv", "en", "do_sv", "do_en", "questions"}),
        (["key", "show", "--study", "{root}"], {"key_id"}),
    ],
    ids=lambda given: given[0] if isinstance(given, list) else "",
)
def test_a_command_that_answers_answers_in_json(released, tmp_path, arguments, has):
    places = {"submissions": released.submissions, "root": released.root, "episode": some_episode(released)}
    places["folder"] = tmp_path
    answer = run(*(argument.format(**places) for argument in arguments), "--json")
    assert answer.err == ""
    assert has <= json.loads(answer.out).keys()


def test_a_build_tells_the_same_figures_as_text_and_as_json(released):
    told = json.loads(run("build", "--study", released.root, "--json").out)
    assert (told["release"], told["n_rows"], told["persons"], told["returned"]) == ("r0002", 17, 8, 3)
    assert sum(told["fates"].values()) == told["n_rows"]
    received = [cell for cell in told["grid"] if cell["state"] == "received"]
    assert sorted((cell["reported_year"], cell["district"], cell["n_persons"]) for cell in received) == [
        (2020, "skarpnack", 1), (2022, "farsta", 3), (2023, "farsta", 2), (2023, "rinkeby_kista", 2),
        (2024, "farsta", 1), (2024, "jarva", 3),
    ]  # fmt: skip


def test_a_refused_workbook_stands_in_the_json_of_a_check(tmp_path):
    write_faulty(tmp_path / "fel.xlsx", "missing_question")
    answer = run("check", tmp_path / "fel.xlsx", "--year", "2022", "--json")
    assert answer.code == 3
    assert json.loads(answer.out)["workbooks"] == [
        {
            "file": "fel.xlsx",
            "status": "refused",
            "rule": "headers_differ_from_form",
            "place": "sheet 1, compared with sig-unga-2022: missing Q13",
        }
    ]


def test_an_error_is_json_too_and_goes_to_standard_error(tmp_path):
    answer = run("build", "--study", tmp_path, "--json")
    assert (answer.code, answer.out) == (2, "")
    assert json.loads(answer.err) == {
        "code": "no-study",
        "message": "There is no study here: no sigpanel.toml.",
        "remedy": "Give --study DIR, or make one: `sigpanel init DIR`.",
        "exit_code": 2,
    }
