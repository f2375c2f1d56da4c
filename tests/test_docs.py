"""What README and docs say is so: what they name exists, what they show is what comes out, what they link to is there.

Everything in `code` must be something: a command with its options, a table, column or code, a rule, a setting, a file.
What stands below an example, and the list of messages in the data owner's guide, is made by the program:

    SIGPANEL_WRITE_DOCS=1 pytest tests/test_docs.py     writes those anew; look at the difference before you commit it
"""

import ast
import contextlib
import functools
import importlib.util
import inspect
import io
import os
import re
import shlex
import shutil
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import polars as pl
import pytest
import yaml
from typer.main import get_command

import sigpanel
from sigpanel.analysis.answers import STRATA
from sigpanel.analysis.attrition import STAGES
from sigpanel.analysis.opened import Panel
from sigpanel.cli import app
from sigpanel.contracts.followup import facts
from sigpanel.contracts.links import links_file
from sigpanel.contracts.model import CLASSIFICATIONS
from sigpanel.contracts.tables import names, table
from sigpanel.extracts.hide import SUPPRESSED
from sigpanel.feedback import file_name
from sigpanel.findings import rules
from sigpanel.forms import variables
from sigpanel.pipeline.settings import TEMPLATE
from sigpanel.report import contracts
from sigpanel.review import file_name as review_name

ROOT = Path(__file__).resolve().parents[1]
# What the program says is on a page that is made of it (tests/test_refusals.py), with ellipses for what differs.
PAGES = [ROOT / "README.md", *sorted(set((ROOT / "docs").glob("*.md")) - {ROOT / "docs" / "refusals.md"})]
WRITES = bool(os.environ.get("SIGPANEL_WRITE_DOCS"))
ELLIPSIS = "…"

FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
# Named by the pages, and nowhere as data: what the overview prints, a command of the system, and names of files.
OTHERS = {"inferred", "chmod 600", ".xlsm", file_name("farsta", "unga", 2025)}
# What a study has once links were reviewed; the demonstration reviews none.
OTHERS |= {review_name(), review_name("farsta"), links_file().path}
OTHERS |= {"owner/registry/asked.parquet", "owner/registry/taken.parquet", "owner/registry/extracts.parquet"}
# What a study has once an extract was issued, and what is in a log.
OTHERS |= {"log.jsonl", "reissued", "approval.yaml", SUPPRESSED, "__hidden", "<column>__hidden"}
# What an extract has once a delivery was received.
OTHERS |= {*facts().tables, *(column for table in facts().tables.values() for column in table)}
# An entry that a consumer may have, and the first one has not.
OTHERS |= {"from_year", "suppressed", "__missing", "__hidden", "<variable>__missing", "SIGPANEL_DDI_XSD"}
OTHERS |= {contracts.FILE.format(release="<release>")}
# Columns that analyses make.
MADE = {"is_complete", "missing", "value", "low", "high", "mental_health__in", "mental_health__out"}
# Of analyses over time: columns, why a watch ended, why nothing is known, and words of other programs.
MADE |= {"entry", "time", "time_low", "time_high", "censored_by", "start", "stop", "in_insats", "cause", "reason"}
MADE |= {"gone_before", "returned_in_buffer", "event_beside_end"}
MADE |= {"last_report", "lost", "register_coverage", "horizon", "unobserved_years", "observed_5y"}
MADE |= {
    "no_origin",
    "origin_without_day",
    "event_beside_index",
    "not_searched",
    "before_coverage",
    "return_without_day",
    "discharge_without_day",
}
MADE |= {"seen_too_late", "not_watched", "reenrolment", "sig", "drop_nulls", "buffer=30", 'population="cohort"'}
MADE |= {"calendar=True"}
MADE |= {"(start, stop]", "tmerge", "survSplit", "CoxPHFitter", "entry_col"}
MADE |= {"Surv(entry, time, event)", "survfit(Surv(entry, time, factor(event)) ~ 1, id = person_id)"}
MADE |= {"coxph(Surv(start, stop, event) ~ …, cluster = person_id)"}
MADE |= {'KaplanMeierFitter().fit(rows["time"], rows["event"], entry=rows["entry"])'}
MESSAGES = re.compile(r"(<!-- messages -->\n).*?(<!-- end of messages -->)", re.DOTALL)

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, python: Callable[..., CompletedProcess[str]]) -> tuple[Path, str]:
    """The folder in which `sigpanel demo` was run, and what it printed."""
    folder = tmp_path_factory.mktemp("docs")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        made = python("-m", "sigpanel", "demo", cwd=folder)
    assert made.returncode == 0, made.stderr
    # Whoever has Great Expectations and not sigpanel has a copy of the suites beside the release.
    shutil.copytree(ROOT / "contracts" / "gx", folder / "sigpanel-demo" / "gx")
    return folder / "sigpanel-demo", made.stdout


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def fenced(page: Path, *languages: str) -> list[str]:
    """The fenced blocks of a page in these languages, as they would be without indentation."""
    found = FENCE.findall(page.read_text(encoding="utf-8"))
    return [
        re.sub(f"^{indent}", "", text, flags=re.MULTILINE) for indent, language, text in found if language in languages
    ]


# --- what the pages name ----------------------------------------------------------------------------------------------


@functools.lru_cache
def commands() -> dict[tuple[str, ...], set[str]]:
    """Every command of sigpanel with its options."""
    found: dict[tuple[str, ...], set[str]] = {}

    def walk(command: Any, path: tuple[str, ...]) -> None:
        found[path] = {
            option
            for each in command.params
            for option in (*each.opts, *each.secondary_opts)
            if option.startswith("--")
        } | {"--help"}
        for name, inner in getattr(command, "commands", {}).items():
            walk(inner, (*path, name))

    walk(get_command(app.commands()), ())
    return found


def is_command(line: str) -> bool:
    """Whether a line calls sigpanel or dev.py with a command and options that they have."""
    words = shlex.split(line, comments=True)
    if words[:2] == ["python3", "dev.py"]:
        listed = re.search(r"for command in \((.+?)\)", (ROOT / "dev.py").read_text(encoding="utf-8"))
        return listed is not None and words[2] in listed[1].split(", ")
    if words[:1] != ["sigpanel"]:
        return False
    known = commands()
    path: tuple[str, ...] = ()
    while len(words) > len(path) + 1 and (*path, words[len(path) + 1]) in known:
        path = (*path, words[len(path) + 1])
    has_inner = any(other[: len(path)] == path and other != path for other in known)
    rest = words[len(path) + 1 :]
    options = {word.partition("=")[0] for word in rest if word.startswith("--")}
    return options <= known[path] and not (has_inner and rest and not rest[0].startswith("--"))


def words_of(raw: Any) -> Iterator[str]:
    """Every key and every one-word value of a description."""
    if isinstance(raw, dict):
        for key, inner in raw.items():
            yield str(key)
            yield from words_of(inner)
    elif isinstance(raw, list):
        for inner in raw:
            yield from words_of(inner)
    elif isinstance(raw, str | int) and " " not in str(raw):
        yield str(raw)


@functools.lru_cache
def vocabulary() -> frozenset[str]:
    """Every single word that the contracts, the tables, the settings and the code's errors give a meaning."""
    known = {*OTHERS, *CLASSIFICATIONS, "null", "sigpanel", "SIGPANEL_KEY_FILE", "r0001", "r0002"}
    known |= {"SIGPANEL_MANAGER_KEY_FILE"}
    # What is generated of them says nothing further.
    for path in {*(ROOT / "contracts").rglob("*.yaml")} - {*(ROOT / "contracts").rglob("*.odcs.yaml")}:
        known |= set(words_of(yaml.safe_load(path.read_text(encoding="utf-8"))))
    for name in names():
        known |= {name, *(column.name for column in table(name).given(variables()).columns)}
    settings = re.sub(r"^# (?=[\[\w]+( =|\]))", "", TEMPLATE, flags=re.MULTILINE)
    known |= set(words_of(tomllib.loads(settings))) | {f"[{key}]" for key in tomllib.loads(settings)}
    known |= {f"[[{key}]]" for key in tomllib.loads(settings)}
    for path in (ROOT / "sigpanel").rglob("*.py"):
        known |= set(re.findall(r'(?:Error|Fault|_refusal|_refused)\(\s*"([a-z0-9-]+)"', path.read_text("utf-8")))
    known |= {f"Q{number}" for number in range(1, 33)} | {
        "other_workbook",
        "dropped_by_owner",
        "blank",
        "sum",
        "footer",
    }
    known |= {"banner"}
    known |= {option for options in commands().values() for option in options}
    for name in sigpanel.tables.__all__:
        made = getattr(sigpanel.tables, name)
        known |= set(vars(made)) if isinstance(made, type) else set(inspect.signature(made).parameters)
    known |= set(sigpanel.tables.Table.__dataclass_fields__)
    known |= {*STAGES, *STRATA, *MADE, "protect=False", "complete=False"}
    for method in (each for name in dir(Panel) if inspect.isfunction(each := getattr(Panel, name))):
        known |= set(inspect.signature(method).parameters)
    return frozenset(known | set(Panel.__dict__) | set(pl.__all__))


def is_name(span: str) -> bool:
    """Whether a dotted name leads somewhere: `panel.episodes`, `episodes.days`, `sigpanel.open_panel`, a module."""
    first, _, rest = span.partition("(")[0].partition(".")
    if first == "panel":
        return hasattr(Panel, rest) or rest in {"path", "release"}
    if first in names():
        return rest in {column.name for column in table(first).given(variables()).columns}
    if first == "sigpanel":
        room, _, name = rest.partition(".")
        if room in sigpanel.__all__ and name in getattr(getattr(sigpanel, room), "__all__", ()):
            return True
        return rest in sigpanel.__all__ or importlib.util.find_spec(f"sigpanel.{rest}") is not None
    return first == "pl" and hasattr(pl, rest)


def is_file(span: str, study: Path) -> bool:
    """Whether a path, its placeholders `<year>` being anything, is in the repository, a study, or a release."""
    pattern = re.sub(r"<[a-z]+>", "*", span).rstrip("/")
    panel = study / "research" / "panel"
    places = [ROOT, ROOT / "docs", study.parent, study, study / "research", panel, panel / "r0001"]
    return not pattern.startswith(("/", "~")) and any(next(place.glob(pattern), None) for place in places)


@every_page
def test_everything_in_code_is_something(page: Path, demo: tuple[Path, str]) -> None:
    known = vocabulary()
    unknown = [
        span
        for span in dict.fromkeys(SPAN.findall(prose(page)))
        if not (
            span in known
            or re.fullmatch(r"\d+", span)
            or is_name(span)
            or (span.startswith(("sigpanel ", "python3 ")) and is_command(span))
            or is_file(span, demo[0])
        )
    ]
    assert not unknown, f"{page.name} names what does not exist"


@every_page
def test_every_command_line_can_be_run(page: Path) -> None:
    lines = [line for block in fenced(page, "sh") for line in block.splitlines()]
    ours = [line for line in lines if line.startswith(("sigpanel", "python3"))]
    assert not [line for line in ours if not is_command(line)]


@every_page
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in LINK.findall(prose(page)):
        target, _, heading = link.partition("#")
        path = (page.parent / target).resolve() if target else page
        if not path.exists() or (heading and heading not in anchors(path)):
            broken.append(link)
    assert not broken


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and others make them."""
    heads = re.findall(r"^#+ (.+)$", prose(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@every_page
def test_no_page_names_a_machine(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.findall(r"(?<![\w.~])/(?:work|root|home|tmp|var|mnt|Users)\b|https?:|file:", text)


# --- what the pages show ----------------------------------------------------------------------------------------------


@pytest.mark.no_cover
@every_page
def test_every_example_shows_what_comes_out(
    page: Path,
    demo: tuple[Path, str],
    python: Callable[..., CompletedProcess[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(demo[0])

    def shell(command: str) -> str:
        if command == "demo":
            return demo[1]
        ran = python("-m", "sigpanel", *shlex.split(command))
        return ran.stdout + ran.stderr

    with pl.Config(tbl_width_chars=100, tbl_hide_dataframe_shape=True):
        should = renewed(page.read_text(encoding="utf-8"), shell)
    if WRITES:
        page.write_text(should, encoding="utf-8")
    assert page.read_text(encoding="utf-8") == should, "see at the top of this file how to write it anew"


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda frame: frame.drop("mental_health"), "waves.mental_health.answers: error: could not be computed"),
        (lambda frame: frame.cast({"mental_health": pl.Float64}), "waves.mental_health.type: error: the table as a"),
        (lambda frame: frame.with_columns(mental_health=pl.lit("bad")), "waves.mental_health.type: error: the table"),
    ],
)
def test_the_loop_without_sigpanel_holds_a_misshapen_table_too(
    demo: tuple[Path, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[pl.DataFrame], pl.DataFrame],
    told: str,
) -> None:
    [loop] = [block for block in fenced(ROOT / "docs" / "contracts.md", "python") if "great_expectations" in block]
    assert "sigpanel" not in loop
    release = tmp_path / "research" / "panel" / "r0001"
    release.mkdir(parents=True)
    shutil.copytree(ROOT / "contracts" / "gx", tmp_path / "gx")
    spoil(pl.read_parquet(demo[0] / "research/panel/r0001/waves.parquet")).write_parquet(release / "waves.parquet")
    monkeypatch.chdir(tmp_path)
    lines = run(loop, {}).splitlines()
    assert [line for line in lines if line.startswith(told)]
    assert [line for line in lines if line.startswith("waves.school_functioning.asked_but_empty: warning: ")]
    asked, _, _, answered, _ = lines[-1].replace(", ", " , ").split()
    assert asked == answered


def renewed(text: str, shell: Callable[[str], str]) -> str:
    """A page with what the program makes of its examples, excerpts and list of messages."""
    space: dict[str, Any] = {}
    parts, at, output = [], 0, None
    for block in FENCE.finditer(text):
        indent, language, body = block.groups()
        between, at = text[at : block.start()], block.end()
        if language == "text" and output is not None and not between.strip():
            body = output
        output = run(body, space) if language == "python" else None
        if language == "console":
            body = excerpt(body, shell)
        parts += [between, f"{indent}```{language}\n{body}{indent}```"]
    return MESSAGES.sub(rf"\g<1>{messages()}\g<2>", "".join([*parts, text[at:]]))


def run(source: str, space: dict[str, Any]) -> str:
    """Run an example as a notebook does: what it prints, and what its last line is."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(tree, "example", "exec"), space)  # noqa: S102 - the page is ours
        if isinstance(last, ast.Expr):
            print(eval(compile(ast.Expression(last.value), "example", "eval"), space), file=out)  # noqa: S307
    return out.getvalue()


def excerpt(body: str, shell: Callable[[str], str]) -> str:
    """The same lines of what the command says now: a line is known again by how it begins."""
    command, *lines = body.splitlines()
    said = iter(shell(command.removeprefix("$ sigpanel ")).splitlines())
    now = [
        line if line in ("", ELLIPSIS) else next((new for new in said if new[:8] == line[:8]), f"gone: {line}")
        for line in lines
    ]
    return "\n".join([command, *now, ""])


def messages() -> str:
    """Every rule of the findings with what it says and asks for, in Swedish, the gravest first."""
    severities = {"error": "fel", "warning": "varning", "note": "upplysning"}
    lines = ["| meddelande | | vad det betyder | vad du gör |", "|---|---|---|---|"]
    for severity, word in severities.items():
        lines += [
            f"| `{rule.name}` | {'filen refuseras' if (rule.scope, severity) == ('file', 'error') else word} "
            f"| {rule.sv} | {rule.do_sv} |"
            for rule in rules().values()
            if rule.severity == severity
        ]
    return "\n".join([*lines, ""])


@pytest.mark.slow
def test_the_benchmark_behind_the_figures_can_be_run(python: Callable[..., CompletedProcess[str]]) -> None:
    ran = python(ROOT / "benchmarks" / "read_and_build.py", "--quick")
    assert ran.returncode == 0, ran.stderr
    assert "sigpanel builds" in ran.stdout


# --- one word per concept ---------------------------------------------------------------------------------------------


def glossary() -> list[tuple[str, str, str]]:
    """The glossary's rows: English, Swedish, and what not to say."""
    rows = re.findall(
        r"^\| \*\*(.+?)\*\* \| (.+?) \|.*\| (.*?) \|$", prose(ROOT / "docs/glossary.md"), flags=re.MULTILINE
    )
    return [(english, swedish, shunned) for english, swedish, shunned in rows]


def test_the_glossary_has_one_word_per_concept() -> None:
    english, swedish, shunned = zip(*glossary(), strict=True)
    assert len(english) > 40
    assert len(set(map(str.casefold, english))) == len(english)
    assert len(set(map(str.casefold, swedish))) == len(swedish)
    assert not {word.strip() for words in shunned for word in words.split(",") if word.strip()} & set(english)


@every_page
def test_no_page_uses_a_word_that_the_glossary_shuns(page: Path) -> None:
    shunned = {word.strip() for *_, words in glossary() for word in words.split(",") if word.strip()}
    text = re.sub(SPAN, "", prose(page)) if page.name != "glossary.md" else ""
    assert not [word for word in sorted(shunned) if re.search(rf"\b{re.escape(word)}s?\b", text, flags=re.IGNORECASE)]
