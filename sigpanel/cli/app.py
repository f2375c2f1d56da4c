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
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sigpanel.errors import UsageError

if TYPE_CHECKING:
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
    """What a command takes, where it was called wrongly.

    Of the argument itself nothing is repeated: it may be a code that somebody pasted in the wrong place.
    """
    context = getattr(wrong, "ctx", None)
    if context is None:
        return UsageError("usage", "The command was called wrongly.", remedy="See `sigpanel --help`.")
    names = sorted(getattr(context.command, "commands", {}))
    # An argument by the word that --help has for it; an option by its long name.
    names += [
        name if name.startswith("--") else f"{{{name}}}"
        for parameter in context.command.params
        for name in parameter.opts
        if name.startswith("--") or parameter.param_type_name == "argument"
    ]
    return UsageError(
        "usage",
        f"`{context.command_path}` was called wrongly ({type(wrong).__name__}). It takes: {', '.join(names)}.",
        remedy=f"See `{context.command_path} --help`.",
    )


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
