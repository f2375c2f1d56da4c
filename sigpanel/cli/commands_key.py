"""The commands on keys: made, shown by their ids, handed over, and changed for others. No key is ever printed."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sigpanel.cli.app import HERE, JsonOption, StudyOption, help_if_alone, print_json, print_text, today
from sigpanel.errors import UsageError

key_app = typer.Typer(help="The keys that lead from codes to persons, and from persons to extracts.")
ManagerOption = Annotated[
    bool, typer.Option("--manager", help="The research data manager's key, not the data owner's.")
]


class Case(StrEnum):
    """Why a key is changed for another, as `sigpanel.pipeline.rotate` has the cases."""

    extract = "extract"
    rebuild = "rebuild"
    rekey = "rekey"
    compromise = "compromise"
    finish = "finish"


@key_app.callback(invoke_without_command=True)
def key(context: typer.Context) -> None:
    """Show the help where no command is given."""
    help_if_alone(context)


@key_app.command("new")
def key_new(
    file: Annotated[
        Path | None, typer.Argument(help="The key file to make, outside the study; else where the settings say.")
    ] = None,
    study: StudyOption = HERE,
    manager: ManagerOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make a key file that only you can read."""
    from sigpanel.cli.show_key import key_as_dict, show_new
    from sigpanel.pipeline.custody import new_key

    made = new_key(file, study, today=today(), is_managers=manager)
    print_json(key_as_dict(made)) if as_json else print_text(show_new(made, is_managers=manager))


@key_app.command("show")
def key_show(study: StudyOption = HERE, manager: ManagerOption = False, as_json: JsonOption = False) -> None:
    """Tell the id of the key that is set; never the key."""
    from sigpanel.pipeline.custody import show_key
    from sigpanel.pipeline.study import open_study

    key_id = show_key(open_study(study), is_managers=manager)
    print_json({"key_id": key_id}) if as_json else print_text(key_id)


@key_app.command("seal")
def key_seal(
    to: Annotated[str, typer.Option("--to", help="The next custodian's age recipient: age1…")],
    out: Annotated[Path, typer.Option("--out", help="The file to make.")],
    file: Annotated[Path | None, typer.Argument(help="The key file; else the one that is set.")] = None,
    study: StudyOption = HERE,
    manager: ManagerOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write a key file encrypted, so that only its next custodian can open it."""
    from sigpanel.cli.show_key import key_as_dict, show_sealed
    from sigpanel.pipeline.custody import seal_key

    sealed = seal_key(file, to, out, study, today=today(), is_managers=manager)
    print_json(key_as_dict(sealed)) if as_json else print_text(show_sealed(sealed))


@key_app.command("open")
def key_open(
    sealed: Annotated[Path, typer.Argument(help="The sealed key, as it was sent.")],
    identity: Annotated[Path, typer.Option("--identity", help="Your file of age identities.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="The key file to make; else where the settings say.")
    ] = None,
    study: StudyOption = HERE,
    manager: ManagerOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make a key file of a key that was sealed to you."""
    from sigpanel.cli.show_key import key_as_dict, show_opened
    from sigpanel.pipeline.custody import open_key

    opened = open_key(sealed, identity, out, study, today=today(), is_managers=manager)
    print_json(key_as_dict(opened)) if as_json else print_text(show_opened(opened))


@key_app.command("rotate")
def key_rotate(
    case: Annotated[Case | None, typer.Argument(help="Which case it is; without it, the cases are told.")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="The new key file.")] = None,
    without_workbooks: Annotated[
        bool, typer.Option("--without-workbooks", help="After a compromise, where the workbooks are deleted.")
    ] = False,
    study: StudyOption = HERE,
    manager: ManagerOption = False,
    as_json: JsonOption = False,
) -> None:
    """Let the panel pass to another key, or tell in which case that is done how."""
    from sigpanel.cli.show_key import (
        CASES,
        recall_as_dict,
        rotated_as_dict,
        show_cases,
        show_extract,
        show_recall,
        show_rotated,
    )
    from sigpanel.pipeline import rotate
    from sigpanel.pipeline.rekey import rekey
    from sigpanel.pipeline.study import open_study

    if case is None or case is Case.extract:
        told = show_extract() if case else show_cases()
        print_json({"cases": CASES}) if as_json else print_text(told)
        return
    if without_workbooks and case is not Case.compromise:
        raise UsageError(
            "rotate-without-workbooks", "--without-workbooks is for a compromise alone. Nothing was done.",
            remedy="Where the workbooks are deleted, and nobody else has the key: `sigpanel key rotate rekey`.",
        )  # fmt: skip
    opened = open_study(study)
    if manager:
        if case is not Case.compromise:
            raise UsageError(
                "rotate-managers",
                "The manager's key makes extracts alone, so no release passes to another.",
                remedy="Make a new one by `sigpanel key new --manager FILE`, set it, and issue the extracts under new "
                "versions. If others may have it: `sigpanel key rotate compromise --manager`.",
            )
        key_id, recall = rotate.managers_compromised(opened)
        print_json(recall_as_dict(key_id, recall)) if as_json else print_text(show_recall(key_id, recall))
        return
    if case is Case.finish:
        rotated = rotate.finish_rotation(opened, today=today())
    elif to is None:
        raise UsageError(
            "rotate-to", "The new key is not named.",
            remedy="Make it by `sigpanel key new FILE`, leave the old one set, and name the new one: --to FILE.",
        )  # fmt: skip
    else:
        by_ids = case is Case.rekey or (case is Case.compromise and without_workbooks)
        pass_on = rekey if by_ids else rotate.rebuild
        rotated = pass_on(opened, to, today=today(), is_compromise=case is Case.compromise)
    print_json(rotated_as_dict(rotated)) if as_json else print_text(show_rotated(rotated))
