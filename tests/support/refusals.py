"""Every refusal of the program, read from its source: code, exit code, what it says and what to do.

What a message takes from elsewhere (a place, a list of names, a count) is shown as an ellipsis. A function that is
given the code of its refusal is followed to where it is called.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import sigpanel
from sigpanel.errors import Fault, InputError, PolicyError, UsageError

ROOT = Path(sigpanel.__file__).parent
KINDS = {kind.__name__: kind for kind in (UsageError, InputError, PolicyError, Fault)}
ELSEWHERE = "…"


@dataclass(frozen=True, order=True)
class Refusal:
    """A place in which the program refuses."""

    code: str
    exit_code: int
    says: str
    remedy: str


@dataclass(frozen=True)
class _Module:
    """A file of the program: its name, and its texts by the names that they have in it."""

    name: str
    tree: ast.Module
    texts: Mapping[str, ast.expr]


@lru_cache
def refusals() -> tuple[Refusal, ...]:
    """All of them, each once, by code."""
    modules = [_module(path) for path in sorted(ROOT.rglob("*.py"))]
    found = set()
    for module in modules:
        for function in [each for each in ast.walk(module.tree) if isinstance(each, ast.FunctionDef)]:
            for call in _raised(function):
                code = call.args[0] if call.args else None
                texts = module.texts | _assigned(function)
                if isinstance(code, ast.Constant):
                    found.add(_refusal(code.value, call, texts))
                elif isinstance(code, ast.Name):
                    for given in _given(modules, module, function):
                        if isinstance(given.get(code.id), ast.Constant):
                            found.add(_refusal(given[code.id].value, call, texts | given))
    return tuple(sorted(found))


def as_page(all_of_them: tuple[Refusal, ...]) -> str:
    """The rows of the page, as Markdown."""
    rows = [
        f"| `{each.code}` | {each.exit_code} | {_in_a_cell(each.says)} | {_in_a_cell(each.remedy)} |"
        for each in all_of_them
    ]
    return "\n".join(["| code | exit | what it says | what to do |", "|---|---|---|---|", *rows])


def _raised(function: ast.FunctionDef) -> Iterator[ast.Call]:
    """The errors that a function makes itself, and not one that is defined in it."""
    inner = {
        id(call)
        for each in ast.walk(function)
        if isinstance(each, ast.FunctionDef) and each is not function
        for call in ast.walk(each)
    }
    for each in ast.walk(function):
        if isinstance(each, ast.Call) and _name(each.func) in KINDS and id(each) not in inner:
            yield each


def _module(path: Path) -> _Module:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    name = ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")
    return _Module(name, tree, _assigned(tree))


def _assigned(where: ast.Module | ast.FunctionDef) -> dict[str, ast.expr]:
    """What is called by a name there: of a module at its top, of a function anywhere in it; one or the other, if so."""
    found: dict[str, ast.expr] = {}
    for each in where.body if isinstance(where, ast.Module) else ast.walk(where):
        if isinstance(each, ast.Assign):
            for target in [one for one in each.targets if isinstance(one, ast.Name)]:
                known = found.get(target.id)
                found[target.id] = ast.IfExp(ast.Constant(""), known, each.value) if known else each.value
    return found


def _given(modules: Sequence[_Module], of: _Module, function: ast.FunctionDef) -> Iterator[dict[str, ast.expr]]:
    """What a function is given, by parameter, wherever it is called in its module or one that imports it."""
    names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    # A method is called without the object that it is of.
    positional = names[1:] if names[:1] in (["self"], ["cls"]) else names
    for module in modules:
        if module is of or _imports(module.tree, of.name, function.name):
            for caller in [each for each in ast.walk(module.tree) if isinstance(each, ast.FunctionDef)]:
                texts = module.texts | _assigned(caller)
                for call in [each for each in ast.walk(caller) if isinstance(each, ast.Call)]:
                    if _name(call.func) == function.name:
                        named = {each.arg: each.value for each in call.keywords if each.arg}
                        given = dict(zip(positional, call.args, strict=False)) | named
                        yield {name: texts.get(_name(value), value) for name, value in given.items()}


def _imports(tree: ast.Module, module: str, function: str) -> bool:
    """Whether a file has the function, or the module that it is in, by its name."""
    parent, _, last = module.rpartition(".")
    return any(
        (each.module == module and alias.name == function) or (each.module == parent and alias.name == last)
        for each in ast.walk(tree)
        if isinstance(each, ast.ImportFrom)
        for alias in each.names
    )


def _refusal(code: str, call: ast.Call, texts: Mapping[str, ast.expr]) -> Refusal:
    kind = KINDS[_name(call.func)]
    remedy = next((each.value for each in call.keywords if each.arg == "remedy"), None)
    told = "Report it." if remedy is None and kind is Fault else _text(remedy, texts)
    return Refusal(code, kind.exit_code, _text(call.args[1] if len(call.args) > 1 else None, texts), told)


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _text(said: ast.expr | None, texts: Mapping[str, ast.expr]) -> str:
    """A text as far as the source tells it."""
    if isinstance(said, ast.Constant):
        return str(said.value)
    if isinstance(said, ast.JoinedStr):
        return "".join(_text(part, texts) for part in said.values)
    if isinstance(said, ast.FormattedValue):
        return _text(said.value, texts)
    if isinstance(said, ast.BinOp):
        return _text(said.left, texts) + _text(said.right, texts)
    if isinstance(said, ast.IfExp):
        return f"{_text(said.body, texts)} / {_text(said.orelse, texts)}"
    if isinstance(said, ast.Name) and said.id in texts:
        return _text(texts[said.id], {name: each for name, each in texts.items() if name != said.id})
    return ELSEWHERE


def _in_a_cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
