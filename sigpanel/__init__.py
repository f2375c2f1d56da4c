"""District workbooks of the SIG follow-up in; a pseudonymised, contract-checked research panel out.

In a notebook, this is the whole of it:

    import sigpanel
    panel = sigpanel.open_panel("research/panel")  # or sigpanel.demo_panel()
    panel.episodes                                 # a polars LazyFrame; likewise persons, answers, waves, ...
    panel.bortfall(["programme"])                  # an analysis in one line; likewise change, rate, survival, ...
    sigpanel.tables.counts(panel.episodes, by="district")   # what may be published of it
    sigpanel.open_extract("demo-followup-v1")               # the same of an extract, for its recipients

Importing the package imports nothing else: the command line must answer `--help` at once, and a researcher who opens a
panel needs neither Great Expectations nor the workbook reader. So each name is fetched when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sigpanel import tables
    from sigpanel.analysis.opened import open_panel
    from sigpanel.extracts import open_extract
    from sigpanel.pipeline.demo import demo_extract, demo_panel

    __version__: str

__all__ = ["__version__", "demo_extract", "demo_panel", "open_extract", "open_panel", "tables"]

_HOMES = {
    "open_panel": "sigpanel.analysis.opened",
    "open_extract": "sigpanel.extracts",
    "demo_panel": "sigpanel.pipeline.demo",
    "demo_extract": "sigpanel.pipeline.demo",
}
_ROOMS = {"tables": "sigpanel.tables"}


def __getattr__(name: str) -> object:
    """Fetch a public name from its home on first use (PEP 562) and keep it."""
    if name == "__version__":
        value: object = import_module("importlib.metadata").version("sigpanel")
    elif name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    elif name in _ROOMS:
        value = import_module(_ROOMS[name])
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names too that have not been fetched yet, so that completion in a notebook finds them."""
    return sorted({*globals(), *__all__})
