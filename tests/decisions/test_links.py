"""Decisions on links: how the file is read and written, when one is in force, and what cannot all be true."""

import datetime as dt
from itertools import combinations
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigpanel import key as keys
from sigpanel.contracts.links import links_file
from sigpanel.decisions import (
    NO_LINK_DECISIONS,
    LinkDecisions,
    contradictions,
    digests,
    hold,
    links_as_csv,
    merge,
    read_links,
)
from sigpanel.decisions import links as links_module
from sigpanel.errors import InputError
from tests.privacy.scan import told
from tests.support.corrections import refused
from tests.support.reports import pseudonyms
from tests.support.review import EPISODES, decided, decision, id_of

HEADER = "episode_a;episode_b;verdict;reason;who;date;digest"
E1, E2 = id_of("p"), id_of("q")
LINE = f"{E1};{E2};same;Akten;A.B.;2024-02-01;d1"


def file(folder: Path, *lines: str, header: str = HEADER) -> Path:
    path = folder / "links.csv"
    path.write_text("\r\n".join([header, *lines, ""]), encoding="utf-8")
    return path


def digest(a: str, b: str, of: pl.DataFrame = EPISODES) -> str | None:
    pair = pl.DataFrame({"episode_a": [a], "episode_b": [b]})
    return digests(pair, of, pseudonyms)["digest"][0]


def of_now(a: str, b: str, verdict: str = "same", **more):
    return decision(a, b, verdict, digest=digest(a, b), **more)


# --- the file ---------------------------------------------------------------------------------------------------------


def test_the_file_has_the_columns_that_the_design_fixes_in_their_order():
    assert ";".join(links_file().columns) == HEADER


def test_no_file_means_no_decisions(tmp_path):
    assert read_links(tmp_path / "links.csv") == NO_LINK_DECISIONS


def test_a_line_is_read_as_it_stands(tmp_path):
    (one,) = read_links(file(tmp_path, LINE)).all
    assert (one.episode_a, one.episode_b, one.verdict, one.line) == (E1, E2, "same", 2)
    assert (one.reason, one.who, one.date, one.digest) == ("Akten", "A.B.", dt.date(2024, 2, 1), "d1")


NO_IDS = (
    "",
    "AP 0712",
    "AP0712",
    "ap0712",
    "19900101-1234",
    "Kalle-Kanarie",
    E1[:-1],
    E1 + "a",
    E1.upper(),
    "p" + E1[1:],
)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        *((LINE.replace(E1, one), "line 2, episode_a: must be the id of an episode") for one in NO_IDS),
        (LINE.replace(E1, E2), "line 2, episode_b: must be another episode than episode_a"),
        (LINE.replace("same", "samma"), "line 2, verdict: must be one of same, different, unknown"),
        (LINE.replace("2024-02-01", "1 feb"), "line 2, date: must be a day as YYYY-MM-DD"),
        (LINE.replace("Akten", ""), "line 2, reason: must be filled in"),
        (LINE.replace("A.B.", ""), "line 2, who: must be filled in"),
        (LINE.replace("d1", ""), "line 2, digest: must be filled in"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_with_its_column(tmp_path, line, message):
    assert refused("links-lines", read_links, file(tmp_path, line)) == [message]


def test_two_verdicts_on_one_pair_stop_whichever_way_round_it_stands(tmp_path):
    other = f"{E2};{E1};different;Ringde;C.D.;2024-03-01;d1"
    assert refused("links-lines", read_links, file(tmp_path, LINE, other)) == [
        "line 3, episode_a: line 2 decides the same pair"
    ]


def test_other_columns_and_another_format_are_refused_by_the_name_of_this_file(tmp_path):
    with pytest.raises(
        InputError, match=r"^owner/links\.csv must have the columns episode_a, .*: who is missing"
    ) as one:
        read_links(file(tmp_path, header=HEADER.replace(";who", "")))
    (tmp_path / "links.csv").write_bytes(b"PK\x03\x04")
    with pytest.raises(InputError, match=r"^owner/links\.csv cannot be read: it is an Excel workbook\.") as other:
        read_links(tmp_path / "links.csv")
    assert (one.value.code, other.value.code) == ("links-columns", "links-not-csv")


def test_what_stands_in_a_line_is_never_told(tmp_path):
    path = file(tmp_path, "Kalle Ek;QX0619;Hemlig;;Åsa Öberg;i går;ZQ8812")
    with pytest.raises(InputError) as caught:
        read_links(path)
    assert told(str(caught.value), ("Kalle", "QX0619", "Hemlig", "Åsa", "i går", "ZQ8812")) == []
    assert "Akten" not in repr(decision("e1", "e2"))


@given(st.text())
def test_an_id_of_the_keys_making_is_one(text):
    made = keys.demonstration().pseudonym("episodes", text)
    assert links_module._ID.fullmatch(made)


ids = st.text("abcdefgh234567", min_size=1, max_size=8)
texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), max_size=20).map(str.strip).filter(bool)
lines = st.builds(
    decision,
    ids.map("a".__add__).map(id_of),
    ids.map("b".__add__).map(id_of),
    st.sampled_from(["same", "different", "unknown"]),
    digest=ids,
    reason=texts | st.sampled_from(["=1+1", "+46", '"', "a;b", "två\nrader"]),
    who=texts,
    date=st.dates(dt.date(2000, 1, 1)),
)


@given(st.lists(lines, unique_by=lambda one: one.pair))
def test_what_is_written_is_read_again(tmp_path_factory, decisions):
    path = tmp_path_factory.mktemp("links") / "links.csv"
    path.write_bytes(links_as_csv(LinkDecisions(tuple(decisions))))
    assert read_links(path).all == tuple(decisions)
    assert links_as_csv(read_links(path)) == path.read_bytes()


def test_a_text_like_a_formula_is_none_in_excel():
    written = links_as_csv(LinkDecisions((decision("e1", "e2", reason="=HYPERLINK(1)"),))).decode()
    assert "; =HYPERLINK" in written


# --- taking new ones in -----------------------------------------------------------------------------------------------


def test_an_answer_on_the_same_pair_replaces_the_older_one_and_an_older_answer_does_not():
    before = LinkDecisions((decision("e1", "e2"), decision("e3", "e4")))
    newer = decision("e2", "e1", "different", date=dt.date(2024, 3, 1))
    older = decision("e3", "e4", "different", date=dt.date(2023, 3, 1))
    merged = merge(before, [newer, older, decision("e5", "e6")])
    assert merged.decisions.all == (newer, decision("e3", "e4"), decision("e5", "e6"))
    assert (merged.added, merged.replaced, merged.unchanged, merged.outdated) == (1, 1, 0, 1)


def test_a_decision_on_what_is_compared_now_stands_against_an_answer_on_what_was_and_not_the_other_way():
    now, before = decision("e1", "e2", digest="now"), decision("e2", "e1", "different", "old", date=dt.date(2024, 3, 1))
    late = merge(LinkDecisions((now,)), [before], {("e1", "e2"): "now"})
    assert (late.decisions.all, late.outdated) == ((now,), 1)
    mended = merge(LinkDecisions((before,)), [now], {("e1", "e2"): "now"})
    assert (mended.decisions.all, mended.replaced) == ((now,), 1)


def test_of_two_answers_on_what_is_not_compared_any_more_the_later_stands():
    one, later = decision("e1", "e2", digest="old"), decision("e1", "e2", digest="older", date=dt.date(2024, 3, 1))
    assert merge(LinkDecisions((one,)), [later], {("e1", "e2"): "now"}).decisions.all == (later,)


def test_another_verdict_of_the_same_day_is_disputed_and_what_stands_stays():
    stands, other = decision("e1", "e2"), decision("e2", "e1", "different")
    merged = merge(LinkDecisions((stands,)), [decision("e3", "e4"), other])
    assert [(met.no, met.new, met.stood) for met in merged.disputed] == [(1, other, stands)]
    assert (merged.decisions.all, merged.replaced) == ((stands, decision("e3", "e4")), 0)


def test_another_reason_of_the_same_day_takes_the_place_of_the_other():
    other = decision("e1", "e2", reason="Ringde")
    merged = merge(LinkDecisions((decision("e1", "e2"),)), [other])
    assert (merged.decisions.all, merged.disputed) == ((other,), ())


def test_what_was_taken_before_takes_no_place_of_its_day_again_and_one_that_is_free():
    before, stands = decision("e1", "e2"), decision("e1", "e2", "different")
    merged = merge(LinkDecisions((stands,)), [before], taken_before={before})
    assert (merged.decisions.all, merged.outdated, merged.disputed) == ((stands,), 1, ())
    assert merge(NO_LINK_DECISIONS, [before], taken_before={before}).added == 1


def test_taking_the_same_list_twice_changes_nothing():
    once = merge(NO_LINK_DECISIONS, [decision("e1", "e2")])
    twice = merge(once.decisions, [decision("e1", "e2")])
    assert (twice.decisions, twice.unchanged, twice.replaced) == (once.decisions, 1, 0)


# --- in force, suspended, gone ----------------------------------------------------------------------------------------


def test_a_decision_is_in_force_while_nothing_that_was_compared_has_changed():
    now = decided(of_now("a2", "a1", "different"), of_now("b1", "b2", "unknown"))
    assert now.in_force.rows() == [("a2", "a1", "different"), ("b1", "b2", "unknown")]
    assert (now.suspended.height, now.gone.height, now.told()) == (0, 0, [])


def test_what_is_in_force_means_the_same_however_it_is_written():
    one = decided(of_now("a2", "a1", reason="Ringde"), of_now("b1", "b2", "different"))
    other = decided(of_now("b2", "b1", "different"), of_now("a1", "a2"), decision("c1", "c2", digest="old"))
    assert one.meaning() == other.meaning() == [("a1", "a2", "same"), ("b1", "b2", "different")]


CHANGES = {
    "codes": pl.lit(["AP0713"]),
    "sex": pl.lit("other"),
    "age": pl.lit(19, pl.Int16),
    "known_birth_year": pl.lit(2006, pl.Int16),
    "known_months": pl.lit(4, pl.Int32),
    "district": pl.lit("skarpnack"),
    "programme": pl.lit("vuxna"),
    "enrolled_on": pl.lit(dt.date(2022, 2, 3)),
    "discharged_on": pl.lit(dt.date(2022, 12, 1)),
}


def test_every_field_that_is_compared_is_tried_here():
    assert set(CHANGES) == set(links_file().compared)


@pytest.mark.parametrize("field", CHANGES)
@pytest.mark.parametrize("side", ["a1", "a2"])
def test_a_decision_is_suspended_when_a_field_of_either_side_has_changed(field, side):
    is_side = pl.col("episode_id") == side
    changed = EPISODES.with_columns(pl.when(is_side).then(CHANGES[field]).otherwise(field).alias(field))
    now = decided(of_now("a1", "a2"), of=changed)
    assert now.in_force.is_empty()
    assert now.suspended.rows() == [("a1", "a2", "same", "A.B.", dt.date(2024, 2, 1), 0)]
    (line,) = now.told()
    assert line.startswith("a1 – a2: suspended")


def test_a_decision_stays_in_force_when_something_else_has_changed():
    changed = EPISODES.with_columns(pl.lit(2030, pl.Int16).alias("last_reported_year")).reverse()
    assert decided(of_now("a1", "a2"), of=changed).in_force.rows() == [("a1", "a2", "same")]


def test_where_nobody_listed_codes_as_of_the_cohort_its_one_code_is_compared():
    bare = EPISODES.with_columns(pl.lit(None, pl.List(pl.String)).alias("codes"))
    assert digest("a1", "a2", bare) == digest("a1", "a2")
    for code in ("QX8801", None):
        changed = bare.with_columns(
            pl.when(pl.col("episode_id") == "a1").then(pl.lit(code, pl.String)).otherwise("uno").alias("uno")
        )
        assert decided(of_now("a1", "a2"), of=changed).suspended.height == 1


def test_which_of_the_codes_that_were_reported_came_last_is_not_compared():
    both = EPISODES.with_columns(pl.lit(["AP0712", "AP0713"]).alias("codes"))
    assert digest("a1", "a2", both) == digest("a1", "a2", both.with_columns(pl.lit("AP0713").alias("uno")))


def test_a_decision_about_an_episode_that_is_not_there_is_told_and_not_lost():
    now = decided(of_now("a1", "a2"), of=EPISODES.filter(pl.col("episode_id") != "a2"))
    assert (now.in_force.height, now.suspended.height, now.gone["episode_b"].to_list()) == (0, 0, ["a2"])
    assert now.told() == ["a1 – a2: not used, since there is no such episode (any more) (owner/links.csv, line 0)"]


def test_a_digest_is_of_the_pair_and_of_no_other_with_the_same_fields():
    twins = pl.concat([EPISODES, EPISODES.filter(episode_id="a2").with_columns(pl.lit("a3").alias("episode_id"))])
    assert digest("a1", "a2", twins) == digest("a2", "a1", twins) != digest("a1", "a3", twins)


def test_a_digest_without_a_field_that_is_compared_is_a_fault_and_no_other_digest():
    with pytest.raises(Exception, match="without the fields codes"):
        digest("a1", "a2", EPISODES.drop("codes"))


# --- contradictions ---------------------------------------------------------------------------------------------------


def test_three_decisions_that_cannot_all_be_true_stop_and_name_the_three():
    taken = [decision("a", "b", line=2), decision("c", "b", line=5), decision("a", "c", "different", line=3)]
    assert refused("links-contradict", hold, taken) == [
        "a same b (line 2), b same c (line 5), but a different c (line 3)"
    ]


def test_of_a_long_chain_the_shortest_is_told():
    long = [decision(a, b) for a, b in ("ab", "bc", "cd", "de", "ae")]
    (found,) = contradictions([*long, decision("a", "d", "different")])
    assert found.chain == ("a", "e", "d")


def test_that_it_cannot_be_told_contradicts_nothing():
    assert contradictions([decision("a", "b"), decision("b", "c"), decision("a", "c", "unknown")]) == []


def test_decisions_in_force_that_contradict_stop_and_suspended_ones_do_not():
    three = [of_now("a1", "a2"), of_now("a2", "c1"), of_now("a1", "c1", "different")]
    with pytest.raises(InputError, match="cannot all be true"):
        decided(*three)
    changed = EPISODES.with_columns(
        pl.when(pl.col("episode_id") == "c1").then(pl.lit(18, pl.Int16)).otherwise("age").alias("age")
    )
    assert decided(*three, of=changed).in_force.rows() == [("a1", "a2", "same")]


NODES = "abcdef"
PAIRS_OF_NODES = list(combinations(NODES, 2))


@given(st.dictionaries(st.sampled_from(PAIRS_OF_NODES), st.sampled_from(["same", "different", "unknown"])))
def test_contradictions_are_found_exactly_where_no_partition_fits(verdicts):
    found = contradictions([decision(a, b, verdict) for (a, b), verdict in verdicts.items()])
    # Brute force: who are the same by any number of steps, by repeating a step until nothing is added.
    same = {(a, a) for a in NODES} | {
        pair for (a, b), verdict in verdicts.items() if verdict == "same" for pair in ((a, b), (b, a))
    }
    while (more := same | {(a, d) for a, b in same for c, d in same if b == c}) != same:
        same = more
    wrong = {pair for pair, verdict in verdicts.items() if verdict == "different" and pair in same}
    assert {(one.chain[0], one.chain[-1]) for one in found} == wrong
    for one in found:
        assert all(verdicts.get(tuple(sorted(step))) == "same" for step in zip(one.chain, one.chain[1:], strict=False))
        assert len(set(one.chain)) == len(one.chain) >= 3
