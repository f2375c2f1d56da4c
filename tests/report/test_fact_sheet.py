"""The fact sheet says what contracts and settings say, leaves blank what only the controller knows, tells of nobody."""

import datetime as dt
import re
from dataclasses import replace

import pytest

from sigpanel.audit import append
from sigpanel.contracts.disclosure import disclosure
from sigpanel.contracts.tables import contract, names
from sigpanel.panel import open_panel
from sigpanel.pipeline.audit_log import extracts_log
from sigpanel.pipeline.fact_sheet import facts
from sigpanel.pipeline.report import write_reports
from sigpanel.pipeline.study import open_study
from sigpanel.report.fact_sheet import FILE, Facts, OfExtract, fact_sheet
from tests.support.study import settle

PLAIN = Facts("r0003", "two", threshold=None, key_id="abcdefghij", years=(2020, 2024), has_cohort=True, extracts=())
EXTRACT = OfExtract("our-study-v1", "i bruk", "2021-03549", "Uppföljning", ("Enheten <A>",), dt.date(2030, 12, 31))


def seen(page):
    """The words of a page, without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.partition("</head>")[2]))


def test_every_table_stands_with_its_kinds_of_columns():
    text = seen(fact_sheet(PLAIN))
    n_ids = sum(column.classification == "pseudonymised" for column in contract().tables["ledger"].columns)
    assert f"ledger {contract().tables['ledger'].sv} {n_ids} " in text
    assert all(f" {name} " in text for name in names())


@pytest.mark.parametrize("name", ["answers", "revisions"])
def test_columns_of_answers_are_of_health_too_where_questions_of_health_are_among_the_rows(name):
    columns = contract().tables[name].columns
    n = {
        kind: sum(column.classification == kind for column in columns)
        for kind in ("pseudonymised", "sensitive_art10", "ordinary")
    }
    n_answers = sum(column.is_answer for column in columns)
    assert n_answers > 0
    row = (
        f"{name} {contract().tables[name].sv} {n['pseudonymised']} {n_answers} {n['sensitive_art10']} {n['ordinary']} "
    )
    assert row in seen(fact_sheet(PLAIN))


def test_it_says_that_a_withdrawal_removes_older_releases_and_whose_the_second_key_is():
    text = seen(fact_sheet(PLAIN))
    assert "utom de som höll en person som tagits ut: de tas bort eller skrivs om av sigpanel withdraw" in text
    assert "den forskningsdataansvarigas nyckel leder" in text
    assert "under det artikel" not in text


def test_thresholds_are_those_of_the_contract_and_of_the_study():
    assert f"Färre än {disclosure().threshold} personer visas inte" in seen(fact_sheet(PLAIN))
    assert "Färre än 10 personer visas inte" in seen(fact_sheet(replace(PLAIN, threshold=10)))


@pytest.mark.parametrize(
    ("roles", "says"),
    [
        ("two", "De två nycklarna är två"),
        ("one", "En och samma person håller båda"),
        (None, "därifrån kan inget utdrag göras"),
    ],
)
def test_it_says_how_many_persons_hold_the_keys(roles, says):
    assert says in seen(fact_sheet(replace(PLAIN, roles=roles)))


def test_extracts_that_somebody_else_made_do_not_contradict_that_no_key_is_set_here():
    text = seen(fact_sheet(replace(PLAIN, roles=None, extracts=(EXTRACT,))))
    assert "Utdragen nedan har gjorts av den som håller nyckeln" in text
    assert "så inget utdrag kan göras" not in text


def test_it_says_as_of_which_release_extracts_are_told():
    assert "Enligt läget när sidorna till utgåva r0003 skrevs." in seen(fact_sheet(PLAIN))


def test_it_tells_of_names_and_numbers_in_the_cohort_and_of_what_goes_back_to_districts():
    text = seen(fact_sheet(PLAIN))
    assert "kan personnummer och namn stå" in text
    assert "personnummer" not in seen(fact_sheet(replace(PLAIN, has_cohort=False)))
    assert "Återkoppling på arbetsböckerna, och granskningslistor, med UNO-koder." in text
    assert "bedömer också" not in text.partition("4 Pseudonymer")[2]
    assert "bedömer också" in text.partition("3 Vilka uppgifter")[0]


def test_what_only_the_controller_knows_is_a_blank_and_no_guess():
    blanks = re.findall('class="fill">Att fylla i: ([^<]*)', fact_sheet(PLAIN))
    assert len(blanks) == 12
    assert any("artikel 6" in blank for blank in blanks)


def test_an_extract_stands_with_its_approval_and_what_is_filled_in_is_escaped():
    page = fact_sheet(replace(PLAIN, extracts=(EXTRACT,)))
    assert "our-study-v1 i bruk 2021-03549 Uppföljning Enheten &lt;A&gt; 2030-12-31" in seen(page)
    assert "Inget utdrag har lämnats ut" not in page


def test_an_extract_whose_approval_is_lost_is_named_all_the_same():
    text = seen(fact_sheet(replace(PLAIN, extracts=(OfExtract("our-study-v1", "avslutat"),))))
    assert "our-study-v1 avslutat framgår inte framgår inte framgår inte" in text


def test_it_loads_nothing():
    page = fact_sheet(PLAIN)
    assert "default-src 'none'" in page
    assert not re.search(r"<script|<link|<img|\bsrc=|\bhref=|url\(|@import|://", page)


# --- of a study -------------------------------------------------------------------------------------------------------


def test_a_study_is_told_by_its_settings_and_its_release(released):
    told = facts(released, open_panel(released.panel))
    assert told == Facts("r0001", None, None, open_panel(released.panel).manifest["key_id"], (2020, 2024), True, ())
    study = settle(released.root, "one_role = true", "[disclosure]", "threshold = 10")
    assert (facts(study, open_panel(study.panel)).roles, facts(study, open_panel(study.panel)).threshold) == ("one", 10)


def test_an_extract_of_the_log_is_told_and_a_log_that_is_not_whole_stops_no_page(released, tmp_path):
    log = extracts_log(released).path
    append(
        log, on=dt.date(2026, 1, 2), event="issued", subject="our-study-v1", digest="0" * 64,
        head_file=tmp_path / "head",
    )  # fmt: skip
    assert facts(released, open_panel(released.panel)).extracts == (OfExtract("our-study-v1", "i bruk"),)
    log.write_bytes(log.read_bytes()[:-9])
    assert facts(released, open_panel(released.panel)).extracts is None
    write_reports(open_study(released.root))
    assert "går inte att läsa" in (released.reports / FILE).read_text(encoding="utf-8")


def test_no_path_stands_on_it(released):
    write_reports(released)
    page = (released.reports / FILE).read_text(encoding="utf-8")
    assert str(released.root) not in page
    assert released.key_file().name not in page
