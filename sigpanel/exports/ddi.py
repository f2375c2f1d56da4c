"""The codebook in DDI-Codebook 2.5, which archives take: each file, each variable, its question, codes and reasons.

Values are those of .sav, since a category of DDI is a number with a label; the words of CSV and Parquet stand in
codebook.csv. Texts are in English and Swedish. There is no frequency, no least, no greatest value and
no number of rows: in a codebook those are small cells. There is no date either: what a codebook describes has a
version.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as Xml

from sigpanel.contracts.exports import exports
from sigpanel.contracts.terms import terms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sigpanel.contracts.extracts import Words
    from sigpanel.contracts.terms import Text
    from sigpanel.exports.variables import Variable

NAMESPACE = "ddi:codebook:2_5"
_LANGUAGES = ("en", "sv")


@dataclass(frozen=True)
class Study:
    """What a codebook is of.

    `id` names release or extract; `restriction` says who may use it and how. `rows` has what one row of each table is.
    """

    id: str
    title: Words
    restriction: Words
    rows: Mapping[str, Words]


def codebook_xml(study: Study, tables: Mapping[str, Sequence[Variable]]) -> bytes:
    """The codebook, as a file.

    Args:
        study: what it is of.
        tables: the columns of each table.
    """
    root = Xml.Element("codeBook", {"xmlns": NAMESPACE, "version": "2.5", "ID": "codebook"})
    _citation(Xml.SubElement(root, "docDscr"), study)
    _study(Xml.SubElement(root, "stdyDscr"), study)
    for name in tables:
        _file(root, name, study.rows[name], len(tables[name]))
    data = Xml.SubElement(root, "dataDscr")
    for name, variables in tables.items():
        for variable in variables:
            _variable(data, name, variable)
    Xml.indent(root)
    content: bytes = Xml.tostring(root, encoding="UTF-8", xml_declaration=True)
    return content + b"\n"


def _citation(parent: Xml.Element, study: Study) -> None:
    titles = Xml.SubElement(Xml.SubElement(parent, "citation"), "titlStmt")
    _text(titles, "titl", study.title.en, "en")
    _text(titles, "parTitl", study.title.sv, "sv")
    Xml.SubElement(titles, "IDNo").text = study.id


def _study(parent: Xml.Element, study: Study) -> None:
    _citation(parent, study)
    info = Xml.SubElement(parent, "stdyInfo")
    for part in (terms().purpose, terms().limitations):
        _both(info, "abstract", part)
    summary = Xml.SubElement(info, "sumDscr")
    for row in study.rows.values():
        _both(summary, "anlyUnit", row)
    access = Xml.SubElement(parent, "dataAccs")
    for language in _LANGUAGES:
        use = Xml.SubElement(access, "useStmt")
        _text(use, "restrctn", getattr(study.restriction, language), language)
        _text(use, "conditions", getattr(terms().usage, language), language)


def _file(root: Xml.Element, name: str, row: Words, n_variables: int) -> None:
    told = Xml.SubElement(Xml.SubElement(root, "fileDscr", {"ID": f"file_{name}"}), "fileTxt")
    Xml.SubElement(told, "fileName").text = name
    # Both languages in one element: the standard has room for one fileCont, and fileTxt is repeated for no language.
    Xml.SubElement(told, "fileCont").text = f"{row.en} / {row.sv}"
    Xml.SubElement(Xml.SubElement(told, "dimensns"), "varQnty").text = str(n_variables)


def _variable(data: Xml.Element, table: str, variable: Variable) -> None:
    place = f"{table}.{variable.name}"
    is_number = not variable.categories and variable.type in ("int16", "int32", "float64", "date")
    about = {
        "ID": place,
        "name": variable.name,
        "files": f"file_{table}",
        "intrvl": "contin" if is_number else "discrete",
    }
    told = Xml.SubElement(data, "var", about)
    _both(told, "labl", variable.label)
    if variable.asked_as:
        _text(told, "qstn", variable.asked_as, "en")
    reasons = [exports().reasons[name] for name in variable.reasons]
    if reasons:
        missing = Xml.SubElement(told, "invalrng")
        for reason in reasons:
            Xml.SubElement(missing, "item", {"VALUE": str(reason.code)})
    if variable.said != variable.label:
        _both(told, "txt", variable.said)
    for category in variable.categories:
        _category(told, category.number, category.said, is_missing=False)
    for reason in reasons:
        _category(told, reason.code, reason.said, is_missing=True)
    kind = "character" if variable.is_text else "numeric"
    Xml.SubElement(told, "varFormat", {"type": kind, **({"category": "date"} if variable.type == "date" else {})})


def _category(parent: Xml.Element, number: int, said: Words, *, is_missing: bool) -> None:
    told = Xml.SubElement(parent, "catgry", {"missing": "Y"} if is_missing else {})
    Xml.SubElement(told, "catValu").text = str(number)
    _both(told, "labl", said)


def _both(parent: Xml.Element, tag: str, said: Words | Text) -> None:
    for language in _LANGUAGES:
        _text(parent, tag, getattr(said, language), language)


def _text(parent: Xml.Element, tag: str, text: str, language: str) -> None:
    Xml.SubElement(parent, tag, {"xml:lang": language}).text = text
