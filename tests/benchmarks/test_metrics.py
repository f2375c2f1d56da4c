"""What the benchmark of linkage tells of a linkage, on tables small enough to count by hand."""

from pathlib import Path

import polars as pl
import pytest
from _metrics import Pairwise, pairwise, return_rate, shared_codes

from tests.support.reports import lines

ROOT = Path(__file__).resolve().parents[2]


def table(text: str) -> pl.DataFrame:
    """Episodes; `-` is null, dates are dates."""
    rows = [{name: None if said == "-" else said for name, said in row.items()} for row in lines(text)]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String))
    dates = [name for name in frame.columns if name.endswith("_on")]
    years = [name for name in frame.columns if name.endswith("_year")]
    return frame.with_columns(pl.col(dates).str.to_date(), pl.col(years).cast(pl.Int16))


# --- pairs ---


def test_three_episodes_of_one_person_are_three_pairs():
    """Linked: a-b. True: a-b, a-c, b-c. So nothing is wrong, and one of three is found."""
    found = pairwise(
        table("""
            episode_id true_person person_id
            a          1           x
            b          1           x
            c          1           y
        """),
        "person_id",
    )
    assert found == Pairwise(precision=1.0, recall=1 / 3)
    assert found.f1 == pytest.approx(0.5)


def test_a_pair_of_two_persons_is_wrong():
    """Linked: a-b, a-c, b-c, of which only a-b is true; d-e is missed."""
    found = pairwise(
        table("""
            episode_id true_person person_id
            a          1           x
            b          1           x
            c          2           x
            d          3           y
            e          3           z
        """),
        "person_id",
    )
    assert found == Pairwise(precision=1 / 3, recall=1 / 2)
    assert found.f1 == pytest.approx(0.4)


def test_null_ids_are_no_pair():
    found = pairwise(
        table("""
            episode_id true_person person_id
            a          1           -
            b          1           -
        """),
        "person_id",
    )
    assert found == Pairwise(precision=1.0, recall=0.0)
    assert found.f1 == 0.0


def test_where_nobody_came_back_and_nothing_is_linked_all_is_right():
    found = pairwise(
        table("""
            episode_id true_person person_id
            a          1           x
            b          2           y
        """),
        "person_id",
    )
    assert found == Pairwise(1.0, 1.0)
    assert found.f1 == 1.0


# --- persons who are alike ---


def test_persons_of_one_code_are_counted_in_pairs_by_their_first_code_without_an_error():
    """1, 2 and 3 share a code, 1 and 2 the sex too; 4 was given it by an error."""
    shared = shared_codes(
        table("""
            episode_id true_person enrolled_on uno    sex    code_error
            a          1           2022-03-01  AP0712 -      -
            b          1           2023-03-01  AP0712 male   -
            c          2           2022-03-01  AP0712 male   -
            d          3           2022-03-01  AP0712 female -
            e          3           2023-03-01  AW0712 female -
            f          4           2022-03-01  AP0712 male   digit_off
            g          4           2023-03-01  AP0711 male   -
        """)
    )
    assert shared == {"code": 3, "code_and_sex": 1}


# --- return rate ---


def returned(text: str) -> float:
    return return_rate(table(text), "person_id", range(2022, 2025), most_days=14)


def test_who_is_enrolled_again_later_came_back():
    assert returned("""
        episode_id person_id enrolled_on discharged_on last_reported_year
        a          x         2022-03-01  2022-09-01    2022
        b          x         2023-03-01  2023-09-01    2023
        c          y         2022-03-01  2022-09-01    2022
    """) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("again", "came_back"), [("2022-09-01", 0.0), ("2022-09-15", 0.0), ("2022-09-16", 1.0), ("2022-06-01", 0.0)]
)
def test_a_move_and_an_overlap_are_no_return(again, came_back):
    assert (
        returned(f"""
            episode_id person_id enrolled_on discharged_on last_reported_year
            a          x         2022-03-01  2022-09-01    2022
            b          x         {again}     2022-12-31    2022
        """)
        == came_back
    )


def test_an_episode_within_another_does_not_end_it():
    """Back is after all that went before: the second had ended long ago, the first had not."""
    assert (
        returned("""
            episode_id person_id enrolled_on discharged_on last_reported_year
            a          x         2022-03-01  2023-09-01    2023
            b          x         2022-06-01  2022-07-01    2022
            c          x         2023-03-01  2023-12-01    2023
        """)
        == 0.0
    )


def test_an_open_episode_lasts_up_to_its_last_report():
    one = """
        episode_id person_id enrolled_on discharged_on last_reported_year
        a          x         2022-03-01  -             {last}
        b          x         2024-03-01  2024-09-01    2024
    """
    assert returned(one.format(last=2022)) == 1.0
    assert returned(one.format(last=2024)) == 0.0


def test_only_those_first_enrolled_in_the_years_of_the_cohort_count():
    assert returned("""
        episode_id person_id enrolled_on discharged_on last_reported_year
        a          x         2024-03-01  2024-09-01    2024
        b          x         2026-03-01  2026-09-01    2026
        c          y         2025-01-01  2025-09-01    2025
        d          y         2026-03-01  2026-09-01    2026
        e          z         2021-12-31  2022-09-01    2022
        f          -         2022-03-01  2022-09-01    2022
    """) == pytest.approx(0.5)


# --- the whole ---


@pytest.mark.slow
def test_the_benchmark_can_be_run_and_says_what_of_its_targets_is_met(python):
    ran = python(ROOT / "benchmarks" / "linkage.py", "--quick")
    assert ran.returncode == 0, ran.stderr
    for said in ("sigpanel, person_id_wide", "code + sex", "met: F1", "met: return off", "states a precision"):
        assert said in ran.stdout
