"""The list of doubtful links: what is asked, in which order, what a line says, and how it looks when it is opened."""

import polars as pl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sigpanel import resources
from sigpanel.contracts.linkage import linkage
from sigpanel.contracts.links import links_file
from sigpanel.contracts.tables import vocabulary
from sigpanel.decisions.in_force import digests
from sigpanel.errors import Fault
from sigpanel.persons import candidates
from sigpanel.resources import contracts_dir
from sigpanel.review import selection, words, write_review
from sigpanel.review.words import review_texts
from tests.support.reports import pseudonyms
from tests.support.review import EPISODES, decided, decision, episodes, lines_of, listed, opened, pair, pairs, places


@pytest.fixture
def lines(tmp_path):
    """Return a function that writes a list and gives back its lines."""

    def of(*rows, **more):
        path = tmp_path / "granskning.xlsx"
        path.write_bytes(listed(*rows, **more).workbook)
        return lines_of(path)

    return of


@pytest.fixture
def room(monkeypatch):
    """Return a function that sets how many lines a list has."""

    def set_to(most: int) -> None:
        texts = review_texts()
        monkeypatch.setattr(selection, "review_texts", lambda: type(texts)(**(vars(texts) | {"most_lines": most})))

    return set_to


def ids(lines) -> list[str]:
    return [line["episodes"].replace("\n", " ") for line in lines]


# --- what is asked ----------------------------------------------------------------------------------------------------


def test_asked_are_pairs_in_doubt_pairs_stopped_against_their_weight_and_suspended_decisions(lines):
    rows = [
        pair("a1", "a2"),
        pair("a1", "c1", constraint="sex_differs", probability=0.8, **{"class": "rejected"}),
        pair("a2", "c1", constraint="sex_differs", probability=0.2, **{"class": "rejected"}),
        pair("b1", "b2", probability=0.99, **{"class": "exact"}),
    ]
    by = decided(decision("c2", "c3", digest="old"))
    assert set(ids(lines(*rows, by=by))) == {"a1 a2", "a1 c1", "c2 c3"}


@pytest.mark.parametrize("verdict", links_file().verdicts)
def test_a_pair_that_was_answered_is_not_asked_again_be_it_that_it_cannot_be_told(lines, verdict):
    by = decided(decision("a2", "a1", verdict, digest=listed(pair("a1", "a2")).asked["digest"][0]))
    assert by.in_force.height == 1
    assert lines(pair("a1", "a2"), by=by) == []


def test_a_suspended_decision_is_asked_again_with_what_was_answered_before(lines):
    (line,) = lines(pair("a1", "a2"), by=decided(decision("a2", "a1", digest="old")))
    assert line["earlier"] == "samma, 2024-02-01. Uppgifter har ändrats sedan dess."


@pytest.mark.parametrize("kind", ["rejected", "review"])
def test_a_pair_that_a_person_keeps_apart_is_no_doubt(lines, kind):
    assert lines(pair("a1", "a2", constraint="decided_different", probability=0.9, **{"class": kind})) == []


def test_of_several_pairs_between_two_persons_the_likeliest_is_asked_about(lines):
    rows = [pair("a1", "c1", probability=0.2), pair("a2", "c1", probability=0.4), pair("a1", "b1", probability=0.1)]
    assert ids(lines(*rows)) == ["a2 c1", "a1 b1"]


def test_a_suspended_pair_is_asked_again_beside_a_likelier_one(lines):
    rows = [pair("a1", "c1", probability=0.2), pair("a2", "c1", probability=0.4)]
    by = decided(decision("a1", "c1", digest="old"))
    assert set(ids(lines(*rows, by=by))) == {"a2 c1", "a1 c1"}


def test_runners_up_are_asked_as_a_set(lines):
    rows = [
        pair("a1", "c1", runner_up="a2"),
        pair("a2", "c1", probability=0.5, **{"class": "rejected"}),
        pair("b1", "b2"),
    ]
    found = {line["episodes"].replace("\n", " "): line for line in lines(*rows)}
    assert {name: line["set"] for name, line in found.items()} == {"a1 c1": 1, "a2 c1": 1, "b1 b2": None}
    assert found["a1 c1"]["kind"] == found["a2 c1"]["kind"] == review_texts().kinds["which_of_two"].sv
    assert found["a1 c1"]["runner_up"] == "AP0712, Farsta, inskriven 2023-03-01"


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        ("same_code", "same_person"),
        ("surname_initial_changed", "name_change"),
        ("day_slip", "typing_slip"),
        ("a_pass_of_tomorrow", "same_person"),
    ],
)
def test_a_pair_is_put_as_the_question_of_its_pass(lines, rule, kind):
    assert lines(pair("a1", "a2", rule=rule))[0]["kind"] == review_texts().kinds[kind].sv


def test_questions_stand_by_kind_then_what_changes_the_share_most_then_what_is_likeliest(lines):
    rows = [
        pair("c1", "a1", probability=0.9),
        pair("b1", "b2", probability=0.3),
        pair("c2", "c3", probability=0.4),
        pair("b1", "c2", rule="day_slip", probability=0.9),
    ]
    assert ids(lines(*rows)) == ["c2 c3", "b1 b2", "c1 a1", "b1 c2"]


def test_what_finds_no_room_is_counted_on_the_first_sheet(tmp_path, room):
    room(2)
    made = listed(pair("a1", "a2"), pair("b1", "b2"), pair("c2", "c3"))
    path = tmp_path / "l.xlsx"
    path.write_bytes(made.workbook)
    assert (len(lines_of(path)), made.n_left_out) == (2, 1)
    assert "Listan har 2 par. 1 par till är lika osäkert" in opened(path).worksheets[0]["A3"].value


def test_the_list_says_how_the_pairs_that_a_build_counts_came_to_be_its_own(tmp_path, room):
    room(3)
    path = tmp_path / "l.xlsx"
    rows = [
        pair("a1", "c1", probability=0.5),
        pair("a2", "c1", probability=0.4),
        pair("b1", "b2"),
        pair("c1", "c3"),
        pair("c2", "c3", constraint="sex_differs", **{"class": "rejected"}),
    ]
    on_b = digests(pl.DataFrame({"episode_a": ["b1"], "episode_b": ["b2"]}), EPISODES, pseudonyms)["digest"].item()
    made = listed(*rows, by=decided(decision("b1", "b2", "unknown", on_b)))
    path.write_bytes(made.workbook)
    assert made.reckoned == (
        "Bygget räknar 4 par som väntar på svar. 1 av dem avgörs av svaret på ett annat par, som gäller samma två "
        "personer. 1 av dem är redan besvarat. 1 par till finns med: ett hinder skiljer dem åt fast mycket talar för, "
        "de hör till en grupp, eller ett tidigare svar gäller inte längre."
    )
    assert opened(path).worksheets[0]["A3"].value == f"Listan har 3 par. {made.reckoned}"


def test_a_list_of_just_the_pairs_that_wait_explains_nothing():
    assert listed(pair("a1", "a2"), pair("b1", "b2")).reckoned == ""


def test_a_set_stays_whole(lines, room):
    room(2)
    rows = [
        pair("a1", "c1", runner_up="a2", probability=0.9),
        pair("a2", "c1", probability=0.5, **{"class": "rejected"}),
        pair("b1", "b2", probability=0.1),
    ]
    assert ids(lines(*rows)) == ["b1 b2"]


def test_an_empty_list_says_so(tmp_path):
    path = tmp_path / "l.xlsx"
    path.write_bytes(listed().workbook)
    assert opened(path).worksheets[0]["A3"].value == review_texts().nothing_to_ask


# --- what an answer changes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "counted", "effect"),
    [
        ("b1", "b2", "två personer", 2 / 5 - 1 / 6),
        ("a1", "c1", "två personer", 1 / 5 - 1 / 6),
        ("a1", "a2", "en person", 0 / 7 - 1 / 6),
    ],
)
def test_the_effect_is_that_on_the_share_of_persons_with_two_episodes(lines, a, b, counted, effect):
    (line,) = lines(pair(a, b))
    assert (line["counted_as"], line["effect"]) == (counted, pytest.approx(100 * effect, abs=1e-6))


@given(st.lists(st.sampled_from("ABC"), min_size=7, max_size=7))
def test_the_effect_of_the_same_is_that_of_counting_anew(persons):
    of = EPISODES.with_columns(pl.Series("person_id", persons))

    def share(names: list[str]) -> float:
        return sum(names.count(name) > 1 for name in set(names)) / len(set(names))

    line = selection.queue(pairs(pair("a1", "c3")), of, decided(of=of)).lines.row(0, named=True)
    if persons[0] != persons[6]:
        joined = [persons[0] if name == persons[6] else name for name in persons]
        assert line["effect"] == pytest.approx(share(joined) - share(persons), abs=1e-8)


# --- how it looks -----------------------------------------------------------------------------------------------------


def test_a_line_shows_both_sides_of_each_field_above_each_other(lines):
    (line,) = lines(pair("b1", "b2", constraint="sex_differs", bits_surname=-3.9))
    sides = ("code", "sex", "age", "district", "programme", "enrolled", "discharged", "reported", "where")
    assert [line[name] for name in sides] == [
        "BK0520\nBS0520",
        "Flicka eller kvinna\nFlicka eller kvinna",
        "15\n17",
        "Farsta\nFarsta",
        "SIG unga\nSIG unga",
        "2022-04-01\n2024-01-15",
        "2022-09-30\nej utskriven",
        "2022\n2024",
        "rad 11 i 2022/farsta.xlsx\nrad 12 i 2024/farsta.xlsx",
    ]
    assert (line["probability"], line["bits_surname"], line["constraint"]) == (0.6, -3.9, "Olika kön")


def test_codes_that_reports_gave_otherwise_stand_beside_the_last(lines):
    of = episodes("name district code person\nx1 farsta AP0712/AB0712 X\nx2 farsta AP0712 Y")
    assert lines(pair("x1", "x2"), of=of)[0]["code"] == "AB0712 / AP0712\nAP0712"


def test_what_differs_is_coloured_and_what_is_written_in_is_too(tmp_path):
    path = tmp_path / "l.xlsx"
    path.write_bytes(listed(pair("b1", "b2")).workbook)
    sheet = opened(path).worksheets[1]
    heads = {cell.value: cell.column for cell in sheet[2]}
    fills = {
        name: sheet.cell(4, heads[review_texts().columns[name]]).fill.start_color.rgb[2:]
        for name in ("code", "sex", "verdict")
    }
    assert fills == {"code": "FCE4D6", "sex": "000000", "verdict": "FFFBE6"}


def test_the_question_stands_on_each_printed_page_right_of_the_columns_that_both_have(tmp_path):
    path = tmp_path / "l.xlsx"
    path.write_bytes(listed(pair("b1", "b2")).workbook)
    sheet = opened(path).worksheets[1]
    (stop,) = sheet.col_breaks.brk
    places_ = [cell.column for cell in sheet[3] if cell.value]
    assert {sheet.cell(3, place).value for place in places_} == {review_texts().kinds["same_person"].sv}
    assert sheet.print_title_cols == "$A:$C"
    assert places_ == [4, stop.id + 1]


def test_panes_are_frozen_the_words_can_be_chosen_and_weights_are_bars(tmp_path):
    path = tmp_path / "l.xlsx"
    path.write_bytes(listed(pair("b1", "b2")).workbook)
    book = opened(path)
    sheet = book.worksheets[1]
    assert (book.sheetnames, sheet.freeze_panes) == (["Läs först", "Granskning"], "D3")
    (choice,) = (one for one in sheet.data_validations.dataValidation if one.type == "list")
    assert choice.formula1 == '"samma,olika,vet ej"'
    bars = [rule.type for rules in sheet.conditional_formatting for rule in rules.rules]
    assert bars == ["dataBar"] * len(words.BITS)
    assert "owner/outbox" in book.worksheets[0]["A2"].value


def test_the_same_pairs_in_any_order_give_the_same_bytes():
    rows = [pair("a1", "c1", runner_up="a2"), pair("a2", "c1"), pair("b1", "b2"), pair("c2", "c3")]
    first = listed(*rows)
    turned = write_review(pairs(*rows[::-1]), EPISODES.reverse(), places().reverse(), decided(), pseudonyms)
    assert turned.workbook == first.workbook != listed(*rows[1:]).workbook


def test_text_never_becomes_a_formula(tmp_path):
    path = tmp_path / "l.xlsx"
    path.write_bytes(listed(pair("b1", "b2")).workbook)
    assert {cell.data_type for row in opened(path).worksheets[1].iter_rows() for cell in row} <= {"s", "n"}


# --- the texts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda raw: raw.pop("warning"), "has an entry too many or too few"),
        (lambda raw: raw["verdicts"].pop("same"), "has other verdicts or columns"),
        (lambda raw: raw["columns"].pop("digest"), "has other verdicts or columns"),
        (lambda raw: raw["kinds"]["same_person"].pop("sv"), "has an entry of the wrong shape"),
    ],
)
def test_texts_that_are_not_whole_are_a_fault(monkeypatch, change, message):
    raw = yaml.safe_load((contracts_dir() / "review.yaml").read_text(encoding="utf-8"))
    change(raw)
    monkeypatch.setattr(resources, "load_yaml", lambda _: raw)
    with pytest.raises(Fault, match=message):
        review_texts.__wrapped__()


def test_no_two_columns_have_one_header():
    assert len({text.strip().casefold() for text in review_texts().columns.values()}) == len(words.COLUMNS)


def test_every_pass_has_its_question_and_every_constraint_its_words():
    passes = {rule for each in candidates._PASSES for rule in each.rules}
    asked = [rule for kind in review_texts().kinds.values() for rule in kind.rules]
    assert sorted(asked) == sorted(passes)
    found_by = {*linkage().told_as.values(), "through_others"}
    forbidding = {term.token for term in vocabulary("link_rule")} - found_by
    assert forbidding <= set(review_texts().constraints)
