"""Which edition `sigpanel form` writes, and where."""

from dataclasses import replace

import pytest

from sigpanel.errors import InputError, UsageError
from sigpanel.forms import form, forms
from sigpanel.pipeline.blank import choose, write_blank

YEARS = "sig-unga-2022 (2022–2023), sig-unga-2024 (from 2024)"


@pytest.mark.parametrize(
    ("programme", "year", "edition"),
    [
        ("unga", 2022, "sig-unga-2022"),
        ("unga", 2023, "sig-unga-2022"),
        ("unga", 2024, "sig-unga-2024"),
        ("unga", 2031, "sig-unga-2024"),
        ("vuxna", 2020, "sig-vuxna-2020"),
        ("vuxna", 2022, "sig-vuxna-2021"),
        ("unga", None, "sig-unga-2024"),
        ("vuxna", None, "sig-vuxna-2024"),
    ],
)
def test_the_edition_is_the_one_that_covers_the_year_or_the_newest(programme, year, edition):
    assert choose(forms().values(), programme, year).edition == edition


def test_an_edition_can_be_named():
    assert choose(forms().values(), "unga", edition="sig-unga-2022").edition == "sig-unga-2022"
    assert choose(forms().values(), "unga", 2023, "sig-unga-2022").edition == "sig-unga-2022"


TWO = [form("sig-unga-2022"), replace(form("sig-unga-2022"), edition="sig-unga-2023", first_year=2023)]


def test_two_editions_for_one_year_are_both_named_and_one_is_asked_for():
    with pytest.raises(InputError) as caught:
        choose(TWO, "unga", 2023)
    assert (caught.value.code, caught.value.message, caught.value.remedy) == (
        "editions-for-one-year",
        "More than one edition of the form covers that year: sig-unga-2022 (2022–2023), sig-unga-2023 (2023).",
        "Name one with --edition.",
    )
    assert choose(TWO, "unga", 2023, "sig-unga-2023").edition == "sig-unga-2023"


def test_two_newest_editions_are_both_named_too():
    with pytest.raises(InputError, match="More than one edition") as caught:
        choose([replace(form("sig-unga-2022"), edition=name) for name in ("one", "other")], "unga")
    assert caught.value.code == "editions-for-one-year"


@pytest.mark.parametrize(("year", "edition"), [(2021, None), (2024, "sig-unga-2022"), (2023, "sig-unga-2024")])
def test_a_year_that_no_edition_covers_is_answered_with_those_that_are_covered(year, edition):
    with pytest.raises(InputError) as caught:
        choose(forms().values(), "unga", year, edition)
    assert caught.value.code == "no-edition-for-year"
    assert caught.value.remedy.startswith(f"Choose --year and --edition among these: {YEARS}.")


@pytest.mark.parametrize(
    ("programme", "edition", "code", "remedy"),
    [
        ("pilot", None, "programme-without-form", "Name unga, vuxna."),
        ("QX0619", None, "programme-without-form", "Name unga, vuxna."),
        ("unga", "sig-vuxna-2021", "edition-unknown", f"There are: {YEARS}."),
        ("unga", "QX0619", "edition-unknown", f"There are: {YEARS}."),
    ],
)
def test_what_there_is_no_form_for_is_answered_with_what_there_is(programme, edition, code, remedy):
    with pytest.raises(UsageError) as caught:
        choose(forms().values(), programme, edition=edition)
    assert (caught.value.code, caught.value.remedy) == (code, remedy)
    assert "QX0619" not in str(caught.value)


def test_it_is_named_after_programme_and_year_in_a_folder_and_here_by_default(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "utskick").mkdir()
    assert write_blank("unga", 2026).file.resolve() == tmp_path / "SIG-unga-2026.xlsx"
    assert write_blank("vuxna", 2026, out=tmp_path / "utskick").file == tmp_path / "utskick" / "SIG-vuxna-2026.xlsx"
    assert write_blank("unga").file.name == "SIG-unga.xlsx"
    assert {path.name for path in tmp_path.rglob("*.xlsx")} == {
        "SIG-unga-2026.xlsx", "SIG-vuxna-2026.xlsx", "SIG-unga.xlsx",
    }  # fmt: skip


def test_nothing_is_overwritten_unless_asked_for(tmp_path):
    place = tmp_path / "SIG.xlsx"
    place.write_text("mine")
    with pytest.raises(InputError) as caught:
        write_blank("unga", 2026, out=place)
    assert (caught.value.code, place.read_text()) == ("form-exists", "mine")
    write_blank("unga", 2026, out=place, force=True)
    assert place.read_bytes().startswith(b"PK")


@pytest.mark.parametrize("name", ["SIG.xls", "SIG", "SIG.xlsx.pdf"])
def test_it_is_an_excel_workbook_and_named_as_one(tmp_path, name):
    with pytest.raises(UsageError) as caught:
        write_blank("unga", 2026, out=tmp_path / name)
    assert caught.value.code == "form-not-xlsx"
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(InputError) as caught:
        write_blank("unga", 2026, out=tmp_path / "nowhere" / "SIG.xlsx")
    assert caught.value.code == "form-not-written"


def test_the_same_form_is_the_same_bytes_wherever_it_is_written(tmp_path):
    one, other = (write_blank("unga", 2026, out=tmp_path / name).file.read_bytes() for name in ("a.xlsx", "b.xlsx"))
    assert one == other
