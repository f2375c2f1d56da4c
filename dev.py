"""The one door for developers: `python3 dev.py COMMAND [ARGUMENTS]`.

    demo [DIR]   run `sigpanel demo`: a synthetic study, built and reported
    test         everything CI asks: format, lint, types, tests, notebooks; with arguments, those are pytest's
    lint         mend format and lint where it can be mended, then check the types
    bench        run the scripts in benchmarks/ (`bench --peers`: install what only they compare with, once)
    lock         write requirements.lock anew from pyproject.toml (`lock --upgrade`: newest versions), and the peers'
    clean        remove the environment and what the tools left

Needs Python 3.11 and nothing else. Makes `.venv` beside this file, installs exactly what requirements.lock names, each
file by its hash, then sigpanel itself as an editable install, and runs the command in there. uv does the installing if
it is on the path, venv and pip otherwise; both read the same lock. Nothing is installed again until the lock, the
project's description or the Python changes.

It runs before anything is installed, so it uses the standard library only; and whatever comes before the version check
must be readable to an older Python 3, or the one who has it gets a riddle instead of an answer.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - this line is for whoever has an older one
    sys.exit(f"dev.py: sigpanel needs Python 3.11 or newer; this is {sys.version.split()[0]}. Try: python3.11 dev.py")

import tomllib

Word = str | Path
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
INTERPRETER = "Scripts/python.exe" if os.name == "nt" else "bin/python"
PYTHON = VENV / INTERPRETER
LOCK = ROOT / "requirements.lock"
PROJECT = ROOT / "pyproject.toml"
# What sigpanel is measured against is heavy and nothing else needs it: each has an environment and a lock of its own.
PEERS = {"splink": "splink==5.0.0", "dataframely": "dataframely==3.1.2", "pycanon": "pycanon==1.3.6"}
PEERS_VENVS = ROOT / ".venv-peers"
UV = shutil.which("uv")
LEFTOVERS = [
    ".venv", ".venv-peers", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".coverage", "htmlcov",
    "build", "dist",
]  # fmt: skip


def run(*command: Word, cwd: Path | None = ROOT, stdin: str | None = None, env: dict[str, str] | None = None) -> int:
    """Run a command and return its exit code; what it prints goes where ours goes."""
    sys.stdout.flush()
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=cwd, input=stdin, env=env, text=True, check=False).returncode


def must(*command: Word, stdin: str | None = None, env: dict[str, str] | None = None) -> None:
    """Run a command without which nothing further makes sense."""
    code = run(*command, stdin=stdin, env=env)
    if code:
        sys.exit(f"dev.py: exit code {code} from: {' '.join(map(str, command))}")


def tool(name: Word, *args: Word, cwd: Path | None = ROOT) -> int:
    """Run a module of the environment; `-P` keeps a file of the same name in the folder from being run instead."""
    return run(PYTHON, "-P", "-m", name, *args, cwd=cwd)


def say(message: str) -> None:
    """Tell what goes on, on stderr: what `demo --json` answers on stdout stays readable to a program."""
    print(f"dev.py: {message}", file=sys.stderr, flush=True)


# --- the environment ---


def ready() -> None:
    """Bring `.venv` in step with the lock and the project; each is installed again only when it has changed."""
    environment = f"{sys.version} {digest(LOCK)}"
    project = f"{environment} {digest(PROJECT)} {ROOT}"
    if recall("project") == project:
        return
    # An environment that uv made holds no pip that could go on with it.
    if recall("environment") != environment or not (UV or shutil.which("pip", path=PYTHON.parent)):
        make_environment(VENV, LOCK)
        remember("environment", environment)
    # The build backend is in the lock, so that it is pinned too; an isolated build would fetch the newest.
    must(*installer(VENV), "--no-deps", "--no-build-isolation", "--editable", ROOT)
    remember("project", project)


def ready_peers() -> None:
    """Bring the environment of each peer in step with its lock."""
    for name in PEERS:
        venv, its_lock = PEERS_VENVS / name, lock_of(name)
        environment = f"{sys.version} {digest(its_lock)}"
        if recall("environment", venv) != environment:
            make_environment(venv, its_lock)
            remember("environment", environment, venv)


def lock_of(peer: str) -> Path:
    """The lock of a program that only benchmarks need."""
    return ROOT / "benchmarks" / f"requirements-{peer}.lock"


def installer(venv: Path) -> list[Word]:
    """The words that install into an environment, but for what."""
    python = venv / INTERPRETER
    if UV:
        return [UV, "pip", "install", "--quiet", "--python", python]
    return [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input"]


def make_environment(venv: Path, lock: Path) -> None:
    """Make an environment anew, so that nothing of an older lock lingers, and fill it."""
    if Path(sys.prefix).resolve() == venv:
        sys.exit(
            f"dev.py: {venv.name} must be made anew, but this Python is in it. Leave it (deactivate), then run again."
        )
    if not UV and importlib.util.find_spec("ensurepip") is None:
        sys.exit(
            "dev.py: this Python cannot make a virtual environment: Debian and Ubuntu ship that part apart.\n"
            "Install one of these, then run again:\n"
            "    apt install python3-venv    needs root\n"
            "    uv                          needs none"
        )
    say(f"installing {lock.name} into {venv.name} with {'uv' if UV else 'pip; a minute or two'}, this once")
    if UV:
        must(UV, "venv", "--quiet", "--clear", "--python", sys.executable, venv)
    else:
        must(sys.executable, "-m", "venv", "--clear", venv)
    # Wheels only: to build a source package, its own unpinned tools would be fetched past the hashes. Without looking
    # for dependencies, since the lock names them all: pip takes `coverage[toml]` in a package's wishes for something
    # that the lock's `coverage` does not settle, and fails on the day a newer one is published.
    must(*installer(venv), "--no-deps", "--require-hashes", "--only-binary", ":all:", "--requirement", lock)


def digest(path: Path) -> str:
    """Return a short digest of a file, to see whether it changed."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def recall(what: str, venv: Path = VENV) -> str | None:
    """Return what was installed last; an install that was interrupted left no stamp, and is done again."""
    stamp = venv / f"{what}.stamp"
    return stamp.read_text(encoding="utf-8") if stamp.is_file() and (venv / INTERPRETER).exists() else None


def remember(what: str, value: str, venv: Path = VENV) -> None:
    """Note, inside the environment so that they vanish together, what is installed."""
    (venv / f"{what}.stamp").write_text(value, encoding="utf-8")


# --- the commands ---


def demo(*args: str) -> int:
    """Run `sigpanel demo` where the caller stands: a DIR is meant from there."""
    ready()
    return tool("sigpanel", "demo", *args, cwd=None)


def test(*args: str) -> int:
    """Run every check even when an early one fails; pytest comes last, since CI reads its closing line."""
    ready()
    notebooks = sorted(ROOT.glob("notebooks/*.ipynb"))
    checks: dict[str, list[Word]] = {
        "ruff format (dev.py lint mends it)": ["ruff", "format", "--check"],
        "ruff check (dev.py lint mends some)": ["ruff", "check"],
        "mypy": ["mypy"],
    }
    if notebooks:
        # An output cell is a disclosure: it shows rows of whatever panel was open.
        checks["nbstripout (dev.py lint mends it)"] = ["nbstripout", "--verify", *notebooks]
    # Coverage of a part of the tests says nothing, and a debugger wants one process: arguments get pytest as it is.
    # A file's tests stay together, since they share a study that takes seconds to build.
    whole = ["--cov", "-n", "auto", "--dist", "loadfile", ROOT / "tests", *notebooks]
    checks["pytest"] = ["pytest", *(["--nbmake"] if notebooks else []), *(args or whole)]
    failed = {name: code for name, code in ((name, tool(*command)) for name, command in checks.items()) if code}
    if failed:
        say(f"failed: {', '.join(failed)}")
    return max(failed.values(), default=0)


def lint(*args: str) -> int:
    """Mend what can be mended, then say what is left."""
    ready()
    notebooks = sorted(ROOT.glob("notebooks/*.ipynb"))
    codes = [tool("ruff", "check", "--fix", *args), tool("ruff", "format", *args), tool("mypy")]
    if notebooks:
        codes.append(tool("nbstripout", *notebooks))
    return max(codes)


def bench(*args: str) -> int:
    """Run each benchmark by itself, so that none is slowed or warmed by another."""
    ready()
    if "--peers" in args:
        ready_peers()
    args = tuple(word for word in args if word != "--peers")
    scripts = [path for path in sorted(ROOT.glob("benchmarks/*.py")) if not path.name.startswith("_")]
    if not scripts:
        say("there is no script in benchmarks/")
    return max((run(PYTHON, script, *args) for script in scripts), default=1)


def lock(*args: str) -> int:
    """Write the lock for every platform and Python at once, with no trace of where or from where it was made."""
    if not UV:
        sys.exit("dev.py: writing the lock takes uv, which is not on the path. Install uv, then run again.")
    backend = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["build-system"]["requires"]
    compile_lock(LOCK, ["--extra", "dev", "--extra", "notebooks", *args, PROJECT.name], backend)
    for name, needed in PEERS.items():
        compile_lock(lock_of(name), list(args), [needed])
    return 0


def compile_lock(path: Path, words: list[str], needed: list[str]) -> None:
    """Write one lock; where it would name an address, the old one stays."""
    name = path.relative_to(ROOT)
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    # Wheels that only this machine has would be locked by hashes that nobody else can meet.
    local = {"UV_FIND_LINKS", "UV_INDEX", "UV_EXTRA_INDEX_URL"}
    env = {name: value for name, value in os.environ.items() if name not in local}
    env["UV_CUSTOM_COMPILE_COMMAND"] = "python3 dev.py lock"
    must(
        UV or "uv", "pip", "compile", "--quiet", "--no-config", "--universal", "--python-version", "3.11",
        "--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--output-file", name, *words, "-",
        stdin="\n".join(needed), env=env,
    )  # fmt: skip
    if "://" in path.read_text(encoding="utf-8"):
        path.write_text(before, encoding="utf-8")
        sys.exit(f"dev.py: the new {name} named an address; the old one is back. Look for an index in uv's settings.")


def clean(*_: str) -> int:
    """Remove what can be made again; a study is never among it."""
    caches = [path for path in ROOT.rglob("__pycache__") if VENV not in path.parents]
    for path in [*(ROOT / name for name in LEFTOVERS), *ROOT.glob(".coverage.*"), *caches]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return 0


COMMANDS = {command.__name__: command for command in (demo, test, lint, bench, lock, clean)}


def main() -> int:
    """Find the command; what follows it is the command's own."""
    name, *args = sys.argv[1:] or ["--help"]
    if name in {"-h", "--help", "help"}:
        print(__doc__)
        return 0
    if name not in COMMANDS:
        say(f"there is no command {name!r}; there are {', '.join(COMMANDS)}")
        return 2
    return COMMANDS[name](*args)


if __name__ == "__main__":
    sys.exit(main())
