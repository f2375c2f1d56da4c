"""Consumer contracts: what is needed is promised, before any data is read; and how a release serves."""

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest
import yaml

from sigpanel.contracts import consumers as module
from sigpanel.contracts.consumers import Levels, consumer, names_of_consumers, read_consumer, unpromised
from sigpanel.contracts.described import relied_on
from sigpanel.contracts.sentences import sentences
from sigpanel.contracts.service import completeness, serve
from sigpanel.contracts.tables import contract
from sigpanel.errors import Fault, InputError, UsageError
from sigpanel.forms import districts_listed, forms
from sigpanel.resources import contracts_dir

NAME = "evaluation-followup"


@pytest.fixture
def written(tmp_path):
    """Return a function that writes a changed copy of the contract, and reads it."""

    def write(change):
        raw = yaml.safe_load((contracts_dir() / "consumers" / f"{NAME}.yaml").read_text(encoding="utf-8"))
        change(raw)
        path = tmp_path / f"{NAME}.yaml"
        path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
        return read_consumer(path)

    return write


# --- without data ---


def needs(one):
    return [(broken.where, broken.en) for broken in unpromised(one)]


@pytest.mark.parametrize("name", names_of_consumers())
def test_the_panel_promises_what_each_consumer_needs(name):
    assert unpromised(consumer(name)) == []


def test_a_code_that_is_not_handled_is_found_before_any_data_is_read(written):
    one = written(lambda raw: raw["tables"]["waves"]["stable_housing"].update(values=[1]))
    assert needs(one) == [("waves.stable_housing", "the panel may hold 2, which is not handled")]
    one = written(lambda raw: raw["tables"]["episodes"]["status"]["values"].remove("lost"))
    assert needs(one) == [("episodes.status", "the panel may hold lost, which is not handled")]


def test_a_new_code_of_the_form_reaches_the_consumer_too(monkeypatch):
    monkeypatch.setattr(module, "values_of", lambda _: {"values": (1, 2, 3)})
    assert ("waves.stable_housing", "the panel may hold 3, which is not handled") in needs(consumer(NAME))


def test_a_number_may_not_be_larger_than_is_handled(written):
    one = written(lambda raw: raw["tables"]["waves"]["mental_health"].update(high=9))
    assert needs(one) == [("waves.mental_health", "the panel may hold 1 to 10, which is more than is handled")]


@pytest.mark.parametrize("handled", [{"values": [1, 2]}, {"low": 0, "high": 5}])
def test_of_a_column_of_which_nothing_is_said_not_everything_may_be_left_unhandled(written, handled):
    one = written(lambda raw: raw["tables"]["persons"].update(n_episodes=handled))
    says = "the panel does not say what may stand there, and not everything is handled"
    assert needs(one) == [("persons.n_episodes", says)]


def test_numbers_may_be_handled_one_by_one_and_codes_by_bounds(written):
    def by(**handled):
        return needs(written(lambda raw: raw["tables"]["waves"].update(handled)))

    assert by(mental_health={"values": list(range(1, 11))}, stable_housing={"low": 1, "high": 2}) == []
    assert by(mental_health={"values": list(range(1, 10))}) == [
        ("waves.mental_health", "the panel may hold 1 to 10, which is more than is handled")
    ]
    assert by(stable_housing={"low": 2}) == [("waves.stable_housing", "the panel may hold 1, which is not handled")]


def test_a_variable_that_the_form_in_use_asks_no_more_is_told_before_any_data_is_read(monkeypatch):
    own = forms()
    newest = max((form for form in own.values() if form.programme == "unga"), key=lambda form: form.first_year)
    shorter = replace(
        newest,
        edition="sig-unga-2030",
        first_year=2030,
        questions=tuple(each for each in newest.questions if each.variable != "mental_health"),
    )
    monkeypatch.setattr(module, "forms", lambda: {**own, shorter.edition: shorter})
    assert needs(consumer(NAME)) == [
        ("completeness.health", f"the form that unga has in use asks mental_health, {moment} no more")
        for moment in ("discharge", "enrolment")
    ]


def test_a_table_or_column_that_is_not_there_is_told(written):
    one = written(lambda raw: raw["tables"].update({"wages": {"kronor": {}}, "persons": {"shoe_size": {}}}))
    assert needs(one) == [
        ("persons.shoe_size", "the panel has no such column"),
        ("wages", "the panel has no such table"),
    ]


def test_a_variable_that_is_not_there_is_told_by_its_name_and_its_group(written):
    one = written(lambda raw: raw["completeness"]["groups"]["health"].update(variables=["mental_health", "height"]))
    assert needs(one) == [("completeness.health", "the panel has no variable height")]


def test_what_a_consumer_does_not_ask_for_is_no_level_and_is_not_judged(written):
    def without(*asked):
        return written(lambda raw: [raw.pop(name) for name in asked])

    asked = ("completeness", "coverage", "linkage", "horizon", "timeliness")
    none = without(*asked)
    assert serve(none, tables(), QUALITY, TODAY) == []
    assert (relied_on(none)["thresholds"], relied_on(none)["ceilings"]) == ({}, {})
    for name in asked:
        judged = {one.check.partition(".")[0] for one in serve(without(name), tables(), QUALITY, TODAY)}
        assert judged == {*asked} - {name}
    precise = written(lambda raw: raw["linkage"].pop("decided"))
    assert "linkage.decided" not in {one.check for one in serve(precise, tables(), QUALITY, TODAY)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda raw: raw.update(wishes="many"), "nobody knows wishes"),
        (lambda raw: raw.pop("tables"), "tables is missing"),
        (lambda raw: raw["horizon"].pop("years"), "years is missing"),
        (lambda raw: raw.update(linkage={}), "linkage: decided, precision or both belong here"),
        (lambda raw: raw["coverage"].update(from_year="2022"), "coverage from_year: a whole number"),
        (lambda raw: raw["coverage"].update(warn=0.5), "0 ≤ fail ≤ warn ≤ 1"),
        (lambda raw: raw["completeness"]["groups"]["health"].update(variables=["Height"]), "a name of at most"),
        (lambda raw: raw["tables"]["persons"]["sex"].update(words=["male"]), "nobody knows words"),
        (lambda raw: raw.update(name="another"), "the name is not that of the file"),
        (lambda raw: raw.update(panel="1"), "panel: a whole number of at least 0"),
        (lambda raw: raw.update(version="1"), "version: a version such as"),
        (lambda raw: raw["completeness"].update(least_n=0), "least_n: a whole number of at least 1"),
        (lambda raw: raw["coverage"].update(warn="0.9"), "coverage: a share from 0 to 1"),
        (lambda raw: raw["coverage"].update(warn=float("nan")), "coverage: a share from 0 to 1"),
        (lambda raw: raw["coverage"].update(fail=-0.1), "coverage: a share from 0 to 1"),
        (lambda raw: raw["coverage"].update(warn=True), "coverage: a share from 0 to 1"),
        (lambda raw: raw["timeliness"].update({"from": "02-29"}), "timeliness from: a day such as"),
        (lambda raw: raw["timeliness"].update({"from": "3-1"}), "timeliness from: a day such as"),
        (lambda raw: raw["tables"]["waves"]["mental_health"].update(low="1"), "mental_health: a whole number"),
        (lambda raw: raw["tables"]["waves"]["mental_health"].update(values=[1]), "do not go together"),
        (lambda raw: raw["tables"]["persons"]["sex"].update(values=["male", "male"]), "each once"),
        (lambda raw: raw["tables"]["persons"]["sex"].update(values=[["male"]]), "each once"),
    ],
)
def test_a_contract_that_says_what_nobody_knows_is_refused(written, change, message):
    with pytest.raises(Fault, match=message):
        written(change)


def test_a_contract_for_another_major_of_the_panel_is_not_promised(written):
    one = written(lambda raw: raw.update(panel=2))
    says = f"the panel keeps version {contract().version} of its contract, and 2.x was handled"
    assert needs(one) == [("panel", says)]


def test_a_file_of_somebody_is_a_contract_too_and_its_faults_are_theirs(tmp_path):
    path = tmp_path / f"{NAME}.yaml"
    text = (contracts_dir() / "consumers" / path.name).read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    assert consumer(str(path)) == consumer(NAME)
    path.write_text(text.replace("fail: 0.75", "fail: much"), encoding="utf-8")
    consumer.cache_clear()
    with pytest.raises(InputError, match=f"^{NAME}.yaml, consumer {NAME}, coverage: a share from 0 to 1"):
        consumer(str(path))
    path.unlink()
    with pytest.raises(InputError, match="There is no consumer contract at"):
        consumer(str(path))


def test_who_has_no_contract_is_told_who_has():
    with pytest.raises(UsageError) as caught:
        consumer("neighbour")
    assert NAME in caught.value.remedy


# --- on data ---


def tables(**changed: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """A release in the small: twelve boys of Farsta, enrolled in 2022, and what they answered."""
    episodes = pl.DataFrame(
        [(f"e{at}", "unga", "farsta", dt.date(2022, 3, 1), None) for at in range(12)],
        schema=["episode_id", "programme", "district", "enrolled_on", "discharged_on"], orient="row",
        schema_overrides={"discharged_on": pl.Date},
    ).with_columns(first_reported_year=pl.lit(2022, pl.Int16), last_reported_year=pl.lit(2022, pl.Int16))  # fmt: skip
    reasons = [None] * 6 + ["unknown", "declined", "blank", "invalid", "not_asked", "not_collected"]
    answers = pl.DataFrame(
        [(f"e{at}", "enrolment", "mental_health", reason) for at, reason in enumerate(reasons)],
        schema=["episode_id", "moment", "variable", "missing"], orient="row",
    )  # fmt: skip
    sent = [
        (programme, district, year, "accepted")
        for programme, first in (("unga", 2022), ("vuxna", 2020))
        for year in range(first, 2024)
        for district in sorted(districts_listed(programme, year))
    ]
    of_sent = ["programme", "district", "reported_year", "status"]
    submissions = pl.DataFrame(sent, schema=of_sent, orient="row")
    cohort = pl.DataFrame(
        {
            "status": ["linked", "linked", "not_linkable", "ambiguous"],
            "n_observed_years": pl.Series([5, 6, 4, None], dtype=pl.Int16),
            "n_unobserved_years": pl.Series([0, 0, 2, None], dtype=pl.Int16),
        }
    )
    return {"episodes": episodes, "answers": answers, "submissions": submissions, "cohort": cohort, **changed}


QUALITY = {"levels": {"standard": {"pairs": 40, "precision": {"low": 0.97, "high": 0.99}}}}
TODAY = dt.date(2024, 4, 1)


def verdicts(**changed) -> dict[str, list[tuple]]:
    told: dict[str, list[tuple]] = {}
    for one in serve(consumer(NAME), tables(**changed), QUALITY, TODAY):
        # The small release has answers to one question only.
        if one.mend == "none_asked":
            continue
        told.setdefault(one.check, []).append((one.verdict, one.n, one.value))
    return told


def test_asked_filled_and_answered_are_told_apart():
    told = completeness(tables(), ["mental_health"])
    assert told.select("district", "year", "asked", "filled", "answered").rows() == [
        ("all", 2022, 10, 8, 6),
        ("farsta", 2022, 10, 8, 6),
    ]


def test_a_cell_is_held_against_two_levels():
    assert Levels(warn=0.9, fail=0.5).verdict(0.95) == "kept"
    assert Levels(warn=0.9, fail=0.5).verdict(0.5) == "warned"
    assert Levels(warn=0.9, fail=0.5).verdict(0.49) == "broken"
    assert verdicts()["completeness.health.filled"] == [("warned", 10, 0.8)] * 2
    assert verdicts()["completeness.health.answered"] == [("kept", 10, 0.6)] * 2


def unasked(**changed) -> set[tuple]:
    """What nobody in a release was asked, as broken: variable, moment, programme."""
    told = [one for one in serve(consumer(NAME), tables(**changed), QUALITY, TODAY) if one.mend == "none_asked"]
    assert {(one.verdict, one.n, one.value) for one in told} <= {("broken", 0, 0.0)}
    return {tuple(one.cell.values()) for one in told}


def test_what_a_form_asks_and_nobody_in_the_release_was_asked_is_broken():
    answers, sent = tables()["answers"], tables()["submissions"]
    asked = ("mental_health", "enrolment", "unga")
    assert asked not in unasked()
    assert ("mental_health", "discharge", "unga") in unasked()
    assert asked in unasked(answers=answers.clear())
    assert asked in unasked(answers=answers.with_columns(missing=pl.lit("not_collected")))
    # Of a programme that never reported, coverage tells.
    assert {programme for *_, programme in unasked(submissions=sent.filter(programme="vuxna"))} == {"vuxna"}


def test_an_episode_without_a_date_is_counted_in_the_year_of_its_report():
    undated = tables()["episodes"].with_columns(
        enrolled_on=pl.lit(None, pl.Date), first_reported_year=pl.lit(2023, pl.Int16)
    )
    told = completeness(tables(episodes=undated), ["mental_health"])
    assert told.select("district", "year", "asked").rows() == [("all", 2023, 10), ("farsta", 2023, 10)]


def test_too_few_are_not_judged():
    few = tables()["answers"].head(9)
    assert verdicts(answers=few)["completeness.health.filled"] == [("too_few", 9, None)] * 2


def test_a_district_that_did_not_report_is_missed():
    sent = tables()["submissions"]
    assert {verdict for verdict, *_ in verdicts()["coverage"]} == {"kept"}
    without = sent.filter(~((pl.col("district") == "farsta") & (pl.col("reported_year") == 2023)))
    told = [(verdict, n) for verdict, n, _ in verdicts(submissions=without)["coverage"] if verdict != "kept"]
    assert told == [("warned", len(districts_listed("unga", 2023))), ("warned", len(districts_listed("vuxna", 2023)))]
    nobody = verdicts(submissions=sent.filter(programme="unga"))["coverage"]
    assert [one for one in nobody if one[0] == "broken"] == [("broken", len(districts_listed("vuxna", year)), 0.0)
                                                             for year in range(2020, 2024)]  # fmt: skip


def missed(one, submissions, today=TODAY):
    """The years of SIG unga of which nobody sent anything, as coverage tells them."""
    told = serve(one, tables(submissions=submissions), QUALITY, today)
    return [each.cell["year"] for each in told if each.check == "coverage" and each.cell["programme"] == "unga"
            and (each.verdict, each.value, each.n > 0) == ("broken", 0.0, True)]  # fmt: skip


def test_a_year_of_which_nobody_sent_anything_is_missed(written):
    sent, one = tables()["submissions"], consumer(NAME)
    assert missed(one, sent) == []
    assert missed(one, sent.filter(pl.col("reported_year") != 2022)) == [2022]
    assert missed(one, sent, dt.date(2026, 2, 28)) == [2024]
    assert missed(one, sent, dt.date(2026, 3, 1)) == [2024, 2025]
    assert missed(one, sent.clear()) == [2022, 2023]
    # A later year that came before it was due is judged with the gap before it.
    assert missed(one, pl.concat([sent, sent.head(1).with_columns(reported_year=pl.lit(2025, pl.Int64))])) == [2024]
    since = written(lambda raw: raw["coverage"].update(from_year=2023))
    assert missed(since, sent.clear()) == [2023]
    undated = written(lambda raw: raw.pop("timeliness"))
    assert missed(undated, sent, dt.date(2026, 3, 1)) == []


def test_what_would_mend_a_share_is_told_by_what_lacks():
    def mends(reasons, district="farsta", came="farsta", year=2022):
        answers = pl.DataFrame(
            [(f"e{at}", "enrolment", "mental_health", reason) for at, reason in enumerate(reasons)],
            schema=["episode_id", "moment", "variable", "missing"], orient="row",
        )  # fmt: skip
        sent = tables()["submissions"].filter(pl.col("district") == came)
        episodes = tables()["episodes"].with_columns(district=pl.lit(district), enrolled_on=pl.date(year, 3, 1))
        told = serve(consumer(NAME), tables(answers=answers, submissions=sent, episodes=episodes), QUALITY, TODAY)
        return {(one.check.rpartition(".")[2], one.cell["district"]): one.mend for one in told
                if one.check.startswith("completeness") and one.mend != "none_asked"}  # fmt: skip

    coded, empty = [None] * 2 + ["unknown"] * 8 + ["blank"] * 2, [None] * 2 + ["unknown"] + ["blank"] * 9
    assert mends(coded) == {
        ("filled", "all"): "filled", ("answered", "all"): "answered",
        ("filled", "farsta"): "filled", ("answered", "farsta"): "answered",
    }  # fmt: skip
    assert mends(empty)["answered", "farsta"] == "filled"
    # What the district reports of its persons in other years is no sign that it sent that year's workbook.
    assert mends(coded, "skarpnack")["answered", "skarpnack"] == "not_sent"
    assert mends(empty, "skarpnack")["filled", "skarpnack"] == "not_sent"
    # A merged district sent what those before it sent; and nothing is missed of a year that no form was for.
    assert mends(empty, "jarva", came="rinkeby_kista")["filled", "jarva"] == "filled"
    assert mends(empty, "jarva")["filled", "jarva"] == "not_sent"
    assert mends(coded, "skarpnack", year=2021)["answered", "skarpnack"] == "answered"


def test_every_mend_has_its_words():
    told = serve(consumer(NAME), tables(), QUALITY, TODAY)
    assert {one.mend for one in told if one.mend} <= sentences().asked_mend.keys()


def test_the_cohort_is_decided_and_followed_as_far_as_it_is():
    assert verdicts()["linkage.decided"] == [("broken", 4, 0.75)]
    assert verdicts()["horizon"] == [("warned", 4, 0.5)]
    assert verdicts(cohort=tables()["cohort"].clear())["horizon"] == [("broken", 0, None)]


def test_precision_is_held_at_the_low_end_of_its_range():
    assert verdicts()["linkage.precision"] == [("kept", 40, 0.97)]


@pytest.mark.parametrize(
    ("today", "verdict"),
    [
        (dt.date(2024, 2, 29), "kept"),
        (dt.date(2024, 3, 1), "kept"),
        (dt.date(2025, 2, 28), "kept"),
        (dt.date(2025, 3, 1), "broken"),
    ],
)
def test_from_the_first_of_march_on_the_year_before_is_due(today, verdict):
    [one] = [each for each in serve(consumer(NAME), tables(), QUALITY, today) if each.check == "timeliness"]
    assert (one.verdict, one.n, one.value) == (verdict, 1, float(verdict == "kept"))
