"""Canaries in every place of a real workbook that can hold a text, beside what `tests.support.study` plants already.

`plant` takes a workbook that was written and adds what the project's own writer has no words for: properties, a
threaded comment, a defined name, headers and footers, texts of a drop-down, a hidden sheet, a link, a formula's words.
`PLACES` says which word stands where; each is in no other place.
"""

import datetime as dt
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

import openpyxl
from openpyxl.comments import Comment
from openpyxl.packaging.custom import StringProperty
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from tests.support.cohort import personal_number
from tests.support.study import SECRETS

PLACES = {
    "title": "Kanarieärendet Ängsull",
    "subject": "Kanarieämnet Blåklint",
    "keywords": "kanarieord vitsippa",
    "category": "Kanariekategorin Tussilago",
    "description": "Kanariebeskrivning Hundkex",
    "last modified by": "Kanariemannen Nattviol",
    "custom property": "Kanarieegenskap Slåtterblomma",
    "defined name": "Kanarienamn_Backsippa",
    "defined text": "Kanarietexten Prästkrage",
    "header": "Kanariehuvud Rödklöver",
    "footer of a page": "Kanariefot Gullviva",
    "prompt": "Kanariefråga Smörblomma",
    "error text": "Kanariefel Maskros",
    "list": "Kanarielista Förgätmigej",
    "hidden sheet's name": "Kanariegömman",
    "hidden cell": "Kanariegömd Liljekonvalj",
    "very hidden cell": "Kanariedold Åkervinda",
    "link": "https://kanarielänk.example/Harsyra",
    "tip of a link": "Kanarietips Linnea",
    "words of a formula": "Kanarieformel Kattfot",
    "note's author": "Kanarieförfattaren Mandelblom",
    "note on a header": "Kanarieanteckning Blåsippa",
    "threaded comment": "Kanarietråd Hästhov",
    "threaded comment's author": "Kanarietrådaren Kungsljus",
}
# What the data owner wrote into files of decisions, and what the cohort's files say of who somebody is.
DECIDED = {
    "reason of a correction": "Kanarieskäl Sälg",
    "who corrected": "Kanariebeslutaren Rönn",
    "reason of a link": "Kanarieorsak Hägg",
    "who linked": "Kanariehandläggaren Alm",
}
BORN = dt.date(1991, 11, 23)
NUMBER = personal_number(BORN, 868)
HYPHENED = f"{NUMBER[2:8]}-{NUMBER[8:]}"
NAMES = ("Kanariella", "Siskenberg")
IDENTITY = {"number": NUMBER, "number with hyphen": HYPHENED, "given name": NAMES[0], "surname": NAMES[1]}
EVERY = {**PLACES, **DECIDED, **IDENTITY}

_TO_THREADS = "http://schemas.microsoft.com/office/2017/10/relationships/threadedComment"
_TO_PERSONS = "http://schemas.microsoft.com/office/2017/10/relationships/person"
_THREADS = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"


def plant(path: Path, said: Mapping[str, str] = PLACES) -> None:
    """Put each word into its place of the workbook at `path`."""
    book = openpyxl.load_workbook(path)
    properties = book.properties
    properties.title, properties.subject, properties.keywords = said["title"], said["subject"], said["keywords"]
    properties.category, properties.description = said["category"], said["description"]
    properties.lastModifiedBy = said["last modified by"]
    book.custom_doc_props.append(StringProperty(name="Ärende", value=said["custom property"]))
    book.defined_names[said["defined name"]] = DefinedName(said["defined name"], attr_text=f'"{said["defined text"]}"')
    sheet = book[SECRETS["sheet name"]]
    sheet.oddHeader.center.text, sheet.oddFooter.left.text = said["header"], said["footer of a page"]
    listed = DataValidation(type="list", formula1=f'"{said["list"]}"', showInputMessage=True, showErrorMessage=True)
    listed.promptTitle, listed.prompt = "Fråga", said["prompt"]
    listed.errorTitle, listed.error = "Fel", said["error text"]
    listed.add("AZ5")
    sheet.add_data_validation(listed)
    for state, cell in (("hidden", "hidden cell"), ("veryHidden", "very hidden cell")):
        name = said["hidden sheet's name"] if state == "hidden" else "Gömd (2)"
        hidden = book.create_sheet(name)
        hidden["B2"], hidden.sheet_state = said[cell], state
    hidden["B3"] = f'=IF(TRUE,"{said["words of a formula"]}","")'
    hidden["B4"].hyperlink, hidden["B4"].hyperlink.tooltip = said["link"], said["tip of a link"]
    sheet["A9"].comment = Comment(said["note on a header"], said["note's author"])
    book.save(path)
    _thread(path, said)


def _thread(path: Path, said: Mapping[str, str]) -> None:
    """Add a threaded comment, which openpyxl does not know, as Excel lays it: parts of their own, referred to."""
    person = "{11111111-1111-4111-8111-111111111111}"
    author = said["threaded comment's author"]
    persons = (
        f'<personList xmlns="{_THREADS}"><person displayName="{author}" id="{person}" userId="x" providerId="None"/>'
        "</personList>"
    )
    threads = (
        f'<ThreadedComments xmlns="{_THREADS}"><threadedComment ref="B10" dT="2023-01-10T00:00:00.00" '
        f'personId="{person}" id="{person}"><text>{said["threaded comment"]}</text></threadedComment>'
        "</ThreadedComments>"
    )
    before = path.with_suffix(".before")
    shutil.move(path, before)
    with zipfile.ZipFile(before) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == "xl/_rels/workbook.xml.rels":
                data = _referring(data, _TO_PERSONS, "/xl/persons/person.xml")
            elif entry.filename.startswith("xl/worksheets/_rels/") and b"/comments/" in data:
                data = _referring(data, _TO_THREADS, "/xl/threadedComments/threadedComment1.xml")
            new.writestr(entry.filename, data)
        new.writestr("xl/persons/person.xml", persons)
        new.writestr("xl/threadedComments/threadedComment1.xml", threads)
    before.unlink()


def _referring(relations: bytes, kind: str, target: str) -> bytes:
    end = b"</Relationships>"
    return relations.replace(end, f'<Relationship Id="rIdKanarie" Type="{kind}" Target="{target}"/>'.encode() + end)
