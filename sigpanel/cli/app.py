"""The command line's frame: the app, what every command takes, how it is called, and how results and errors come out.

The commands stand in `commands_setup` (a study and its key), `commands_work` (from workbooks to releases),
`commands_look` (what is there, and why), `commands_contracts` (contracts themselves), `commands_extract` (what leaves
under an approval), `commands_export` (a release for other programs), `commands_followup` (register holders),
`commands_custody` (persons who withdraw) and `commands_proof` (that nothing identifying is in what leaves). What they
print is in the modules `show…`.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from enum import EnumType
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sigpanel.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sigpanel.errors import SigpanelError

app = typer.Typer(
    name="sigpanel",
    help="District workbooks of the SIG follow-up in; a pseudonymised research panel out.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

StudyOption = Annotated[Path, typer.Option("--study", help="The study's folder.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
HERE = Path()


def commands() -> typer.Typer:
    """The app with its commands, in the order in which the help lists them: each module registers its own."""
    for name in ("setup", "work", "look", "contracts", "extract", "export", "followup", "custody", "proof"):
        import_module(f"sigpanel.cli.commands_{name}")
    return app


def call() -> int:
    """Parse the arguments and run the command.

    Raises:
        UsageError: the arguments are not what the command takes.
    """
    try:
        return commands()(prog_name="sigpanel", standalone_mode=False) or 0
    except typer.Exit as stop:
        return stop.exit_code
    except typer.Abort as stop:
        # We never ask anything: what typer takes for the end of a conversation is a file that was cut short.
        raise stop.__cause__ or stop from None
    except typer.TyperException as wrong:
        raise _wrong_usage(wrong) from None


def _wrong_usage(wrong: typer.TyperException) -> UsageError:
    """What is missing or wrong where a command was called wrongly, by its name, and what the command takes.

    Of the argument itself nothing is repeated: it may be a code that somebody pasted in the wrong place.
    """
    context = getattr(wrong, "ctx", None)
    if context is None:
        return _wrong_option(wrong)
    names = sorted(getattr(context.command, "commands", {}))
    names += [name for parameter in context.command.params for name in _named(parameter)]
    return UsageError(
        "usage",
        f"`{context.command_path}` was called wrongly: {_what_is_wrong(wrong, context)}. It takes: {', '.join(names)}.",
        remedy=f"See `{context.command_path} --help`.",
    )


def _named(parameter: object) -> list[str]:
    """An argument by the word that --help has for it; an option by its long name."""
    is_argument = getattr(parameter, "param_type_name", "") == "argument"
    names: list[str] = getattr(parameter, "opts", [])
    return [name if name.startswith("--") else f"{{{name}}}" for name in names if name.startswith("--") or is_argument]


def _what_is_wrong(wrong: typer.TyperException, context: typer.Context) -> str:
    """What is missing or wrong, by the names that the command itself has for it.

    By the exception's kind, since its text quotes what was given.
    """
    kind, parameter = type(wrong).__name__, getattr(wrong, "param", None)
    if named := ", ".join(_named(parameter)):
        kinds: Any = getattr(getattr(parameter, "type_descriptor", None), "annotation", None)
        members: Any = kinds.__members__.values() if isinstance(kinds, EnumType) else ()
        words = ", ".join(str(each.value) for each in members)
        what = f"one of {words}" if words else "what it takes"
        return f"{named} is missing" if kind == "MissingParameter" else f"what was given for {named} is not {what}"
    if kind == "NoSuchOption":
        return "an option was given that it does not have"
    if getattr(context.command, "commands", None):
        return "there is no such command"
    return "something was given that it does not take"


def _wrong_option(wrong: typer.TyperException) -> UsageError:
    """An option without its value, or a value to one that takes none: the parser does not say of which command."""
    name = getattr(wrong, "option_name", None)
    known = {name: parameter for parameter in _parameters(typer.main.get_command(app)) for name in parameter.opts}
    if name not in known:
        return UsageError("usage", "The command was called wrongly.", remedy="See `sigpanel --help`.")
    if getattr(known[name], "is_flag", False):
        return UsageError(
            "usage",
            f"The command was called wrongly: {name} takes no value, and was given one.",
            remedy="Give it alone. If a code was given, the history of this shell has it now: take the line out.",
        )
    return UsageError(
        "usage",
        f"The command was called wrongly: {name} was given without its value.",
        remedy="Give it one; `--help` after the command says which.",
    )


def _parameters(command: object) -> Iterator[Any]:
    yield from getattr(command, "params", ())
    for each in getattr(command, "commands", {}).values():
        yield from _parameters(each)


def report_error(error: SigpanelError) -> None:
    """Print an error to standard error, as JSON where that was asked for."""
    from sigpanel.cli.text import told

    text = json.dumps(error.as_dict()) if "--json" in sys.argv else told(error)
    sys.stderr.write(f"{text}\n")


def print_text(text: str) -> None:
    """Print a result. That nobody reads it to the end (`| head`) is no fault: what was to be done has been done."""
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def today() -> dt.date:
    """The day where the command is run: commands look at the clock here and nowhere else."""
    return dt.datetime.now().astimezone().date()


def print_json(answer: object) -> None:
    """Print a result as JSON."""
    print_text(json.dumps(answer, indent=2, default=str))


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """District workbooks of the SIG follow-up in; a pseudonymised research panel out."""
    if version:
        from sigpanel import __version__

        print_text(__version__)
        raise typer.Exit
    help_if_alone(context)


def help_if_alone(context: typer.Context) -> None:
    """Show the help where no command is given: that is wrong usage."""
    if context.invoked_subcommand is None:
        sys.stderr.write(f"{context.get_help()}\n")
        raise typer.Exit(UsageError.exit_code)
