"""The commands on register holders: what districts are asked for, and what holders deliver."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from sigpanel.cli.app import HERE, JsonOption, StudyOption, app, help_if_alone, print_json, print_text, today

followup = typer.Typer(
    help="Personal numbers from districts, and deliveries of register holders.", rich_markup_mode=None
)
app.add_typer(followup, name="followup")


@followup.callback(invoke_without_command=True)
def alone(context: typer.Context) -> None:
    """Personal numbers from districts, and deliveries of register holders."""
    help_if_alone(context)


@followup.command()
def request(
    extract: Annotated[str, typer.Argument(help="An extract's id, or its approval: a file, or a name.")],
    to: Annotated[
        str | None, typer.Option("--to", help="Whom the lists go to, in Swedish; else whom your letter names.")
    ] = None,
    by: Annotated[
        dt.datetime | None,
        typer.Option(
            "--by",
            formats=["%Y-%m-%d"],
            metavar="YYYY-MM-DD",
            help="The last day, written as 2027-01-31; else in eight weeks.",
        ),
    ] = None,
    study: StudyOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Write, per district, the list by which it gives personal numbers to a register holder; needs both keys."""
    from sigpanel.cli.show_followup import requested_as_dict, show_requested
    from sigpanel.pipeline.followup_request import request as run
    from sigpanel.pipeline.practice import practice_key
    from sigpanel.pipeline.study import open_study

    opened = open_study(study)
    done = run(opened, extract, today=today(), to=to, by=by.date() if by else None, key=practice_key(opened))
    print_json(requested_as_dict(done)) if as_json else print_text(show_requested(done))


@followup.command()
def receive(
    extract: Annotated[str, typer.Argument(help="An extract's id; or its folder, where there is no study.")],
    folder: Annotated[Path, typer.Argument(help="The folder of the delivery.")],
    less: Annotated[
        bool, typer.Option("--less", help="A version is right that holds far less than what it takes the place of.")
    ] = False,
    study: StudyOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Take a holder's delivery into a project's extract: whole, or not at all."""
    from sigpanel.cli.show_followup import received_as_dict, show_received
    from sigpanel.pipeline.followup_receive import receive_said

    done = receive_said(study, extract, folder, today=today(), is_less_meant=less)
    print_json(received_as_dict(done)) if as_json else print_text(show_received(done))
