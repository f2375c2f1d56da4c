"""The form editions as they are described."""

import pytest

from sigpanel.forms import Form, form, forms, letters_and_digits

EDITIONS = ["sig-unga-2022", "sig-unga-2024", "sig-vuxna-2020", "sig-vuxna-2021", "sig-vuxna-2024"]


def codes(edition: str, variable: str, moment: str = "enrolment") -> dict[int, str]:
    return {code.code: code.token for code in form(edition).by_key[variable, moment].answer.codes}


def test_there_are_five_editions_in_order_of_name():
    assert list(forms()) == EDITIONS


@pytest.mark.parametrize(
    ("edition", "programme", "status", "enrolment", "discharge", "years"),
    [
        ("sig-unga-2022", "unga", "source", 17, 15, [2022, 2023]),
        ("sig-unga-2024", "unga", "provisional", 17, 15, [2024, 2025, 2029]),
        ("sig-vuxna-2020", "vuxna", "provisional", 14, 12, [2020]),
        ("sig-vuxna-2021", "vuxna", "provisional", 17, 15, [2021, 2022, 2023]),
        ("sig-vuxna-2024", "vuxna", "provisional", 17, 15, [2024, 2025, 2029]),
    ],
)
def test_an_edition_asks_its_questions_in_its_years(edition, programme, status, enrolment, discharge, years):
    described = form(edition)
    moments = [question.moment for question in described.questions]
    assert (described.programme, described.status) == (programme, status)
    assert moments == ["enrolment"] * enrolment + ["discharge"] * discharge
    assert [question.no for question in described.questions] == list(range(1, enrolment + discharge + 1))
    assert [year for year in (*range(2020, 2026), 2029) if described.covers(year)] == years


@pytest.mark.parametrize("programme", ["unga", "vuxna"])
def test_one_edition_covers_each_year_of_a_programme(programme):
    first = {"unga": 2022, "vuxna": 2020}[programme]
    for year in range(2018, 2031):
        covering = [edition for edition in forms().values() if edition.programme == programme and edition.covers(year)]
        assert len(covering) == (year >= first)


def test_the_moments_ask_the_same_ten_variables():
    both = [
        variable for variable, moment in form("sig-unga-2022").by_key
        if moment == "enrolment" and (variable, "discharge") in form("sig-unga-2022").by_key
    ]  # fmt: skip
    assert both == [
        "school_enrolled", "school_functioning", "work_or_internship", "stable_housing", "supportive_family",
        "meaningful_leisure", "noncriminal_peers", "substance_misuse", "physical_health", "mental_health",
    ]  # fmt: skip


def test_the_first_adult_edition_has_no_peers_and_no_health_and_so_other_numbers():
    missing = form("sig-vuxna-2021").by_key.keys() - form("sig-vuxna-2020").by_key.keys()
    assert {variable for variable, _moment in missing} == {"noncriminal_peers", "physical_health", "mental_health"}
    assert form("sig-vuxna-2020").by_key["discharged_on", "discharge"].no == 15
    assert form("sig-vuxna-2021").by_key["discharged_on", "discharge"].no == 18
    assert "Du besvarar fråga 1-14" in form("sig-vuxna-2020").instructions[1]
    assert "Du besvarar fråga 1-17" in form("sig-vuxna-2021").instructions[1]


def test_editions_are_told_apart_by_title_headers_and_answer_row():
    def marks(described: Form) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        headers = tuple(question.header_key for question in described.questions)
        texts = tuple(letters_and_digits(question.answer.text) for question in described.questions)
        return letters_and_digits(described.title), headers, texts

    assert len({marks(described) for described in forms().values()}) == len(EDITIONS)


def test_code_one_is_rinkeby_kista_until_2023_and_jarva_from_2024():
    assert codes("sig-unga-2022", "district")[1] == "rinkeby_kista"
    assert codes("sig-vuxna-2021", "district")[5] == "spanga_tensta"
    assert codes("sig-unga-2024", "district") == codes("sig-vuxna-2024", "district")
    assert codes("sig-unga-2024", "district")[1] == "jarva"
    assert 5 not in codes("sig-unga-2024", "district")


def test_the_programmes_ask_of_boys_and_of_men():
    assert form("sig-unga-2022").by_key["sex", "enrolment"].answer.text == "1=Pojke\n2=Flicka\n3=Annat"
    assert form("sig-vuxna-2024").by_key["sex", "enrolment"].answer.text == "1=Man\n2=Kvinna\n3=Annat"
    assert codes("sig-unga-2022", "sex") == codes("sig-vuxna-2020", "sex")


def test_ninety_nine_is_a_count_of_crimes_and_declined_for_health():
    by_key = form("sig-unga-2022").by_key
    for variable, moment in by_key:
        answer = by_key[variable, moment].answer
        if variable.endswith("_health"):
            assert answer.missing == {99: "declined", 999: "unknown"}
        elif "crimes" in variable:
            assert answer.missing == {999: "unknown"}
            assert answer.low <= 99 <= answer.high


def test_not_applicable_is_code_three_of_schooling_and_work_and_code_four_of_support():
    found = {
        (question.no, code.code)
        for question in form("sig-unga-2022").questions
        for code in question.answer.codes
        if code.missing == "not_applicable"
    }
    assert found == {(9, 3), (10, 3), (22, 3), (23, 3), (31, 4)}


def test_every_answer_but_identity_and_discharge_date_may_be_unknown():
    without = [question.no for question in form("sig-unga-2022").questions if 999 not in question.answer.missing]
    assert without == [1, 2, 3, 4, 5, 18]


def test_schooling_is_greyed_out_for_who_is_in_no_school():
    skips = {question.no: question.skip_when for question in form("sig-unga-2022").questions if question.skip_when}
    assert {no: (skip.variable, skip.codes) for no, skip in skips.items()} == {
        9: ("school_enrolled", (6,)),
        22: ("school_enrolled", (6,)),
    }


def test_no_text_names_the_contact_person_or_a_street_address():
    for described in forms().values():
        texts = " ".join((described.title, *described.instructions, *(q.explain or "" for q in described.questions)))
        assert "@" not in texts
        assert "kontaktpersonen på socialförvaltningen" in texts


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ja , grundskola", "Ja,, Grundskola"),
        ("familjsaknas", "familj saknas"),
        ("Ko\u0308n", "Kön"),
        ("a\n b\u00a0", "AB"),
    ],
)
def test_texts_are_compared_by_letters_and_digits(one, other):
    assert letters_and_digits(one) == letters_and_digits(other)
