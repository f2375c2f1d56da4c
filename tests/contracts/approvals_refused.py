"""Approvals that are refused, each for one thing: what is wrong, the approval, the code, and where it is told."""

import datetime as dt

from tests.extracts.panels import body, episodes_with


def changed(**said):
    return body(**said)


def tables(**columns):
    return body(tables=episodes_with(**columns), quasi_identifiers=[], small_classes={"policy": "refuse"})


def counted(qis, **columns):
    return body(tables=episodes_with(**columns), quasi_identifiers=qis, small_classes={"policy": "refuse"})


def of_cohort(qis=("status",), **episodes):
    """An approval of the cohort: columns of its episodes, then those of its own table."""
    return lambda **columns: body(
        tables={
            **episodes_with(status="as_is", **episodes),
            "cohort": {"cohort_id": "id", "person_id": "id", **columns},
        },
        quasi_identifiers=list(qis),
        small_classes={"policy": "refuse"},
    )


GROUPS = {
    "north": {"en": "N", "sv": "N", "districts": ["jarva", "rinkeby_kista", "spanga_tensta", "hasselby_vallingby"]},
    "south": {"en": "S", "sv": "S", "districts": ["farsta", "skarpnack", "skarholmen", "enskede_arsta_vantor"]},
}

# What is wrong; the approval; the code; the entry where it is told.
REFUSED = [
    ("an entry that nobody knows", changed(comment="x"), "approval-entry", "the file"),
    (
        "an entry is missing",
        {k: v for k, v in body().items() if k != "consent_withdrawn"},
        "approval-entry",
        "the file",
    ),
    ("the name is none", changed(approval="Our Study"), "approval-name", "approval"),
    ("the name ends as an extract's id", changed(approval="our-study-v2"), "approval-name", "approval"),
    ("the version is no number", changed(version="one"), "approval-entry", "version"),
    ("the version is too high", changed(version=10_000), "approval-name", "version"),
    ("a purpose in one language", changed(purpose={"en": "Test"}), "approval-entry", "purpose"),
    ("a recipient twice", changed(recipients=["A", "A"]), "approval-entry", "recipients"),
    ("a day as a text", changed(valid_to="next year"), "approval-entry", "valid_to"),
    ("a time for a day", changed(valid_to=dt.datetime(2030, 1, 1, 12)), "approval-entry", "valid_to"),  # noqa: DTZ001
    ("a text with a control character", changed(recipients=["A\x1b[2J"]), "approval-entry", "recipients"),
    ("a purpose that turns the writing", changed(purpose={"en": "A\u202e", "sv": "B"}), "approval-entry", "purpose.en"),
    ("nothing sensitive", changed(risk={**body()["risk"], "sensitive": []}), "approval-entry", "risk.sensitive"),
    (
        "an age that no number can hold",
        changed(population={"episodes": "all", "age_to": 10**12}),
        "approval-entry",
        "population.age_to",
    ),
    ("a band wider than any age", tables(age={"age_band": 10**12}), "approval-entry", "tables.episodes.age.age_band"),
    (
        "a district of before a merger",
        changed(population={"episodes": "all", "district": ["rinkeby_kista"]}),
        "extract-code-unknown",
        "population.district",
    ),
    ("the end before the beginning", changed(valid_to=dt.date(2019, 1, 1)), "approval-days", "valid_to"),
    ("another contract", changed(contract_major=2), "extract-contract-major", "contract_major"),
    ("a scope of ids that is none", changed(id_scope="ever"), "approval-entry", "id_scope"),
    ("an identity that is none", changed(identity="loose"), "approval-entry", "identity"),
    ("consent neither in nor out", changed(consent_withdrawn=True), "approval-entry", "consent_withdrawn"),
    ("no parquet", changed(formats=["csv"]), "approval-entry", "formats"),
    ("a format that nobody writes", changed(formats=["parquet", "xlsx"]), "approval-entry", "formats"),
    (
        "a population by what is none",
        changed(population={"episodes": "all", "mood": ["x"]}),
        "approval-entry",
        "population",
    ),
    (
        "an unknown code",
        changed(population={"episodes": "all", "programme": ["unga", "barn"]}),
        "extract-code-unknown",
        "population.programme",
    ),
    (
        "ages backwards",
        changed(population={"episodes": "all", "age_from": 20, "age_to": 15}),
        "approval-days",
        "population.age_to",
    ),
    (
        "cohort by a word",
        changed(population={"episodes": "all", "in_cohort": "yes"}),
        "approval-entry",
        "population.in_cohort",
    ),
    ("a table that is none", changed(tables={"people": {}}), "extract-table-unknown", "tables"),
    ("a table that never leaves", changed(tables={"ledger": {"row": "as_is"}}), "extract-table-never", "tables.ledger"),
    ("the links", changed(tables={"links": {"rule": "as_is"}}), "extract-table-never", "tables.links"),
    ("no episodes", changed(tables={"persons": {"person_id": "id"}}), "extract-table-needed", "tables"),
    (
        "no person in a table",
        changed(tables={"episodes": {"episode_id": "id"}}),
        "extract-column-needed",
        "tables.episodes",
    ),
    ("a column that is none", tables(kommentar="as_is"), "extract-column-unknown", "tables.episodes"),
    ("the code's pseudonym", tables(uno_id="as_is"), "extract-column-never", "tables.episodes.uno_id"),
    ("the code's pseudonym anew", tables(uno_id="id"), "extract-column-never", "tables.episodes.uno_id"),
    (
        "an id as it is",
        changed(tables={"episodes": {"person_id": "as_is", "episode_id": "id"}}),
        "extract-column-never",
        "tables.episodes.person_id",
    ),
    (
        "the numbering of persons",
        changed(tables={"persons": {"person_id": "id", "person_no": "as_is"}}),
        "extract-column-never",
        "tables.persons.person_no",
    ),
    ("a transformation that is none", tables(age="round"), "extract-transformation-unknown", "tables.episodes.age"),
    ("a transformation of another type", tables(age="year"), "extract-transformation", "tables.episodes.age"),
    ("an age topped", tables(age={"top_code": 20}), "extract-transformation", "tables.episodes.age"),
    ("a band without width", tables(age="age_band"), "extract-transformation-number", "tables.episodes.age"),
    ("a band of nothing", tables(age={"age_band": 0}), "approval-entry", "tables.episodes.age.age_band"),
    (
        "a year with a width",
        tables(enrolled_on={"year": 2}),
        "extract-transformation-number",
        "tables.episodes.enrolled_on",
    ),
    (
        "answers to an exact day of observation",
        changed(tables={"persons": {"person_id": "id", "observed_until": "as_is"}}),
        "extract-transformation",
        "tables.persons.observed_until",
    ),
    (
        "groups without a district",
        changed(**{**counted(["district"], district="district_group"), "district_groups": {"south": GROUPS["south"]}}),
        "extract-groups",
        "district_groups",
    ),
    (
        "a district in two groups",
        changed(
            **{
                **counted(["district"], district="district_group"),
                "district_groups": {**GROUPS, "more": {"en": "M", "sv": "M", "districts": ["jarva"]}},
            }
        ),
        "extract-groups",
        "district_groups",
    ),
    (
        "a district apart from what it became part of",
        changed(
            **{
                **counted(["district"], district="district_group"),
                "district_groups": {
                    "north": {**GROUPS["north"], "districts": ["jarva", "spanga_tensta", "hasselby_vallingby"]},
                    "south": {**GROUPS["south"], "districts": [*GROUPS["south"]["districts"], "rinkeby_kista"]},
                },
            }
        ),
        "extract-groups",
        "district_groups",
    ),
    ("groups of no column", changed(district_groups=GROUPS), "extract-groups", "district_groups"),
    (
        "a district group of no district",
        changed(district_groups={"x": {"en": "X", "sv": "X", "districts": ["solna"]}}),
        "extract-code-unknown",
        "district_groups.x.districts",
    ),
    ("persons by the strict rule", changed(identity="strict"), "extract-identity", "tables.persons"),
    (
        "a history by the strict rule",
        changed(**{**counted(["status"], status="as_is", is_reenrolment="as_is"), "identity": "strict"}),
        "extract-identity",
        "tables.episodes.is_reenrolment",
    ),
    (
        "a quasi-identifier that does not leave",
        counted(["age"], status="as_is"),
        "extract-quasi-identifier-unknown",
        "quasi_identifiers",
    ),
    (
        "an id for a quasi-identifier",
        counted(["episode_id"], status="as_is"),
        "extract-quasi-identifier-unknown",
        "quasi_identifiers",
    ),
    (
        "days for a quasi-identifier",
        counted(["days"], days="as_is"),
        "extract-quasi-identifier-unknown",
        "quasi_identifiers",
    ),
    (
        "sex that is not counted",
        counted(["status"], status="as_is", sex="as_is"),
        "extract-quasi-identifier-missing",
        "quasi_identifiers",
    ),
    (
        "an enrolment that is not counted",
        counted(["status"], status="as_is", enrolled_on="year"),
        "extract-quasi-identifier-missing",
        "quasi_identifiers",
    ),
    ("a rule for nothing", changed(nulls={"age": "suppress"}), "extract-null-rule", "nulls"),
    (
        "two rules for one fact",
        changed(
            **{
                **counted(["enrolled_on", "observed_from"], enrolled_on="year", observed_from="year"),
                "nulls": {"enrolled_on": "suppress", "observed_from": "category"},
            }
        ),
        "extract-null-rule",
        "nulls",
    ),
    ("k of two", changed(risk={"k": 2, "unique_trajectories": 1.0}), "extract-k", "risk.k"),
    (
        "a share above one",
        changed(risk={"k": 5, "unique_trajectories": 2}),
        "approval-entry",
        "risk.unique_trajectories",
    ),
    (
        "a sensitive column that does not leave",
        changed(risk={"k": 5, "unique_trajectories": 1, "sensitive": ["age"]}),
        "extract-sensitive",
        "risk.sensitive",
    ),
    (
        "a sensitive column that is known",
        changed(risk={"k": 5, "unique_trajectories": 1, "sensitive": ["sex"]}),
        "extract-sensitive",
        "risk.sensitive",
    ),
    ("l of nothing", changed(risk={"k": 5, "unique_trajectories": 1, "l": 2}), "extract-sensitive", "risk"),
    (
        "no limit to what is hidden",
        changed(small_classes={"policy": "suppress", "order": ["sex"]}),
        "approval-entry",
        "small_classes",
    ),
    (
        "an order where nothing is hidden",
        changed(small_classes={"policy": "refuse", "order": ["sex"]}),
        "approval-entry",
        "small_classes",
    ),
    (
        "what is no quasi-identifier taken out",
        changed(
            small_classes={
                "policy": "suppress",
                "order": ["status"],
                "most_suppressed": 1,
                "rest": "refuse",
                "most_left_out": 0,
            }
        ),
        "extract-order",
        "small_classes.order",
    ),
    (
        "a day finer in one place",
        counted(["enrolled_on"], enrolled_on="year", observed_from="month"),
        "extract-kin-finer",
        "tables.episodes.enrolled_on",
    ),
    (
        "a day by days and by the year",
        body(
            tables={
                **episodes_with(enrolled_on="year"),
                "persons": {"person_id": "id", "first_enrolled_on": "days_since_enrolment"},
            },
            quasi_identifiers=["enrolled_on"],
            small_classes={"policy": "refuse"},
        ),
        "extract-kin-finer",
        "tables.episodes.enrolled_on",
    ),
    (
        "exact days beside years",
        counted(["enrolled_on"], enrolled_on="year", days="as_is"),
        "extract-kin-finer",
        "tables.episodes.days",
    ),
    (
        "narrow bands of days beside years",
        counted(["enrolled_on"], enrolled_on="year", days={"band": 30}),
        "extract-kin-finer",
        "tables.episodes.days",
    ),
    (
        "days to the next beside the year of the end",
        counted(["status"], status="as_is", discharged_on="year", gap_days="as_is"),
        "extract-kin-finer",
        "tables.episodes.gap_days",
    ),
    (
        "topped days are exact below the top",
        counted(["enrolled_on"], enrolled_on="year", days={"top_code": 700}),
        "extract-kin-finer",
        "tables.episodes.days",
    ),
    (
        "the reporting year beside the quarter",
        counted(["enrolled_on"], enrolled_on="quarter", first_reported_year="as_is"),
        "extract-kin-finer",
        "tables.episodes.enrolled_on",
    ),
    (
        "the district as it was beside a group",
        changed(
            **{**counted(["district"], district="district_group", district_reported="as_is"), "district_groups": GROUPS}
        ),
        "extract-kin-finer",
        "tables.episodes.district",
    ),
    (
        "waves finer than episodes",
        body(
            tables={
                **episodes_with(enrolled_on="year"),
                "waves": {"person_id": "id", "episode_id": "id", "moment": "as_is", "observed_on": "month"},
            },
            quasi_identifiers=["enrolled_on"],
            small_classes={"policy": "refuse"},
        ),
        "extract-kin-finer",
        "tables.episodes.enrolled_on",
    ),
    (
        "birth by the year beside age in bands",
        body(
            tables={**episodes_with(age={"age_band": 5}), "persons": {"person_id": "id", "birth_year": "as_is"}},
            quasi_identifiers=["age"],
            small_classes={"policy": "refuse"},
        ),
        "extract-kin-finer",
        "tables.persons.birth_year",
    ),
    (
        "age and year of birth together, of which the year of enrolment is the sum",
        body(
            tables={**episodes_with(age="as_is"), "persons": {"person_id": "id", "birth_year": "as_is"}},
            quasi_identifiers=["age"],
            small_classes={"policy": "refuse"},
        ),
        "extract-kin-both",
        "tables.persons.birth_year",
    ),
    (
        "exact ends beside years of beginning, which a transfer tells the day of",
        counted(["enrolled_on"], enrolled_on="year", discharged_on="as_is", previous_episode_id="id"),
        "extract-kin-finer",
        "tables.episodes.discharged_on",
    ),
    (
        "ends coarser than beginnings",
        counted(["enrolled_on"], enrolled_on="month", discharged_on="year"),
        "extract-kin-finer",
        "tables.episodes.discharged_on",
    ),
    (
        "ends in days since a beginning whose year leaves",
        counted(["enrolled_on"], enrolled_on="year", discharged_on="days_since_enrolment"),
        "extract-kin-finer",
        "tables.episodes.discharged_on",
    ),
    (
        "beginnings in days beside ends by date",
        counted(["enrolled_on"], enrolled_on="days_since_enrolment", discharged_on="as_is"),
        "extract-kin-finer",
        "tables.episodes.discharged_on",
    ),
    (
        "the end in waves by month beside the year of beginning",
        body(
            tables={
                **episodes_with(last_reported_year="as_is"),
                "waves": {"person_id": "id", "episode_id": "id", "moment": "as_is", "observed_on": "month"},
            },
            quasi_identifiers=["observed_on"],
            small_classes={"policy": "refuse"},
        ),
        "extract-kin-finer",
        "tables.episodes.last_reported_year",
    ),
    (
        "the first enrolment finer",
        body(
            tables={**episodes_with(enrolled_on="year"), "persons": {"person_id": "id", "first_enrolled_on": "month"}},
            quasi_identifiers=["enrolled_on"],
            small_classes={"policy": "refuse"},
        ),
        "extract-kin-finer",
        "tables.episodes.enrolled_on",
    ),
    (
        "the end of observation finer",
        body(
            tables={**episodes_with(enrolled_on="year"), "persons": {"person_id": "id", "observed_until": "month"}},
            quasi_identifiers=["enrolled_on"],
            small_classes={"policy": "refuse"},
        ),
        "extract-kin-finer",
        "tables.persons.observed_until",
    ),
    (
        "the length of an episode alone, which of who is still enrolled tells the beginning",
        counted(["status"], status="as_is", days="as_is"),
        "extract-kin-told",
        "tables.episodes.days",
    ),
    (
        "the length in bands, with the year of the end",
        counted(["status"], status="as_is", discharged_on="year", days={"band": 365}),
        "extract-kin-told",
        "tables.episodes.days",
    ),
    (
        "the end and the length, of which the beginning is the difference",
        counted(["status"], status="as_is", discharged_on="as_is", days="as_is"),
        "extract-kin-told",
        "tables.episodes.days",
    ),
    (
        "the end of observation and the length",
        counted(["status"], status="as_is", observed_until="as_is", days="as_is"),
        "extract-kin-told",
        "tables.episodes.days",
    ),
    (
        "the length beside the person's first beginning alone",
        body(
            tables={**episodes_with(days={"band": 365}), "persons": {"person_id": "id", "first_enrolled_on": "year"}},
            quasi_identifiers=["first_enrolled_on"],
            small_classes={"policy": "refuse"},
        ),
        "extract-kin-told",
        "tables.episodes.days",
    ),
    (
        "the end of one and the gap to the next",
        counted(["status"], status="as_is", discharged_on="as_is", gap_days="as_is", previous_episode_id="id"),
        "extract-kin-told",
        "tables.episodes.gap_days",
    ),
    (
        "the end of one and that the next is a transfer",
        counted(["status"], status="as_is", discharged_on="month", is_transfer="as_is"),
        "extract-kin-told",
        "tables.episodes.is_transfer",
    ),
    (
        "the end of one and that the next is no re-enrolment, which is a transfer then",
        counted(["status"], status="as_is", discharged_on="as_is", is_reenrolment="as_is"),
        "extract-kin-told",
        "tables.episodes.is_reenrolment",
    ),
    (
        "the same, with the end of observation and the number of the episode",
        counted(["status"], status="as_is", observed_until="month", is_reenrolment="as_is", episode_no="as_is"),
        "extract-kin-told",
        "tables.episodes.is_reenrolment",
    ),
    (
        "the end of one and that nobody came back, whose next is a transfer then",
        of_cohort(discharged_on="as_is")(has_returned="as_is"),
        "extract-kin-told",
        "tables.cohort.has_returned",
    ),
    (
        "when the follow-up is due, which may be so many years after the beginning",
        of_cohort()(follow_up_due_on="as_is"),
        "extract-kin-told",
        "tables.cohort.follow_up_due_on",
    ),
    (
        "when it is due in days since enrolment, which may be one day for all",
        of_cohort(["enrolled_on"], enrolled_on="days_since_enrolment")(follow_up_due_on="days_since_enrolment"),
        "extract-kin-told",
        "tables.cohort.follow_up_due_on",
    ),
    (
        "how many years of the follow-up are observed, which tells in which it began",
        of_cohort()(n_observed_years="as_is"),
        "extract-kin-told",
        "tables.cohort.n_observed_years",
    ),
    (
        "how many are not",
        of_cohort()(n_unobserved_years="as_is"),
        "extract-kin-told",
        "tables.cohort.n_unobserved_years",
    ),
    (
        "the end of one in waves and that the next is a renewal",
        body(
            tables={
                **episodes_with(is_renewal="as_is"),
                "waves": {"person_id": "id", "episode_id": "id", "moment": "as_is", "observed_on": "as_is"},
            },
            quasi_identifiers=["observed_on"],
            small_classes={"policy": "refuse"},
        ),
        "extract-kin-told",
        "tables.episodes.is_renewal",
    ),
    (
        "the length beside days since enrolment, which become dates by whom is still enrolled",
        counted(["enrolled_on"], enrolled_on="days_since_enrolment", days="as_is"),
        "extract-kin-told",
        "tables.episodes.days",
    ),
    (
        "the end of observation in days since enrolment",
        counted(["enrolled_on"], enrolled_on="days_since_enrolment", observed_until="days_since_enrolment"),
        "extract-transformation",
        "tables.episodes.observed_until",
    ),
    (
        "the beginning of observation in days since enrolment",
        counted(["enrolled_on"], enrolled_on="days_since_enrolment", observed_from="days_since_enrolment"),
        "extract-transformation",
        "tables.episodes.observed_from",
    ),
    (
        "who was in the pilot, which is a programme, not counted",
        body(
            tables={**episodes_with(status="as_is"), "persons": {"person_id": "id", "in_cohort": "as_is"}},
            quasi_identifiers=["status"],
            small_classes={"policy": "refuse"},
        ),
        "extract-quasi-identifier-missing",
        "quasi_identifiers",
    ),
]
POLICY = {
    "extract-contract-major", "extract-table-never", "extract-column-never", "extract-transformation", "extract-k",
    "extract-quasi-identifier-missing", "extract-kin-finer", "extract-kin-both", "extract-kin-told",
}  # fmt: skip
