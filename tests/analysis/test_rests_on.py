"""What a follow-up rests on, and of how many persons that may be told."""

import datetime as dt

import sigpanel
from sigpanel.analysis.coverage import rests_on
from sigpanel.analysis.followup import followup_table
from tests.analysis.frames import golden_extract, golden_panel
from tests.analysis.spelt import A, panel


def test_every_result_can_say_what_it_rests_on():
    [reports] = rests_on(golden_panel(), protect=False).to_dicts()
    assert (reports["programme"], reports["from_on"], reports["persons"]) == ("unga", dt.date(2022, 1, 1), 160)
    [register] = rests_on(golden_extract(), "suspicion", protect=False).to_dicts()
    assert (register["lag_months"], register["persons"], register["not_searched"]) == (6, 143, 17)
    assert register["until_on"] == dt.date(2025, 6, 30)


def test_between_the_pilot_and_the_yearly_reports_nobody_would_have_told_of_a_return():
    pilot = rests_on(sigpanel.demo_panel()).filter(programme="pilot").select("from_on", "until_on", "persons")
    assert pilot.rows() == [
        (dt.date(2013, 1, 1), dt.date(2016, 12, 31), 125),
        (dt.date(2020, 1, 1), dt.date(2029, 12, 31), 125),
    ]
    assert rests_on(sigpanel.demo_panel(), "discharge").filter(programme="pilot").height == 1


def test_of_how_many_it_is_is_rounded_and_hidden_where_they_are_few():
    [reports] = rests_on(golden_panel()).to_dicts()
    assert (reports["persons"], reports["not_searched"]) == (160, 0)
    [register] = rests_on(golden_extract(), "suspicion").to_dicts()
    assert (register["persons"], register["not_searched"]) == (145, 15)
    [few] = rests_on(panel(A)).to_dicts()
    assert few["persons"] is None
    source = golden_extract()
    source.frames["searched"] = source.frames["searched"].head(4)
    [few] = rests_on(source, "suspicion").to_dicts()
    assert (few["persons"], few["not_searched"]) == (None, None)


def test_followup_and_what_it_rests_on_hide_by_the_threshold_of_the_study():
    source = golden_panel()
    source.threshold = 170
    assert followup_table(source).disclosure.threshold == 170
    assert rests_on(source)["persons"].to_list() == [None]
