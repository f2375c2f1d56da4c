"""The commands on contracts themselves, without a study: are the generated ones what they should be."""

from __future__ import annotations

from typing import Annotated

import typer

from sigpanel.cli.app import JsonOption, app, help_if_alone, print_json, print_text

contracts = typer.Typer(help="Contracts against their sources.", rich_markup_mode=None)
app.add_typer(contracts, name="contracts")


@contracts.callback(invoke_without_command=True)
def alone(context: typer.Context) -> None:
    """Contracts against their sources."""
    help_if_alone(context)


@contracts.command()
def check(
    write: Annotated[bool, typer.Option("--write", help="Write those that differ anew; in a checkout only.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make the generated contracts anew and tell where the files differ."""
    from sigpanel.cli.show_contracts import checked_as_dict, show_checked
    from sigpanel.contracts import generated

    written = generated.write() if write else ()
    differences = generated.check()
    files = len(generated.generated())
    if as_json:
        print_json(checked_as_dict(files, differences, written))
    else:
        print_text(show_checked(files, differences, written))
    raise typer.Exit(1 if differences else 0)
