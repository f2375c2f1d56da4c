"""The cohort's files as pilot episodes: the same from either kind of file, and stopped where two things are said."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sigpanel import key as keys
from sigpanel.errors import InputError
from sigpanel.pipeline.manifest import cohort_digest
from sigpanel.pipeline.pilot import read_pilot
from sigpanel.pipeline.references import compared
from sigpanel.pipeline.settings import CohortSettings
from tests.support.cohort import as_csv, as_xlsx, personal_number

HEADER = (
    "deltagare",
    "uno-kod",
    "personnummer",
    "kön",
    "födelseår",
    "inskriven",
    "avslutad",
    "avslutad_vid_utvärderingen",
)
NUMBER = personal_number(dt.date(1993, 5, 1), 123)
ROWS = (
    ("S1", "AP9301", None, "Man", 1993, dt.date(2014, 3, 1), dt.date(2015, 3, 1), 1),
    ("S2", None, NUMBER, "Man", 1993, dt.date(2014, 4, 1), None, 1),
    ("S3", "BQ9101", None, "Kvinna", 1991, dt.date(2014, 5, 1), None, 0),
)
WRITERS = [(as_csv, "k.csv"), (as_xlsx, "k.xlsx")]


@pytest.fixture(name="key", scope="module")
def _key(tmp_path_factory):
    return keys.create(tmp_path_factory.mktemp("key") / "sig.key")


@pytest.fixture(name="folder")
def _folder(tmp_path):
    (tmp_path / "cohort").mkdir()
    return tmp_path / "cohort"


def stopped(folder, key, said=CohortSettings()) -> InputError:  # noqa: B008
    with pytest.raises(InputError) as caught:
        read_pilot(folder, key, said)
    return caught.value


def test_a_pilot_person_is_an_episode_that_ended_if_a_day_or_the_file_says_so(folder, key):
    as_csv(folder / "k.csv", HEADER, *ROWS)
    pilot = read_pilot(folder, key).sort("enrolled_on")
    shown = pilot.select("uno", "status", "discharged_on", "known_birth_year", "known_months", "unlinkable_by")
    assert shown.rows() == [
        ("AP9301", "closed", dt.date(2015, 3, 1), 1993, None, None),
        (None, "closed", None, 1993, 1 << 4, "no_initials"),
        ("BQ9101", "ongoing", None, 1991, None, None),
    ]


def test_without_files_there_is_nobody_in_the_same_columns(folder, key):
    nobody = read_pilot(folder, key)
    assert nobody.is_empty()
    as_csv(folder / "k.csv", HEADER, *ROWS)
    pilot = read_pilot(folder, key)
    assert {name: pilot.schema[name] for name in nobody.columns} == dict(nobody.schema)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["AP9301", "åx 92-02", None]),
            st.one_of(
                st.none(),
                st.builds(personal_number, st.dates(dt.date(1985, 1, 1), dt.date(1998, 1, 1)), st.integers(0, 999)),
            ),
            st.sampled_from(["Annat", None]),
            st.none(),
            st.one_of(st.none(), st.dates(dt.date(2013, 1, 1), dt.date(2016, 12, 31))),
            st.one_of(st.none(), st.dates(dt.date(2016, 12, 31), dt.date(2018, 12, 31))),
            st.sampled_from([0, 1, None]),
        ),
        min_size=1,
        max_size=8,
    ).filter(lambda people: len({number for _, number, *_ in people if number}) == sum(bool(one[1]) for one in people))
)
def test_both_kinds_of_file_give_the_same_pilot_in_any_order_of_rows(tmp_path_factory, key, people):
    rows = [(f"S{no:02}", *person) for no, person in enumerate(people)]
    let_be = CohortSettings(may_be_unreadable=frozenset({"uno"}))  # a code may differ from the number here
    made = []
    for turn, (write, file) in enumerate(WRITERS):
        folder = tmp_path_factory.mktemp("files")
        write(folder / file, HEADER, *(reversed(rows) if turn else rows))
        made.append(read_pilot(folder, key, let_be))
    assert made[0].equals(made[1])


# --- lists of identities ----------------------------------------------------------------------------------------------

PLAIN = ("deltagare", "kön", "födelseår", "inskriven", "avslutad")
PERSONS = (("S1", "Man", 1993, "2014-03-01", None), ("S2", "Man", 1991, "2014-04-01", None))


@pytest.mark.parametrize(("write", "file"), [(as_csv, "n.csv"), (as_xlsx, "n.xlsx")])
def test_a_list_of_identities_says_whom_a_study_id_is(folder, key, write, file):
    as_csv(folder / "k.csv", PLAIN, *PERSONS)
    write(
        folder / file,
        ("deltagare", "uno-kod", "personnummer", "initialer"),
        ("S2", "BQ9101", None, None),
        ("S1", None, NUMBER, "AP"),
    )
    pilot = read_pilot(folder, key).sort("enrolled_on")
    assert pilot.select("uno", "known_months").rows() == [("AP9301", 1 << 4), ("BQ9101", None)]


@pytest.mark.parametrize("written", ["s1", " S 1", "s\u00a01 ", "S1"])
def test_case_and_blanks_in_a_list_of_identities_tell_no_study_ids_apart(folder, key, written):
    as_csv(folder / "k.csv", PLAIN, *PERSONS)
    as_csv(folder / "n.csv", ("deltagare", "uno-kod"), ("S1", "AP9301"))
    plain = read_pilot(folder, key)
    as_csv(folder / "n.csv", ("deltagare", "uno-kod"), (written, "AP9301"))
    assert read_pilot(folder, key).equals(plain)


def test_two_codes_of_one_study_id_that_is_written_in_two_ways_stop(folder, key):
    as_csv(folder / "k.csv", PLAIN, *PERSONS)
    as_csv(folder / "n.csv", ("deltagare", "uno-kod"), ("s1", "AP9301"), ("S 1", "BQ9301"))
    error = stopped(folder, key)
    assert (error.code, [line.strip() for line in error.message.splitlines()[1:]]) == (
        "cohort-differs",
        ["n.csv: uno in row 2", "n.csv: uno in row 3"],
    )


def test_a_study_id_of_the_list_that_fits_two_persons_but_for_case_stops(folder, key):
    as_csv(folder / "k.csv", PLAIN, PERSONS[0], ("s 1", *PERSONS[1][1:]))
    as_csv(folder / "n.csv", ("deltagare", "uno-kod"), ("S1", "AP9301"))
    assert stopped(folder, key).code == "cohort-study-ids"


def test_who_is_not_in_the_list_stays_and_is_not_linkable(folder, key):
    as_csv(folder / "k.csv", PLAIN, *PERSONS)
    as_csv(folder / "n.csv", ("deltagare", "uno-kod"), ("S2", "BQ9101"))
    assert read_pilot(folder, key).sort("enrolled_on")["unlinkable_by"].to_list() == ["no_code", None]


def test_a_number_in_the_list_stands_for_sex_and_birth_year(folder, key):
    as_csv(folder / "k.csv", *((row[0], *row[3:]) for row in (PLAIN, PERSONS[0])))
    as_csv(folder / "n.csv", ("deltagare", "personnummer"), ("S1", NUMBER))
    assert read_pilot(folder, key).select("sex", "known_birth_year").rows() == [("male", 1993)]


@pytest.mark.parametrize(
    ("files", "code", "places"),
    [
        (
            {"n.csv": [("S1", "AP9301"), ("S2", "BQ9101"), ("S1", "AP9302")]}, "cohort-differs",
            ["n.csv: uno in row 2", "n.csv: uno in row 4"],
        ),
        (
            {"m.csv": [("S1", "AP9301")], "n.csv": [("S1", "AX9301")]}, "cohort-differs",
            ["m.csv: uno in row 2", "n.csv: uno in row 2"],
        ),
        ({"n.csv": [("S1", "AP9301"), ("S9", "BQ9101")]}, "cohort-strangers", ["n.csv: study_id in row 3"]),
        ({"n.csv": [("", "AP9301")]}, "cohort-study-ids", ["n.csv: study_id in row 2"]),
    ],
)  # fmt: skip
def test_a_list_that_contradicts_stops_by_file_row_and_column(folder, key, files, code, places):
    as_csv(folder / "k.csv", PLAIN, *PERSONS)
    for name, rows in files.items():
        as_csv(folder / name, ("deltagare", "uno-kod"), *rows)
    error = stopped(folder, key)
    assert error.code == code
    assert [line.strip() for line in error.message.splitlines()[1:]] == places


def test_a_list_without_persons_is_no_cohort(folder, key):
    as_csv(folder / "n.csv", ("deltagare", "uno-kod"), ("S1", "AP9301"))
    assert stopped(folder, key).message.endswith("there is no column for enrolled_on.")


def test_persons_whom_nothing_identifies_are_no_cohort_to_link(folder, key):
    as_csv(folder / "k.csv", PLAIN, *PERSONS)
    assert stopped(folder, key).message.endswith("there is no column for uno or personal_number.")


def test_personal_numbers_are_no_study_ids(folder, key):
    as_csv(folder / "k.csv", HEADER, ROWS[0], (f"{NUMBER[2:8]}-{NUMBER[8:]}", *ROWS[1][1:]))
    error = stopped(folder, key)
    assert error.code == "cohort-study-id-is-personal-number"
    assert error.message.splitlines()[1:] == ["  k.csv: study_id in row 3"]


def test_two_study_ids_that_differ_in_case_or_blanks_alone_are_one_person_typed_twice(folder, key):
    as_csv(folder / "k.csv", HEADER, *(("Å-1", *ROWS[0][1:]), ("A\u030a-1", *ROWS[2][1:])))
    as_csv(folder / "l.csv", HEADER, *((name, *ROWS[2][1:]) for name in ("S 1", "S\u00a01", "s1", "S 2")))
    error = stopped(folder, key)
    assert error.code == "cohort-study-ids"
    assert [line.strip() for line in error.message.splitlines()[1:]] == [
        "k.csv: study_id in row 2",
        "k.csv: study_id in row 3",
        "l.csv: study_id in row 2",
        "l.csv: study_id in row 3",
        "l.csv: study_id in row 4",
    ]


def test_one_personal_number_under_two_study_ids_stops_by_both_rows_and_tells_nothing_of_it(folder, key):
    as_csv(folder / "k.csv", HEADER, *ROWS, ("S4", None, NUMBER, "Man", 1993, dt.date(2015, 4, 1), None, 1))
    refusal = stopped(folder, key)
    assert refusal.code == "cohort-person-twice"
    assert "k.csv: personal_number in row 3" in refusal.message
    assert "k.csv: personal_number in row 5" in refusal.message
    assert NUMBER[-4:] not in refusal.message


def test_a_list_may_write_a_study_id_with_other_blanks(folder, key):
    as_csv(folder / "k.csv", PLAIN, ("Å 1", *PERSONS[0][1:]))
    as_csv(folder / "n.csv", ("deltagare", "uno-kod"), ("A\u030a\u00a01", "AP9301"))
    assert read_pilot(folder, key)["uno"].to_list() == ["AP9301"]


# --- files that are none ----------------------------------------------------------------------------------------------


def put(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        as_csv(path, HEADER, *ROWS)


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ([".k.csv"], [".k.csv"]),
        (["~$k.csv"], ["~$k.csv"]),
        (["k.csv", ".l.csv"], [".l.csv"]),
        (["k.csv", "~$l.csv"], ["~$l.csv"]),
        (["k.csv", ".k.csv.icloud"], [".k.csv.icloud"]),
        ([".gammalt/k.csv"], [".gammalt/k.csv"]),
        (["k.csv", "b.docx", "a.txt"], ["a.txt", "b.docx"]),
    ],
)
def test_what_is_there_and_is_no_file_of_the_cohort_stops_by_name(folder, key, files, told):
    put(folder, *files)
    error = stopped(folder, key)
    assert error.code == "cohort-not-a-table"
    assert [line.strip() for line in error.message.splitlines()[1:]] == told


@pytest.mark.parametrize("file", [".DS_Store", "Thumbs.db", "~$k.csv", "._k.csv", ".~lock.k.csv#", "tom/Desktop.ini"])
def test_what_systems_leave_beside_a_file_is_passed_over(folder, key, file):
    put(folder, "k.csv", file)
    assert read_pilot(folder, key).height == len(ROWS)


def test_a_folder_that_is_called_like_a_table_is_none(folder, key):
    (folder / "k.csv").mkdir()
    assert stopped(folder, key).code == "cohort-not-a-table"
    put(folder, "k.csv/l.csv")
    assert read_pilot(folder, key).height == len(ROWS)


def test_a_folder_with_nothing_but_a_systems_notes_or_none_at_all_is_no_cohort(folder, key):
    (folder / ".DS_Store").write_bytes(b"\0")
    (folder / "tom").mkdir()
    assert read_pilot(folder, key).is_empty()
    assert read_pilot(folder.with_name("elsewhere"), key).is_empty()


def test_a_file_or_a_link_that_leads_nowhere_in_the_folders_place_is_not_passed_over(folder, key):
    folder.rmdir()
    as_csv(folder, HEADER, *ROWS)
    assert stopped(folder, key).code == "cohort-not-a-folder"
    folder.unlink()
    folder.symlink_to("/nowhere/at/all")
    assert stopped(folder, key).code == "cohort-not-a-folder"


@pytest.mark.parametrize("name", ["cohort.csv", "Cohort.xlsx", "cohort.zip", "COHORT"])
@pytest.mark.parametrize("is_gone", [True, False])
def test_what_is_called_like_the_folder_and_lies_beside_it_is_not_passed_over(folder, key, name, is_gone):
    folder.with_name(name).write_bytes(b"")
    if is_gone:
        folder.rmdir()
    error = stopped(folder, key)
    assert (error.code, error.message.splitlines()[1:]) == ("cohort-beside", [f"  {name}"])


def test_files_without_persons_are_no_cohort_but_are_there(folder, key):
    as_csv(folder / "k.csv", HEADER)
    assert stopped(folder, key).message.endswith("there is no person in them.")


# --- what the manifest tells of the files -----------------------------------------------------------------------------


def test_another_cohort_file_has_another_digest_and_another_way_of_writing_it_has_not(folder, key):
    assert cohort_digest(read_pilot(folder, key), key) is None
    as_csv(folder / "k.csv", HEADER, *ROWS)
    digest = cohort_digest(read_pilot(folder, key), key)
    (folder / "k.csv").unlink()
    as_xlsx(folder / "l.xlsx", HEADER, *reversed(ROWS))
    assert cohort_digest(read_pilot(folder, key), key) == digest
    as_xlsx(folder / "l.xlsx", HEADER, *ROWS[:2], (*ROWS[2][:-1], 1))
    assert cohort_digest(read_pilot(folder, key), key) not in (digest, None)


# --- what cannot be read ----------------------------------------------------------------------------------------------


def test_unreadable_values_are_told_by_place_with_the_line_that_lets_them_be(folder, key):
    as_csv(folder / "k.csv", HEADER, (*ROWS[0][:3], "M", "93", *ROWS[0][5:]), (*ROWS[1][:4], 1990, *ROWS[1][5:]))
    error = stopped(folder, key)
    assert (error.code, error.exit_code) == ("cohort-values", 3)
    assert error.message.splitlines()[1:] == [
        "  k.csv: birth_year in row 2",
        "  k.csv: sex in row 2",
        "  k.csv: birth_year (differs from the personal number) in row 3",
    ]
    assert error.remedy.splitlines()[-2:] == ["[cohort]", 'may_be_unreadable = ["birth_year", "sex"]']
    let_be = CohortSettings(may_be_unreadable=frozenset({"birth_year", "sex"}))
    rules = read_pilot(folder, key, let_be).sort("enrolled_on")["unlinkable_by"].to_list()
    assert rules == ["sex_unreadable", "birth_year_contradicts_number"]


def test_values_that_cannot_be_true_are_told_with_why_and_nothing_is_offered_that_would_let_them_be(folder, key):
    as_csv(
        folder / "k.csv",
        HEADER,
        (*ROWS[0][:4], 1992, dt.date(2015, 3, 1), dt.date(2015, 2, 1), 1),
        (*ROWS[1][:3], "Kvinna", *ROWS[1][4:]),
    )
    error = stopped(folder, key, CohortSettings(may_be_unreadable=frozenset({"sex"})))
    assert (error.code, error.exit_code) == ("cohort-values", 3)
    assert error.message.splitlines()[1:] == [
        "  k.csv: discharged_on (before the enrolment) in row 2",
        "  k.csv: uno (differs from the birth year) in row 2",
        "  k.csv: sex (differs from the personal number) in row 3",
    ]
    assert "may_be_unreadable" not in error.remedy
    as_csv(folder / "k.csv", HEADER, (*ROWS[0][:5], dt.date(2104, 3, 1), *ROWS[0][6:]))
    error = stopped(folder, key)
    assert error.message.splitlines()[1:] == [
        "  k.csv: enrolled_on (a year outside those of contracts/cohort.yaml) in row 2"
    ]
    assert 'may_be_unreadable = ["enrolled_on"]' in error.remedy


def test_of_many_places_some_are_told_and_the_rest_counted(folder, key):
    as_csv(folder / "k.csv", HEADER, *((f"S{no}", None, None, "M", *ROWS[0][4:]) for no in range(50)))
    assert stopped(folder, key).message.splitlines()[-1] == "  and 30 more"


# --- published figures ------------------------------------------------------------------------------------------------


def test_published_figures_stand_beside_ours_and_nothing_is_made_to_fit(folder, key):
    as_csv(folder / "k.csv", (*HEADER, "intervjuad"), *((*row, "ja") for row in ROWS))
    figures = {
        one.name: (one.value, one.tolerance, one.ours, one.is_within) for one in compared(read_pilot(folder, key))
    }
    assert figures == {
        "participants": (125, 5, 3, False),
        "interviewed": (49, 0, 3, False),
        "interviewed_earlier": (30, 0, 3, False),
        "ended": (26, 0, 2, False),
    }


def test_what_the_files_do_not_tell_is_not_compared(folder, key):
    as_csv(folder / "k.csv", HEADER[:-1], *(row[:-1] for row in ROWS))
    untold = [one.name for one in compared(read_pilot(folder, key)) if one.ours is None and one.is_within is None]
    assert untold == ["interviewed", "interviewed_earlier", "ended"]
    assert compared(pl.DataFrame()) == []


@pytest.mark.parametrize(("n", "is_within"), [(119, False), (120, True), (130, True), (131, False)])
def test_about_125_is_within_five(n, is_within):
    none = pl.Series([None] * n, dtype=pl.Boolean)
    assert compared(pl.DataFrame({"ended_at_evaluation": none, "interviewed": none}))[0].is_within is is_within
