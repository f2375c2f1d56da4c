"""Which pages of `docs/` are made of the contracts, what they should say, and writing them anew.

A page on each table and on each consumer is made as a whole; in `docs/contracts.md` and `docs/deliveries.md` what
stands between two marks is made, and the rest is written by hand. Only a checkout has docs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sigpanel.contracts.consumers import consumer, names_of_consumers
from sigpanel.contracts.generated import Difference, write_anew
from sigpanel.contracts.tables import names
from sigpanel.report.consumer_docs import FILE, consumer_docs, consumer_list
from sigpanel.report.delivery_page import delivery_sections
from sigpanel.report.table_page import table_list, table_page
from sigpanel.resources import contracts_dir

if TYPE_CHECKING:
    from pathlib import Path

_FOLDER = "contracts"
_DOCS = "docs"


def docs_dir() -> Path | None:
    """Where the pages lie; none where sigpanel is installed without them."""
    place = contracts_dir().parent / _DOCS
    return place if contracts_dir().name == "contracts" and place.is_dir() else None


def pages(docs: Path) -> dict[str, str]:
    """What each page should say, by its path below `docs/`."""
    made = {
        **{f"{_FOLDER}/{name}.md": table_page(name) for name in names()},
        **{f"{_FOLDER}/{FILE.format(name=name)}": consumer_docs(consumer(name)) for name in names_of_consumers()},
    }
    marked = {
        "contracts.md": {"tables": table_list, "consumers": consumer_list},
        "deliveries.md": {"deliveries": delivery_sections},
    }
    for page, parts in marked.items():
        text = _text(docs / page)
        for mark, make in parts.items():
            text = _between(text, mark, make())
        made[page] = text
    return made


def check(docs: Path | None = None) -> tuple[Difference, ...]:
    """The pages that do not say what the contracts say; none where there are no docs.

    Args:
        docs: where they lie; else in the checkout.
    """
    place = docs or docs_dir()
    if place is None:
        return ()
    made = pages(place)
    left_over = [f"{_FOLDER}/{path.name}" for path in sorted((place / _FOLDER).glob("*.md"))]
    return (
        *(
            Difference(f"{_DOCS}/{page}", "", "does not say what the contracts say")
            for page, text in made.items()
            if _text(place / page) != text
        ),
        *(
            Difference(f"{_DOCS}/{page}", "", "no page is made under this name")
            for page in left_over
            if page not in made
        ),
    )


def write(docs: Path | None = None) -> tuple[str, ...]:
    """Write the pages that differ, remove those that are of nothing any more, and return their paths."""
    place = docs or docs_dir()
    if place is None:
        return ()
    stale = tuple(each.file.removeprefix(f"{_DOCS}/") for each in check(place))
    write_anew(place, stale, pages(place))
    return tuple(f"{_DOCS}/{page}" for page in stale)


def _between(text: str, mark: str, content: str) -> str:
    marks = re.compile(rf"(<!-- {mark} -->\n).*?(<!-- end of {mark} -->)", re.DOTALL)
    return marks.sub(lambda found: f"{found[1]}\n{content}\n{found[2]}", text)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
