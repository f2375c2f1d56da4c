"""Districts over time, programmes, and the descriptions of them that are refused."""

import datetime as dt
import sys

import pytest
import yaml

from sigpanel.errors import Fault
from sigpanel.forms import districts, form, forms, harmonised, programmes

# The package hands out a function of the same name; the module itself is only to be had here.
module = sys.modules["sigpanel.forms.districts"]


def test_eight_districts_run_or_ran_sig():
    assert list(districts()) == [
        "rinkeby_kista", "farsta", "skarpnack", "skarholmen", "spanga_tensta", "hasselby_vallingby",
        "enskede_arsta_vantor", "jarva",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("then", "today"),
    [("rinkeby_kista", "jarva"), ("spanga_tensta", "jarva"), ("jarva", "jarva"), ("farsta", "farsta")],
)
def test_a_district_is_harmonised_to_todays_frame(then, today):
    assert harmonised(then) == today


def test_the_merger_of_july_2023_leaves_no_day_uncovered():
    ended = [district for district in districts().values() if district.valid_to]
    assert {district.token for district in ended} == {"rinkeby_kista", "spanga_tensta"}
    assert {district.valid_to for district in ended} == {dt.date(2023, 7, 1)} == {districts()["jarva"].valid_from}


def test_every_edition_lists_the_districts_that_exist_on_the_first_day_of_its_first_year():
    for edition in forms().values():
        first_day = dt.date(edition.first_year, 1, 1)
        listed = {code.token for code in edition.by_key["district", "enrolment"].answer.codes}
        assert listed == {
            district.token
            for district in districts().values()
            if district.valid_from <= first_day and (district.valid_to is None or first_day < district.valid_to)
        }


def test_labels_of_districts_come_from_one_place():
    for code in form("sig-unga-2024").by_key["district", "enrolment"].answer.codes:
        assert (code.sv, code.en) == (districts()[code.token].sv, districts()[code.token].en)


def test_programmes_are_watched_from_their_first_reporting_year():
    watched = {token: programme.observed_from for token, programme in programmes().items()}
    assert watched == {"unga": dt.date(2022, 1, 1), "vuxna": dt.date(2020, 1, 1), "pilot": dt.date(2013, 1, 1)}


def described(token, **more):
    return {"token": token, "sv": token, "en": token, "valid_from": dt.date(2007, 1, 1), **more}


ENDS = {"valid_to": dt.date(2023, 7, 1)}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        pytest.param([described("a", colour="red")], "a district has unknown or missing keys", id="unknown key"),
        pytest.param([{"token": "a"}], "a district has unknown or missing keys", id="missing key"),
        pytest.param([described("a", **ENDS)], "a district has unknown or missing keys", id="end without successor"),
        pytest.param([described("a"), described("a")], "a token stands twice", id="twice"),
        pytest.param(
            [described("a", **ENDS, successor="b")], "a has no successor from the day it ends", id="successor unknown"
        ),
        pytest.param(
            [described("a", **ENDS, successor="b"), described("b")],
            "a has no successor from the day it ends",
            id="successor from another day",
        ),
    ],
)
def test_districts_are_refused_for(monkeypatch, tmp_path, rows, message):
    (tmp_path / "districts.yaml").write_text(yaml.safe_dump({"districts": rows}), encoding="utf-8")
    monkeypatch.setattr(module, "contracts_dir", lambda: tmp_path)
    with pytest.raises(Fault) as caught:
        districts.__wrapped__()
    assert str(caught.value) == f"contracts/districts.yaml: {message}. Mend the file and build again."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rows: {}", "it must hold `programmes` and nothing else"),
        ("programmes: {unga: {sv: a, en: b}}", "unga has unknown or missing keys"),
        (
            "programmes: {unga: {sv: a, en: b, observed_from: 2022-01-01, ages: {low: 1}}}",
            "unga has unknown or missing keys",
        ),
    ],
)
def test_programmes_are_refused_for(monkeypatch, tmp_path, text, message):
    (tmp_path / "programmes.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(module, "contracts_dir", lambda: tmp_path)
    with pytest.raises(Fault) as caught:
        programmes.__wrapped__()
    assert str(caught.value) == f"contracts/programmes.yaml: {message}. Mend the file and build again."
