"""Personal numbers and names in the cohort's files come out nowhere: not in a release, the registry, or any message.

Each file below makes the program stop, or build, in another way. What is searched for is in every one of them.
"""

import datetime as dt

import pytest

from tests.cli.running import run
from tests.privacy.scan import leaks, told
from tests.support.cohort import as_csv, as_xlsx, personal_number

BORN = dt.date(1987, 11, 23)
NUMBER = personal_number(BORN, 859)
COORDINATION = personal_number(BORN, 957, is_coordination=True)
WRONG = NUMBER[:-1] + str((int(NUMBER[-1]) + 1) % 10)
HYPHENED = f"{NUMBER[2:8]}-{NUMBER[8:]}"
NAMES = ("Kanariella", "Siskenberg")
# In every way of writing them; the code that they make; and what the number says of the day of birth.
WORDS = {
    *(way for one in (NUMBER, COORDINATION, WRONG) for way in (one, one[2:], f"{one[:8]}-{one[8:]}", one[2:8])),
    *NAMES, "KS8723", "KS8783", "1987-11-23", "871123",
}  # fmt: skip

HEADER = ("deltagare", "personnummer", "förnamn", "efternamn", "inskriven", "avslutad")
DATES = ("2014-03-01", "2015-03-01")
SOUND = ("D-1", HYPHENED, *NAMES, *DATES)
OTHER = ("D-2", COORDINATION, *NAMES, *DATES)
LIST = ("deltagare", "personnummer", "uno-kod")

BUILDS = {
    "numbers and names": {"k": [HEADER, SOUND, OTHER]},
    "numbers without names": {"k": [(*HEADER[:2], *HEADER[4:]), (*SOUND[:2], *DATES)]},
    "a list of identities": {"k": [HEADER, ("D-1", None, *NAMES, *DATES)], "n": [LIST, ("D-1", NUMBER, None)]},
}
STOPS = {
    "no header": {"k": [SOUND, OTHER]},
    "a header that nobody knows": {"k": [(*HEADER, NUMBER), (*SOUND, "x")]},
    "beside the columns": {"k": [HEADER, (*SOUND, NUMBER)]},
    "a column twice": {"k": [(*HEADER, "pnr"), (*SOUND, NUMBER)]},
    "no enrolment": {"k": [HEADER[:4], SOUND[:4]]},
    "a wrong digit": {"k": [HEADER, ("D-1", WRONG, *SOUND[2:]), OTHER]},
    "a number for a date": {"k": [HEADER, (*SOUND[:4], NUMBER, NUMBER)]},
    "a number for a name": {"k": [HEADER, (*SOUND[:2], NUMBER, *SOUND[3:])]},
    "a number for a birth year": {"k": [(*HEADER, "födelseår"), (*SOUND, NUMBER)]},
    "another birth year": {"k": [(*HEADER, "födelseår"), (*SOUND, "1986")]},
    "another code": {"k": [(*HEADER, "uno"), (*SOUND, "KS8622")]},
    "a number for a study id": {"k": [HEADER, (NUMBER, *SOUND[1:])]},
    "a study id twice": {"k": [HEADER, SOUND, ("D-1", *OTHER[1:])]},
    "two numbers for one": {"k": [HEADER, SOUND], "n": [LIST, ("D-1", COORDINATION, None)]},
    "a stranger in the list": {"k": [HEADER, SOUND], "n": [LIST, (NAMES[0], NUMBER, None)]},
}


@pytest.fixture(name="write", params=[(as_csv, "csv"), (as_xlsx, "xlsx")], ids=["csv", "xlsx"])
def _write(request, study):
    write, kind = request.param

    def files(tables):
        for path in study.cohort.iterdir():
            path.unlink()
        for name, rows in tables.items():
            write(study.cohort / f"{name}.{kind}", *rows)
        return study

    return files


def released_and_remembered(study) -> list[tuple[str, str]]:
    return leaks(study.research, WORDS) + leaks(study.registry, WORDS)


@pytest.mark.parametrize("name", BUILDS)
def test_a_build_tells_and_keeps_nothing_of_who_somebody_is(write, name):
    study = write(BUILDS[name])
    answer = run("build", "--study", study.root)
    assert answer.code == 0, answer.err
    assert told(answer.out + answer.err, WORDS) == []
    assert released_and_remembered(study) == []
    as_json = run("build", "--study", study.root, "--json")
    assert told(as_json.out + as_json.err, WORDS) == []


@pytest.mark.parametrize("name", STOPS)
def test_a_build_that_stops_tells_nothing_of_who_somebody_is(write, name):
    assert_stops_without_a_word(write(STOPS[name]), name)


def test_nor_does_one_that_stops_at_a_short_row_which_only_a_text_can_have(study):
    for path in study.cohort.iterdir():
        path.unlink()
    as_csv(study.cohort / "k.csv", HEADER, SOUND, SOUND[:3])
    assert_stops_without_a_word(study, "a short row")


def assert_stops_without_a_word(study, name: str) -> None:
    answer = run("build", "--study", study.root)
    assert (answer.code, answer.out) == (3, ""), name
    assert "cohort-" in answer.err or "2013–2016" in answer.err
    assert told(answer.err, WORDS) == []
    assert released_and_remembered(study) == []


def test_a_crash_while_they_are_read_tells_nothing_either(write, monkeypatch):
    def crash(typed, *_):
        raise ValueError(f"could not read {NUMBER} of {NAMES[0]} in {typed.rows()}")

    monkeypatch.setattr("sigpanel.pipeline.pilot.clean_cohort", crash)
    answer = run("build", "--study", write(BUILDS["numbers and names"]).root)
    assert answer.code == 70
    assert told(answer.out + answer.err, WORDS) == []


def test_other_commands_tell_nothing_of_the_cohorts_files(write):
    study = write(STOPS["a wrong digit"])
    for command in (["doctor", "--study", study.root], ["check", study.submissions]):
        answer = run(*command)
        assert told(answer.out + answer.err, WORDS) == []


def test_the_files_themselves_hold_what_is_searched_for(study):
    """Finding none in what comes out would prove nothing else."""
    as_csv(study.cohort / "k.csv", HEADER, SOUND, OTHER)
    assert {word for word, _ in leaks(study.cohort, {HYPHENED, COORDINATION, *NAMES})} == {
        HYPHENED,
        COORDINATION,
        *NAMES,
    }
