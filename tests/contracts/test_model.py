"""The description of tables is read strictly: what it says and nobody knows is a fault that names the place."""

import pytest

from sigpanel.contracts.model import Column, read
from sigpanel.errors import Fault

SMALL = """
version: "1.0.0"
live_majors: [1]
vocabularies:
  colour:
    "red": {en: "Red", sv: "Röd"}
tables:
  things:
    row: {en: "thing", sv: "sak"}
    key: ["thing"]
    sort: ["thing"]
    columns:
      - {name: "thing", type: "string", classification: "ordinary", en: "Thing", sv: "Sak"}
      - {name: "colour", type: "string", nullable: true, values: "colour", classification: "ordinary", en: "C", sv: "F"}
"""


def test_a_small_description_is_read(tmp_path):
    (tmp_path / "tables.yaml").write_text(SMALL, encoding="utf-8")
    things = read(tmp_path / "tables.yaml").tables["things"]
    assert (things.en, things.key, things.sort, things.unique) == ("thing", ("thing",), ("thing",), ())
    assert things.columns[1] == Column("colour", "string", True, "ordinary", "C", "F", "colour", ("red",))


@pytest.mark.parametrize(
    ("text", "instead", "what"),
    [
        ("sort:", "order:", "things: nobody knows order."),
        ('    sort: ["thing"]\n', "", "things: sort is missing."),
        ("nullable:", "nullabel:", "a column of things: nobody knows nullabel."),
        ("nullable: true", 'nullable: "true"', "things.colour: nullable is true or false."),
        ('type: "string", class', 'type: "text", class', "things.thing: type is one of string, int16, int32"),
        ('"ordinary", en: "Thing"', '"secret", en: "Thing"', "things.thing: classification is one of pseudonymised"),
        ('en: "Thing"', 'en: ""', "things.thing: a text belongs here."),
        ('"red":', "no:", "vocabulary colour: names and what they mean belong here."),
        ('"red":', '"Red":', "vocabulary colour: a name of at most 32 lower-case characters belongs here."),
        ('values: "colour", ', "", "vocabulary colour: no column uses it."),
        ('values: "colour"', 'values: "shade"', "things.colour: values names no vocabulary."),
        ('values: "colour"', 'values: "colour", variables: true', "things.colour: it has either values or variables."),
        ('type: "string", nullable', 'type: "int16", nullable', "things.colour: only strings have values."),
        ('key: ["thing"]', 'key: ["colour"]', "things.colour: a key is never null."),
        ('sort: ["thing"]', 'sort: ["size"]', "things: key, unique or sort names size, which is no column."),
        ('name: "colour"', 'name: "thing"', "things: a column stands twice."),
        ('name: "colour"', 'name: "Colour"', "things: a name of at most 32 lower-case characters belongs here."),
        ("    columns:", "    per_variable: []\n    columns: {}\n    _:", "things: nobody knows _."),
        ('key: ["thing"]', "key: thing", "things, key: a list belongs here."),
        ("tables:", "vocabularies: {}\ntables:", "line 2: vocabularies stands twice."),
        ("tables:", "tables: [", "it is not YAML."),
        ('version: "1.0.0"\n', "", "the file: version is missing."),
        ('version: "1.0.0"', "version: 1.0", "version: a version such as 1.0.0 belongs here."),
        ('version: "1.0.0"', 'version: "1.0"', "version: a version such as 1.0.0 belongs here."),
        ('version: "1.0.0"', 'version: "01.0.0"', "version: a version such as 1.0.0 belongs here."),
        ('version: "1.0.0"', 'version: "2.0.0"', "live_majors: the version's own is not among them."),
        ("live_majors: [1]", 'live_majors: "1"', "live_majors: a list belongs here."),
        ('sv: "Röd"', 'sv: "Röd", redefined: "two"', "vocabulary colour, red: a version such as 1.0.0 belongs here."),
        ('sv: "Sak"', 'sv: "Sak", redefined: 2', "things.thing: a version such as 1.0.0 belongs here."),
    ],
)
def test_a_description_that_says_something_odd_is_refused(tmp_path, text, instead, what):
    assert text in SMALL
    (tmp_path / "tables.yaml").write_text(SMALL.replace(text, instead, 1), encoding="utf-8")
    with pytest.raises(Fault) as caught:
        read(tmp_path / "tables.yaml")
    assert caught.value.code == "contract-description"
    assert caught.value.message.startswith("contracts/panel/tables.yaml, ")
    assert what in caught.value.message
