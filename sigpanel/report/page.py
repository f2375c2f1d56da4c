"""Render a template of this folder to one self-contained page.

What is filled in is escaped, and a name that a template asks for and nobody gave is a fault, never an empty place. The
page forbids itself to load anything, so that opening it tells nobody that it was opened.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from sigpanel.contracts.disclosure import disclosure

if TYPE_CHECKING:
    from collections.abc import Mapping

_PER_CENT = "\u00a0%"


def render(template: str, **content: object) -> str:
    """The page that a template of this folder makes of its content."""
    return _environment().get_template(template).render(**content)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("sigpanel.report", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"share": share, "count": count, "interval": interval}
    return environment


def share(value: float | None, digits: int = 1) -> str:
    """A share as Swedish per cent: 97,4 %. None where there is nothing to be a share of."""
    return "–" if value is None else f"{value * 100:.{digits}f}{_PER_CENT}".replace(".", ",")


def interval(bounds: Mapping[str, float | None], digits: int = 1) -> str:
    """A range of shares: 96,4–97,7 %."""
    low, high = share(bounds["low"], digits), share(bounds["high"], digits)
    return low if low == high else f"{low.removesuffix(_PER_CENT)}–{high}"


def count(value: float | str | None) -> str:
    """A count with thin spaces between thousands, or the word for what is hidden; a text stays as it is."""
    if value is None:
        return disclosure().word("hidden", "sv")
    return value if isinstance(value, str) else f"{value:,}".replace(",", "\u202f")
