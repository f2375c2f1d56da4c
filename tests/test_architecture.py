"""The shape of the code, read off its imports, and what no file of the repository may hold."""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(ROOT.glob("sigpanel/**/*.py"))
}

# A package imports only what stands above it; packages on one line do not import each other.
ORDER = [
    "errors collector",
    "resources",
    "findings",
    "forms",
    "contracts",
    "intake clean decisions episodes persons synth key disclosure",
    "panel",
    # The release ledger and the head of a log are written as a panel is: whole or not at all.
    "tables audit",
    "analysis exports",
    "extracts followup report feedback review",
    "proof",
    "pipeline",
    "cli",
    "__main__",
]
RANK = {f"sigpanel.{name}": rank for rank, names in enumerate(ORDER) for name in names.split()}


def imports(module: str) -> Iterator[str]:
    """Every module that `module` imports, also inside a function or for types only; ours down to the submodule."""
    package = module.split(".") if FILES[module].name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(ast.parse(FILES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for name in (f"{base}.{alias.name}" for alias in node.names):
                yield name if name in FILES or base == "sigpanel" else base


IMPORTS = {module: set(imports(module)) for module in FILES}


def top(module: str) -> str:
    return ".".join(module.split(".")[:2])


def allowed(module: str, target: str) -> bool:
    if module == "sigpanel":
        return top(target) in {"sigpanel.analysis", "sigpanel.extracts", "sigpanel.pipeline", "sigpanel.tables"}
    if target == "sigpanel.__version__":
        return True
    return top(module) == top(target) or RANK.get(top(target), len(ORDER)) < RANK[top(module)]


def importers(name: str) -> set[str]:
    """The modules that import `name` or something inside it; its own insides do not count."""

    def inside(module: str) -> bool:
        return module == name or module.startswith(f"{name}.")

    return {module for module, found in IMPORTS.items() if not inside(module) and any(map(inside, found))}


def test_every_module_has_its_place_in_the_order():
    assert {top(module) for module in FILES} - {"sigpanel"} <= RANK.keys()


def test_code_flows_one_way():
    pairs = [(module, target) for module, found in IMPORTS.items() for target in sorted(found)]
    assert not [f"{a} imports {b}" for a, b in pairs if b.split(".")[0] == "sigpanel" and not allowed(a, b)]


@pytest.mark.parametrize(
    "name", ["openpyxl", "python_calamine", "fastexcel", "sigpanel.intake.xlsx", "great_expectations", "pyreadstat"]
)
def test_a_door_is_opened_by_one_module_only(name):
    assert len(importers(name)) <= 1, f"{name} is imported by {sorted(importers(name))}"


@pytest.mark.parametrize(
    ("name", "rooms"),
    [
        ("sigpanel.key", {"sigpanel.pipeline"}),
        # Feedback is written in the form's layout, but tells what was found, of which the forms know nothing.
        ("xlsxwriter", {"sigpanel.forms", "sigpanel.feedback", "sigpanel.review", "sigpanel.followup"}),
    ],
)
def test_a_door_is_in_its_rooms_only(name, rooms):
    assert {top(module) for module in importers(name)} <= rooms


def test_every_module_says_what_it_is_for():
    assert not [module for module, path in FILES.items() if not ast.get_docstring(ast.parse(path.read_bytes()))]


def test_every_module_is_one_room_with_one_purpose():
    lengths = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in FILES.items()}
    assert not {module: lines for module, lines in lengths.items() if lines > 350}


# --- what an import drags in ---


@pytest.mark.parametrize(
    ("use", "heavy"),
    [
        ("sigpanel", ["polars", "pandas", "yaml", "typer", "great_expectations", "sigpanel.panel", "sigpanel.intake"]),
        (
            "sigpanel; sigpanel.open_panel",
            ["pandas", "pyreadstat", "scipy", "great_expectations", "cryptography", "sigpanel.intake"],
        ),
        ("sigpanel; sigpanel.tables", ["pandas", "great_expectations", "cryptography", "scipy", "sigpanel.intake"]),
        (
            "sigpanel; sigpanel.open_extract",
            ["pandas", "jinja2", "pyreadstat", "great_expectations", "cryptography", "sigpanel.intake"],
        ),
        ("sigpanel.exports.folder, sigpanel.exports.statistical", ["pandas", "pyreadstat", "great_expectations"]),
        ("sigpanel.contracts.gx, sigpanel.contracts.suites", ["pandas", "great_expectations"]),
    ],
)
def test_an_import_brings_only_what_is_used(python: Callable[..., subprocess.CompletedProcess[str]], use, heavy):
    answer = python("-c", f"import sys; import {use}; print(*(name for name in {heavy!r} if name in sys.modules))")
    assert (answer.stderr, answer.stdout.split()) == ("", [])


# --- what no committed file may hold ---


def committed() -> list[Path]:
    """The files of the repository, those about to be added too, so that the fault shows before the commit."""
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        capture_output=True,
        check=True,
    )
    return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


# Written so that none of them matches itself.
NAMES_OF_ONE_PLACE = {
    "a package index": re.compile(
        r"https?://[^\s)\"']+/(?:simple|packages|pypi)\b|\bpypi\.(?:org|io)\b|pythonhosted\."
    ),
    "an index setting": re.compile(r"-{2}(?:extra-|default-)?index-url|\bindex-url\s*=|-{2}find-links"),
    "a path of one machine": re.compile(r"(?<![a-z])/(?:work|root|farm)/\w|\bfile:/{2}"),
}


@pytest.mark.parametrize("what", NAMES_OF_ONE_PLACE)
def test_no_file_names(what):
    texts = {path: path.read_bytes().decode("utf-8", errors="replace") for path in committed()}
    assert not [path.relative_to(ROOT) for path, text in texts.items() if NAMES_OF_ONE_PLACE[what].search(text)]


def test_uv_lock_is_not_committed_because_it_names_hosts():
    assert "uv.lock" not in {path.name for path in committed()}
