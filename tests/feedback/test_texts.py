"""The texts of the feedback: whole, in shape, without a place for what a cell holds, and about rules that exist."""

import re
import string

import pytest
import yaml

from sigpanel.errors import Fault
from sigpanel.feedback import words
from sigpanel.feedback.words import said, texts
from sigpanel.findings import rules
from sigpanel.forms import forms
from sigpanel.resources import contracts_dir

RAW = yaml.safe_load((contracts_dir() / "feedback.yaml").read_text(encoding="utf-8"))
PLACEHOLDERS = {"n", "k", "of", "numbers", "last", "year", "sheet", "programme", "district", "what", "text"}


def all_texts() -> list[str]:
    flat = []
    for entry in RAW.values():
        if isinstance(entry, list):
            continue
        flat += [entry] if isinstance(entry, str) else [text for text in entry.values() if isinstance(text, str)]
    return flat + [text for entry in RAW["rules"].values() for text in entry.values() if isinstance(text, str)]


def test_every_text_is_swedish_prose_without_stray_blanks_or_rule_names():
    for text in all_texts():
        assert not re.search(r"\s{2}|^\s|\s$|[<>|\\]|[a-z]_[a-z]", text), text
        assert {name for _, name, _, _ in string.Formatter().parse(text) if name} <= PLACEHOLDERS, text


def test_a_rule_says_its_own_sentence_unless_another_is_given_here():
    assert said("date_unreadable").text == f"{rules()['date_unreadable'].sv} {rules()['date_unreadable'].do_sv}"
    assert said("number_shown_as_date").settled
    for name, entry in texts().rules.items():
        assert (entry.sv, entry.do_sv) != (rules()[name].sv, rules()[name].do_sv), name


@pytest.mark.parametrize("edition", forms())
def test_999_is_offered_only_where_the_question_knows_it(edition):
    for question in forms()[edition].questions:
        for name in (name for name, rule in rules().items() if rule.scope == "value"):
            assert "999" not in said(name, question).text or 999 in question.answer.missing, (name, question.no)
    assert said("answer_left_blank", forms()[edition].questions[0]).text == "Frågan är obesvarad. Besvara frågan."


def test_no_district_is_spoken_to_of_folders_or_builds():
    told = {name: said(name).text for name, rule in rules().items() if rule.scope != "file" or rule.severity != "error"}
    told = {name: text for name, text in told.items() if name not in texts().not_for_districts}
    assert not {name: text for name, text in told.items() if re.search(r"mapp|bygg|contracts", text)}


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"title": None}, "has an entry of the wrong shape"),
        ({"read": {"one": "1"}}, "has an entry of the wrong shape"),
        ({"rules": {"date_unreadable": {"sv": "Fel."}}}, "has an entry of the wrong shape"),
        ({"rules": {"no_such_rule": {"sv": "Fel.", "do_sv": "Rätta."}}}, "has an entry too many or too few"),
        ({"colour": "grönt"}, "has an entry too many or too few"),
    ],
)
def test_texts_that_lack_something_are_a_fault(tmp_path, monkeypatch, change, what):
    (tmp_path / "feedback.yaml").write_text(yaml.safe_dump(RAW | change), encoding="utf-8")
    monkeypatch.setattr(words, "contracts_dir", lambda: tmp_path)
    with pytest.raises(Fault) as caught:
        texts.__wrapped__()
    assert (caught.value.code, caught.value.message) == ("feedback-texts", f"contracts/feedback.yaml {what}.")
