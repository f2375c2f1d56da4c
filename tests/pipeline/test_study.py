"""A study's settings: what shapes a release is in their digest, where things lie is not."""

import datetime as dt
from pathlib import Path

import pytest

from sigpanel import key as keys
from sigpanel.errors import InputError
from sigpanel.pipeline.settings import CohortSettings
from sigpanel.pipeline.study import Settings, create_study, open_study


@pytest.fixture
def empty(tmp_path):
    return create_study(tmp_path / "study")


def settings(study, *lines: str) -> Settings:
    (study.root / "sigpanel.toml").write_text("\n".join(lines), encoding="utf-8")
    return open_study(study.root).settings


def test_an_empty_study_says_nothing_and_every_setting_is_shown_in_a_comment(empty):
    assert open_study(empty.root).settings == Settings()
    text = (empty.root / "sigpanel.toml").read_text()
    uncommented = "\n".join(line.removeprefix("# ") for line in text.splitlines() if not line.endswith("."))
    for name in ("research", "key_file", "[resends]", "[leave_out]"):
        assert name in uncommented


def test_the_lines_of_the_template_are_settings_once_the_mark_is_taken_away(empty):
    text = (empty.root / "sigpanel.toml").read_text()
    shown = [line.removeprefix("# ") for line in text.splitlines() if "=" in line or line.startswith("# [")]
    assert settings(empty, *shown) == Settings(
        key_file="/somewhere/safe/sig.key",
        manager_key_file="/elsewhere/safe/manager.key",
        threshold=10,
        resends={"farsta": False},
        replacements=(("2024/Farsta igen.xlsx", "2024/Farsta.xlsx"),),
        parts=(frozenset({"2024/Farsta A.xlsx", "2024/Farsta B.xlsx"}),),
        districts={"2024/tom.xlsx": "farsta"},
        received={"2024/Farsta.xlsx": dt.date(2025, 1, 15)},
        cohort=CohortSettings({"uno": "Kod"}, ("Adress", "Telefon"), frozenset({"discharged_on"}), "discharge"),
    )


@pytest.mark.parametrize(
    ("said", "means"),
    [('"enrolment"', "enrolment"), ('"2021-12-31"', dt.date(2021, 12, 31)), ("2021-12-31", dt.date(2021, 12, 31))],
)
def test_the_follow_up_is_counted_from_a_moment_or_due_on_a_day(empty, said, means):
    plain = settings(empty, 'key_file = "a"')
    set_so = settings(empty, "[cohort]", f"follow_up_from = {said}")
    assert set_so.cohort.follow_up_from == means
    assert set_so.digest() != plain.digest()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('unno = "Kod"', "unknown entry unno in [cohort]. The entries are: study_id, uno"),
        ("uno = 1", "[cohort] gives the header of each column as a text, and ignore is a list of headers"),
        ('ignore = "Adress"', "[cohort] gives the header of each column as a text, and ignore is a list of headers"),
        ('uno = "Kod"\nsex = "KOD"', "[cohort] names a header twice, or one without letters and digits"),
        ('uno = "…"', "[cohort] names a header twice, or one without letters and digits"),
        ('may_be_unreadable = ["study_id"]', "may_be_unreadable lists columns other than study_id"),
        ('may_be_unreadable = ["kön"]', "may_be_unreadable lists columns other than study_id"),
        ('follow_up_from = "2021"', 'follow_up_from is "discharge", "enrolment" or a day, as in "2021-12-31"'),
        ("follow_up_from = 2021", 'follow_up_from is "discharge", "enrolment" or a day, as in "2021-12-31"'),
    ],
)
def test_what_is_said_of_the_cohort_otherwise_is_refused(empty, line, says):
    with pytest.raises(InputError) as refused:
        settings(empty, "[cohort]", *line.split("\n"))
    assert says in refused.value.message


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (("[replacements]", 'file = "a"'), "each [[replacements]] holds `file` and `replaces`, and nothing else"),
        (("[[replacements]]", 'file = "a"'), "each [[replacements]] holds `file` and `replaces`, and nothing else"),
        (("[[parts]]", 'files = ["a"]'), "each [[parts]] holds `files`, a list of two or more, and nothing else"),
        (("[[parts]]", 'files = ["a", "a"]'), "each [[parts]] holds `files`, a list of two or more, and nothing else"),
        (("[[parts]]", 'files = ["a", "b"]', "[[parts]]", 'files = ["b", "c"]'), "a file stands in two [[parts]]"),
        (
            ("[[districts]]", 'file = "a"', 'district = "norra"'),
            "[[districts]] names no district: that is like no word which stands here. The districts are",
        ),
        (("[[districts]]", 'file = "a"', 'district = "farsta"') * 2, "a file stands in two [[districts]]"),
        (("[received]", '"a" = "2025-01-15"'), "received gives a date for each file"),
        (('one_role = "yes"',), "one_role says true or false"),
        (("manager_key_file = 7",), "manager_key_file must be the path of a file or folder, as a text"),
        (("disclosure = 5",), "[disclosure] holds `threshold`, a whole number, and nothing else"),
        (("[disclosure]", "rounding = 5"), "[disclosure] holds `threshold`, a whole number, and nothing else"),
        (("[disclosure]", "threshold = 2"), "threshold is a whole number of persons, 3 at least"),
        (("[disclosure]", "threshold = true"), "threshold is a whole number of persons, 3 at least"),
        (("[disclosure]", 'threshold = "5"'), "threshold is a whole number of persons, 3 at least"),
        (("[received]", '"a" = 2025-01-15T10:00:00'), "received gives a date for each file"),
    ],
)
def test_a_declaration_that_says_something_else_is_named(empty, lines, says):
    with pytest.raises(InputError) as refused:
        settings(empty, *lines)
    assert says in refused.value.message


def test_what_files_are_called_is_in_no_digest(empty):
    plain = settings(empty, "").digest()
    assert settings(empty, "[[parts]]", 'files = ["2024/a.xlsx", "2024/b.xlsx"]').digest() == plain


def test_what_shapes_a_release_changes_the_digest_and_where_things_lie_does_not(empty):
    plain = settings(empty, "").digest()
    assert settings(empty, 'research = "elsewhere"', 'key_file = "other"').digest() == plain
    assert settings(empty, "[resends]", "farsta = true").digest() != plain
    assert settings(empty, "[leave_out]", 'submissions = ["s1"]').digest() != plain


def test_the_order_of_settings_does_not_matter(empty):
    one = settings(empty, "[resends]", "farsta = true", "skarpnack = false", "[leave_out]", 'submissions = ["a", "b"]')
    other = settings(
        empty, "[leave_out]", 'submissions = ["b", "a"]', "[resends]", "skarpnack = false", "farsta = true"
    )
    assert one.digest() == other.digest()


def test_a_district_that_was_merged_is_declared_under_its_name_of_then(empty):
    assert settings(empty, "[resends]", "spanga_tensta = false").resends == {"jarva": False}


def test_the_environment_goes_before_the_settings(empty, monkeypatch):
    settings(empty, 'key_file = "in-the-settings"')
    assert open_study(empty.root).key_file() == empty.root / "in-the-settings"
    monkeypatch.setenv("SIGPANEL_KEY_FILE", "~/in-the-environment")
    assert open_study(empty.root).key_file() == Path.home() / "in-the-environment"


def test_a_key_file_named_in_the_settings_is_relative_to_them_and_one_in_the_environment_to_where_one_is(
    empty, monkeypatch
):
    settings(empty, 'key_file = "../sig.key"')
    assert open_study(empty.root).key_file() == empty.root / "../sig.key"
    monkeypatch.setenv("SIGPANEL_KEY_FILE", "keys/sig.key")
    assert open_study(empty.root).key_file() == Path("keys/sig.key")


def test_the_managers_key_is_set_apart_from_the_owners_and_in_one_role_is_the_owners_unless_set(empty, monkeypatch):
    settings(empty, 'key_file = "owner.key"')
    with pytest.raises(InputError) as caught:
        open_study(empty.root).manager_key_file()
    assert caught.value.code == "manager-key-not-set"
    settings(empty, 'key_file = "owner.key"', "one_role = true")
    assert open_study(empty.root).manager_key_file() == empty.root / "owner.key"
    settings(empty, 'key_file = "owner.key"', 'manager_key_file = "manager.key"', "one_role = true")
    assert open_study(empty.root).manager_key_file() == empty.root / "manager.key"
    monkeypatch.setenv("SIGPANEL_MANAGER_KEY_FILE", "~/in-the-environment")
    assert open_study(empty.root).manager_key_file() == Path.home() / "in-the-environment"


def test_a_threshold_of_the_studys_own_shapes_what_a_release_says_of_its_linkage(empty):
    plain = settings(empty, "")
    own = settings(empty, "[disclosure]", "threshold = 10")
    assert (plain.threshold, own.threshold) == (None, 10)
    assert own.digest() != plain.digest()


def test_nobody_but_owner_and_group_can_look_into_an_empty_study(empty):
    modes = {path: path.stat().st_mode & 0o007 for path in empty.root.rglob("*") if path.is_dir()}
    assert set(modes.values()) == {0}


def test_without_a_key_file_set_nothing_is_guessed(empty):
    with pytest.raises(InputError) as caught:
        empty.key_file()
    assert caught.value.code == "key-not-set"


def live(study, key_id):
    (study.panel / "r0001").mkdir(parents=True)
    (study.panel / "r0001" / "manifest.json").write_text(f'{{"key_id": "{key_id}"}}')
    (study.panel / "CURRENT").write_text("r0001\n")


def test_where_a_release_names_its_key_that_one_is_to_be_set_and_none_made(empty):
    live(empty, "abcdefghij")
    with pytest.raises(InputError) as caught:
        empty.key_file()
    assert caught.value.code == "key-not-set"
    assert caught.value.message == "No key file is set. The live release was made with the key abcdefghij."
    assert caught.value.remedy.startswith("Set the file of that key: SIGPANEL_KEY_FILE or key_file;")
    assert "key new" not in caught.value.remedy


def test_of_the_practice_study_no_key_is_to_be_set_or_made(empty):
    live(empty, keys.demonstration().key_id)
    with pytest.raises(InputError) as caught:
        empty.key_file()
    assert (caught.value.code, "practice study" in caught.value.message) == ("key-not-set", True)
    assert "key new" not in caught.value.remedy


def test_where_extracts_name_the_managers_key_that_one_is_to_be_set(empty):
    for name, content in (("a-v1", '{"key_id": "abcdefghij"}'), ("a-v2", '{"key_id": "bcdefghijk"}'), ("a-v3", "[")):
        (empty.extracts / name).mkdir(parents=True)
        (empty.extracts / name / "manifest.json").write_text(content)
    with pytest.raises(InputError) as caught:
        empty.manager_key_file()
    assert caught.value.code == "manager-key-not-set"
    assert caught.value.message.endswith("Those of this study were made with: abcdefghij, bcdefghijk.")
    assert caught.value.remedy.startswith("Set the file of that key: SIGPANEL_MANAGER_KEY_FILE or manager_key_file;")


@pytest.mark.parametrize("place", [".", "owner", "owner/registry", "owner/submissions"])
def test_the_two_rooms_are_never_one(empty, place):
    with pytest.raises(InputError, match="research must be a room of its own"):
        settings(empty, f'research = "{place}"')


def test_an_entry_that_is_like_none_that_is_known_is_not_repeated(empty):
    with pytest.raises(
        InputError, match=r"unknown entry that is like no word which stands here\. The entries are: cohort, disclosure"
    ) as refused:
        settings(empty, '"AP0615 Kalle" = 1')
    assert "Kalle" not in str(refused.value)


def test_settings_nested_without_end_are_no_valid_toml(empty):
    with pytest.raises(InputError, match="not valid TOML"):
        settings(empty, "a = " + "[" * 20_000)
