"""The command by which a person is taken out. The code is asked for, and is never an argument: those are remembered."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from sigpanel.cli.app import HERE, JsonOption, StudyOption, app, print_json, print_text, today
from sigpanel.errors import InputError, UsageError


# What is given beside the options is taken, unknown ones too, to be refused with more to say of it than of any other
# wrong usage.
@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def withdraw(  # noqa: PLR0913, PLR0917 - each is a word of its own of the command line
    context: typer.Context,
    scope: Annotated[
        str | None,
        typer.Option("--from", help="research: out of research; statistics: out of the city's own figures too."),
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why, in a word of contracts/withdrawals.yaml.")] = None,
    who: Annotated[str | None, typer.Option(help="Who decided, by name or initials.")] = None,
    episode: Annotated[
        str | None,
        typer.Option(help="The person of this episode_id, where several share a code; no code is asked for."),
    ] = None,
    everybody: Annotated[bool, typer.Option("--all", help="All persons who have the code.")] = False,
    even_so: Annotated[
        bool, typer.Option("--even-so", help="Write the code down though nobody has it: rows to come are taken out.")
    ] = False,
    older: Annotated[
        str, typer.Option(help="Older releases that hold the person: remove, or purge to rewrite them.")
    ] = "remove",
    to_end: Annotated[
        bool, typer.Option("--finish", help="Ask for nobody: finish what is written down, after a kill or an edit.")
    ] = False,
    study: StudyOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Take a person out of research, by the UNO code, which is asked for; of older releases too."""
    from sigpanel.cli.show_custody import show_withdrew, withdrew_as_dict
    from sigpanel.pipeline import withdraw as run
    from sigpanel.pipeline.practice import practice
    from sigpanel.pipeline.study import open_study

    if context.args:
        raise UsageError(
            "withdraw-argument",
            "Something was given that this command does not take. If it was a code: codes come by the prompt or a pipe "
            "alone, and the history of this shell has it now. Nothing was done.",
            remedy="Take the line out of the shell's history, and run the command without it: the code is asked for.",
        )
    opened, day = open_study(study), today()
    of_demo = practice(opened)
    if to_end:
        if any((scope, reason, who, episode, everybody, even_so)):
            raise UsageError(
                "withdraw-finish", "--finish asks for nobody, and was given somebody.", remedy="Give one or the other."
            )
        done = run.finish(opened, today=day, older=older, **of_demo)
    else:
        if unsaid := [f"{what} ({name})" for name, what, given in _asked_for(scope, reason, who) if not given]:
            raise UsageError(
                "withdraw-unsaid",
                f"This must be said, and is not: {', '.join(unsaid)}.",
                remedy="See `sigpanel withdraw --help`. There is no default: out of what is for the person to say.",
            )
        asked = run.Asked(scope or "", reason or "", who or "", None, episode, everybody, even_so)
        run.hold_words(asked, older)
        if episode is None:
            asked = asked.about(_ask_code())
        done = run.withdraw(opened, asked, today=day, older=older, **of_demo)
    print_json(withdrew_as_dict(done)) if as_json else print_text(show_withdrew(done))


def _asked_for(scope: str | None, reason: str | None, who: str | None) -> tuple[tuple[str, str, str | None], ...]:
    """What must be said of a withdrawal: by which option, what it is, and what was given."""
    return (
        ("--from", "out of what the person is taken", scope),
        ("--reason", "why", reason),
        ("--who", "who decided", who),
    )


def _ask_code() -> str:
    """The code, from a terminal without showing it, or from the first line of a pipe.

    Raises:
        InputError: nothing was given, or the terminal would show it.
    """
    if sys.stdin.isatty():
        import warnings
        from getpass import GetPassWarning, getpass

        with warnings.catch_warnings():
            # It would go on and read what everybody sees.
            warnings.simplefilter("error", GetPassWarning)
            try:
                code = getpass("UNO-kod (visas inte): ", stream=sys.stderr)
            except (EOFError, GetPassWarning):
                code = ""
    else:
        code = sys.stdin.readline()
    if not code.strip():
        raise InputError(
            "withdraw-no-code",
            "No code was given, or the terminal would have shown it. Nothing was changed.",
            remedy="Run the command in a terminal of your own and type the code when asked; or pipe it in.",
        )
    return code.strip()
