"""The commands on extracts: what leaves under an approval, and for how long."""

from __future__ import annotations

from typing import Annotated

import typer

from sigpanel.cli.app import HERE, JsonOption, StudyOption, app, help_if_alone, print_json, print_text, today
from sigpanel.errors import UsageError

extract = typer.Typer(help="What leaves under an approval, and for how long.", rich_markup_mode=None)
app.add_typer(extract, name="extract")

IdArgument = Annotated[str, typer.Argument(help="An extract's id, as `extract list` gives it.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]


@extract.callback(invoke_without_command=True)
def alone(context: typer.Context) -> None:
    """What leaves under an approval, and for how long."""
    help_if_alone(context)


@extract.command()
def issue(
    approval: Annotated[
        str, typer.Argument(help="An approval: a YAML file, or the name of one in contracts/extracts.")
    ],
    study: StudyOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Make the extract that an approval names, from the live release; the same one again gives the same bytes."""
    from sigpanel.cli.show_extract import issued_as_dict, show_issued
    from sigpanel.contracts.approvals import find
    from sigpanel.pipeline.extract import issue as run
    from sigpanel.pipeline.study import open_study

    issued = run(open_study(study), find(approval), today=today())
    print_json(issued_as_dict(issued)) if as_json else print_text(show_issued(issued))


@extract.command("list")
def list_extracts(study: StudyOption = HERE, as_json: JsonOption = False) -> None:
    """Tell what each extract is, and until when it may be used; exit code 1 if not all is as the log says."""
    from sigpanel.cli.show_extract import listed_as_dict, show_listed
    from sigpanel.pipeline.extract_life import listed
    from sigpanel.pipeline.log_checks import verify_log as verify
    from sigpanel.pipeline.study import open_study

    opened = open_study(study)
    extracts = listed(opened, today=today())
    verified = verify(opened).of_extracts()
    print_json(listed_as_dict(extracts)) if as_json else print_text(show_listed(extracts, verified))
    raise typer.Exit(1 if verified.problems else 0)


@extract.command()
def expire(
    extract_id: IdArgument,
    now: Annotated[bool, typer.Option("--now", help="End it before its last day is over.")] = False,
    study: StudyOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """End an extract: its data go from here, its record stays, and its recipients are to destroy theirs."""
    from sigpanel.cli.show_extract import ended_as_dict, show_ended
    from sigpanel.pipeline.extract_life import expire as run
    from sigpanel.pipeline.study import open_study

    ended = run(open_study(study), extract_id, today=today(), is_early=now)
    print_json(ended_as_dict(ended)) if as_json else print_text(show_ended(ended))


@extract.command()
def unlink(
    extract_id: IdArgument,
    lost: Annotated[
        bool, typer.Option("--lost", help="There is no salt any more: write down that nothing leads back.")
    ] = False,
    yes: YesOption = False,
    study: StudyOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Destroy an extract's salt: nobody can make it again or follow its ids back, with whatever keys."""
    from sigpanel.cli.confirm import confirmed
    from sigpanel.cli.show_extract import show_unlinked, show_unlinking, unlinked_as_dict
    from sigpanel.pipeline.extract_unlink import unlink as run
    from sigpanel.pipeline.extract_unlink import unlinking
    from sigpanel.pipeline.study import open_study

    opened = open_study(study)
    plan = unlinking(opened, extract_id, is_lost=lost)
    confirmed(show_unlinking(plan), plan.extract_id, is_said=yes)
    done = run(opened, extract_id, today=today(), is_lost=lost)
    print_json(unlinked_as_dict(done)) if as_json else print_text(show_unlinked(done))


@extract.command()
def recall(
    extract_id: IdArgument,
    reason: Annotated[
        str | None, typer.Option(help="Why: one of the words that `extract recall --help` ends with.")
    ] = None,
    yes: YesOption = False,
    study: StudyOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Call an extract back: its data go from here, and a letter (Swedish) tells its recipients what to do.

    Reasons: key_compromised, withdrawal, fault, approval_withdrawn, wrong_recipient.
    """
    from sigpanel.cli.confirm import confirmed
    from sigpanel.cli.show_extract import ended_as_dict, show_ended, show_recalling
    from sigpanel.contracts.audit import vocabulary
    from sigpanel.pipeline.extract_life import recall as run
    from sigpanel.pipeline.extract_life import recallable
    from sigpanel.pipeline.study import open_study

    reasons = vocabulary().reasons
    if reason is None or reason not in reasons:
        code, message = (
            ("reason-unsaid", "Why it is called back is not said.")
            if reason is None
            else ("reason-unknown", "There is no such reason.")
        )
        raise UsageError(code, message, remedy=f"Give --reason REASON. The reasons are: {', '.join(reasons)}.")
    opened = open_study(study)
    recipients = recallable(opened, extract_id)
    confirmed(show_recalling(extract_id, reasons[reason], recipients), extract_id, is_said=yes)
    ended = run(opened, extract_id, reason, today=today())
    print_json(ended_as_dict(ended)) if as_json else print_text(show_ended(ended))


@extract.command("verify-log")
def verify_log(
    accept: Annotated[
        bool,
        typer.Option(
            "--accept", help="Having looked: cut a half-written last line off, and take the logs' ends as they are."
        ),
    ] = False,
    study: StudyOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Hold the logs against themselves, their heads, folders and salts; exit code 1 if something is not as they say."""
    from sigpanel.cli.show_extract import show_verified_log, verified_log_as_dict
    from sigpanel.pipeline.log_checks import accept_log
    from sigpanel.pipeline.log_checks import verify_log as run
    from sigpanel.pipeline.study import open_study

    opened = open_study(study)
    if accept:
        accept_log(opened, today=today())
    verified = run(opened)
    print_json(verified_log_as_dict(verified)) if as_json else print_text(show_verified_log(verified))
    raise typer.Exit(0 if verified.is_well else 1)
