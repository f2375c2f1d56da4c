"""Every refusal stands in docs/refusals.md, as the program says it, and each ends with what to do."""

import os
from pathlib import Path

from tests.support.refusals import as_page, refusals

PAGE = Path(__file__).resolve().parents[1] / "docs" / "refusals.md"
BEGINS = "| code |"


def test_the_page_lists_every_refusal_as_the_program_says_it():
    text = PAGE.read_text(encoding="utf-8")
    head = text[: text.index(BEGINS)]
    if os.environ.get("SIGPANEL_WRITE_DOCS"):
        PAGE.write_text(f"{head}{as_page(refusals())}\n", encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == f"{head}{as_page(refusals())}\n"


def test_all_are_found_also_those_whose_code_is_given_by_a_caller():
    codes = {each.code for each in refusals()}
    assert len(codes) > 300
    assert {"approval-expired", "key-missing", "withdraw-ambiguous", "cells-differ-by-few"} <= codes
    # Given to `hold_days`, and to the reader of deliveries.
    assert {"horizon-no-time", "width-no-time", "buffer-of-nothing"} <= codes


def test_a_refusal_says_something_or_what_to_do():
    # What is said through two functions is told by the row of the first.
    told = {each.code for each in refusals() if each.says.strip(" …/") or each.remedy.strip(" …/")}
    assert {each.code for each in refusals()} - told == set()
